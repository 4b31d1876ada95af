"""A real service in a process of its own that kills itself (SIGKILL) when it comes by a named point.

    python -m tests.faults.worker FOLDER [POINT [COUNT]]

prints its address; dies at the COUNT-th time it passes POINT.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bot.inbox
from bot.inbox import Inbox
from bot.outbox import Deliverer
from bot.serve import Server
from bot.service import Service
from bot.settings import Settings
from store.database import utc_now
from tests.town import ScriptedUnderstanding, report_prediction, thanh_chuong

TEXT = "đèn đường xóm 5 Thanh Lĩnh hỏng"


def main() -> None:
    folder, point, count = Path(sys.argv[1]), [*sys.argv[2:], ""][0], int([*sys.argv[3:], "1"][0])
    if point:
        POINTS[point](Fuse(count))
    asyncio.run(serve(folder))


async def serve(folder: Path) -> None:
    settings = Settings.model_validate(
        {
            "database": {"url": f"sqlite:///{folder / 'town.db'}"},
            "web": {"port": 0},
            "files": {"media": str(folder / "media")},
            "secret_key": "k",
        }
    )
    understanding: Any = ScriptedUnderstanding()
    understanding.scripted[TEXT] = report_prediction("lighting_greenery", place="xóm 5", commune="17713")
    server = Server(Service(settings, thanh_chuong(), understanding, utc_now))
    await server.start()
    print(server.address, flush=True)
    await asyncio.Event().wait()


class Fuse:
    """Kills this process at the n-th time it is lit."""

    def __init__(self, count: int) -> None:
        self.left = count

    def burn(self) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def after_parse(fuse: Fuse) -> None:
    """The frame is read; nothing has been written."""
    understand = Inbox._understand

    def wrapped(inbox: Inbox, incoming: Any) -> Any:
        fuse.burn()
        return understand(inbox, incoming)

    Inbox._understand = wrapped  # type: ignore[method-assign]


def before_commit(fuse: Fuse) -> None:
    """The turn has run; its transaction is still open."""
    take_turn = bot.inbox.take_turn

    def wrapped(*args: Any, **named: Any) -> Any:
        outcome = take_turn(*args, **named)
        fuse.burn()
        return outcome

    bot.inbox.take_turn = wrapped


def after_commit(fuse: Fuse) -> None:
    """Committed; the acknowledgement has not left."""
    receive = Service.receive

    async def wrapped(service: Service, incoming: Any) -> bool:
        fresh = await receive(service, incoming)
        fuse.burn()
        return fresh

    Service.receive = wrapped  # type: ignore[method-assign]


def before_mark(fuse: Fuse) -> None:
    """The answer is with the person; the row still says `sending`."""
    note_sent = Deliverer._note_sent

    def wrapped(deliverer: Deliverer, *args: Any, **named: Any) -> Any:
        fuse.burn()
        return note_sent(deliverer, *args, **named)

    Deliverer._note_sent = wrapped  # type: ignore[method-assign]


POINTS: dict[str, Callable[[Fuse], None]] = {
    "after_parse": after_parse,
    "before_commit": before_commit,
    "after_commit": after_commit,
    "before_mark": before_mark,
}

if __name__ == "__main__":
    main()
