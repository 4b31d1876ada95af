"""What all tables have in common: one metadata, and short words for the columns they are made of."""

from typing import Any

from sqlalchemy import Index, MetaData, Table, text
from sqlmodel import Field, SQLModel

from store.columns import BigKey, UtcTime

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(SQLModel):
    """The common root: one metadata with named constraints, so that migrations can name what they change."""

    metadata = MetaData(naming_convention=NAMING)


def key() -> Any:
    return Field(default=None, primary_key=True, sa_type=BigKey)


def ref(target: str, *, index: bool = True, nullable: bool = False) -> Any:
    if nullable:
        return Field(default=None, foreign_key=target, sa_type=BigKey, index=index, nullable=True)
    return Field(foreign_key=target, sa_type=BigKey, index=index)


def at(*, nullable: bool = False, index: bool = False) -> Any:
    if nullable:
        return Field(default=None, sa_type=UtcTime, nullable=True, index=index)
    return Field(sa_type=UtcTime, index=index)


def partial_index(name: str, *columns: str, where: str) -> Index:
    """An index of the few rows that are asked for again and again."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


def table(model: type[SQLModel]) -> Table:
    """The Core table behind a model class."""
    return Base.metadata.tables[str(model.__tablename__)]
