"""Train a model from the corpus, in a process of its own: fitting holds Python's lock for seconds."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_all_start_methods, get_context
from pathlib import Path
from typing import Any

from underthesea_core import TextClassifier

from dialogs.words import Expected
from nlp.calibrate import fit_temperature
from nlp.concepts import SOURCE, parsed
from nlp.duplicates import Signs
from nlp.examples import CORPUS, Example, fingerprint, read_examples, read_gold
from nlp.fit import Maker, fit, read_all
from nlp.matters import matter_of
from nlp.model import NAMES, PARTS, Model, open_senses, save
from nlp.normalise import clean, words
from nlp.pairs import Pair, fitted, read_pairs
from nlp.reading import read
from nlp.saved import Saved
from nlp.senses import SOURCE as TROUBLES
from nlp.senses import sensed
from nlp.table import Head, Table, tabled

# a forked process has all that this one has read; where there is no fork each reads for itself
COPIED = get_context("fork" if "fork" in get_all_start_methods() else None)
CHECKS = 5  # texts whose score is stored with the model and compared at every load


class TrainingFailed(Expected):
    """The training process ended with an error; nothing was replaced."""


def train_in_subprocess(folder: Path, corpus: Path = CORPUS, corrections: Path | None = None) -> None:
    """Train into `folder` without stopping this process; raises TrainingFailed with the last words of the other."""
    command = [sys.executable, "-m", "nlp.train", str(folder.absolute()), "--corpus", str(corpus.absolute())]
    command += ["--corrections", str(corrections.absolute())] if corrections else []
    root = str(Path(__file__).resolve().parent.parent)
    done = subprocess.run(command, capture_output=True, text=True, cwd=root, check=False)  # noqa: S603 our own module
    if done.returncode:
        raise TrainingFailed((done.stderr or done.stdout).strip()[-500:])


def train(folder: Path, corpus: Path = CORPUS, corrections: Path | None = None) -> None:
    """Fit all classifiers and replace the model in `folder` at once."""
    examples = read_examples(corpus, corrections)
    concepts = parsed(SOURCE.read_text(encoding="utf-8"))
    facts: dict[str, Any] = {
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "examples": {name: len(rows) for name, rows in examples.items()},
        "corpus": fingerprint(corpus),
    }
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        workshop = Path(place)
        (workshop / "concepts.json").write_text(json.dumps(concepts.trees, ensure_ascii=False), encoding="utf-8")
        fitted = fit_all(examples, workshop)
        features, sheet = tabled(fitted.values())
        features.save(str(workshop / "words.trie"))
        (workshop / "table.bin").write_bytes(sheet)
        table = Table(features, sheet, {name: Head(saved.classes, saved.biases) for name, saved in fitted.items()})
        maker = Maker(concepts)
        facts |= {"temperature": temperature(table, maker, read_gold(corpus))}
        facts |= {"rarest": max(fitted["category"].idf), "checks": checks(maker, examples["category"], workshop)}
        made = {name: {"classes": saved.classes, "biases": list(saved.biases)} for name, saved in fitted.items()}
        model = Model(table, concepts, open_senses({part: workshop / part for part in PARTS}), facts)
        facts["alike"] = weights_of_pairs(model, read_pairs(corpus, corrections))
        save(folder, workshop, made, facts)


def fit_all(examples: Mapping[str, Sequence[Example]], workshop: Path) -> dict[str, Saved]:
    """Fit every classifier and learn the senses of words, as many at once as there are processors, the largest first.

    What they make is left in `workshop`.
    """
    read_all(row for rows in examples.values() for row in rows)
    names = sorted(NAMES, key=lambda name: -len(examples[name]))
    files = {name: workshop / f"{name}.bin" for name in NAMES}
    with ProcessPoolExecutor(min(len(NAMES), os.cpu_count() or 1), COPIED) as pool:
        fits = pool.map(fit, [files[name] for name in names], [examples[name] for name in names])
        every_text = dict.fromkeys(example.text for rows in examples.values() for example in rows)
        learning = pool.submit(learn_senses, list(every_text), workshop)
        learning.result(), list(fits)
    return {name: Saved(file.read_bytes()) for name, file in files.items()}


def temperature(table: Table, maker: Maker, gold: Sequence[Example]) -> float:
    """Fit that of the fields on ordinary messages: the corpus, hard on purpose, would make it far too modest."""
    seen = []
    for row in gold:
        margins = table.margins(Counter(maker.lesson(row.text).said(form=True).split()))["category"]
        if row.label in margins:
            seen.append((list(margins.values()), list(margins).index(row.label)))
    return round(fit_temperature(seen), 4)


def checks(maker: Maker, examples: Sequence[Example], workshop: Path) -> list[Any]:
    """Return some texts' features and what the library itself says to them, by classifier."""
    library = {name: TextClassifier.load(str(workshop / f"{name}.bin")) for name in NAMES}
    picked = examples[:: max(1, len(examples) // CHECKS)][:CHECKS]
    texts = [maker.lesson(example.text).said(form=True) for example in picked]
    return [[text, {name: one.predict_with_score(text) for name, one in library.items()}] for text in texts]


def learn_senses(texts: Sequence[str], workshop: Path) -> None:
    """Learn from every text what its words suggest, and write that down."""
    troubles = parsed(TROUBLES.read_text(encoding="utf-8"))
    known, sheet = sensed(map(words, texts), troubles)
    (workshop / "troubles.json").write_text(json.dumps(troubles.trees, ensure_ascii=False), encoding="utf-8")
    known.save(str(workshop / "senses.trie"))
    (workshop / "senses.bin").write_bytes(sheet)


def weights_of_pairs(model: Model, pairs: Sequence[Pair]) -> Signs:
    """Fit what the signs of two reports being the same weigh; no locality is known here, so places are hamlets only."""
    matters = [[matter_of(model, read(model, clean(text)), None) for text in (pair.one, pair.other)] for pair in pairs]
    return fitted([(one, other, pair) for (one, other), pair in zip(matters, pairs, strict=True)])


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
