"""What a person agreed to, the name and phone they left with it, and how both are erased."""

import re
from datetime import datetime

from sqlalchemy import Connection, insert, select, union, update

from store.tables.base import table
from store.tables.people import Citizen, Consent, Identity
from store.tables.reports import Report
from store.tables.talk import Message

_citizen, _consent, _identity = table(Citizen), table(Consent), table(Identity)
_report, _message = table(Report), table(Message)


def give_consent(connection: Connection, citizen_id: int, purpose: str, wording: str, now: datetime) -> None:
    """Record a consent in the words that were shown."""
    values = {"citizen_id": citizen_id, "purpose": purpose, "wording": wording, "given_at": now}
    connection.execute(insert(_consent), values)


def keep_contact(connection: Connection, citizen_id: int, name: str, phone: str) -> None:
    """Remember the name and phone a person agreed to leave."""
    connection.execute(update(_citizen).where(_citizen.c.id == citizen_id).values(name=name, phone=phone))


def withdraw_consent(connection: Connection, citizen_id: int, purpose: str, now: datetime) -> None:
    """Mark the consents for a purpose withdrawn, and erase name and phone wherever they stand."""
    _erase_from_messages(connection, citizen_id)
    connection.execute(
        update(_consent)
        .where(_consent.c.citizen_id == citizen_id, _consent.c.purpose == purpose, _consent.c.withdrawn_at.is_(None))
        .values(withdrawn_at=now)
    )
    connection.execute(update(_citizen).where(_citizen.c.id == citizen_id).values(name="", phone=""))
    connection.execute(
        update(_report)
        .where(_report.c.citizen_id == citizen_id)
        .values(reporter_name="", reporter_phone="", phone_verified=False, anonymous=True)
    )


def _erase_from_messages(connection: Connection, citizen_id: int) -> None:
    """Blank name and phone in what was said in the person's own chats, by them and by us."""
    left = union(
        select(_citizen.c.name, _citizen.c.phone).where(_citizen.c.id == citizen_id),
        select(_report.c.reporter_name, _report.c.reporter_phone).where(_report.c.citizen_id == citizen_id),
    )
    traces = [trace for row in connection.execute(left) for trace in (_as_said(row[0]), _as_typed(row[1])) if trace]
    if not traces:
        return
    trace = re.compile("|".join(traces), re.IGNORECASE)
    chats = select(_identity.c.address_key).where(_identity.c.citizen_id == citizen_id)
    said = select(_message.c.id, _message.c.part).where(_message.c.conversation_key.in_(chats))
    for row in connection.execute(said).all():
        if trace.search(row.part["text"]):
            part = {**row.part, "text": trace.sub("…", row.part["text"])}
            connection.execute(update(_message).where(_message.c.id == row.id).values(part=part))


def _as_said(name: str) -> str:
    return rf"\b{re.escape(name)}\b" if name else ""


def _as_typed(phone: str) -> str:
    """A pattern for the number in any habit of typing: dots, spaces, +84, o for 0."""
    digits = re.sub(r"\D", "", phone).removeprefix("0")
    typed = r"[\s.-]*".join(digits.replace("0", "x")).replace("x", "[0o]")
    return rf"(?:\+?84|[0o])?[\s.-]*{typed}" if digits else ""
