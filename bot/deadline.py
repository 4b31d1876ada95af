"""The arithmetic of a deadline, from the record: when its clock began, how long it may run, what stopped it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from bot.town import Calendar
from dialogs.words import ReportView
from store.report_record import Change
from store.worktime import add_working_hours, working_hours_between

BEGINS_ACCEPTING = ("file", "forward", "reopen")  # from here on somebody must take the report on
NEAR = timedelta(seconds=1)  # hours are floats


@dataclass(frozen=True, slots=True)
class Pause:
    """The citizen owed an answer, and gave it."""

    begin: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Deadline:
    """How a deadline follows from the record. `hours` are working hours, or of the clock when `by_clock`."""

    what: Literal["accept", "answer"]
    begun: Change
    hours: float
    by_clock: bool
    pauses: tuple[Pause, ...]
    due_at: datetime
    usual: bool  # `hours` are what the pack gives this category today
    waiting_since: datetime | None = None

    def left(self, now: datetime, town: Calendar) -> float:
        """The hours left before the deadline, negative when it is over, of the kind in which it is counted."""
        if self.by_clock:
            return (self.due_at - now) / timedelta(hours=1)
        return working_hours_between(now, self.due_at, town.office_hours)


@dataclass(slots=True)
class Stretch:
    """The part of a report's life over which its present deadline runs."""

    what: Literal["accept", "answer"]
    begun: Change
    pauses: list[Pause] = field(default_factory=list)
    waiting_since: datetime | None = None
    marked: Change | None = None  # the last change of the urgent flag


def begun_anew(town: Calendar, report: ReportView, now: datetime) -> dict[str, Any]:
    """What a reopened report begins with: the outcome and the ratings stand in the record only."""
    none: dict[str, Any] = {"resolved_at": None, "closed_at": None, "accepted_at": None}
    none |= {"outcome": "", "no_photo_reason": "", "solved_rating": None, "satisfaction": None}
    return {**none, "due_at": town.accept_by(report.category, report.urgent, now)}


def reckon(report: ReportView, changes: Sequence[Change], town: Calendar) -> Deadline | None:
    """Show how the stored deadline follows from the record; None for a report without one.

    The hours are the pack's; where these do not lead to the stored deadline (another category or urgency when it was
    promised) they are what really lies between, so that the sum is always right.
    """
    if report.due_at is None:
        return None
    stretch = _last_stretch(changes)
    ways = [*_usual_ways(report, stretch, town), _fitted(report, stretch, town)]
    for begun, hours, by_clock, usual in ways:
        pauses = tuple(pause for pause in stretch.pauses if pause.begin >= begun.created_at)
        end = end_of(begun.created_at, hours, pauses, town, by_clock=by_clock)
        if not usual or abs(end - report.due_at) < NEAR:
            break
    return Deadline(stretch.what, begun, hours, by_clock, pauses, report.due_at, usual, stretch.waiting_since)


def end_of(
    begin: datetime, hours: float, pauses: Sequence[Pause], town: Calendar, *, by_clock: bool, most: int | None = None
) -> datetime:
    """Count from the beginning, then add what each pause (of the first `most`) took."""
    counted = pauses[:most]
    if by_clock:
        return begin + timedelta(hours=hours) + sum((pause.end - pause.begin for pause in counted), timedelta(0))
    end = add_working_hours(begin, hours, town.office_hours)
    for pause in counted:
        end = add_working_hours(end, stood(pause, town, by_clock=False), town.office_hours)
    return end


def stood(pause: Pause, town: Calendar, *, by_clock: bool) -> float:
    """The hours for which a pause stopped the clock."""
    if by_clock:
        return (pause.end - pause.begin) / timedelta(hours=1)
    return working_hours_between(pause.begin, pause.end, town.office_hours)


def calm_due(report: ReportView, changes: Sequence[Change], town: Calendar) -> datetime:
    """The deadline of a report that is not urgent (any more), its pauses included."""
    stretch = _last_stretch(changes)
    hours = _usual_hours(report, stretch, town, by_clock=False)
    return end_of(stretch.begun.created_at, hours, stretch.pauses, town, by_clock=False)


def urgent_due(report: ReportView, town: Calendar, now: datetime) -> datetime:
    """The deadline of a report that turns out urgent now: hours of the clock from now, never later than it was."""
    locality = town.locality
    hours = locality.urgent_answer_hours if report.accepted_at else locality.urgent_accept_hours
    soon = now + timedelta(hours=hours)
    return min(soon, report.due_at or soon)


def _last_stretch(changes: Sequence[Change]) -> Stretch:
    stretch = Stretch("accept", changes[0])
    for change in changes:
        if change.trigger in BEGINS_ACCEPTING:
            stretch = Stretch("accept", change)
        elif change.trigger == "accept" or (change.trigger == "ask" and stretch.what == "accept"):
            stretch = Stretch("answer", change)  # who asks has taken the report on
        if change.trigger == "ask":
            stretch.waiting_since = change.created_at
        elif change.trigger == "answer_question" and stretch.waiting_since:
            stretch.pauses.append(Pause(stretch.waiting_since, change.created_at))
            stretch.waiting_since = None
        elif change.trigger == "urgent":
            stretch.marked = change
    return stretch


Way = tuple[Change, float, bool, bool]  # from where, how many hours, by the clock, as the pack says


def _usual_ways(report: ReportView, stretch: Stretch, town: Calendar) -> Iterator[Way]:
    yield stretch.begun, _usual_hours(report, stretch, town, by_clock=report.urgent), report.urgent, True
    if report.urgent and stretch.marked:
        yield stretch.marked, _usual_hours(report, stretch, town, by_clock=True), True, True
        yield stretch.begun, _usual_hours(report, stretch, town, by_clock=False), False, True


def _usual_hours(report: ReportView, stretch: Stretch, town: Calendar, *, by_clock: bool) -> float:
    if by_clock:
        locality = town.locality
        return locality.urgent_accept_hours if stretch.what == "accept" else locality.urgent_answer_hours
    category = town.locality.categories[report.category]
    return category.accept_hours if stretch.what == "accept" else category.answer_hours


def _fitted(report: ReportView, stretch: Stretch, town: Calendar) -> Way:
    """What really lies between the beginning and the stored deadline, without the pauses."""
    assert report.due_at
    whole = stood(Pause(stretch.begun.created_at, report.due_at), town, by_clock=report.urgent)
    paused = sum(stood(pause, town, by_clock=report.urgent) for pause in stretch.pauses)
    return stretch.begun, max(whole - paused, 0.0), report.urgent, False
