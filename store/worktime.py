"""Working time: adding and counting hours that run only while the offices are open, in the town's own time."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from dialogs.words import TOWN_TIME, OfficeHours

LONGEST_CLOSED = 366  # days without one open hour: the calendar is wrong, better an error than an endless search

Span = tuple[datetime, datetime]


def add_working_hours(start: datetime, hours: float, hours_of: OfficeHours) -> datetime:
    """Return when `hours` of working time after `start` are over, in UTC; always a moment at which offices are open.

    The moment of closing counts as open: four hours from 7:30 end at 11:30. Nought hours from a closed moment end at
    the next opening. Raises ValueError for a naive start, negative hours, and offices that never open.
    """
    _refuse_naive(start)
    if hours < 0:
        raise ValueError("working hours to add are negative")
    left = timedelta(hours=hours)
    for begin, end in _spans_from(_town_date(start), hours_of):
        at = max(begin, start.astimezone(UTC))
        if at <= end and end - at >= left:
            return at + left
        left -= max(end - at, timedelta(0))
    raise ValueError("the offices never open again")


def working_hours_between(a: datetime, b: datetime, hours_of: OfficeHours) -> float:
    """Return the working hours from `a` to `b`, negative when `b` is the earlier; naive times raise ValueError."""
    _refuse_naive(a, b)
    if b < a:
        return -working_hours_between(b, a, hours_of)
    worked, day = timedelta(0), _town_date(a)
    while day <= _town_date(b):
        worked += _worked_on(day, a, b, hours_of)
        day += timedelta(days=1)
    return worked / timedelta(hours=1)


def worked_by_day(a: datetime, b: datetime, hours_of: OfficeHours) -> list[tuple[date, float]]:
    """Return the days between `a` and `b` that have working hours in them, with those hours, in order."""
    _refuse_naive(a, b)
    days = (_town_date(a) + timedelta(days=number) for number in range((_town_date(b) - _town_date(a)).days + 1))
    worked = ((day, _worked_on(day, a, b, hours_of)) for day in days)
    return [(day, time / timedelta(hours=1)) for day, time in worked if time]


def is_workday(moment: datetime, hours_of: OfficeHours) -> bool:
    """Tell whether offices open at all on that day of the town's."""
    return bool(_times_on(_town_date(moment), hours_of))


def _worked_on(day: date, a: datetime, b: datetime, hours_of: OfficeHours) -> timedelta:
    spans = _spans_on(day, hours_of)
    return sum((max(min(end, b) - max(begin, a), timedelta(0)) for begin, end in spans), timedelta(0))


def _refuse_naive(*moments: datetime) -> None:
    if any(moment.utcoffset() is None for moment in moments):
        raise ValueError("a time without a time zone cannot be counted")


def _town_date(moment: datetime) -> date:
    return moment.astimezone(TOWN_TIME).date()


def _spans_from(day: date, hours_of: OfficeHours) -> Iterator[Span]:
    """Yield the open spans from that day on; stop after a year in which nothing was open."""
    closed = 0
    while closed < LONGEST_CLOSED:
        spans = _spans_on(day, hours_of)
        yield from spans
        closed = 0 if spans else closed + 1
        day += timedelta(days=1)


def _spans_on(day: date, hours_of: OfficeHours) -> list[Span]:
    return [(_utc(day, begin), _utc(day, end)) for begin, end in _times_on(day, hours_of)]


def _times_on(day: date, hours_of: OfficeHours) -> tuple[tuple[time, time], ...]:
    """Return that day's hours; a Saturday worked in exchange has those of the week's first working day."""
    usual = hours_of.spans.get(day.weekday(), ())
    if day in hours_of.swapped_workdays:
        return usual or next((hours_of.spans[weekday] for weekday in sorted(hours_of.spans)), ())
    return () if day in hours_of.days_off else usual


def _utc(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, TOWN_TIME).astimezone(UTC)
