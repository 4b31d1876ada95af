"""The cards in chat groups: posted once, edited in place as the report goes on, posted again when deleted."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import islice

from sqlalchemy import Connection

from bot.background import Background
from bot.cases import agency_name
from bot.links import with_urls
from bot.room_reports import is_here, taken_by, was_corrected
from bot.similar import alike_line
from bot.town import Town
from dialogs.cards import moment, place_line, shorten
from dialogs.render import render
from dialogs.staff_card import card_buttons, group_buttons
from dialogs.staff_merge import can_be_merged
from dialogs.texts import say
from dialogs.words import (
    OPEN_STATUSES,
    Address,
    Capabilities,
    Choice,
    Locality,
    Media,
    Outgoing,
    Part,
    ReportView,
    Status,
    Talk,
)
from store import conversations, outbox, similar, staff_chat
from store.errands import CARDS
from store.locks import held_elsewhere
from store.report_notes import NoteView, notes_of
from store.report_record import Change, changes_of
from store.report_views import report_row, view_of
from store.staff_chat import CardRow
from store.writer import Writer

SWEEP = 50
LAST_NOTES = 3
# Zalo's number of the refusal (connectors/zalo_oa_wire.py) → what officers read; any other is the window of seven days
HELD = {
    "(-211)": "group.card.held_package",
    "(-321)": "group.card.held_package",
    "(-218)": "group.card.held_enough",
    "(-311)": "group.card.held_enough",
}
WHOLE = 100_000  # characters: more than anybody writes
CUTS = (WHOLE, 1200, 400, 100)  # how much of each text a card shows, until it is one message with its buttons


class CardPoster(Background):
    """Writes cards anew after each commit that changed a report."""

    name = "cards"
    errand = CARDS

    def __init__(self, town: Town, writer: Writer, clock: Callable[[], datetime]) -> None:
        super().__init__()
        self.town, self._writer, self._clock = town, writer, clock

    async def step(self) -> int:
        """Queue what is out of date; returns how many cards that were."""
        return await self._writer.write(lambda connection: post_cards(connection, self.town, self._clock()))


def post_cards(connection: Connection, town: Town, now: datetime) -> int:
    """Queue every stale card, urgent ones first; edits of one card that wait are one edit (collapse key)."""
    cards = staff_chat.stale_cards(connection, SWEEP)
    busy = held_elsewhere(connection, {card.address_key for card in cards})
    free = [card for card in cards if card.address_key not in busy]
    for card in free:
        _post(connection, card, town, now)
    return len(free)


def _post(connection: Connection, card: CardRow, town: Town, now: datetime) -> None:
    row = report_row(connection, card.report_id)
    report, address = view_of(connection, row), Address.of(card.address_key)
    lane = outbox.REPLY if report.urgent else outbox.NOTICE
    unreached = _unreached(connection, row["address_key"])
    written = partial(card_outgoing, connection, report, card.room_id, town, now, unreached)
    edit_of = str(card.message_id) if card.message_id else ""
    part = _one_message(written, edit_of, town.capabilities[address.channel])
    queue = partial(outbox.queue_part, connection, address, now=now, lane=lane, report_id=report.id)
    message_id = queue(part, collapse_key=f"card:{card.id}")
    photos = staff_chat.stored_photos(connection, report.id)
    additions = [note for note in notes_of(connection, report.id) if note.kind == "addition"]
    for extra in _news(report, card, photos, additions, town):
        for piece in render(extra, town.capabilities[address.channel], 0):
            queue(piece)
    staff_chat.card_shown(connection, card.id, card.message_id or message_id, len(photos), len(additions))
    if conversations.load_talk(connection, address.key).updated_at is None:
        conversations.save_talk(connection, address.key, Talk(), town.locality.id, now)


def _due(report: ReportView) -> str:
    if report.status not in OPEN_STATUSES:
        return ""
    if report.paused_at:
        return say("group.card.paused", at=moment(report.paused_at))
    return say("group.card.due", at=moment(report.due_at)) if report.due_at else ""


def _unreached(connection: Connection, address_key: str) -> str:
    """Why the citizen does not read what we say, if so."""
    if staff_chat.citizen_gone(connection, address_key):
        return say("group.card.gone")
    why = outbox.held_back(connection, address_key)
    return "" if why is None else say(next((text for code, text in HELD.items() if code in why), "group.card.held"))


def _one_message(written: Callable[[int], Outgoing], edit_of: str, capabilities: Capabilities) -> Part:
    """The card with as much of what people wrote as one message holds: its buttons stand under it, it is edited."""
    for most in CUTS:
        parts = render(replace(written(most), edit_of=edit_of), capabilities, 0)
        if len(parts) == 1:
            break
    return parts[-1]


def _news(
    report: ReportView, card: CardRow, photos: list[int], additions: list[NoteView], town: Town
) -> list[Outgoing]:
    """What an edit cannot show, or what must be noticed: new pictures, and new words of the citizen."""
    known = {int(item.ref): item for item in report.media}
    fresh: list[Media] = [known[ref] for ref in photos[card.photos :] if ref in known]
    news = []
    for item in fresh:  # each by itself: of an album only one message could be answered, or taken away again
        news.append(Outgoing(say("group.photos", code=report.code), media=with_urls((item,), town)))
    first_time = card.message_id is None
    for note in () if first_time else islice(additions, card.additions, None):
        news.append(Outgoing(say("group.addition", code=report.code, text=note.text)))
    return news


def _alike(connection: Connection, report: ReportView, town: Town, now: datetime) -> str:
    if not can_be_merged(report, town.locality):
        return ""
    return alike_line(similar.alike(connection, [report.id])[report.id], town, now)


def card_outgoing(
    connection: Connection,
    report: ReportView,
    room_id: str,
    town: Town,
    now: datetime,
    unreached: str = "",
    most: int = WHOLE,
) -> Outgoing:
    """The card as a message with its buttons; of each thing that somebody wrote at most so many characters."""
    locality, changes = town.locality, changes_of(connection, report.id)
    follows, buttons = _what_is_left(report, room_id, changes, town)
    notes = notes_of(connection, report.id)[-LAST_NOTES:]
    head = say("group.card.head", code=report.code, status=say(f"status.name.{report.status}"))
    rows = [
        say("group.card.urgent", head=head) if report.urgent else head,
        _category(report, changes, locality),
        say("card.place", place=place_line(report.place, locality) or say("card.no_place")),
        say("track.agency", agency=agency_name(town, report.agency)) if report.agency else "",
        taken_by(report, changes),
        _due(report),
        "",
        shorten(report.text, most),
        say("similar.more", count=report.followers) if report.followers else "",
        _alike(connection, report, town, now),
        *(say(f"group.card.note_{note.kind}", who=note.author, text=shorten(note.text, most)) for note in notes),
        say("track.question", question=shorten(report.question, most)) if report.question else "",
        say("track.outcome", outcome=shorten(report.outcome, most)) if report.outcome else "",
        unreached,
        follows,
        say("group.card.cut", code=report.code) if most < WHOLE else "",
    ]
    return Outgoing("\n".join(row for row in rows if row), buttons)


def _category(report: ReportView, changes: Sequence[Change], locality: Locality) -> str:
    """The field: how sure the machine is of it and why, unless an officer has put it right or a citizen chose it."""
    name = locality.categories[report.category].short
    if was_corrected(changes):
        return say("staff.card.category", category=name, sure=say("room.corrected"))
    if not report.confidence:
        return say("staff.card.unsure", category=name)
    sure = say("staff.card.percent", percent=round(report.confidence * 100))
    category = say("staff.card.category", category=name, sure=sure)
    return say("group.card.why", category=category, why=", ".join(report.why)) if report.why else category


def _what_is_left(
    report: ReportView, room_id: str, changes: Sequence[Change], town: Town
) -> tuple[str, tuple[Choice, ...]]:
    """(what is said of it, its buttons): a room that has sent it on follows it, and may first send it elsewhere."""
    room = town.locality.rooms.get(room_id)
    if is_here(report, (room_id,), town) or (room and room.kind != "agency"):
        return "", group_buttons(report)
    fresh = report.status is Status.ASSIGNED and [change.trigger for change in changes[-1:]] == ["forward"]
    key = "staff.sent_by_you" if fresh else "staff.sent_on"
    words = say(key, code=report.code, agency=agency_name(town, report.agency))
    return words, tuple(button for button in card_buttons(report) if fresh and " forward:" in button.id)
