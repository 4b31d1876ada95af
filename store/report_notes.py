"""The words on a report that change no status."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from store.report_cards import cards_changed
from store.tables.base import table
from store.tables.reports import Note

_note = table(Note)


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
