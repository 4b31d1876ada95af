"""In which rooms a report has a card, and that what a card shows is no longer true."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, select, text, update

from store.columns import UtcTime
from store.errands import CARDS, leave
from store.hot import Hot
from store.tables.base import table
from store.tables.reports import Report
from store.tables.staff import StaffCard

_card, _report = table(StaffCard), table(Report)

# also those that are stale already: another worker may be writing them from what the report was before
CARDS_CHANGED = Hot(update(_card).where(_card.c.report_id == bindparam("report")).values(stale=True))
SHOW_CARD = Hot(
    text(
        "INSERT INTO staff_card (report_id, room_id, stale, photos, additions, created_at)"
        " VALUES (:report, :room, TRUE, 0, 0, :at) ON CONFLICT (report_id, room_id) DO NOTHING"
    ).bindparams(bindparam("at", type_=UtcTime))
)


def cards_changed(connection: Connection, report_id: int) -> None:
    """What chat groups show of this report is no longer true; the sweep of bot/room_cards.py writes it anew."""
    if CARDS_CHANGED.change(connection, report=report_id):
        leave(connection, CARDS)


def show_card(connection: Connection, report_id: int, room_id: str, now: datetime) -> None:
    """Show a report in a room; once."""
    SHOW_CARD.tell(connection, report=report_id, room=room_id, at=now)
    leave(connection, CARDS)


def hide_cards(connection: Connection, report_id: int) -> list[str]:
    """Take a report out of every room, e.g. when it turns out to be sensitive; returns those rooms."""
    taken = delete(_card).where(_card.c.report_id == report_id).returning(_card.c.room_id)
    return list(connection.execute(taken).scalars())


def rooms_showing(connection: Connection, report_id: int) -> list[str]:
    """The rooms in which a report has a card."""
    return list(connection.execute(select(_card.c.room_id).where(_card.c.report_id == report_id)).scalars())


def shown_in(connection: Connection, rooms: Collection[str], report_ids: Collection[int]) -> set[int]:
    """Which of these reports have a card in one of the rooms."""
    shown = select(_card.c.report_id).where(_card.c.room_id.in_(rooms), _card.c.report_id.in_(report_ids))
    return set(connection.execute(shown).scalars())


def codes_shown(connection: Connection, rooms: Collection[str], codes: Collection[str]) -> set[str]:
    """Which of these codes are of reports that have a card in one of the rooms."""
    named = select(_report.c.code).join(_card, _card.c.report_id == _report.c.id)
    found = named.where(_report.c.code.in_(codes), _card.c.room_id.in_(rooms))
    return set(connection.execute(found).scalars())
