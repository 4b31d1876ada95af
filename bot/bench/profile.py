"""Where the processor time of a running service goes: py-spy looks at it from outside, nothing is added to it."""

import asyncio
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

PER_SECOND = 200
IDLE = "concurrent/futures/thread.py"  # a thread of a pool that waits for work

# the innermost frame that stands in one of these decides; first come, first served
ROOMS: tuple[tuple[str, str], ...] = (
    ("nlp/", "nlp"),
    ("dialogs/", "dialog"),
    ("transitions/", "dialog"),
    ("store/", "database"),
    ("sqlalchemy/", "database"),
    ("connectors/telegram_parse", "parse"),
    ("connectors/telegram_content", "parse"),
    ("json/", "json"),
    ("aiohttp/", "HTTP"),
    ("httpx/", "HTTP"),
    ("httpcore/", "HTTP"),
    ("h11/", "HTTP"),
    ("telegram/", "HTTP"),
    ("connectors/", "HTTP"),
    ("asyncio/", "event loop"),
    ("bot/", "bot"),
)


async def shares(pid: int, seconds: float) -> dict[str, float]:
    """The share of each kind of work, largest first; empty without py-spy."""
    spy = shutil.which("py-spy", path=str(Path(sys.executable).parent)) or shutil.which("py-spy")
    if spy is None:
        return {}
    with tempfile.NamedTemporaryFile("r", suffix=".txt", encoding="utf-8") as found:
        command = [spy, "record", "--pid", str(pid), "--duration", str(int(seconds)), "--rate", str(PER_SECOND)]
        watching = await asyncio.create_subprocess_exec(
            *command, "--format", "raw", "--full-filenames", "--output", found.name,
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        await watching.wait()
        return counted(found.read().splitlines())


def counted(stacks: Iterable[str]) -> dict[str, float]:
    """Shares from py-spy's raw lines: frames from the outermost to the innermost, then how often."""
    seen: Counter[str] = Counter()
    for line in stacks:
        frames, _, times = line.rpartition(" ")
        if IDLE not in frames.rpartition(";")[2]:
            seen[kind_of(frames.split(";"))] += int(times)
    total = seen.total()
    return {kind: times / total for kind, times in seen.most_common()}


def kind_of(frames: list[str]) -> str:
    """What a stack is busy with."""
    for frame in reversed(frames):
        for where, kind in ROOMS:
            if f"/{where}" in frame:
                return kind
    return "other"
