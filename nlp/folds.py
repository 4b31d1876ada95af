"""Cross-validation of a flag over the corpus: how much it finds, and what else passes, at each margin."""

import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from nlp.concepts import SOURCE, parsed
from nlp.examples import CORPUS, Example, read_examples, sounding_alike
from nlp.fit import SETTINGS, Maker
from nlp.normalise import fold
from nlp.table import Head, Table, tabled

FOLDS = 3
MARGINS = tuple(step / 100 for step in range(-40, 41, 4))


class Passing(NamedTuple):
    """Above this margin: the shares of messages with the flag, of others, and of those written to sound like it."""

    margin: float
    found: float
    others: float
    alike: float


class Judged(NamedTuple):
    """A message that was held out, and how far it is on the flag's side."""

    example: Example
    margin: float


def cross_validated(flag: str, corpus: Path = CORPUS) -> list[Passing]:
    """Return what passes at each margin. Each line is judged as written and without accents."""
    examples, alike = read_examples(corpus)[flag], sounding_alike(flag, corpus)
    judged = [one for held in range(FOLDS) for one in _judged(flag, examples, held)]
    found = [one.margin for one in judged if one.example.label == "yes"]
    others = [one for one in judged if one.example.label == "no"]
    near = [one.margin for one in others if one.example.text in alike]
    far = [one.margin for one in others if one.example.text not in alike]
    return [Passing(at, _share(found, at), _share(far, at), _share(near, at)) for at in MARGINS]


def _judged(flag: str, examples: Sequence[Example], held: int) -> Iterator[Judged]:
    learnt = [example for number, example in enumerate(examples) if number % FOLDS != held]
    maker, settings = Maker(parsed(SOURCE.read_text(encoding="utf-8"))), SETTINGS[flag]
    with tempfile.TemporaryDirectory() as folder:
        saved = maker.fit(learnt, settings, Path(folder) / f"{flag}.bin")
    features, sheet = tabled([saved])
    table = Table(features, sheet, {flag: Head(saved.classes, saved.biases)})
    for example in examples[held::FOLDS]:
        for text in {example.text, fold(example.text)}:
            seen = Counter(maker.lesson(text).said(form=settings.form).split())
            yield Judged(example, table.margins(seen)[flag]["yes"])


def _share(margins: Sequence[float], least: float) -> float:
    return sum(margin > least for margin in margins) / max(1, len(margins))
