"""What officers have put right, as the classifier learns it."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select

from store.tables.base import table
from store.tables.reports import Correction, Report

_correction, _report = table(Correction), table(Report)

LEARNT = ("category", "urgent")  # fields that bear on a classifier


def add_correction(
    connection: Connection, report_id: int, officer_id: int | None, field: str, was: str, now_is: str, at: datetime
) -> None:
    """Keep what an officer put right, for the classifier."""
    values = {"report_id": report_id, "officer_id": officer_id, "field": field, "was": was, "now": now_is}
    connection.execute(insert(_correction), {**values, "created_at": at})


def corrected_texts(connection: Connection) -> list[dict[str, Any]]:
    """`{"text", "category"}` or `{"text", "urgent"}`, oldest first; the last word on a report's field counts."""
    rows = connection.execute(
        select(_report.c.id, _report.c.text, _correction.c.field, _correction.c.now)
        .join(_report, _report.c.id == _correction.c.report_id)
        .where(_correction.c.field.in_(LEARNT))
        .order_by(_correction.c.id)
    ).all()
    latest: dict[tuple[int, str], dict[str, Any]] = {}
    for row in rows:
        latest.pop((row.id, row.field), None)
        value = row.now == "true" if row.field == "urgent" else row.now
        latest[(row.id, row.field)] = {"text": row.text, row.field: value}
    return list(latest.values())


def newest_correction(connection: Connection) -> int:
    """The id of the latest of them; 0 if nothing has been put right."""
    found = select(func.max(_correction.c.id)).where(_correction.c.field.in_(LEARNT))
    return int(connection.execute(found).scalar() or 0)
