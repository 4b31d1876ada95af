"""Naive Bayes blended into a saved classifier's weights: on few examples the two err differently, together less."""

import math
from array import array
from collections import Counter
from collections.abc import Iterable

from nlp.scorer import Scorer

SMOOTHING = 0.1  # messages in which a feature that never came up is taken to have come up


def blended(scorer: Scorer, messages: Iterable[tuple[str, str]], share: float) -> "array[float]":
    """Return all weights, class after class, with `share` of naive Bayes' log odds added.

    Messages are (features, label). Both are linear in the same values, so the blend costs nothing when predicting.
    """
    counts: dict[str, Counter[str]] = {name: Counter() for name in scorer.classes}
    for features, label in messages:
        counts[label].update(set(features.split()))
    logs = [_logs(counts[name], scorer.words) for name in scorer.classes]
    middle = [math.fsum(column) / len(logs) for column in zip(*logs, strict=True)]
    mixed = array("f")
    for weights, odds in zip(scorer.weights, logs, strict=True):
        mixed.extend(weight + share * (odd - mean) for weight, odd, mean in zip(weights, odds, middle, strict=True))
    return mixed


def _logs(count: Counter[str], words: Iterable[str]) -> list[float]:
    seen = [count[word] + SMOOTHING for word in words]
    whole = math.log(math.fsum(seen))
    return [math.log(times) - whole for times in seen]
