"""Naive Bayes blended into a saved classifier's weights: on few examples the two err differently, together less."""

import math
from array import array
from collections.abc import Iterable, Sequence

from nlp.scorer import Scorer

SMOOTHING = 0.05


def blended(
    scorer: Scorer, examples: Iterable[tuple[Sequence[int], Sequence[float], str]], share: float
) -> "array[float]":
    """Return all weights, class after class, with `share` of naive Bayes' log odds added.

    Both are linear in the same tf-idf values (columns, values, label), so the blend costs nothing when predicting.
    """
    sums = {name: array("d", bytes(8 * scorer.size)) for name in scorer.classes}
    for columns, values, label in examples:
        row = sums[label]
        for at, value in zip(columns, values, strict=True):
            row[at] += value
    logs = [_logs(sums[name]) for name in scorer.classes]
    middle = [math.fsum(column) / len(logs) for column in zip(*logs, strict=True)]
    mixed = array("f")
    for weights, odds in zip(scorer.weights, logs, strict=True):
        mixed.extend(weight + share * (odd - mean) for weight, odd, mean in zip(weights, odds, middle, strict=True))
    return mixed


def _logs(sums: "array[float]") -> list[float]:
    whole = math.log(sum(sums) + SMOOTHING * len(sums))
    return [math.log(value + SMOOTHING) - whole for value in sums]
