"""What people type, as the rest of us may rely on it."""

import unicodedata


def clean(text: str) -> str:
    """NFC, without lone surrogates and NUL, which JSON allows and databases refuse."""
    return unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode("utf-8").replace("\x00", ""))
