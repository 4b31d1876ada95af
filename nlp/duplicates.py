"""Are two reports about the same thing: the same matter, at the same place, nothing that speaks against it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from math import cos, hypot, radians
from operator import mul
from typing import NamedTuple

from dialogs.words import Place
from nlp.senses import STATE, Senses, correlation

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
TAKEN_AWAY = 0.9  # of what both texts say, which is mostly the place


class Signs(NamedTuple):
    """How alike two reports are in each respect, or what each of that weighs before the sum is squashed."""

    meaning: float
    troubles: float
    field: float
    bias: float


# What a model uses that has fitted none of its own (nlp/pairs.py). What is left of both when the shared words are
# taken away tells most: reports of other things at the same place share more words than two people's of the same.
HOUSE = Signs(4.0, 0.5, 1.0, -1.9)


@dataclass(frozen=True)  # without slots: what comparing needs of one side is worked out once, when first needed
class Matter:
    """What of a report is compared: its traces and what they suggest, fields, place; `rarity` of its folded words.

    `fields` are the square roots of the probabilities: their products make the overlap of two distributions.
    """

    rarity: Mapping[str, float]
    traces: frozenset[str]
    fields: Mapping[str, float]
    place: Place | None
    hamlets: frozenset[str]
    numbers: frozenset[str]
    senses: Senses
    weighed: Signs = HOUSE  # what the model that read it weighs the signs with
    years: frozenset[int] = frozenset()  # in which a unit had the old name that the place was given by

    @property
    def rarest(self) -> list[str]:
        """The words that tell most, the rarest first."""
        return sorted(self.rarity, key=lambda word: -self.rarity[word])

    @cached_property
    def suggested(self) -> tuple[int, ...]:
        """How strongly the traces together suggest each kind."""
        return self.senses.suggested(self.traces)

    @cached_property
    def troubles(self) -> frozenset[str]:
        """The troubles named."""
        return frozenset(trace for trace in self.traces if trace.startswith(STATE))


def confusable_with(category: str) -> frozenset[str]:
    """Return the categories in which a report of the same thing may also stand, its own included."""
    return frozenset({category}.union(*(pair for pair in CONFUSABLE if category in pair)))


def likeness(one: Matter, other: Matter) -> float:
    """Return how likely two reports are about the same thing, 0 to 1; a suggestion, never a decision."""
    given = said_by_places(one, other)
    if given <= -AGAINST:
        return 0.0
    return squashed(sum(map(mul, one.weighed, signs(one, other))) + given)


def signs(one: Matter, other: Matter) -> Signs:
    """Return how alike two reports are; these are weighed as fitted."""
    return Signs(
        _same_meaning(one, other),
        _same_troubles(one.troubles, other.troubles),
        _same_field(one.fields, other.fields),
        1.0,
    )


def squashed(score: float) -> float:
    """Return a score as a share, 0 to 1."""
    return 1 / (1 + math.exp(-score))


def _same_meaning(one: Matter, other: Matter) -> float:
    """Return how alike what only the one says and what only the other says are in what they suggest, -1 to 1."""
    if one.traces == other.traces:
        return 1.0
    both = one.senses.suggested(one.traces & other.traces)
    return correlation(one.suggested, other.suggested, tuple(map(TAKEN_AWAY.__mul__, both)))


def _same_troubles(mine: frozenset[str], theirs: frozenset[str]) -> float:
    """Return the shared part of the fewer troubles named, 0 to 1; -1 where both name some and none is shared."""
    if not mine or not theirs:
        return 0.0
    return len(mine & theirs) / min(len(mine), len(theirs)) or -1.0


def _same_field(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """Return the overlap of two distributions over the categories (Bhattacharyya)."""
    return sum(map(mul, one.values(), map(other.get, one, repeat(0.0))))


def said_by_places(one: Matter, other: Matter) -> float:
    """Return what the places say: for a shared one, against contradicting pins, communes, hamlets or house numbers."""
    apart = _kilometres(one.place, other.place)
    if apart is not None:
        return -AGAINST if apart > FAR else PLACE if apart < NEAR else 0.0
    codes = [place.commune for place in (one.place, other.place) if place and place.commune]
    names = [place.old_name for place in (one.place, other.place) if place and place.old_name]
    differ = len(set(names)) > 1
    renamed = differ and bool(one.years and other.years) and one.years.isdisjoint(other.years)  # one became the other
    if len(set(codes)) > 1 or (differ and not renamed):
        return -AGAINST
    if one.hamlets and other.hamlets and not renamed:  # a new unit numbers its hamlets anew
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
