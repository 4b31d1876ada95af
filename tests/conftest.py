"""Options of the test run, and fixtures that many tests share."""

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
    """A real model, trained once for all tests that need one."""
    folder = tmp_path_factory.mktemp("model")
    train_in_subprocess(folder)
    return folder
