"""All classifiers in one table, a row of weights for each feature, so that one sum gives every margin of a message."""

import math
import struct
from array import array
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate
from mmap import mmap
from operator import itemgetter, mul
from typing import NamedTuple

from marisa_trie import Trie

from nlp.features import PAIRED
from nlp.saved import Saved

Rows = Mapping[str, int]  # feature → its row
Margins = Mapping[str, Mapping[str, float]]  # classifier → class → margin; above 0 a class says yes

# A row is read as one long whole number, so that Python adds the margins of all classes at once. Each class has 32
# bits of it: its weight in steps of 1/STEPS, moved up by MIDDLE so that none is negative and no sum borrows from the
# next. Above them stand 64 bits a classifier, the feature's squared idf, of which the length of a message is made.
STEPS, SQUARE_STEPS = 2**10, 2**16
MIDDLE = 2**16  # weights lie within 64 either way, and no sum overflows: 6,000 characters are not 32,000 features
WEIGHT, SQUARE = 4, 8  # bytes
AT_HAND = 2**10  # rows of single words: the same come again and again
HIGHEST, HIGHEST_SQUARE = 2 ** (8 * WEIGHT) - 1, 2 ** (8 * SQUARE) - 1


class Head(NamedTuple):
    """The columns of one classifier."""

    classes: Sequence[str]
    biases: Sequence[float]


class Table:
    """Margins in plain Python, equal to the library's up to rounding; some 50 µs for all classes of a message.

    `words` numbers the features, `sheet` has their rows in that order. Both may be mapped files.
    """

    def __init__(self, words: Trie, sheet: bytes | mmap, heads: Mapping[str, Head]) -> None:
        ends = list(accumulate(len(head.classes) for head in heads.values()))
        spans = map(slice, [0, *ends], ends)
        self._heads = [(name, *head, span) for (name, head), span in zip(heads.items(), spans, strict=True)]
        self._lanes = {(name, label): at for at, (name, label) in enumerate(_classes(heads))}
        self._squares_at = WEIGHT * len(self._lanes)
        self._row = struct.Struct(f"<{len(self._lanes)}I{len(heads)}Q")
        self._number_of = words.get
        self._sheet = sheet
        self._kept = lru_cache(AT_HAND)(self._read)
        if len(sheet) != len(words) * self._row.size:
            raise ValueError("a table has a row for each of its words")

    def rows(self, features: Iterable[str]) -> Rows:
        """Return the rows of the features that are known; those of single words, which come again, are kept at hand."""
        read, kept = self._read, self._kept
        return {
            feature: row
            for feature in features
            if (row := read(feature) if PAIRED in feature else kept(feature)) is not None
        }

    def margins(self, counts: Mapping[str, int], rows: Rows | None = None) -> Margins:
        """Return the margin of every class of every classifier, for features, how often each occurs, their rows."""
        rows = self.rows(counts) if rows is None else rows
        again = [(rows[feature], times) for feature, times in counts.items() if times > 1 and feature in rows]
        sums = self._summed(rows, again)
        lift, found = MIDDLE * (len(rows) + sum(times - 1 for _, times in again)), {}
        for (name, classes, biases, span), square in zip(self._heads, sums[len(self._lanes) :], strict=True):
            step = STEPS * (math.sqrt(square / SQUARE_STEPS) or 1.0)
            found[name] = {
                label: (total - lift) / step + bias
                for label, total, bias in zip(classes, sums[span], biases, strict=True)
            }
        return found

    def contributions(self, rows: Rows, name: str, label: str) -> list[tuple[str, float]]:
        """Return what features add to the margin of a class, those that add something, the strongest first."""
        shift = 8 * WEIGHT * self._lanes[name, label]
        weights = [(feature, row >> shift & HIGHEST) for feature, row in rows.items()]
        shares = [(feature, (weight - MIDDLE) / STEPS) for feature, weight in weights if weight > MIDDLE]
        return sorted(shares, key=itemgetter(1), reverse=True)

    def rarity(self, feature: str) -> float | None:
        """Return how rare a feature is in the messages of the first classifier (its idf); None for an unknown one."""
        row = self._kept(feature)
        if row is None:
            return None
        return math.sqrt((row >> 8 * self._squares_at & HIGHEST_SQUARE) / SQUARE_STEPS) or None

    def _read(self, feature: str) -> int | None:
        at = self._number_of(feature)
        if at is None:
            return None
        at *= self._row.size
        return int.from_bytes(self._sheet[at : at + self._row.size], "little")

    def _summed(self, rows: Rows, again: Iterable[tuple[int, int]]) -> tuple[int, ...]:
        """Return the sums of rows, those that count so often `again` so many times: their squares that squared."""
        total, shift = sum(rows.values()), 8 * self._squares_at
        for row, times in again:
            total += (times - 1) * (row + ((row >> shift) * times << shift))
        return self._row.unpack(total.to_bytes(self._row.size, "little"))


def _classes(heads: Mapping[str, Head]) -> list[tuple[str, str]]:
    return [(name, label) for name, head in heads.items() for label in head.classes]


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
