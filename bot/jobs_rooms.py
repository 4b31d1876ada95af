"""Reminding the rooms: at half, at four fifths and at the end of the time; then their heads, then the leaders."""

from collections.abc import Iterator, Sequence
from datetime import datetime, time
from functools import partial
from typing import NamedTuple

from sqlalchemy import Connection

from bot.deadline import Deadline, reckon
from bot.explain import hours_in_words
from bot.jobs_task import Claim, Desk, Task
from bot.notices import post, where
from bot.town import Town
from dialogs.cards import moment
from dialogs.texts import say
from dialogs.words import TOWN_TIME, ReportView
from store.due import Running, claimed, heads_of, running_clocks
from store.report_cards import show_card
from store.report_views import report_row
from store.routing import room_of, route
from store.worktime import is_workday

SPEAKS = (time(7, 0), time(18, 0))  # town time, office days: outside a room is only told of what is urgent
MOST_LINES = 20  # in one notice
A_LITTLE = 1e-6  # hours are floats

# how much of the time is used up, and what is read then while somebody must accept, and while somebody must answer
REMINDERS = (
    ("half", 0.5, {"accept": "clock.state.accept_half", "answer": "clock.state.answer_half"}),
    ("most", 0.8, {"accept": "clock.state.accept_most", "answer": "clock.state.answer_most"}),
    ("due", 1.0, {"accept": "clock.state.accept_due", "answer": "clock.state.answer_due"}),
)
# how long after the deadline the next one up is told: in working hours, by the clock when urgent
ESCALATIONS = (("head", 4.0, 0.5), ("leaders", 8.0, 1.0))
LATE = {"accept": "clock.state.accept_late", "answer": "clock.state.answer_late"}


class Notice(NamedTuple):
    """Where something is told, and how: the texts for one report and for several, and who is spoken to."""

    room: str
    kind: str
    one: str
    many: str
    who: str = ""
    shows_card: bool = False


class Item(NamedTuple):
    """A report in a notice: the slots to win, of which the last is what is told, and its line."""

    report: ReportView
    slots: tuple[str, ...]
    line: str


class Clock(NamedTuple):
    """A report whose time runs; `left` in hours, negative when it is over."""

    running: Running
    deadline: Deadline
    left: float

    @property
    def report(self) -> ReportView:
        return self.running.report

    def slot(self, stage: str) -> str:
        """Once for each stage of each stretch of time; a stretch is known by the change that began it."""
        return f"{self.report.code}:{stage}:{self.deadline.begun.version}"


Groups = dict[Notice, list[Item]]


def find_reminders(connection: Connection, desk: Desk, now: datetime) -> list[Task]:
    """One notice for each room with reports that have used up half, four fifths or all of their time."""
    groups: Groups = {}
    for clock in _clocks(connection, desk.town, now):
        passed = [row for row in REMINDERS if _used(clock) >= row[1] - A_LITTLE]
        if passed:
            notice = Notice(own_room(clock.running, desk.town), "reminder", "clock.remind.one", "clock.remind.many")
            state = say(passed[-1][2][clock.deadline.what], due=moment(clock.deadline.due_at))
            slots = tuple(clock.slot(stage) for stage, _, _ in passed)  # those slept through are not made up for
            _add(groups, notice, Item(clock.report, slots, _line(clock, desk.town, state)))
    return _tasks(connection, desk.town, "remind", groups, now)


def find_escalations(connection: Connection, desk: Desk, now: datetime) -> list[Task]:
    """One notice for each head, and one for the leaders, about what has stayed overdue."""
    groups: Groups = {}
    for clock in _clocks(connection, desk.town, now):
        for stage, working, by_clock in ESCALATIONS:
            if -clock.left >= (by_clock if clock.deadline.by_clock else working) - A_LITTLE:
                notice = _escalation(connection, clock, stage, desk.town)
                late = hours_in_words(-clock.left)
                late = late if clock.deadline.by_clock else say("clock.why.working", hours=late)
                state = say(LATE[clock.deadline.what], late=late, due=moment(clock.deadline.due_at))
                _add(groups, notice, Item(clock.report, (clock.slot(stage),), _line(clock, desk.town, state)))
    return _tasks(connection, desk.town, "escalate", groups, now)


def _add(groups: Groups, notice: Notice, item: Item) -> None:
    """Add a report to a notice; one that is in it already (two stages in one room) stands there once."""
    items = groups.setdefault(notice, [])
    if items and items[-1].report.id == item.report.id:
        item = item._replace(slots=(*items.pop().slots, *item.slots))
    items.append(item)


# ---------------------------------------------------------------- whose time runs, and where it is told


def _clocks(connection: Connection, town: Town, now: datetime) -> Iterator[Clock]:
    """The running clocks of which a room may be told now: at night and on days off only what is urgent."""
    everything = is_workday(now, town.office_hours) and SPEAKS[0] <= now.astimezone(TOWN_TIME).time() < SPEAKS[1]
    for running in running_clocks(connection, town.locality.id, urgent_only=not everything):
        deadline = reckon(running.report, running.changes, town)
        if deadline and running.rooms:
            yield Clock(running, deadline, deadline.left(now, town))


def _used(clock: Clock) -> float:
    return 1 - clock.left / clock.deadline.hours if clock.left > 0 and clock.deadline.hours else 1.0


def own_room(running: Running, town: Town) -> str:
    """Where a report is worked: its unit's room, else where it was routed; always one that shows its card."""
    report, locality = running.report, town.locality
    routed = route(locality, report.category, "", sensitive=report.sensitive)[1]
    room = room_of(locality, report.agency) if report.agency else routed
    return room if room in running.rooms else running.rooms[0]


def _escalation(connection: Connection, clock: Clock, stage: str, town: Town) -> Notice:
    """To the head in the unit's room, to the leaders in theirs; a sensitive report never to a room without its card."""
    own = own_room(clock.running, town)
    leaders = town.locality.room_of_kind("leaders")
    if stage == "leaders" and leaders and (not clock.report.sensitive or leaders.id in clock.running.rooms):
        return Notice(leaders.id, "overdue", "clock.leaders.one", "clock.leaders.many", shows_card=True)
    heads = heads_of(connection, own)
    agency = town.locality.agencies.get(clock.report.agency)
    who = ", ".join(heads) or (agency.head if agency else "")
    return Notice(own, "overdue", "clock.head.one", "clock.head.many", who or town.locality.rooms[own].name)


def _line(clock: Clock, town: Town, state: str) -> str:
    report, locality = clock.report, town.locality
    return say(
        "clock.urgent_line" if report.urgent else "clock.line",
        code=report.code,
        category=locality.categories[report.category].short,
        where=where(town, report.agency, report.place.commune),
        state=state,
    )


# ---------------------------------------------------------------- telling


def _tasks(connection: Connection, town: Town, job: str, groups: Groups, now: datetime) -> list[Task]:
    told = claimed(connection, job, [item.slots[-1] for items in groups.values() for item in items])
    tasks = []
    for notice, items in groups.items():
        due = [item for item in items if item.slots[-1] not in told]
        if due:
            what = f"{notice.room}: {', '.join(item.slots[-1] for item in due)}"
            tasks.append(Task(what, partial(_speak, town=town, notice=notice, items=due, now=now)))
    return tasks


def _speak(
    connection: Connection, claim: Claim, *, town: Town, notice: Notice, items: Sequence[Item], now: datetime
) -> bool:
    """One notice for all that are won here; a report that has moved on since is left for the next look."""
    fresh = [item for item in items if report_row(connection, item.report.id)["version"] == item.report.version]
    won = [item for item in fresh if [claim(slot) for slot in item.slots][-1]]
    if not won:
        return False
    for item in won if notice.shows_card else ():
        show_card(connection, item.report.id, notice.room, now)
    post(connection, town, notice.room, notice.kind, _text(notice, [item.line for item in won]), now)
    return True


def _text(notice: Notice, lines: list[str]) -> str:
    if len(lines) == 1:
        return say(notice.one, who=notice.who, line=lines[0])
    shown = [say("clock.bullet", line=line) for line in lines[:MOST_LINES]]
    rest = [say("clock.more", count=len(lines) - MOST_LINES)] if len(lines) > MOST_LINES else []
    return say(notice.many, who=notice.who, count=len(lines), lines="\n".join([*shown, *rest]))
