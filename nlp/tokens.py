"""The words of a text, each as it is written and as it folds, and what stands between them."""

import re
from functools import cached_property, lru_cache
from itertools import accumulate
from sys import intern
from typing import NamedTuple

from nlp.normalise import KEPT, fold, has_accents, tone_placed, untelexed

_TOKEN = re.compile(r"([^\W_]+)")
_LETTERS = re.compile(r"[^\W\d_]*")
_SHOUT = 0.6  # of the letters


class Token(NamedTuple):
    """A word; the same one wherever it stands."""

    word: str  # lower case, tone placed; as long as it is written
    plain: str  # folded; a failed Telex word decoded
    stem: str  # the word up to its first digit: xom of xom5
    capital: bool


class Tokens(list[Token]):
    """The words of a composed (NFC) text in their order; `gaps` is what stands before each, and after the last."""

    def __init__(self, text: str) -> None:
        self._parts = _TOKEN.split(text)
        super().__init__(map(_token, self._parts[1::2]))
        self.text = text
        self.gaps = self._parts[::2]
        self.words = [token.word for token in self]
        self.plains = [token.plain for token in self]

    def start(self, at: int) -> int:
        """Return where in the text a word begins."""
        return self._ends[2 * at]

    def end(self, at: int) -> int:
        """Return where in the text a word ends."""
        return self._ends[2 * at + 1]

    @cached_property
    def accented(self) -> bool:
        """Whether the writer uses diacritics at all."""
        return has_accents(self.text)

    @cached_property
    def shouted(self) -> bool:
        """Whether so much is written in capitals that they say nothing."""
        return sum(map(str.isupper, self.text)) > _SHOUT * sum(map(str.isalpha, self.text))

    @cached_property
    def _ends(self) -> list[int]:
        return list(accumulate(map(len, self._parts)))


def tokens_of(text: str) -> Tokens:
    """Split a composed (NFC) text into words."""
    return Tokens(text)


@lru_cache(KEPT)
def _token(written: str) -> Token:
    lower = written.lower()
    if len(lower) != len(written):  # a few foreign capitals grow when lowered
        lower = "".join(ch.lower() if len(ch.lower()) == 1 else ch for ch in written)
    word, plain = tone_placed(lower), untelexed(fold(lower))  # `linhx` is read as `linh`
    stem = _LETTERS.match(word)
    assert stem is not None, "it matches nothing at all, too"
    capital = written[0].isupper()
    return Token(*map(intern, (word, plain, stem[0])), capital)  # mostly one and the same
