"""What has happened to a report, as its card tells it: steps and words in one line of time."""

from dataclasses import dataclass
from datetime import datetime

from bot.cases import agency_name
from bot.town import Town
from dialogs.cards import moment
from dialogs.texts import say
from store.report_notes import NoteView
from store.report_record import Change

NAMES_AN_AGENCY = ("assign", "forward")


@dataclass(frozen=True, slots=True)
class Word:
    """One line of the record. `kind` is a note's kind, or "step"."""

    kind: str
    at: str
    who: str
    what: str
    text: str = ""


def record_of(changes: list[Change], notes: list[NoteView], town: Town) -> tuple[Word, ...]:
    """Everything, oldest first."""
    told: list[tuple[datetime, Word]] = [(change.created_at, _step(change, town)) for change in changes]
    told += [(note.created_at, _note(note)) for note in notes if not _is_told(note, changes)]
    return tuple(word for _, word in sorted(told, key=lambda pair: pair[0]))


def last_word(changes: list[Change], notes: list[NoteView]) -> Word | None:
    """The newest word on a card, if nobody has taken a step since: what the officer has not dealt with yet."""
    steps = [change.created_at for change in changes if change.actor_kind == "officer"]
    if not notes or (steps and notes[-1].created_at < steps[-1]):
        return None
    return _note(notes[-1])


def _step(change: Change, town: Town) -> Word:
    what = say(f"staff.step.{change.trigger}")
    if change.trigger in NAMES_AN_AGENCY:
        what = say("room.to_agency", what=what, agency=agency_name(town, change.agency_id))
    who = say("staff.citizen") if change.actor_kind == "citizen" else change.actor_name or town.locality.bot_name
    return Word("step", moment(change.created_at), who, what, change.note)


def _note(note: NoteView) -> Word:
    who, what = note.author or say("staff.citizen"), say(f"room.note.{note.kind}")
    return Word(note.kind, moment(note.created_at), who, what, note.text)


def _is_told(note: NoteView, changes: list[Change]) -> bool:
    """An answer or a reason to reopen stands in its step already."""
    return any(change.note == note.text and change.created_at == note.created_at for change in changes)
