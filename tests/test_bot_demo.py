"""`langnghe demo` as a newcomer starts it: a real process, its three addresses, Ctrl-C."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture
def demo(tmp_path: Path, model_folder: Path) -> Iterator[subprocess.Popen[str]]:
    shutil.copytree(model_folder, tmp_path / "var" / "model")  # trained once for all tests
    command = [sys.executable, "-m", "bot", "demo", "--reports", "8"]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        command, cwd=tmp_path, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    yield process
    process.kill()
    process.wait()
    assert process.stdout
    process.stdout.close()


def test_the_demo_prints_its_addresses_serves_and_stops_within_three_seconds(
    demo: subprocess.Popen[str], tmp_path: Path
) -> None:
    assert demo.stdout
    printed = ""
    while "Ctrl-C" not in printed:
        line = demo.stdout.readline()
        assert line, printed
        printed += line
    chat, login, health = re.findall(r"http://127\.0\.0\.1:\d+/\S*", printed)
    assert "/staff/enter/" in login
    with urllib.request.urlopen(chat) as page:
        assert "chat.js" in page.read().decode()
    with urllib.request.urlopen(health) as page:
        assert '"status": "ok"' in page.read().decode()
    assert (tmp_path / "var" / "demo" / "town.db").is_file()
    asked = time.monotonic()
    demo.send_signal(signal.SIGINT)
    assert demo.wait(timeout=10) == 0
    assert time.monotonic() - asked < 3
