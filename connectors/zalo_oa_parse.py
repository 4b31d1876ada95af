"""From an event of a Zalo Official Account to what a person did. Pure, and never raises."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from connectors.clean_text import clean
from dialogs.words import Address, Incoming, Media, MediaKind, Sender

Json = dict[str, Any]

CHANNEL = "zalo_oa"
ANONYMOUS = "anon"  # begins the chat id of somebody who is not logged in: `anon.PERSON.CONVERSATION`
MOST_KEY = 150  # characters of a dedupe key

# attachment type → what it is to us, and its MIME type where Zalo means one
MEDIA: dict[str, tuple[MediaKind, str]] = {
    "image": ("image", "image/jpeg"),
    "photo": ("image", "image/jpeg"),
    "gif": ("image", "image/gif"),
    "audio": ("audio", ""),
    "video": ("video", "video/mp4"),
    "sticker": ("sticker", ""),
    "file": ("file", ""),
}
KIND_OF_TYPE: dict[str, MediaKind] = {"image": "image", "video": "video", "audio": "audio"}
# a sign of life in the chat that says nothing; it opens the window in which we may write
NEAR = ("follow", "user_click_chatnow", "user_reacted_message")
# about what a person was shown, about the account, about groups and mini apps: not for us
SPEAKING = ("user_send_", "anonymous_send_")
IN_GROUPS = "user_send_group_"


class Unreadable(ValueError):
    """The event names nobody, or is not made as Zalo makes them."""


@dataclass(frozen=True, slots=True)
class Reader:
    """What reading needs to know besides the event. `oa_id` empty: any account of the app."""

    account: str
    oa_id: str
    now: datetime


BROKEN = (LookupError, TypeError, ValueError, AttributeError, OverflowError, OSError)


def parse(event: Json, reader: Reader) -> tuple[Incoming | None, str]:
    """(what a person did or None, why it could not be read or ""). Of a message only the sender need be readable."""
    name = str(event.get("event_name", ""))
    try:
        return _parse(event, name, reader), ""
    except BROKEN as error:
        why = f"{type(error).__name__}: {name[:60]}"
    try:
        return (_blank(event, name, reader) if name.startswith(SPEAKING) else None), why
    except BROKEN:
        return None, why


def _parse(event: Json, name: str, reader: Reader) -> Incoming | None:
    if name.startswith("oa_send_"):
        return _by_hand(event, name, reader)
    if not _is_ours(event, reader) or name.startswith(IN_GROUPS):
        return None
    if name == "unfollow":
        return replace(_blank(event, name, reader), kind="unfollow")
    if name == "user_withdraw":
        return replace(_blank(event, name, reader), kind="erase_request")
    if name in NEAR:
        return replace(_blank(event, name, reader), kind="follow")
    if name == "user_submit_info":
        return _submitted(event, _blank(event, name, reader))
    if name.startswith(SPEAKING):
        return _said(_message(event), _blank(event, name, reader), name.partition("_send_")[2])
    return None


def _is_ours(event: Json, reader: Reader) -> bool:
    """One app may serve several accounts: events of the others are not for this town."""
    named = str(event.get("oa_id") or _inner(event, "recipient", "id") or "")
    return not (reader.oa_id and named) or named == reader.oa_id


def _by_hand(event: Json, name: str, reader: Reader) -> Incoming | None:
    """What an officer wrote in the account's own chat; the echo of what we send ourselves names no admin."""
    admin = str(_inner(event, "sender", "admin_id") or "")
    sent_by = str(_inner(event, "sender", "id") or "")
    if not admin or (reader.oa_id and sent_by and sent_by != reader.oa_id):
        return None
    blank = _blank({**event, "sender": event["recipient"]}, name, reader)
    return replace(blank, kind="by_hand", sender=Sender(admin), text=clean(str(_message(event).get("text") or "")))


def _blank(event: Json, name: str, reader: Reader) -> Incoming:
    person = str(_inner(event, "sender", "id") or _inner(event, "follower", "id") or event.get("user_id") or "")
    if not person:
        raise Unreadable("names nobody")
    message, stamp = _message(event), str(event.get("timestamp") or "")
    number = str(message.get("msg_id") or "")
    anonymous = name.startswith("anonymous_") or name.startswith("oa_send_anonymous_")
    chat = _anonymous_chat(event, person) if anonymous else person
    said = name.startswith((*SPEAKING, "oa_send_"))
    key = number if number and said else f"{name}:{number or person}:{stamp}"
    return Incoming(
        Address(CHANNEL, reader.account, chat.replace(":", "_")),
        Sender(person, anonymous=anonymous),
        "unsupported",
        key[:MOST_KEY],
        _moment(stamp, reader.now),
        reply_to=str(message.get("quote_msg_id") or ""),
        message_id=number,
    )


def _anonymous_chat(event: Json, person: str) -> str:
    conversation = event.get("conversation_id") or _message(event).get("conversation_id") or ""
    return f"{ANONYMOUS}.{person}.{conversation}"


def _moment(stamp: str, now: datetime) -> datetime:
    """Milliseconds since 1970, as a string or a number; now if there are none."""
    return datetime.fromtimestamp(int(stamp) / 1000, UTC) if stamp.isdecimal() else now


# ---------------------------------------------------------------- what was said


def _said(message: Json, blank: Incoming, what: str) -> Incoming:
    text = clean(str(message.get("text") or ""))
    attached = [item for item in message.get("attachments") or [] if isinstance(item, dict)]
    if what == "text":
        text = clean(message["text"])
        is_start = text.strip() == "/start"
        return replace(blank, kind="start") if is_start else replace(blank, kind="text", text=text)
    if what == "location":
        return _placed(attached[0]["payload"], text, blank)
    if what == "link":
        return _linked(attached[0]["payload"], text, blank)
    if what == "business_card":
        return _card(attached, blank)
    media = tuple(filter(None, (_media(item) for item in attached)))
    return replace(blank, kind="media", media=media, text=text) if media else replace(blank, text=text)


def _placed(payload: Json, text: str, blank: Incoming) -> Incoming:
    """A pin; the numbers come as strings, under either pair of names."""
    point = payload.get("coordinates") or payload
    lat, lon = (point.get(long) or point.get(short) for long, short in (("latitude", "lat"), ("longitude", "long")))
    return replace(blank, kind="location", lat=float(str(lat)), lon=float(str(lon)), text=text)


def _linked(payload: Json, text: str, blank: Incoming) -> Incoming:
    """A link is words: what the person wrote, and the address unless they wrote it."""
    url = clean(str(payload.get("url") or ""))
    words = text or clean(str(payload.get("description") or ""))
    return replace(blank, kind="text", text=words if url in words else f"{words}\n{url}".strip())


def _card(attached: list[Json], blank: Incoming) -> Incoming:
    """A contact card; the number stands in JSON inside the description. It may be anybody's."""
    payload = attached[0].get("payload") or {} if attached else {}
    try:
        inside = json.loads(payload.get("description") or "{}")
    except ValueError:
        inside = {}
    phone = payload.get("phone") or (inside.get("phone") if isinstance(inside, dict) else "")
    return replace(blank, kind="contact", phone=clean(str(phone))) if phone else blank


def _submitted(event: Json, blank: Incoming) -> Incoming:
    """Name and phone that the person agreed to share when we asked: `info`, or JSON in the text."""
    info = event.get("info") or event.get("user_info") or {}
    if not info:
        info = json.loads(str(_message(event).get("text") or "{}"))
    phone, name = clean(str(info.get("phone") or "")), clean(str(info.get("name") or ""))
    sender = replace(blank.sender, name=name)
    return replace(blank, kind="contact", phone=phone, sender=sender) if phone else blank


def _media(item: Json) -> Media | None:
    """A file to fetch at once: Zalo's addresses go stale."""
    payload = item.get("payload") or {}
    url = str(payload.get("url") or "")
    if item.get("type") not in MEDIA or not (url or item["type"] == "sticker"):
        return None
    kind, mime = MEDIA[item["type"]]
    named = str(payload.get("type") or "")
    if kind == "file" and "/" in named:
        kind, mime = KIND_OF_TYPE.get(named.partition("/")[0], "file"), named
    size = str(payload.get("size") or "0")
    name = clean(str(payload.get("name") or ""))
    return Media(kind, url or str(payload.get("id") or ""), mime, int(size) if size.isdecimal() else 0, name)


def _message(event: Json) -> Json:
    message = event.get("message")
    return message if isinstance(message, dict) else {}


def _inner(event: Json, field: str, name: str) -> Any:
    found = event.get(field)
    return found.get(name) if isinstance(found, dict) else None
