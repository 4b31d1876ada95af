"""`langnghe chat`: the console conversation, typed or piped."""

import asyncio
import sys
from typing import TextIO

from bot.service import Service
from connectors.console import BadLine, Console, fetch_file
from dialogs.texts import say
from store.staff import sync_pack


async def talk(service: Service, lines: TextIO, out: TextIO) -> None:
    """Take one turn a line until the lines end; everything is delivered before the next line is read."""
    console = Console(lambda text: print(text, end="\n\n", file=out, flush=True), service.clock)
    service.add(console, fetch_file)
    locality = service.town.locality
    await service.writer.write(lambda connection: sync_pack(connection, locality))
    typed = lines.isatty()
    try:
        await service.settle()
        while line := await asyncio.to_thread(_read, lines, out, typed):
            if not typed:
                print(f"> {line.rstrip()}", file=out)
            try:
                await service.inbox.receive(console.read_line(line))
            except BadLine as bad:
                print(say("console.bad_line", line=bad), file=sys.stderr)
                continue
            await service.settle()
    finally:
        await service.stop()


def _read(lines: TextIO, out: TextIO, typed: bool) -> str:
    if typed:
        print("> ", end="", file=out, flush=True)
    return lines.readline()
