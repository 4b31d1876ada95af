"""What people say when the matter has ended by itself, and which of their reports they mean."""

import re
from collections.abc import Sequence

from dialogs.answers import CALLS, POLITE, fold
from dialogs.draft import SURE
from dialogs.words import Prediction, ReportView

# folded, before "rồi" at the end: "có nước lại", "đèn sáng", "hết ngập", "họ sửa xong", "ổn"
BACK = r"(?:co (?:nuoc|dien|mang|song)|(?:nuoc|dien|mang|song) (?:da )?(?:co|ve|len|chay))(?: lai)?"
WELL = r"(?:sang|thong|on|binh thuong|sach)(?: lai)?"
GONE = r"het (?:ngap|mui|hoi|on|khoi|bui|tac|ket|rac)"
MENDED = (
    r"(?:sua|thay|va|thong|don|hut|cat|khac phuc|xu ly|lam)(?: \w+){0,3}? (?:xong|sach|het)"
    r"|(?:da|ho|ta|tho|xa) (?:sua|thay|va|don|khac phuc|xu ly)(?: \w+){0,2}?|xong"
)
OVER = re.compile(rf"\b(?:{BACK}|{WELL}|{GONE}|{MENDED}) (?:ca |het )?roi((?: \w+){{0,3}})$")
NOT_OVER = frozenset(["chua", "van", "khong", "ko", "k", "nhung", "ma", "hong", "vo", "nua", "bo", "de", "sao"])
LONGEST = 12  # words
NAMES_NOTHING = frozenset([
    "sua", "thay", "va", "thong", "don", "xu", "ly", "khac", "phuc", "lam", "xong", "sach", "het", "roi", "da", "ho",
    "nguoi", "ta", "tho", "xa", "on", "lai", "binh", "thuong", "duoc", "moi", "viec", "chuyen",
])  # fmt: skip


def is_over(text: str) -> bool:
    """Whether the words say that it is well again: "có nước lại rồi", "họ sửa xong rồi em"."""
    said = fold(text)
    words = said.split()
    if "?" in text or len(words) > LONGEST or not NOT_OVER.isdisjoint(words):
        return False
    found = OVER.search(said)
    return found is not None and (CALLS | POLITE | {"cam", "on", "nhieu"}).issuperset(found[1].split())


def meant(text: str, seen: Prediction | None, opened: Sequence[ReportView]) -> ReportView | None:
    """The open report, newest first, that such words are about; None if it could be any, or none."""
    words = set(fold(text).split()) - CALLS - POLITE
    if words <= NAMES_NOTHING:
        return opened[0] if len(opened) == 1 else None
    same = [report for report in opened if (words - NAMES_NOTHING) & set(fold(report.text).split())]
    if seen and seen.kind == "report" and seen.confidence >= SURE:
        same = [report for report in opened if report.category == seen.category]
    return next(iter(same), None)
