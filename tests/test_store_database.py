"""The database grows with the program, never without a copy; when it cannot be used it says so in one line."""

import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, insert, select
from sqlalchemy.exc import IntegrityError, OperationalError

from store import database
from store.database import (
    MIGRATIONS,
    DatabaseUnusable,
    OnlyOne,
    migrate,
    migrated_reader,
    migrated_writer,
    open_reader,
    open_writer,
    schema_is_current,
    sqlite_path,
)
from store.tables.base import Base, table
from store.tables.reports import Media
from store.tables.talk import InboxKey
from tests.stored import count
from tests.town import MONDAY_NINE, fresh_database

HEAD = ScriptDirectory(str(MIGRATIONS)).get_current_head()


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A migrated, empty database."""
    file = tmp_path / "town.db"
    file.write_bytes(fresh_database())
    return f"sqlite:///{file}"


@pytest.fixture
def engines(url: str) -> Any:
    opened: list[Engine] = [open_writer(url), open_reader(url)]
    yield opened
    for engine in opened:
        engine.dispose()


def one_line(error: pytest.ExceptionInfo[DatabaseUnusable]) -> str:
    text = str(error.value)
    assert text and "\n" not in text and "Traceback" not in text
    return text


def plain(url: str, statement: str) -> list[Any]:
    path = sqlite_path(url)
    assert path is not None
    connection = sqlite3.connect(path)
    try:
        rows = connection.execute(statement).fetchall()
        connection.commit()
        return rows
    finally:
        connection.close()


# ---------------------------------------------------------------- growing


def test_a_new_database_gets_its_folder_and_its_tables(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'var' / 'town.db'}"
    assert not schema_is_current(f"sqlite:///{tmp_path / 'other.db'}")
    migrate(url)
    assert schema_is_current(url)
    names = {name for (name,) in plain(url, "SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert set(Base.metadata.tables) <= names


def test_migrating_twice_changes_nothing_and_copies_nothing(url: str, tmp_path: Path) -> None:
    plain(url, "INSERT INTO inbox_key VALUES ('x', '2026-11-23 02:00:00')")
    migrate(url)
    migrate(url)
    assert plain(url, "SELECT count(*) FROM inbox_key") == [(1,)]
    assert [path.name for path in tmp_path.glob("*.before-*")] == []


def test_a_copy_is_kept_before_an_upgrade(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain(url, "INSERT INTO inbox_key VALUES ('x', '2026-11-23 02:00:00')")
    with a_later_version(tmp_path, monkeypatch):
        migrate(url)
    assert plain(url, "SELECT what FROM later") == []
    copy = tmp_path / f"town.db.before-{HEAD}"
    assert plain(f"sqlite:///{copy}", "SELECT key FROM inbox_key") == [("x",)]
    assert plain(f"sqlite:///{copy}", "SELECT count(*) FROM sqlite_master WHERE name = 'later'") == [(0,)]


def a_later_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A program with one migration more."""
    import shutil

    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder)
    (folder / "versions" / "9999_later.py").write_text(
        f'revision = "9999"\ndown_revision = "{HEAD}"\n'
        'def upgrade():\n    from alembic import op\n    op.execute("CREATE TABLE later (what TEXT)")\n',
        encoding="utf-8",
    )
    context = monkeypatch.context()
    patch = context.__enter__()
    patch.setattr(database, "MIGRATIONS", folder)
    return _Leaving(context)


class _Leaving:
    def __init__(self, context: Any) -> None:
        self._context = context

    def __enter__(self) -> None:
        pass

    def __exit__(self, *raised: Any) -> None:
        self._context.__exit__(*raised)


def test_the_tables_in_the_code_and_those_of_the_migrations_agree(engines: list[Engine]) -> None:
    with engines[0].connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_there_is_one_line_of_migrations() -> None:
    script = ScriptDirectory(str(MIGRATIONS))
    assert len(script.get_heads()) == 1
    assert len(list(script.walk_revisions())) >= 1


# ---------------------------------------------------------------- writers and readers


def test_a_reader_cannot_write_even_by_mistake(engines: list[Engine]) -> None:
    with engines[1].connect() as connection, pytest.raises(OperationalError, match="readonly"):
        connection.execute(insert(table(InboxKey)), {"key": "x", "at": MONDAY_NINE})


def test_a_reader_sees_what_is_committed_and_nothing_else(engines: list[Engine]) -> None:
    writer, reader = engines
    with writer.begin() as writing, reader.connect() as reading:
        writing.execute(insert(table(InboxKey)), {"key": "x", "at": MONDAY_NINE})
        assert count(reading, table(InboxKey)) == 0
    with reader.connect() as reading:
        assert reading.execute(select(table(InboxKey))).one().at == MONDAY_NINE


def test_a_row_that_points_nowhere_is_refused(engines: list[Engine]) -> None:
    row = {"locality_id": "tc", "kind": "image", "report_id": 999, "created_at": MONDAY_NINE}
    with engines[0].connect() as connection, pytest.raises(IntegrityError):
        connection.execute(insert(table(Media)), row)


def test_the_pragmas_that_keep_what_was_committed_are_on(engines: list[Engine]) -> None:
    with engines[0].connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2}


def test_two_writers_take_turns_and_lose_nothing(url: str) -> None:
    """BEGIN IMMEDIATE: the second waits at its first line instead of failing at its last."""

    def count_up() -> None:
        engine = open_writer(url)
        for _ in range(20):
            with engine.begin() as connection:
                seen = connection.exec_driver_sql("SELECT count(*) FROM inbox_key").scalar_one()
                connection.execute(insert(table(InboxKey)), {"key": str(seen), "at": MONDAY_NINE})
        engine.dispose()

    threads = [threading.Thread(target=count_up) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert plain(url, "SELECT count(*) FROM inbox_key") == [(60,)]


def test_short_reads_and_writes_bring_the_schema_with_them(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'town.db'}"
    with migrated_writer(url) as connection:
        connection.execute(insert(table(InboxKey)), {"key": "x", "at": MONDAY_NINE})
    with migrated_reader(url) as connection:
        assert count(connection, table(InboxKey)) == 1


# ---------------------------------------------------------------- only one


def test_a_second_run_on_the_same_file_is_refused(url: str) -> None:
    first = OnlyOne(url)
    with pytest.raises(DatabaseUnusable) as refused:
        OnlyOne(url)
    assert "another langnghe is running" in one_line(refused)
    first.release()
    OnlyOne(url).release()


def test_runs_on_different_files_do_not_know_of_each_other(tmp_path: Path) -> None:
    locks = [OnlyOne(f"sqlite:///{tmp_path / name}") for name in ("a.db", "b.db")]
    for lock in locks:
        lock.release()


# ---------------------------------------------------------------- unusable


def unusable(tmp_path: Path, what: str) -> str:
    """The address of a database of which nothing can be made."""
    file = tmp_path / "town.db"
    if what == "not a database":
        file.write_text("đây là một tệp văn bản, không phải cơ sở dữ liệu\n" * 100, encoding="utf-8")
    elif what == "a damaged file":
        content = fresh_database()
        file.write_bytes(content[:100] + b"\xff" * (len(content) - 100))
    elif what == "a folder":
        file.mkdir()
    elif what == "under a file":
        file.write_text("", encoding="utf-8")
        return f"sqlite:///{file}/town.db"
    elif what == "of a later version":
        file.write_bytes(fresh_database())
        plain(f"sqlite:///{file}", "UPDATE alembic_version SET version_num = '9999'")
    elif what == "no address":
        return "nonsense"
    elif what == "an unknown kind":
        return "oracle7://localhost/x"
    return f"sqlite:///{file}"


UNUSABLE = [
    "not a database",
    "a damaged file",
    "a folder",
    "under a file",
    "of a later version",
    "no address",
    "an unknown kind",
]


@pytest.mark.parametrize("what", UNUSABLE)
def test_a_database_that_cannot_be_used_is_refused_in_one_line(tmp_path: Path, what: str) -> None:
    with pytest.raises(DatabaseUnusable) as refused:
        migrate(unusable(tmp_path, what))
    assert one_line(refused)


@pytest.mark.parametrize("what", ["under a file", "no address"])
def test_the_lock_beside_such_a_database_is_refused_in_one_line_too(tmp_path: Path, what: str) -> None:
    with pytest.raises(DatabaseUnusable) as refused:
        OnlyOne(unusable(tmp_path, what)).release()
    assert one_line(refused)


@pytest.mark.parametrize("what", UNUSABLE)
def test_asking_whether_such_a_schema_is_current_is_refused_or_denied(tmp_path: Path, what: str) -> None:
    try:
        assert schema_is_current(unusable(tmp_path, what)) is False
    except DatabaseUnusable as refused:
        assert "\n" not in str(refused)


def test_the_password_of_a_database_never_stands_in_the_line() -> None:
    with pytest.raises(DatabaseUnusable) as refused:
        migrate("postgresql+nodriver://langnghe:secret@localhost/x")
    assert "secret" not in one_line(refused)


def test_an_error_in_one_line_shows_neither_the_statement_nor_its_values(engines: list[Engine]) -> None:
    with engines[1].connect() as connection, pytest.raises(OperationalError) as error:
        connection.execute(insert(table(InboxKey)), {"key": "0912345678", "at": MONDAY_NINE})
    assert "INSERT" in str(error.value)
    assert database.first_line(error.value) == "attempt to write a readonly database"
