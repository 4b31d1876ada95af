"""One trained classifier: the margins of every class, read from the file underthesea_core saved."""

import math
import struct
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from operator import itemgetter, mul
from pathlib import Path

from underthesea_core import TextClassifier

TOLERANCE = 2e-3  # on a margin; the Rust side sums in 32 bits and in another order

_U64 = struct.Struct("<Q")
_SETTINGS = 5 * 8 + 8 + 2  # n_features, max_features, ngram_range, min_df, max_df, is_fitted, Some(model)


class Scorer:
    """The margins of a TextClassifier in plain Python, a few µs a class; equal to Rust's up to rounding.

    The saved file (bincode of underthesea-core 3.3.2 exactly) holds: vocabulary, idf, settings, weights by class,
    biases, classes. The library gives out the winner's margin only; probabilities and `why` need all of them.
    `words` are those of `vocabulary_of`, in the order of their columns.
    """

    def __init__(self, raw: bytes, words: list[str], end_of_vocabulary: int) -> None:
        self.words = words
        self._columns: Mapping[str, int] = dict(zip(words, range(len(words)), strict=True))
        reader = _Reader(raw, end_of_vocabulary)
        self._idf = reader.floats()
        reader.at += _SETTINGS
        self.weights_at = reader.at + 8  # where the numbers themselves begin in the file
        weights = reader.floats()
        self._biases = reader.floats()
        self.classes = tuple(reader.text() for _ in range(reader.count()))
        self.size = len(self._idf)
        self.weights = [weights[at : at + self.size] for at in range(0, len(weights), self.size)]

    def margins(self, counts: Mapping[str, int]) -> list[float]:
        """Return one margin per class, in the order of `classes`, for features and how often each occurs."""
        columns, values = self.vector(counts)
        if not columns:
            return list(self._biases)
        pick = itemgetter(*columns, columns[0])  # one more, so that itemgetter always returns a tuple
        return [sum(map(mul, pick(row), values), bias) for row, bias in zip(self.weights, self._biases, strict=True)]

    def contributions(self, counts: Mapping[str, int], label: str) -> list[tuple[str, float]]:
        """Return what each known feature adds to the margin of `label`, the strongest first."""
        row = self.weights[self.classes.index(label)]
        shares = [
            (feature, row[at] * self._idf[at]) for feature in counts if (at := self._columns.get(feature)) is not None
        ]
        return sorted(shares, key=itemgetter(1), reverse=True)

    def rarity(self, feature: str) -> float:
        """Return the idf of a feature; of an unknown one the highest there is."""
        at = self._columns.get(feature)
        return self._idf[-1] if at is None else self._idf[at]

    def known(self, features: Iterable[str]) -> set[int]:
        """Return the columns of the features the classifier knows, each once."""
        return {at for feature in set(features) if (at := self._columns.get(feature)) is not None}

    def vector(self, counts: Mapping[str, int]) -> tuple[list[int], list[float]]:
        """Return the columns and the L2-normalised tf-idf values of the known features."""
        idf, column_of = self._idf, self._columns.get
        known = [(at, count) for feature, count in counts.items() if (at := column_of(feature)) is not None]
        columns = [at for at, _ in known]
        values = [count * idf[at] for at, count in known]
        norm = math.sqrt(sum(map(mul, values, values))) or 1.0
        return columns, [value / norm for value in values]


class Winner:
    """The safe fall-back when the file is not laid out as Scorer reads it: Rust's winner, the other classes at -1."""

    def __init__(self, path: Path) -> None:
        self._classifier = TextClassifier.load(str(path))
        self.classes = tuple(self._classifier.classes)

    def margins(self, counts: Mapping[str, int]) -> list[float]:
        """Return the winner's margin and -1 for all others."""
        features = " ".join(feature for feature, count in counts.items() for _ in range(count))
        label, score = self._classifier.predict_with_score(features)
        return [math.log(score / (1 - score)) if name == label else -1.0 for name in self.classes]

    def contributions(self, _counts: Mapping[str, int], _label: str) -> list[tuple[str, float]]:
        """Return nothing: weights are not known here."""
        return []

    def rarity(self, _feature: str) -> float:
        """Return 1: all words weigh the same."""
        return 1.0


def vocabulary_of(raw: bytes) -> tuple[list[str], int]:
    """Return the words of a saved file by column, and the offset at which its vocabulary ends."""
    reader = _Reader(raw, 0)
    size_of, column_of = _U64.unpack_from, struct.Struct("<I").unpack_from
    words = [""] * reader.count()
    at = reader.at
    for _ in range(len(words)):
        end = at + 8 + size_of(raw, at)[0]
        words[column_of(raw, end)[0]] = raw[at + 8 : end].decode()
        at = end + 4
    return words, at


def agrees(scorer: Scorer, features: str, label: str, score: float) -> bool:
    """Tell whether our margins give the winner and the score that Rust gave at training time."""
    margins = scorer.margins(Counter(features.split()))
    best = max(margins)
    close = abs(best - math.log(score / (1 - score))) < TOLERANCE
    return close and best - margins[scorer.classes.index(label)] < TOLERANCE


class _Reader:
    """A cursor over bincode bytes: 64-bit lengths, little endian."""

    def __init__(self, raw: bytes, at: int) -> None:
        self._raw = raw
        self.at = at

    def count(self) -> int:
        (number,) = _U64.unpack_from(self._raw, self.at)
        self.at += 8
        return int(number)

    def text(self) -> str:
        size = self.count()
        self.at += size
        return self._raw[self.at - size : self.at].decode()

    def floats(self) -> "array[float]":
        size = 4 * self.count()
        self.at += size
        return array("f", self._raw[self.at - size : self.at])
