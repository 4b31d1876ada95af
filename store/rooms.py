"""What the officers' room reads besides the reports themselves, many cards at once; and whether anything changed."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import BindParameter, Connection, Select, Table, bindparam, func, select, text, union_all

from store.report_notes import NoteView
from store.report_record import HANDS_ON, TAKES_ON, Change, change_of
from store.tables.base import table
from store.tables.delivery import Outbox
from store.tables.people import Identity
from store.tables.reports import Media, Note, Report, StatusChange
from store.tables.staff import RoomNotice, StaffCard
from store.tables.talk import Conversation, InboxKey

_change, _note, _media, _card = table(StatusChange), table(Note), table(Media), table(StaffCard)
_key, _talk, _notice = table(InboxKey), table(Conversation), table(RoomNotice)
_report, _identity, _outbox = table(Report), table(Identity), table(Outbox)
_reports: BindParameter[Any] = bindparam("reports", expanding=True)
_rooms: BindParameter[Any] = bindparam("rooms", expanding=True)

ROOMS = select(_card.c.report_id, _card.c.room_id).where(_card.c.report_id.in_(_reports))
CHANGES = select(_change).where(_change.c.report_id.in_(_reports)).order_by(_change.c.version)
NOTES = select(_note).where(_note.c.report_id.in_(_reports)).order_by(_note.c.id)
STATES = select(_media.c.id, _media.c.state).where(_media.c.report_id.in_(_reports))
GONE = (
    select(_report.c.id)
    .join(_identity, _identity.c.address_key == _report.c.address_key)
    .where(_report.c.id.in_(_reports), _identity.c.gone_at.is_not(None))
)
HELD = (
    select(_report.c.id)
    .join(_outbox, _outbox.c.address_key == _report.c.address_key)
    .where(_report.c.id.in_(_reports), text("outbox.state = 'pending'"))  # said as ix_outbox_pending says it
    .distinct()
)
TALKS = select(_talk.c.key).where(_talk.c.key.in_(bindparam("keys", expanding=True)))
READY = select(_media.c.report_id).where(_media.c.id == bindparam("media"), _media.c.state == "stored")
_later = _change.alias("later")
TAKEN = select(_change.c.report_id).where(
    _change.c.report_id.in_(_reports),
    _change.c.trigger.in_(TAKES_ON),
    _change.c.actor_kind == "officer",
    _change.c.actor_id == bindparam("officer"),
    ~select(_later.c.id)
    .where(
        _later.c.report_id == _change.c.report_id,
        _later.c.version > _change.c.version,
        _later.c.trigger.in_(HANDS_ON),
    )
    .exists(),
)
_newer = _note.alias("newer")
UNANSWERED = select(_note.c.report_id).where(
    _note.c.report_id.in_(_reports),
    _note.c.kind == "addition",
    ~select(_newer.c.id).where(_newer.c.report_id == _note.c.report_id, _newer.c.id > _note.c.id).exists(),
    ~select(_change.c.id)
    .where(
        _change.c.report_id == _note.c.report_id,
        _change.c.actor_kind == "officer",
        _change.c.created_at > _note.c.created_at,
    )
    .exists(),
)
KNOWN = select(_key.c.key).where(_key.c.key == bindparam("key"))

PULSE = select(
    select(func.max(_change.c.id)).scalar_subquery(),
    select(func.max(_note.c.id)).scalar_subquery(),
    select(func.max(_card.c.id)).scalar_subquery(),
    select(func.max(_media.c.id)).scalar_subquery(),
    select(func.count()).where(_media.c.state == "pending").scalar_subquery(),
    select(func.max(_notice.c.id)).scalar_subquery(),
)


def _shown_here(newer: Table, mark: str) -> Select[Any]:
    """Rows newer than the mark whose report has a card here; read from their end, a room's cards may be many."""
    card = select(_card.c.id).where(_card.c.report_id == newer.c.report_id, _card.c.room_id.in_(_rooms))
    return select(newer.c.id).where(newer.c.id > bindparam(mark), card.exists())


# cards of these rooms with something newer than a pulse
TOUCHED = union_all(
    # an expression, so that SQLite goes by the card's number and not through all cards of the room
    select(_card.c.id).where(_card.c.id > bindparam("card"), _card.c.room_id.concat("").in_(_rooms)),
    _shown_here(_change, "change"),
    _shown_here(_note, "note"),
    _shown_here(_media, "media"),
).limit(1)


@dataclass(frozen=True, slots=True)
class Pulse:
    """A few numbers that differ after anything a page shows has changed."""

    change: int
    note: int
    card: int
    media: int
    pending: int
    notice: int


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around reports, by report id; `media` holds pending, stored or refused by media id."""

    rooms: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    changes: dict[int, list[Change]] = field(default_factory=lambda: defaultdict(list))
    notes: dict[int, list[NoteView]] = field(default_factory=lambda: defaultdict(list))
    media: dict[str, str] = field(default_factory=dict)
    unreached: dict[int, str] = field(default_factory=dict)  # gone (blocked us), held (waits for their next word)


def around(connection: Connection, report_ids: Iterable[int]) -> Around:
    """Rooms, steps and words (oldest first), and the state of pictures."""
    found, asked = Around(), {"reports": list(report_ids)}
    for card in connection.execute(ROOMS, asked):
        found.rooms[card.report_id].append(card.room_id)
    for row in connection.execute(CHANGES, asked).mappings():
        found.changes[row["report_id"]].append(change_of(row))
    for row in connection.execute(NOTES, asked).mappings():
        note = NoteView(row["kind"], row["text"], row["author"], row["created_at"])
        found.notes[row["report_id"]].append(note)
    found.unreached.update((row.id, "held") for row in connection.execute(HELD, asked))
    found.unreached.update((row.id, "gone") for row in connection.execute(GONE, asked))
    found.media.update((str(item.id), item.state) for item in connection.execute(STATES, asked))
    return found


def taken_on(connection: Connection, officer_id: int, report_ids: Sequence[int]) -> set[int]:
    """Which of these reports this officer has taken on."""
    return set(connection.execute(TAKEN, {"reports": list(report_ids), "officer": str(officer_id)}).scalars())


def unanswered(connection: Connection, report_ids: Sequence[int]) -> set[int]:
    """In which of these reports the citizen had the last word."""
    return set(connection.execute(UNANSWERED, {"reports": list(report_ids)}).scalars())


def begun_talks(connection: Connection, keys: Iterable[str]) -> set[str]:
    """Which of these conversations exist."""
    return set(connection.execute(TALKS, {"keys": list(keys)}).scalars())


def pulse(connection: Connection) -> Pulse:
    """How things stand; cheap enough to ask every second."""
    return Pulse(*(value or 0 for value in connection.execute(PULSE).one()))


def touches(connection: Connection, since: Pulse, rooms: Sequence[str]) -> bool:
    """Whether something on a page of these rooms may have changed since; after a notice or a picture, always True."""
    now = pulse(connection)
    if (now.pending, now.notice) != (since.pending, since.notice):
        return True
    asked = {"rooms": list(rooms), "card": since.card, "change": since.change, "note": since.note, "media": since.media}
    return connection.execute(TOUCHED, asked).first() is not None


def report_of_media(connection: Connection, media_id: int) -> int | None:
    """The report to which media belongs, if it may be shown."""
    found: int | None = connection.execute(READY, {"media": media_id}).scalar_one_or_none()
    return found


def is_known(connection: Connection, dedupe_key: str) -> bool:
    """Whether an update has been dealt with; a read, the turn itself decides."""
    return connection.execute(KNOWN, {"key": dedupe_key}).first() is not None
