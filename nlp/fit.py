"""Fit one classifier: the library's, from the features of texts, with naive Bayes blended in."""

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import count
from pathlib import Path
from typing import NamedTuple

from underthesea_core import TextClassifier

from nlp.bayes import blended
from nlp.concepts import SOURCE, Concepts, parsed
from nlp.examples import Example
from nlp.features import features_of, form_of
from nlp.normalise import fold, words
from nlp.saved import Saved


class Settings(NamedTuple):
    """How one classifier is fitted.

    `evenness`: a rare class is repeated until it is as frequent as the largest, but at most so many times;
    `most`: of a larger class only so many examples, evenly picked;
    `form`: also how the message begins and ends; `bayes`: how much of naive Bayes is blended into the weights.
    """

    c: float
    evenness: int
    max_features: int = 400_000  # all of them; the rare ones are what a new message is recognised by
    form: bool = False
    most: int = 100_000
    bayes: float = 0.0


SETTINGS = {
    "category": Settings(0.5, 3, bayes=0.1),
    "kind": Settings(
        0.06, 20, 20_000, form=True, most=2_500, bayes=0.1
    ),  # the frequent ones: words of form, not of subject
    "proposal": Settings(0.1, 20, 40_000, form=True, most=8_000, bayes=0.1),
    "urgent": Settings(0.2, 3, 20_000, form=True, bayes=0.1),
    "denunciation": Settings(0.2, 3, 20_000, form=True, bayes=0.1),
}
Learnt = Counter[tuple[str, str]]  # (text, label) and how often it is learnt


class Lesson(NamedTuple):
    """What is learnt from a text: its features and those of its form, as the library reads them and as numbers."""

    found: str
    shape: str
    numbers: "array[int]"
    shape_numbers: "array[int]"

    def said(self, *, form: bool) -> str:
        """Return the features as a text."""
        return f"{self.found} {self.shape}" if form else self.found


class Maker:
    """Fits classifiers; remembers what was read of a text, which all classifiers share."""

    def __init__(self, concepts: Concepts) -> None:
        self._concepts = concepts
        self._lessons: dict[str, Lesson] = {}
        self._numbers: dict[str, int] = defaultdict(count().__next__)

    def fit(self, examples: Sequence[Example], settings: Settings, file: Path) -> Saved:
        """Fit one classifier, write its file and return what is in it."""
        if len({example.label for example in examples}) < 2:
            raise ValueError(f"{file.stem}: examples of at least two classes are needed")
        learnt = _learnt(examples, settings)
        texts, labels = zip(*learnt.elements(), strict=True)
        classifier = TextClassifier(
            settings.max_features, ngram_range=(1, 1), min_df=2, max_df=1.0, c=settings.c, tol=0.01
        )
        classifier.fit([self.lesson(text).said(form=settings.form) for text in texts], list(labels))
        classifier.save(str(file))
        saved = Saved(file.read_bytes())
        if settings.bayes:
            saved = saved.with_weights(blended(saved, self._seen(learnt, settings.form), settings.bayes))
            file.write_bytes(saved.raw)
        return saved

    def lesson(self, text: str) -> Lesson:
        """Return the features of a text."""
        if text not in self._lessons:
            said = words(text)
            found, shape = features_of(said, self._concepts), form_of(text, said)
            self._lessons[text] = Lesson(" ".join(found), " ".join(shape), self._numbered(found), self._numbered(shape))
        return self._lessons[text]

    def _numbered(self, features: Sequence[str]) -> "array[int]":
        """Return the number of each different feature; numbers are counted faster than words, time and again."""
        return array("I", set(map(self._numbers.__getitem__, features)))

    def _seen(self, learnt: Learnt, form: bool) -> dict[str, Counter[str]]:
        """Return of each class in how many of its messages each feature comes up."""
        by_times: dict[tuple[str, int], Counter[int]] = defaultdict(Counter)
        for (text, label), times in learnt.items():
            lesson = self.lesson(text)
            by_times[label, times].update(lesson.numbers)
            if form:
                by_times[label, times].update(lesson.shape_numbers)
        names = list(self._numbers)
        seen: dict[str, Counter[str]] = defaultdict(Counter)
        for (label, times), counted in by_times.items():
            sums = seen[label]
            for number, often in counted.items():
                sums[names[number]] += times * often
        return seen


def read_all(examples: Iterable[Example]) -> None:
    """Read what will be learnt, once for all classifiers and for all processes that are forked from this one."""
    for text in {example.text for example in examples}:
        _maker().lesson(text)
        _maker().lesson(fold(text))


def fit(file: Path, examples: Sequence[Example]) -> None:
    """Fit the classifier that this file is named after."""
    _maker().fit(examples, SETTINGS[file.stem], file)


@cache
def _maker() -> Maker:
    return Maker(parsed(SOURCE.read_text(encoding="utf-8")))


def _learnt(examples: Sequence[Example], settings: Settings) -> Learnt:
    """Take every text twice, as written and stripped of accents: unaccented accuracy rises from 16 to 73 %."""
    learnt: Learnt = Counter()
    for example, times in Counter(_evened(examples, settings.evenness, settings.most)).items():
        learnt[example.text, example.label] += times
        learnt[fold(example.text), example.label] += times
    return learnt


def _evened(examples: Sequence[Example], evenness: int, most: int) -> list[Example]:
    """Repeat the examples of rare classes and thin out the largest, so that no class wins by its number."""
    of_label: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        of_label[example.label].append(example)
    target = min(most, max(map(len, of_label.values())))
    even: list[Example] = []
    for rows in of_label.values():
        wanted = min(target, evenness * len(rows))
        even += [rows[at * len(rows) // wanted] for at in range(wanted)]
    return even
