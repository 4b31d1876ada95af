"""The command line: every command and the file it lives in. Heavy imports stay inside, so that --help is quick."""

from importlib.metadata import version
from typing import Annotated

import typer

from bot.cli_bench import bench_app
from bot.cli_broadcast import broadcast_app
from bot.cli_house import doctor, draw, init, migrate
from bot.cli_jobs import jobs_app
from bot.cli_link import link
from bot.cli_move import move
from bot.cli_reports import deadline, report_app
from bot.cli_serve import chat, demo, run
from bot.cli_staff import staff_app
from bot.cli_understand import classify, duplicates, evaluate, mask, model_app, train
from bot.cli_zalo import zalo_app

TOWN = (run, demo, chat, migrate, move, deadline, link, doctor, init, draw)
WORDS = (classify, evaluate, duplicates, mask, train)
GROUPS = {
    "report": report_app,
    "staff": staff_app,
    "model": model_app,
    "jobs": jobs_app,
    "bench": bench_app,
    "broadcast": broadcast_app,
    "zalo": zalo_app,
}

app = typer.Typer(
    help="Lắng Nghe: người dân báo chuyện chưa ổn bằng tin nhắn, chính quyền trả lời ngay ở đó.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for command in (*TOWN, *WORDS):
    app.command()(command)
for name, group in GROUPS.items():
    app.add_typer(group, name=name)


def main() -> None:
    """Run a command; what a user did wrong is one clear line, never a traceback."""
    app()


@app.callback(invoke_without_command=True)
def root(show_version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    """What every command shares."""
    if show_version:
        typer.echo(version("langnghe"))
        raise typer.Exit
