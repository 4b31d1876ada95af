"""The turn's own statements: the driver gets them as compiled, at a tenth of what Core needs to execute them."""

from collections.abc import Sequence
from types import TracebackType
from typing import Any

from sqlalchemy import Connection, Executable, Table, bindparam, insert
from sqlalchemy.exc import DBAPIError

from store.lines import Line, line_of, open_line
from store.plans import SAVEPOINT, Plan, Reader, Row, plan_of, reader_of


class Hot:
    """A statement compiled once, for the one kind of database that a process has.

    Every parameter is a bindparam, none of them expanding. Failures are SQLAlchemy's, as from Core.
    """

    def __init__(self, statement: Executable) -> None:
        self._statement = statement
        self._plans: dict[str, Plan] = {}  # by the database's kind; the tests have two
        self._readers: dict[str, Reader] = {}

    def all(self, connection: Connection, **values: Any) -> list[Row]:
        """Every row it finds."""
        line, answer = self._asked(connection, values)
        reader = self._readers.get(line.kind)
        if reader is None:
            reader = self._readers[line.kind] = reader_of(self._statement, line.dialect, line.types(answer))
        return list(map(reader.row, line.rows(answer)))

    def first(self, connection: Connection, **values: Any) -> Row | None:
        """The first row, or None."""
        found = self.all(connection, **values)
        return found[0] if found else None

    def column(self, connection: Connection, **values: Any) -> list[Any]:
        """The first column of every row, as it is stored."""
        line, answer = self._asked(connection, values)
        return [found[0] for found in line.rows(answer)]

    def value(self, connection: Connection, **values: Any) -> Any:
        """The first column of the first row, as it is stored; None if there is no row."""
        found = self.column(connection, **values)
        return found[0] if found else None

    def change(self, connection: Connection, **values: Any) -> int:
        """Do it; how many rows it changed."""
        line, answer = self._asked(connection, values)
        return line.count(answer)

    def tell(self, connection: Connection, **values: Any) -> None:
        """Do it; nobody asks how many rows it changed. It may fail only later, before its savepoint or commit ends."""
        line, plan = self._planned(connection)
        try:
            line.tell(plan, values)
        except line.failures as error:
            raise _as_ours(connection, plan.sql, error) from error

    def many(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Do it once for every row of values, as `tell` does."""
        line, plan = self._planned(connection)
        try:
            line.tell_many(plan, rows)
        except line.failures as error:
            raise _as_ours(connection, plan.sql, error) from error

    def _asked(self, connection: Connection, values: Row) -> tuple[Line, Any]:
        line, plan = self._planned(connection)
        try:
            return line, line.ask(plan, values)
        except line.failures as error:
            raise _as_ours(connection, plan.sql, error) from error

    def _planned(self, connection: Connection) -> tuple[Line, Plan]:
        line = line_of(connection)
        plan = self._plans.get(line.kind)
        if plan is None:
            plan = self._plans[line.kind] = plan_of(self._statement, line.dialect)
        return line, plan


def entering(table: Table, names: str, returning: str = "") -> Hot:
    """An insert of these columns; with `returning`, that column of the new row comes back."""
    statement = insert(table).values({name: bindparam(name) for name in names.split()})
    return Hot(statement.returning(table.c[returning]) if returning else statement)


class savepoint:
    """What raises inside is undone alone."""

    __slots__ = ("_connection", "_line", "_place")

    def __init__(self, connection: Connection) -> None:
        self._connection, self._line = connection, line_of(connection)

    def __enter__(self) -> None:
        try:
            self._place = self._line.open()
        except self._line.failures as error:
            raise _as_ours(self._connection, SAVEPOINT, error) from error

    def __exit__(
        self, _kind: type[BaseException] | None, raised: BaseException | None, _at: TracebackType | None
    ) -> None:
        try:
            if raised is None:
                self._release()
            elif not self._connection.invalidated:
                self._line.undo(self._place)
        except self._line.failures as error:
            raise _as_ours(self._connection, SAVEPOINT, error) from error

    def _release(self) -> None:
        try:
            self._line.release()
        except self._line.failures:
            self._line.undo(self._place)
            raise


def settle(connection: Connection, *_event: Any) -> None:
    """Before SQLAlchemy itself says something, or commits: what was told is done."""
    line = open_line(connection)
    if line:
        try:
            line.settle()
        except line.failures as error:
            raise _as_ours(connection, "COMMIT", error) from error


def forget(connection: Connection) -> None:
    """Before SQLAlchemy rolls back: what was told and is not yet done never happens."""
    line = open_line(connection)
    if line:
        line.forget()


def driver(connection: Connection) -> Any:
    """The driver's own connection below: sqlite3's or psycopg's."""
    return connection.connection.driver_connection


def _as_ours(connection: Connection, sql: str, error: Any) -> BaseException:
    """The driver's failure as SQLAlchemy's; a connection that is lost is given up."""
    lost = connection.dialect.is_disconnect(error, connection.connection, None)
    if lost:
        connection.invalidate(error)
    kinds = connection.dialect.loaded_dbapi.Error
    ours: BaseException = DBAPIError.instance(sql, {}, error, kinds, hide_parameters=True, connection_invalidated=lost)
    return ours
