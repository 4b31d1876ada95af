"""What words suggest: how much more often than by chance each stands beside each kind of thing and of trouble."""

import math
import struct
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain, pairwise
from math import dist
from mmap import mmap
from pathlib import Path

from marisa_trie import Trie

from nlp.concepts import MARK, Concepts
from nlp.features import PAIRED
from nlp.normalise import PLACEHOLDER, plain

SOURCE = Path(__file__).with_name("troubles.txt")
THING, STATE = MARK + "thing_", MARK + "state_"  # what a kind's name begins with: a lamp; out, hanging, late
LEAST_SEEN = 4  # messages of the corpus a word must stand in
LENT = 0.5  # added to what was counted and to what was expected: few sightings say little
# A row is read as one long whole number, as in nlp/table.py. 16 bits a kind hold the sum of MOST rows.
STEPS, TOP, MOST, LANE = 4, 255, 250, 2
AT_HAND = 2**12  # rows of single words: the same come again and again
OWN = 160  # what a phrase of the list says of its own kind


class Senses:
    """Tells what traces suggest; read once and only read from then on."""

    def __init__(self, words: Trie, sheet: bytes | mmap, troubles: Concepts) -> None:
        self._troubles = troubles
        self._row = struct.Struct(f"<{len(sheet) // max(1, len(words)) // LANE}H")
        self._number_of = words.get
        self._sheet = sheet
        self._kept = lru_cache(AT_HAND)(self._read)

    def traces(self, said: list[str]) -> frozenset[str]:
        """Return what of normalised words is compared: folded words, pairs of neighbours, things and troubles."""
        return frozenset(traces_of(said, self._troubles))

    def suggested(self, traces: Iterable[str]) -> tuple[int, ...]:
        """Return for each kind how strongly the traces together suggest it."""
        read, kept = self._read, self._kept
        rows = [row for trace in traces if (row := read(trace) if PAIRED in trace else kept(trace)) is not None]
        sums = [self._unpacked(sum(rows[at : at + MOST])) for at in range(0, len(rows), MOST)] or [self._unpacked(0)]
        return sums[0] if len(sums) == 1 else tuple(map(sum, zip(*sums, strict=True)))

    def _read(self, trace: str) -> int | None:
        at = self._number_of(trace)
        if at is None:
            return None
        at *= self._row.size
        return int.from_bytes(self._sheet[at : at + self._row.size], "little")

    def _unpacked(self, total: int) -> tuple[int, ...]:
        return self._row.unpack(total.to_bytes(self._row.size, "little"))


def traces_of(said: list[str], troubles: Concepts) -> list[str]:
    """Return the traces of normalised words; places and numbers of a kind (⟨clock⟩) are none."""
    folded = list(map(plain, said))
    words = [word for word in folded if not word.startswith(PLACEHOLDER)]
    pairs = [f"{one}_{other}" for one, other in pairwise(folded) if PLACEHOLDER not in one + other]
    return [*words, *pairs, *troubles.found_in(said, folded)]


def correlation(one: Sequence[int], other: Sequence[int], both: Sequence[float]) -> float:
    """Return how two rows of numbers, each less `both`, go together, -1 to 1; 0 where one of them says nothing.

    By the law of cosines: lengths are measured in C, whereas products would be made one by one.
    """
    size, sums = len(both) or 1, list(map(sum, (one, other, both)))
    spread = dist(one, both) ** 2 - (sums[0] - sums[2]) ** 2 / size
    other_spread = dist(other, both) ** 2 - (sums[1] - sums[2]) ** 2 / size
    apart = dist(one, other) ** 2 - (sums[0] - sums[1]) ** 2 / size
    if spread <= 0 or other_spread <= 0:
        return 0.0
    return (spread + other_spread - apart) / 2 / math.sqrt(spread * other_spread)


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
