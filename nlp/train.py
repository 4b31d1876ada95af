"""Train a model from the corpus, in a process of its own: fitting holds Python's lock for seconds."""

import argparse
import hashlib
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from underthesea_core import TextClassifier

from nlp.calibrate import fit_temperature
from nlp.examples import CORPUS, Example, read_examples
from nlp.features import features
from nlp.model import NAMES, save
from nlp.normalise import fold
from nlp.scorer import Scorer


class Settings(NamedTuple):
    """How one classifier is fitted; `held_out` tenths of each file are used for its temperature."""

    max_features: int
    c: float
    held_out: tuple[int, ...] = (2, 7)


SETTINGS = {
    "category": Settings(60_000, 0.5),
    "kind": Settings(20_000, 0.5),
    "proposal": Settings(8_000, 0.5),
    "urgent": Settings(12_000, 0.5),
    "denunciation": Settings(12_000, 0.5),
}
CHECKS = 5  # texts whose score is stored with the model and compared at every load


class TrainingFailed(Exception):
    """The training process ended with an error; nothing was replaced."""


def train_in_subprocess(folder: Path, corpus: Path = CORPUS, corrections: Path | None = None) -> None:
    """Train into `folder` without stopping this process; raises TrainingFailed with the last words of the other."""
    command = [sys.executable, "-m", "nlp.train", str(folder), "--corpus", str(corpus)]
    command += ["--corrections", str(corrections)] if corrections else []
    root = str(Path(__file__).resolve().parent.parent)
    done = subprocess.run(command, capture_output=True, text=True, cwd=root, check=False)  # noqa: S603 our own module
    if done.returncode:
        raise TrainingFailed((done.stderr or done.stdout).strip()[-500:])


def train(folder: Path, corpus: Path = CORPUS, corrections: Path | None = None) -> None:
    """Fit all classifiers and replace the model in `folder` at once."""
    examples = read_examples(corpus, corrections)
    files, entries = {}, {}
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as workshop:
        for name in NAMES:
            files[name] = Path(workshop) / name
            entries[name] = _make(examples[name], SETTINGS[name], files[name])
        facts = {
            "made": datetime.now(UTC).isoformat(timespec="seconds"),
            "examples": {name: len(rows) for name, rows in examples.items()},
            "corpus": _digest(examples),
        }
        save(folder, files, entries, facts)


def _make(examples: Sequence[Example], settings: Settings, file: Path) -> dict[str, Any]:
    """Fit one classifier, write its file and return what the manifest says about it."""
    if len({example.label for example in examples}) < 2:
        raise ValueError(f"{file.name}: examples of at least two classes are needed")
    temperature = _temperature(examples, settings, file)
    classifier = _fit(examples, settings)
    classifier.save(str(file))
    step = max(1, len(examples) // CHECKS)
    checks = [" ".join(features(example.text)) for example in examples[::step]][:CHECKS]
    return {
        "temperature": round(temperature, 4),
        "checks": [[text, *classifier.predict_with_score(text)] for text in checks],
    }


def _temperature(examples: Sequence[Example], settings: Settings, file: Path) -> float:
    """Fit the temperature on blocks of lines that a model of the remaining blocks has not seen."""
    held_out = [example for example in examples if example.block in settings.held_out]
    rest = [example for example in examples if example.block not in settings.held_out]
    if not held_out or len({example.label for example in rest}) < 2:
        return 1.0
    _fit(rest, settings).save(str(file))
    scorer = Scorer(file)
    seen = [(scorer.margins(features(example.text)), example.label) for example in held_out]
    known = [(margins, scorer.classes.index(label)) for margins, label in seen if label in scorer.classes]
    return fit_temperature(known)


def _fit(examples: Sequence[Example], settings: Settings) -> TextClassifier:
    """Fit on every text twice, as written and stripped of accents: unaccented accuracy rises from 16 to 73 %."""
    texts, labels = [], []
    for example in examples:
        texts += [" ".join(features(example.text)), " ".join(features(fold(example.text)))]
        labels += [example.label] * 2
    classifier = TextClassifier(
        max_features=settings.max_features, ngram_range=(1, 1), min_df=1, max_df=1.0, c=settings.c, tol=0.01
    )
    classifier.fit(texts, labels)
    return classifier


def _digest(examples: dict[str, list[Example]]) -> str:
    """Return a fingerprint of everything learnt from, so that a model can be told to be out of date."""
    lines = sorted(f"{name}\t{row.label}\t{row.text}" for name, rows in examples.items() for row in rows)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def main() -> None:
    """Run `python -m nlp.train FOLDER`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--corpus", type=Path, default=CORPUS)
    parser.add_argument("--corrections", type=Path)
    chosen = parser.parse_args()
    train(chosen.folder, chosen.corpus, chosen.corrections)


if __name__ == "__main__":
    main()
