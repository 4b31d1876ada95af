"""Options of the test run, and fixtures that many tests share."""

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from nlp.train import train_in_subprocess
from tests.town import TestTown, test_town

# a busy machine is no failure; how fast things are is measured elsewhere
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-transcripts", action="store_true", help="rewrite tests/transcripts for review by eye")


@pytest.fixture
def town(tmp_path: Path) -> Iterator[TestTown]:
    """A whole town over a database of its own."""
    with test_town(tmp_path) as opened:
        yield opened


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real model, trained once for all tests of all workers that need one."""
    base = tmp_path_factory.getbasetemp()
    base = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    folder = base / "model"
    with (base / "model.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # freed when the file is closed
        if not folder.exists():
            train_in_subprocess(folder)
    return folder
