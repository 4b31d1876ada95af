"""Conversations, the people in them, and what has been said."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, text, update

from dialogs.words import Address, Choice, Incoming, Media, Part, Prompt, Talk
from store.columns import Json, UtcTime
from store.errands import CARDS, leave
from store.hot import Hot, entering
from store.tables.base import table
from store.tables.people import Citizen, Identity
from store.tables.reports import Report
from store.tables.staff import StaffCard
from store.tables.talk import Conversation, InboxFailure, InboxKey, Message

_key, _conversation, _identity = table(InboxKey), table(Conversation), table(Identity)
_citizen, _message, _failure = table(Citizen), table(Message), table(InboxFailure)
_report, _card = table(Report), table(StaffCard)

KEYS_KEPT = timedelta(days=30)
STALE = KEYS_KEPT - timedelta(days=1)  # a day for clocks that disagree: no message may outlive its key

SEE = Hot(
    text("INSERT INTO inbox_key (key, at) VALUES (:key, :at) ON CONFLICT DO NOTHING").bindparams(
        bindparam("at", type_=UtcTime)
    )
)
LOAD = Hot(select(_conversation).where(_conversation.c.key == bindparam("key")))
SAVE = Hot(
    text(
        "INSERT INTO conversation (key, locality_id, dialog, state, memory, prompt_no, prompt, seq, updated_at)"
        " VALUES (:key, :locality_id, :dialog, :state, :memory, :prompt_no, :prompt, 0, :updated_at)"
        " ON CONFLICT (key) DO UPDATE SET dialog = excluded.dialog, state = excluded.state, memory = excluded.memory,"
        " prompt_no = excluded.prompt_no, prompt = excluded.prompt, updated_at = excluded.updated_at"
    ).bindparams(
        bindparam("memory", type_=Json), bindparam("prompt", type_=Json), bindparam("updated_at", type_=UtcTime)
    )
)
WHO = Hot(
    select(_identity, _citizen.c.name, _citizen.c.phone)
    .join(_citizen, _citizen.c.id == _identity.c.citizen_id)
    .where(_identity.c.address_key == bindparam("key"))
)
TELL = entering(_message, "conversation_key direction part report_id external_id created_at", returning="id")
ENTER = entering(_citizen, "locality_id name phone created_at", returning="id")
ENTER_ADDRESS = entering(
    _identity, "citizen_id address_key channel account chat thread display_name created_at", returning="id"
)
SENT_AFTER = (
    select(_message.c.seq, _message.c.created_at, _message.c.part)
    .where(_message.c.conversation_key == bindparam("key"), _message.c.seq > bindparam("after"))
    .order_by(_message.c.seq)
)
SHOWN = Hot(
    select(_message.c.id)
    .where(
        _message.c.conversation_key == bindparam("key"),
        _message.c.external_id == bindparam("external"),
        text("external_id <> ''"),  # said as the index says it
    )
    .order_by(_message.c.id.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Person:
    """A citizen at an address."""

    citizen_id: int
    name: str
    phone: str
    address: Address


def first_time(connection: Connection, key: str, now: datetime) -> bool:
    """Insert the dedupe key; False if it is there already (then nothing of the turn may happen)."""
    return SEE.change(connection, key=key, at=now) == 1


def load_talk(connection: Connection, key: str) -> Talk:
    """What is remembered of a conversation; a new one is empty."""
    row = LOAD.first(connection, key=key)
    if row is None:
        return Talk()
    return Talk(row["dialog"], row["state"], row["memory"], _prompt(row), row["updated_at"])


def _prompt(row: Any) -> Prompt:
    saved = row["prompt"] or {}
    choices = tuple(Choice(**choice) for choice in saved.get("choices", ()))
    return Prompt(row["prompt_no"], saved.get("text", ""), choices)


def save_talk(connection: Connection, key: str, talk: Talk, locality_id: str, now: datetime) -> None:
    """Write a conversation back, or open it."""
    prompt = talk.prompt
    SAVE.tell(
        connection,
        key=key,
        locality_id=locality_id,
        dialog=talk.dialog,
        state=talk.state,
        memory=dict(talk.memory),
        prompt_no=prompt.no,
        prompt={"text": prompt.text, "choices": list(map(plain, prompt.choices))} if prompt.choices else None,
        updated_at=talk.updated_at or now,
    )


def person_at(connection: Connection, incoming: Incoming, locality_id: str, now: datetime) -> Person:
    """Who writes from this address; a newcomer is entered, one who had blocked us is back."""
    address = incoming.address
    row = WHO.first(connection, key=address.key)
    if row is not None:
        if row["gone_at"] is not None:
            mark_gone(connection, address.key, None)
        return Person(row["citizen_id"], row["name"], row["phone"], address)
    citizen_id = int(ENTER.value(connection, locality_id=locality_id, created_at=now, name="", phone=""))
    ENTER_ADDRESS.tell(
        connection,
        citizen_id=citizen_id,
        address_key=address.key,
        channel=address.channel,
        account=address.account,
        chat=address.chat,
        thread=address.thread,
        display_name=incoming.sender.name,
        created_at=now,
    )
    return Person(citizen_id, "", "", address)


def address_of(connection: Connection, address_key: str) -> Address | None:
    """The address behind its key, as the person last used it."""
    row = WHO.first(connection, key=address_key)
    return Address(row["channel"], row["account"], row["chat"], row["thread"]) if row else None


def record_incoming(connection: Connection, key: str, incoming: Incoming, now: datetime) -> None:
    """Keep what was said to us; it is the record, and what training may one day read with consent."""
    part: dict[str, Any] = {"kind": incoming.kind, "text": incoming.text, "choice": incoming.choice}
    part["media"] = [item.ref for item in incoming.media]
    said = {"conversation_key": key, "direction": "in", "part": part, "created_at": now}
    TELL.tell(connection, **said, report_id=None, external_id="")


def record_failure(connection: Connection, incoming: Incoming, error: str, now: datetime) -> None:
    """Keep an update whose turn raised, with its error, for the operator."""
    raw = {**asdict(incoming), "at": incoming.at.isoformat()}
    values = {"address_key": incoming.address.key, "dedupe_key": incoming.dedupe_key}
    connection.execute(insert(_failure), {**values, "incoming": raw, "error": error, "created_at": now})


def record_unread(connection: Connection, update: str, why: str, now: datetime) -> None:
    """Keep an update that no connector could read, as it came."""
    values = {"address_key": "", "dedupe_key": "", "incoming": {"raw": update[:100_000]}, "error": why}
    connection.execute(insert(_failure), {**values, "created_at": now})


def sent_after(connection: Connection, address_key: str, after: int) -> list[tuple[int, datetime, Part]]:
    """What a person has been sent since `after`: (seq, when, part), in order."""
    rows = connection.execute(SENT_AFTER, {"key": address_key, "after": after}).all()
    return [(row.seq, row.created_at, part_from(row.part)) for row in rows]


def message_shown(connection: Connection, key: str, external_id: str) -> int | None:
    """Our newest message that a chat shows under the channel's own id; None while its delivery is not noted."""
    if not external_id:
        return None
    found: int | None = SHOWN.value(connection, key=key, external=external_id)
    return found


def numbers_of(connection: Connection, keys: Sequence[str]) -> dict[str, int]:
    """The last number that was given to a message, of each of these chats."""
    found = select(_conversation.c.key, _conversation.c.seq).where(_conversation.c.key.in_(keys))
    return {row.key: row.seq for row in connection.execute(found)}


def part_from(saved: dict[str, Any]) -> Part:
    """A Part from its JSON."""
    return Part(
        text=saved["text"],
        choices=tuple(Choice(**choice) for choice in saved.get("choices", ())),
        media=tuple(Media(**item) for item in saved.get("media", ())),
        ask=saved.get("ask", ""),
        edit_of=saved.get("edit_of", ""),
        removes=saved.get("removes", False),
    )


def plain(value: Choice | Media) -> dict[str, Any]:
    """A flat value as JSON; dataclasses.asdict copies deeply, at twenty times the price."""
    return {name: getattr(value, name) for name in value.__slots__}


def part_json(part: Part) -> dict[str, Any]:
    """A Part as JSON, without what is empty."""
    full: dict[str, Any] = {"text": part.text, "ask": part.ask, "edit_of": part.edit_of, "removes": part.removes}
    full |= {"choices": [plain(choice) for choice in part.choices], "media": [plain(item) for item in part.media]}
    return {key: value for key, value in full.items() if value or key == "text"}


def mark_gone(connection: Connection, address_key: str, now: datetime | None) -> None:
    """The person blocked us or left (None: is back); the officers' cards shall say so."""
    connection.execute(update(_identity).where(_identity.c.address_key == address_key).values(gone_at=now))
    cards_of_chat_changed(connection, address_key)


def cards_of_chat_changed(connection: Connection, address_key: str) -> None:
    """Whether this person can be reached has changed: the cards of their reports are written anew."""
    theirs = select(_report.c.id).where(_report.c.address_key == address_key)
    connection.execute(update(_card).where(_card.c.report_id.in_(theirs)).values(stale=True))
    leave(connection, CARDS)


def purge_keys(connection: Connection, before: datetime) -> int:
    """Forget dedupe keys older than that; returns how many."""
    return connection.execute(delete(_key).where(_key.c.at < before)).rowcount
