"""Is life or property in danger now: a trained detector, with patterns for what must never be missed."""

import re

from nlp.normalise import clean, fold, has_accents, tone_placed

THRESHOLD = -0.25  # recall first: below the even line

# Compared as accented when the message has accents (chạy is not cháy, bơm not bom), folded otherwise.
ALWAYS = (
    r"cứu (?:em|tôi|với|con|cháu|chúng|mạng|hộ|người)", r"(?:đang|bốc|bén|phát) cháy", r"cháy (?:nhà|rừng|rú|chợ|xưởng|kho|lan|lớn|to|bùng)",
    r"(?:bị|đang) mắc kẹt", r"(?:đuối|chết đuối)", r"(?:bị|đang) (?:nước )?cuốn", r"(?:đang|bị) co giật", r"bất tỉnh", r"ngừng thở", r"rắn cắn",
    r"ngộ độc", r"đột quỵ", r"(?:rò|xì) (?:rỉ )?(?:khí )?(?:ga|gas)\b", r"điện giật", r"đứt dây điện|dây điện (?:bị )?(?:đứt|rơi)",
    r"(?:cầm|vác|rút) (?:dao|mã tấu|kiếm|búa|súng)", r"đang (?:đánh|chém|đập|bị đánh|bị chém)", r"(?:sập|đổ) (?:nhà|tường) .{0,20}(?:người|đè)",
    r"(?:nhảy|tự) (?:tử|vẫn)|nhảy cầu", r"tai nạn .{0,25}(?:bất tỉnh|nặng|chết|máu|kẹt)", r"vỡ (?:đê|đập)", r"lũ (?:quét|cuốn|về)",
)  # fmt: skip
NEVER = (
    r"cháy (?:bóng|đèn|máy|quạt|tụ|ổ cứng|hàng|túi|da|nắng)", r"bóng .{0,12}cháy", r"diễn tập", r"ngập (?:trong )?rác", r"cắt cổ",
)  # fmt: skip

_ALWAYS, _NEVER = re.compile("|".join(ALWAYS)), re.compile("|".join(NEVER))
_ALWAYS_PLAIN, _NEVER_PLAIN = re.compile(fold("|".join(ALWAYS))), re.compile(fold("|".join(NEVER)))


def is_urgent(text: str, margin: float) -> bool:
    """Decide from the detector's margin and from the words themselves."""
    lower = tone_placed(clean(text).lower())
    always, never = (_ALWAYS, _NEVER) if has_accents(lower) else (_ALWAYS_PLAIN, _NEVER_PLAIN)
    plain = lower if always is _ALWAYS else fold(lower)
    if never.search(plain):
        return margin > 0.3
    return margin > THRESHOLD or (margin > THRESHOLD - 0.5 and bool(always.search(plain)))
