"""Column types of ours: UTC times that refuse naive values, and small JSON values."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import BigInteger, DateTime, Dialect, Integer, Text, TypeDecorator

BigKey = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only for INTEGER

MICRO = "microseconds"
OUR_ID = re.compile(r"[0-9]{1,18}")  # 18 digits fit any database's integer


def our_id(text: str) -> int | None:
    """The number of a row, from a text that came from outside; None if it can be none."""
    return int(text) if OUR_ID.fullmatch(text) else None


class UtcTime(TypeDecorator[datetime]):
    """An aware datetime, stored as UTC. A naive value is a bug and raises ValueError.

    SQLite's text (2026-11-22 01:02:03.000000) is written and read here, without SQLAlchemy: it takes ten times as long.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None or value.tzinfo is UTC:
            return value
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any] | None:
        if dialect.name != "sqlite":
            return lambda value: self.process_bind_param(value, dialect)

        def written(value: datetime | None) -> str | None:
            moment = self.process_bind_param(value, dialect)
            return None if moment is None else moment.isoformat(" ", MICRO)[:-6]

        return written

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None] | None:
        if dialect.name != "sqlite":
            return lambda value: self.process_result_value(value, dialect)
        return lambda text: None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)


class Json(TypeDecorator[Any]):
    """A small value kept as compact JSON text, readable by eye in any database shell."""

    impl = Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], str | None]:
        return lambda value: None if value is None else orjson.dumps(value).decode()

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[str | None], Any]:
        return lambda text: None if text is None else orjson.loads(text)
