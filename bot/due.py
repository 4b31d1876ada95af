"""How much time a card has left, in words and as a mark that the eye finds."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from dialogs.cards import moment
from dialogs.texts import say
from dialogs.words import OPEN_STATUSES, OfficeHours, ReportView
from store.worktime import working_hours_between

Level = Literal["late", "soon", "ok", "paused", "none"]

# "soon" begins this many hours before the deadline: working hours, of the clock when urgent
SOON_TO_ACCEPT = 1.0
SOON_TO_ANSWER = 4.0
SOON_URGENT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Due:
    """The deadline's mark: how bad, in words, and the moment itself with what is due then."""

    level: Level
    words: str
    at: str


def due_of(report: ReportView, hours: OfficeHours, now: datetime) -> Due:
    """Where a report stands before its deadline; while the citizen owes an answer the clock stands still."""
    if report.status not in OPEN_STATUSES or report.due_at is None:
        return Due("none", "", "")
    if report.paused_at is not None:
        return Due("paused", say("room.paused"), say("room.paused_since", at=moment(report.paused_at)))
    at = say("room.answer_by" if report.accepted_at else "room.accept_by", at=moment(report.due_at))
    if report.due_at <= now:
        return Due("late", say("room.late", time=about(now - report.due_at)), at)
    level: Level = "soon" if _is_soon(report, report.due_at, hours, now) else "ok"
    return Due(level, say("room.left", time=about(report.due_at - now)), at)


def _is_soon(report: ReportView, due: datetime, hours: OfficeHours, now: datetime) -> bool:
    if report.urgent:
        return due - now <= SOON_URGENT
    left = working_hours_between(now, due, hours)
    return left <= (SOON_TO_ANSWER if report.accepted_at else SOON_TO_ACCEPT)


def about(time: timedelta) -> str:
    """`3 ngày`, `5 giờ`, `40 phút`: rough on purpose, so that a card is not redrawn every minute."""
    minutes = int(time.total_seconds() // 60)
    if minutes >= 48 * 60:
        return say("room.days", count=minutes // (24 * 60))
    if minutes >= 60:
        return say("room.hours", count=minutes // 60)
    return say("room.minutes", count=minutes // 10 * 10) if minutes >= 10 else say("room.few_minutes")
