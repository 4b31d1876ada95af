"""A town that moves: from its SQLite file into an empty PostgreSQL, all of it in one transaction or nothing."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    NullPool,
    Select,
    Table,
    Text,
    create_engine,
    func,
    select,
    type_coerce,
)

from dialogs.words import Expected
from store.columns import Json
from store.database import (
    POSTGRES_CONNECTION,
    OnlyOne,
    first_line,
    migrate,
    open_writer,
    opening,
    sqlite_path,
    transaction,
)
from store.report_record import LIVES, broken
from store.tables.base import Base

CHUNK = 1_000  # rows read at a time

Step = Callable[[int], None]


class CannotMove(Expected):
    """The town cannot be moved there."""


class NoSuchMove(CannotMove):
    """Moves go from an SQLite file to PostgreSQL only."""

    exit_code = 2


@contextmanager
def moving(source: str, target: str) -> Iterator["Move"]:
    """Both held: nobody writes to the source, nobody else to the target. What was done is committed at the end.

    Raises CannotMove and DatabaseUnusable; then the target is as empty as before, and the move can begin again.
    """
    _check_kinds(source, target)
    alone = OnlyOne(source)
    try:
        for url in (source, target):
            migrate(url)
        with transaction(open_writer(source)) as reading, transaction(_plain(target)) as writing:
            _check_empty(writing)
            yield Move(reading, writing)
    finally:
        alone.release()


def _check_kinds(source: str, target: str) -> None:
    with opening(source):
        file = sqlite_path(source)
    if file is None:
        raise NoSuchMove("the town is not in an SQLite file: PostgreSQL has tools of its own (pg_dump, pg_restore)")
    if not target.startswith("postgresql+psycopg://"):
        raise NoSuchMove("only to PostgreSQL: postgresql+psycopg://…")
    if not file.exists():
        raise CannotMove(f"{file}: there is no such database")


def _plain(url: str) -> Engine:
    """Without the service's limit on idle transactions: this one is a long one."""
    return create_engine(url, poolclass=NullPool, connect_args=POSTGRES_CONNECTION)


def _check_empty(connection: Connection) -> None:
    tables = Base.metadata.sorted_tables
    names = ", ".join(connection.dialect.identifier_preparer.format_table(one) for one in tables)
    connection.exec_driver_sql(f"LOCK TABLE {names} IN EXCLUSIVE MODE")  # a service that starts there waits for us
    for one in tables:
        if rows := _count(connection, one):
            raise CannotMove(f"{connection.engine.url.render_as_string()}: not empty ({rows} rows in {one.name})")


@dataclass(frozen=True, slots=True)
class Move:
    """The town in both places; `step` is told of each lot of rows, which are looked at twice."""

    reading: Connection
    writing: Connection

    def rows(self) -> int:
        """How many there are to carry."""
        return sum(_count(self.reading, one) for one in Base.metadata.sorted_tables)

    def carry(self, step: Step) -> None:
        """Every row of every table, after those it points to; then each table is compared with what arrived."""
        for one in Base.metadata.sorted_tables:
            left = Tally(step)
            _copy(self.writing, one, left.of(self.reading.execute(_all(one))))
            arrived = Tally(step)
            for _ in arrived.of(self.writing.execute(_all(one))):
                pass
            if arrived != left:
                raise CannotMove(f"{one.name}: what arrived is not what was sent")
            _count_on(self.writing, one)
        self.writing.exec_driver_sql("ANALYZE")

    def records(self) -> tuple[int, int]:
        """How many reports have arrived, and how many of them have a record whose chain of hashes is broken."""
        lives = groupby(self.writing.execute(LIVES).mappings(), key=itemgetter("report_id"))
        found = [bool(broken(life)) for _, life in lives]
        return len(found), sum(found)


class Tally:
    """Counts rows as they pass and sums up what they say, whatever their order."""

    def __init__(self, step: Step) -> None:
        self._step = step
        self.rows = self.sum = 0

    def of(self, rows: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
        """The same rows."""
        for row in map(tuple, rows):
            self.rows += 1
            self.sum += int.from_bytes(blake2b(repr(row).encode(), digest_size=8).digest(), "big")
            if self.rows % CHUNK == 0:
                self._step(CHUNK)
            yield row
        self._step(self.rows % CHUNK)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tally) and (self.rows, self.sum) == (other.rows, other.sum)


def _all(one: Table) -> Select[Any]:
    """Small JSON values as the text they are kept as: nothing is written anew."""
    columns = [type_coerce(column, Text) if isinstance(column.type, Json) else column for column in one.columns]
    return select(*columns).execution_options(yield_per=CHUNK)


def _copy(connection: Connection, one: Table, rows: Iterable[tuple[Any, ...]]) -> None:
    """By psycopg's COPY, many times as fast as INSERT; a report may point to one that comes after it."""
    spelled = connection.dialect.identifier_preparer
    names = ", ".join(spelled.format_column(column) for column in one.columns)
    into = f"COPY {spelled.format_table(one)} ({names}) FROM STDIN"
    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(into) as copy:
            for row in rows:
                copy.write_row(row)
    except connection.dialect.loaded_dbapi.Error as error:
        raise CannotMove(f"{one.name}: {first_line(error)}") from error


def _count_on(connection: Connection, one: Table) -> None:
    """New rows are numbered after the last that was carried."""
    if (column := one.autoincrement_column) is not None:
        numbers, last = func.pg_get_serial_sequence(one.name, column.name), func.max(column)
        connection.execute(select(func.setval(numbers, last)).having(last.is_not(None)))


def _count(connection: Connection, one: Table) -> int:
    return int(connection.execute(select(func.count()).select_from(one)).scalar_one())
