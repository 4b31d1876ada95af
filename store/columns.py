"""Column types of ours: UTC times that refuse naive values, and small JSON values."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import BigInteger, DateTime, Dialect, Integer, Text, TypeDecorator

BigKey = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only for INTEGER

OUR_ID = re.compile(r"[0-9]{1,18}")  # 18 digits fit any database's integer


def our_id(text: str) -> int | None:
    """The number of a row, from a text that came from outside; None if it can be none."""
    return int(text) if OUR_ID.fullmatch(text) else None


class UtcTime(TypeDecorator[datetime]):
    """An aware datetime, stored as UTC. A naive value is a bug and raises ValueError."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return value.astimezone(UTC)

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any] | None:
        """SQLite's text is written here: what SQLAlchemy does there takes ten times as long."""
        return _as_sqlite_text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Json(TypeDecorator[Any]):
    """A small value kept as compact JSON text, readable by eye in any database shell."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else orjson.dumps(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else orjson.loads(value)


def _as_sqlite_text(value: datetime | None) -> str | None:
    """As SQLAlchemy stores a DateTime there: 2026-11-22 01:02:03.000000."""
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError("a time without a zone cannot be stored")
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
