"""Keeping house: forgetting what is needed no longer."""

from datetime import datetime

from sqlalchemy import Connection

from bot.jobs_task import Claim, Desk, Task, town_day
from store.conversations import KEYS_KEPT, purge_keys
from store.due import claimed, forget_slots

DATED = ("digest", "draft_reminder", "purge")  # jobs whose slots carry a date and cannot come again


def find_purge(connection: Connection, desk: Desk, now: datetime) -> list[Task]:
    """The keys of updates dealt with more than thirty days ago, and marks of the same age; once a day."""
    slot, before = town_day(now), now - KEYS_KEPT
    if claimed(connection, "purge", [slot]):
        return []

    def purge(connection: Connection, claim: Claim) -> bool:
        if not claim(slot):
            return False
        purge_keys(connection, before)
        forget_slots(connection, DATED, before)
        return True

    return [Task(f"inbox keys of before {before:%Y-%m-%d}", purge)]
