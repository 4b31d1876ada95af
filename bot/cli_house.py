"""`langnghe migrate`, `doctor`, `init`, `draw`: keeping the house in order."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli_base import BAD_USAGE, FAILED, ConfigOption, announce, clear_errors, fail, load

if TYPE_CHECKING:
    pass


def migrate(config: ConfigOption = None) -> None:
    """Bring the database's schema up to date."""
    with clear_errors():
        from store import database

        database.migrate(load(config).database.url)
        announce("schema is up to date")


def doctor(
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="For a program.")] = False,
) -> None:
    """Look at everything that has to work, and say how to mend what does not. Exit code 1 if something is broken."""
    import asyncio

    with clear_errors():
        from bot import doctor as bot_doctor
        from bot.logs import quiet_logs
        from store.database import utc_now

        quiet_logs("WARNING")
        rows = asyncio.run(bot_doctor.examine(config, utc_now))
        typer.echo(bot_doctor.as_json(rows) if as_json else bot_doctor.as_text(rows))
        if not bot_doctor.is_well(rows):
            raise typer.Exit(FAILED)


def init(folder: Path) -> None:
    """Copy the bundled locality pack into FOLDER, to be edited for another town."""
    import shutil

    with clear_errors():
        from store.locality import bundled

        if folder.exists():
            raise fail(f"{folder}: exists already", BAD_USAGE)
        shutil.copytree(bundled(), folder, ignore=shutil.ignore_patterns("__pycache__"))
        announce(f"{folder}: edit the TOML files, then set locality.folder in your config")


def draw(folder: Annotated[Path, typer.Argument()] = Path("docs/dialogs")) -> None:
    """Write the dialogs and the report's life as Mermaid diagrams."""
    with clear_errors():
        from bot.draw import diagrams

        folder.mkdir(parents=True, exist_ok=True)
        for name, text in diagrams().items():
            (folder / f"{name}.md").write_text(text, encoding="utf-8")
            announce(str(folder / f"{name}.md"))
