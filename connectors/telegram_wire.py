"""The line to the Bot API: python-telegram-bot's client, its failures told apart, and no token in any of them."""

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any, cast

from telegram import Bot
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    TelegramError,
)
from telegram.request import RequestData

from connectors.telegram_http import UPLOAD, NeverArrived, Plain, Unanswered, Wire
from dialogs.words import Gone, SendError, SendErrorKind

CONNECTIONS = 64  # more than the pace ever lets be under way at once
PATIENCE = 10.0  # seconds that Telegram may take beyond the long poll it was asked for

# words of a 400 (lower case) → what it means for a message; "gone" can be posted anew; anything else is ours to mend
MEANINGS: Sequence[tuple[str, SendErrorKind, str]] = (
    ("message to edit not found", "bad_request", "gone"),
    ("message can't be edited", "bad_request", "gone"),
    ("message_id_invalid", "bad_request", "gone"),
    ("caption is too long", "bad_request", "gone"),  # an edit has outgrown the message's photo: post it anew
    ("chat not found", "recipient_gone", ""),
    ("user not found", "recipient_gone", ""),
    ("peer_id_invalid", "recipient_gone", ""),
    ("user is deactivated", "recipient_gone", ""),
    ("not enough rights", "config", ""),
    ("have no rights", "config", ""),
    ("need administrator rights", "config", ""),
    ("chat_admin_required", "config", ""),
    ("chat_write_forbidden", "config", ""),
    ("chat_restricted", "config", ""),
)
# not "wrong file_id or the file is temporarily unavailable": that one may mend itself
NO_SUCH_FILE = ("file is too big", "invalid file_id", "wrong remote file identifier", "wrong file identifier")
NO_SUCH_THREAD = ("message thread not found", "topic_closed", "topic_deleted", "topic_id_invalid")
# telegram logs whole answers as errors, aiohttp's client may log addresses with the token; we have our own line
QUIET = {"telegram": logging.CRITICAL, "aiohttp.client": logging.CRITICAL}


class CannotFetch(Exception):
    """The file did not come; it may later."""


class Failed(TelegramError):
    """A request that got no answer of the Bot API, or was told to wait."""

    def __init__(self, kind: SendErrorKind, why: str, retry_after: float | None = None) -> None:
        super().__init__(why)
        self.kind, self.retry_after = kind, retry_after


class CheckedWire(Wire):
    """A wire on which every failure is one of ours: `retry`, `unknown` or `throttled`."""

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        """Do one request. Raises Failed when it is not the Bot API that answers."""
        try:
            code, payload = await super().do_request(*args, **kwargs)
        except NeverArrived as error:
            raise Failed("retry", str(error)) from None
        except Unanswered as error:
            raise Failed("unknown", str(error)) from None
        if code != 200 and (failure := _failure(code, payload)):
            raise failure
        return code, payload


class Line(Bot):
    """The Bot API over two wires: one for the long poll, one for everything else."""

    def __init__(self, token: str, api_base_url: str, proxy: str) -> None:
        base = api_base_url.rstrip("/")
        self._wires = (CheckedWire(2, base, proxy), CheckedWire(CONNECTIONS, base, proxy))
        super().__init__(
            token, f"{base}/bot", f"{base}/file/bot", request=self._wires[1], get_updates_request=self._wires[0]
        )

    async def connect(self) -> None:
        """Ready the wires; again after `disconnect`."""
        for wire in self._wires:
            await wire.initialize()

    async def disconnect(self) -> None:
        """Let go of every connection."""
        for wire in self._wires:
            await wire.shutdown()

    async def say(self, **message: Any) -> int:
        """`send_message`, which would build a whole Message of the answer; we want its id."""
        return int((await self._call("sendMessage", message))["message_id"])

    async def say_anew(self, **message: Any) -> None:
        """`edit_message_text`, without a Message."""
        await self._call("editMessageText", message)

    async def _call(self, method: str, fields: Mapping[str, Any]) -> Any:
        """Plain JSON in, plain JSON out: `_post` looks at every field three times for objects and files."""
        given = Plain({name: value for name, value in fields.items() if value is not None})
        return await self._wires[1].post(f"{self.base_url}/{method}", cast(RequestData, given))  # our wire knows both

    async def raw_updates(self, offset: int, allowed: Sequence[str], seconds: int) -> list[dict[str, Any]]:
        """The waiting updates as they are. `get_updates` loses a whole batch when it cannot read one of them."""
        asked: Mapping[str, Any] = {"offset": offset, "timeout": seconds, "allowed_updates": list(allowed)}
        answer = await self._post("getUpdates", dict(asked), read_timeout=seconds + PATIENCE)
        return [update for update in answer if isinstance(update, dict) and isinstance(update.get("update_id"), int)]


async def download(line: Line, file_id: str, most: int) -> bytes:
    """The bytes of a file. Raises Gone, or CannotFetch when it is worth another try."""
    try:
        file = await line.get_file(file_id)
        if (file.file_size or 0) > most:
            raise Gone("too large")
        content = bytes(await file.download_as_bytearray(read_timeout=UPLOAD))
    except BadRequest as error:
        if any(words in error.message.lower() for words in NO_SUCH_FILE):
            raise Gone(error.message) from None
        raise CannotFetch(error.message) from None
    except (TelegramError, RuntimeError) as error:  # RuntimeError: Telegram named no path
        raise CannotFetch(type(error).__name__) from None
    if len(content) > most:
        raise Gone("too large")
    return content


def send_error(error: TelegramError) -> SendError:
    """What a failure means for the message that was to be sent."""
    match error:
        case Failed():
            return SendError(error.kind, error.message, error.retry_after)
        case ChatMigrated():
            return SendError("bad_request", "the group has a new id", new_chat=str(error.new_chat_id))
        case Forbidden():
            return SendError("recipient_gone", error.message)
        case InvalidToken() | Conflict():
            return SendError("config", type(error).__name__)
        case BadRequest():
            return _meaning(error.message)
    return SendError("unknown", type(error).__name__)  # answered, but not in the way of the Bot API


def is_unmodified(error: TelegramError) -> bool:
    """An edit that changes nothing: as good as done."""
    return isinstance(error, BadRequest) and "message is not modified" in error.message.lower()


def is_removed(error: TelegramError) -> bool:
    """The message to be taken away is there no more: as good as done."""
    return isinstance(error, BadRequest) and "message to delete not found" in error.message.lower()


def is_captioned(error: TelegramError) -> bool:
    """The words of that message stand under a photo."""
    return isinstance(error, BadRequest) and "no text in the message" in error.message.lower()


def is_threadless(error: TelegramError) -> bool:
    """The topic is closed or deleted; the group is still there."""
    return isinstance(error, BadRequest) and any(words in error.message.lower() for words in NO_SUCH_THREAD)


def trouble(error: Exception) -> str:
    """One line for the log, without token, name or text."""
    match error:
        case Failed():
            return f"Telegram cannot be reached ({error.message})"
        case InvalidToken():
            return "Telegram refuses the bot's token"
        case Conflict():
            return "another program reads this bot's messages, or a webhook is set elsewhere"
        case BadRequest() | Forbidden():
            return f"Telegram refuses: {error.message}"
    return f"updates cannot be taken ({type(error).__name__})"


def quiet_libraries() -> None:
    """Take the token and people's words out of the libraries' logs."""
    for name, level in QUIET.items():
        logger = logging.getLogger(name)
        logger.setLevel(max(logger.level, level))


def _meaning(message: str) -> SendError:
    for words, kind, why in MEANINGS:
        if words in message.lower():
            return SendError(kind, why or message)
    return SendError("bad_request", message)


def _failure(code: int, payload: bytes) -> Failed | None:
    """What is wrong, unless it is a refusal of the Bot API's own, which python-telegram-bot tells apart."""
    try:
        answer = json.loads(payload)
        wait = answer.get("parameters", {}).get("retry_after", 5 if code == 429 else 0)
    except (ValueError, AttributeError, RecursionError):
        return Failed("retry", f"HTTP {code}, and not from the Bot API")
    if wait:
        return Failed("throttled", f"HTTP {code}", float(wait))
    return Failed("retry", f"HTTP {code}") if code >= 500 else None
