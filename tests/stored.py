"""Rows for tests of the store: a citizen at an address, a report of theirs, a picture that came in."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, func, select

from dialogs.words import Address, Incoming, Media, Part, Place, ReportView, Sender
from store import conversations, media, outbox
from store.codes import new_code
from store.report_record import Actor
from store.report_views import report_row, view_of
from store.reports import insert_report
from tests.town import MONDAY_NINE, thanh_chuong

HOA = Address("webchat", "main", "hoa")
NAM = Address("webchat", "main", "nam")
HUNG = Actor("officer", "1", "Hùng")
LAN = Actor("officer", "2", "Lan")


def a_person(connection: Connection, address: Address = HOA, now: datetime = MONDAY_NINE) -> int:
    """The citizen who writes from there; entered at the first call."""
    incoming = Incoming(address, Sender(address.chat), "text", "1", now)
    return conversations.person_at(connection, incoming, thanh_chuong().id, now).citizen_id


def a_stored_report(connection: Connection, address: Address = HOA, **values: Any) -> int:
    """A report of the person at that address, as it was filed; returns its id."""
    citizen = a_person(connection, address)
    now = values.pop("created_at", MONDAY_NINE)
    plain = {
        "locality_id": thanh_chuong().id,
        "code": new_code("TC"),
        "citizen_id": citizen,
        "address_key": address.key,
        "text": "đèn đường xóm 5 hỏng",
        "public_text": "đèn đường xóm 5 hỏng",
        "category": "lighting_greenery",
        "why": [],
        "created_at": now,
        **values,
    }
    return insert_report(connection, plain, Actor("citizen", str(citizen)))


def a_stored_photo(connection: Connection, conversation_key: str = HOA.key, ref: str = "upload:1") -> str:
    """A picture that came in through a conversation; returns our id of it."""
    item = Media("image", ref, "image/jpeg", 1000)
    return media.insert_pending(connection, item, HOA, conversation_key, thanh_chuong().id, MONDAY_NINE).ref


def an_open_chat(connection: Connection, address: Address = HOA, now: datetime = MONDAY_NINE) -> None:
    """A conversation in which messages can be numbered."""
    conversations.save_talk(connection, address.key, conversations.load_talk(connection, address.key), "tc", now)


def a_queued_part(connection: Connection, text: str, address: Address = HOA, **what: Any) -> int:
    """A message on its way; returns the message's id."""
    an_open_chat(connection, address)
    return outbox.queue_part(connection, address, Part(text), what.pop("now", MONDAY_NINE), **what)


def view(connection: Connection, report_id: int) -> ReportView:
    row = report_row(connection, report_id)
    return view_of(connection, row)


def row_of(connection: Connection, table: Table, **where: Any) -> dict[str, Any]:
    """The one row of a table with these values."""
    found = select(table).where(*(table.c[name] == value for name, value in where.items()))
    return dict(connection.execute(found).mappings().one())


def count(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def place_values(place: Place) -> dict[str, Any]:
    return {key: value for key, value in asdict(place).items() if key in ("commune", "old_name", "lat", "lon")}
