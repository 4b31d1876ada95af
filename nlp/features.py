"""What a classifier sees of a message: folded words and pairs of neighbours, accented words, kinds of things named."""

from itertools import pairwise

from nlp.concepts import Concepts
from nlp.normalise import fold

LENGTHS = (2, 4, 7, 12, 20, 35)


def features_of(accented: list[str], concepts: Concepts) -> list[str]:
    """Return the features of normalised words; an unaccented message has the folded ones only."""
    folded = fold(" ".join(accented)).split()
    found = list(folded)
    found += map("_".join, pairwise(folded))
    found += ["+" + word for word, plain in zip(accented, folded, strict=True) if word != plain]
    found += concepts.found_in(accented, folded)
    return found


def form_of(text: str, accented: list[str]) -> list[str]:
    """Return the features of a message's form, which tell its kind: how it begins and ends, how long, a question."""
    folded = fold(" ".join(accented)).split()
    starts = ["^" + "_".join(folded[:size]) for size in (1, 2, 3) if len(folded) >= size]
    ends = ["$" + "_".join(folded[-size:]) for size in (1, 2, 3) if len(folded) >= size]
    length = f"length{sum(len(folded) > limit for limit in LENGTHS)}"
    asked = ["?end", "?end"] if text.rstrip().endswith("?") else ["?in"] if "?" in text else []
    return [*starts, *ends, length, length, *asked]
