"""What every file of the command line shares: its errors, its settings, its short reads and writes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bot.settings import Settings
    from dialogs.words import Locality
    from nlp.understand import Understanding

T = TypeVar("T")
ConfigOption = Annotated[Path | None, typer.Option("--config", help="A TOML file, see config.example.toml.")]
JsonOption = Annotated[bool, typer.Option("--json")]
FAILED, BAD_USAGE = 1, 2


@contextmanager
def clear_errors() -> Iterator[None]:
    """Turn the failures we expect into one line a fault and exit code 1 (2 for what the user wrote wrongly)."""
    from dialogs.words import Expected

    try:
        yield
    except Expected as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(error.exit_code) from None
    except OSError as error:
        typer.echo(f"{error.filename or 'error'}: {error.strerror or error}", err=True)
        raise typer.Exit(FAILED) from None


def fail(line: str, code: int = FAILED) -> typer.Exit:
    """One clear line on stderr."""
    typer.echo(line, err=True)
    return typer.Exit(code)


def load(config: Path | None) -> "Settings":
    """The settings of a command."""
    from bot.logs import quiet_logs
    from bot.settings import load_settings

    settings = load_settings(config)
    quiet_logs(settings.log.level)
    return settings


def announce(line: str) -> None:
    """A line for the person at the terminal; results alone go to stdout."""
    typer.echo(line, err=True)


def understanding(config: Path | None) -> "tuple[Understanding, Locality]":
    """The trained understanding of the configured town, and that town."""
    from bot.model import ready_model
    from bot.pack import the_locality
    from nlp.understand import Understanding

    settings = load(config)
    locality = the_locality(settings)
    return Understanding(locality, ready_model(Path(settings.files.model), announce)), locality


def read(config: Path | None, work: "Callable[[Connection], T]") -> T:
    """A read beside a running service."""
    from store.database import migrated_reader

    with migrated_reader(load(config).database.url) as connection:
        return work(connection)


def write(config: Path | None, work: "Callable[[Connection], T]") -> T:
    """A short write beside a running service; its deliveries notice within a second."""
    from store.database import migrated_writer

    with migrated_writer(load(config).database.url) as connection:
        return work(connection)
