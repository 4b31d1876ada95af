"""`langnghe move`: the town goes to PostgreSQL, and whoever moved it is told what to do next; or one line why not."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from bot.cli import app
from store.database import migrated_reader, migrated_writer
from store.tables.base import table
from store.tables.reports import Report
from tests.cluster import empty_postgres
from tests.stored import a_stored_report, count
from tests.town import fresh_database


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A town with one report, whose configuration lies in the working folder."""
    url = f"sqlite:///{tmp_path / 'town.db'}"
    (tmp_path / "town.db").write_bytes(fresh_database())
    (tmp_path / "config.toml").write_text(f'database.url = "{url}"\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with migrated_writer(url) as connection:
        a_stored_report(connection)
    return url


@pytest.fixture
def target() -> Iterator[str]:
    with empty_postgres() as url:
        yield url


def move(*args: str, **env: str) -> Result:
    return CliRunner().invoke(app, ["move", *args, "--config", "config.toml"], env=env)


def test_the_town_is_there_and_what_to_do_next_is_said(source: str, target: str) -> None:
    done = move("--to", target)
    assert done.exit_code == 0, done.stderr
    assert "1 of 1 records of reports are whole" in done.stderr
    assert "now set database.url" in done.stderr
    with migrated_reader(target) as there, migrated_reader(source) as here:
        assert count(there, table(Report)) == count(here, table(Report)) == 1


def test_an_address_with_a_password_may_stand_in_the_environment(source: str, target: str) -> None:
    assert move(LANGNGHE_MOVE_TO=target).exit_code == 0


def test_a_second_move_to_the_same_place_is_refused_in_one_line(source: str, target: str) -> None:
    move("--to", target)
    refused = move("--to", target)
    assert refused.exit_code == 1
    assert len(refused.stderr.splitlines()) == 1 and "not empty" in refused.stderr


def test_another_file_is_no_place_to_move_to(source: str) -> None:
    refused = move("--to", "sqlite:///other.db")
    assert refused.exit_code == 2
    assert refused.stderr == "only to PostgreSQL: postgresql+psycopg://…\n"
