"""What one visitor of the web chat may use, who may knock at all, and the codes of what is refused."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from aiohttp import web

# why a frame or an upload is refused -> the HTTP status when it is an upload; the words for it are `webchat.CODE`
REFUSALS = {
    "bad_frame": 400,  # not in the protocol; sending it again is useless
    "upload_gone": 410,  # an upload token of another session, or of before a restart; upload again
    "too_large": 413,
    "bad_type": 415,
    "too_fast": 429,
    "too_many": 429,  # open pages of one client address
    "too_many_uploads": 429,
    "broken": 503,  # ours to mend; nothing was kept, send it again
}


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` at once, then one more every `seconds`."""

    burst: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Limits:
    """What one visitor may use. A whole village can share one client address (CGNAT), so those are wide."""

    session_messages: Rate = Rate(20, 1.0)
    address_messages: Rate = Rate(400, 0.05)
    session_uploads: Rate = Rate(60, 60.0)  # 60 an hour
    address_uploads: Rate = Rate(600, 6.0)
    sockets_per_address: int = 200
    upload_bytes: int = 20 * 1024 * 1024
    uploads_per_message: int = 10
    uploads_at_once: int = 16  # each lies on the disk while it arrives
    upload_seconds: float = 300.0
    upload_ttl: timedelta = timedelta(hours=2)
    frame_bytes: int = 64 * 1024
    text_chars: int = 20_000
    refused_frames: int = 100  # then the socket is closed
    hello_seconds: float = 10.0
    poll_seconds: float = 15.0
    heartbeat_seconds: float = 30.0


class Refused(Exception):
    """A frame or an upload that is not taken, by its code."""

    def __init__(self, code: str, retry_after: float = 0.0) -> None:
        super().__init__(code)
        self.code = code
        self.retry_after = retry_after


class Buckets:
    """A token bucket for every key; those that are full again are forgotten now and then."""

    def __init__(self, rate: Rate, clock: Callable[[], datetime]) -> None:
        self._rate, self._clock = rate, clock
        self._levels: dict[str, tuple[float, datetime]] = {}
        self._sweep_at = 1000

    def wait(self, key: str) -> float:
        """Seconds until this key may act; 0.0 means now."""
        return max(0.0, round(1.0 - self._level(key), 6)) * self._rate.seconds

    def take(self, key: str) -> None:
        """Count one act of this key."""
        self._levels[key] = (self._level(key) - 1.0, self._clock())
        if len(self._levels) > self._sweep_at:
            self._levels = {key: level for key, level in self._levels.items() if self._level(key) < self._rate.burst}
            self._sweep_at = max(1000, 2 * len(self._levels))

    def _level(self, key: str) -> float:
        now = self._clock()
        level, since = self._levels.get(key, (float(self._rate.burst), now))
        return min(float(self._rate.burst), level + max(0.0, (now - since).total_seconds()) / self._rate.seconds)


def spend(rates: tuple[Buckets, Buckets], keys: tuple[str, str], code: str) -> None:
    """Count one act for the session and for its client address; both must allow it, else raises Refused(code)."""
    pairs = tuple(zip(rates, keys, strict=True))
    wait = max(buckets.wait(key) for buckets, key in pairs)
    if wait:
        raise Refused(code, max(wait, 0.1))
    for buckets, key in pairs:
        buckets.take(key)


def check_origin(request: web.Request, origins: Collection[str]) -> None:
    """Raise 403 for a page of a strange site: neither ours nor one of `origins`. Only browsers send an origin."""
    origin = request.headers.get("Origin")
    if origin is None or origin in origins:
        return
    try:
        ours = urlsplit(origin).netloc.lower() == request.host.lower()
    except ValueError:
        ours = False
    if not ours:
        raise web.HTTPForbidden
