"""The same schema on PostgreSQL: made once however many workers start, read without writing, refused in one line."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import insert, make_url
from sqlalchemy.exc import InternalError

from store import staff
from store.database import (
    DatabaseUnusable,
    OnlyOne,
    database_now,
    migrate,
    migrated_writer,
    open_reader,
    open_writer,
    schema_is_current,
    schema_state,
)
from store.tables.base import Base, table
from store.tables.staff import StaffRoom
from store.tables.talk import InboxKey
from tests.cluster import empty_postgres
from tests.stored import count
from tests.town import MONDAY_NINE, thanh_chuong


@pytest.fixture
def empty() -> Iterator[str]:
    with empty_postgres() as url:
        yield url


def test_several_workers_that_start_together_migrate_once(empty: str) -> None:
    assert not schema_is_current(empty)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(migrate, [empty] * 4))
    assert schema_is_current(empty)


def test_several_workers_that_start_together_enter_the_pack_once(empty: str) -> None:
    migrate(empty)

    def enter(_number: int) -> None:
        with migrated_writer(empty) as connection:
            staff.sync_pack(connection, thanh_chuong())

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(enter, range(4)))
    with migrated_writer(empty) as connection:
        assert count(connection, table(StaffRoom)) == len(thanh_chuong().rooms)


def test_the_tables_in_the_code_and_those_of_the_migrations_agree(postgres: str) -> None:
    engine = open_writer(postgres)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    engine.dispose()


def test_a_reader_cannot_write_even_by_mistake(postgres: str) -> None:
    engine = open_reader(postgres)
    with engine.connect() as connection, pytest.raises(InternalError, match="read-only"):
        connection.execute(insert(table(InboxKey)), {"key": "x", "at": MONDAY_NINE})
    engine.dispose()


def test_a_schema_of_a_later_version_is_refused(postgres: str) -> None:
    with migrated_writer(postgres) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    assert schema_state(postgres) == "newer"
    with pytest.raises(DatabaseUnusable, match="later version"):
        migrate(postgres)


def test_a_database_that_is_not_there_is_refused_in_one_line_without_the_password(postgres: str) -> None:
    absent = make_url(postgres).set(database="absent", password="geheim").render_as_string(hide_password=False)
    with pytest.raises(DatabaseUnusable) as refused:
        migrate(absent)
    assert "absent" in str(refused.value) and "geheim" not in str(refused.value) and "\n" not in str(refused.value)


def test_several_services_may_run_on_one_database(postgres: str) -> None:
    for lock in [OnlyOne(postgres), OnlyOne(postgres)]:
        lock.release()


def test_the_time_of_the_database_is_utc_and_about_ours(postgres: str) -> None:
    with migrated_writer(postgres) as connection:
        now = database_now(connection)
    assert now.tzinfo is UTC
    assert abs(now - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_server_that_has_fallen_silent_is_given_up_before_another_would_have_taken_over(postgres: str) -> None:
    """Shown on a line that is really cut by `python -m tests.faults.cut`."""
    engine = open_writer(postgres)
    with engine.connect() as connection:
        said = connection.connection.driver_connection.info.get_parameters()  # type: ignore[union-attr]
    engine.dispose()
    assert (said["tcp_user_timeout"], said["connect_timeout"]) == ("10000", "5")


def test_a_transaction_left_open_by_a_worker_that_was_stopped_is_ended_by_the_server(postgres: str) -> None:
    """What it holds is free again before its leases run out."""
    engine = open_writer(postgres)
    with engine.connect() as connection:
        limit = connection.exec_driver_sql("SHOW idle_in_transaction_session_timeout").scalar_one()
    engine.dispose()
    assert limit == "5s"
