"""What a transaction leaves to the work behind the doors, so that a commit wakes only who has something to do."""

from sqlalchemy import Connection

LEFT = "errands"
CHANGES, CARDS, PICTURES = "changes", "cards", "pictures"


def outbox_of(channel: str) -> str:
    """Messages to be delivered on a channel."""
    return f"outbox {channel}"


def leave(connection: Connection, errand: str) -> None:
    """There is something to do after this transaction. Left and rolled back, it is only a look in vain."""
    connection.info.setdefault(LEFT, set()).add(errand)


def take(connection: Connection) -> set[str]:
    """What this transaction has left, once."""
    found: set[str] = connection.info.pop(LEFT, set())
    return found
