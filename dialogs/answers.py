"""Reading a short answer: a number, a label with or without diacritics, yes."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from dialogs.words import Choice, Incoming, Prompt

NUMBER_WORDS = {
    "mot": 1, "hai": 2, "ba": 3, "bon": 4, "tu": 4, "nam": 5, "sau": 6, "bay": 7, "tam": 8, "chin": 9, "muoi": 10,
}  # fmt: skip
YES_WORDS = frozenset(
    [
        "co",
        "ok",
        "oke",
        "okay",
        "okie",
        "oki",
        "u",
        "uh",
        "uk",
        "um",
        "da",
        "vang",
        "dung",
        "phai",
        "chuan",
        "duoc",
        "dc",
        "gui",
        "yes",
    ]
)
NO_WORDS = frozenset(["khong", "ko", "k", "khoi", "sai", "thoi", "no"])
NO_FOLLOWS = frozenset(["phai", "dung", "can", "dong", "y", "nua", "dau"])  # what may stand with a no: "không cần đâu"
CALLS = frozenset(["a", "oi", "e", "em", "anh", "chi", "chau", "bac", "co", "chu", "ong", "da", "vang", "alo"])
# what is said along with an answer and changes nothing of it: whom one speaks to, courtesy, hesitation
POLITE = CALLS | {
    "con",
    "ba",
    "nhe",
    "nha",
    "nghe",
    "voi",
    "giup",
    "ho",
    "di",
    "luon",
    "roi",
    "the",
    "thi",
    "do",
    "rua",
    "le",
    "len",
    "nhanh",
    "hi",
}
SAYS_LITTLE = POLITE | YES_WORDS | NO_WORDS | {"xong", "lam", "het"}
AGREES = re.compile(r"\b(?:dong y|nhat tri)\b")
STOPS = frozenset(["dừng", "đừng"])  # without their accents they are `dung`, a yes
THUMBS = ("👍", "👌", "✅", "🆗")
NUMBER = re.compile(r"(?:so |chon |chon so )?(\d{1,3})[.)]?")
SIGNS = re.compile(r"[^\w\s./]")
MARKS = re.compile("[\u0300-\u036f]+")  # the combining diacritics
PRESS = re.compile(r"(\d{1,2})\. (\S[^\n]{0,120})")


@lru_cache(2_000)  # a turn folds its text and the labels it was offered a dozen times
def fold(text: str) -> str:
    """Lower case, without diacritics and outer punctuation, single spaces: how two labels are compared."""
    bare = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return " ".join(SIGNS.sub(" ", MARKS.sub("", bare)).split()).strip(" .")


def match_choice(text: str, choices: Sequence[Choice]) -> Choice | None:
    """The choice that `text` names by number, number word or label; None if it fits none."""
    if labelled := match_label(text, choices):
        return labelled
    number = read_number(text)
    return choices[number - 1] if number is not None and 1 <= number <= len(choices) else None


def match_label(text: str, choices: Sequence[Choice]) -> Choice | None:
    """The choice whose label `text` is, or whose button says this on Zalo (`2. Đánh giá`); None if it is none's.

    The first words of a long label are enough ("để lại tên"), if only one begins so.
    """
    said = fold(text)
    if labelled := next((choice for choice in choices if fold(choice.label) == said), None) if said else None:
        return labelled
    begun = [choice for choice in choices if fold(choice.label).startswith(f"{said} ")] if " " in said else []
    return begun[0] if len(begun) == 1 else match_press(text, choices)


def match_press(text: str, choices: Sequence[Choice]) -> Choice | None:
    """The choice whose button comes back as exactly these words; number and label must both be its own."""
    said = fold(text)
    return next((choice for number, choice in enumerate(choices, 1) if fold(choice.as_words(number)) == said), None)


def split_press(text: str) -> tuple[int, str] | None:
    """(number, what follows) of words made like those of a button: `2. Đánh giá TC-7K3F-2F`."""
    found = PRESS.fullmatch(text.strip())
    return (int(found[1]), found[2]) if found else None


def is_offered(wire: str, prompt: Prompt) -> bool:
    """Whether this button (`12:send`) stands under the open prompt: none older, pressed twice, made up."""
    number, _, chosen = wire.partition(":")
    return number == str(prompt.no) and any(choice.id == chosen for choice in prompt.choices)


def says_nothing(incoming: Incoming) -> bool:
    """An empty text, a photo or a pin that is none: no answer to any question."""
    if incoming.kind == "location":
        return incoming.lat is None or incoming.lon is None
    return incoming.kind in ("text", "edited", "media") and not (incoming.text.strip() or incoming.media)


def read_number(text: str) -> int | None:
    """`1`, `1.`, `số 1`, `một`: the number, if the whole text is one."""
    said = fold(text)
    if found := NUMBER.fullmatch(said):
        return int(found[1])
    return NUMBER_WORDS.get(said.removeprefix("so ").removeprefix("chon "))


def is_yes(text: str) -> bool:
    """Whether the whole text agrees, in one of the ways people do."""
    said = AGREES.sub("ok", fold(text))
    if not said:
        return text.strip().startswith(THUMBS)
    may_be_dont = said.startswith("dung gui") and "đúng" not in text.lower()  # "đừng gửi" without its accents
    if "?" in text or may_be_dont or not STOPS.isdisjoint(text.lower().split()):
        return False
    return _says_only(said, YES_WORDS, POLITE)


def is_no(text: str) -> bool:
    """Whether the whole text declines, in one of the ways people do."""
    said = fold(text)
    return said == "hong" or ("?" not in text and _says_only(said, NO_WORDS, POLITE | NO_FOLLOWS))


def is_call(text: str) -> bool:
    """Whether the whole text only calls: "em ơi", "dạ cháu"."""
    return _says_only(fold(text), CALLS, CALLS)


def says_little(text: str) -> bool:
    """Whether a text is a lone word or sign, or nothing but "ok em", "xong rồi"."""
    words = fold(text).split()
    return len(words) < 2 or SAYS_LITTLE.issuperset(words)


def _says_only(said: str, core: frozenset[str], besides: frozenset[str]) -> bool:
    words = set(said.split())
    return not core.isdisjoint(words) and words <= core | besides
