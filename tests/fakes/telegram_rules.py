"""What Telegram refuses, in its own words: limits, lengths, buttons."""

import math
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any

Json = dict[str, Any]

FILE_FIELDS = {
    "sendPhoto": "photo",
    "sendVideo": "video",
    "sendAudio": "audio",
    "sendDocument": "document",
    "sendVoice": "voice",
}
EDITS = {"editMessageText", "editMessageCaption", "editMessageMedia", "editMessageReplyMarkup"}
COUNTED = {"sendMessage", "sendMediaGroup", "createForumTopic", *EDITS, *FILE_FIELDS}


class Refusal(Exception):
    """An answer with ok=false."""

    def __init__(self, status: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.status, self.description, self.parameters = status, description, parameters


class Flood:
    """Counts what arrives: 30 a second, 1 a second in a chat, 20 a minute in a group. A refused request counts not."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._arrivals: dict[tuple[str, int, float], deque[float]] = defaultdict(deque)

    def arrive(self, method: str, params: Json, *, enforce: bool) -> None:
        """Count a request, or refuse it. Every message of an album counts, except for the pace of a chat."""
        now, chat = self._monotonic(), params.get("chat_id", 0)
        cost = len(params["media"]) if method == "sendMediaGroup" else 1
        rules = [("bot", 0, 1.0, 30, cost), ("chat", chat, 1.0, 1, 1)]
        rules += [("group", chat, 60.0, 20, cost)] if chat < 0 else []
        for name, key, seconds, most, weight in rules:
            seen = self._arrivals[name, key, seconds]
            while seen and seen[0] <= now - seconds:
                seen.popleft()
            if enforce and len(seen) + weight > most:
                wait = math.ceil(seen[0] + seconds - now)
                raise Refusal(429, f"Too Many Requests: retry after {wait}", retry_after=wait)
        for name, key, seconds, _, weight in rules:
            self._arrivals[name, key, seconds].extend([now] * weight)


def check_text(text: str) -> None:
    if not text.strip():
        raise Refusal(400, "Bad Request: message text is empty")
    if units(text) > 4096:
        raise Refusal(400, "Bad Request: message is too long")


def check_caption(text: str) -> None:
    if units(text) > 1024:
        raise Refusal(400, "Bad Request: message caption is too long")


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def check_markup(markup: Json) -> None:
    for row in markup.get("inline_keyboard", ()):
        for button in row:
            if not button["text"] or not 1 <= len(button.get("callback_data", "x").encode()) <= 64:
                raise Refusal(400, "Bad Request: BUTTON_DATA_INVALID")


def check_album(items: list[Json]) -> None:
    if not 2 <= len(items) <= 10:
        raise Refusal(400, "Bad Request: invalid number of media in the album")
    kinds = {item["type"] for item in items}
    if len(kinds) > 1 and not kinds <= {"photo", "video"}:
        raise Refusal(400, "Bad Request: this media can't be mixed with other media types in an album")
    for item in items:
        check_caption(item.get("caption", ""))
