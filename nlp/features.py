"""What a classifier sees of a message: folded words and pairs of neighbours, accented words, kinds of things named."""

from bisect import bisect_left
from itertools import pairwise

from nlp.concepts import Concepts
from nlp.normalise import plain

PAIRED = "_"  # stands between two neighbours
LENGTHS = (2, 4, 7, 12, 20, 35)


def features_of(accented: list[str], concepts: Concepts) -> list[str]:
    """Return the features of normalised words; an unaccented message has the folded ones only."""
    folded = list(map(plain, accented))
    found = list(folded)
    found += map(PAIRED.join, pairwise(folded))
    found += ["+" + word for word, bare in zip(accented, folded, strict=True) if word != bare]
    found += concepts.found_in(accented, folded)
    return found


def form_of(text: str, accented: list[str]) -> list[str]:
    """Return the features of a message's form, which tell its kind: how it begins and ends, how long, a question."""
    first, last = list(map(plain, accented[:3])), list(map(plain, accented[-3:]))
    sizes = range(1, len(first) + 1)
    starts = ["^" + "_".join(first[:size]) for size in sizes]
    ends = ["$" + "_".join(last[-size:]) for size in sizes]
    length = f"length{bisect_left(LENGTHS, len(accented))}"
    asked = ["?end", "?end"] if text.rstrip().endswith("?") else ["?in"] if "?" in text else []
    return [*starts, *ends, length, length, *asked]
