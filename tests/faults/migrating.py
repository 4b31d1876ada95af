"""A migration in a process of its own that kills itself (SIGKILL) at a named point."""

import os
import signal
from multiprocessing.connection import Connection as Line
from typing import Any

from sqlalchemy import Engine, event

from store.database import migrate

# the point: the statement that is never made
POINTS = {
    "among the first tables": "CREATE TABLE report ",
    "before the first is noted as made": "INSERT INTO alembic_version",
    "where rows wait in another table": "DROP TABLE kept_word",
}


def migrate_until(_line: Line, url: str, point: str) -> None:
    """Bring the schema up to date, and die before that point's statement."""
    words = POINTS[point]

    @event.listens_for(Engine, "before_cursor_execute")
    def burn(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if words in statement:
            os.kill(os.getpid(), signal.SIGKILL)

    migrate(url)
