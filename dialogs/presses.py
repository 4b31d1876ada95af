"""Buttons that come back as text (Zalo): what an old one still means, and how it is told from words."""

from collections.abc import Mapping
from functools import cache

from dialogs.answers import fold, split_press
from dialogs.texts import all_texts, say
from dialogs.words import Locality

# a button under a report, which holds as long as the report: its words end in the report's code
OF_REPORT = ("add", "withdraw", "rate", "reopen")
LASTING = ("/new", "/mine", "/ask", "/help")


def command_of_press(text: str, spoken: Mapping[str, str]) -> str:
    """The command behind `1. Gửi phản ánh` or `2. Đánh giá TC-7K3F-2F`, however old the button; "" if there is none."""
    press = split_press(text)
    if press is None:
        return ""
    command = spoken.get(fold(press[1]), "")
    if command in LASTING:
        return command
    label, _, code = press[1].rpartition(" ")
    name = _of_report().get(fold(label), "")
    return f"/{name} {code}" if name and "-" in code else ""


def is_press(text: str, locality: Locality) -> bool:
    """Whether these words are those of one of our buttons; a list that a person numbered is not."""
    press = split_press(text)
    if press is None:
        return False
    said = fold(press[1])
    names = (*(it.short for it in locality.categories.values()), *(it.name for it in locality.communes.values()))
    return said in _labels() or said in map(fold, names)


@cache
def _of_report() -> dict[str, str]:
    return {fold(say(f"track.choice.{name}")): name for name in OF_REPORT}


@cache
def _labels() -> frozenset[str]:
    texts = all_texts()
    labels = [text for key, text in texts.items() if key.startswith("choice.") or ".choice." in key]
    return frozenset(fold(label) for label in labels if "{" not in label)
