"""What a scheduled job is: a row with a schedule, and a function that finds the work due now, piece by piece."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple, Protocol, TypeVar

from sqlalchemy import Connection

from bot.background import Reads
from bot.learning import Proposal
from bot.town import Town
from dialogs.words import TOWN_TIME, OfficeHours
from store.media import MediaStore
from store.worktime import is_workday

T = TypeVar("T")
Claim = Callable[[str], bool]  # win a slot of this job in the transaction at hand
Challenge = Callable[[Sequence[dict[str, Any]]], Proposal]  # train with these corrections and compare; takes seconds


class Writes(Protocol):
    """A piece of work in a transaction of its own; returns after the commit."""

    async def __call__(self, run: Callable[[Connection], T]) -> T: ...


@dataclass(frozen=True, slots=True)
class Desk:
    """What jobs work with."""

    town: Town
    media: MediaStore
    read: Reads
    write: Writes
    challenge: Challenge | None = None  # None: there is no model here that could learn


def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Task:
    """One piece of due work.

    `do` runs in one transaction: it looks again whether there is still something to do, claims its slots, acts. False:
    nothing was done and everything, claims too, is rolled back. `before` runs first, outside the transaction.
    """

    what: str  # for the operator: codes and rooms, no citizen's words
    do: Callable[[Connection, Claim], bool]
    before: Callable[[], None] = _nothing


@dataclass(frozen=True, slots=True)
class Every:
    """Again and again. `tick`: how often the clock must ask."""

    tick: timedelta

    def is_due(self, now: datetime, hours: OfficeHours) -> bool:
        """Always: what was done once is marked in the rows."""
        return True

    def __str__(self) -> str:
        return f"every {self.tick // timedelta(minutes=1)} min"


@dataclass(frozen=True, slots=True)
class Daily:
    """Once a day within a window of town time; who comes late (a restart) still does it until the window closes."""

    begin: time
    end: time
    workdays: bool = False
    tick: timedelta = timedelta(minutes=1)

    def is_due(self, now: datetime, hours: OfficeHours) -> bool:
        """Within the window, on a day that counts; that it happens once is the slot's business."""
        inside = self.begin <= now.astimezone(TOWN_TIME).time() < self.end
        return inside and (not self.workdays or is_workday(now, hours))

    def __str__(self) -> str:
        return f"{'workdays' if self.workdays else 'daily'} at {self.begin:%H:%M}"


class Job(NamedTuple):
    """A row of the table in bot/jobs.py."""

    name: str
    schedule: Every | Daily
    find: Callable[[Connection, Desk, datetime], list[Task]]
    sentence: str


def town_day(now: datetime) -> str:
    """The slot of what happens once a day."""
    return f"{now.astimezone(TOWN_TIME):%Y-%m-%d}"
