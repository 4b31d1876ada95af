"""Kinds of things: a table of words that name the same kind, so that a rare word speaks like a common one."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nlp.normalise import fold, words

SOURCE = Path(__file__).with_name("concepts.txt")
MARK = "="
ACCENTED_SHARE = 4  # a message counts as accented when one word in four carries an accent
HERE = ""  # in a tree: the kinds of the phrase that ends here, where longer ones go on

Phrases = Mapping[str, Sequence[str]]  # a phrase and the kinds that it names
Tree = dict[str, Any]  # word → the kinds of the phrase that it ends, or the words that may follow it


class Concepts:
    """Finds the longest known phrase at each word; accented words by their accented spelling, others folded.

    `trees` is plain JSON, as `parsed` makes it and a model keeps it: a Tree of each spelling.
    """

    def __init__(self, trees: Mapping[str, Tree]) -> None:
        self.trees = trees

    def found_in(self, accented: Sequence[str], folded: Sequence[str]) -> list[str]:
        """Return the kinds named by a message, as often as it names them."""
        is_accented = sum(map(str.__ne__, accented, folded)) * ACCENTED_SHARE >= len(folded)
        said, tree = (accented, self.trees["accented"]) if is_accented else (folded, self.trees["folded"])
        found: list[str] = []
        for following, word in enumerate(said, 1):
            node = tree.get(word)
            if node is not None:
                found += node if isinstance(node, list) else _longest(node, said, following)
        return found


def _longest(node: Tree, said: Sequence[str], at: int) -> Sequence[str]:
    """Return the kinds of the longest phrase that goes on from here."""
    named: Sequence[str] = node.get(HERE, ())
    while at < len(said) and (following := node.get(said[at])) is not None:
        if isinstance(following, list):
            return following
        node, at = following, at + 1
        named = node.get(HERE, named)
    return named


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
    return Concepts({"accented": _tree(accented), "folded": _tree(_folded(accented))})


def _folded(accented: Phrases) -> Phrases:
    """Return the phrases for unaccented messages: of two words on, a single one would be too many things."""
    folded: dict[str, list[str]] = defaultdict(list)
    for phrase, kinds in accented.items():
        if " " in phrase:
            key = fold(phrase)
            folded[key] += [kind for kind in kinds if kind not in folded[key]]
    return folded


def _tree(phrases: Phrases) -> Tree:
    """Lay phrases out by their words; the end of a phrase that no longer one goes on from is the kinds themselves."""
    tree: Tree = {}
    for phrase in sorted(phrases):  # a phrase before those that begin with it
        *before, last = phrase.split(" ")
        node = tree
        for word in before:
            following = node.setdefault(word, {})
            if isinstance(following, list):
                following = node[word] = {HERE: following}
            node = following
        node[last] = phrases[phrase]
    return tree
