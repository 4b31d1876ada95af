"""A town's past made up, for measuring at any size: closed reports with their talk, then those of the last days."""

import itertools
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from dialogs.words import OPEN_STATUSES, Locality, Status
from store.codes import ALPHABET, BODY_LENGTH, check_character, spell
from store.hot import Hot, entering
from store.routing import route
from store.tables.base import table
from store.tables.delivery import Outbox
from store.tables.people import Citizen, Identity
from store.tables.reports import Report, ReportWord, StatusChange
from store.tables.staff import StaffCard
from store.tables.talk import Conversation, Message

CHUNK = 5_000  # reports in one transaction
LIVE = 1_000  # reports that are still open or wait for their rating, however long the past
LIVE_DAYS, PAST_DAYS = 14, 3 * 365
PER_CITIZEN = 3
LIFE = (("file", "", "received"), ("assign", "received", "assigned"), ("close", "assigned", "closed"))
LIVE_STATUS = (Status.RECEIVED, Status.ASSIGNED, Status.IN_PROGRESS, Status.ASSIGNED, Status.RESOLVED)
WORDS = [
    "đường",
    "hỏng",
    "cống",
    "tắc",
    "đèn",
    "tắt",
    "rác",
    "đầy",
    "nước",
    "đục",
    "trâu",
    "bò",
    "loa",
    "to",
    "cây",
    "đổ",
    "điện",
    "chập",
    "xe",
    "đỗ",
]

CITIZENS = entering(table(Citizen), "id locality_id name phone created_at")
ADDRESSES = entering(table(Identity), "id citizen_id address_key channel account chat thread display_name created_at")
TALKS = entering(table(Conversation), "key locality_id dialog state memory prompt_no prompt seq updated_at")
MESSAGES = entering(table(Message), "id conversation_key direction seq part report_id external_id created_at")
SENT = entering(
    table(Outbox),
    "message_id channel account chat thread address_key lane state attempts error collapse_key not_before created_at"
    " done_at",
)
REPORTS = entering(
    table(Report),
    "id locality_id code citizen_id address_key status version text public_text category predicted_category confidence"
    " why place_text commune agency_id urgent satisfaction created_at accepted_at resolved_at closed_at due_at",
)
KEYWORDS = entering(table(ReportWord), "term report_id")
CHANGES = entering(
    table(StatusChange),
    "report_id version trigger from_status to_status actor_kind agency_id created_at pushed_at hash previous_hash",
)
CARDS = entering(table(StaffCard), "report_id room_id stale photos additions created_at")


def grow(connection: Connection, locality: Locality, reports: int, per_report: int, now: datetime) -> Iterator[int]:
    """Fill an empty town with `reports` reports of `per_report` messages each; yields how many there are so far."""
    past = _Past(locality, reports, per_report, now)
    for first in range(1, reports + 1, CHUNK):
        numbers = range(first, min(first + CHUNK, reports + 1))
        for statement, rows in past.rows(numbers):
            statement.many(connection, rows)
        connection.commit()
        yield numbers[-1]


class _Past:
    """The rows of some reports; the same for the same number."""

    def __init__(self, locality: Locality, reports: int, per_report: int, now: datetime) -> None:
        self._locality, self._reports, self._per_report, self._now = locality, reports, per_report, now
        self._categories = list(locality.categories)
        self._communes = list(locality.communes)

    def rows(self, numbers: Sequence[int]) -> Iterator[tuple[Hot, list[dict[str, Any]]]]:
        """Every table's rows, parents first."""
        newcomers = [number for number in numbers if number % PER_CITIZEN == 1]
        yield CITIZENS, [self._citizen(number) for number in newcomers]
        yield ADDRESSES, [self._address(number) for number in newcomers]
        yield TALKS, [self._talk(number) for number in newcomers]
        yield REPORTS, [self._report(number) for number in numbers]
        yield KEYWORDS, [row for number in numbers for row in self._keywords(number)]
        yield CHANGES, list(itertools.chain.from_iterable(map(self._changes, numbers)))
        yield CARDS, [self._card(number) for number in numbers]
        yield MESSAGES, list(itertools.chain.from_iterable(map(self._messages, numbers)))
        yield SENT, list(itertools.chain.from_iterable(map(self._sent, numbers)))

    def _at(self, number: int) -> datetime:
        left = self._reports - number
        if left < LIVE:
            return self._now - timedelta(days=LIVE_DAYS) * (left / LIVE)
        return self._now - timedelta(days=LIVE_DAYS) - timedelta(days=PAST_DAYS) * (left / self._reports)

    def _who(self, number: int) -> tuple[int, str]:
        citizen = (number - 1) // PER_CITIZEN + 1
        return citizen, f"telegram:main:{citizen}"

    def _where(self, number: int) -> tuple[str, str, str, str]:
        category, commune = self._categories[number % len(self._categories)], self._communes[number % 9]
        return category, commune, *route(self._locality, category, commune, sensitive=False)

    def _citizen(self, number: int) -> dict[str, Any]:
        known = {"locality_id": self._locality.id, "name": "", "phone": ""}
        return {"id": self._who(number)[0], **known, "created_at": self._at(number)}

    def _address(self, number: int) -> dict[str, Any]:
        citizen, key = self._who(number)
        where = {"address_key": key, "channel": "telegram", "account": "main", "chat": str(citizen), "thread": ""}
        named = {"citizen_id": citizen, "display_name": "", "created_at": self._at(number)}
        return {"id": citizen, **where, **named}

    def _talk(self, number: int) -> dict[str, Any]:
        idle = {"dialog": "", "state": "", "memory": {}, "prompt_no": 2, "prompt": None, "seq": self._per_report}
        key, locality = self._who(number)[1], self._locality.id
        return {"key": key, "locality_id": locality, **idle, "updated_at": self._at(number)}

    def _report(self, number: int) -> dict[str, Any]:
        (citizen, key), (category, commune, agency, _), at = self._who(number), self._where(number), self._at(number)
        status = self._status(number)
        over = status is Status.CLOSED
        text = " ".join(self._words(number))
        return {
            "id": number,
            "locality_id": self._locality.id,
            "code": _code(self._locality.code_prefix, number),
            "citizen_id": citizen,
            "address_key": key,
            "status": status.value,
            "version": len(LIFE) if over else 2,
            "text": text,
            "public_text": text,
            "category": category,
            "predicted_category": category,
            "confidence": 0.9,
            "why": [],
            "place_text": f"xóm {number % 11 + 1}",
            "commune": commune,
            "agency_id": agency,
            "urgent": number % 50 == 0,
            "satisfaction": 2 if over else None,
            "created_at": at,
            "accepted_at": at,
            "resolved_at": at if over or status is Status.RESOLVED else None,
            "closed_at": at if over else None,
            "due_at": at + timedelta(days=5),
        }

    def _keywords(self, number: int) -> list[dict[str, Any]]:
        """Only of those that a new report may resemble; the others' are forgotten."""
        is_found = self._reports - number < LIVE and self._status(number) in OPEN_STATUSES
        category = self._where(number)[0]
        return [{"report_id": number, "term": f"{category} {word}"} for word in self._words(number) * is_found]

    def _words(self, number: int) -> list[str]:
        return list(dict.fromkeys(WORDS[number * step % len(WORDS)] for step in (1, 3, 5, 7, 11, 13)))

    def _status(self, number: int) -> Status:
        return Status.CLOSED if self._reports - number >= LIVE else LIVE_STATUS[number % len(LIVE_STATUS)]

    def _changes(self, number: int) -> Iterator[dict[str, Any]]:
        at, agency = self._at(number), self._where(number)[2]
        life = LIFE if self._status(number) is Status.CLOSED else LIFE[:2]
        for version, (trigger, was, now_is) in enumerate(life, 1):
            step = {"version": version, "trigger": trigger, "from_status": was, "to_status": now_is}
            proof = {"hash": str(number), "previous_hash": ""}
            who = {"actor_kind": "system", "agency_id": agency, "created_at": at, "pushed_at": at}
            yield {"report_id": number, **step, **proof, **who}

    def _card(self, number: int) -> dict[str, Any]:
        shown = {"stale": True, "photos": 0, "additions": 0, "created_at": self._at(number)}
        return {"report_id": number, "room_id": self._where(number)[3], **shown}

    def _messages(self, number: int) -> Iterator[dict[str, Any]]:
        key, at = self._who(number)[1], self._at(number)
        for one in range(self._per_report):
            id_ = (number - 1) * self._per_report + one + 1
            ours = one % 2 == 1
            said = {"direction": "out" if ours else "in", "seq": one if ours else None, "part": {"text": "…" * 40}}
            sent = {"report_id": number if ours else None, "external_id": str(id_) if ours else ""}
            yield {"id": id_, "conversation_key": key, **said, **sent, "created_at": at}

    def _sent(self, number: int) -> Iterator[dict[str, Any]]:
        citizen, key = self._who(number)
        at = self._at(number)
        where = {"channel": "telegram", "account": "main", "chat": str(citizen), "thread": "", "address_key": key}
        state = {"lane": 0, "state": "sent", "attempts": 1, "error": "", "collapse_key": ""}
        for one in range(1, self._per_report, 2):
            times = {"not_before": at, "created_at": at, "done_at": at}
            yield {"message_id": (number - 1) * self._per_report + one + 1, **where, **state, **times}


def _code(prefix: str, number: int) -> str:
    body = ""
    for _ in range(BODY_LENGTH):
        number, letter = divmod(number, len(ALPHABET))
        body += ALPHABET[letter]
    return spell(prefix, body + check_character(body))
