"""What people say in words of their own: a command, giving up, asking back, setting right what was understood."""

import re

from dialogs.answers import CALLS, STOPS, fold

# what people type instead of a command (folded)
SPOKEN: dict[str, str] = {
    "phan anh": "/new",
    "gui phan anh": "/new",
    "phan anh moi": "/new",
    "phan anh cua toi": "/mine",
    "phan anh cua em": "/mine",
    "tra cuu phan anh": "/mine",
    "tra cuu": "/track",
    "rut lai": "/mine",
    "gui nham": "/mine",
    "gui nham roi": "/mine",
    "bao nham roi": "/mine",
    "rut phan anh": "/mine",
    "rut lai phan anh": "/mine",
    "xem phan anh": "/mine",
    "xem phan anh cua toi": "/mine",
    "quen ma": "/mine",
    "mat ma": "/mine",
    "quen ma roi": "/mine",
    "xoa thong tin cua toi": "/forget",
    "xoa thong tin": "/forget",
    "xoa het thong tin cua toi": "/forget",
    "xoa du lieu": "/forget",
    "xoa du lieu cua toi": "/forget",
    "xoa het du lieu cua toi": "/forget",
    "xoa tai khoan": "/forget",
    "xoa so dien thoai": "/forget",
    "xoa ten": "/forget",
    "nhan thong bao": "/theodoi",
    "theo doi thong bao": "/theodoi",
    "dang ky nhan thong bao": "/theodoi",
    "thoi nhan thong bao": "/botheodoi",
    "ngung nhan thong bao": "/botheodoi",
    "khong nhan thong bao nua": "/botheodoi",
    "bo theo doi": "/botheodoi",
    "hoi dap": "/ask",
    "hoi thong tin": "/ask",
    "menu": "/help",
    "tro giup": "/help",
    "giup": "/help",
    "help": "/help",
    "huong dan": "/help",
    "huy": "/cancel",
    "huy bo": "/cancel",
    "bo": "/cancel",
    "thoi": "/cancel",
    "thoi khoi": "/cancel",
    "thoi khong gui nua": "/cancel",
    "khong gui nua": "/cancel",
    "khong biet": "/skip",
    "khong biet xa mo": "/skip",
    "khong biet xa nao": "/skip",
    "khong ro": "/skip",
    "khong ro xa nao": "/skip",
    "khong ro xa mo": "/skip",
    "khong nho": "/skip",
    "ko biet": "/skip",
    "k biet": "/skip",
    "no biet": "/skip",
    "quay lai": "/back",
    "bo qua": "/skip",
}

# Said before and after a command and no part of it: "cho tôi xem … với em".
AROUND = CALLS | {"cho", "xin", "muon", "toi", "tui", "minh", "nhe", "nha", "voi", "giup", "ho", "di", "luon", "het"}
# A wish for news, "em muốn nhận tin cắt điện"; not a story: "nhắn tin hôm qua mà …", "nhận thông báo nộp phạt".
STARTS_NEWS = re.compile(
    r"(?!.*\b(?:chua|khong|ko|hom|ma|roi|bi|duoc|qua|hoai|sai|phat|nop|dong|thu)\b)"
    r"(?:(?:(?:toi|tui|em|minh|cho|muon|xin|dang ky) )+nhan (?:tin|thong bao)(?: \w+){0,5}"
    r"|nhan (?:tin|thong bao)(?: \w+){0,3})"
)

GIVES_UP = re.compile(r"\b(?:thoi|huy|bo|khoi|dep|dung lai)\b|\b(?:khong|ko|k) (?:can|gui|bao)\b")
SELF = frozenset(["toi", "tui", "minh", "tau", "em", "chau", "ba", "me", "o", "ong", "bac", "chu", "co", "thim", "anh"])
OF_GIVING_UP = (
    SELF
    | frozenset(
        ["thoi", "khong", "ko", "k", "khoi", "can", "nua", "gui", "bao", "bo", "huy", "dep", "dung", "lai", "ma", "dau"]
    )
    | {"di", "luon", "nhe", "nha", "a", "em", "oi", "chau", "vay", "roi"}
)
HOLDS = re.compile(r"(?:khoan|tu tu|cho (?:ti|chut|xiu)|chua gui|doi (?:ti|chut|xiu))\b")

ASKS = re.compile(
    r"\b(?:ai|gi|chi|nao|dau|mo|rang|bao gio|bao lau|bao nhieu|may gio|lam sao|tai sao|vi sao|sao (?:phai|lai|lau))\b"
    r"|\b(?:khong|ko|chua|ha)(?: a| em| chau| vay| the)?$"
)
WONDERS = frozenset(["chi", "gi", "ha", "sao", "rang", "cai gi", "cai chi", "la sao", "gi co", "hoi chi"])
# facts that somebody in an office knows; whoever tells of trouble does not end like this
WANTS_FACTS = re.compile(
    r"\b(?:la ai|o dau|o mo|may gio|la gi|la chi|so nao|so may|so mo|so bao nhieu)"
    r"(?: a| vay| em| the| ri| rua| hay| chau)*$"
    r"|^(?:\w+ )?goi (?:cho )?so (?:nao|mo|may)(?: (?:duoc|dc|thi duoc))?$"
)
IMPATIENT = re.compile(
    r"\b(?:sao lau|lau (?:qua|rua|the|vay|lam)|(?:bao gio|khi mo|khi nao) (?:thi |moi )?(?:sua|xong|co|lam|het)"
    r"|toi mo roi|den dau roi)\b"
)
AFRAID = re.compile(r"\b(?:so|lo|ngai) (?:bi|lo)\b|\btra thu\b|\blo ten\b")
CONTENT = frozenset(["roi", "xong", "tot", "duoc", "sang", "sach", "on", "mung"])
DISCONTENT = frozenset(["chua", "van", "khong", "ko", "k", "nhung", "ma", "nua", "hong", "lai"])
AFTERTHOUGHT = re.compile(
    r"(?:(?:a|o|e|ui|chet) )+quen\b|quen (?:ca|mat|noi|con)\b|(?:con nua|voi lai|noi them|bao them|them nua|bo sung)\b"
)

DOUBTS = frozenset(
    ["nham", "nham roi", "khong phai", "khong phai vay", "khong dung", "chua dung", "sai", "sai roi", "khong", "chua"]
)
SLIPPED = re.compile(r"(?:noi|ghi|viet|go|bao|gui)? ?(?:nham|sai|lon)(?: mat)?(?: roi)?")
NOT_THIS = re.compile(r"(?:khong|ko|k|chu khong|chu ko) phai(?: la)?")
SETS_RIGHT = re.compile(
    r"(?:(?:a|o|ui|da|em|oi|chet) )*(?:nham|(?:noi|ghi|viet|go) (?:nham|sai|lon)|sai roi)(?: roi| mat)?\b"
    r"|(?:sua|doi|ghi|noi) (?:lai|thanh)\b|dung ra\b"
    r"|(?:y )?(?:em|toi|tui|minh|chau) (?:noi|bao) la\b|y (?:em|toi|tui|minh|chau)\b"
)
LEADS_IN = frozenset(["la", "o", "phai", "lai", "em", "a", "ma", "roi"])
TRAILS = frozenset(["co", "moi", "dung", "nhe", "nha", "em", "a", "chu"])


def command_of(text: str) -> str:
    """The command behind these words, whatever is said around it: "cho tôi xem phản ánh của tôi với"; "" if none."""
    said = fold(text).split()
    if STARTS_NEWS.fullmatch(" ".join(said)):
        return "/theodoi"
    for first in range(len(said)):
        for end in range(len(said), first, -1):
            if command := SPOKEN.get(" ".join(said[first:end])):
                return command
            if said[end - 1] not in AROUND:
                break
        if said[first] not in AROUND:
            break
    return "/cancel" if gives_up(text) else ""


def gives_up(text: str) -> bool:
    """Whether the whole text calls it off: "thôi không cần nữa", "đừng gửi", "à mà thôi"."""
    said, marked = fold(text), not STOPS.isdisjoint(text.lower().split())
    if said.startswith("dung gui") and not marked:  # "đúng, gửi" or "đừng gửi": nobody can tell
        return False
    is_all = OF_GIVING_UP.issuperset(said.split())
    return is_all and (marked or bool(GIVES_UP.search(said))) and "?" not in text


def holds(text: str) -> bool:
    """Whether the person wants to wait a moment: "khoan đã", "chưa gửi vội"."""
    return bool(HOLDS.match(fold(text)))


def wonders(text: str) -> bool:
    """Whether somebody surely asks: with a question mark, with "hả" alone, out of impatience or fear."""
    said = fold(text)
    return text.rstrip().endswith("?") or said in WONDERS or is_impatient(text) or is_afraid(text)


def is_afraid(text: str) -> bool:
    """Whether somebody fears to be named or paid back."""
    return bool(AFRAID.search(fold(text)))


def asks(text: str) -> bool:
    """Whether the words have the form of a question, however they are spelt."""
    return wonders(text) or bool(ASKS.search(fold(text)))


def wants_facts(text: str) -> bool:
    """Whether a short text asks for a fact: who, where, at what time, which number."""
    said = fold(text)
    return len(said.split()) <= 10 and bool(WANTS_FACTS.search(said))


def is_impatient(text: str) -> bool:
    """Whether somebody asks when it will be done at last."""
    return bool(IMPATIENT.search(fold(text)))


def is_content(text: str) -> bool:
    """Whether short words say that it is well now: "sáng rồi em", "tốt lắm"."""
    said = set(fold(text).split())
    return len(said) <= 8 and not CONTENT.isdisjoint(said) and DISCONTENT.isdisjoint(said)


def is_afterthought(text: str) -> bool:
    """Whether something is added to what was said just now: "à quên, cả xóm 4 nữa"."""
    return bool(AFTERTHOUGHT.match(fold(text)))


def doubts(text: str) -> bool:
    """Whether somebody only says that something is wrong: "nhầm rồi", "bà nói nhầm rồi cháu"."""
    said = fold(text)
    words = said.split()
    while words and words[0] in SELF | CALLS:
        words = words[1:]
    while words and words[-1] in CALLS | {"nha", "nhe"}:
        words = words[:-1]
    return said in DOUBTS or bool(SLIPPED.fullmatch(" ".join(words)))


def set_right(text: str) -> str:
    """What is right, in the words of a text that sets something right; "" if it sets nothing right.

    "không phải xóm 5 mà là xóm 6", "xóm 6 chứ không phải xóm 5", "à nhầm, ở Thanh Mai cơ".
    """
    words = text.split()
    plain = [fold(word) for word in words]
    said = " ".join(plain)
    if denied := NOT_THIS.search(said):
        before = len(said[: denied.start()].split())
        if before > 1 and plain[before - 1] != "la":
            return _trimmed(words[:before], plain[:before])
        after = _after_the_wrong(text, plain, before)
        return _trimmed(words[after:], plain[after:])
    if begun := SETS_RIGHT.match(said):
        after = len(said[: begun.end()].split())
        return _trimmed(words[after:], plain[after:])
    if said.endswith(" moi dung"):
        return _trimmed(words, plain)
    return ""


def _after_the_wrong(text: str, plain: list[str], begin: int) -> int:
    """Where the right thing begins after "không phải …": behind "mà", a comma, or a second "là"."""
    words = text.split()
    for at in range(begin + 2, len(plain)):
        if plain[at] == "ma" or (plain[at] == "la" and at > begin + 2) or words[at].endswith((",", ".", ";")):
            return at + 1
    return len(plain)


def _trimmed(words: list[str], plain: list[str]) -> str:
    while plain and plain[0] in LEADS_IN:
        words, plain = words[1:], plain[1:]
    while plain and plain[-1] in TRAILS:
        words, plain = words[:-1], plain[:-1]
    return " ".join(words).strip(" ,.;")
