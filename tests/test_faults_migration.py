"""kill -9 in a migration, on both databases: each step is made wholly or not at all, and the next start goes on."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData, Table, create_engine, insert, inspect

from store.database import migrate, schema_state
from tests.cluster import empty_postgres
from tests.faults.forked import forked
from tests.faults.migrating import POINTS, migrate_until

AMONG_THE_FIRST, BEFORE_IT_IS_NOTED, AMONG_ROWS = POINTS
EMPTY: dict[type, Any] = {str: "", int: 0, float: 0.0, bool: False, datetime: datetime(2026, 11, 23, tzinfo=UTC)}


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without anything in it, of each kind in turn."""
    if request.param == "postgresql":
        with empty_postgres() as url:
            yield url
    else:
        yield f"sqlite:///{tmp_path / 'town.db'}"


async def killed_while_migrating(url: str, point: str) -> None:
    async with forked(migrate_until, url, point) as process:
        assert await process.was_killed()


@pytest.fixture
def plainly(empty: str) -> Iterator[Connection]:
    """A connection that knows nothing of our schema; commits each statement."""
    engine = create_engine(empty, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names()) - {"alembic_version"}


def a_row(connection: Connection, name: str, **values: Any) -> None:
    """A row in a table as that revision made it; what is not said is empty."""
    there = Table(name, MetaData(), autoload_with=connection)
    plain = {column.name: EMPTY[column.type.python_type] for column in there.columns if not column.nullable}
    connection.execute(insert(there), plain | values)


@pytest.mark.parametrize("point", [AMONG_THE_FIRST, BEFORE_IT_IS_NOTED])
async def test_a_first_start_killed_in_its_migration_leaves_nothing_and_the_next_one_makes_all(
    point: str, empty: str, plainly: Connection
) -> None:
    await killed_while_migrating(empty, point)
    assert tables(plainly) == set()
    migrate(empty)
    assert schema_state(empty) == "current"
    assert {"report", "outbox", "lookalike"} <= tables(plainly)


async def test_a_later_migration_killed_among_its_rows_has_touched_none_and_is_made_again(
    empty: str, plainly: Connection
) -> None:
    await killed_while_migrating(empty, AMONG_ROWS)  # a database of the version before it
    assert MigrationContext.configure(plainly).get_current_revision() == "0010"
    a_row(plainly, "citizen", id=1)
    a_row(plainly, "report", id=1, citizen_id=1, category="electricity", status="received")
    a_row(plainly, "report_word", report_id=1, word="cot dien")
    await killed_while_migrating(empty, AMONG_ROWS)
    assert MigrationContext.configure(plainly).get_current_revision() == "0010"
    assert plainly.exec_driver_sql("SELECT word, report_id FROM report_word").all() == [("cot dien", 1)]
    migrate(empty)
    assert schema_state(empty) == "current"
    assert plainly.exec_driver_sql("SELECT term, report_id FROM report_word").all() == [("electricity cot dien", 1)]
