"""The officers' list: which cards, in which order, and how many of each kind there are."""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode

from multidict import MultiMapping
from sqlalchemy import Connection

from bot.cases import agency_name
from bot.town import Town
from bot.web.staff_due import due_of
from bot.web.staff_view import CardView, view_cards
from dialogs.answers import fold
from dialogs.cards import place_line
from dialogs.texts import say
from dialogs.words import ReportView, Status
from store.notices import unseen_count
from store.report_views import reports_in_rooms
from store.routing import room_of
from store.staff import OfficerView

FIRST = 60  # cards on a page before "the rest"
MOST = 500  # cards looked through
TABS = ("open", "elsewhere", "done")
LONGEST_SEARCH = 100

# the filters above the open cards: which reports each lets through
FILTERS: dict[str, Callable[[ReportView, Town, datetime], bool]] = {
    "urgent": lambda report, town, now: report.urgent,
    "late": lambda report, town, now: due_of(report, town.office_hours, now).level == "late",
    "soon": lambda report, town, now: due_of(report, town.office_hours, now).level == "soon",
    "new": lambda report, town, now: report.status in (Status.RECEIVED, Status.ASSIGNED),
    "waiting": lambda report, town, now: report.status is Status.NEED_INFO,
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the officer asked to see; as in the page's address."""

    tab: str = "open"
    room: str = ""
    only: str = ""
    q: str = ""
    view: str = ""  # "short": one line a card
    all: str = ""  # "1": not only the first

    def url(self, **changes: str) -> str:
        """The address of the list with something changed."""
        given = {key: value for key, value in asdict(replace(self, **changes)).items() if value}
        if given.get("tab") == "open":
            del given["tab"]
        return f"/staff?{urlencode(given)}" if given else "/staff"


@dataclass(frozen=True, slots=True)
class Link:
    """A tab, a filter or a room, with its count where it was counted."""

    name: str
    label: str
    url: str
    count: int | None
    here: bool


@dataclass(frozen=True, slots=True)
class RoomView:
    """The list as the page shows it. `mark` differs whenever anything in it differs."""

    title: str
    tabs: tuple[Link, ...]
    filters: tuple[Link, ...]
    rooms: tuple[Link, ...]
    cards: tuple[CardView, ...]
    notices: Link
    hidden: int
    nothing: str
    mark: str = ""


def wanted_from(query: MultiMapping[str], officer: OfficerView) -> Wanted:
    """Read the page's address; what it says wrongly is left out."""
    tab, room, only = query.get("tab", ""), query.get("room", ""), query.get("only", "")
    return Wanted(
        tab=tab if tab in TABS else "open",
        room=room if room in officer.rooms else "",
        only=only if only in FILTERS else "",
        q=query.get("q", "").strip()[:LONGEST_SEARCH],
        view="short" if query.get("view") == "short" else "",
        all="1" if query.get("all") else "",
    )


def view_room(connection: Connection, town: Town, officer: OfficerView, wanted: Wanted, now: datetime) -> RoomView:
    """The list, with its tabs, filters and counts."""
    rooms = (wanted.room,) if wanted.room else officer.rooms
    fits = partial(_fits, words=fold(wanted.q), town=town)
    opened = [report for report in reports_in_rooms(connection, rooms, open_only=True, most=MOST) if fits(report)]
    lists = dict(zip(TABS, _split(sorted(opened, key=_pressing), rooms, town), strict=False))
    if wanted.tab == "done":
        lists["done"] = [it for it in reports_in_rooms(connection, rooms, open_only=False, most=MOST) if fits(it)]
    passes = FILTERS.get(wanted.only) if wanted.tab == "open" else None
    found = [report for report in lists[wanted.tab] if passes is None or passes(report, town, now)]
    shown = found if wanted.all else found[:FIRST]
    view = RoomView(
        title=say("room.title_count", count=len(lists["open"])),
        tabs=tuple(_tabs(lists, wanted)),
        filters=tuple(_filters(lists["open"], wanted, town, now)) if wanted.tab == "open" else (),
        rooms=tuple(_rooms(officer, wanted, town)),
        cards=tuple(view_cards(connection, town, shown, officer, now)),
        notices=_notices(connection, officer),
        hidden=len(found) - len(shown),
        nothing=say("room.nothing_found" if wanted.q or wanted.only else f"room.nothing_{wanted.tab}"),
    )
    return replace(view, mark=hashlib.sha256(repr(view).encode()).hexdigest()[:16])


def _pressing(report: ReportView) -> tuple[bool, bool, datetime]:
    """Urgent first, then by deadline; those whose clock stands still come after those that run."""
    return (not report.urgent, report.paused_at is not None, report.due_at or report.created_at)


def _split(opened: list[ReportView], rooms: tuple[str, ...], town: Town) -> tuple[list[ReportView], list[ReportView]]:
    """(ours, those that were sent on to a unit that works in another room)"""
    ours: list[ReportView] = []
    elsewhere: list[ReportView] = []
    for report in opened:
        mine = not report.agency or room_of(town.locality, report.agency) in rooms
        (ours if mine else elsewhere).append(report)
    return ours, elsewhere


def _fits(report: ReportView, words: str, town: Town) -> bool:
    """Whether every word stands in the code, text, place, field or unit, with or without diacritics."""
    if not words:
        return True
    category = town.locality.categories[report.category].short
    places = (place_line(report.place, town.locality), agency_name(town, report.agency))
    code = re.sub(r"[^0-9A-Z]", "", report.code)
    hay = fold(" ".join((report.code, code, report.text, category, *places)))
    return all(word in hay for word in words.split())


def _tabs(lists: dict[str, list[ReportView]], wanted: Wanted) -> Iterator[Link]:
    for name in TABS:
        here = wanted.tab == name
        if name == "elsewhere" and not lists[name] and not here:
            continue
        count = len(lists[name]) if name in lists else None
        yield Link(name, say(f"room.tab.{name}"), wanted.url(tab=name, only="", all=""), count, here)


def _notices(connection: Connection, officer: OfficerView) -> Link:
    unseen = unseen_count(connection, officer.rooms)
    return Link("notices", say("room.notices.link"), "/staff/notices", unseen or None, here=False)


def _filters(opened: list[ReportView], wanted: Wanted, town: Town, now: datetime) -> Iterator[Link]:
    yield Link("all", say("room.only.all"), wanted.url(only="", all=""), len(opened), not wanted.only)
    for name, passes in FILTERS.items():
        count = sum(passes(report, town, now) for report in opened)
        if count or wanted.only == name:
            yield Link(name, say(f"room.only.{name}"), wanted.url(only=name, all=""), count, wanted.only == name)


def _rooms(officer: OfficerView, wanted: Wanted, town: Town) -> Iterator[Link]:
    if len(officer.rooms) < 2:
        return
    yield Link("", say("room.all_rooms"), wanted.url(room="", all=""), None, not wanted.room)
    for room in officer.rooms:
        known: Any = town.locality.rooms.get(room)
        yield Link(room, known.name if known else room, wanted.url(room=room, all=""), None, wanted.room == room)
