"""`langnghe run`, `demo`, `chat`: the service, a town to look at, the console."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli_base import ConfigOption, announce, clear_errors, load

if TYPE_CHECKING:
    pass


def run(
    config: ConfigOption = None,
    count: Annotated[int, typer.Option("--workers", min=1, help="Processes behind one port (PostgreSQL only).")] = 1,
    worker: Annotated[int | None, typer.Option(hidden=True, help="One of several: its line to the parent.")] = None,
) -> None:
    """Serve the town: chats, officers' room, deliveries."""
    import asyncio

    with clear_errors():
        from bot import serve, workers

        settings = load(config)
        if worker is not None:
            asyncio.run(workers.run_worker(settings, worker))
        elif count > 1:
            asyncio.run(workers.run(settings, config, count, announce))
        else:
            asyncio.run(serve.run(settings, announce))


def demo(
    seed: Annotated[int, typer.Option(help="Another town for another number.")] = 1,
    reports: Annotated[int, typer.Option(min=0, max=400, help="How many reports to begin with.")] = 40,
    empty: Annotated[bool, typer.Option("--empty", help="No reports at all.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Go on with the last demo.")] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any free port.")] = 0,
    folder: Annotated[Path, typer.Option(help="Where the demo lives.")] = Path("var/demo"),
) -> None:
    """A believable town, nothing configured: prints the addresses of the chat and of the officers' room."""
    import asyncio

    with clear_errors():
        from bot.demo import demo as serve_demo
        from bot.logs import quiet_logs

        quiet_logs("WARNING")
        count = 0 if empty else reports
        asyncio.run(serve_demo(folder, seed, count, typer.echo, port=port, keep=keep))


def chat(config: ConfigOption = None) -> None:
    """Talk in the terminal, or pipe lines in. `:photo FILE` sends a picture, `:pin LAT,LON` a place."""
    import asyncio

    with clear_errors():
        from bot.serve import build
        from bot.talk import talk

        async def conversation() -> None:
            await talk(build(load(config), announce), sys.stdin, sys.stdout)

        asyncio.run(conversation())
