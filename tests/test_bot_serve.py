"""A process that serves: what it loaded at its start is never looked through for garbage again."""

import gc
from typing import Any

from bot.serve import serve


class Quiet:
    """A server of nothing."""

    address = ""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


async def test_what_is_there_at_the_start_no_longer_holds_up_the_turns() -> None:
    frozen: list[int] = []

    async def announce() -> None:
        frozen.append(gc.get_freeze_count())

    server: Any = Quiet()
    try:
        await serve(server, announce, ends_by=lambda stop: stop())
    finally:
        gc.unfreeze()
    assert frozen[0] > 10_000
    assert gc.get_freeze_count() == 0
