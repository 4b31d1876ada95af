"""Does a message accuse an identifiable official, or complain against a decision: then the legal door is shown."""

import re
from collections.abc import Mapping

from nlp.normalise import fold

THRESHOLD = 0.55
OFFICER = 1.0  # what a certain "officer_conduct" adds to the detector's margin
NAMED = 0.1  # what an official and a wrong, both named, add
FORMAL = 0.4  # what the legal names of a complaint or a denunciation add

_OFFICIAL = re.compile(
    r"can bo|chu tich|bi thu|truong (?:thon|xom|ban|phong|cong an|tram)|xom truong|thon truong|cong an|dia chinh"
    r"|ke toan|hieu truong|hieu pho|co giao|thay giao|uy ban|ubnd|quan ly thi truong|kiem lam|csgt|canh sat|bac si|y ta"
    r"|vien chuc|cong chuc|thu quy|to truong|hoi truong|chu nhiem"
)
_WRONG = re.compile(
    r"nhan (?:tien|hoi lo|phong bi)|hoi lo|an (?:chan|tien|bot|cap)|tham (?:o|nhung)|bot xen"
    r"|chay (?:chot|viec|an)|phong bi|gia mao|gia chu ky|ky (?:khong|thay)|khai (?:khong|man)|bao ke|quy den"
    r"|lai qua|thien vi|nguoi nha|vay tien|lay tien|thu tien|giu tien|doi tien|dua tien|bo tui|tu y ban|ban dat"
    r"|chiem dung|khong bien lai"
)
_FORMAL = re.compile(
    r"(?:don|gui|lam|viet|nop) (?:don )?(?:khieu nai|to cao|khieu to)|khieu nai (?:quyet dinh|ve viec|lan)"
    r"|khong dong y voi quyet dinh|quyet dinh (?:so|xu phat|thu hoi|cuong che)|khoi kien|to cao"
)


def accuses(text: str, margin: float, likely: Mapping[str, float]) -> bool:
    """Decide from the detector's margin, the likely categories, and official and wrong named together."""
    plain = fold(text.lower())
    score = margin + OFFICER * likely.get("officer_conduct", 0.0)
    score += FORMAL * bool(_FORMAL.search(plain))
    score += NAMED * bool(_OFFICIAL.search(plain) and _WRONG.search(plain))
    return score > THRESHOLD
