"""The names of communes, past and present, and where a text says them."""

# ruff: noqa: SIM905 word lists are read as text, not as two hundred quoted lines

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from rapidfuzz import fuzz, process

from dialogs.words import Commune
from nlp.normalise import fold, has_accents, tone_placed

FUZZY_LETTERS, FUZZY_RATIO = 6, 88.0

_UNIT_KINDS = ("xã", "thị trấn", "phường", "thị xã", "đặc khu")
_PREFIXES = {"xa", "x", "tran", "tt", "phuong", "ubnd", "p"}
# Before a name these make a person of it: "anh Thanh Tùng", "Nguyễn Thị Thanh Hương".
_PEOPLE = set(
    """
    anh chi ong ba co chu bac em chau o me thay thi van ten di cau mo gi giao vo chong nguyen tran le pham hoang
    huynh phan vu dang bui do ho ngo duong ly dinh dau cao ta trinh ha luong mai dao doan ton thai luu truong to
    kieu quach lam thach tang
    """.split()
)
# Names that, once folded, are also a province, a fruit, a saying: they need a capital, a prefix, a hamlet or "cũ".
_SHARED = {"thanh hoa", "thanh long", "dong van", "thanh xuan", "tam dong", "cat ngan", "binh minh", "hoa binh"}
_HAMLET = {"xom", "thon", "khoi", "ban", "lang", "doi", "to"}
_TOKEN = re.compile(r"[^\W_]+")


class Token(NamedTuple):
    """A word of the text with its place in it."""

    start: int
    end: int
    word: str  # lower case, tone placed
    plain: str  # folded
    capital: bool


class Mention(NamedTuple):
    """A commune's name found in the text: token span (prefix excluded), the unit named, how sure."""

    first: int
    last: int
    unit: "Unit"
    prefixed: bool
    others: tuple["Unit", ...] = ()


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
        self._names = {" ".join(key): key for key in self._by_key if len("".join(key)) >= FUZZY_LETTERS}

    def mentions(self, tokens: list[Token]) -> list[Mention]:
        """Return the names said, in the order of the text; the longest name at each place."""
        named = any(token.plain in self._firsts for token in tokens)
        accented = named and has_accents(" ".join(token.word for token in tokens))
        shouted = sum(token.capital for token in tokens) * 2 > len(tokens)
        found: list[Mention] = []
        at = 0
        while at < len(tokens):
            mention = self._mention(tokens, at, accented, shouted) if tokens[at].plain in self._firsts else None
            mention = mention or self._misspelt(tokens, at)
            if mention:
                found.append(mention)
            at = mention.last + 1 if mention else at + 1
        return found

    def _add(self, code: str, full_name: str, current: bool) -> None:
        kind, name = split_kind(full_name)
        accented = tuple(token.word for token in tokens_of(name))
        key = tuple(fold(word) for word in accented)
        if not any(unit.code == code for unit in self._by_key[key]):
            self._by_key[key].append(Unit(code, kind, name, accented, current))

    def _mention(self, tokens: list[Token], at: int, accented: bool, shouted: bool) -> Mention | None:
        for size in range(min(self._longest, len(tokens) - at), 0, -1):
            said = tokens[at : at + size]
            units = self._by_key.get(tuple(token.plain for token in said), ())
            fitting = [unit for unit in units if _spelt_alike(said, unit)]
            if fitting and _is_meant(tokens, at, at + size - 1, fitting[0], accented, shouted):
                return Mention(at, at + size - 1, fitting[0], _prefixed(tokens, at), tuple(fitting[1:]))
        return None

    def _misspelt(self, tokens: list[Token], at: int) -> Mention | None:
        """Read `xã Thanh Lih`: only after a prefix, only two words, only if one name is clearly nearest."""
        if at + 1 >= len(tokens) or not _prefixed(tokens, at) or tokens[at - 1].plain == "ubnd":
            return None
        typed = f"{tokens[at].plain} {tokens[at + 1].plain}"
        if len(typed) <= FUZZY_LETTERS or not typed.replace(" ", "").isalpha():
            return None
        near = process.extract(typed, list(self._names), scorer=fuzz.ratio, score_cutoff=FUZZY_RATIO, limit=2)
        if not near or (len(near) > 1 and near[0][1] == near[1][1]):
            return None
        units = self._by_key[self._names[near[0][0]]]
        return Mention(at, at + 1, units[0], True, tuple(units[1:]))


def tokens_of(text: str) -> list[Token]:
    """Split a composed (NFC) text into words that know their place in it."""
    lower = text.lower()
    if len(lower) != len(text):  # a few foreign capitals grow when lowered
        lower = "".join(ch.lower() if len(ch.lower()) == 1 else ch for ch in text)
    lower = tone_placed(lower)
    plain = fold(lower)
    found = []
    for match in _TOKEN.finditer(lower):
        start, end = match.span()
        found.append(Token(start, end, lower[start:end], plain[start:end], text[start].isupper()))
    return found


def split_kind(full_name: str) -> tuple[str, str]:
    """Return ("xã", "Đại Đồng") for "Xã Đại Đồng"."""
    for kind in _UNIT_KINDS:
        if full_name.lower().startswith(kind + " "):
            return kind, full_name[len(kind) + 1 :]
    return "xã", full_name


def _spelt_alike(said: list[Token], unit: Unit) -> bool:
    """A word with accents must carry the right ones; without, it may be any: Thanh Hóa is not Thanh Hòa."""
    return all(token.word in (word, token.plain) for token, word in zip(said, unit.words, strict=True))


def _is_meant(tokens: list[Token], first: int, last: int, unit: Unit, accented: bool, shouted: bool) -> bool:
    """Decide whether these words are the commune's name and not a person's or common words."""
    if _prefixed(tokens, first):
        return unit.kind != "thị trấn" or tokens[first - 1].plain in ("tran", "tt")
    if len(unit.words) == 1 or unit.kind == "thị trấn":
        return False  # a township mostly shares its name with its district
    if _after_hamlet(tokens, first) or (last + 1 < len(tokens) and tokens[last + 1].plain == "cu"):
        return True
    if first and tokens[first - 1].plain in _PEOPLE and not _is_place_word(tokens, first - 1):
        return False
    bare = any(token.word == token.plain != word for token, word in zip(tokens[first:], unit.words, strict=False))
    if bare and accented and not tokens[first].capital:
        return False  # an accented message would have written the accents
    capital = tokens[first].capital and tokens[last].capital and not shouted
    return capital or " ".join(fold(word) for word in unit.words) not in _SHARED


def _is_place_word(tokens: list[Token], at: int) -> bool:
    """`ở`, `đò`, `hồ`, `mỏ`, `tổ` and `cầu` fold to what people are called."""
    return tokens[at].word in {"ở", "đò", "hồ", "mỏ", "tổ", "cầu", "mẹo", "bà con", "đê", "về", "đường", "dương"}


def _prefixed(tokens: list[Token], at: int) -> bool:
    if not at or tokens[at - 1].plain not in _PREFIXES:
        return False
    before = tokens[at - 1]
    if before.plain == "xa":
        return before.word in ("xã", "xa")
    if before.plain == "tran":
        return at > 1 and tokens[at - 2].plain == "thi"
    return True


def _after_hamlet(tokens: list[Token], at: int) -> bool:
    return at > 1 and tokens[at - 2].plain in _HAMLET and tokens[at - 1].plain[0].isdigit()
