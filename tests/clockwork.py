"""Reports and drafts as the clock finds them, and what people have been told by it; all around NOON."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from bot.jobs import job_named, run_job
from dialogs.words import TOWN_TIME, Talk
from store import conversations, notices, outbox
from store.report_cards import show_card
from store.reports import change_status
from tests.stored import HOA, HUNG, a_person, a_stored_report, view
from tests.town import TestTown

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=TOWN_TIME)  # a Wednesday
A_DAY, AN_HOUR = timedelta(days=1), timedelta(hours=1)


def a_report(connection: Connection, status: str = "in_progress", **values: Any) -> int:
    """A report with a card in its unit's room; `status` as it stands now, long since told to its citizen."""
    plain = {
        "commune": "17713",
        "agency_id": "kinh-te-17713",
        "created_at": NOON - 9 * A_DAY,
        "due_at": NOON + 9 * A_DAY,
    }
    room = values.pop("room", "ubnd-17713")
    report_id = a_stored_report(connection, **{**plain, **values})
    show_card(connection, report_id, room, NOON)
    if status in ("in_progress", "resolved"):
        take(connection, report_id, "accept", NOON - 8 * A_DAY, accepted_at=NOON - 8 * A_DAY)
    return report_id


def take(
    connection: Connection, report_id: int, step: str, now: datetime, *, push: bool = False, **values: Any
) -> None:
    change_status(connection, report_id, view(connection, report_id).version, step, HUNG, now, push=push, **values)


def a_resolved_report(connection: Connection, resolved: datetime, **values: Any) -> int:
    report_id = a_report(connection, "resolved", **values)
    take(connection, report_id, "resolve", resolved, resolved_at=resolved)
    return report_id


def a_draft(connection: Connection, left: datetime, address: Any = HOA) -> None:
    """A report begun and left: the place is asked for."""
    a_person(connection, address)
    talk = Talk("report", "place", {"text": "đường hỏng quá", "category": "road_infrastructure"}, updated_at=left)
    conversations.save_talk(connection, address.key, talk, "thanh_chuong", left)


def told(town: TestTown, address: Any = HOA) -> list[str]:
    """What a citizen has been told, oldest first."""
    rows = town.read(
        lambda connection: outbox.waiting(connection, address.channel, address.account, NOON + 99 * A_DAY, 99)
    )
    return [row.part.text for row in rows if row.address == address]


def read_in(town: TestTown, room: str) -> list[str]:
    """What a room has been told, oldest first."""
    found = town.read(lambda connection: notices.notices_of(connection, [room]))
    return [notice.text for notice in reversed(found)]


async def run(town: TestTown, name: str) -> list[str]:
    job = job_named(name)
    assert job
    return await run_job(job, town.desk, town.clock())
