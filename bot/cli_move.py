"""`langnghe move`: a town that has grown out of its SQLite file goes to PostgreSQL."""

import sys
from typing import Annotated

import typer

from bot.cli_base import ConfigOption, announce, clear_errors, load


def move(
    to: Annotated[
        str, typer.Option(help="An empty PostgreSQL: postgresql+psycopg://…", envvar="LANGNGHE_MOVE_TO", metavar="URL")
    ],
    config: ConfigOption = None,
) -> None:
    """Carry the whole town from its SQLite file to an empty PostgreSQL, and compare. The file stays as it is."""
    with clear_errors():
        from store.move import moving

        with moving(load(config).database.url, to) as town:
            rows = town.rows()
            with typer.progressbar(length=2 * rows, label=f"{rows} rows", file=sys.stderr) as bar:
                town.carry(bar.update)
            reports, altered = town.records()
        announce(f"{rows} rows are there, each compared; {reports - altered} of {reports} records of reports are whole")
        if altered:
            announce(f"{altered} records had been altered before: they are carried as they were")
        announce("now set database.url to the new address, keep secret.key, and never run on the old file again")
