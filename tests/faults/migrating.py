"""A migration in a process of its own that kills itself before its n-th statement.

python -m tests.faults.migrating URL N
"""

import os
import signal
import sys
from typing import Any

from sqlalchemy import Engine, event

from store.database import migrate


def main(url: str, count: int) -> None:
    left = [count]

    @event.listens_for(Engine, "before_cursor_execute")
    def burn(*_: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    migrate(url)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
