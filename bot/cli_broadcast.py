"""`langnghe broadcast`: announcements to those who asked for them, looked at before they are sent."""

from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperGroup

from bot.cli_base import BAD_USAGE, ConfigOption, announce, clear_errors, fail, load, read, write

LOOK = 0.5  # seconds between two looks at the progress


class SendByDefault(TyperGroup):
    """`broadcast FILE` and `broadcast --text …` mean `broadcast send …`."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Put the command in where there is none."""
        if args and args[0] not in self.commands and args[0] != "--help":
            args = ["send", *args]
        return super().parse_args(ctx, args)


broadcast_app = typer.Typer(
    cls=SendByDefault, help="Announcements to subscribers: FILE or --text to send one.", no_args_is_help=True
)


@broadcast_app.command("send")
def send(
    file: Annotated[Path | None, typer.Argument(help="A text file in UTF-8; - for stdin.", allow_dash=True)] = None,
    text: Annotated[str, typer.Option(help="The text itself, in place of a file.")] = "",
    commune: Annotated[str, typer.Option(help="Only who follows this commune: its name or code.")] = "",
    category: Annotated[str, typer.Option(help="Only who follows this field: its name or id.")] = "",
    urgent: Annotated[bool, typer.Option("--urgent", help="Send in quiet hours too: danger only.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    wait: Annotated[bool, typer.Option(help="Show how far it is; Ctrl-C leaves it going.")] = True,
    config: ConfigOption = None,
) -> None:
    """Show who would be told what, ask, and send it through the running service."""
    with clear_errors():
        from bot.broadcast_preview import planned, preview
        from bot.pack import the_locality
        from store import broadcasts
        from store.database import utc_now

        if (file is None) == (not text):
            raise fail("give a FILE or --text", BAD_USAGE)
        settings = load(config)
        locality = the_locality(settings)
        plan = planned(locality, text or _read_text(file), commune, category, urgent=urgent)
        count, shown = read(config, lambda connection: preview(connection, plan, locality, settings))
        announce(shown)
        if count == 0:
            raise fail("nobody has asked for this")
        if not yes:
            typer.confirm(f"Gửi cho {count} người?", abort=True, err=True)
        what = (locality.id, plan.text, plan.commune, plan.category, utc_now())
        number = write(config, lambda connection: broadcasts.begin(connection, *what, urgent=plan.urgent))
        typer.echo(number)
        if wait:
            _show_progress(number, config)


def _read_text(file: Path | None) -> str:
    if file is None or str(file) == "-":
        return typer.get_text_stream("stdin").read()
    try:
        return file.read_text(encoding="utf-8-sig")  # Notepad begins a file with a mark of its own
    except UnicodeDecodeError:
        raise fail(f"{file}: is not UTF-8 text", BAD_USAGE) from None


def _show_progress(number: int, config: Path | None) -> None:
    import time

    from bot.broadcast_preview import follow, standing

    announce("Ctrl-C: thôi xem, việc gửi vẫn tiếp tục. Dừng: langnghe broadcast stop")
    shown = 0
    with typer.progressbar(length=1, label=f"#{number}", file=typer.get_text_stream("stderr")) as bar:
        for settled, total in follow(lambda: read(config, lambda connection: standing(connection, number))):
            bar.length = total
            bar.update(settled - shown)
            shown = settled
            time.sleep(LOOK)


@broadcast_app.command("list")
def list_(
    most: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 20, config: ConfigOption = None
) -> None:
    """List announcements: number, state, chats handed over, messages sent, waiting, failed, where, first words."""
    with clear_errors():
        from bot.broadcast_preview import as_line
        from bot.pack import the_locality
        from store.broadcasts import broadcasts, progress

        locality = the_locality(load(config))
        found = read(config, lambda db: [(one, progress(db, one.id)) for one in broadcasts(db, most)])
        for one, far in found:
            typer.echo(as_line(one, far, locality))


@broadcast_app.command("pause")
def pause(number: int, config: ConfigOption = None) -> None:
    """Hold it at once; what is being sent this moment still leaves."""
    _step(number, "pause", config)


@broadcast_app.command("resume")
def resume(number: int, config: ConfigOption = None) -> None:
    """Go on with one that was paused."""
    _step(number, "resume", config)


@broadcast_app.command("stop")
def stop(number: int, config: ConfigOption = None) -> None:
    """End it for good; who has not been told is not told."""
    _step(number, "stop", config)


def _step(number: int, step: str, config: Path | None) -> None:
    with clear_errors():
        from store.broadcasts import broadcast, change
        from store.database import utc_now

        if write(config, lambda connection: change(connection, number, step, utc_now())):
            return
        known = read(config, lambda connection: broadcast(connection, number))
        raise fail(f"{number}: it is {known.state}" if known else f"{number}: no such broadcast (see `broadcast list`)")
