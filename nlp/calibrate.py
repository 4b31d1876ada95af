"""The one number that makes probabilities honest: a softmax temperature fitted on messages not trained on."""

import math
from collections.abc import Sequence

from nlp.model import softmax

LOWEST, HIGHEST, STEPS = 0.05, 3.0, 40
STEP = 0.98
TOLD_APART = 1.005  # a hundred messages do not tell apart temperatures whose surprise differs by less


def fit_temperature(seen: Sequence[tuple[Sequence[float], int]]) -> float:
    """Return the temperature under which the right classes (by index) are most likely; 1.0 without examples.

    Of those that do equally well the lowest: what is said surely is right more often than asked for.
    """
    if not seen:
        return 1.0
    low, high = math.log(LOWEST), math.log(HIGHEST)
    golden = (math.sqrt(5) - 1) / 2
    for _ in range(STEPS):
        left, right = high - golden * (high - low), low + golden * (high - low)
        low, high = (low, right) if _surprise(seen, math.exp(left)) < _surprise(seen, math.exp(right)) else (left, high)
        if high - low < 0.01:
            break
    best = math.exp((low + high) / 2)
    most = TOLD_APART * _surprise(seen, best)
    while best * STEP > LOWEST and _surprise(seen, best * STEP) <= most:
        best *= STEP
    return best


def _surprise(seen: Sequence[tuple[Sequence[float], int]], temperature: float) -> float:
    """Return the mean negative log probability of the right class."""
    return -sum(math.log(max(softmax(margins, temperature)[right], 1e-12)) for margins, right in seen) / len(seen)
