"""Which messages of Telegram's a Part becomes, and their keyboards. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from connectors.pace import Limit
from dialogs.words import Choice, Media, Part

# Telegram's own numbers are 30 a second, 1 a second in a chat, 20 a minute in a group; edits count. We stay below: what
# is under way counts until a second after its answer, so that the slower Telegram answers, the fewer we send.
BOT_LIMIT = Limit(30, 1.01)
CHAT_LIMIT = Limit(1, 1.05)
GROUP_LIMIT = Limit(20, 61.0)
NO_LIMIT = Limit(1_000_000, 1.0)  # for a server that sets none

# as JSON: objects of python-telegram-bot's took a tenth of the event loop (https://core.telegram.org/bots/api#sendmessage)
Keyboard = Mapping[str, Any]
NO_KEYBOARD: Keyboard = {"remove_keyboard": True}

MAX_CAPTION = 1024  # UTF-16 units
MAX_ALBUM = 10
ALBUMS = {"image": "seen", "video": "seen", "audio": "heard", "file": "read"}  # kinds that may share an album
ROW = 30  # characters of labels side by side on a phone
ROW_BUTTONS = 3


@dataclass(frozen=True, slots=True)
class Piece:
    """One message, or one edit. Several media are an album, which has no buttons."""

    text: str = ""
    media: tuple[Media, ...] = ()
    edits: bool = False

    @property
    def cost(self) -> int:
        """How many messages it counts for."""
        return 1 if self.edits else max(1, len(self.media))


def plan(part: Part) -> list[Piece]:
    """The messages of a part, in order. Buttons belong to the last one, with an edit to the first."""
    albums = list(_albums(part.media)) if part.media else []
    if not albums:
        return [Piece(part.text, edits=bool(part.edit_of))]
    is_single = [len(album.media) for album in albums] == [1]
    fits = len(part.text.encode("utf-16-le", "replace")) // 2 <= MAX_CAPTION
    if part.edit_of:
        if fits and is_single:
            return [Piece(part.text, albums[0].media, edits=True)]
        return [Piece(part.text, edits=True), *albums]
    has_buttons = bool(part.choices or part.ask)
    if fits and (is_single or (len(albums) == 1 and not has_buttons)):
        return [replace(albums[0], text=part.text)]
    return [*albums, Piece(part.text or "…")] if part.text or has_buttons else albums


def _albums(media: Sequence[Media]) -> Iterator[Piece]:
    for album in dict.fromkeys(ALBUMS.values()):
        alike = tuple(item for item in media if ALBUMS.get(item.kind) == album)
        for first in range(0, len(alike), MAX_ALBUM):
            yield Piece(media=alike[first : first + MAX_ALBUM])


def is_group(chat: str) -> bool:
    """Telegram numbers groups below zero."""
    return chat.startswith("-")


def limits_of(chat: str) -> tuple[Limit, ...]:
    """What Telegram allows in one chat; all topics of a group together."""
    return (CHAT_LIMIT, GROUP_LIMIT) if is_group(chat) else (CHAT_LIMIT,)


def rows_of(choices: Sequence[Choice]) -> list[list[Choice]]:
    """Short labels side by side, long ones below each other; in their order."""
    rows: list[list[Choice]] = []
    room = 0
    for choice in choices:
        room -= len(choice.label)
        if not rows or room < 0 or len(rows[-1]) == ROW_BUTTONS:
            rows.append([])
            room = ROW - len(choice.label)
        rows[-1].append(choice)
    return rows


def inline_keyboard(choices: Sequence[Choice]) -> Keyboard | None:
    """The choices as buttons under a message."""
    rows = [[_button(choice) for choice in row] for row in rows_of(choices)]
    return {"inline_keyboard": rows} if rows else None


def _button(choice: Choice) -> dict[str, str]:
    what = {"url": choice.url} if choice.url else {"callback_data": choice.id}
    return {"text": choice.label, **what}


def asking_keyboard(part: Part, label: str) -> Keyboard:
    """A key that shares the location or the phone number. A message has one keyboard, so the choices are keys of it:
    a pressed one comes back as its label, which is understood like a typed answer."""
    ask = {"text": label, f"request_{part.ask}": True}
    keys = [[{"text": choice.label} for choice in row] for row in rows_of(part.choices)]
    return {"keyboard": [[ask], *keys], "resize_keyboard": True, "one_time_keyboard": True}
