"""The names of communes, past and present, and where a text says them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rapidfuzz import fuzz, process

from dialogs.words import Commune
from nlp.naming import PREFIXES, Meant, beside_a_hamlet, how_sure, is_prefixed, spelt_like
from nlp.normalise import fold
from nlp.tokens import Tokens, tokens_of

FUZZY_LETTERS, FUZZY_RATIO = 6, 88.0

_UNIT_KINDS = ("xã", "thị trấn", "phường", "thị xã", "đặc khu")


class Mention(NamedTuple):
    """A commune's name found in the text: token span (prefix excluded), the units so named, whether surely."""

    first: int
    last: int
    unit: "Unit"
    others: tuple["Unit", ...] = ()
    sure: bool = True


class Unit(NamedTuple):
    """A name that a commune has or had."""

    code: str
    kind: str  # "xã", "thị trấn"
    name: str  # "Thanh Lĩnh"
    words: tuple[str, ...]  # lower case, accented
    current: bool


class Gazetteer:
    """All unit names of a locality by their folded words."""

    def __init__(self, communes: Mapping[str, Commune]) -> None:
        self._by_key: dict[tuple[str, ...], list[Unit]] = defaultdict(list)
        for code, commune in communes.items():
            self._add(code, commune.name, current=True)
            for old in commune.old_units:
                self._add(code, old.name, current=False)
        self._firsts = {key[0] for key in self._by_key}
        self._longest = max((len(key) for key in self._by_key), default=0)
        spoken = [key for key in self._by_key if len(key) > 1 and len("".join(key)) >= FUZZY_LETTERS]
        self._names = {" ".join(key): key for key in spoken}

    def mentions(self, tokens: Tokens) -> list[Mention]:
        """Return the names said, in the order of the text; the longest name at each place."""
        found: list[Mention] = []
        after, before = 0, ""
        for at, plain in enumerate(tokens.plains):
            is_first = plain in self._firsts
            if (is_first or before in PREFIXES) and at >= after:
                mention = (self._mention(tokens, at) if is_first else None) or self._misspelt(tokens, at)
                if mention:
                    found.append(mention)
                    after = mention.last + 1
            before = plain
        return found

    def _add(self, code: str, full_name: str, current: bool) -> None:
        kind, name = split_kind(full_name)
        accented = tuple(tokens_of(name).words)
        unit = Unit(code, kind, name, accented, current)
        key = tuple(map(fold, accented))
        glued = ("".join(key),)
        for way in {key, glued} if len(glued[0]) >= FUZZY_LETTERS else {key}:
            if not any(other.code == code for other in self._by_key[way]):
                self._by_key[way].append(unit)

    def _mention(self, tokens: Tokens, at: int) -> Mention | None:
        for size in range(min(self._longest, len(tokens) - at), 0, -1):
            units = self._by_key.get(tuple(tokens.plains[at : at + size]))
            fitting = _best_spelt(tuple(tokens.words[at : at + size]), units) if units else []
            meant = _meant(tokens, at, at + size - 1, fitting[0]) if fitting else Meant.NO
            if meant:
                return Mention(at, at + size - 1, fitting[0], tuple(fitting[1:]), meant is Meant.SURELY)
        return None

    def _misspelt(self, tokens: Tokens, at: int) -> Mention | None:
        """Read `xã Thanh Lih`: only after a prefix, only two words, only if one name is clearly nearest."""
        if at + 1 >= len(tokens) or not is_prefixed(tokens, at) or tokens[at - 1].plain == "ubnd":
            return None
        typed = f"{tokens[at].plain} {tokens[at + 1].plain}"
        if len(typed) <= FUZZY_LETTERS or not typed.replace(" ", "").isalpha():
            return None
        near = process.extract(typed, list(self._names), scorer=fuzz.ratio, score_cutoff=FUZZY_RATIO, limit=2)
        if not near or (len(near) > 1 and near[0][1] == near[1][1]):
            return None
        units = self._by_key[self._names[near[0][0]]]
        return Mention(at, at + 1, units[0], tuple(units[1:]))


def split_kind(full_name: str) -> tuple[str, str]:
    """Return ("xã", "Đại Đồng") for "Xã Đại Đồng"."""
    for kind in _UNIT_KINDS:
        if full_name.lower().startswith(kind + " "):
            return kind, full_name[len(kind) + 1 :]
    return "xã", full_name


def _best_spelt(words: tuple[str, ...], units: Sequence[Unit]) -> list[Unit]:
    """Return the units spelt so; if none is, those that differ by an accent left out or heard wrong."""
    exact = [unit for unit in units if unit.words == words]
    return exact or [unit for unit in units if _is_spelt_like(words, unit.words)]


def _is_spelt_like(said: tuple[str, ...], right: tuple[str, ...]) -> bool:
    if len(said) < len(right):
        return said[0].isascii()  # written as one word
    return all(map(spelt_like, said, right))


def _meant(tokens: Tokens, first: int, last: int, unit: Unit) -> Meant:
    """Tell how surely a unit is meant; a name of one word, of a township or written as one needs its prefix."""
    if is_prefixed(tokens, first):
        is_township = unit.kind == "thị trấn"
        return Meant.SURELY if not is_township or tokens[first - 1].plain in ("tran", "tt") else Meant.NO
    if len(unit.words) == 1 or unit.kind == "thị trấn":
        return Meant.NO  # a township mostly shares its name with its district
    if last - first + 1 < len(unit.words):
        return Meant.SURELY if beside_a_hamlet(tokens, first, last) else Meant.NO
    return how_sure(tokens, first, unit.words)
