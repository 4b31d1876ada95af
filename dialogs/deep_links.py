"""Links into a conversation: what stands behind `?start=` in the address on a poster, a lamp post, a letter."""

import base64
import binascii
import re
import unicodedata

from dialogs.words import Locality, Place

LONGEST = 64  # characters of A-Z a-z 0-9 _ - in Telegram's payload (core.telegram.org/bots/features#deep-linking)
PLACE = re.compile(r"xa-(\w+?)(?:-([A-Za-z0-9_-]+))?")


def place_payload(commune: str, place: str = "") -> str:
    """The payload for reports about a place: `xa-17713`, with the place's words in base64url. Raises ValueError."""
    words = base64.urlsafe_b64encode(unicodedata.normalize("NFC", place.strip()).encode()).decode().rstrip("=")
    payload = f"xa-{commune}-{words}" if words else f"xa-{commune}"
    if len(payload) > LONGEST:
        raise ValueError(f"{place!r} is too long for a link")
    return payload


def place_of(payload: str, locality: Locality) -> Place | None:
    """The place that a payload names, None if it names none of this town."""
    found = PLACE.fullmatch(payload)
    if found is None or found[1] not in locality.communes:
        return None
    return Place(_words(found[2] or ""), found[1])


def _words(encoded: str) -> str:
    try:
        words = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return words if words.isprintable() else ""
