"""A town moves from its SQLite file to PostgreSQL: every row of it, or nothing; nobody writes meanwhile."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Table, event, insert, select, update
from sqlmodel.sql.sqltypes import AutoString

from store import database
from store.columns import Json, UtcTime
from store.database import DatabaseUnusable, OnlyOne, migrate, migrated_reader, migrated_writer, open_writer
from store.move import CannotMove, moving
from store.reports import change_status
from store.tables.base import Base, table
from store.tables.reports import Report, StatusChange
from store.tables.staff import Agency
from tests.cluster import empty_postgres
from tests.faults.forked import forked
from tests.faults.moving import move_until
from tests.stored import HUNG, a_stored_report, count
from tests.town import fresh_database, report_prediction, test_town

TABLES = Base.metadata.sorted_tables
ODD = "Đường “hỏng”\t\\N \\. 'x'\r\n\x7f 🛣"
WHEN = datetime(2026, 11, 23, 2, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def source(tmp_path: Path) -> str:
    """A migrated SQLite file without a row."""
    url = f"sqlite:///{tmp_path / 'town.db'}"
    migrate(url)
    return url


@pytest.fixture
def town_file(tmp_path: Path) -> str:
    """The file of a town that has just been opened."""
    file = tmp_path / "town.db"
    file.write_bytes(fresh_database())
    return f"sqlite:///{file}"


@pytest.fixture
def target() -> Iterator[str]:
    with empty_postgres() as url:
        yield url


def move(source: str, target: str) -> tuple[int, int]:
    with moving(source, target) as town:
        town.carry(lambda rows: None)
        return town.records()


def a_row(one: Table, number: int, full: bool) -> dict[str, Any]:
    """One whose keys fit those of the other tables; with all that may be left out, or without."""
    plain: dict[type, Any] = {int: number, str: f"{ODD}{number}", float: 0.1, bool: True}
    ours: dict[type, Any] = {UtcTime: WHEN, Json: {"lời": [1, None, ODD]}, AutoString: plain[str]}
    return {
        column.name: ours[type(column.type)] if type(column.type) in ours else plain[column.type.python_type]
        for column in one.columns
        if full or not column.nullable
    }


def rows(connection: Connection, one: Table) -> list[str]:
    return sorted(repr(tuple(row)) for row in connection.execute(select(one)))


def is_empty(url: str) -> bool:
    with migrated_reader(url) as connection:
        return all(count(connection, one) == 0 for one in TABLES)


# ---------------------------------------------------------------- everything


def test_every_row_of_every_table_arrives_as_it_was(source: str, target: str) -> None:
    with migrated_writer(source) as connection:
        for one in TABLES:
            connection.execute(insert(one), a_row(one, 7, full=True))
            connection.execute(insert(one), a_row(one, 8, full=False))
    steps: list[int] = []
    with moving(source, target) as town:
        assert town.rows() == 2 * len(TABLES)
        town.carry(steps.append)
    assert sum(steps) == 4 * len(TABLES), "each row is carried, and looked at again"
    with migrated_reader(source) as left, migrated_reader(target) as arrived:
        for one in TABLES:
            assert rows(left, one) == rows(arrived, one), one.name
            assert count(arrived, one) == 2


def test_new_rows_are_numbered_after_those_that_were_carried(town_file: str, target: str) -> None:
    with migrated_writer(town_file) as connection:
        last = [a_stored_report(connection) for _ in range(3)][-1]
    move(town_file, target)
    with migrated_writer(target) as connection:
        assert a_stored_report(connection) == last + 1


def test_a_report_may_have_been_merged_into_a_later_one(town_file: str, target: str) -> None:
    with migrated_writer(town_file) as connection:
        early, late = a_stored_report(connection), a_stored_report(connection)
        connection.execute(update(table(Report)).where(table(Report).c.id == early).values(merged_into=late))
    move(town_file, target)
    with migrated_reader(target) as connection:
        found = select(table(Report).c.merged_into).where(table(Report).c.id == early)
        assert connection.execute(found).scalar_one() == late


def test_a_record_that_was_altered_before_is_seen_and_carried_as_it_is(town_file: str, target: str) -> None:
    with migrated_writer(town_file) as connection:
        for _ in range(2):
            report = a_stored_report(connection)
            change_status(connection, report, 1, "assign", HUNG, WHEN, note="giao")
        altered = update(table(StatusChange)).where(table(StatusChange).c.report_id == report)
        connection.execute(altered.values(note="việc khác"))
    assert move(town_file, target) == (2, 1)


async def test_who_was_in_the_middle_of_a_report_goes_on_where_they_were(tmp_path: Path, target: str) -> None:
    with test_town(tmp_path) as town:
        town.understanding.scripted["đèn hỏng"] = report_prediction("lighting_greenery", place="xóm 5", commune="17713")
        await town.hear(town.incoming("đèn hỏng"))
        before, url = town.count, town.url
    move(url, target)
    with test_town(tmp_path, url=target) as town:
        town.count = before
        await town.hear(town.incoming("1"))
        await town.hear(town.incoming("đèn hỏng", dedupe_key="m1"))  # one that comes again is known
        with migrated_reader(target) as connection:
            texts = connection.execute(select(table(Report).c.text)).scalars().all()
    assert texts == ["đèn hỏng"]


# ---------------------------------------------------------------- or nothing


async def test_a_move_that_is_killed_leaves_the_target_empty_and_begins_again(town_file: str, target: str) -> None:
    with migrated_writer(town_file) as connection:
        a_stored_report(connection)
    async with forked(move_until, town_file, target, table(StatusChange).name) as process:
        assert await process.was_killed()
    assert is_empty(target)
    assert move(town_file, target) == (1, 0)


def test_a_row_that_postgresql_refuses_ends_the_move_in_one_line(town_file: str, target: str) -> None:
    with migrated_writer(town_file) as connection:
        a_stored_report(connection, text="đèn\x00hỏng")
    with pytest.raises(CannotMove, match=r"^report: ") as refused:
        move(town_file, target)
    assert "đèn" not in str(refused.value) and "\n" not in str(refused.value)
    assert is_empty(target)


def test_what_arrives_otherwise_than_it_left_is_noticed(town_file: str, target: str) -> None:
    with moving(town_file, target) as town:

        @event.listens_for(town.writing, "before_cursor_execute")
        def spoil(connection: Connection, cursor: Any, statement: str, *_: Any) -> None:
            if statement.startswith("SELECT") and "FROM agency" in statement:
                cursor.connection.execute("UPDATE agency SET name = ''")

        with pytest.raises(CannotMove, match="agency: what arrived is not what was sent"):
            town.carry(lambda rows: None)


# ---------------------------------------------------------------- nobody else


def test_nobody_moves_while_the_service_runs(town_file: str, target: str) -> None:
    service = OnlyOne(town_file)
    with pytest.raises(DatabaseUnusable, match="another langnghe is running"):
        move(town_file, target)
    service.release()
    move(town_file, target)


def test_nobody_writes_to_the_file_while_it_is_carried(
    town_file: str, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_MS", 1)
    with moving(town_file, target):
        with pytest.raises(DatabaseUnusable, match="another langnghe is running"):
            OnlyOne(town_file)
        with pytest.raises(DatabaseUnusable, match="locked"), migrated_writer(town_file):
            pass


def test_a_file_that_somebody_is_writing_to_is_not_moved(
    town_file: str, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_MS", 1)
    with migrated_writer(town_file), pytest.raises(DatabaseUnusable, match="locked"):
        move(town_file, target)
    assert is_empty(target)


def test_nobody_else_writes_to_the_target_meanwhile(town_file: str, target: str) -> None:
    engine = open_writer(target)
    with moving(town_file, target), engine.connect() as connection:
        connection.exec_driver_sql("SET lock_timeout = '10ms'")
        with pytest.raises(Exception, match="lock timeout"):
            connection.execute(insert(table(Agency)), {"id": "a", "locality_id": "tc", "name": "A", "room_id": ""})
    engine.dispose()


def test_a_target_in_which_a_town_lives_is_refused(town_file: str, postgres: str) -> None:
    with pytest.raises(CannotMove, match=r"not empty \(\d+ rows in agency\)"):
        move(town_file, postgres)


@pytest.mark.parametrize(
    ("there", "why"),
    [
        ("sqlite:///other.db", "only to PostgreSQL"),
        ("postgresql://town@localhost/town", "only to PostgreSQL"),
        ("nonsense", "only to PostgreSQL"),
        ("postgresql+psycopg://town:geheim@127.0.0.1:1/town", "town:"),
    ],
)
def test_where_it_cannot_go_is_said_in_one_line(town_file: str, there: str, why: str) -> None:
    with pytest.raises((CannotMove, DatabaseUnusable), match=why) as refused:
        move(town_file, there)
    assert "\n" not in str(refused.value) and "geheim" not in str(refused.value)


def test_a_town_that_is_not_in_a_file_is_not_moved(tmp_path: Path, postgres: str, target: str) -> None:
    with pytest.raises(CannotMove, match="not in an SQLite file"):
        move(postgres, target)
    with pytest.raises(CannotMove, match="no such database"):
        move(f"sqlite:///{tmp_path / 'none.db'}", target)
    assert list(tmp_path.iterdir()) == []
