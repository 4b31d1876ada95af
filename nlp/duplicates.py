"""Are two reports about the same thing: the same matter, at the same place, nothing that speaks against it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from math import cos, hypot, radians
from operator import mul
from typing import NamedTuple

from dialogs.words import Place

# Categories that people and the classifier mix up (the boundary rules of the taxonomy): look for candidates in both.
CONFUSABLE = (
    ("road_infrastructure", "traffic_order"), ("road_infrastructure", "agriculture_irrigation"),
    ("road_infrastructure", "emergency_disaster"), ("waste_sanitation", "environmental_pollution"),
    ("environmental_pollution", "noise_nuisance"), ("environmental_pollution", "agriculture_irrigation"),
    ("noise_nuisance", "public_security"), ("urban_order", "traffic_order"), ("urban_order", "land"),
    ("lighting_greenery", "electricity"), ("electricity", "telecom"), ("water_supply", "environmental_pollution"),
    ("admin_procedure", "officer_conduct"), ("admin_procedure", "land"), ("health_food_safety", "officer_conduct"),
    ("education_culture", "officer_conduct"), ("social_policy", "officer_conduct"),
    ("public_security", "emergency_disaster"),
)  # fmt: skip

SAME = 0.4  # from here on a pair is suggested as the same
FAR, NEAR = 1.5, 0.15  # kilometres between two pins: surely different, surely close
PLACE, AGAINST = 0.2, 6.0  # the same place; two hamlets, communes or pins that contradict each other
STRANGERS, TOO_LITTLE = 0.15, 0.5  # texts that share less than this part of their rare words; its cost, set by hand


class Signs(NamedTuple):
    """How alike two reports are in each respect, or what each of that weighs before the sum is squashed."""

    field: float
    kinds: float
    words: float
    bias: float


# What a model uses that has fitted none of its own (nlp/pairs.py). The field tells most: reports of other things at
# the same place share more words than two people's reports of the same thing.
HOUSE = Signs(2.2, 0.2, 0.2, -1.85)


@dataclass(frozen=True, slots=True)
class Matter:
    """What of a report is compared: `weights` of its folded words (rare ones weigh more), fields, place.

    `fields` are the square roots of the probabilities: their products make the overlap of two distributions.
    """

    weights: Mapping[str, float]
    kinds: frozenset[str]
    fields: Mapping[str, float]
    place: Place | None
    hamlets: frozenset[str]
    numbers: frozenset[str]
    weighed: Signs = HOUSE  # what the model that read it weighs the signs with

    @property
    def rarest(self) -> list[str]:
        """The words that tell most, the rarest first."""
        return sorted(self.weights, key=lambda word: -self.weights[word])


def confusable_with(category: str) -> frozenset[str]:
    """Return the categories in which a report of the same thing may also stand, its own included."""
    return frozenset({category}.union(*(pair for pair in CONFUSABLE if category in pair)))


def likeness(one: Matter, other: Matter) -> float:
    """Return how likely two reports are about the same thing, 0 to 1; a suggestion, never a decision."""
    if _place(one, other) <= -AGAINST:
        return 0.0
    seen = signs(one, other)
    return squashed(sum(map(mul, one.weighed, seen)) + given(one, other, seen))


def signs(one: Matter, other: Matter) -> Signs:
    """Return how alike two reports are; these are weighed as fitted."""
    return Signs(
        _same_field(one.fields, other.fields),
        _overlap(one.kinds, other.kinds),
        _weighed_overlap(one.weights, other.weights),
        1.0,
    )


def given(one: Matter, other: Matter, seen: Signs) -> float:
    """Return what is not fitted but set by hand: what the places say, and the cost of too few words in common."""
    return _place(one, other) - (TOO_LITTLE if seen.words < STRANGERS else 0.0)


def squashed(score: float) -> float:
    """Return a score as a share, 0 to 1."""
    return 1 / (1 + math.exp(-score))


def _same_field(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """Return the overlap of two distributions over the categories (Bhattacharyya)."""
    return sum(root * other.get(name, 0.0) for name, root in one.items())


def _weighed_overlap(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """Return the weight of the shared words as a part of the lighter text's."""
    lighter = min(sum(one.values()), sum(other.values()))
    return sum(one[word] for word in one.keys() & other.keys()) / lighter if lighter else 0.0


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    """Return the shared part of the smaller set: who tells more names more kinds of things."""
    return len(one & other) / max(1, min(len(one), len(other)))


def _place(one: Matter, other: Matter) -> float:
    """Return what the places say: for a shared one, against contradicting pins, communes, hamlets or house numbers."""
    apart = _kilometres(one.place, other.place)
    if apart is not None:
        return -AGAINST if apart > FAR else PLACE if apart < NEAR else 0.0
    codes = [place.commune for place in (one.place, other.place) if place and place.commune]
    names = [place.old_name for place in (one.place, other.place) if place and place.old_name]
    if len(set(codes)) > 1 or len(set(names)) > 1:
        return -AGAINST
    if one.hamlets and other.hamlets:
        return PLACE if one.hamlets & other.hamlets else -AGAINST
    if one.numbers and other.numbers and not one.numbers & other.numbers:
        return -AGAINST
    return PLACE if len(codes) == 2 else 0.0


def _kilometres(one: Place | None, other: Place | None) -> float | None:
    """Return the distance of two pins on the flat map of a small town."""
    if one is None or other is None or None in (one.lat, one.lon, other.lat, other.lon):
        return None
    assert one.lat is not None and one.lon is not None and other.lat is not None and other.lon is not None
    return 111.2 * hypot(one.lat - other.lat, (one.lon - other.lon) * cos(radians(one.lat)))
