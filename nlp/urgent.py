"""Is life or property in danger now: a trained detector, helped by phrases that hardly ever mean anything else."""

import re
from collections.abc import Mapping

from nlp.normalise import fold, has_accents, tone_placed

THRESHOLD = 0.3
EMERGENCY = 0.5  # what a certain emergency category adds to the detector's margin
PHRASE = 0.12  # what a tell-tale phrase adds, and a harmless one takes away twice

# Compared as accented when the message has accents (chạy is not cháy, bơm not bom), folded otherwise.
DANGER = (
    r"cứu (?:em|tôi|với|con tôi|cháu với|mạng)",
    r"(?:đang|bốc|bén|phát) (?:lửa|cháy)",
    r"mắc kẹt|kẹt (?:trong|dưới|bên trong)",
    r"đuối nước|chìm (?:xuống|rồi|mất)|bị (?:nước |lũ )?cuốn",
    r"co giật|bất tỉnh|ngừng thở|sùi bọt|tím tái|không thở|thoi thóp|nguy kịch",
    r"rắn (?:hổ |lục )?cắn|điện giật|rò (?:khí )?ga|xì ga|mùi ga\b",
    r"(?:cầm|vác|rút|kề|vung) (?:dao|rựa|mã tấu|kiếm|búa|súng)",
    r"đang (?:đánh|chém|đập|đuổi|dọa|bị đánh|bị chém)",
    r"đòi (?:tự tử|nhảy|chết)|nhảy cầu|tự thiêu",
    r"vỡ (?:đê|đập)|lũ quét|sắp sập",
)
HARMLESS = (
    r"cháy (?:bóng|đèn|máy|quạt|tụ|ổ cứng|hàng|túi|da|nắng)",
    r"bóng .{0,12}cháy|đèn .{0,8}cháy",
    r"diễn tập|tập huấn|ngập (?:trong )?rác|cắt cổ|chết (?:cười|đi được|dở)",
    r"(?:năm|tháng|tuần|hôm) (?:ngoái|trước|kia)",
)

_DANGER, _HARMLESS = re.compile("|".join(DANGER)), re.compile("|".join(HARMLESS))
_PLAIN_DANGER, _PLAIN_HARMLESS = re.compile(fold("|".join(DANGER))), re.compile(fold("|".join(HARMLESS)))


def is_urgent(text: str, margin: float, likely: Mapping[str, float]) -> bool:
    """Decide from the detector's margin, the likely categories and the words themselves."""
    lower = tone_placed(text.lower())
    accented = has_accents(lower)
    said = lower if accented else fold(lower)
    score = margin + EMERGENCY * likely.get("emergency_disaster", 0.0)
    score += PHRASE * bool((_DANGER if accented else _PLAIN_DANGER).search(said))
    score -= 2 * PHRASE * bool((_HARMLESS if accented else _PLAIN_HARMLESS).search(said))
    return score > THRESHOLD
