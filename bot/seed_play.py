"""Playing a story of the demo: each deed is the real step, by a citizen, an officer of that room, or the system."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from sqlalchemy import Connection

from bot import cases, cases_citizen
from bot.officer_turn import staff_key
from bot.outcome import ROOM
from bot.seed_plan import Deed, Story
from bot.town import Town
from dialogs.effects import (
    AddNote,
    AddToReport,
    AnswerQuestion,
    CorrectCategory,
    FileReport,
    Rate,
    Reopen,
    SendAnswer,
    SetUrgent,
    Step,
    Withdraw,
)
from dialogs.texts import say
from dialogs.words import Address, Incoming, Media, Place, ReportView, Sender
from store import conversations, media
from store.consents import give_consent
from store.report_cards import rooms_showing
from store.report_record import SYSTEM, Actor, changes_to_push, mark_pushed
from store.report_views import report_by_code
from store.reports import change_status
from store.staff import OfficerView

DEPUTY = 0.15  # how much rather the room's own officers act than the one who sits in all rooms


@dataclass(frozen=True, slots=True)
class Picture:
    """A painted picture in the media store."""

    blob: str
    size: int


@dataclass(slots=True)
class Case:
    """One story under way; `done` counts its deeds so far."""

    story: Story
    code: str
    address: Address
    before: Picture | None = None  # as the citizen saw it
    after: Picture | None = None  # as the officers left it
    citizen_id: int = 0
    officer: OfficerView | None = None
    done: int = 0


@dataclass(frozen=True, slots=True)
class Stage:
    """Where and by whom the stories are played."""

    connection: Connection
    town: Town
    dice: Random
    officers: tuple[OfficerView, ...]


def play_next(stage: Stage, case: Case, now: datetime) -> None:
    """Take the story's next step: the filing, then deed after deed. The citizen counts as told of it."""
    if not case.citizen_id:
        _file(stage, case, now)
    else:
        deed = case.story.life[case.done]
        DEEDS[deed.verb](stage, case, deed, now)
        case.done += 1
    for change in changes_to_push(stage.connection, 10):
        mark_pushed(stage.connection, change.id, now)


# ---------------------------------------------------------------- the citizen


def _file(stage: Stage, case: Case, now: datetime) -> None:
    story, connection = case.story, stage.connection
    hello = Incoming(case.address, Sender(case.address.chat), "text", case.code, now, text=story.text)
    case.citizen_id = conversations.person_at(connection, hello, stage.town.locality.id, now).citizen_id
    if story.name:
        give_consent(connection, case.citizen_id, "contact", say("report.consent"), now)
    pictures = _keep(stage, case.before, case.address, case.address.key, now)
    cases.file_report(connection, stage.town, _report(stage, case, pictures), case.citizen_id, case.address, now)


def _report(stage: Stage, case: Case, pictures: tuple[str, ...]) -> FileReport:
    """The report as the citizen confirmed it; what the machine made of the words is what it really makes of them."""
    story = case.story
    heard = stage.town.understanding.understand(story.text)
    likeliest, confidence = heard.alternatives[0] if heard.alternatives else (story.category, 0.9)
    return FileReport(
        code=case.code,
        text=story.text,
        category=story.category,
        predicted_category=likeliest,
        confidence=confidence,
        place=Place(story.place, story.commune, story.old, (), *(story.pin or (None, None))),
        media=pictures,
        public_text=heard.public_text,
        why=heard.why if likeliest == story.category else (),
        urgent=story.urgent,
        sensitive=story.sensitive,
        anonymous=not story.name,
        name=story.name,
        phone=story.phone,
    )


def _answer(stage: Stage, case: Case, deed: Deed, now: datetime) -> None:
    effect = AnswerQuestion(case.code, deed.words)
    cases_citizen.answer_question(stage.connection, stage.town, effect, case.citizen_id, case.address.key, now)


def _add(stage: Stage, case: Case, deed: Deed, now: datetime) -> None:
    words = AddToReport(case.code, deed.words)
    cases_citizen.add_to_report(stage.connection, stage.town, words, case.citizen_id, case.address.key, now)


def _rate(stage: Stage, case: Case, deed: Deed, now: datetime) -> None:
    solved, satisfaction = deed.words.split()
    cases_citizen.rate(stage.connection, Rate(case.code, int(solved), int(satisfaction)), case.citizen_id, now)


def _reopen(stage: Stage, case: Case, deed: Deed, now: datetime) -> None:
    again = Reopen(case.code, deed.words)
    cases_citizen.reopen(stage.connection, stage.town, again, case.citizen_id, case.address.key, now)


def _withdraw(stage: Stage, case: Case, deed: Deed, now: datetime) -> None:
    cases_citizen.withdraw(stage.connection, Withdraw(case.code), case.citizen_id, now)


# ---------------------------------------------------------------- the officers, and the system


@dataclass(frozen=True, slots=True)
class Hand:
    """The officer who acts, on the report as it stands, in the room that has it."""

    report: ReportView
    officer: OfficerView
    room: Address

    @property
    def actor(self) -> Actor:
        """As the record names them."""
        return Actor("officer", str(self.officer.id), self.officer.name)

    @property
    def key(self) -> str:
        """The conversation of this officer on this card."""
        return staff_key(self.room.key, self.officer.id, self.report.code)


def _hand(stage: Stage, case: Case) -> Hand:
    """Whoever had the case goes on with it; in another room it is somebody there."""
    report = _report_of(stage, case)
    room = rooms_showing(stage.connection, report.id)[-1]
    if case.officer is None or room not in case.officer.rooms:
        there = [officer for officer in stage.officers if room in officer.rooms]
        case.officer = stage.dice.choices(there, [1.0 if len(one.rooms) <= 2 else DEPUTY for one in there])[0]
    return Hand(report, case.officer, Address(ROOM, "web", room))


def _report_of(stage: Stage, case: Case) -> ReportView:
    report = report_by_code(stage.connection, case.code)
    assert report is not None, "a case begins with its filing"
    return report


def _step(stage: Stage, case: Case, deed: Deed, now: datetime) -> None:
    what = {"agency": deed.words} if deed.verb == "forward" else {"note": deed.words}
    _take(stage, _hand(stage, case), deed.verb, now, **what)
    if deed.verb == "forward":
        case.officer = None  # somebody there goes on


def _resolve(stage: Stage, case: Case, deed: Deed, now: datetime) -> None:
    hand = _hand(stage, case)
    is_last = "resolve" not in [later.verb for later in case.story.life[case.done + 1 :]]
    pictures = _keep(stage, case.after if is_last else None, hand.room, hand.key, now)
    why = "" if pictures else case.story.no_photo
    _take(stage, hand, "resolve", now, note=deed.words, media=pictures, no_photo_reason=why)


def _take(stage: Stage, hand: Hand, step: str, now: datetime, **what: Any) -> None:
    effect = Step(hand.report.code, hand.report.version, step, **what)
    cases.take_step(stage.connection, stage.town, effect, hand.actor, hand.key, now)


def _note(stage: Stage, case: Case, deed: Deed, now: datetime) -> None:
    cases.note_internal(stage.connection, AddNote(case.code, deed.words), _hand(stage, case).officer, now)


def _tell(stage: Stage, case: Case, deed: Deed, now: datetime) -> None:
    cases.note_answer(stage.connection, SendAnswer(case.code, deed.words), _hand(stage, case).officer, now)


def _correct(stage: Stage, case: Case, deed: Deed, now: datetime) -> None:
    hand = _hand(stage, case)
    effect = CorrectCategory(case.code, hand.report.version, deed.words)
    cases.correct_category(stage.connection, stage.town, effect, hand.actor, now)


def _urgent(stage: Stage, case: Case, deed: Deed, now: datetime) -> None:
    hand = _hand(stage, case)
    effect = SetUrgent(case.code, hand.report.version, urgent=True)
    cases.set_urgent(stage.connection, stage.town, effect, hand.actor, now)


def _close(stage: Stage, case: Case, deed: Deed, now: datetime) -> None:
    one = _report_of(stage, case)
    change_status(stage.connection, one.id, one.version, "close", SYSTEM, now, closed_at=now)


def _keep(stage: Stage, picture: Picture | None, address: Address, key: str, now: datetime) -> tuple[str, ...]:
    """Enter a painted picture as one that has arrived in this conversation and been cleaned."""
    if picture is None:
        return ()
    item = Media("image", f"upload:{picture.blob}", "image/jpeg", picture.size)
    kept = media.insert_pending(stage.connection, item, address, key, stage.town.locality.id, now)
    media.mark_stored(stage.connection, int(kept.ref), picture.blob, item.mime, picture.size, None)
    return (kept.ref,)


DEEDS: dict[str, Callable[[Stage, Case, Deed, datetime], None]] = {
    "answer": _answer,
    "add": _add,
    "rate": _rate,
    "reopen": _reopen,
    "withdraw": _withdraw,
    "accept": _step,
    "forward": _step,
    "ask": _step,
    "reject": _step,
    "resolve": _resolve,
    "note": _note,
    "tell": _tell,
    "correct": _correct,
    "urgent": _urgent,
    "close": _close,
}
