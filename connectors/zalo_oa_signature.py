"""Whether an event comes from Zalo: its signature is SHA-256 of app id, raw body, timestamp, OA secret key."""

import hashlib
import hmac
from collections.abc import Iterable


def is_signed(raw: bytes, given: str, app_id: str, secret: str, timestamps: Iterable[str]) -> bool:
    """Whether the header fits the body as it came, with any of these timestamps; in constant time.

    Zalo's pages take the timestamp from the body, what was seen in the wild took `X-ZEvent-Timestamp`: both are tried.
    The header is `mac=HEX` or the bare HEX.
    """
    mac = given.strip().removeprefix("mac=").strip().lower().encode("utf-8", "replace")
    fits = [hmac.compare_digest(signature(raw, app_id, stamp, secret).encode(), mac) for stamp in timestamps if stamp]
    return any(fits)


def signature(raw: bytes, app_id: str, timestamp: str, secret: str) -> str:
    """The HEX that Zalo sends with this body. A plain hash, not an HMAC: that is how Zalo does it."""
    return hashlib.sha256(app_id.encode() + raw + timestamp.encode() + secret.encode()).hexdigest()
