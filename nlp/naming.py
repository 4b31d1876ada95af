"""Is a commune meant by these words: what stands around them speaks for a place, for a person or for everyday words."""

# ruff: noqa: SIM905 word lists are read as text, not as two hundred quoted lines

import re
import unicodedata
from collections.abc import Sequence
from enum import IntEnum
from functools import lru_cache

from nlp.normalise import KEPT, fold
from nlp.tokens import Tokens

PREFIXES = {"xa", "x", "tran", "tt", "phuong", "ubnd", "p"}
_HAMLETS = {"xom", "thon", "khoi", "ban", "lang", "doi", "to"}
_WITH_NUMBER = re.compile(r"(?:xom|thon|khoi|ban|lang|doi|x)\d{1,2}[a-z]?")  # xom5, x5
# Before a name these make a person of it: "anh Thanh Tùng", "Nguyễn Thị Thanh Hương".
_CUES = set("anh chị ông bà cô chú bác em cháu o mệ thầy thị văn tên dì cậu mợ bé giáo vợ chồng".split())
_SURNAMES = set(
    """
    nguyễn trần lê phạm hoàng huỳnh phan vũ võ đặng bùi đỗ hồ ngô dương lý đinh đậu cao tạ trịnh hà lương mai đào đoàn
    tôn thái lưu trương tô kiều quách lâm thạch tăng
    """.split()
)
_CUES_PLAIN, _PEOPLE_PLAIN = set(map(fold, _CUES)), set(map(fold, _CUES | _SURNAMES))
# Without accents these are as well đoạn, trường, đường, cầu, hồ, tổ, đầu, đi, mỏ, vô, ngõ, đảo.
_OR_PLACES = set("doan truong duong cau ho to dau di mo vo ngo dao".split())
_AT = set("ở tại qua gần từ sang thuộc non học tế thcs thpt ubnd dân giáp phía hướng khu".split())
_AT_PLAIN = set(map(fold, _AT))
# What becomes of things: "rác chất thành đống", "hoàn thành tiến độ".
_BECOMING = set("hoan tro bien lap chat be chia xay tao phan cat hinh ket gop chuyen don do vut".split())
# Other things are called so too, with or without accents: a season of life, a fruit, a province, another district.
_SHARED = {"thanh xuân", "thanh xuan", "thanh long", "thanh hoa", "đồng văn", "bình minh", "binh minh", "hòa bình"}
_PROVINCE = "thanh hoa"  # without accents it is Thanh Hóa more often than Thanh Hòa
# Without accents these are everyday words: thành đống, thành từng, mình tiền điện, đồng vẫn, dài dòng, sơn làm …
_EVERYDAY = set(
    "thanh dong,thanh tung,thanh tien,thanh qua,thanh van,thanh duong,thanh khe,thanh luong,thanh duc,minh tien,"
    "minh son,dong van,dai dong,son lam,hanh lam,cat ngan,tam dong,xuan duong,hoa binh".split(",")
)
_ANSWER = 4  # words: so short a message is an answer to "Ở xã nào?"

_TONES = "\u0300\u0301\u0309\u0303\u0323"
_HEARD_ALIKE = set("\u0309\u0303\u0323")  # hỏi, ngã and nặng, which Nghệ Tĩnh people mix up


class Meant(IntEnum):
    """How sure it is that a commune is meant; what is only perhaps meant is asked about."""

    NO = 0
    PERHAPS = 1
    SURELY = 2


@lru_cache(KEPT)
def spelt_like(said: str, right: str) -> bool:
    """Tell whether a word may be this one, which folds alike: Lỉnh is Lĩnh and Liêt is Liệt, but Hóa is not Hòa."""
    if said.isascii():
        return True
    (letters, tone), (right_letters, right_tone) = _without_tone(said), _without_tone(right)
    if tone not in ("", right_tone) and not {tone, right_tone} <= _HEARD_ALIKE:
        return False
    return all(letter in (one, fold(one)) for letter, one in zip(letters, right_letters, strict=False))


def how_sure(tokens: Tokens, first: int, right: Sequence[str]) -> Meant:
    """Tell how surely the words from `first` on, which are spelt like a commune's name, name it."""
    last = first + len(right) - 1
    if beside_a_hamlet(tokens, first, last) or (last + 1 < len(tokens) and tokens[last + 1].plain == "cu"):
        return Meant.SURELY
    accented = tokens.accented
    if not accented and _becomes(tokens, first):
        return Meant.NO
    person = _after_person(tokens, first, accented)
    if person is not Meant.SURELY:
        return person
    capital = tokens[first].capital and tokens[last].capital and not _is_shouted(tokens)
    said = " ".join(tokens.words[first : last + 1])
    if said == _PROVINCE:
        return Meant.PERHAPS if capital or _is_at(tokens, first) else Meant.NO
    if capital or (said in _SHARED and (_is_at(tokens, first) or len(tokens) <= _ANSWER)):
        return Meant.SURELY
    if said in _SHARED:
        return Meant.NO
    lacks_accents = said.isascii() and said != " ".join(right)
    if accented or said not in _EVERYDAY:  # an accented message would have written the accents
        return Meant.NO if accented and lacks_accents else Meant.SURELY
    return Meant.SURELY if _is_at(tokens, first) or _begins(tokens, first) else Meant.NO


def is_prefixed(tokens: Tokens, at: int) -> bool:
    """Tell whether `xã`, `x.`, `thị trấn`, `UBND` … stands before a word."""
    if not at or tokens[at - 1].plain not in PREFIXES:
        return False
    before = tokens[at - 1]
    if before.plain == "xa":
        return before.word in ("xã", "xa")
    if before.plain == "tran":
        return at > 1 and tokens[at - 2].plain == "thi"
    return True


def beside_a_hamlet(tokens: Tokens, first: int, last: int) -> bool:
    """`xóm 5 Thanh Lĩnh`, `xom5 thanh linh`, `Thanh Lĩnh xóm 5`."""
    return _is_hamlet(tokens, first - 2) or _is_hamlet(tokens, first - 1, alone=True) or _is_hamlet(tokens, last + 1)


def _becomes(tokens: Tokens, first: int) -> bool:
    """Tell whether `thanh` is thành here: `vứt thành đống` without its accents."""
    return first > 0 and tokens[first].word == "thanh" and tokens[first - 1].plain in _BECOMING


def _begins(tokens: Tokens, first: int) -> bool:
    """Tell whether nothing or a punctuation mark stands before."""
    return not first or bool(tokens.gaps[first].strip())


def _after_person(tokens: Tokens, first: int, accented: bool) -> Meant:
    """Tell how sure of a place the word before leaves us: a cue or a surname makes the name a person's."""
    if not first:
        return Meant.SURELY
    before = tokens[first - 1]
    if accented or not before.word.isascii():
        if before.word in _SURNAMES and not before.capital:
            return Meant.SURELY if tokens[first].capital else Meant.PERHAPS  # hồ Thanh Mai; hồ thanh mai
        is_person = before.word in _CUES | _SURNAMES or before.word in _CUES_PLAIN - _OR_PLACES
        return Meant.NO if is_person else Meant.SURELY
    if before.plain == "o" or before.plain not in _PEOPLE_PLAIN:
        return Meant.SURELY  # unaccented, `o` is nearly always ở
    introduced = first > 1 and tokens[first - 2].plain in _CUES_PLAIN - {"o"}
    return Meant.PERHAPS if before.plain in _OR_PLACES and not introduced else Meant.NO


def _is_hamlet(tokens: Tokens, at: int, *, alone: bool = False) -> bool:
    """Tell whether a hamlet with its number stands here, as two words or, `alone`, as one."""
    if not 0 <= at < len(tokens):
        return False
    word = tokens[at].plain
    if _WITH_NUMBER.fullmatch(word):
        return True
    return not alone and word in _HAMLETS and at + 1 < len(tokens) and tokens[at + 1].plain[0].isdigit()


def _is_at(tokens: Tokens, first: int) -> bool:
    """Tell whether a word that leads to a place stands before."""
    if not first:
        return False
    before = tokens[first - 1]
    return before.word in _AT or before.word in _AT_PLAIN


def _is_shouted(tokens: Tokens) -> bool:
    return len(tokens) > _ANSWER and sum(token.capital for token in tokens) * 2 > len(tokens)


def _without_tone(word: str) -> tuple[str, str]:
    """Split `liệt` into `liêt` and its tone."""
    parts = unicodedata.normalize("NFD", word)
    tone = "".join(ch for ch in parts if ch in _TONES)
    return unicodedata.normalize("NFC", "".join(ch for ch in parts if ch not in _TONES)), tone
