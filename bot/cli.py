"""The command line. Heavy imports stay inside the commands, so that --help answers at once."""

import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli_base import BAD_USAGE, FAILED, ConfigOption, announce, clear_errors, fail, load, read, understanding, write
from bot.cli_bench import bench_app
from bot.cli_broadcast import broadcast_app
from bot.cli_link import link
from bot.cli_zalo import zalo_app

if TYPE_CHECKING:
    from sqlalchemy import Connection


app = typer.Typer(
    help="Lắng Nghe: người dân báo chuyện chưa ổn bằng tin nhắn, chính quyền trả lời ngay ở đó.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
report_app = typer.Typer(help="Look at reports.", no_args_is_help=True)
staff_app = typer.Typer(help="Officers and their ways in.", no_args_is_help=True)
jobs_app = typer.Typer(help="Scheduled work, by hand.", no_args_is_help=True)
app.add_typer(report_app, name="report")
app.add_typer(staff_app, name="staff")
model_app = typer.Typer(help="The trained model, its challenger, the former ones.", no_args_is_help=True)
app.add_typer(model_app, name="model")
app.add_typer(jobs_app, name="jobs")
app.add_typer(bench_app, name="bench")
app.add_typer(broadcast_app, name="broadcast")
app.add_typer(zalo_app, name="zalo")
app.command()(link)


def main() -> None:
    """Run a command; what a user did wrong is one clear line, never a traceback."""
    app()


@app.callback(invoke_without_command=True)
def root(show_version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    """What every command shares."""
    if show_version:
        typer.echo(version("langnghe"))
        raise typer.Exit


# ---------------------------------------------------------------- serving


@app.command()
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


@app.command()
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


@app.command()
def chat(config: ConfigOption = None) -> None:
    """Talk in the terminal, or pipe lines in. `:photo FILE` sends a picture, `:pin LAT,LON` a place."""
    import asyncio

    with clear_errors():
        from bot.serve import build
        from bot.talk import talk

        async def conversation() -> None:
            await talk(build(load(config), announce), sys.stdin, sys.stdout)

        asyncio.run(conversation())


@app.command()
def migrate(config: ConfigOption = None) -> None:
    """Bring the database's schema up to date."""
    with clear_errors():
        from store import database

        database.migrate(load(config).database.url)
        announce("schema is up to date")


# ---------------------------------------------------------------- understanding


@app.command()
def classify(config: ConfigOption = None) -> None:
    """Understand texts: JSON Lines or bare lines on stdin, JSON Lines on stdout."""
    with clear_errors():
        from bot.classify import classify as answers

        seen, locality = understanding(config)
        lines = (line.decode("utf-8", "replace") for line in sys.stdin.buffer)
        for answer in answers(lines, seen, locality):
            sys.stdout.write(f"{answer}\n")


@app.command()
def evaluate(file: Path, config: ConfigOption = None, as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Measure understanding on labelled messages (JSON Lines: text, kind, category, urgent, denunciation, commune)."""
    with clear_errors():
        import json

        from bot.measure import as_table, evaluated

        seen, locality = understanding(config)
        figures = evaluated(file.read_text(encoding="utf-8").splitlines(), seen, locality)
        typer.echo(json.dumps(figures, ensure_ascii=False) if as_json else "\n".join(as_table(figures)))


@app.command()
def duplicates(config: ConfigOption = None) -> None:
    """Are two texts the same matter: JSON Lines `{"id", "a", "b"}` in, `{"id", "same", "score"}` out."""
    with clear_errors():
        from bot.measure import duplicates as answers

        seen, _ = understanding(config)
        for answer in answers(sys.stdin, seen):
            sys.stdout.write(f"{answer}\n")


@app.command()
def mask() -> None:
    """What the public may read: JSON Lines `{"id", "text"}` in, `{"id", "public_text"}` out."""
    with clear_errors():
        from bot.measure import masked

        for answer in masked(sys.stdin):
            sys.stdout.write(f"{answer}\n")


@app.command()
def train(
    config: ConfigOption = None,
    from_corrections: Annotated[
        bool, typer.Option("--from-corrections", help="Train a challenger with what officers have put right.")
    ] = False,
) -> None:
    """Train the classifier from the bundled corpus; or a challenger, which only an operator promotes."""
    with clear_errors():
        from bot.learning import challenge
        from nlp.train import train_in_subprocess
        from store.corrections import corrected_texts

        folder = Path(load(config).files.model)
        if not from_corrections:
            train_in_subprocess(folder)
            announce(f"trained: {folder}")
            return
        understanding(config)
        found = challenge(read(config, corrected_texts), folder)
        announce(f"champion {found.champion:.3f}, challenger {found.challenger:.3f} on {found.messages} messages")
        announce("worth promoting: `langnghe model promote`" if found.worth else "not better: nothing is proposed")


@model_app.command("list")
def model_list(config: ConfigOption = None) -> None:
    """The model in use, the challenger, the former ones."""
    with clear_errors():
        from bot.learning import listed

        for line in listed(Path(load(config).files.model)):
            typer.echo(line)


@model_app.command("promote")
def model_promote(config: ConfigOption = None) -> None:
    """Put the challenger in the champion's place; takes effect at the next start."""
    with clear_errors():
        from bot.learning import promote
        from store.database import utc_now

        announce(f"promoted; the former one is kept: {promote(Path(load(config).files.model), utc_now()).name}")


@model_app.command("rollback")
def model_rollback(config: ConfigOption = None) -> None:
    """Put the newest former model back; takes effect at the next start."""
    with clear_errors():
        from bot.learning import rollback

        announce(f"back to {rollback(Path(load(config).files.model)).name}")


# ---------------------------------------------------------------- looking and keeping


@report_app.command("list")
def report_list(
    config: ConfigOption = None,
    status: Annotated[str, typer.Option(help="Only this status.")] = "",
    most: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 50,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """List reports, newest first."""
    with clear_errors():
        from bot.describe import as_data, as_line
        from dialogs.words import Status
        from store.report_views import all_reports

        if status and status not in tuple(Status):
            raise fail(f"--status: one of {', '.join(Status)}", BAD_USAGE)
        for report in read(config, lambda connection: all_reports(connection, most, status)):
            typer.echo(as_data(report) if as_json else as_line(report))


@report_app.command("show")
def report_show(
    code: str,
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Show one report and its life."""
    with clear_errors():
        from bot.describe import as_data, as_text
        from bot.pack import the_locality
        from store.codes import find_code
        from store.report_record import changes_of
        from store.report_views import report_by_code

        locality = the_locality(load(config))
        found = find_code(code, locality.code_prefix)
        if found is None or not found[1]:
            raise fail(f"{code}: not a report code", BAD_USAGE)
        report = read(config, lambda connection: report_by_code(connection, found[0]))
        if report is None:
            raise fail(f"{found[0]}: no such report")
        changes = read(config, lambda connection: changes_of(connection, report.id))
        typer.echo(as_data(report, changes) if as_json else as_text(report, changes, locality))


@app.command()
def deadline(code: str, config: ConfigOption = None) -> None:
    """Print how a report's deadline comes about."""
    with clear_errors():
        from bot.jobs_cli import explained, town_of
        from store.codes import find_code

        town = town_of(load(config), announce)
        found = find_code(code, town.locality.code_prefix)
        if found is None or not found[1]:
            raise fail(f"{code}: not a report code", BAD_USAGE)
        text = read(config, lambda connection: explained(connection, found[0], town))
        if text is None:
            raise fail(f"{found[0]}: no such report")
        typer.echo(text)


@jobs_app.command("list")
def jobs_list() -> None:
    """List the jobs, when they run, and what they do."""
    from bot.jobs import JOBS

    for job in JOBS:
        typer.echo(f"{job.name}\t{job.schedule}\t{job.sentence}")


@jobs_app.command("run")
def jobs_run(
    name: str,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
    at: Annotated[str, typer.Option(help="As if it were then: 2026-11-23T07:30, town time.")] = "",
    config: ConfigOption = None,
) -> None:
    """Do what one job finds due, and print it. What has been done once is not done again."""
    import asyncio

    with clear_errors():
        from bot.jobs import JOBS, job_named
        from bot.jobs_cli import at_time, run_beside
        from store.database import utc_now

        job = job_named(name)
        if job is None:
            raise fail(f"{name}: no such job; there are {', '.join(job.name for job in JOBS)}", BAD_USAGE)
        now = at_time(at) if at else utc_now()
        for line in asyncio.run(run_beside(job, load(config), now, announce, dry=dry_run)):
            typer.echo(line)


@staff_app.command("add")
def staff_add(
    name: str,
    room: Annotated[list[str], typer.Option(help="A room's id; may be given several times.")],
    title: Annotated[str, typer.Option()] = "",
    config: ConfigOption = None,
) -> None:
    """Enter an officer and print their number."""
    with clear_errors():
        from bot.pack import the_locality
        from store import staff
        from store.database import utc_now

        locality = the_locality(load(config))
        if not name.strip():
            raise fail("an officer needs a name: citizens and colleagues read it", BAD_USAGE)
        if unknown := [one for one in room if one not in locality.rooms]:
            raise fail(f"--room: unknown {', '.join(unknown)}; known: {', '.join(locality.rooms)}", BAD_USAGE)

        def add(connection: "Connection") -> int:
            staff.sync_pack(connection, locality)
            return staff.add_officer(connection, locality.id, name, title, dict.fromkeys(room), utc_now())

        typer.echo(write(config, add))


@staff_app.command("list")
def staff_list(config: ConfigOption = None) -> None:
    """List the officers with their numbers and rooms."""
    with clear_errors():
        from store import staff

        for officer in read(config, staff.officers):
            typer.echo(f"{officer.id}\t{officer.name}\t{officer.title}\t{', '.join(officer.rooms)}")


@staff_app.command("login-link")
def staff_login_link(number: int, config: ConfigOption = None) -> None:
    """Print a one-time address into the officers' room for the officer with that number."""
    with clear_errors():
        from store import staff
        from store.database import utc_now

        settings = load(config)

        def link(connection: "Connection") -> str | None:
            known = staff.officer(connection, number)
            return staff.new_login_link(connection, number, utc_now()) if known else None

        token = write(config, link)
        if token is None:
            raise fail(f"{number}: no such officer (see `langnghe staff list`)")
        address = settings.web.public_url or f"http://{settings.web.host}:{settings.web.port}"
        typer.echo(f"{address}/staff/enter/{token}")


@staff_app.command("room-code")
def staff_room_code(
    number: int,
    room: Annotated[
        str, typer.Option(help="The room that the group becomes; without it only the person is linked.")
    ] = "",
    config: ConfigOption = None,
) -> None:
    """Print a code for `/ketnoi` in a chat group: good once, for a day."""
    with clear_errors():
        from store import staff, staff_chat
        from store.database import utc_now

        def code(connection: "Connection") -> str | None:
            known = staff.officer(connection, number)
            if known is None or (room and room not in known.rooms):
                return None
            return staff_chat.new_code(connection, number, room, utc_now())

        made = write(config, code)
        if made is None:
            raise fail(f"{number}: no such officer, or not in that room (see `langnghe staff list`)")
        typer.echo(made)


@app.command()
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


@app.command()
def init(folder: Path) -> None:
    """Copy the bundled locality pack into FOLDER, to be edited for another town."""
    import shutil

    with clear_errors():
        from store.locality import bundled

        if folder.exists():
            raise fail(f"{folder}: exists already", BAD_USAGE)
        shutil.copytree(bundled(), folder, ignore=shutil.ignore_patterns("__pycache__"))
        announce(f"{folder}: edit the TOML files, then set locality.folder in your config")


@app.command()
def draw(folder: Annotated[Path, typer.Argument()] = Path("docs/dialogs")) -> None:
    """Write the dialogs and the report's life as Mermaid diagrams."""
    with clear_errors():
        from bot.draw import diagrams

        folder.mkdir(parents=True, exist_ok=True)
        for name, text in diagrams().items():
            (folder / f"{name}.md").write_text(text, encoding="utf-8")
            announce(str(folder / f"{name}.md"))
