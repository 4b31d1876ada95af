"""The rows behind the morning digest: what came in, what was done, what is open, how it was rated."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, case, func, select

from dialogs.words import OPEN_STATUSES, Status
from store.tables.base import table
from store.tables.reports import Report, StatusChange

_report, _change = table(Report), table(StatusChange)
_asked = _change.alias("asked")

DONE_BY = ("resolve", "reject", "merge")

FILED = select(_report.c.created_at, _report.c.category, _report.c.sensitive).where(
    _report.c.locality_id == bindparam("locality"), _report.c.created_at >= bindparam("since")
)
LAST_ASKED = (
    select(func.max(_asked.c.created_at))
    .where(_asked.c.report_id == _change.c.report_id, _asked.c.trigger == "ask", _asked.c.version < _change.c.version)
    .scalar_subquery()
)
STOPPED = case((_change.c.from_status == Status.NEED_INFO.value, LAST_ASKED), else_=_change.c.created_at)
DONE = (
    select(_change.c.created_at, STOPPED.label("stopped_at"), _report.c.due_at)
    .join(_report, _report.c.id == _change.c.report_id)
    .where(
        _report.c.locality_id == bindparam("locality"),
        _change.c.trigger.in_(DONE_BY),
        _change.c.created_at >= bindparam("since"),
    )
)
OPEN = (
    select(_report)
    .where(
        _report.c.locality_id == bindparam("locality"),
        _report.c.status.in_([status.value for status in OPEN_STATUSES]),
    )
    .order_by(_report.c.created_at, _report.c.id)
)
RATED = select(func.count(), func.avg(_report.c.solved_rating), func.avg(_report.c.satisfaction)).where(
    _report.c.locality_id == bindparam("locality"),
    _report.c.satisfaction.is_not(None),
    _report.c.id.in_(
        select(_change.c.report_id).where(
            and_(_change.c.trigger.in_(["rate", "close"]), _change.c.actor_kind == "citizen"),
            _change.c.created_at >= bindparam("since"),
        )
    ),
)


@dataclass(frozen=True, slots=True)
class Filed:
    """A report came in."""

    at: datetime
    category: str
    sensitive: bool


@dataclass(frozen=True, slots=True)
class Done:
    """A report was resolved, refused or merged; the clock may have stood still since the citizen was asked."""

    at: datetime
    in_time: bool


@dataclass(frozen=True, slots=True)
class OpenReport:
    """An open report as the digest names it."""

    code: str
    category: str
    commune: str
    agency: str
    created_at: datetime
    due_at: datetime | None
    paused: bool
    sensitive: bool

    def is_late(self, now: datetime) -> bool:
        """Overdue, and its clock runs."""
        return not self.paused and self.due_at is not None and self.due_at <= now


@dataclass(frozen=True, slots=True)
class Ratings:
    """How many reports were rated, and the means: solved 1 to 3, satisfied 1 to 5."""

    count: int
    solved: float
    satisfied: float


def filed_since(connection: Connection, locality_id: str, since: datetime) -> list[Filed]:
    """Every report that has come in since."""
    rows = connection.execute(FILED, {"locality": locality_id, "since": since})
    return [Filed(row.created_at, row.category, row.sensitive) for row in rows]


def done_since(connection: Connection, locality_id: str, since: datetime) -> list[Done]:
    """Every report that has been dealt with since."""
    rows = connection.execute(DONE, {"locality": locality_id, "since": since})
    return [Done(row.created_at, row.due_at is None or row.stopped_at <= row.due_at) for row in rows]


def open_reports(connection: Connection, locality_id: str) -> list[OpenReport]:
    """All open reports, oldest first."""
    rows = connection.execute(OPEN, {"locality": locality_id})
    return [
        OpenReport(
            row.code,
            row.category,
            row.commune,
            row.agency_id,
            row.created_at,
            row.due_at,
            row.paused_at is not None,
            row.sensitive,
        )
        for row in rows
    ]


def ratings_since(connection: Connection, locality_id: str, since: datetime) -> Ratings:
    """What citizens have thought of it since."""
    count, solved, satisfied = connection.execute(RATED, {"locality": locality_id, "since": since}).one()
    return Ratings(count, float(solved or 0), float(satisfied or 0))
