"""What one message of Telegram's holds: words, a command, a place, a contact, a file. Pure."""

import re
from dataclasses import replace
from typing import Any

from connectors.clean_text import clean
from dialogs.words import Incoming, Media, MediaKind

Json = dict[str, Any]

MOST_BYTES = 20 * 1024 * 1024  # larger files a bot cannot download
COMMAND = re.compile(r"(?P<name>/\w+)(?:@(?P<bot>\w+))?(?:\s+(?P<rest>.*))?", re.DOTALL | re.ASCII)

# field of a message → what it is to us; `animation` comes before `document`, because such a message has both
FILES: dict[str, MediaKind] = {
    "animation": "video",
    "video": "video",
    "video_note": "video",
    "voice": "audio",
    "audio": "audio",
    "document": "file",
    "sticker": "sticker",
}
# a document says only by its type what it is; photos sent as documents keep their EXIF
KIND_OF_TYPE: dict[str, MediaKind] = {"image": "image", "video": "video", "audio": "audio"}
TYPES = {"video_note": "video/mp4", "voice": "audio/ogg"}  # where Telegram names none


def content_of(message: Json, blank: Incoming, bot: str) -> list[Incoming]:
    """The blank filled in; `unsupported` for what we cannot read, nothing for a command meant for another bot."""
    if "text" in message:
        return _spoken(blank, clean(message["text"]), bot)
    return [_placed(blank, message) or _handed_over(blank, message)]


def _spoken(blank: Incoming, text: str, bot: str) -> list[Incoming]:
    command = COMMAND.fullmatch(text.strip())
    if command is None:
        return [replace(blank, kind="text", text=text)]
    name, meant, rest = command["name"], command["bot"] or "", (command["rest"] or "").strip()
    if meant and bot and meant.lower() != bot.lower():
        return [] if blank.in_group else [replace(blank, kind="text", text=text)]
    if name == "/start":
        return [replace(blank, kind="start", text=rest)]
    return [replace(blank, kind="text", text=f"{name} {rest}".strip())]


def _placed(blank: Incoming, message: Json) -> Incoming | None:
    """A location, a named place, a contact; None for anything else."""
    if "location" in message:  # a venue has one too
        venue, point = message.get("venue", {}), message["location"]
        text = clean(", ".join(filter(None, (venue.get("title"), venue.get("address")))))
        return replace(blank, kind="location", text=text, lat=float(point["latitude"]), lon=float(point["longitude"]))
    if "contact" in message:
        contact = message["contact"]
        own = str(contact.get("user_id", "")) == blank.sender.id
        return replace(blank, kind="contact", phone=clean(contact["phone_number"]), phone_verified=own)
    return None


def _handed_over(blank: Incoming, message: Json) -> Incoming:
    """A photo, a film, a voice, a file with its words; `unsupported` if it is none, `too_large` to be downloaded."""
    media, text = _media(message), clean(message.get("caption", ""))
    if media is None:
        return replace(blank, text=text)
    if media.size > MOST_BYTES:
        return replace(blank, kind="too_large", text=text)
    return replace(blank, kind="media", media=(media,), text=text)


def _media(message: Json) -> Media | None:
    if sizes := message.get("photo"):
        largest = max(sizes, key=lambda size: size["width"] * size["height"])
        return Media("image", largest["file_id"], "image/jpeg", largest.get("file_size", 0))
    for field, kind in FILES.items():
        if field in message:
            file = message[field]
            mime = file.get("mime_type", TYPES.get(field, ""))
            if kind == "file":
                kind = KIND_OF_TYPE.get(mime.partition("/")[0], "file")
            return Media(kind, file["file_id"], mime, file.get("file_size", 0), clean(file.get("file_name", "")))
    return None
