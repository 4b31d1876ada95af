"""`langnghe bench chats` measures a real service over real sockets; a process may open as many files as it is let."""

import json
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

from bot.open_files import raise_limit

ROOT = Path(__file__).parent.parent


def test_every_open_chat_gets_every_message_and_is_measured(tmp_path: Path, model_folder: Path) -> None:
    shutil.copytree(model_folder, tmp_path / "var" / "model")
    command = [
        sys.executable,
        "-m",
        "bot",
        "bench",
        "chats",
        "--chats",
        "170",
        "--pushes",
        "5",
        "--idle",
        "0.1",
        "--json",
    ]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout.splitlines()[-1])
    assert figures["chats"] == figures["storm"]["count"] == 170
    assert figures["steady"]["count"] == 5
    assert 0 < figures["storm"]["p50"] <= figures["storm"]["p95"] <= figures["storm"]["all"]
    assert 0 < figures["kilobytes"] < 2000


def test_the_soft_limit_of_open_files_is_lifted_to_the_hard_one() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, before[1]))
    try:
        assert raise_limit() == before[1]
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (before[1], before[1])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
