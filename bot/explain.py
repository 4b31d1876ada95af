"""A deadline's arithmetic in plain Vietnamese, for `langnghe deadline` and for officers who ask why."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby

from bot.deadline import Deadline, Pause, end_of, reckon, stood
from bot.town import Calendar
from dialogs.cards import WEEKDAYS, moment
from dialogs.texts import say
from dialogs.words import TOWN_TIME, ReportView
from store.report_record import Change
from store.worktime import worked_by_day

HEADS = {"accept": "clock.why.accept", "answer": "clock.why.answer"}
BEGUN = {
    "file": "clock.why.filed",
    "forward": "clock.why.forwarded",
    "reopen": "clock.why.reopened",
    "accept": "clock.why.accepted",
    "ask": "clock.why.asked",
    "urgent": "clock.why.marked",
}
RULES = {"accept": "clock.why.rule_accept", "answer": "clock.why.rule_answer"}


def explain_deadline(report: ReportView, changes: Sequence[Change], town: Calendar) -> str:
    """Say from when, how many hours, what stopped the clock, and why; the last moment of the sum is the deadline."""
    deadline = reckon(report, changes, town)
    if deadline is None:
        return say("clock.why.none", code=report.code)
    lines = [say(HEADS[deadline.what], code=report.code, due=moment(deadline.due_at))]
    return "\n".join([*lines, *_sum(deadline, town), *_reasons(report, deadline, town)])


def hours_in_words(hours: float) -> str:
    """`7 giờ 30 phút`."""
    whole, minutes = divmod(round(hours * 60), 60)
    parts = [say("clock.hours", count=whole)] if whole or not minutes else []
    return " ".join([*parts, *([say("clock.minutes", count=minutes)] if minutes else [])])


# ---------------------------------------------------------------- the sum


def _sum(deadline: Deadline, town: Calendar) -> Iterator[str]:
    begin, by_clock = deadline.begun.created_at, deadline.by_clock
    ends = [
        end_of(begin, deadline.hours, deadline.pauses, town, by_clock=by_clock, most=number)
        for number in range(len(deadline.pauses) + 1)
    ]
    if not deadline.usual and abs(ends[-1] - deadline.due_at) > timedelta(minutes=1):
        return  # the record alone does not lead there: better no sum than a wrong one
    begun = say(BEGUN[deadline.begun.trigger], at=moment(begin))
    yield say("clock.why.sum", begin=begun, hours=_counted(deadline.hours, by_clock), end=moment(ends[0]))
    if not by_clock and (days := list(_by_day(begin, ends[0], town)))[1:]:
        yield say("clock.why.by_day", days="; ".join(days))
    for pause, end in zip(deadline.pauses, ends[1:], strict=True):
        yield _paused(pause, end, town, by_clock=by_clock)


def _counted(hours: float, by_clock: bool) -> str:
    return say("clock.why.by_clock" if by_clock else "clock.why.working", hours=hours_in_words(hours))


def _paused(pause: Pause, end: datetime, town: Calendar, *, by_clock: bool) -> str:
    hours = _counted(stood(pause, town, by_clock=by_clock), by_clock)
    return say("clock.why.paused", begin=moment(pause.begin), until=moment(pause.end), hours=hours, end=moment(end))


def _by_day(begin: datetime, end: datetime, town: Calendar) -> Iterator[str]:
    """`thứ Sáu 20/11 20 phút`; neighbours with the same hours in one."""
    worked = worked_by_day(begin, end, town.office_hours)
    for hours, group in groupby(worked, key=lambda pair: hours_in_words(pair[1])):
        days = [day for day, _ in group]
        if len(days) == 1:
            yield say("clock.why.day", day=_day(days[0]), hours=hours)
        else:
            yield say("clock.why.days", first=_day(days[0]), last=_day(days[-1]), count=len(days), hours=hours)


def _day(day: date) -> str:
    return f"{WEEKDAYS[day.weekday()]} {day:%d/%m}"


# ---------------------------------------------------------------- the reasons


def _reasons(report: ReportView, deadline: Deadline, town: Calendar) -> Iterator[str]:
    if deadline.waiting_since and report.paused_at:
        yield say("clock.why.waiting", begin=moment(deadline.waiting_since))
    category = town.locality.categories[report.category].short
    if deadline.by_clock:
        yield say("clock.why.rule_urgent")
    elif deadline.usual:
        yield say(RULES[deadline.what], category=category, hours=hours_in_words(deadline.hours))
    if not deadline.usual:
        yield say("clock.why.promised")
    if not deadline.by_clock:
        yield say("clock.why.office", spans=_office_hours(town))
        if closed := list(_days_off(deadline, town)):
            yield say("clock.why.closed", days="; ".join(closed))


def _office_hours(town: Calendar) -> str:
    spans = next(iter(town.office_hours.spans.values()))
    return ", ".join(f"{begin.hour}:{begin:%M}–{end.hour}:{end:%M}" for begin, end in spans)


def _days_off(deadline: Deadline, town: Calendar) -> Iterator[str]:
    """Public holidays between, neighbours in one: `04/02–10/02 (29 Tết … Mùng năm Tết Nguyên Đán)`."""
    first, last = (at.astimezone(TOWN_TIME).date() for at in (deadline.begun.created_at, deadline.due_at))
    hours = town.office_hours
    off = [day for day in sorted(hours.days_off) if first <= day <= last]
    stretches = groupby(enumerate(off), key=lambda pair: pair[1] - timedelta(days=pair[0]))
    for days in ([day for _, day in group] for _, group in stretches):
        if not any(day.weekday() in hours.spans for day in days):
            continue
        ends = dict.fromkeys((days[0], days[-1]))
        names = dict.fromkeys(hours.days_off[day] for day in ends)
        yield f"{'–'.join(f'{day:%d/%m}' for day in ends)} ({' … '.join(names)})"
