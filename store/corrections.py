"""What officers have put right, as the classifier learns it."""

from typing import Any

from sqlalchemy import Connection, select

from store.tables import Correction, Report, table

_correction, _report = table(Correction), table(Report)


def corrected_texts(connection: Connection) -> list[dict[str, Any]]:
    """`{"text", "category"}` or `{"text", "urgent"}`, oldest first; the last word on a report's field counts."""
    rows = connection.execute(
        select(_report.c.id, _report.c.text, _correction.c.field, _correction.c.now)
        .join(_report, _report.c.id == _correction.c.report_id)
        .order_by(_correction.c.id)
    ).all()
    latest: dict[tuple[int, str], dict[str, Any]] = {}
    for row in rows:
        latest.pop((row.id, row.field), None)
        value = row.now == "true" if row.field == "urgent" else row.now
        latest[(row.id, row.field)] = {"text": row.text, row.field: value}
    return list(latest.values())
