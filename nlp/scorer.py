"""One trained classifier: the margins of every class, read from the file underthesea_core saved."""

import math
import struct
from array import array
from collections import Counter
from collections.abc import Iterable
from operator import itemgetter, mul
from pathlib import Path

from underthesea_core import TextClassifier

TOLERANCE = 2e-3  # on a margin; the Rust side sums in 32 bits and in another order

_U64 = struct.Struct("<Q")


class Scorer:
    """The margins of a TextClassifier in plain Python, 2–5 µs a class; equal to Rust's up to rounding.

    The saved file (bincode, underthesea-core 3.3.2 exactly) holds: vocabulary, idf, settings, weights by class, biases,
    classes. `explain` and calibrated probabilities need all margins, the library gives out the winner's only.
    """

    def __init__(self, path: Path) -> None:
        reader = _Reader(path.read_bytes())
        self._vocabulary = reader.vocabulary()
        self._idf = reader.floats()
        reader.skip(5 * 8 + 8 + 2)  # n_features, max_features, ngram_range, min_df, max_df, is_fitted, Some(model)
        weights = reader.floats()
        self._biases = reader.floats()
        self.classes = tuple(reader.text() for _ in range(reader.count()))
        size = len(self._idf)
        self._weights = [weights[at : at + size] for at in range(0, len(weights), size)]

    def margins(self, features: Iterable[str]) -> list[float]:
        """Return one margin per class, in the order of `classes`."""
        columns, values = self._vector(features)
        if not columns:
            return list(self._biases)
        pick = itemgetter(*columns, columns[0])  # one more, so that itemgetter always returns a tuple
        return [sum(map(mul, pick(row), values), bias) for row, bias in zip(self._weights, self._biases, strict=True)]

    def contributions(self, features: Iterable[str], label: str) -> list[tuple[str, float]]:
        """Return what each known feature adds to the margin of `label`, the strongest first."""
        row = self._weights[self.classes.index(label)]
        known = {feature: self._vocabulary[feature] for feature in features if feature in self._vocabulary}
        shares = [(feature, row[at] * self._idf[at]) for feature, at in known.items()]
        return sorted(shares, key=lambda share: -share[1])

    def _vector(self, features: Iterable[str]) -> tuple[list[int], list[float]]:
        """Return the columns and the L2-normalised tf-idf values of the known features."""
        counts = Counter(map(self._vocabulary.get, features))
        counts.pop(None, None)
        columns = [at for at in counts if at is not None]
        values = [counts[at] * self._idf[at] for at in columns]
        norm = math.sqrt(sum(map(mul, values, values))) or 1.0
        return columns, [value / norm for value in values]


class Winner:
    """The safe fall-back when the file is not laid out as Scorer reads it: Rust's winner, the other classes at -1."""

    def __init__(self, path: Path) -> None:
        self._classifier = TextClassifier.load(str(path))
        self.classes = tuple(self._classifier.classes)

    def margins(self, features: Iterable[str]) -> list[float]:
        """Return the winner's margin and -1 for all others."""
        label, score = self._classifier.predict_with_score(" ".join(features))
        return [math.log(score / (1 - score)) if name == label else -1.0 for name in self.classes]

    def contributions(self, _features: Iterable[str], _label: str) -> list[tuple[str, float]]:
        """Return nothing: weights are not known here."""
        return []


def agrees(scorer: Scorer, features: str, label: str, score: float) -> bool:
    """Tell whether our margins give the winner and the score that Rust gave at training time."""
    margins = scorer.margins(features.split())
    best = max(margins)
    close = abs(best - math.log(score / (1 - score))) < TOLERANCE
    return close and best - margins[scorer.classes.index(label)] < TOLERANCE


class _Reader:
    """A cursor over bincode bytes: 64-bit lengths, little endian."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._at = 0

    def count(self) -> int:
        (number,) = _U64.unpack_from(self._raw, self._at)
        self._at += 8
        return int(number)

    def skip(self, size: int) -> None:
        self._at += size

    def text(self) -> str:
        size = self.count()
        self._at += size
        return self._raw[self._at - size : self._at].decode()

    def floats(self) -> "array[float]":
        size = 4 * self.count()
        self._at += size
        return array("f", self._raw[self._at - size : self._at])

    def vocabulary(self) -> dict[str, int]:
        """Read the word → column table in one loop without calls: it is most of the load time."""
        raw, size_of, column_of = self._raw, _U64.unpack_from, struct.Struct("<I").unpack_from
        table: dict[str, int] = {}
        total, at = self.count(), self._at
        for _ in range(total):
            end = at + 8 + size_of(raw, at)[0]
            table[raw[at + 8 : end].decode()] = column_of(raw, end)[0]
            at = end + 4
        self._at = at
        return table
