"""The words of a text, each with its place in it, as it is written and as it folds."""

import re
from functools import lru_cache
from typing import NamedTuple

from nlp.normalise import KEPT, fold, tone_placed, untelexed

_TOKEN = re.compile(r"[^\W_]+")


class Token(NamedTuple):
    """A word of the text with its place in it."""

    start: int
    end: int
    word: str  # lower case, tone placed
    plain: str  # folded; a failed Telex word decoded
    capital: bool


def tokens_of(text: str) -> list[Token]:
    """Split a composed (NFC) text into words that know their place in it."""
    lower = text.lower()
    if len(lower) != len(text):  # a few foreign capitals grow when lowered
        lower = "".join(ch.lower() if len(ch.lower()) == 1 else ch for ch in text)
    lower = tone_placed(lower)
    found = []
    for match in _TOKEN.finditer(lower):
        start, end = match.span()
        word = lower[start:end]
        found.append(Token(start, end, word, _plain(word), text[start].isupper()))
    return found


@lru_cache(KEPT)
def _plain(word: str) -> str:
    """Fold a word; `linhx` is read as `linh`."""
    return untelexed(fold(word))
