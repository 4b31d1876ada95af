"""Where an officer stands before a card: in which room of theirs, and in the middle of what; or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.officer_turn import staff_key
from bot.outcome import ROOM
from dialogs.words import Address, ReportView, Talk
from store.conversations import load_talk
from store.report_cards import rooms_showing
from store.report_views import report_by_code
from store.staff import OfficerView


@dataclass(frozen=True, slots=True)
class Standing:
    """An officer before a card: the report, the room they stand in, and what they are in the middle of there."""

    report: ReportView
    address: Address
    talk: Talk
    now: datetime


def standing(connection: Connection, code: str, officer: OfficerView, now: datetime) -> Standing | None:
    """The officer's place before a card; None if there is no such card in a room of theirs."""
    report = report_by_code(connection, code)
    room = standing_room(officer, rooms_showing(connection, report.id)) if report else None
    if report is None or room is None:
        return None
    return Standing(report, _address(room), load_talk(connection, talk_key(room, officer, report)), now)


def may_see(connection: Connection, report_id: int, officer: OfficerView) -> bool:
    """Whether a room of the officer shows the report."""
    return standing_room(officer, rooms_showing(connection, report_id)) is not None


def standing_room(officer: OfficerView, shown: Sequence[str]) -> str | None:
    """The room in which the officer stands before a card: the first of theirs that shows it."""
    return next((room for room in officer.rooms if room in shown), None)


def talk_key(room: str, officer: OfficerView, report: ReportView) -> str:
    """The conversation of this officer on this card in that room."""
    return staff_key(_address(room).key, officer.id, report.code)


def _address(room: str) -> Address:
    return Address(ROOM, "web", room)
