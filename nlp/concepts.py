"""Kinds of things: a table of words that name the same kind, so that a rare word speaks like a common one."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nlp.normalise import fold, words

SOURCE = Path(__file__).with_name("concepts.txt")
MARK = "="
ACCENTED_SHARE = 4  # a message counts as accented when one word in four carries an accent

Table = Mapping[str, Sequence[str]]


class Concepts:
    """Finds the longest known phrase at each word; accented words by their accented spelling, others folded.

    `tables` is plain JSON, as `parsed` makes it and a model keeps it: phrase → kinds, and first word → lengths.
    """

    def __init__(self, tables: Mapping[str, Any]) -> None:
        self.tables = tables

    def found_in(self, accented: Sequence[str], folded: Sequence[str]) -> list[str]:
        """Return the kinds named by a message, as often as it names them."""
        is_accented = sum(map(str.__ne__, accented, folded)) * ACCENTED_SHARE >= len(folded)
        said, spelt = (accented, "accented") if is_accented else (folded, "folded")
        kinds, lengths = self.tables[spelt], self.tables[f"{spelt}_lengths"]
        found: list[str] = []
        for at, word in enumerate(said):
            for size in lengths.get(word, ()):
                named = kinds.get(" ".join(said[at : at + size]))
                if named is not None:
                    found += named
                    break
        return found


def parsed(source: str) -> Concepts:
    """Read lines of `name: phrase, phrase`; # begins a comment line."""
    accented: dict[str, list[str]] = defaultdict(list)
    for line in source.splitlines():
        name, colon, listed = line.partition(":")
        if colon and not line.startswith("#"):
            for phrase in listed.split(","):
                spelt = " ".join(words(phrase))
                if spelt and (kind := MARK + fold(name.strip())) not in accented[spelt]:
                    accented[spelt].append(kind)
    return Concepts({"accented": accented, "accented_lengths": _lengths(accented), **_folded(accented)})


def _folded(accented: Table) -> dict[str, Any]:
    """Return the tables for unaccented messages: phrases of two words on, a single one would be too many things."""
    folded: dict[str, list[str]] = defaultdict(list)
    for phrase, kinds in accented.items():
        if " " in phrase:
            key = fold(phrase)
            folded[key] += [kind for kind in kinds if kind not in folded[key]]
    return {"folded": folded, "folded_lengths": _lengths(folded)}


def _lengths(phrases: Table) -> dict[str, list[int]]:
    """Return for each first word how many words its phrases have, the longest first."""
    lengths: dict[str, set[int]] = defaultdict(set)
    for phrase in phrases:
        lengths[phrase.split(" ", 1)[0]].add(phrase.count(" ") + 1)
    return {first: sorted(sizes, reverse=True) for first, sizes in lengths.items()}
