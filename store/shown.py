"""What a chat was shown of a report: what still waits is dropped, what stands there is named."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from store.outbox import UNDER_WAY
from store.tables.base import table
from store.tables.delivery import Outbox
from store.tables.talk import Message

_outbox, _message = table(Outbox), table(Message)


def drop_waiting(connection: Connection, address_key: str, report_id: int, now: datetime) -> None:
    """What waits to be sent there about this report is not sent any more."""
    about = select(_message.c.id).where(_message.c.conversation_key == address_key, _message.c.report_id == report_id)
    waits = (_outbox.c.state == "queued", UNDER_WAY, _outbox.c.message_id.in_(about))
    connection.execute(update(_outbox).where(*waits).values(state="failed", error="kept from there", done_at=now))


def standing(connection: Connection, address_key: str, report_id: int) -> list[int]:
    """Our messages there about this report, on their way too, oldest first; each once, however often it was edited."""
    ours = (
        _message.c.report_id == report_id,
        _message.c.conversation_key == address_key,
        _message.c.direction == "out",
    )
    rows = connection.execute(select(_message.c.id, _message.c.external_id).where(*ours).order_by(_message.c.id)).all()
    on_its_way = select(_outbox.c.message_id).where(UNDER_WAY, _outbox.c.message_id.in_([row.id for row in rows]))
    sending = set(connection.execute(on_its_way).scalars())
    found: dict[str, int] = {}
    for row in rows:
        if row.external_id or row.id in sending:
            found.setdefault(row.external_id or f"under way {row.id}", row.id)
    return list(found.values())
