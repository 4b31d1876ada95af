"""The safe fall-back when a table does not say what the library says: the library itself, which names winners only."""

import math
from collections.abc import Iterable, Mapping
from pathlib import Path

from underthesea_core import TextClassifier

from nlp.table import Margins, Rows


class Winners:
    """The classifiers as the library loads them: the winner's margin, all other classes at -1; no reasons."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        self._classifiers = {name: TextClassifier.load(str(file)) for name, file in files.items()}

    def rows(self, features: Iterable[str]) -> Rows:
        """Return all features as known: which are not is not known here."""
        return dict.fromkeys(features, 0)

    def margins(self, counts: Mapping[str, int], _rows: Rows | None = None) -> Margins:
        """Return for every classifier the winner's margin and -1 for the other classes."""
        features = " ".join(feature for feature, times in counts.items() for _ in range(times))
        return {name: _margins(classifier, features) for name, classifier in self._classifiers.items()}

    def contributions(self, _rows: Rows, _name: str, _label: str) -> list[tuple[str, float]]:
        """Return nothing: weights are not known here."""
        return []

    def rarity(self, _feature: str) -> float:
        """Return 1: all words weigh the same."""
        return 1.0


def _margins(classifier: TextClassifier, features: str) -> dict[str, float]:
    label, score = classifier.predict_with_score(features)
    return {name: math.log(score / (1 - score)) if name == label else -1.0 for name in classifier.classes}
