"""The officers' list: which cards, in which order, and how many of each kind there are."""

import hashlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from multidict import MultiMapping
from sqlalchemy import Connection

from bot.room_reports import KINDS, MOST, Eyes, by_pressure, eyes_of, fits, worked_in
from bot.town import Town
from bot.web.staff_view import CardView, view_cards
from dialogs.texts import say
from dialogs.words import ReportView
from store.notices import unseen_count
from store.report_views import reports_in_rooms
from store.staff import OfficerView

FIRST = 60  # cards on a page before "the rest"
TABS = ("open", "elsewhere", "done")
LONGEST_SEARCH = 100

# the filters above the open cards
FILTERS = ("urgent", "late", "today", "soon", "new", "mine", "spoken", "waiting")


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
        return f"/staff{replace(self, **changes).trail}"

    @property
    def trail(self) -> str:
        """What stands behind an address, so that a card's page knows the list it was opened from."""
        given = {key: value for key, value in asdict(self).items() if value}
        if given.get("tab") == "open":
            del given["tab"]
        return f"?{urlencode(given)}" if given else ""


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
    lists, eyes = _lists(connection, town, officer, wanted, now)
    found = _shown(lists, wanted, eyes)
    shown = found if wanted.all else found[:FIRST]
    view = RoomView(
        title=say("room.title_count", count=len(lists["open"])),
        tabs=tuple(_tabs(lists, wanted)),
        filters=tuple(_filters(lists["open"], wanted, eyes)) if wanted.tab == "open" else (),
        rooms=tuple(_rooms(officer, wanted, town)),
        cards=tuple(view_cards(connection, town, shown, officer, now)),
        notices=_notices(connection, officer),
        hidden=len(found) - len(shown),
        nothing=say("room.nothing_found" if wanted.q or wanted.only else f"room.nothing_{wanted.tab}"),
    )
    return replace(view, mark=hashlib.sha256(repr(view).encode()).hexdigest()[:16])


def next_code(
    connection: Connection, town: Town, officer: OfficerView, wanted: Wanted, now: datetime, code: str
) -> str:
    """The card after this one in the list; its first, if this one is not there (any more); "" if there is none."""
    lists, eyes = _lists(connection, town, officer, wanted, now)
    codes = [report.code for report in _shown(lists, wanted, eyes)]
    after = codes[codes.index(code) + 1 :] if code in codes else codes
    return next(iter(after), "")


def _lists(
    connection: Connection, town: Town, officer: OfficerView, wanted: Wanted, now: datetime
) -> tuple[dict[str, list[ReportView]], Eyes]:
    """The reports of each tab that was counted, and how the officer sees those that are open."""
    rooms = (wanted.room,) if wanted.room else officer.rooms

    def read(*, open_only: bool) -> list[ReportView]:
        found = reports_in_rooms(connection, rooms, open_only=open_only, most=MOST)
        return [report for report in found if fits(report, wanted.q, town)]

    lists: dict[str, list[ReportView]] = {"open": [], "elsewhere": []}
    opened = by_pressure(read(open_only=True))
    ours = worked_in(connection, opened, rooms, town)
    for report in opened:
        lists["open" if report.id in ours else "elsewhere"].append(report)
    if wanted.tab == "done":
        lists["done"] = read(open_only=False)
    return lists, eyes_of(connection, town, officer.id, lists["open"], now)


def _shown(lists: dict[str, list[ReportView]], wanted: Wanted, eyes: Eyes) -> list[ReportView]:
    found = lists[wanted.tab]
    if not wanted.only or wanted.tab != "open":
        return found
    return [report for report in found if KINDS[wanted.only](report, eyes)]


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


def _filters(opened: list[ReportView], wanted: Wanted, eyes: Eyes) -> Iterator[Link]:
    yield Link("all", say("room.only.all"), wanted.url(only="", all=""), len(opened), not wanted.only)
    for name in FILTERS:
        count = sum(KINDS[name](report, eyes) for report in opened)
        if count or wanted.only == name:
            yield Link(name, say(f"room.only.{name}"), wanted.url(only=name, all=""), count, wanted.only == name)


def _rooms(officer: OfficerView, wanted: Wanted, town: Town) -> Iterator[Link]:
    if len(officer.rooms) < 2:
        return
    yield Link("", say("room.all_rooms"), wanted.url(room="", all=""), None, not wanted.room)
    for room in officer.rooms:
        known: Any = town.locality.rooms.get(room)
        yield Link(room, known.name if known else room, wanted.url(room=room, all=""), None, wanted.room == room)
