"""Does a message accuse an identifiable official of a wrong that the law on denunciations covers: detector and patterns."""

import re

from nlp.normalise import clean, fold

THRESHOLD = -0.1

_OFFICIAL = re.compile(
    r"can bo|chu tich|pho chu tich|bi thu|truong (?:thon|xom|ban|cong an|tram|phong)|xom truong|thon truong|cong an|dia chinh|ke toan"
    r"|hieu truong|hieu pho|co giao|thay giao|uy ban|ubnd|quan ly thi truong|kiem lam|csgt|canh sat|bac si|y ta|tram truong|vien chuc|cong chuc"
)
_WRONG = re.compile(
    r"nhan tien|nhan hoi lo|hoi lo|an chan|an tien|tham (?:o|nhung)|bot xen|chay (?:chot|viec|an|cho)|phong bi|gia mao|gia chu ky|ky khong"
    r"|khai khong|khai man|bao ke|quy den|lai qua|thien vi|nguoi nha (?:cua )?|lay tien|vay tien|an cap|tu y ban|ban dat|chiem dung|to cao|khieu nai"
)


def accuses(text: str, margin: float) -> bool:
    """Decide from the detector's margin; an official and a wrong named together lower the bar."""
    plain = fold(clean(text).lower())
    named = bool(_OFFICIAL.search(plain)) and bool(_WRONG.search(plain))
    return margin > THRESHOLD + (-0.5 if named else 0.15)
