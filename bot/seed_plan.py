"""The demo's stories: reading them, choosing among them, and giving each step a believable hour."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

from bot.town import Town
from dialogs.words import OPEN_STATUSES, TOWN_TIME, Locality, Status
from store.lifecycle import next_status
from store.routing import route
from store.worktime import add_working_hours

OLDEST = timedelta(days=30)
TRIES = 300  # at finding hours that fit; from half of them on everything goes faster and faster

# how long after the step before, in hours: of the offices, of the clock, of the clock when it is urgent
OFFICE: dict[str, tuple[float, float]] = {
    "forward": (0.3, 2),
    "correct": (0.1, 0.4),
    "urgent": (0.05, 0.2),
    "note": (0.3, 5),
    "tell": (1, 7),
    "ask": (0.3, 3),
    "reject": (1, 9),
}
CLOCK: dict[str, tuple[float, float]] = {
    "answer": (0.3, 16),
    "add": (1, 20),
    "rate": (0.5, 40),
    "reopen": (5, 50),
    "withdraw": (0.5, 12),
    "close": (170, 190),
}
URGENT: dict[str, tuple[float, float]] = {"accept": (0.05, 0.3), "resolve": (1, 4.5)}
ACCEPTED, RESOLVED, LATE = (0.1, 0.8), (0.15, 0.45), (1.05, 1.4)  # of the time that the category allows
ANY_OTHER_URGENT = (0.1, 0.6)
STEPS = {"answer": "answer_question"}  # where a deed's name is not that of its step


@dataclass(frozen=True, slots=True)
class Deed:
    """Something done to a report, with the words that go with it."""

    verb: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """A report and its life, as the stories file tells it."""

    category: str
    commune: str
    place: str
    text: str
    life: tuple[Deed, ...]
    old: str = ""
    name: str = ""
    phone: str = ""
    pin: tuple[float, float] | None = None
    picture: str = ""
    no_photo: str = ""
    urgent: bool = False
    sensitive: bool = False
    overdue: bool = False
    late: bool = False

    @property
    def field(self) -> str:
        """The category after an officer has put it right."""
        return next((deed.words for deed in reversed(self.life) if deed.verb == "correct"), self.category)


@dataclass(frozen=True, slots=True)
class DemoOfficer:
    """An officer of the demo."""

    name: str
    title: str
    rooms: tuple[str, ...]


@cache
def all_stories() -> tuple[Story, ...]:
    """Every handwritten story."""
    return tuple(_story(entry) for entry in _file()["story"])


@cache
def all_officers() -> tuple[DemoOfficer, ...]:
    """The demo's officers; the first is the one who is logged in."""
    return tuple(DemoOfficer(entry["name"], entry["title"], tuple(entry["rooms"])) for entry in _file()["officer"])


@cache
def _file() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("seed_stories.toml").read_text(encoding="utf-8"))


def _story(entry: dict[str, Any]) -> Story:
    deeds = (line.partition(": ") for line in entry["life"])
    entry = {**entry, "life": tuple(Deed(verb, words) for verb, _, words in deeds)}
    return Story(**{**entry, "pin": tuple(entry["pin"]) if "pin" in entry else None})


# ---------------------------------------------------------------- choosing


def choose(many: int, dice: Random, locality: Locality) -> list[Story]:
    """That many stories in random order, varied: one that shows something new goes before one that does not."""
    chosen: list[Story] = []
    while len(chosen) < many:
        seen: set[str] = set()
        fresh: list[Story] = []
        rest: list[Story] = []
        for story in dice.sample(all_stories(), len(all_stories())):
            (fresh if traits(story, locality) - seen else rest).append(story)
            seen |= traits(story, locality)
        chosen += [*fresh, *rest]
    return chosen[:many]


def traits(story: Story, locality: Locality) -> set[str]:
    """What a story shows: where it ends, what is done in it, its flags, its commune and its field."""
    flags = ("urgent", "sensitive", "late", "picture", "name", "pin")
    found = {flag for flag in flags if getattr(story, flag)} | {f"to {deed.verb}" for deed in story.life}
    end = f"{'overdue ' * story.overdue}{ending(story, locality)}"
    return found | {end, f"commune {story.commune}", f"field {story.field}"}


def ending(story: Story, locality: Locality) -> Status:
    """Where a story leaves its report."""
    agency, _ = route(locality, story.category, story.commune, sensitive=story.sensitive)
    status = Status.ASSIGNED if agency else Status.RECEIVED
    for deed in story.life:
        is_solved = deed.verb == "rate" and deed.words.startswith("3")
        status = next_status(status, "close" if is_solved else STEPS.get(deed.verb, deed.verb)) or status
    return status


# ---------------------------------------------------------------- the hours


def timetable(story: Story, town: Town, now: datetime, dice: Random) -> list[datetime]:
    """When it was filed, and when each deed was done: all within the last 30 days, officers in their working hours.

    What is still open is in time or overdue as the story says, if the calendar allows it.
    """
    status, found = ending(story, town.locality), []
    for attempt in range(TRIES):
        pace = min(1.0, 2 * (1 - attempt / TRIES))
        filed = now - _age(story, status, dice)
        moments = _moments(story, town, filed, pace, dice)
        if moments[-1] >= now or (_is_night(filed) and not story.urgent):
            continue
        found = moments
        if _fits(story, status, town, moments, now):
            break
    if not found:
        raise ValueError("the offices were closed all month: the story cannot have happened")
    return found


def _age(story: Story, status: Status, dice: Random) -> timedelta:
    """How long ago it was filed: what is open is mostly fresh."""
    if story.overdue:
        return timedelta(days=dice.uniform(2, 21))
    if status in OPEN_STATUSES:
        return timedelta(hours=0.25 * float((14 * 24 / 0.25) ** dice.random()))
    return timedelta(days=dice.uniform(0.5, 29.5))


def _moments(story: Story, town: Town, filed: datetime, pace: float, dice: Random) -> list[datetime]:
    moments = [filed.replace(microsecond=0)]
    for deed in story.life:
        shortest, longest = _hours(story, deed.verb, town.locality)
        hours = dice.uniform(shortest, shortest + (longest - shortest) * pace) * (pace if deed.verb == "close" else 1)
        moments.append(_later(moments[-1], hours, deed, story, town).replace(microsecond=0))
    return moments


def _hours(story: Story, verb: str, locality: Locality) -> tuple[float, float]:
    """From how many hours to how many a deed takes."""
    if verb in CLOCK:
        return CLOCK[verb]
    if story.urgent:
        return URGENT.get(verb, ANY_OTHER_URGENT)
    category = locality.categories[story.field]
    if verb == "accept":
        return ACCEPTED[0] * category.accept_hours, ACCEPTED[1] * category.accept_hours
    if verb == "resolve":
        low, high = LATE if story.late else RESOLVED
        return low * category.answer_hours, high * category.answer_hours
    return OFFICE[verb]


def _later(start: datetime, hours: float, deed: Deed, story: Story, town: Town) -> datetime:
    if deed.verb not in CLOCK and not story.urgent:
        return add_working_hours(start, hours, town.office_hours)
    later = start + timedelta(hours=hours)
    return later + timedelta(hours=9) if _is_night(later) and not story.urgent else later


def _is_night(moment: datetime) -> bool:
    return not 6 <= moment.astimezone(TOWN_TIME).hour < 22


def _fits(story: Story, status: Status, town: Town, moments: Sequence[datetime], now: datetime) -> bool:
    """Whether an open report stands before its deadline as the story says, and nothing has waited too long."""
    if status is Status.NEED_INFO or (status is Status.RESOLVED and story.life[-1].verb == "resolve"):
        return now - moments[-1] < timedelta(days=4)
    return status not in OPEN_STATUSES or (_due(story, town, moments) < now) is story.overdue


def _due(story: Story, town: Town, moments: Sequence[datetime]) -> datetime:
    """When the last one to receive it must have accepted it, or answered it."""
    marks = {"accept", "forward", "reopen"}
    verbs = ["file", *(deed.verb for deed in story.life)]
    verb, at = [(verb, at) for verb, at in zip(verbs, moments, strict=True) if verb in marks or verb == "file"][-1]
    if verb != "accept":
        return town.accept_by(story.field, story.urgent, at)
    if story.urgent:
        return at + timedelta(hours=town.locality.urgent_answer_hours)
    return add_working_hours(at, town.locality.categories[story.field].answer_hours, town.office_hours)
