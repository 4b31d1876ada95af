"""Naive Bayes blended into a saved classifier's weights: on few examples the two err differently, together less."""

import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Mapping
from operator import sub

from nlp.saved import Saved

SMOOTHING = 0.1  # messages in which a feature that never came up is taken to have come up


def blended(saved: Saved, messages: Mapping[tuple[str, str], int], share: float) -> "array[float]":
    """Return all weights, class after class, with `share` of naive Bayes' log odds added.

    Messages are (features, label) and how often each counts. Both are linear in the same values, so the blend costs
    nothing when predicting.
    """
    counts = _counted(saved, messages)
    unseen = {name: math.log(SMOOTHING / (count.total() + SMOOTHING * saved.size)) for name, count in counts.items()}
    middle = array("d", [math.fsum(unseen.values())]) * saved.size
    for count in counts.values():
        for column, times in count.items():
            middle[column] += math.log1p(times / SMOOTHING)
    middle = array("d", map((share / len(counts)).__mul__, middle))
    mixed = array("f")
    for name, weights in zip(saved.classes, saved.weights, strict=True):
        row = array("f", map((share * unseen[name]).__add__, map(sub, weights, middle)))
        for column, times in counts[name].items():
            row[column] += share * math.log1p(times / SMOOTHING)
        mixed.extend(row)
    return mixed


def _counted(saved: Saved, messages: Mapping[tuple[str, str], int]) -> dict[str, Counter[int]]:
    """Return for each class in how many of its messages each known feature (by column) comes up."""
    seen: dict[tuple[str, int], Counter[str]] = defaultdict(Counter)
    for (features, label), times in messages.items():
        seen[label, times].update(set(features.split()))  # counted in C
    counts: dict[str, Counter[int]] = {name: Counter() for name in saved.classes}
    column_of = dict(zip(saved.words, range(saved.size), strict=True)).get
    for (label, times), words in seen.items():
        count = counts[label]
        for word, often in words.items():
            if (column := column_of(word)) is not None:
                count[column] += times * often
    return counts
