"""`langnghe bench`: how fast it is, measured by whoever doubts it."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli_base import ConfigOption, announce, clear_errors, fail, load, understanding

bench_app = typer.Typer(help="Measure: turns, growth. Needs the extra `bench`.", no_args_is_help=True)


@bench_app.command()
def turns(
    db: Annotated[str, typer.Option(help="An empty database's URL; without it a new SQLite file under var/.")] = "",
    chats: Annotated[int, typer.Option(min=1, help="How many people write at a time.")] = 100,
    seconds: Annotated[float, typer.Option(min=1, help="How long to measure each load.")] = 10,
    peers: Annotated[bool, typer.Option(help="Measure the others too.")] = True,
    profile: Annotated[bool, typer.Option(help="Look where the time goes (py-spy).")] = True,
    as_json: Annotated[bool, typer.Option("--json")] = False,
    config: ConfigOption = None,
) -> None:
    """Whole dialogs over HTTP, answers delivered, against a real `langnghe run` and against others of its kind."""
    import tempfile

    with clear_errors():
        try:
            from bot.bench import shown
            from bot.bench import turns as measured
        except ModuleNotFoundError as error:
            raise fail(f"{error.name} is missing: pip install 'langnghe[bench]'") from None
        from bot.bench.texts import texts

        seen, locality = understanding(config)
        Path("var").mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="bench-", dir="var") as name:
            folder = Path(name).absolute()
            url = db or f"sqlite:///{folder / 'bench.db'}"
            options = measured.Options(chats, seconds, peers=peers, profile=profile)
            found = measured.run(load(config), url, folder, texts(locality, seen), options, announce)
        typer.echo(shown.as_json(found) if as_json else shown.as_text(found))
