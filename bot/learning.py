"""Learning from officers: a challenger trained with their corrections, compared, proposed, promoted, rolled back."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.model import CHOSEN
from dialogs.words import Expected
from nlp.examples import CORPUS, FLAGS, Example, read_gold
from nlp.judge import Exam, Verdict, fallen, is_worth_proposing, judged
from nlp.model import MANIFEST, Model
from nlp.train import train_in_subprocess

KEPT = 5  # former models, newest first
LATEST, HELD_OUT = 200, 5  # corrections on which both are judged: at most so many, one in so many
CHALLENGER, FORMER, VERDICT = "challenger", "former", "verdict.json"


class NothingToLearn(Expected):
    """There are too few corrections: one to learn from and one to be judged on are needed."""


class NoSuchModel(Expected):
    """There is no model to promote or to go back to."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """How the challenger did beside the champion. `worth` only if better, with no category falling by 5 points."""

    champion: float
    challenger: float
    messages: int
    fallen: tuple[str, ...]
    worth: bool


def challenge(rows: Sequence[dict[str, Any]], folder: Path) -> Proposal:
    """Train a challenger with these corrections beside the model in `folder`, and compare. Raises NothingToLearn.

    The latest fifth is held out: both are judged on it and on the gold messages, and neither has learnt from either.
    What is judged is what may be promoted, so that fifth is learnt only when newer corrections stand behind it.
    """
    learnt, exam = split(rows)
    challenger = folder / CHALLENGER
    shutil.rmtree(challenger, ignore_errors=True)
    challenger.mkdir(parents=True)
    source = challenger / "corrections.jsonl"
    source.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in learnt), encoding="utf-8")
    train_in_subprocess(challenger, CORPUS, source)
    source.unlink()  # citizens' words stay in the database only
    proposal = compare(Model.load(folder), Model.load(challenger), exam)
    (challenger / VERDICT).write_text(json.dumps(_facts(proposal)), encoding="utf-8")
    return proposal


def split(rows: Sequence[dict[str, Any]]) -> tuple[list[dict[str, Any]], Exam]:
    """Return what is learnt and what is asked: pairs are learnt, of the corrected texts the latest are held out.

    Nothing a citizen wrote is on both sides: another correction of a text held out is not learnt either.
    """
    corrected = [row for row in rows if "text" in row]
    held = corrected[-min(LATEST, -(-len(corrected) // HELD_OUT)) :] if corrected else []
    asked = {row["text"] for row in held}
    learnt = [row for row in rows if row.get("text") not in asked]
    if not learnt:
        raise NothingToLearn(str(NothingToLearn.__doc__))
    exam = {"category": [*read_gold(), *(Example(row["text"], row["category"]) for row in held if "category" in row)]}
    for flag in FLAGS:
        exam[flag] = [Example(row["text"], "yes" if row[flag] else "no") for row in held if flag in row]
    return learnt, exam


def compare(champion: Model, challenger: Model, exam: Exam) -> Proposal:
    """Judge both on the same messages."""
    before, after = judged(champion, exam), judged(challenger, exam)
    return Proposal(
        _rounded(before), _rounded(after), before.of, tuple(fallen(before, after)), is_worth_proposing(before, after)
    )


def promote(folder: Path, now: datetime) -> Path:
    """Put the challenger in the champion's place; the champion is kept. Raises NoSuchModel."""
    challenger = folder / CHALLENGER
    if not (challenger / VERDICT).exists():
        raise NoSuchModel("no challenger: run `langnghe train --from-corrections` first")
    kept = _keep(folder, now)
    _move_files(challenger, folder)
    (folder / CHOSEN).touch()  # a newer bundled corpus does not replace what an operator has chosen
    shutil.rmtree(challenger)
    return kept


def rollback(folder: Path) -> Path:
    """Put the newest former model back. Raises NoSuchModel."""
    former = former_models(folder)
    if not former:
        raise NoSuchModel("no former model to go back to")
    _move_files(former[0], folder)
    shutil.rmtree(former[0])
    return former[0]


def former_models(folder: Path) -> list[Path]:
    """Folders of former models, newest first."""
    return sorted((folder / FORMER).glob("*"), reverse=True)


def listed(folder: Path) -> list[str]:
    """The models there are, a line each."""
    lines = [f"champion\t{Model.load(folder).manifest.get('made', '')}"]
    verdict = folder / CHALLENGER / VERDICT
    if verdict.exists():
        lines.append(f"challenger\t{verdict.read_text(encoding='utf-8')}")
    return lines + [f"former\t{path.name}" for path in former_models(folder)]


def _keep(folder: Path, now: datetime) -> Path:
    kept = folder / FORMER / f"{now:%Y%m%dT%H%M%S}"
    kept.mkdir(parents=True)
    for file in folder.iterdir():
        if file.is_file():
            shutil.copy2(file, kept / file.name)
    for old in former_models(folder)[KEPT:]:
        shutil.rmtree(old)
    return kept


def _move_files(source: Path, target: Path) -> None:
    """Replace file by file, the manifest last, so that a reader sees the old model or the new; drop the old one."""
    stale = {file for file in target.iterdir() if file.is_file() and file.name != CHOSEN}
    for file in sorted(source.iterdir(), key=lambda path: path.name == MANIFEST):
        if file.is_file():
            stale.discard(file.replace(target / file.name))
    for file in stale:
        file.unlink()


def _rounded(verdict: Verdict) -> float:
    return round(verdict.accuracy, 4)


def _facts(proposal: Proposal) -> dict[str, Any]:
    return {"champion": proposal.champion, "challenger": proposal.challenger, "worth": proposal.worth}
