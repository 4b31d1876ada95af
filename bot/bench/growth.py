"""`langnghe bench growth`: what a town costs when its past is a hundred times as long."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from bot.town import Town
from bot.turn import take_turn
from connectors.telegram import Telegram
from connectors.telegram_parse import Reader, parse
from dialogs.words import Incoming, Locality
from nlp.faq import FaqIndex
from nlp.understand import Understanding
from store import due, media, outbox, rooms, staff_chat
from store.conversations import load_talk
from store.database import migrate, open_writer
from store.growth import WORDS, grow
from store.report_cards import rooms_showing
from store.report_record import changes_to_push
from store.report_views import report_by_code, report_row, reports_in_rooms, reports_of
from store.report_words import candidates
from store.staff import sync_pack

RUNS, LONGEST = 200, 3.0  # how often each is done, and the seconds after which it has been enough
SHARE = 0.25  # the quarter of the fastest runs says what it costs; the others waited for somebody
ALLOWED = 1.3
NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
TEXT = "đèn đường xóm 5 Thanh Lĩnh hỏng cả tuần nay rồi"
MIDDLE = 0.5  # of the past: nothing recent, nothing that stands at an edge of an index


@dataclass(frozen=True, slots=True)
class Cost:
    """One kind of work at both sizes, in microseconds."""

    name: str
    small: float
    large: float

    @property
    def ratio(self) -> float:
        """How many times as much."""
        return self.large / self.small


@dataclass(frozen=True, slots=True)
class Filled:
    """A filled town and a place in the middle of its past."""

    connection: Connection
    town: Town
    reports: int

    @property
    def categories(self) -> list[str]:
        """Some fields that may be taken for each other."""
        return list(self.town.locality.categories)[:4]


def run(
    locality: Locality,
    understanding: Understanding,
    folder: Path,
    sizes: tuple[int, int],
    per_report: int,
    progress: Callable[[int, int], None],
) -> list[Cost]:
    """Fill both towns and measure every kind of work in each."""
    town = Town(locality, understanding, FaqIndex(locality.faq), {"telegram": Telegram.capabilities})
    engines = [_filled(folder / f"{size}.db", locality, size, per_report, progress) for size in sizes]
    try:
        with engines[0].connect() as small, engines[1].connect() as large:
            works = [_works(small, Filled(small, town, sizes[0])), _works(large, Filled(large, town, sizes[1]))]
            return [Cost(name, *_fastest((works[0][name], small), (works[1][name], large))) for name in works[0]]
    finally:
        for engine in engines:
            engine.dispose()


def _filled(path: Path, locality: Locality, size: int, per_report: int, progress: Callable[[int, int], None]) -> Engine:
    url = f"sqlite:///{path}"
    migrate(url)
    engine = open_writer(url)
    with engine.begin() as connection:
        sync_pack(connection, locality)
    with engine.connect() as connection:
        for done in grow(connection, locality, size, per_report, NOW):
            progress(done, size)
    return engine


def _fastest(*works: tuple[Callable[[], Any], Connection]) -> list[float]:
    """Microseconds each, done by turns, so that what else the machine does bears on all of them."""
    times: list[list[float]] = [[] for _ in works]
    while len(times[0]) < RUNS and sum(map(sum, times)) < LONGEST:
        for (work, connection), taken in zip(works, times, strict=True):
            began = time.perf_counter()
            work()
            taken.append(time.perf_counter() - began)
            if connection.in_transaction():
                connection.commit()
    return [1e6 * sorted(taken)[int(SHARE * len(taken))] for taken in times]


def _works(connection: Connection, here: Filled) -> Mapping[str, Callable[[], Any]]:
    """Everything whose cost must not follow the length of the past."""
    locality = here.town.locality
    number = int(MIDDLE * here.reports)
    row = report_row(connection, number)
    room = rooms_showing(connection, here.reports)[0]
    days = NOW - timedelta(days=1)
    person = _Person(connection, here)
    return {
        "turn: a report's words": person.writes,
        "turn: the words and Gửi": person.sends,
        "my reports": partial(reports_of, connection, row["citizen_id"], 10),
        "a report by its code": partial(report_by_code, connection, row["code"]),
        "its card in the room": partial(rooms.around, connection, [number]),
        "the room's open cards": partial(reports_in_rooms, connection, [room], open_only=True, most=60),
        "the room's done cards": partial(reports_in_rooms, connection, [room], open_only=False, most=60),
        "has the page changed": partial(rooms.touches, connection, rooms.pulse(connection), [room]),
        "reports of the same thing": partial(
            candidates, connection, locality.id, here.categories, WORDS[:12], 7, NOW, 10
        ),
        "due: running clocks": partial(due.running_clocks, connection, locality.id, urgent_only=True),
        "due: unrated": partial(due.unrated, connection, locality.id, days, days - timedelta(days=3)),
        "due: silent": partial(due.silent, connection, locality.id, days),
        "due: drafts": partial(due.drafts_left, connection, locality.id, days),
        "due: pushes": partial(changes_to_push, connection, 200),
        "due: cards": partial(staff_chat.stale_cards, connection, 50),
        "due: deliveries": partial(outbox.waiting, connection, "telegram", "main", NOW, 500),
        "due: pictures": partial(media.pending, connection, NOW, 50),
    }


class _Person:
    """Somebody who reports the same thing again and again, through the whole of a turn."""

    def __init__(self, connection: Connection, here: Filled) -> None:
        self._connection, self._town, self._updates = connection, here.town, 0
        self._prediction = here.town.understanding.understand(TEXT)

    def writes(self) -> None:
        """The words; then the chat is quiet again."""
        self._take(message={**self._common(), "text": TEXT}, undo=True)

    def sends(self) -> None:
        """The words and *Gửi*."""
        self._take(message={**self._common(), "text": TEXT})
        prompt = load_talk(self._connection, "telegram:main:7").prompt
        press = {"id": "1", "from": self._common()["from"], "data": f"{prompt.no}:send", "message": self._common()}
        self._take(callback_query=press)

    def _take(self, *, undo: bool = False, **update: Any) -> None:
        self._updates += 1
        read = parse({"update_id": self._updates, **update}, Reader("main", "", NOW)).incomings
        incoming: Incoming = read[0]
        saved = self._connection.begin_nested() if undo else None
        take_turn(self._connection, incoming, self._prediction if incoming.text else None, self._town, NOW)
        if saved:
            saved.rollback()

    def _common(self) -> dict[str, Any]:
        person = {"id": 7, "is_bot": False, "first_name": "Hoa"}
        return {"message_id": 1, "date": 1795420800, "chat": {"id": 7, "type": "private"}, "from": person}


def as_text(costs: list[Cost], sizes: tuple[int, int]) -> str:
    """A table; what costs more than is allowed is marked."""
    lines = [f"{'µs at':<28}{sizes[0]:>12,}{sizes[1]:>12,}{'×':>8}"]
    lines += [
        f"{one.name:<28}{one.small:>12,.0f}{one.large:>12,.0f}{one.ratio:>8.2f}{' !' if one.ratio > ALLOWED else ''}"
        for one in costs
    ]
    return "\n".join(lines)


def as_json(costs: list[Cost], sizes: tuple[int, int]) -> str:
    """One object."""
    rows = [{"name": one.name, "small": one.small, "large": one.large, "ratio": one.ratio} for one in costs]
    return json.dumps({"sizes": sizes, "costs": rows}, ensure_ascii=False, indent=2)
