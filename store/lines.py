"""The line to the database below SQLAlchemy: one that says everything at once to a file, and PostgreSQL's."""

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import Connection, Dialect

from store.line_postgres import PostgresLine
from store.plans import BACK, RELEASE, SAVEPOINT, Plan, Row

LINE = "line"  # where it is kept: with the driver's connection, for as long as that lives


class Line(Protocol):
    """One connection."""

    kind: str  # of database
    dialect: Dialect  # what statements are compiled for
    failures: type[Exception]  # the driver's own

    def ask(self, plan: Plan, values: Row) -> Any:
        """Do it; the answer is for `rows`, `count` and `types`."""

    def tell(self, plan: Plan, values: Row) -> Any:
        """Do it before the next question, release or commit; it may fail only then."""

    def tell_many(self, plan: Plan, rows: Iterable[Row]) -> None:
        """The same for every row of values."""

    def rows(self, answer: Any) -> list[Any]:
        """Every row that came back."""

    def count(self, answer: Any) -> int:
        """How many rows were changed."""

    def types(self, answer: Any) -> Sequence[Any]:
        """What the database calls the columns' types."""

    def settle(self) -> None:
        """What was told is done."""

    def forget(self) -> None:
        """What was told and is not yet done never happens."""

    def open(self) -> Any:
        """Begin what may be undone alone; returns its place, for `undo`."""

    def release(self) -> None:
        """It has happened: what was told since then is done."""

    def undo(self, place: Any, /) -> None:
        """Undo it, if the transaction still stands."""


class SqliteLine:
    """A file: what is told is done at once."""

    def __init__(self, dialect: Dialect, raw: sqlite3.Connection) -> None:
        self.dialect, self.kind = dialect, dialect.name
        self.failures: type[Exception] = sqlite3.Error
        self._raw, self._execute = raw, raw.execute

    def ask(self, plan: Plan, values: Row) -> sqlite3.Cursor:
        return self._execute(plan.sql, plan.parameters(values))

    tell = ask

    def tell_many(self, plan: Plan, rows: Iterable[Row]) -> None:
        self._raw.executemany(plan.sql, map(plan.parameters, rows))

    def rows(self, answer: sqlite3.Cursor) -> list[Any]:
        return answer.fetchall()

    def count(self, answer: sqlite3.Cursor) -> int:
        return answer.rowcount

    def types(self, answer: sqlite3.Cursor) -> Sequence[Any]:
        return [said[1] for said in answer.description]

    def settle(self) -> None:
        """Nothing is kept back."""

    forget = settle

    def open(self) -> None:
        self._execute(SAVEPOINT)

    def release(self) -> None:
        self._execute(RELEASE)

    def undo(self, _place: None) -> None:
        if self._raw.in_transaction:  # when the disk is full SQLite has undone the whole of it by itself
            self._execute(BACK)
            self._execute(RELEASE)


LINES: Mapping[str, Callable[[Dialect, Any], Line]] = {"sqlite": SqliteLine, "postgresql": PostgresLine}


def line_of(connection: Connection) -> Line:
    """The line below this connection, with its transaction begun."""
    if not connection.in_transaction():
        connection.begin()
    line: Line | None = connection.info.get(LINE)
    return line or _new_line(connection)


def open_line(connection: Connection) -> Line | None:
    """The line below this connection, if it is open."""
    line: Line | None = None if connection.invalidated else connection.info.get(LINE)
    return line


def _new_line(connection: Connection) -> Line:
    dialect = connection.dialect
    line = connection.info[LINE] = LINES[dialect.name](dialect, connection.connection.driver_connection)
    return line
