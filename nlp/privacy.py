"""The public version of a text: numbers, names and addresses of private persons masked, insults starred out."""

import re
from collections.abc import Iterator
from typing import NamedTuple

import phonenumbers

from nlp.names import is_given, names_in
from nlp.normalise import clean
from nlp.tokens import Tokens, tokens_of

PHONE, PAPER, EMAIL, ACCOUNT = "[số điện thoại]", "[số giấy tờ]", "[email]", "[số tài khoản]"
PLATE, NAME, ADDRESS, BIRTH, PROFILE = "[biển số]", "[tên]", "[địa chỉ]", "[ngày sinh]", "[trang cá nhân]"
INSULT = "***"


class Rule(NamedTuple):
    """What to mask (the group, if the pattern has one), and what a text must have for the pattern to be tried."""

    label: str
    pattern: re.Pattern[str]
    digits: int  # so many digits …
    spoken: int  # … so many digits written as words …
    signs: tuple[str, ...]  # … and one of these, in small letters


def _rule(label: str, *parts: str, digits: int = 0, spoken: int = 0, signs: tuple[str, ...] = ()) -> Rule:
    return Rule(label, re.compile("".join(parts), re.IGNORECASE), digits, spoken, signs)


_DIGIT = re.compile(r"\d")
_SPOKEN = "không|khong|một|mốt|mot|hai|ba|bốn|tư|bon|tu|năm|lăm|nam|sáu|sau|bảy|bẩy|bay|tám|tam|chín|chin|mười"
_DIGIT_WORD, _DIGIT_WORDS = rf"(?:{_SPOKEN})", frozenset(_SPOKEN.split("|"))
_HOUSE = r"(?:số nhà|so nha|nhà số|nha so|nhà sn|sn)\s*:?\s*\d+[\w/.-]*"
_LANE = r"(?:ngõ|ngách|hẻm|kiệt|ngo|ngach|hem|kiet|lô|tổ)\s*\d+[\w/]*"
_WHOSE = r"(?: em| tôi| mình| tui| toi| minh)?"
_NUMBER_SIGNS = ("số", "so")
_PLATE_END = r"[\s.–-]{0,3}\d{3}[. ]?\d{1,2}"
_PAPERS = (
    "cccd",
    "cmnd",
    "cmt",
    "căn cước",
    "can cuoc",
    "chứng minh",
    "hộ chiếu",
    "ho chieu",
    "passport",
)
# Accented only: unaccented these are everyday words (ngu, cho, dit, lon …).
_INSULTS = (
    "địt", "đụ má", "đụ mẹ", "lồn", "cặc", "đĩ", "óc chó", "đồ chó", "đồ ngu", "thằng chó", "thằng ngu", "con chó chết",
    "mất dạy", "khốn nạn", "súc vật", "đcm", "dcm", "vcl", "đmm", "cmm",
)  # fmt: skip

RULES = (
    _rule(
        PROFILE,
        r"(?:https?://)?(?:www\.|m\.)?(?:facebook|fb|zalo|tiktok|t|instagram)\.(?:com|me)/[@\w./?=&-]*\w",
        signs=(".com/", ".me/"),
    ),
    _rule(
        EMAIL,
        r"[\w.+-]+\s?(?:@|\(at\)|\ba c[òo]ng\b)\s?[\w-]+(?:\s?(?:\.|\bch[ấa]m\b)\s?[a-z]{2,}\b)+",
        signs=("@", "(at)", "a còng", "a cong"),
    ),
    _rule(PROFILE, r"(?<![\w.])@[\w.]{3,}\w", signs=("@",)),
    _rule(PHONE, rf"\b{_DIGIT_WORD}(?:[\s,.-]+{_DIGIT_WORD}){{7,}}", spoken=7),  # and the beginning of one
    _rule(
        PHONE,
        rf"\b0\d{{2,4}}(?:[\s,.-]+\d{{1,3}}){{0,2}}(?:[\s,.-]+{_DIGIT_WORD}){{3,}}",
        digits=3,
        spoken=2,
    ),
    _rule(
        ACCOUNT,
        r"(?:\bstk|\bsố tài khoản|\bso tai khoan|\btài khoản|\btk)\W{0,3}(?:[^\W\d]{2,12}\W{1,3}){0,3}?",
        r"((?:\d[\s.-]?){5,18}\d)",
        digits=6,
        signs=("tài khoản", "tai khoan", "tk"),
    ),
    _rule(PAPER, r"\b[A-Z]{2}\s?\d\s?\d{2}(?:\s?\d){10}\b|\b[A-Z]\d{7,8}\b", digits=7),
    _rule(
        PAPER,
        rf"(?:{'|'.join(_PAPERS)})",
        r"\D{0,16}?((?:\d[\s.]?){8,11}\d|[a-z]\d{6,8})",
        digits=6,
        signs=_PAPERS,
    ),
    _rule(PAPER, r"(?<![\d.,/-])0\d{2}[\s.]?\d{3}[\s.]?\d{3}[\s.]?\d{3}(?!\d)", digits=12),
    _rule(
        PLATE,
        r"(?:biển số|bien so|biển kiểm soát|bks|\bbs|\bbiển)\W{0,3}(?:xe\W?)?",
        rf"(\d{{2}}\s?-?[a-z]{{1,2}}\d?{_PLATE_END})\b",
        digits=6,
        signs=("biển", "bien so", "bks", "bs"),
    ),
    _rule(
        PLATE,
        r"\b\d{2}\s?-?\s?[a-zđ]{1,2}\d?[ ]?[-–. ][ ]?\d{3}[. ]?\d{2}\b|\b\d{2}[a-z]\d?[-–. ]?\d{4,5}\b"
        r"|\b\d{2}\s[a-z]\d\s\d{4,5}\b",
        digits=6,
    ),
    _rule(
        BIRTH,
        r"(?:sinh(?:\s+(?:ngày|năm|nam|ngay))?|\bsn|\bns)\s*:?\s*",
        r"(\d{1,2}\s?[/.-]\s?\d{1,2}\s?[/.-]\s?(?:19|20)?\d{2}|(?:19|20)\d{2})\b",
        digits=4,
        signs=("sinh", "sn", "ns"),
    ),
    _rule(
        ADDRESS,
        rf"\b{_HOUSE}(?:\s*,?\s*{_LANE})*",
        digits=1,
        signs=("số nhà", "so nha", "nhà số", "nha so", "sn"),
    ),
    _rule(
        ADDRESS,
        rf"\b(?:số|so)\s*\d+[\w/]*\s*,?\s*{_LANE}(?:\s*,?\s*{_LANE})*",
        digits=2,
        signs=_NUMBER_SIGNS,
    ),
    _rule(
        ADDRESS,
        rf"(?<!quán )(?<!hàng )(?<!công ty )(?<!trường )\b(?:nhà|ở|nha|o|địa chỉ){_WHOSE}:? (?:ở |o )?",
        r"((?:số|so)\s*\d+[\w/]*)(?=\s*,?\s*(?:đường|phố|duong|pho)\b)",
        digits=1,
        signs=_NUMBER_SIGNS,
    ),
    _rule(
        ADDRESS,
        rf"\b(?:nhà|nha){_WHOSE}:? (?:ở |o )?",
        r"((?:số|so)\s*\d+[\w/]*)(?=\W{1,3}(?:khối|khoi|tổ)\b)",
        digits=1,
        signs=_NUMBER_SIGNS,
    ),
    _rule(
        ADDRESS,
        r"\b(?:địa chỉ|dia chi)(?: em| tôi| nhà| toi| nha)?:?\s?(?:là |la |số |so )?",
        r"(\d+[\w/]*)(?=\s*,?\s*(?:đường|phố|duong|pho|ngõ|ngo|(?-i:[A-ZĐ])))",
        digits=1,
        signs=("địa chỉ", "dia chi"),
    ),
    _rule(INSULT, rf"\b(?:{'|'.join(_INSULTS)})\b", signs=_INSULTS),
)
_NUMBER_UNIT = r"(?!\s?(?:đ\b|đồng|dong|vnd|vnđ|k\b|tr\b|triệu|trieu|kwh|m2|m3|km|khối|khoi|kg|tấn))"
LEAST_DIGITS = 6  # of a number that is masked by itself
_PHONE_LIKE = re.compile(
    rf"(?<![\w.,+])(?<!(?<!\d{{4}})/)\(?\+?(?:\(?\s?(?:00)?84\s?\)?|[0oO])(?:[\s.\-–_()]{{0,3}}[\doO]){{8,10}}(?!\w){_NUMBER_UNIT}"
)
_LONG_NUMBER = re.compile(rf"(?<![\w.,/+-])\d{{9,16}}(?!\w){_NUMBER_UNIT}")
_LABEL_BEFORE = re.compile(
    r"(?:hồ sơ|ho so|biên nhận|bien nhan|biên lai|hóa đơn|hoá đơn|hoa don|văn bản|mã|ma|công tơ"
    r"|đồng hồ|khách hàng)\D{0,12}$",
    re.IGNORECASE,
)

Mask = tuple[int, int, str]


def public_text(text: str, tokens: Tokens | None = None) -> str:
    """Return the text as a public page may show it; hotlines, road numbers, years, prices and report codes stay.

    Whoever has cleaned the text and split it into tokens already passes them on.
    """
    if tokens is None:
        text = clean(text)
        tokens = tokens_of(text)
    out, end = [], 0
    for start, stop, label in sorted(_masks(text, tokens), key=lambda mask: (mask[0], -mask[1])):
        if start < end:
            continue
        out += [text[end:start], label]
        end = stop
    return "".join([*out, text[end:]])


def _masks(text: str, tokens: Tokens) -> Iterator[Mask]:
    digits, spoken = len(_DIGIT.findall(text)), sum(map(_DIGIT_WORDS.__contains__, tokens.words))
    lower = text.casefold().replace("\u0307", "").replace("ı", "i")  # as IGNORECASE takes letters: also ſ and İ
    for rule in RULES:
        if digits >= rule.digits and spoken >= rule.spoken and (not rule.signs or _has_one(lower, rule.signs)):
            group = 1 if rule.pattern.groups else 0
            yield from ((found.start(group), found.end(group), rule.label) for found in rule.pattern.finditer(text))
    if digits >= LEAST_DIGITS:
        numbers = list(_numbers(text))
        yield from numbers
        yield from _names_beside(text, tokens, numbers)
    yield from ((start, stop, NAME) for start, stop in names_in(tokens))


def _has_one(lower: str, signs: tuple[str, ...]) -> bool:
    for sign in signs:  # noqa: SIM110 plain loops are quicker, and this runs for every rule and text
        if sign in lower:
            return True
    return False


def _numbers(text: str) -> Iterator[Mask]:
    """Yield phone numbers, and bare long numbers that no label (hồ sơ, hóa đơn …) makes public."""
    for found in _PHONE_LIKE.finditer(text):
        digits = re.sub(r"\D", "", found[0].replace("o", "0").replace("O", "0"))
        if sum(ch.isdigit() for ch in found[0]) >= LEAST_DIGITS and _is_phone(digits, _labelled(text, found)):
            yield found.start(), found.end(), PHONE
    for found in _LONG_NUMBER.finditer(text):
        if not _labelled(text, found):
            yield found.start(), found.end(), PHONE if len(found[0]) <= 11 else PAPER


def _names_beside(text: str, tokens: Tokens, numbers: list[Mask]) -> Iterator[Mask]:
    """Yield the names that stand at a telephone number: `0912345678 (Hùng)`, `Hoa: 0912345678`."""
    for start, stop, label in numbers:
        for at, token in enumerate(tokens) if label == PHONE else ():
            first, end = tokens.start(at), tokens.end(at)
            gap = text[stop:first] if first >= stop else text[end:start]
            if is_given(token) and len(gap) <= 2 and not gap.strip(" (:-,"):
                yield first, end, NAME


def _labelled(text: str, found: re.Match[str]) -> bool:
    """Tell whether a number is said to be a file's, a meter's, a customer's."""
    return bool(_LABEL_BEFORE.search(text[max(0, found.start() - 30) : found.start()]))


def _is_phone(digits: str, labelled: bool) -> bool:
    """Tell whether these can be called; of a number with another label only one that surely can."""
    try:
        number = phonenumbers.parse(digits if digits.startswith("0") else "+" + digits, "VN")
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_valid_number(number) if labelled else phonenumbers.is_possible_number(number)
