"""Weights of the signs of two reports being the same: fitted on pairs written by hand and on what officers decided."""

import json
import math
from collections.abc import Sequence
from itertools import starmap
from operator import mul
from pathlib import Path
from typing import NamedTuple

from nlp.duplicates import AGAINST, HOUSE, SAME, Matter, Signs, said_by_places, signs, squashed
from nlp.examples import CORPUS, CORRECTION_WEIGHT

STEPS, PACE = 250, 0.8  # of the descent
HOLD = 0.003  # how strongly the weights are held where the house set them: a handful of pairs moves them little
# To agree never makes two reports less alike, whatever pairs say that were written to mislead.
LEAST = Signs(0.2, 0.2, 0.2, -math.inf)


class Pair(NamedTuple):
    """Two reports, and whether they are about the same thing; `times`: how much the pair counts."""

    one: str
    other: str
    same: bool
    times: int = 1


class Seen(NamedTuple):
    """A pair as the regression sees it."""

    signs: Signs
    given: float
    same: bool
    times: int


def read_pairs(corpus: Path = CORPUS, corrections: Path | None = None) -> list[Pair]:
    """Return the pairs of the corpus, and those that officers merged or kept apart: JSON Lines `{"a", "b", "same"}`."""
    file = corpus / "pairs.tsv"
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    rows = (line.split("\t") for line in lines if line and not line.startswith("#"))
    pairs = [Pair(one, other, kind == "same") for kind, one, other in rows]
    decided = corrections.read_text(encoding="utf-8").splitlines() if corrections and corrections.exists() else []
    officers = [row for row in map(json.loads, decided) if "same" in row]
    return pairs + [Pair(row["a"], row["b"], row["same"], CORRECTION_WEIGHT) for row in officers]


def fitted(pairs: Sequence[tuple[Matter, Matter, Pair]]) -> Signs:
    """Return the weights that tell the pairs apart best; the house's where those find no fewer.

    Pairs that a veto decides say nothing about the signs and are left out.
    """
    seen = [one for one in starmap(_seen, pairs) if one.given > -AGAINST]
    weights = _descended(seen) if seen else HOUSE
    return weights if f1(seen, weights) > f1(seen, HOUSE) else HOUSE


def _seen(one: Matter, other: Matter, pair: Pair) -> Seen:
    return Seen(signs(one, other), said_by_places(one, other), pair.same, pair.times)


def f1(seen: Sequence[Seen], weights: Signs) -> float:
    """Return the F1 of the pairs called the same."""
    said = [(one.same, squashed(_score(one, weights)) >= SAME, one.times) for one in seen]
    hits = sum(times for same, called, times in said if same and called)
    wrong = sum(times for same, called, times in said if same != called)
    return 2 * hits / (2 * hits + wrong) if hits else 0.0


def _descended(seen: Sequence[Seen]) -> Signs:
    """Fit a logistic regression by gradient descent, held near the house's weights."""
    weights, total = HOUSE, sum(one.times for one in seen)
    for _ in range(STEPS):
        errors = [one.times * (squashed(_score(one, weights)) - one.same) for one in seen]
        slopes = [sum(map(mul, errors, column)) / total for column in zip(*(one.signs for one in seen), strict=True)]
        moved = (
            weight - PACE * (slope + HOLD * (weight - house))
            for weight, slope, house in zip(weights, slopes, HOUSE, strict=True)
        )
        weights = Signs(*map(max, moved, LEAST))
    return weights


def _score(one: Seen, weights: Signs) -> float:
    return sum(map(mul, weights, one.signs)) + one.given
