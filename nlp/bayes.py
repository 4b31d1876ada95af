"""Naive Bayes blended into a saved classifier's weights: on few examples the two err differently, together less."""

import math
from array import array
from collections.abc import Mapping
from operator import sub

from nlp.saved import Saved

SMOOTHING = 0.1  # messages in which a feature that never came up is taken to have come up


def blended(saved: Saved, seen: Mapping[str, Mapping[str, int]], share: float) -> "array[float]":
    """Return all weights, class after class, with `share` of naive Bayes' log odds added.

    `seen` says of each class in how many of its messages each feature came up. Both are linear in the same values, so
    the blend costs nothing when predicting.
    """
    column_of = dict(zip(saved.words, range(saved.size), strict=True))
    odds = {
        name: [(column_of[word], times) for word, times in seen[name].items() if word in column_of]
        for name in saved.classes
    }
    totals = {name: sum(times for _, times in rows) for name, rows in odds.items()}
    unseen = {name: math.log(SMOOTHING / (total + SMOOTHING * saved.size)) for name, total in totals.items()}
    middle = array("d", [math.fsum(unseen.values())]) * saved.size
    for rows in odds.values():
        for column, times in rows:
            middle[column] += math.log1p(times / SMOOTHING)
    middle = array("d", map((share / len(odds)).__mul__, middle))
    mixed = array("f")
    for name, weights in zip(saved.classes, saved.weights, strict=True):
        row = array("f", map((share * unseen[name]).__add__, map(sub, weights, middle)))
        for column, times in odds[name]:
            row[column] += share * math.log1p(times / SMOOTHING)
        mixed.extend(row)
    return mixed
