"""Reports: filing, reading, and the one way in which their status changes."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    bindparam,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    true,
    update,
)

from dialogs.words import OPEN_STATUSES, Media, Place, ReportView, Status
from store.columns import our_id
from store.errands import CARDS, CHANGES, leave
from store.hot import Hot, entering
from store.lifecycle import allowed_steps, next_status
from store.listed import among
from store.report_words import forget_words
from store.tables.base import table
from store.tables.people import Identity
from store.tables.reports import Correction, Follower, Note, Report, StatusChange
from store.tables.reports import Media as MediaRow
from store.tables.staff import Access, StaffCard

_report, _change, _media = table(Report), table(StatusChange), table(MediaRow)
_note, _card, _correction, _access = table(Note), table(StaffCard), table(Correction), table(Access)
_identity, _follower = table(Identity), table(Follower)

OPEN = [status.value for status in OPEN_STATUSES]
BY_CODE = select(_report).where(_report.c.code == bindparam("code"))
BY_ID = select(_report).where(_report.c.id == bindparam("id"))
MINE = (
    select(_report)
    .where(_report.c.citizen_id == bindparam("citizen"))
    .order_by(_report.c.created_at.desc(), _report.c.id.desc())
    .limit(bindparam("most"))
)
FIND, FIND_BY_CODE = Hot(BY_ID), Hot(BY_CODE)
RECORD = entering(
    _change,
    "report_id version trigger from_status to_status actor_kind actor_id actor_name note agency_id created_at"
    " previous_hash pushed_at hash",
)
LAST_CHANGE = Hot(
    select(_change).where(_change.c.report_id == bindparam("report")).order_by(_change.c.version.desc()).limit(1)
)
MEDIA_OF = Hot(select(_media).where(among(_media.c.report_id, "reports")).order_by(_media.c.id))
FOLLOWERS_OF = Hot(
    select(_follower.c.report_id, func.count().label("people"))
    .where(among(_follower.c.report_id, "reports"))
    .group_by(_follower.c.report_id)
)
TO_PUSH = (
    select(_change)
    .join(_report, _report.c.id == _change.c.report_id)
    .where(_change.c.pushed_at.is_(None), _change.c.id > bindparam("after"))
    .where(or_(_report.c.urgent, bindparam("calm", type_=Boolean)))
    .order_by(_change.c.id)
    .limit(bindparam("most"))
)
# what is for a channel that nobody serves at the moment is not looked at again and again
SERVED_TO_PUSH = TO_PUSH.outerjoin(_identity, _identity.c.address_key == _report.c.address_key).where(
    or_(_identity.c.id.is_(None), _identity.c.channel.in_(bindparam("channels", expanding=True)))
)
# also those that are stale already: another worker may be writing them from what the report was before
CARDS_CHANGED = Hot(update(_card).where(_card.c.report_id == bindparam("report")).values(stale=True))
HAS_CARD = Hot(select(_card.c.id).where(_card.c.report_id == bindparam("report"), _card.c.room_id == bindparam("room")))
SHOW_CARD = entering(_card, "report_id room_id stale photos additions created_at")
PUSHED = (
    update(_change)
    .where(_change.c.id == bindparam("row"), _change.c.pushed_at.is_(None))
    .values(pushed_at=bindparam("at"))
)


class TooLate(Exception):
    """Somebody else changed the report first."""

    def __init__(self, who: str, step: str, at: datetime) -> None:
        super().__init__(f"{who}: {step}")
        self.who, self.step, self.at = who, step, at


class NotAllowed(Exception):
    """The report's life does not allow this step from where it stands."""

    def __init__(self, status: Status, step: str) -> None:
        super().__init__(f"{step} from {status}")
        self.status, self.step = status, step


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something to a report."""

    kind: str  # citizen | officer | system
    id: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A step taken, as the record keeps it."""

    id: int
    report_id: int
    version: int
    trigger: str
    to_status: Status
    actor_kind: str
    actor_name: str
    note: str
    agency_id: str
    created_at: datetime


def insert_report(connection: Connection, values: dict[str, Any], actor: Actor) -> int:
    """File a report with its first StatusChange (version 1, received). Returns its id."""
    row = {**values, "status": Status.RECEIVED.value, "version": 1}
    report_id = int(_filing(tuple(row)).value(connection, **row))
    now, agency = values["created_at"], values.get("agency_id", "")
    _record(connection, report_id, 1, "file", "", Status.RECEIVED, actor, "", agency, now, now)
    return report_id


@cache
def _filing(names: tuple[str, ...]) -> Hot:
    return entering(_report, " ".join(names), returning="id")


@cache
def _setting(names: tuple[str, ...]) -> Hot:
    return Hot(
        update(_report)
        .where(_report.c.id == bindparam("this"), _report.c.version == bindparam("seen"))
        .values({name: bindparam(name) for name in names})
    )


def change_status(
    connection: Connection,
    report_id: int,
    version: int,
    step: str,
    actor: Actor,
    now: datetime,
    *,
    note: str = "",
    agency_id: str = "",
    push: bool = True,
    **values: Any,
) -> Status:
    """Take one step by compare-and-set on `version`; raise TooLate or NotAllowed, and then nothing has changed."""
    row = _row(connection, report_id)
    status = Status(row["status"])
    if row["version"] != version:
        raise _too_late(connection, report_id, now)
    to = next_status(status, step)
    if to is None:
        raise NotAllowed(status, step)
    if agency_id:
        values["agency_id"] = agency_id
    _set(connection, report_id, version, now, status=to.value, **values)
    if to not in OPEN_STATUSES:
        forget_words(connection, report_id)  # what is over is none to join
    pushed_at = None if push else now
    agency = agency_id or row["agency_id"]
    _record(connection, report_id, version + 1, step, status.value, to, actor, note, agency, now, pushed_at)
    return to


def change_fields(
    connection: Connection, report_id: int, version: int, step: str, actor: Actor, now: datetime, **values: Any
) -> None:
    """Change something other than the status, under the same compare-and-set and in the same record."""
    row = _row(connection, report_id)
    if row["version"] != version:
        raise _too_late(connection, report_id, now)
    _set(connection, report_id, version, now, **values)
    status = Status(row["status"])
    _record(connection, report_id, version + 1, step, status.value, status, actor, "", row["agency_id"], now, now)


def _set(connection: Connection, report_id: int, version: int, now: datetime, **values: Any) -> None:
    values["version"] = version + 1
    if _setting(tuple(values)).change(connection, this=report_id, seen=version, **values) == 0:
        raise _too_late(connection, report_id, now)


def _row(connection: Connection, report_id: int) -> Any:
    row = FIND.first(connection, id=report_id)
    assert row is not None, "reports are never deleted"
    return row


def _too_late(connection: Connection, report_id: int, now: datetime) -> TooLate:
    last = LAST_CHANGE.first(connection, report=report_id)
    return TooLate(last["actor_name"], last["trigger"], last["created_at"]) if last else TooLate("", "", now)


def _record(
    connection: Connection,
    report_id: int,
    version: int,
    trigger: str,
    from_status: str,
    to_status: Status,
    actor: Actor,
    note: str,
    agency_id: str,
    now: datetime,
    pushed_at: datetime | None,
) -> None:
    last = LAST_CHANGE.first(connection, report=report_id) if version > 1 else None
    previous = last["hash"] if last else ""
    row = {
        "report_id": report_id,
        "version": version,
        "trigger": trigger,
        "from_status": from_status,
        "to_status": to_status.value,
        "actor_kind": actor.kind,
        "actor_id": actor.id,
        "actor_name": actor.name,
        "note": note,
        "agency_id": agency_id,
        "created_at": now,
        "previous_hash": previous,
        "pushed_at": pushed_at,
    }
    RECORD.change(connection, **row, hash=link(row))
    if pushed_at is None:
        leave(connection, CHANGES)
    cards_changed(connection, report_id)


def link(row: dict[str, Any]) -> str:
    """The hash of one StatusChange, which covers the hash of the one before."""
    covered = {key: value for key, value in row.items() if key not in ("id", "hash", "pushed_at")}
    covered["created_at"] = row["created_at"].timestamp()
    return hashlib.sha256(json.dumps(covered, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def broken_links(connection: Connection, report_id: int) -> list[int]:
    """Versions of a report whose record was altered after it was written; empty if the chain holds."""
    rows = connection.execute(
        select(_change).where(_change.c.report_id == report_id).order_by(_change.c.version)
    ).mappings()
    broken, previous = [], ""
    for row in rows:
        if row["previous_hash"] != previous or row["hash"] != link(dict(row)):
            broken.append(row["version"])
        previous = row["hash"]
    return broken


# ---------------------------------------------------------------- reading


def report_by_code(connection: Connection, code: str, citizen_id: int | None = None) -> ReportView | None:
    """A report; `mine` is set for the citizen who filed it."""
    row = FIND_BY_CODE.first(connection, code=code)
    return view_of(connection, row, citizen_id) if row else None


def reports_by_id(connection: Connection, ids: Sequence[int], citizen_id: int) -> list[ReportView]:
    """These reports, in this order."""
    return views_of(connection, [_row(connection, number) for number in ids], citizen_id)


def reports_of(connection: Connection, citizen_id: int, most: int) -> list[ReportView]:
    """A citizen's reports, newest first."""
    rows = connection.execute(MINE, {"citizen": citizen_id, "most": most}).mappings().all()
    return views_of(connection, rows, citizen_id)


def view_of(connection: Connection, row: Any, citizen_id: int | None = None) -> ReportView:
    """A row with its media as a value."""
    return views_of(connection, [row], citizen_id)[0]


def views_of(connection: Connection, rows: Sequence[Any], citizen_id: int | None = None) -> list[ReportView]:
    """Rows with their media as values; one look for the media of all."""
    media: dict[int, list[Any]] = {row["id"]: [] for row in rows}
    for item in MEDIA_OF.all(connection, reports=list(media)) if rows else ():
        media[item["report_id"]].append(item)
    joined = FOLLOWERS_OF.all(connection, reports=list(media)) if rows else ()
    followers = {row["report_id"]: int(row["people"]) for row in joined}
    return [_view(row, media[row["id"]], citizen_id, followers.get(row["id"], 0)) for row in rows]


def _view(row: Any, media: list[Any], citizen_id: int | None, followers: int) -> ReportView:
    status = Status(row["status"])
    return ReportView(
        id=row["id"],
        code=row["code"],
        status=status,
        version=row["version"],
        category=row["category"],
        text=row["text"],
        public_text=row["public_text"],
        place=place_of(row),
        agency=row["agency_id"],
        created_at=row["created_at"],
        confidence=row["confidence"],
        why=tuple(row["why"] or ()),
        urgent=row["urgent"],
        sensitive=row["sensitive"],
        anonymous=row["anonymous"],
        reporter_name=row["reporter_name"],
        reporter_phone=row["reporter_phone"],
        due_at=row["due_at"],
        accepted_at=row["accepted_at"],
        paused_at=row["paused_at"],
        resolved_at=row["resolved_at"],
        no_photo_reason=row["no_photo_reason"],
        outcome=row["outcome"],
        question=row["question"],
        media=tuple(media_of(item) for item in media if item["side"] != "after"),
        outcome_media=tuple(media_of(item) for item in media if item["side"] == "after"),
        solved_rating=row["solved_rating"],
        satisfaction=row["satisfaction"],
        mine=citizen_id is not None and row["citizen_id"] == citizen_id,
        followers=followers,
        steps=allowed_steps(status),
    )


def place_of(row: Any) -> Place:
    """Where a report row says it is."""
    return Place(row["place_text"], row["commune"], row["old_name"], (), row["lat"], row["lon"])


def media_of(row: Any) -> Media:
    """A media row as a value; `ref` is our id."""
    return Media(row["kind"], str(row["id"]), row["mime"], row["size"], row["name"])


def changes_of(connection: Connection, report_id: int) -> list[Change]:
    """A report's life so far, oldest first."""
    rows = connection.execute(select(_change).where(_change.c.report_id == report_id).order_by(_change.c.version))
    return [change_of(row) for row in rows.mappings()]


def change_of(row: Any) -> Change:
    """A StatusChange row as a value."""
    return Change(
        row["id"],
        row["report_id"],
        row["version"],
        row["trigger"],
        Status(row["to_status"]),
        row["actor_kind"],
        row["actor_name"],
        row["note"],
        row["agency_id"],
        row["created_at"],
    )


def changes_to_push(
    connection: Connection,
    most: int,
    after: int = 0,
    *,
    urgent_only: bool = False,
    channels: Iterable[str] | None = None,
) -> list[Change]:
    """Changes that the citizen has not been told of yet, oldest first, past the change `after`; on these channels."""
    asked: dict[str, Any] = {"most": most, "after": after, "calm": not urgent_only}
    if channels is None:
        return [change_of(row) for row in connection.execute(TO_PUSH, asked).mappings()]
    asked["channels"] = list(channels)
    return [change_of(row) for row in connection.execute(SERVED_TO_PUSH, asked).mappings()]


def mark_pushed(connection: Connection, change_id: int, now: datetime) -> bool:
    """The citizen's copy goes into the outbox now, or there is nothing to tell. False if another worker was first."""
    return connection.execute(PUSHED, {"row": change_id, "at": now}).rowcount == 1


@dataclass(frozen=True, slots=True)
class NoteView:
    """A word on a report."""

    kind: str
    text: str
    author: str
    created_at: datetime


def notes_of(connection: Connection, report_id: int) -> list[NoteView]:
    """All words on a report, oldest first."""
    rows = connection.execute(select(_note).where(_note.c.report_id == report_id).order_by(_note.c.id)).mappings()
    return [NoteView(row["kind"], row["text"], row["author"], row["created_at"]) for row in rows]


def add_note(
    connection: Connection,
    report_id: int,
    kind: str,
    text: str,
    author: str,
    now: datetime,
    officer_id: int | None = None,
) -> None:
    """Put a word on a report: answer, addition or internal."""
    values = {"report_id": report_id, "kind": kind, "text": text, "author": author, "officer_id": officer_id}
    connection.execute(insert(_note), {**values, "created_at": now})
    cards_changed(connection, report_id)


def add_correction(
    connection: Connection, report_id: int, officer_id: int | None, field: str, was: str, now_is: str, at: datetime
) -> None:
    """Keep what an officer put right, for the classifier."""
    values = {"report_id": report_id, "officer_id": officer_id, "field": field, "was": was, "now": now_is}
    connection.execute(insert(_correction), {**values, "created_at": at})


def attach_media(
    connection: Connection, report_id: int, refs: Sequence[str], conversation_key: str, side: str = "before"
) -> None:
    """Give media that came in through this conversation, and no other, to a report."""
    ids = [number for number in map(our_id, refs) if number is not None]
    if ids:
        connection.execute(
            update(_media)
            .where(_media.c.id.in_(ids), _media.c.conversation_key == conversation_key, _media.c.report_id.is_(None))
            .values(report_id=report_id, side=side)
        )


def share_media(connection: Connection, report_id: int, refs: Sequence[str], conversation_key: str) -> None:
    """Copy media of this conversation that another report has already: two problems in one message, one picture."""
    ids = [number for number in map(our_id, refs) if number is not None]
    if not ids:
        return
    names = [column.name for column in _media.c if column.name not in ("id", "report_id")]
    taken = (_media.c.id.in_(ids), _media.c.conversation_key == conversation_key, _media.c.report_id.is_not(None))
    found = select(literal(report_id), *(_media.c[name] for name in names)).where(*taken).order_by(_media.c.id)
    connection.execute(insert(_media).from_select(["report_id", *names], found, include_defaults=False))


def cards_changed(connection: Connection, report_id: int) -> None:
    """What chat groups show of this report is no longer true; the sweep of bot/room_cards.py writes it anew."""
    if CARDS_CHANGED.change(connection, report=report_id):
        leave(connection, CARDS)


def show_card(connection: Connection, report_id: int, room_id: str, now: datetime) -> None:
    """Show a report in a room; once."""
    if HAS_CARD.first(connection, report=report_id, room=room_id) is None:
        card = {"report_id": report_id, "room_id": room_id, "stale": True, "photos": 0, "additions": 0}
        SHOW_CARD.change(connection, **card, created_at=now)
        leave(connection, CARDS)


def hide_cards(connection: Connection, report_id: int) -> list[tuple[str, int | None]]:
    """Take a report out of every room, e.g. when it turns out to be sensitive; (room, its message there) of each."""
    taken = delete(_card).where(_card.c.report_id == report_id).returning(_card.c.room_id, _card.c.message_id)
    return [(row.room_id, row.message_id) for row in connection.execute(taken)]


def rooms_showing(connection: Connection, report_id: int) -> list[str]:
    """The rooms in which a report has a card."""
    return list(connection.execute(select(_card.c.room_id).where(_card.c.report_id == report_id)).scalars())


def log_access(connection: Connection, report_id: int, officer_id: int, now: datetime) -> None:
    """Write down who looked at a reporter's name and phone."""
    connection.execute(insert(_access), {"report_id": report_id, "officer_id": officer_id, "created_at": now})


def reports_in_rooms(
    connection: Connection, rooms: Sequence[str], *, open_only: bool, most: int, query: str = ""
) -> list[ReportView]:
    """The cards of these rooms, urgent first, then by what is due soonest (open) or newest (the rest)."""
    searched = (_report.c.code, _report.c.text, _report.c.place_text)
    said = or_(*(column.icontains(query, autoescape=True) for column in searched)) if query else true()
    if open_only:
        card = select(_card.c.id).where(_card.c.report_id == _report.c.id, _card.c.room_id.in_(rooms))
        found = select(_report).where(_report.c.status.in_(OPEN), card.exists(), said)
        ordered = found.order_by(_report.c.urgent.desc(), _report.c.due_at).limit(most)
        return views_of(connection, connection.execute(ordered).mappings().all())
    done = {row["id"]: row for room in rooms for row in _newest_done(connection, room, said, most)}
    return views_of(connection, [done[number] for number in sorted(done, reverse=True)[:most]])


def _newest_done(connection: Connection, room: str, said: ColumnElement[bool], most: int) -> Sequence[Any]:
    """One room's, read from its newest card on; several rooms at once would have to be read whole and sorted."""
    found = select(_report).join(_card, _card.c.report_id == _report.c.id)
    wanted = found.where(_card.c.room_id == room, _report.c.status.not_in(OPEN), said)
    return connection.execute(wanted.order_by(_card.c.report_id.desc()).limit(most)).mappings().all()


def all_reports(connection: Connection, most: int, status: str = "") -> list[ReportView]:
    """The newest reports, for the command line."""
    found = select(_report).order_by(_report.c.id.desc()).limit(most)
    if status:
        found = found.where(_report.c.status == status)
    return views_of(connection, connection.execute(found).mappings().all())
