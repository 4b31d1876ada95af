"""Text as people type it, brought to one spelling: Unicode, tone marks, placeholders, failed Telex, folding."""

import re
import unicodedata
from functools import lru_cache

from nlp.spelling import spell_out

KEPT = 2**14  # words at hand, each as it is spelt out or folded: the same few thousand come again and again
MAX_CHARS = 6000  # a report is never longer; of a megabyte of anything the rest is not read

PLACEHOLDER = "⟨"  # what each of them begins with
LINK, PHONE, MONEY, CLOCK, NUMBER = "⟨link⟩", "⟨phone⟩", "⟨money⟩", "⟨clock⟩", "⟨number⟩"
EMERGENCY_NUMBERS = frozenset({"111", "112", "113", "114", "115", "1022"})

_ROAD = re.compile(r"\b(ql|quốc lộ|quoc lo|đt|dt|tl|tỉnh lộ|tinh lo)[. ]?(\d{1,3}[a-z]?)\b")
_NATIONAL = ("ql", "quốc lộ", "quoc lo")
_ROAD_SIGNS = ("ql", "lộ", "lo", "đt", "dt", "tl")
_DIGIT = re.compile(r"\d")
_LINK = re.compile(r"\bhttps?://\S+|\bwww\.\S+|\b[a-z0-9-]+\.(?:com|vn|net|org|gl)\b(?:/\S*)?")
_ROAD_SIGNS = ("ql", "lộ", "lo", "đt", "dt", "tl")
_PHONE, LEAST_DIGITS = re.compile(r"(?<![\d.,])(?:\+?84|0)[ .-]?\d(?:[ .-]?\d){7,9}(?!\d)"), 9
_MEASURED = re.compile(r"\d ?(?:[kđvdhg:]|ng|t[rỷỉy])")  # how the unit of money and of time begins
_MONEY = re.compile(r"\b\d+(?:[.,]\d+)* ?(?:k|đ|vnđ|vnd|đồng|tr|triệu|nghìn|ngàn|tỷ|tỉ|trieu|nghin|ngan|dong|ty)\b")
_CLOCK = re.compile(r"\b\d{1,2} ?(?:h|giờ|gio|g) ?\d{0,2}\b|\b\d{1,2}:\d\d\b")
_WORD = re.compile(r"[^\W\d_]+|\d+(?:[.,/:-]\d+)*|⟨\w+⟩")
_WORD_OF_LETTERS = re.compile(r"[^\W_]+")  # the same and quicker, where there are no numbers
_REPEAT = re.compile(r"([^\W\d])\1{2,}")
_DRAWN_OUT = re.compile(r"([^\x00-\x7f])([aeiouy])\2*(?!\w)")
_COMMUNE = re.compile(r"\bx\.(?=\s?\w)")

_TONE_SHIFT = {
    first + marked: plain_marked + last
    for first, last, marks, plain in (
        ("o", "a", "àáảãạ", "òóỏõọ"), ("o", "e", "èéẻẽẹ", "òóỏõọ"), ("u", "y", "ỳýỷỹỵ", "ùúủũụ"),
    )
    for marked, plain_marked in zip(marks, plain, strict=True)
}  # fmt: skip
_TONE = re.compile(rf"(?<!q)({'|'.join(_TONE_SHIFT)})(?!\w)")

_LETTERS = {code: unicodedata.normalize("NFD", chr(code))[0] for code in (*range(0xC0, 0x250), *range(0x1E00, 0x1EFA))}
_FOLD = {code: letter for code, letter in _LETTERS.items() if letter.isascii()} | {ord("đ"): "d", ord("Đ"): "D"}
_FOLD_ALL: dict[int, str | None] = {**_FOLD, **dict.fromkeys(range(0x300, 0x370))}

_SYLLABLE = re.compile(
    r"(?:ngh|ng|nh|ch|gh|gi|kh|ph|qu|th|tr|[bcdghklmnpqrstvx])?"
    r"(?:uoi|uou|ieu|yeu|oai|oay|uay|uya|uyu|oeo|uye|uo|ie|ye|oo|ua|ia|oa|oe|ue|uy|ai|ao|au|ay|eo|eu|iu|oi|ui|uu|[aeiouy])"
    r"(?:ng|nh|ch|[cmnpt])?"
)
_TELEX = (
    ("uwow", "uo"), ("uow", "uo"), ("dd", "d"), ("aa", "a"), ("ee", "e"), ("oo", "o"), ("uw", "u"), ("ow", "o"),
    ("aw", "a"),
)  # fmt: skip


def clean(text: str) -> str:
    """Return valid NFC text without control characters, at most MAX_CHARS long."""
    text = text[:MAX_CHARS].encode("utf-8", "ignore").decode("utf-8")
    text = unicodedata.normalize("NFC", text)
    return text if text.isprintable() else "".join(ch if ch.isprintable() else " " for ch in text)


def fold(text: str) -> str:
    """Strip accents, đ → d; the length and every other character stay for composed (NFC) text."""
    return text.translate(_FOLD_ALL)


@lru_cache(KEPT)
def plain(word: str) -> str:
    """Fold a single word."""
    return fold(word)


def tone_placed(text: str) -> str:
    """Write lower-case hoà as hòa and thuỷ as thủy."""
    return _TONE.sub(lambda found: _TONE_SHIFT[found[1]], text)


def words(text: str) -> list[str]:
    """Split a message into normalised words, accents kept, dialect and short forms written out."""
    text = clean(text).lower()
    digits = len(_DIGIT.findall(text))
    if digits:
        text = _numbers_named(text, digits)
    if "." in text or "://" in text:
        text = _LINK.sub(f" {LINK} ", text)
    if "x." in text:
        text = _COMMUNE.sub("xã ", text)
    pattern = _WORD if digits or PLACEHOLDER in text else _WORD_OF_LETTERS
    return list(map(_number, spell_out(list(map(_spelt, pattern.findall(text))))))


def has_accents(text: str) -> bool:
    """Tell whether the writer uses diacritics at all, so that chạy and cháy can be told apart."""
    return sum(map(str.__ne__, text, fold(text))) * 12 >= len(text)


def _numbers_named(text: str, digits: int) -> str:
    """Say of numbers what they are: of a road, to be called, of money, of the clock."""
    if any(sign in text for sign in _ROAD_SIGNS):
        text = _ROAD.sub(_road, text)
    if digits >= LEAST_DIGITS:
        text = _PHONE.sub(f" {PHONE} ", text)
    if _MEASURED.search(text):
        text = _CLOCK.sub(f" {CLOCK} ", _MONEY.sub(f" {MONEY} ", text))
    return text


@lru_cache(KEPT)
def _spelt(word: str) -> str:
    """Bring one lower-case word to one spelling: no letter drawn out, the tone in its place, no failed Telex."""
    return untelexed(tone_placed(_DRAWN_OUT.sub(_drawn_out, _REPEAT.sub(r"\1", word))))


def _drawn_out(found: re.Match[str]) -> str:
    """Cut the tail of `quáaa`, whose first a carries the accent."""
    return found[1] if fold(found[1]) == found[2] else found[0]


def _road(found: re.Match[str]) -> str:
    return f"quốc lộ {found[2]}" if found[1] in _NATIONAL else f"đường tỉnh {found[2]}"


@lru_cache(KEPT)
def _number(word: str) -> str:
    return NUMBER if word[0].isdigit() and word not in EMERGENCY_NUMBERS else word


def untelexed(word: str) -> str:
    """Read `dduwowngf` as `duong`: a failed Telex word is no Vietnamese syllable until it is decoded."""
    if len(word) < 3 or not word.isascii() or _SYLLABLE.fullmatch(word):
        return word
    plain = word[0] + word[1:].rstrip("sfrxj")
    for typed, letter in _TELEX:
        plain = plain.replace(typed, letter)
    return plain if plain != word and _SYLLABLE.fullmatch(plain) else word
