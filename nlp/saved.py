"""One classifier as underthesea_core saved it: its words, idf, weights, biases and classes."""

import struct
from array import array

_U64, _COLUMN = struct.Struct("<Q"), struct.Struct("<I")
_SETTINGS = 5 * 8 + 8 + 2  # n_features, max_features, ngram_range, min_df, max_df, is_fitted, Some(model)


class Saved:
    """The file of a TextClassifier, taken apart (bincode of underthesea-core 3.3.2 exactly).

    The library gives out the winner's margin only; probabilities, flags and `why` need all of them.
    """

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self._at = 0
        self.words = self._vocabulary()
        self.idf = self._floats()
        self._at += _SETTINGS
        self._weights_at = self._at + 8  # where the numbers themselves begin in the file
        weights = self._floats()
        self.biases = self._floats()
        self.classes = tuple(self._text() for _ in range(self._count()))
        self.size = len(self.words)
        self.weights = [weights[at : at + self.size] for at in range(0, len(weights), self.size)]
        if len(self.idf) != self.size or not len(self.weights) == len(self.biases) == len(self.classes):
            raise ValueError("a classifier is saved in another layout than the one read here")

    def with_weights(self, weights: "array[float]") -> "Saved":
        """Return the same classifier with other weights, class after class; the library reads its `raw` as well."""
        numbers = weights.tobytes()
        return Saved(self.raw[: self._weights_at] + numbers + self.raw[self._weights_at + len(numbers) :])

    def _vocabulary(self) -> list[str]:
        """Return the words by column; in the file they stand in no order, each before its column."""
        raw, size_of, column_of = self.raw, _U64.unpack_from, _COLUMN.unpack_from
        words = [""] * self._count()
        at = self._at
        for _ in range(len(words)):
            end = at + 8 + size_of(raw, at)[0]
            words[column_of(raw, end)[0]] = raw[at + 8 : end].decode()
            at = end + 4
        self._at = at
        return words

    def _count(self) -> int:
        (number,) = _U64.unpack_from(self.raw, self._at)
        self._at += 8
        return int(number)

    def _text(self) -> str:
        size = self._count()
        self._at += size
        return self.raw[self._at - size : self._at].decode()

    def _floats(self) -> "array[float]":
        size = 4 * self._count()
        self._at += size
        return array("f", self.raw[self._at - size : self._at])
