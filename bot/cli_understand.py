"""What understanding makes of texts, how good it is, and the model behind it."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli_base import ConfigOption, JsonOption, announce, clear_errors, load, read, understanding

if TYPE_CHECKING:
    pass

model_app = typer.Typer(help="The trained model, its challenger, the former ones.", no_args_is_help=True)


def classify(config: ConfigOption = None) -> None:
    """Understand texts: JSON Lines or bare lines on stdin, JSON Lines on stdout."""
    with clear_errors():
        from bot.classify import classify as answers

        seen, locality = understanding(config)
        lines = (line.decode("utf-8", "replace") for line in sys.stdin.buffer)
        for answer in answers(lines, seen, locality):
            sys.stdout.write(f"{answer}\n")


def evaluate(file: Path, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Measure understanding on labelled messages (JSON Lines: text, kind, category, urgent, denunciation, commune)."""
    with clear_errors():
        import json

        from bot.measure import as_table, evaluated

        seen, locality = understanding(config)
        figures = evaluated(file.read_text(encoding="utf-8").splitlines(), seen, locality)
        typer.echo(json.dumps(figures, ensure_ascii=False) if as_json else "\n".join(as_table(figures)))


def duplicates(config: ConfigOption = None) -> None:
    """Are two texts the same matter: JSON Lines `{"id", "a", "b"}` in, `{"id", "same", "score"}` out."""
    with clear_errors():
        from bot.measure import duplicates as answers

        seen, _ = understanding(config)
        for answer in answers(sys.stdin, seen):
            sys.stdout.write(f"{answer}\n")


def mask() -> None:
    """What the public may read: JSON Lines `{"id", "text"}` in, `{"id", "public_text"}` out."""
    with clear_errors():
        from bot.measure import masked

        for answer in masked(sys.stdin):
            sys.stdout.write(f"{answer}\n")


def train(
    config: ConfigOption = None,
    from_corrections: Annotated[
        bool, typer.Option("--from-corrections", help="Train a challenger with what officers have put right.")
    ] = False,
) -> None:
    """Train the classifier from the bundled corpus; or a challenger, which only an operator promotes."""
    with clear_errors():
        from bot.folders import ready_folder
        from bot.learning import challenge
        from nlp.train import train_in_subprocess
        from store.corrections import corrected_texts

        folder = ready_folder("files.model", Path(load(config).files.model))
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
