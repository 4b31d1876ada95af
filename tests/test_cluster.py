"""The test run's own PostgreSQL: what a run that was killed has left neither stops the next one nor stays."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests import cluster


@pytest.fixture
def dead_process() -> int:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    return gone.pid


def left_by(run: int, *, server: int) -> Path:
    """A cluster's folder as its run leaves it when it is killed: the server's number still stands in it."""
    folder = Path(tempfile.mkdtemp(prefix=f"{cluster.PREFIX}{run}-"))
    rows = folder / "rows"
    rows.mkdir()
    (rows / "postmaster.pid").write_text(f"{server}\n{rows}\n")
    return folder


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.delenv(cluster.FOLDER, raising=False)


def test_a_cluster_whose_server_died_with_the_machine_is_deleted(dead_process: int) -> None:
    folder = left_by(dead_process, server=dead_process)
    cluster.prepare()
    assert not folder.exists()


def test_a_stranger_who_has_the_dead_servers_number_by_now_is_left_in_peace(dead_process: int) -> None:
    folder = left_by(dead_process, server=os.getpid())  # a signal would end this very test
    cluster.prepare()
    assert not folder.exists()


def test_the_cluster_of_a_run_that_lives_stays(dead_process: int) -> None:
    folder = left_by(os.getpid(), server=dead_process)
    cluster.prepare()
    assert folder.exists()


def test_a_run_with_a_dead_runs_number_takes_another_folder() -> None:
    folder = left_by(os.getpid(), server=os.getpid())
    cluster.prepare()
    assert Path(os.environ[cluster.FOLDER]) not in (folder, Path())
