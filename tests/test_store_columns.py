"""Times go into the store aware and come out in UTC; small values go in and come out as they were."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Connection, Integer, MetaData, Table, create_engine, insert, select
from sqlalchemy.exc import StatementError

from dialogs.words import TOWN_TIME
from store.columns import Json, UtcTime
from store.tables.base import Base

PLACE = Table(
    "place", MetaData(), Column("id", Integer, primary_key=True), Column("at", UtcTime), Column("value", Json)
)

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("aăâ", max_size=5), inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    with engine.connect() as opened:
        PLACE.create(opened)
        yield opened
    engine.dispose()


def through_the_store(connection: Connection, **values: Any) -> Any:
    key = connection.execute(insert(PLACE).values(**values)).inserted_primary_key
    assert key is not None
    return connection.execute(select(PLACE).where(PLACE.c.id == key[0])).one()


def test_a_time_without_a_zone_is_refused(connection: Connection) -> None:
    with pytest.raises(StatementError, match="without a zone"):
        through_the_store(connection, at=datetime(2026, 11, 23, 9, 0))  # noqa: DTZ001


@given(
    st.datetimes(datetime(1970, 1, 2), datetime(2199, 1, 1)),  # noqa: DTZ001
    st.sampled_from([UTC, TOWN_TIME, timezone(timedelta(hours=-11))]),
)
def test_an_aware_time_comes_back_as_the_same_moment_in_utc(connection: Connection, naive: datetime, zone: Any) -> None:
    moment = naive.replace(tzinfo=zone)
    back = through_the_store(connection, at=moment).at
    assert back == moment
    assert back.tzinfo is UTC


@given(plain)
def test_a_plain_value_comes_back_as_it_went(connection: Connection, value: Any) -> None:
    assert through_the_store(connection, value=value).value == value


def test_nothing_stays_nothing(connection: Connection) -> None:
    row = through_the_store(connection, at=None, value=None)
    assert row.at is None and row.value is None


def test_a_value_is_kept_so_that_an_eye_can_read_it(connection: Connection) -> None:
    through_the_store(connection, value={"nơi": "xóm 5"})
    raw = connection.exec_driver_sql("SELECT value FROM place ORDER BY id DESC LIMIT 1").scalar_one()
    assert raw == '{"nơi":"xóm 5"}'


def test_every_time_in_every_table_refuses_a_naive_value() -> None:
    columns = [column for table in Base.metadata.tables.values() for column in table.columns]
    assert len(columns) > 100
    times = [column for column in columns if "date" in str(column.type).lower() or column.name.endswith("_at")]
    assert len(times) > 25
    assert [str(column) for column in times if not isinstance(column.type, UtcTime)] == []
