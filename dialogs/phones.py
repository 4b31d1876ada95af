"""Phone numbers as people type them."""

import phonenumbers


def read_phone(text: str) -> str:
    """The Vietnamese number in `text` in national form (`0912 345 678`), or ""; `o` for 0 and dots are understood."""
    typed = text.strip().lower().replace("o", "0")
    for match in phonenumbers.PhoneNumberMatcher(typed, "VN"):
        return phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.NATIONAL)
    return ""
