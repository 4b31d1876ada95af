"""A statement compiled once for a kind of database: its words, how values go in, how rows come out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from sqlalchemy import Column, Dialect, Executable
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler

Row = Mapping[str, Any]
Turn = Callable[[Any], Any]  # a value on its way to the driver or back

SAVEPOINT, RELEASE, BACK = "SAVEPOINT alone", "RELEASE alone", "ROLLBACK TO alone"

_numbers = count()


@dataclass(frozen=True, slots=True)
class Plan:
    """A statement in the database's words, and its parameters."""

    sql: str
    name: bytes  # what PostgreSQL knows it by once it is prepared
    given: tuple[str, ...]
    turned: tuple[tuple[int, Turn], ...]  # those that do not go in as they are
    fixed: Row  # parameters that stand in the statement itself

    def parameters(self, values: Row) -> list[Any]:
        """The values in the statement's order, as the driver wants them."""
        everything = {**self.fixed, **values} if self.fixed else values
        ready = list(map(everything.__getitem__, self.given))
        for at, turn in self.turned:
            ready[at] = turn(ready[at])
        return ready


@dataclass(frozen=True, slots=True)
class Reader:
    """How what comes back is read."""

    columns: tuple[str, ...]
    turned: tuple[tuple[str, Turn], ...]  # those whose values are not as they are stored

    def row(self, found: Sequence[Any]) -> Row:
        """A row by its columns' names."""
        row = dict(zip(self.columns, found, strict=True))
        for name, turn in self.turned:
            row[name] = turn(row[name])
        return row


def plan_of(statement: Executable, dialect: Dialect) -> Plan:
    """The statement as compiled, for a dialect whose parameters have an order."""
    assert isinstance(statement, ClauseElement)
    compiled = statement.compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler)
    given = tuple(compiled.positiontup or ())
    turns = [compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect) for name in given]
    fixed = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
    fixed |= {column.key: _default(column) for column in compiled.insert_prefetch}
    turned = tuple((at, turn) for at, turn in enumerate(turns) if turn is not None)
    return Plan(str(compiled), b"hot_%d" % next(_numbers), given, turned, fixed)


def reader_of(statement: Any, dialect: Dialect, types: Sequence[Any]) -> Reader:
    """`types` is what the database calls those of the columns: some values are read by that."""
    columns = statement.exported_columns
    turns = [
        (column.key, column.type.dialect_impl(dialect).result_processor(dialect, said))
        for column, said in zip(columns, types, strict=True)
    ]
    return Reader(tuple(name for name, _ in turns), tuple((name, turn) for name, turn in turns if turn is not None))


def _default(column: Column[Any]) -> Any:
    """What stands in a column that an insert does not name."""
    return column.default.arg(None) if column.default.is_callable else column.default.arg  # type: ignore[union-attr]
