"""Options of the test run, and fixtures that many tests share."""

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from nlp.train import train_in_subprocess
from tests import cluster
from tests.town import TestTown, fresh_database, test_town

# a busy machine is no failure; how fast things are is measured elsewhere
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-transcripts", action="store_true", help="rewrite tests/transcripts for review by eye")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        cluster.prepare()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        cluster.clear(Path(os.environ[cluster.FOLDER]))


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a migrated database with the pack in it, of each kind in turn."""
    if request.param == "postgresql":
        with cluster.fresh_postgres() as url:
            yield url
    else:
        file = tmp_path / "town.db"
        file.write_bytes(fresh_database())
        yield f"sqlite:///{file}"


@pytest.fixture
def postgres() -> Iterator[str]:
    """The URL of a migrated PostgreSQL database with the pack in it."""
    with cluster.fresh_postgres() as url:
        yield url


@pytest.fixture
def town(tmp_path: Path, database: str) -> Iterator[TestTown]:
    """A whole town over a database of its own."""
    with test_town(tmp_path, url=database) as opened:
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
