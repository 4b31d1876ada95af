"""The nightly lesson: a challenger trained with what officers have put right since, shown to the leaders if better."""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from bot.jobs_task import Challenge, Claim, Desk, Task, town_day
from bot.learning import NothingToLearn, Proposal
from bot.notices import post
from bot.town import Town
from dialogs.texts import say
from store.corrections import corrected_texts, newest_correction
from store.due import claimed

log = logging.getLogger("langnghe.jobs")


def find_learning(connection: Connection, desk: Desk, now: datetime) -> list[Task]:
    """A lesson if officers have put something right since the last one, tried once a night."""
    night, newest = town_day(now), newest_correction(connection)
    learnt = f"to {newest}"
    if desk.challenge is None or not newest or claimed(connection, "learn", [night, learnt]):
        return []
    lesson = Lesson(desk.town, desk.challenge, corrected_texts(connection), night, learnt, now)
    return [
        Task(f"the lesson of {night} is ours", lesson.begin),
        Task(f"corrections learnt up to {newest}", lesson.end, lesson.train),
    ]


class Lesson:
    """One night's training: first the night is won, so that one worker trains; what it found is told afterwards."""

    def __init__(
        self, town: Town, challenge: Challenge, rows: Sequence[dict[str, Any]], night: str, learnt: str, now: datetime
    ) -> None:
        self._town, self._challenge, self._rows, self._now = town, challenge, rows, now
        self._night, self._learnt = night, learnt
        self._ours = False
        self._found: Proposal | None = None

    def begin(self, connection: Connection, claim: Claim) -> bool:
        """Win the night, whatever becomes of it: a training that fails is tried again in the next."""
        self._ours = claim(self._night)
        return self._ours

    def train(self) -> None:
        """Train and compare, seconds in another process; in no transaction."""
        if not self._ours:
            return
        try:
            self._found = self._challenge(self._rows)
        except NothingToLearn:
            log.info("job learn: one correction only, more are needed")
        except Exception as error:  # the door: whatever broke, the night is over; its words may be a citizen's
            log.error("job learn: the training failed, again next night: %s", type(error).__name__)

    def end(self, connection: Connection, claim: Claim) -> bool:
        """Mark what has been learnt from, and tell the leaders of a challenger that is better."""
        if self._found is None or not claim(self._learnt):
            return False
        room = self._town.locality.room_of_kind("leaders")
        if self._found.worth and room:
            post(connection, self._town, room.id, "learning", _line(self._found, len(self._rows)), self._now)
        return True


def _line(found: Proposal, corrections: int) -> str:
    return say(
        "clock.learnt",
        corrections=corrections,
        before=_percent(found.champion),
        after=_percent(found.challenger),
        messages=found.messages,
    )


def _percent(part: float) -> str:
    return f"{part:.1%}".replace(".", ",")
