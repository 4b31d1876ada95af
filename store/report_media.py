"""Which of the pictures that came in belong to a report."""

from collections.abc import Sequence

from sqlalchemy import Connection, insert, literal, select, update

from store.columns import our_id
from store.tables.base import table
from store.tables.reports import Media

_media = table(Media)


def attach_media(
    connection: Connection, report_id: int, refs: Sequence[str], conversation_key: str, side: str = "before"
) -> None:
    """Give media that came in through this conversation, and no other, to a report."""
    ids = [number for number in map(our_id, refs) if number is not None]
    if ids:
        connection.execute(
            update(_media)
            .where(_media.c.id.in_(ids), _media.c.conversation_key == conversation_key, _media.c.report_id.is_(None))
            .values(report_id=report_id, side=side)
        )


def share_media(connection: Connection, report_id: int, refs: Sequence[str], conversation_key: str) -> None:
    """Copy media of this conversation that another report has already: two problems in one message, one picture."""
    ids = [number for number in map(our_id, refs) if number is not None]
    if not ids:
        return
    names = [column.name for column in _media.c if column.name not in ("id", "report_id")]
    taken = (_media.c.id.in_(ids), _media.c.conversation_key == conversation_key, _media.c.report_id.is_not(None))
    found = select(literal(report_id), *(_media.c[name] for name in names)).where(*taken).order_by(_media.c.id)
    connection.execute(insert(_media).from_select(["report_id", *names], found, include_defaults=False))
