"""Keeping house: forgetting what is needed no longer."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.jobs_task import Claim, Desk, Task, town_day
from store.conversations import KEYS_KEPT, purge_keys
from store.due import claimed, forget_slots
from store.media import forget_unattached, needed
from store.report_words import forget_old_words

GIVEN_UP_KEPT = timedelta(days=7)  # a draft lives for a day; nobody can come back to its pictures
UNSENT_KEPT = timedelta(days=2)  # an upload is sent within minutes
CHUNK = 500
DATED = ("digest", "draft_reminder", "purge", "sweep")  # jobs whose slots carry a date and cannot come again


def find_purge(connection: Connection, desk: Desk, now: datetime) -> list[Task]:
    """The keys of updates dealt with thirty days ago, marks of that age, words nobody looks for now; once a day."""
    slot, before = town_day(now), now - KEYS_KEPT
    if claimed(connection, "purge", [slot]):
        return []

    def purge(connection: Connection, claim: Claim) -> bool:
        if not claim(slot):
            return False
        purge_keys(connection, before)
        forget_slots(connection, DATED, before)
        forget_old_words(connection, now)
        return True

    return [Task(f"inbox keys of before {before:%Y-%m-%d}", purge)]


def find_sweep(connection: Connection, desk: Desk, now: datetime) -> list[Task]:
    """Pictures of drafts that were given up a week ago, and bytes older than two days that no row knows; once a day."""
    slot = town_day(now)
    if claimed(connection, "sweep", [slot]):
        return []
    keys = [*desk.media.older_than(now - UNSENT_KEPT)]
    unknown = [key for some in _by(keys, CHUNK) for key in sorted({*some} - needed(connection, some))]

    def drop() -> None:
        for key in unknown:
            desk.media.drop(key)

    def forget(connection: Connection, claim: Claim) -> bool:
        if not claim(slot):
            return False
        forget_unattached(connection, now - GIVEN_UP_KEPT)
        return True

    return [Task(f"{len(unknown)} files that belong to nothing, and pictures given up", forget, drop)]


def _by(keys: list[str], many: int) -> Iterator[list[str]]:
    for first in range(0, len(keys), many):
        yield keys[first : first + many]
