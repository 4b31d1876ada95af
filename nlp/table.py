"""All classifiers in one table, a row of weights for each feature, so that one sum gives every margin of a message."""

import math
import struct
from array import array
from collections.abc import Iterable, Mapping, Sequence
from mmap import mmap
from operator import itemgetter, mul
from typing import NamedTuple

from marisa_trie import Trie

from nlp.saved import Saved

Margins = Mapping[str, Mapping[str, float]]  # classifier → class → margin; above 0 a class says yes

# A row is read as one long whole number, so that Python adds the margins of all classes at once. Each class has 32
# bits of it: its weight in steps of 1/STEPS, moved up by MIDDLE so that none is negative and no sum borrows from the
# next. Above them stand 64 bits a classifier, the feature's squared idf, of which the length of a message is made.
STEPS, SQUARE_STEPS = 2**10, 2**16
MIDDLE = 2**16  # weights lie within 64 either way, and no sum overflows: 6,000 characters are not 32,000 features
WEIGHT, SQUARE = 4, 8  # bytes


class Head(NamedTuple):
    """The columns of one classifier."""

    classes: Sequence[str]
    biases: Sequence[float]


class Table:
    """Margins in plain Python, equal to the library's up to rounding; some 100 µs for all classes of a message.

    `words` numbers the features, `sheet` has their rows in that order. Both may be mapped files.
    """

    def __init__(self, words: Trie, sheet: bytes | mmap, heads: Mapping[str, Head]) -> None:
        self._heads = heads
        self._squares_at = WEIGHT * sum(len(head.classes) for head in heads.values())
        self._row = struct.Struct(f"<{self._squares_at // WEIGHT}I{len(heads)}Q")
        self._number_of = words.get
        self._sheet = sheet
        if len(sheet) != len(words) * self._row.size:
            raise ValueError("a table has a row for each of its words")

    def margins(self, counts: Mapping[str, int]) -> Margins:
        """Return the margin of every class of every classifier, for features and how often each occurs."""
        number_of = self._number_of
        known = [(at, times) for feature, times in counts.items() if (at := number_of(feature)) is not None]
        sums = self._summed([at for at, _ in known], [times for _, times in known])
        lift, at, found = MIDDLE * sum(times for _, times in known), 0, {}
        for (name, head), square in zip(self._heads.items(), sums[self._squares_at // WEIGHT :], strict=True):
            step = STEPS * (math.sqrt(square / SQUARE_STEPS) or 1.0)
            found[name] = {
                label: (total - lift) / step + bias
                for label, total, bias in zip(head.classes, sums[at : at + len(head.classes)], head.biases, strict=True)
            }
            at += len(head.classes)
        return found

    def contributions(self, counts: Mapping[str, int], name: str, label: str) -> list[tuple[str, float]]:
        """Return what each known feature adds to the margin of a class, the strongest first."""
        lanes = [(classifier, one) for classifier, head in self._heads.items() for one in head.classes]
        size, weight_at, lane = self._row.size, struct.Struct("<I").unpack_from, lanes.index((name, label))
        shares = [
            (feature, (weight_at(self._sheet, at * size + WEIGHT * lane)[0] - MIDDLE) / STEPS)
            for feature in counts
            if (at := self._number_of(feature)) is not None
        ]
        return sorted(shares, key=itemgetter(1), reverse=True)

    def rarity(self, feature: str) -> float | None:
        """Return how rare a feature is in the messages of the first classifier (its idf); None for an unknown one."""
        at = self._number_of(feature)
        if at is None:
            return None
        (square,) = struct.unpack_from("<Q", self._sheet, at * self._row.size + self._squares_at)
        return math.sqrt(square / SQUARE_STEPS) or None

    def _summed(self, numbers: Sequence[int], often: Sequence[int]) -> tuple[int, ...]:
        """Return the sums of some rows, each taken so often: its weights so many times, its squares that squared."""
        sheet, size, from_bytes = self._sheet, self._row.size, int.from_bytes
        rows = [from_bytes(sheet[at : at + size], "little") for at in map(size.__mul__, numbers)]
        total = sum(map(mul, rows, often))
        shift = 8 * self._squares_at
        again = sum((row >> shift) * (times - 1) * times for row, times in zip(rows, often, strict=True) if times > 1)
        return self._row.unpack((total + (again << shift)).to_bytes(size, "little"))


def tabled(classifiers: Iterable[Saved]) -> tuple[Trie, bytes]:
    """Put classifiers side by side: the features, a row for each; one that a classifier lacks weighs nothing in it."""
    classifiers = list(classifiers)
    words = Trie({word for saved in classifiers for word in saved.words})
    lanes, squares = [], []
    for saved in classifiers:
        rows = list(map(words.__getitem__, saved.words))
        squares.append(_column("Q", 0, len(words), rows, [round(idf * idf * SQUARE_STEPS) for idf in saved.idf]))
        steps = [STEPS * idf for idf in saved.idf]
        for weights in saved.weights:
            numbers = map(int, map((MIDDLE + 0.5).__add__, map(mul, weights, steps)))  # rounded, in C
            lanes.append(_column("I", MIDDLE, len(words), rows, numbers))
    row = struct.Struct(f"<{len(lanes)}I{len(squares)}Q")
    return words, b"".join(map(row.pack, *lanes, *squares))


def _column(kind: str, otherwise: int, size: int, rows: Iterable[int], numbers: Iterable[int]) -> "array[int]":
    column = array(kind, [otherwise]) * size
    for row, number in zip(rows, numbers, strict=True):
        column[row] = number
    return column
