"""Words of danger: what a cry for help says outright, beside what the trained detector has learnt."""

import re

from nlp.normalise import fold, has_accents

SHORT = 8  # words
# These mean the same however they are spelt.
_ANYHOW = (
    r"cứu (?:với|người|mạng)|kêu cứu|chết đuối|đuối nước|bị giật điện|điện giật|rắn cắn|đột quỵ|bốc (?:cháy|khói)"
    r"|bất tỉnh|ngất xỉu|(?:ngừng|tắt|khó) thở|ngộ độc|uống thuốc (?:sâu|trừ sâu|cỏ|diệt cỏ)|cầm (?:dao|rựa)"
    r"|(?:chém|đâm) (?:nhau|chết|trúng)|(?:lũ|nước) cuốn|bị (?:vùi|chém)|mắc kẹt|vùi lấp|tự tử|nhảy (?:cầu|sông)"
    r"|cháy (?:nhà|rừng|chợ)|nhà (?:\w+ ){0,2}cháy|rừng (?:\w+ )?cháy|rò (?:ga|gas)|nổ (?:ga|gas)|bình ga nổ"
    r"|dây điện (?:\w+ ){0,3}(?:đứt|rớt|chạm)|đứt dây điện|quả bom"
)
# Without their accents these are chạy and bơm, ran and pumped: an accented message is taken at its word.
_ACCENTED_ONLY = (
    r"(?:xe|quán|kho|bếp|đồi|rú|máy) (?:\w+ )?cháy|cháy (?:lớn|to|rồi)|(?:có|trái) bom|bom mìn|bị (?:kẹt|đâm)|không thở"
)
_BEGS = re.compile(r"\bcuu (?:(?:toi|tui|em|con|chau|ba|nguoi) )?(?:voi|mang)\b")
_ACCENTED = re.compile(rf"\b(?:{_ANYHOW}|{_ACCENTED_ONLY})\b")
_PLAIN = re.compile(rf"\b(?:{fold(_ANYHOW)})\b")
_ALIKE = re.compile(r"\b(?:(?:xe|nha|may|bep|kho|doi) chay|(?:co|may|trai) bom)\b")


def begs_for_help(text: str) -> bool:
    """Tell whether somebody cries "cứu với": whatever else the message looks like, it is danger."""
    return bool(_BEGS.search(fold(text.lower())))


def cries_out(text: str) -> bool:
    """Tell whether a cleaned text names a danger outright, its accents taken at their word if it has any."""
    said = text.lower()
    return bool(_ACCENTED.search(said)) if has_accents(said) else bool(_PLAIN.search(fold(said)))


def only_sounds_alike(text: str) -> bool:
    """Tell whether a short accented text would name a danger only if its accents were others: xe chạy, có bơm.

    A long one has other words that speak for danger or against it.
    """
    said = text.lower()
    return (
        len(said.split()) <= SHORT
        and has_accents(said)
        and bool(_ALIKE.search(fold(said)))
        and not _ACCENTED.search(said)
    )
