"""Reports as values, with their pictures and followers: one, a citizen's, a room's, the newest."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, func, or_, select, true

from dialogs.words import OPEN_STATUSES, Media, Place, ReportView, Status
from store.hot import Hot
from store.lifecycle import allowed_steps
from store.listed import among
from store.tables.base import table
from store.tables.reports import Follower, Report
from store.tables.reports import Media as MediaRow
from store.tables.staff import StaffCard

_report, _media, _follower, _card = table(Report), table(MediaRow), table(Follower), table(StaffCard)

OPEN = [status.value for status in OPEN_STATUSES]
FIND = Hot(select(_report).where(_report.c.id == bindparam("id")))
FIND_BY_CODE = Hot(select(_report).where(_report.c.code == bindparam("code")))
MINE = Hot(
    select(_report)
    .where(_report.c.citizen_id == bindparam("citizen"))
    .order_by(_report.c.created_at.desc(), _report.c.id.desc())
    .limit(bindparam("most"))
)
MEDIA_OF = Hot(select(_media).where(among(_media.c.report_id, "reports")).order_by(_media.c.id))
FOLLOWERS_OF = Hot(
    select(_follower.c.report_id, func.count().label("people"))
    .where(among(_follower.c.report_id, "reports"))
    .group_by(_follower.c.report_id)
)


def report_row(connection: Connection, report_id: int) -> Any:
    """A report's row as it stands now."""
    row = FIND.first(connection, id=report_id)
    assert row is not None, "reports are never deleted"
    return row


def report_by_code(connection: Connection, code: str, citizen_id: int | None = None) -> ReportView | None:
    """A report; `mine` is set for the citizen who filed it."""
    row = FIND_BY_CODE.first(connection, code=code)
    return view_of(connection, row, citizen_id) if row else None


def reports_by_id(connection: Connection, ids: Sequence[int], citizen_id: int) -> list[ReportView]:
    """These reports, in this order."""
    return views_of(connection, [report_row(connection, number) for number in ids], citizen_id)


def reports_of(connection: Connection, citizen_id: int, most: int) -> list[ReportView]:
    """A citizen's reports, newest first."""
    return views_of(connection, MINE.all(connection, citizen=citizen_id, most=most), citizen_id)


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
        phone_verified=row["phone_verified"],
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
