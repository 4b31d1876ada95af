"""`langnghe bench`: how fast it is, measured by whoever doubts it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from bot.cli_base import ConfigOption, JsonOption, announce, clear_errors, fail, load, understanding

DatabaseOption = Annotated[str, typer.Option(help="An empty database's URL; without it a new SQLite file under var/.")]

bench_app = typer.Typer(
    help="Measure: turns, delivery, chats, growth, understanding, faults, crowds. `turns` needs the extra `bench`.",
    no_args_is_help=True,
)


@bench_app.command()
def deliver(
    chats: Annotated[int, typer.Option(min=0, help="How many private chats a broadcast goes to.")] = 3000,
    group: Annotated[int, typer.Option(min=0, help="How many messages go to one group; 19 a minute.")] = 300,
    people: Annotated[int, typer.Option(min=0, help="How many talk with the bot meanwhile.")] = 50,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """A broadcast and a busy group under Telegram's limits, while people talk with the bot. In real time."""
    import asyncio
    import json
    import tempfile
    from dataclasses import asdict

    with clear_errors():
        from bot.bench.deliver import Load, as_text, measure

        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            found = asyncio.run(measure(load(config), Path(folder), Load(chats, group, people), announce))
        typer.echo(json.dumps(asdict(found)) if as_json else as_text(found))


@bench_app.command()
def turns(
    db: DatabaseOption = "",
    chats: Annotated[int, typer.Option(min=1, help="How many people write at a time.")] = 100,
    seconds: Annotated[float, typer.Option(min=1, help="How long to measure each load.")] = 10,
    workers: Annotated[int, typer.Option(min=1, help="How many processes; more than one needs PostgreSQL.")] = 1,
    peers: Annotated[bool, typer.Option(help="Measure the others too.")] = True,
    profile: Annotated[bool, typer.Option(help="Look where the time goes (py-spy).")] = True,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Whole dialogs over HTTP, answers delivered, against a real `langnghe run` and against others of its kind."""
    with clear_errors():
        try:
            from bot.bench import shown
            from bot.bench import turns as measured
        except ModuleNotFoundError as error:
            raise fail(f"{error.name} is missing: pip install 'langnghe[bench]'") from None
        from bot.bench.texts import texts

        seen, locality = understanding(config)
        with _scratch("bench") as folder:
            url = db or f"sqlite:///{folder / 'bench.db'}"
            options = measured.Options(chats, seconds, peers=peers, profile=profile, workers=workers)
            found = measured.run(load(config), url, folder, texts(locality, seen), options, announce)
        typer.echo(shown.as_json(found) if as_json else shown.as_text(found))


@bench_app.command()
def crowd(
    db: DatabaseOption = "",
    chats: Annotated[int, typer.Option(min=1, help="How many chats write at the same moment.")] = 10_000,
    flood: Annotated[int, typer.Option(min=1, help="How many messages one chat sends at once.")] = 4_000,
    others: Annotated[int, typer.Option(min=1, help="How many talk meanwhile.")] = 100,
    config: ConfigOption = None,
) -> None:
    """Ten thousand chats at once; then one chat that floods, and what the others notice of it."""
    import asyncio

    with clear_errors():
        from bot.bench import crowd as measured
        from bot.bench.texts import texts

        seen, locality = understanding(config)
        with _scratch("crowd") as folder:
            url, load_of = db or f"sqlite:///{folder / 'crowd.db'}", measured.Load(chats, flood, others)
            found = asyncio.run(measured.run(load(config), url, folder, texts(locality, seen), load_of, announce))
        typer.echo(measured.as_text(found))
        if found.lost or found.faults:
            raise fail(f"{found.lost} lost, {found.faults} refused or unanswered")


@bench_app.command()
def chats(
    count: Annotated[int, typer.Option("--chats", min=1, help="How many web chats are open.")] = 2000,
    pushes: Annotated[int, typer.Option(min=2, help="How many messages, one after the other.")] = 500,
    idle: Annotated[float, typer.Option(help="Seconds in which nobody writes, to see what waiting costs.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """Open web chats in one process: what each costs in memory, how soon a message is on the page."""
    import json
    from dataclasses import asdict

    with clear_errors():
        from bot.bench.chats import Load, measure
        from bot.logs import quiet_logs

        quiet_logs("WARNING")
        figures = measure(Load(count, pushes, idle), announce)
        typer.echo(json.dumps(asdict(figures)) if as_json else "\n".join(figures.lines()))


@bench_app.command()
def growth(
    reports: Annotated[int, typer.Option(min=2000, help="The long past.")] = 1_000_000,
    small: Annotated[int, typer.Option(min=2000, help="The short one, to compare with.")] = 10_000,
    messages: Annotated[int, typer.Option(min=2, help="Messages to each report.")] = 5,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """What a turn, a card, a list and due work cost after ten thousand reports, and after a million."""
    with clear_errors():
        from bot.bench import growth as measured

        seen, locality = understanding(config)
        total = small + reports
        with (
            _scratch("growth") as folder,
            typer.progressbar(length=total, label="reports", file=sys.stderr) as bar,
        ):
            step = lambda done, size: bar.update(done + (small if size == reports else 0) - bar.pos)  # noqa: E731
            costs = measured.run(locality, seen, folder, (small, reports), messages, step)
        shown = measured.as_json if as_json else measured.as_text
        typer.echo(shown(costs, (small, reports)))


@bench_app.command()
def understand(
    messages: Annotated[int, typer.Option(min=10, help="How many of the corpus.")] = 3000,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """What understanding a message costs, part by part; loading the model; `langnghe classify`; training."""
    with clear_errors():
        from bot.bench import understand as measured

        _, locality = understanding(config)  # trains the model if there is none
        options = ["--config", str(config)] if config else []
        found = measured.measure(locality, Path(load(config).files.model), options, messages, announce)
        typer.echo(measured.as_json(found) if as_json else measured.as_text(found))


@bench_app.command()
def flags() -> None:
    """What danger and accusation find in the corpus, and what else passes, by margin (three folds; a minute)."""
    with clear_errors():
        from nlp.examples import FLAGS
        from nlp.folds import cross_validated

        for flag in FLAGS:
            typer.echo(f"{flag:14} found  others  sound alike")
            for row in cross_validated(flag):
                typer.echo(f"  {row.margin:+.2f}{row.found:14.3f}{row.others:8.3f}{row.alike:13.3f}")


@bench_app.command()
def faults(
    kills: Annotated[int, typer.Option(min=0, help="How often a process is killed (SIGKILL).")] = 200,
    db: DatabaseOption = "",
    workers: Annotated[int, typer.Option(min=1, help="How many processes; more than one needs PostgreSQL.")] = 1,
    citizens: Annotated[int, typer.Option(min=1, help="How many people write at a time.")] = 30,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Kill a real `langnghe run` again and again while people report; then hold the books against what they know."""
    import asyncio
    import json
    from dataclasses import asdict

    with clear_errors():
        from bot.bench import faults as fire
        from bot.bench.texts import texts

        seen, locality = understanding(config)
        with _scratch("faults") as folder:
            url, what = db or f"sqlite:///{folder / 'fire.db'}", fire.Fire(kills, workers, citizens)
            found = asyncio.run(fire.run(load(config), url, folder, texts(locality, seen), what, announce))
        typer.echo(json.dumps(asdict(found), ensure_ascii=False) if as_json else fire.as_text(found))
        if found.books.faults:
            raise fail(f"{found.books.faults} faults")


@contextmanager
def _scratch(name: str) -> Iterator[Path]:
    """A folder under var/, on the disk that is to be measured; gone afterwards."""
    import tempfile

    Path("var").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"{name}-", dir="var") as folder:
        yield Path(folder).absolute()
