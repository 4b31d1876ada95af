"""What words suggest: how much more often than by chance each stands beside each kind of thing and of trouble."""

import math
import struct
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, pairwise
from mmap import mmap
from operator import mul
from pathlib import Path

from marisa_trie import Trie

from nlp.concepts import MARK, Concepts
from nlp.normalise import PLACEHOLDER, plain

SOURCE = Path(__file__).with_name("troubles.txt")
THING, STATE = MARK + "thing_", MARK + "state_"  # what a kind's name begins with: a lamp; out, hanging, late
LEAST_SEEN = 4  # messages of the corpus a word must stand in
LENT = 0.5  # added to what was counted and to what was expected: few sightings say little
# A row is read as one long whole number, as in nlp/table.py. 16 bits a kind hold the sum of MOST words.
STEPS, TOP, MOST, LANE = 4, 255, 250, 2
OWN = 160  # what a phrase of the list says of its own kind


class Senses:
    """Tells how alike two sets of traces are in what they suggest; read once and only read from then on."""

    def __init__(self, words: Trie, sheet: bytes | mmap, troubles: Concepts) -> None:
        self._troubles = troubles
        self._row = struct.Struct(f"<{len(sheet) // max(1, len(words)) // LANE}H")
        self._number_of = words.get
        self._sheet = sheet

    def traces(self, said: list[str]) -> frozenset[str]:
        """Return what of normalised words is compared: folded words, pairs of neighbours, things and troubles."""
        return frozenset(traces_of(said, self._troubles))

    def suggested(self, traces: Iterable[str]) -> tuple[int, ...]:
        """Return for each kind how strongly the traces together suggest it."""
        number_of, sheet, size, from_bytes = self._number_of, self._sheet, self._row.size, int.from_bytes
        known = [size * at for trace in sorted(traces) if (at := number_of(trace)) is not None]  # kinds first
        total = sum(from_bytes(sheet[at : at + size], "little") for at in known[:MOST])
        return self._row.unpack(total.to_bytes(size, "little"))


def traces_of(said: list[str], troubles: Concepts) -> list[str]:
    """Return the traces of normalised words; places and numbers of a kind (⟨clock⟩) are none."""
    folded = list(map(plain, said))
    words = [word for word in folded if not word.startswith(PLACEHOLDER)]
    pairs = [f"{one}_{other}" for one, other in pairwise(folded) if PLACEHOLDER not in one + other]
    return [*words, *pairs, *troubles.found_in(said, folded)]


def correlation(one: Sequence[float], other: Sequence[float]) -> float:
    """Return how two rows of numbers go together, -1 to 1; 0 where one of them says nothing."""
    size = len(one) or 1
    middle, other_middle = sum(one) / size, sum(other) / size
    both = sum(map(mul, one, other)) - size * middle * other_middle
    spread = sum(map(mul, one, one)) - size * middle * middle
    other_spread = sum(map(mul, other, other)) - size * other_middle * other_middle
    return both / math.sqrt(spread * other_spread) if spread > 0 and other_spread > 0 else 0.0


def sensed(texts: Iterable[list[str]], troubles: Concepts) -> tuple[Trie, bytes]:
    """Learn from normalised texts: what can be looked up, and a row of each in its order, for a Senses."""
    told = [set(traces_of(said, troubles)) for said in texts]
    often = Counter(chain.from_iterable(told))
    beside: dict[str, Counter[str]] = defaultdict(Counter)
    for traces in told:
        for kind in traces:
            if kind.startswith(MARK):
                beside[kind].update(traces)
    rows = _rows(often, dict(sorted(beside.items())), len(told))
    row = struct.Struct(f"<{len(beside)}H")
    known = Trie(rows)
    return known, b"".join(row.pack(*rows[known.restore_key(at)]) for at in range(len(known)))


def _rows(often: Counter[str], beside: Mapping[str, Counter[str]], size: int) -> dict[str, "array[int]"]:
    """Return of each kind itself and of each word how strongly it suggests each kind, rare words more strongly."""
    words = sorted(word for word, times in often.items() if times >= LEAST_SEEN and not word.startswith(MARK))
    rarity = {word: STEPS * math.log(size / often[word]) for word in words}
    rows = {kind: array("H", [OWN * (kind == own) for own in beside]) for kind in beside}
    rows |= {word: array("H", [0]) * len(beside) for word in words}
    for lane, (kind, seen) in enumerate(beside.items()):
        share = often[kind] / size
        for word in seen.keys() & rarity.keys():
            times, expected = seen[word], often[word] * share
            if times > expected:
                drawn = math.log((times + LENT) / (expected + LENT))
                rows[word][lane] = min(TOP, round(drawn * rarity[word]))
    return rows
