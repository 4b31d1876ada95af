"""The books after the storm: what the database says, held against what the people know."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, func, select

from bot.bench.faults_people import World
from dialogs.words import Status
from store.lifecycle import next_status
from store.report_record import broken_links
from store.tables.base import table
from store.tables.delivery import Outbox
from store.tables.reports import Report, StatusChange
from store.tables.talk import InboxFailure, InboxKey, Message

_key, _failure, _message, _outbox = table(InboxKey), table(InboxFailure), table(Message), table(Outbox)
_report, _change = table(Report), table(StatusChange)

FILED = "Mã phản ánh: "
REPLACED = "replaced by a newer one"  # a card that changed before it was shown


@dataclass(slots=True)
class Books:
    """What was found. Everything but the counts of the first lines shall be 0."""

    acknowledged: int = 0
    reports: int = 0
    accepted: int = 0
    delivered: int = 0
    unknown: int = 0  # answers of which nobody knows whether they arrived, and are not sent again
    shown_twice: int = 0  # messages that stand twice in a chat
    lost: int = 0  # acknowledged, and not in the database
    taken_twice: int = 0  # one update, two effects
    failed: int = 0  # turns that raised
    wrong_steps: int = 0
    said_twice: int = 0  # one effect, two messages in the outbox
    never_shown: int = 0  # marked sent, and no chat shows it
    unexplained: int = 0  # shown twice, and neither unknown nor sent again after a stop
    undelivered: int = 0  # still waiting at the end
    examples: list[str] = field(default_factory=list)

    @property
    def faults(self) -> int:
        """How much is wrong."""
        wrong = (self.lost, self.taken_twice, self.failed, self.wrong_steps, self.said_twice)
        return sum(wrong) + self.never_shown + self.unexplained + self.undelivered

    def note(self, what: str, where: object) -> int:
        """One fault, for whoever looks for its cause."""
        if len(self.examples) < 20:
            self.examples.append(f"{what}: {where}")
        return 1


def audit(connection: Connection, world: World) -> Books:
    """Compare."""
    books = Books(
        acknowledged=sum(map(len, world.acknowledged.values())),
        reports=connection.execute(select(func.count()).select_from(_report)).scalar_one(),
        failed=connection.execute(select(func.count()).select_from(_failure)).scalar_one(),
        delivered=len(world.shown),
    )
    _arrivals(connection, world, books)
    for chat, rows in _talks(connection).items():
        _steps(chat, rows, books)
    _lives(connection, books)
    _deliveries(connection, world, books)
    return books


def _arrivals(connection: Connection, world: World, books: Books) -> None:
    """Each acknowledged update has left its key; a citizen's has left one message."""
    keys = {tuple(key.split("|")[:2]) for key in connection.execute(select(_key.c.key)).scalars()}
    known = {(chat.split(":")[2], number) for chat, number in keys}
    heard = _talks(connection)
    for chat, numbers in world.acknowledged.items():
        for number in numbers:
            if (chat, str(number)) not in known:
                books.lost += books.note("lost", (chat, number))
        said = sum(row["direction"] == "in" for row in heard.get(chat, ()))
        if not chat.startswith("-") and said != len(numbers):
            books.taken_twice += abs(said - len(numbers)) * books.note("heard and acknowledged", (chat, said, numbers))


def _talks(connection: Connection) -> dict[str, list[Any]]:
    talks: dict[str, list[Any]] = defaultdict(list)
    for row in connection.execute(select(_message).order_by(_message.c.id)).mappings():
        talks[row["conversation_key"].split(":")[2]].append(row)
    return talks


def _steps(chat: str, rows: Sequence[Any], books: Books) -> None:
    """Every press of a button that was offered last has the answer that it leads to; a press of another has none."""
    if chat.startswith("-"):
        return
    offered: set[str] = set()
    for said, answers in _turns(rows):
        pressed = said["part"]["choice"]
        filed = sum(FILED in row["part"]["text"] for row in answers)
        asks = any(map(_asked, answers))
        ends = pressed.rpartition(":")[2] in ("send", "none")
        right = (filed == 1 or asks) if pressed in offered and ends else filed == 0
        if not right or filed > 1 or (not pressed and not answers):
            books.wrong_steps += books.note("wrong step", (chat, said["id"], pressed, filed, sorted(offered)))
        asked = [_asked(row) for row in answers if _asked(row)]
        if asked or filed:  # filing the first of two matters shows the card of the second in the same turn
            offered = asked[-1] if asked else set()


def _asked(row: Any) -> set[str]:
    """The buttons of a prompt; those of a notice are commands."""
    return {choice["id"] for choice in row["part"].get("choices", ()) if not choice["id"].startswith("/")}


def _turns(rows: Iterable[Any]) -> Iterator[tuple[Any, list[Any]]]:
    """What was said, and the answers to it: those that name no report by a push come from the same transaction."""
    said: Any = None
    answers: list[Any] = []
    for row in rows:
        if row["direction"] == "in":
            if said:
                yield said, answers
            said, answers = row, []
        else:
            answers.append(row)
    if said:
        yield said, answers


def _lives(connection: Connection, books: Books) -> None:
    """Every report has one unbroken life, each step allowed by the table; one filed answer for each."""
    lives: dict[int, list[Any]] = defaultdict(list)
    for row in connection.execute(select(_change).order_by(_change.c.report_id, _change.c.version)).mappings():
        lives[row["report_id"]].append(row)
    for report_id, changes in lives.items():
        books.accepted += sum(row["trigger"] == "accept" for row in changes)
        steps = [row for row in changes if row["from_status"]]
        wrong = [row for row in steps if _leads(row) != row["to_status"]]
        joined = all(one["to_status"] == two["from_status"] for one, two in itertools.pairwise(changes))
        if wrong or not joined or broken_links(connection, report_id):
            books.wrong_steps += books.note("life", [(row["trigger"], row["to_status"]) for row in changes])
    filed = Counter(row["part"]["text"].partition(FILED)[2][:12] for row in _out(connection) if _is_filing(row))
    if len(filed) != books.reports:
        books.wrong_steps += books.note("reports and answers", (books.reports, len(filed)))


def _leads(row: Any) -> str:
    found = next_status(Status(row["from_status"]), row["trigger"])
    return found.value if found else ""


def _out(connection: Connection) -> list[Any]:
    found = (
        select(_message, _outbox.c.state, _outbox.c.attempts, _outbox.c.chat, _outbox.c.error)
        .join(_outbox, _outbox.c.message_id == _message.c.id)
        .order_by(_message.c.id)
    )
    return list(connection.execute(found).mappings())


def _is_filing(row: Any) -> bool:
    return FILED in row["part"]["text"]


def _deliveries(connection: Connection, world: World, books: Books) -> None:
    """New messages by chat and text: as many as there are rows; more only where a stop left it open."""
    out = _out(connection)
    rows = [row for row in out if not row["part"].get("edit_of")]
    # an edit of what was never seen to arrive is sent as a message of its own (bot/outbox.py)
    in_place = Counter((row["chat"], _plain(row["part"]["text"])) for row in out if row["part"].get("edit_of"))
    shown = Counter((one.chat, _plain(one.text)) for one in world.shown if not one.is_edit)
    kinds: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in rows:
        kinds[row["chat"], _plain(row["part"]["text"])].append(row)
        books.unknown += row["state"] == "unknown"
        books.undelivered += row["state"] in ("queued", "sending")
        if row["state"] == "failed" and row["error"] != REPLACED:
            books.undelivered += books.note("failed", row["id"])
    for kind, same in kinds.items():
        sent = sum(row["state"] == "sent" for row in same)
        left_open = sum(row["attempts"] - (row["state"] == "sent") for row in same)  # tries that nobody knows of
        extra = shown[kind] - sent
        if extra < 0:
            books.never_shown -= extra * books.note("never shown", kind)
        books.shown_twice += max(0, shown[kind] - len(same))
        if extra > left_open + in_place[kind]:
            books.unexplained += (extra - left_open - in_place[kind]) * books.note("shown too often", kind)
        if FILED in kind[1] and len(same) > 1:
            books.said_twice += (len(same) - 1) * books.note("said twice", kind)


def _plain(text: str) -> str:
    return " ".join(text.split())
