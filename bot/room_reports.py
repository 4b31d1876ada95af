"""Which reports a staff room works on, in which order, found by which words: the same in a browser and in a group."""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from bot.cases import agency_name
from bot.due import due_of
from bot.town import Town
from dialogs.answers import fold
from dialogs.cards import place_line
from dialogs.texts import say
from dialogs.words import OPEN_STATUSES, TOWN_TIME, ReportView, Status
from store.report_cards import shown_in
from store.report_record import Change, taker
from store.rooms import taken_on, unanswered
from store.routing import room_of

MOST = 500  # open reports of a room that are looked through


@dataclass(frozen=True, slots=True)
class Eyes:
    """What tells an officer's reports apart: the moment, which they took on, where the citizen had the last word."""

    town: Town
    now: datetime
    mine: set[int] = field(default_factory=set)
    spoken: set[int] = field(default_factory=set)

    def level(self, report: ReportView) -> str:
        """How near its deadline is."""
        return due_of(report, self.town.office_hours, self.now).level


# the kinds of open reports that an officer looks for
KINDS: dict[str, Callable[[ReportView, Eyes], bool]] = {
    "urgent": lambda report, eyes: report.urgent,
    "late": lambda report, eyes: eyes.level(report) == "late",
    "soon": lambda report, eyes: eyes.level(report) == "soon",
    "new": lambda report, eyes: report.status in (Status.RECEIVED, Status.ASSIGNED),
    "mine": lambda report, eyes: report.accepted_at is not None and report.id in eyes.mine,
    "spoken": lambda report, eyes: report.id in eyes.spoken,
    "waiting": lambda report, eyes: report.status is Status.NEED_INFO,
    "today": lambda report, eyes: _is_due_today(report, eyes.now),
}


def eyes_of(connection: Connection, town: Town, officer_id: int, reports: Iterable[ReportView], now: datetime) -> Eyes:
    """How this officer sees these reports."""
    ids = [report.id for report in reports]
    return Eyes(town, now, taken_on(connection, officer_id, ids), unanswered(connection, ids))


def by_pressure(reports: Iterable[ReportView]) -> list[ReportView]:
    """Urgent first, then by deadline; those whose clock stands still come after those that run."""
    return sorted(reports, key=_pressure)


def _pressure(report: ReportView) -> tuple[bool, bool, datetime, int]:
    return (not report.urgent, report.paused_at is not None, report.due_at or report.created_at, report.id)


def worked_in(connection: Connection, reports: Collection[ReportView], rooms: Sequence[str], town: Town) -> set[int]:
    """Which of these a unit of the rooms has; of a leaders' room all that was brought there. The rest was sent on."""
    known = town.locality.rooms
    leading = [room for room in rooms if room in known and known[room].kind == "leaders"]
    brought = shown_in(connection, leading, [report.id for report in reports]) if leading else set()
    return {report.id for report in reports if report.id in brought or is_here(report, rooms, town)}


def is_here(report: ReportView, rooms: Sequence[str], town: Town) -> bool:
    """Whether the unit that has it works in one of these rooms; a report without one is worked wherever it is shown."""
    return not report.agency or room_of(town.locality, report.agency) in rooms


def fits(report: ReportView, words: str, town: Town) -> bool:
    """Whether every word begins one in the code, text, place, field or unit, with or without diacritics."""
    if not (wanted := fold(words).split()):
        return True
    category = town.locality.categories[report.category].short
    places = (place_line(report.place, town.locality), agency_name(town, report.agency))
    code = re.sub(r"[^0-9A-Z]", "", report.code)
    codes = (report.code, code, code.removeprefix(town.locality.code_prefix))
    hay = " " + fold(" ".join((*codes, report.text, category, *places)))
    return all(f" {word}" in hay for word in wanted)


def taken_by(report: ReportView, changes: Iterable[Change]) -> str:
    """Who works on it, in words; "" if nobody does."""
    name = taker(changes) if report.accepted_at and report.status in OPEN_STATUSES else ""
    return say("room.taken_by", name=name) if name else ""


def was_corrected(changes: Iterable[Change]) -> bool:
    """Whether an officer has put the field right: what the machine thought of it says nothing any more."""
    return any(change.trigger == "correct" for change in changes)


def _is_due_today(report: ReportView, now: datetime) -> bool:
    if report.due_at is None or report.paused_at is not None:
        return False
    return report.due_at.astimezone(TOWN_TIME).date() == now.astimezone(TOWN_TIME).date()
