"""What officers have put right, as the classifier learns it."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select

from store.tables.base import table
from store.tables.reports import Correction, Report

_correction, _report = table(Correction), table(Report)
_other = _report.alias("other")

# What a correction's field is called where it is learnt: who is restricted to the sensitive room accuses somebody.
LEARNT = {"category": "category", "urgent": "urgent", "sensitive": "denunciation"}
DUPLICATE = "duplicate"  # a pair that an officer has kept apart

CORRECTED = (
    select(_report.c.id, _report.c.text, _correction.c.field, _correction.c.now)
    .join(_report, _report.c.id == _correction.c.report_id)
    .where(_correction.c.field.in_(LEARNT), _report.c.text != "")
    .order_by(_correction.c.id)
)
MERGED = (
    select(_report.c.text.label("a"), _other.c.text.label("b"))
    .join(_other, _other.c.id == _report.c.merged_into)
    .where(_report.c.text != "", _other.c.text != "")
    .order_by(_report.c.id)
)
KEPT_APART = (
    select(_report.c.text.label("a"), _other.c.text.label("b"))
    .select_from(_correction)
    .join(_report, _report.c.id == _correction.c.report_id)
    .join(_other, _other.c.code == _correction.c.was)
    .where(_correction.c.field == DUPLICATE, _report.c.text != "", _other.c.text != "")
    .order_by(_correction.c.id)
)
NEWEST = select(func.max(_correction.c.id)).where(_correction.c.field.in_(LEARNT))


def add_correction(
    connection: Connection, report_id: int, officer_id: int | None, field: str, was: str, now_is: str, at: datetime
) -> None:
    """Keep what an officer put right, for the classifier."""
    values = {"report_id": report_id, "officer_id": officer_id, "field": field, "was": was, "now": now_is}
    connection.execute(insert(_correction), {**values, "created_at": at})


def corrected_texts(connection: Connection) -> list[dict[str, Any]]:
    """What officers decided: `{"a", "b", "same"}` of pairs, then `{"text", …}` with a field, oldest first.

    The field is `category`, `urgent` or `denunciation`; the last word on a report's field counts.
    """
    latest: dict[tuple[int, str], dict[str, Any]] = {}
    for row in connection.execute(CORRECTED).all():
        latest.pop((row.id, row.field), None)
        value = row.now if row.field == "category" else row.now == "true"
        latest[(row.id, row.field)] = {"text": row.text, LEARNT[row.field]: value}
    pairs = [
        {"a": row.a, "b": row.b, "same": same}
        for asked, same in ((MERGED, True), (KEPT_APART, False))
        for row in connection.execute(asked).all()
    ]
    return [*pairs, *latest.values()]


def newest_correction(connection: Connection) -> int:
    """The id of the latest that bears on a classifier; 0 for none. Pairs alone start no lesson, they come along."""
    return int(connection.execute(NEWEST).scalar() or 0)
