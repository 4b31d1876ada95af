"""What a Zalo bot is told, as Incoming. Pure; docs and real traffic differ in shape, both are read."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

from connectors.clean_text import clean
from dialogs.words import Address, Incoming, Media, Sender

Json = dict[str, Any]

CHAT = re.compile(r"[\w-]{1,100}", re.ASCII)  # about 20 hex digits; a colon would break the address's key
START = re.compile(r"/start(?:\s+(?P<payload>.*))?", re.DOTALL)
SECONDS_END = 100_000_000_000  # a date beyond this is in milliseconds, as documented


class Parsed(NamedTuple):
    """What an update comes to; nothing when it is none of our business. `trouble` says why it should be kept raw."""

    incoming: Incoming | None = None
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: our account, and the time for what carries none."""

    account: str
    now: datetime


def updates_in(body: Any) -> list[Any]:
    """The updates of an answer or a webhook's body: flat, wrapped in `result`, alone or (undocumented) in a list."""
    if isinstance(body, dict) and "event_name" not in body and "result" in body:
        body = body["result"]
    return body if isinstance(body, list) else [body]


def parse(update: Any, reader: Reader) -> Parsed:
    """Read one update; never raises."""
    try:
        return _read(update, reader)
    except Exception as error:
        return Parsed(trouble=type(error).__name__)


def _read(update: Json, reader: Reader) -> Parsed:
    event, message = str(update["event_name"]), update.get("message")
    if event in IGNORED:
        return Parsed()
    if event not in CONTENT:
        return Parsed(trouble=f"unknown event {event[:60]}")
    if not message:  # an unsupported thing may come without anything: nobody to answer
        return Parsed()
    if message["from"].get("is_bot") or _is_group(message["chat"]):
        return Parsed()
    return Parsed(CONTENT[event](message, _blank(message, reader)))


# ---------------------------------------------------------------- what it says


def _words(message: Json, blank: Incoming) -> Incoming:
    text = clean(str(message.get("text") or message.get("url") or ""))
    if not text:
        return blank
    if started := START.fullmatch(text.strip()):
        return replace(blank, kind="start", text=(started["payload"] or "").strip())
    return replace(blank, kind="text", text=text)


def _photo(message: Json, blank: Incoming) -> Incoming:
    """The docs say `photo`, real traffic `photo_url`."""
    text, url = clean(str(message.get("caption") or "")), message.get("photo_url") or message.get("photo")
    if not isinstance(url, str):
        return replace(blank, text=text)
    return replace(blank, kind="media", media=(Media("image", url, "image/jpeg"),), text=text)


def _voice(message: Json, blank: Incoming) -> Incoming:
    url = message.get("voice_url")
    return replace(blank, kind="media", media=(Media("audio", url, "audio/aac"),)) if isinstance(url, str) else blank


def _sticker(message: Json, blank: Incoming) -> Incoming:
    ref = str(message.get("sticker") or message.get("url") or "")
    return replace(blank, kind="media", media=(Media("sticker", ref),))


def _unsupported(message: Json, blank: Incoming) -> Incoming:
    return blank


CONTENT: dict[str, Callable[[Json, Incoming], Incoming]] = {
    "message.text.received": _words,
    "message.link.received": _words,  # in other people's code only
    "message.image.received": _photo,
    "message.voice.received": _voice,
    "message.sticker.received": _sticker,
    "message.unsupported.received": _unsupported,  # files, films, contact cards, some links, protected persons
}
IGNORED = frozenset({"message.reaction.received"})  # a thumb up wants no answer


# ---------------------------------------------------------------- who wrote where and when


def _blank(message: Json, reader: Reader) -> Incoming:
    """Where, who and when, as yet without content."""
    chat, author = str(message["chat"]["id"]), message["from"]
    if not CHAT.fullmatch(chat):
        raise ValueError("not a chat of Zalo's")
    at = _moment(message.get("date"), reader.now)
    number = str(message.get("message_id") or f"at:{at.timestamp()}")
    return Incoming(
        Address("zalo_bot", reader.account, chat),
        Sender(str(author["id"]), clean(str(author.get("display_name") or ""))),
        "unsupported",
        number,
        at,
        message_id=number,
    )


def _moment(date: Any, now: datetime) -> datetime:
    """Milliseconds since 1970 as documented; some tell seconds."""
    if not isinstance(date, int | float) or date <= 0:
        return now
    return datetime.fromtimestamp(date / 1000 if date > SECONDS_END else date, UTC)


def _is_group(chat: Json) -> bool:
    """Groups are a closed trial of Zalo's, and a report is nothing for a whole group to read."""
    return str(chat.get("chat_type", "PRIVATE")).upper() != "PRIVATE"
