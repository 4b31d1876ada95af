"""The web chat's protocol: a JSON frame of the page read into an Incoming, and a message written as a frame."""

import hashlib
import json
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from connectors.clean_text import clean
from connectors.webchat_limits import Limits, Refused
from dialogs.words import Address, Incoming, Media, Part, Sender

SESSION = re.compile(r"[A-Za-z0-9_-]{43}")  # as secrets.token_urlsafe(32) makes it
FRAME_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
START = re.compile(r"/start(?:\s+(?P<payload>.*))?", re.DOTALL)
LAST_POSSIBLE = 2**53

Frame = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sent:
    """A message as it stands in the store: its number in that chat, what it says, and when it was said."""

    seq: int
    part: Part
    at: datetime | None = None


class FrameReader:
    """Makes an Incoming of a frame; `media_of(chat, token)` is what that chat uploaded, or raises Refused."""

    def __init__(self, limits: Limits, clock: Callable[[], datetime], media_of: Callable[[str, str], Media]) -> None:
        self._limits, self._clock, self._media_of = limits, clock, media_of

    def read(self, address: Address, frame_id: str, frame: Frame) -> Incoming:
        """What the frame says. Raises Refused when it is not in the protocol."""
        blank = Incoming(address, Sender(address.chat), "unsupported", frame_id, self._clock())
        if not frame_id:
            raise Refused("bad_frame")
        match frame:
            case {"type": "message", "text": str(text)}:
                return _spoken(blank, self._clean(text))
            case {"type": "choice", "choice": str(pressed)} if 0 < len(pressed) <= 200:
                return replace(blank, kind="choice", choice=self._clean(pressed))
            case {"type": "location", "lat": lat, "lon": lon} if _is_degrees(lat, 90) and _is_degrees(lon, 180):
                return replace(blank, kind="location", lat=float(lat), lon=float(lon))
            case {"type": "media"}:
                return self._read_media(blank, frame)
        raise Refused("bad_frame")

    def _read_media(self, blank: Incoming, frame: Frame) -> Incoming:
        tokens, caption = frame.get("uploads", [frame.get("upload")]), frame.get("text") or ""
        if not (isinstance(tokens, list) and all(isinstance(token, str) for token in tokens)):
            raise Refused("bad_frame")
        if not (isinstance(caption, str) and 0 < len(tokens) <= self._limits.uploads_per_message):
            raise Refused("bad_frame")
        media = tuple(self._media_of(blank.address.chat, token) for token in dict.fromkeys(tokens))
        return replace(blank, kind="media", media=media, text=self._clean(caption))

    def _clean(self, text: str) -> str:
        """NFC, no longer than the door is wide, and nothing in it that a database refuses."""
        return clean(text)[: self._limits.text_chars]


def read_frame(raw: object) -> Frame:
    """The JSON object in a text frame; empty for anything else."""
    if not isinstance(raw, str):
        return {}
    try:
        frame = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return frame if isinstance(frame, dict) else {}


def frame_text(frame: Frame) -> str:
    """The frame as it goes over the wire."""
    return clean(json.dumps(frame, ensure_ascii=False))


def id_of(frame: Frame) -> str:
    """The client's own id of the frame; empty when it has none that can be used."""
    frame_id = frame.get("id")
    return frame_id if isinstance(frame_id, str) and FRAME_ID.fullmatch(frame_id) else ""


def session_of(hello: Frame) -> str:
    """The session it names, or a fresh one."""
    token = hello.get("session")
    return token if isinstance(token, str) and SESSION.fullmatch(token) else secrets.token_urlsafe(32)


def last_of(hello: Frame) -> int:
    """The number of the last message the page was given; 0 for none, or for nonsense."""
    last = hello.get("last")
    return last if isinstance(last, int) and not isinstance(last, bool) and 0 <= last <= LAST_POSSIBLE else 0


def chat_of(session: str) -> str:
    """The chat id of a session: the secret itself is kept by the page alone."""
    return hashlib.sha256(session.encode()).hexdigest()[:32]


def frame_of(sent: Sent) -> Frame:
    """A message as the page gets it."""
    part = sent.part
    frame: Frame = {
        "type": "message",
        "seq": sent.seq,
        "text": part.text,
        "choices": [
            {"id": choice.id, "label": choice.label} | ({"url": choice.url} if choice.url else {})
            for choice in part.choices
        ],
        "media": [
            {"kind": media.kind, "url": media.url, "mime": media.mime, "size": media.size, "name": media.name}
            for media in part.media
        ],
        "edit_of": int(part.edit_of) if part.edit_of.isdecimal() else None,
    }
    return frame | ({"ask": part.ask} if part.ask else {}) | ({"at": sent.at.isoformat()} if sent.at else {})


def refusal_frame(refusal: Refused, words: Callable[[str], str]) -> Frame:
    """A refusal as the page gets it, with the words for the person."""
    frame: Frame = {"type": "error", "code": refusal.code, "text": words(f"webchat.{refusal.code}")}
    return frame | ({"retry_after": round(refusal.retry_after, 1)} if refusal.retry_after else {})


def _spoken(blank: Incoming, text: str) -> Incoming:
    start = START.fullmatch(text.strip())
    if start:
        return replace(blank, kind="start", text=(start["payload"] or "").strip())
    return replace(blank, kind="text", text=text)


def _is_degrees(value: object, limit: int) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and -limit <= value <= limit
