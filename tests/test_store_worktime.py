"""Working time runs only while offices are open, whatever moment one starts from."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs.words import TOWN_TIME, OfficeHours
from store.worktime import add_working_hours, working_hours_between

MORNING, AFTERNOON = (time(7, 30), time(11, 30)), (time(13, 30), time(17, 0))
HOURS = OfficeHours(
    spans=dict.fromkeys(range(5), (MORNING, AFTERNOON)),
    days_off={date(2026, 2, day): "Tết" for day in range(16, 21)} | {date(2026, 8, 31): "nghỉ, làm bù 22/8"},
    swapped_workdays={date(2026, 8, 22): "làm bù"},
)
NEVER = OfficeHours(spans={})

YEAR = datetime(2026, 1, 1, tzinfo=TOWN_TIME)
moments = st.timedeltas(timedelta(0), timedelta(days=365)).map(lambda passed: YEAR + passed)
quarters = st.integers(0, 4 * 120).map(lambda number: number / 4)


def at(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=TOWN_TIME)


def is_open(moment: datetime) -> bool:
    """Tell, by another road than the code under test, whether a moment lies in office hours, both ends included."""
    local = moment.astimezone(TOWN_TIME)
    works = (local.weekday() < 5 and local.date() not in HOURS.days_off) or local.date() in HOURS.swapped_workdays
    return works and any(begin <= local.time() <= end for begin, end in (MORNING, AFTERNOON))


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-03-02 08:00", 2, "2026-03-02 10:00"),
        ("2026-03-02 07:30", 4, "2026-03-02 11:30"),
        ("2026-03-02 11:00", 1, "2026-03-02 14:00"),
        ("2026-03-02 12:15", 1, "2026-03-02 14:30"),
        ("2026-03-02 16:00", 2, "2026-03-03 08:30"),
        ("2026-03-06 16:30", 1, "2026-03-09 08:00"),
        ("2026-03-07 22:00", 0, "2026-03-09 07:30"),
        ("2026-03-02 05:00", 7.5, "2026-03-02 17:00"),
        ("2026-02-13 16:00", 8, "2026-02-23 16:30"),
        ("2026-08-21 16:00", 2, "2026-08-22 08:30"),
        ("2026-08-28 16:00", 2, "2026-09-01 08:30"),
    ],
    ids=[
        "within the morning",
        "a morning ends at its closing",
        "over lunch",
        "from the lunch break",
        "over night",
        "over the weekend",
        "nought hours wait for the opening",
        "a whole day from before opening",
        "over Tết",
        "into a Saturday worked in exchange",
        "over a Monday given for that Saturday",
    ],
)
def test_hours_run_only_while_offices_are_open(start: str, hours: float, end: str) -> None:
    assert add_working_hours(at(start), hours, HOURS) == at(end)


def test_the_answer_is_in_utc_and_the_start_may_be_in_any_zone() -> None:
    end = add_working_hours(at("2026-03-02 08:00").astimezone(UTC), 1, HOURS)
    assert end == datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
    assert end.tzinfo is UTC


def test_an_evening_in_utc_is_the_next_morning_in_the_town() -> None:
    monday_6_am_in_town = datetime(2026, 3, 1, 23, 0, tzinfo=UTC)
    assert add_working_hours(monday_6_am_in_town, 1, HOURS) == at("2026-03-02 08:30")
    assert working_hours_between(monday_6_am_in_town, at("2026-03-02 08:30"), HOURS) == 1


def test_a_week_has_thirty_seven_and_a_half_working_hours() -> None:
    assert working_hours_between(at("2026-03-02 00:00"), at("2026-03-09 00:00"), HOURS) == 37.5


def test_tet_has_none() -> None:
    assert working_hours_between(at("2026-02-14 00:00"), at("2026-02-23 00:00"), HOURS) == 0


def test_counting_backwards_gives_the_hours_overdue() -> None:
    assert working_hours_between(at("2026-03-02 10:00"), at("2026-03-02 08:00"), HOURS) == -2


@pytest.mark.parametrize("hours", [HOURS, NEVER])
def test_a_time_without_zone_is_refused(hours: OfficeHours) -> None:
    aware = at("2026-03-02 08:00")
    naive = aware.replace(tzinfo=None)
    with pytest.raises(ValueError, match="time zone"):
        add_working_hours(naive, 1, hours)
    for pair in ((naive, aware), (aware, naive)):
        with pytest.raises(ValueError, match="time zone"):
            working_hours_between(*pair, hours)


def test_negative_hours_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        add_working_hours(at("2026-03-02 08:00"), -1, HOURS)


def test_offices_that_never_open_are_an_error_and_no_endless_search() -> None:
    with pytest.raises(ValueError, match="never open"):
        add_working_hours(at("2026-03-02 08:00"), 1, NEVER)


@given(moments, quarters)
def test_it_never_ends_inside_closed_hours_nor_before_the_start(start: datetime, hours: float) -> None:
    end = add_working_hours(start, hours, HOURS)
    assert is_open(end)
    assert end >= start


@given(moments, quarters, quarters)
def test_adding_twice_is_adding_the_sum(start: datetime, first: float, second: float) -> None:
    once = add_working_hours(start, first + second, HOURS)
    assert add_working_hours(add_working_hours(start, first, HOURS), second, HOURS) == once


@given(moments, moments, quarters)
def test_who_starts_later_never_ends_earlier(one: datetime, other: datetime, hours: float) -> None:
    early, late = sorted((one, other))
    assert add_working_hours(early, hours, HOURS) <= add_working_hours(late, hours, HOURS)


@given(moments, st.lists(quarters, min_size=2, max_size=5).map(sorted))
def test_more_hours_never_end_earlier(start: datetime, hours: list[float]) -> None:
    ends = [add_working_hours(start, number, HOURS) for number in hours]
    assert all(earlier <= later for earlier, later in pairwise(ends))


@given(moments, quarters)
def test_what_was_added_is_what_is_counted(start: datetime, hours: float) -> None:
    assert working_hours_between(start, add_working_hours(start, hours, HOURS), HOURS) == pytest.approx(hours, abs=1e-6)


@given(moments, moments, moments)
def test_counting_in_two_stretches_is_counting_in_one(a: datetime, b: datetime, c: datetime) -> None:
    parts = working_hours_between(a, b, HOURS) + working_hours_between(b, c, HOURS)
    assert parts == pytest.approx(working_hours_between(a, c, HOURS), abs=1e-6)


@given(moments, st.timedeltas(timedelta(0), timedelta(days=30)))
def test_working_hours_are_never_more_than_the_hours_that_passed(start: datetime, passed: timedelta) -> None:
    worked = working_hours_between(start, start + passed, HOURS)
    assert 0 <= worked <= passed / timedelta(hours=1) + 1e-6
