"""The clock by hand: `langnghe jobs` and `langnghe deadline`, as an operator types them."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection
from typer.testing import CliRunner

from bot.cli import app
from bot.jobs import JOBS
from dialogs.words import TOWN_TIME
from store import notices
from store.database import migrated_reader, migrated_writer
from store.report_cards import show_card
from store.staff import sync_pack
from tests.stored import a_stored_report
from tests.town import thanh_chuong

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=TOWN_TIME)
AT_NOON = ("--at", "2026-11-25T12:00")


@pytest.fixture
def home(tmp_path: Path, model_folder: Path) -> Path:
    """A folder with a config and one report that nobody has taken on in time."""
    (tmp_path / "config.toml").write_text(
        f'[database]\nurl = "sqlite:///{tmp_path}/town.db"\n'
        f'[files]\nmodel = "{model_folder}"\nmedia = "{tmp_path}/media"\n',
        encoding="utf-8",
    )
    with migrated_writer(f"sqlite:///{tmp_path}/town.db") as connection:
        fill(connection)
    return tmp_path


def fill(connection: Connection) -> None:
    sync_pack(connection, thanh_chuong())
    filed = {"created_at": NOON - timedelta(days=2), "due_at": NOON - timedelta(minutes=6)}
    report_id = a_stored_report(connection, code="TC-7K3F-2F", agency_id="kinh-te-17713", **filed)
    show_card(connection, report_id, "ubnd-17713", NOON)


def langnghe(home: Path, *words: str) -> Any:
    return CliRunner().invoke(app, [*words, "--config", str(home / "config.toml")])


def told(home: Path) -> list[str]:
    with migrated_reader(f"sqlite:///{home}/town.db") as connection:
        return [notice.text for notice in notices.notices_of(connection, ["ubnd-17713"])]


def test_the_list_names_every_job_with_its_time_and_its_sentence() -> None:
    lines = CliRunner().invoke(app, ["jobs", "list"]).stdout.splitlines()
    assert [line.split("\t")[0] for line in lines] == [job.name for job in JOBS]
    assert "digest\tworkdays at 07:30\tMorning figures and chart for the leaders." in lines


def test_a_dry_run_says_what_would_be_done_and_does_nothing(home: Path) -> None:
    for _ in range(2):
        done = langnghe(home, "jobs", "run", "remind", "--dry-run", *AT_NOON)
        assert (done.exit_code, done.stdout) == (0, "ubnd-17713: TC-7K3F-2F:due:1\n")
    assert told(home) == []


def test_a_run_does_it_once(home: Path) -> None:
    assert langnghe(home, "jobs", "run", "remind", *AT_NOON).stdout == "ubnd-17713: TC-7K3F-2F:due:1\n"
    assert langnghe(home, "jobs", "run", "remind", *AT_NOON).stdout == ""
    assert len(told(home)) == 1


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("jobs", "run", "tidy"), "tidy: no such job; there are push, remind, "),
        (("jobs", "run", "remind", "--at", "noon"), "--at: 'noon' is not a time like 2026-11-23T07:30"),
        (("deadline", "xyz"), "xyz: not a report code"),
    ],
)
def test_what_is_written_wrongly_is_one_clear_line(home: Path, words: tuple[str, ...], line: str) -> None:
    done = langnghe(home, *words)
    assert done.exit_code == 2
    assert done.stderr.startswith(line) and done.stderr.count("\n") == 1


def test_a_deadline_is_explained(home: Path) -> None:
    done = langnghe(home, "deadline", "tc-7k3f-2f")
    assert done.stdout.startswith("TC-7K3F-2F phải có người nhận trước 11:54 thứ Tư 25/11.")


def test_a_deadline_is_explained_without_a_classifier(home: Path) -> None:
    (home / "config.toml").write_text(
        f'[database]\nurl = "sqlite:///{home}/town.db"\n[files]\nmodel = "{home}/none"\n', encoding="utf-8"
    )
    done = langnghe(home, "deadline", "TC-7K3F-2F")
    assert (done.exit_code, done.stderr, (home / "none").exists()) == (0, "", False)


def test_a_report_that_does_not_exist_has_no_deadline(home: Path) -> None:
    done = langnghe(home, "deadline", "TC-0A1B-28")
    assert (done.exit_code, done.stderr) == (1, "TC-0A1B-28: no such report\n")


def test_a_job_can_be_run_beside_a_database_nobody_serves_yet(home: Path) -> None:
    (home / "town.db").unlink()
    assert langnghe(home, "jobs", "run", "digest", *AT_NOON).stdout == "leaders: 2026-11-25\n"
    with migrated_reader(f"sqlite:///{home}/town.db") as connection:
        assert notices.notices_of(connection, ["leaders"])[0].kind == "digest"
