"""A list as one parameter: `among(column, "ids")` is a condition, `each("words")` a table with a column `value`.

The statement is the same for a list of any length, unlike with an expanding IN: it is compiled once and can be `Hot`.
"""

from typing import Any

import orjson
from sqlalchemy import ARRAY, BindParameter, Boolean, Column, Dialect, Text, TypeDecorator, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.selectable import TableValuedAlias
from sqlalchemy.types import TypeEngine

from store.columns import Json


class Listed(TypeDecorator[list[Any]]):
    """A list as a parameter: JSON for SQLite, an array for PostgreSQL."""

    impl = Text
    cache_ok = True

    def __init__(self, item: TypeEngine[Any]) -> None:
        super().__init__()
        self.item = item

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else ARRAY(self.item))

    def process_bind_param(self, value: list[Any] | None, dialect: Dialect) -> Any:
        return orjson.dumps(value).decode() if dialect.name == "sqlite" else value


class _Each(FunctionElement[str]):
    inherit_cache = True


def each(name: str) -> TableValuedAlias:
    """The texts in the list given under this name, as a table."""
    return _Each(bindparam(name, type_=Json)).table_valued("value")


@compiles(_Each, "sqlite")
def _each_on_sqlite(element: _Each, compiler: SQLCompiler, **words: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **words)})"


@compiles(_Each, "postgresql")
def _each_on_postgres(element: _Each, compiler: SQLCompiler, **words: Any) -> str:
    return f"json_array_elements_text(CAST({compiler.process(element.clauses, **words)} AS json))"


class _Among(FunctionElement[bool]):
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> "_Among":
        """As it is: SQLAlchemy would say `= 1` behind it on SQLite, and no index serves that."""
        return self


def among(column: Column[Any], name: str) -> _Among:
    """Whether the column's value is in the list given under this name."""
    listed: BindParameter[list[Any]] = bindparam(name, type_=Listed(column.type))
    return _Among(column, listed)


@compiles(_Among, "sqlite")
def _among_on_sqlite(element: _Among, compiler: SQLCompiler, **words: Any) -> str:
    column, listed = (compiler.process(part, **words) for part in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({listed}))"  # noqa: S608 our own columns


@compiles(_Among, "postgresql")
def _among_on_postgres(element: _Among, compiler: SQLCompiler, **words: Any) -> str:
    column, listed = (compiler.process(part, **words) for part in element.clauses)
    return f"{column} = ANY({listed})"
