"""The Telegram channel: updates by long poll or webhook, acknowledged only after the commit; answers through Post."""

import asyncio
import hmac
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime

from aiohttp import web
from telegram import BotCommandScope, BotCommandScopeAllGroupChats, BotCommandScopeAllPrivateChats
from telegram.error import Conflict, InvalidToken

from connectors.body import read_json
from connectors.listener import Listener, Mode
from connectors.telegram_content import MOST_BYTES
from connectors.telegram_http import CannotReach
from connectors.telegram_intake import Intake
from connectors.telegram_paced import PacedLine
from connectors.telegram_parse import ALLOWED_UPDATES
from connectors.telegram_send import Post
from connectors.telegram_wire import Line, download, quiet_libraries, trouble
from dialogs.words import Address, Capabilities, Media, Part, Receive

POLL_SECONDS = 30  # how long Telegram may keep a poll open; 50 at most
TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]+")
SECRET = re.compile(r"[A-Za-z0-9_-]{16,256}")
KINDS = frozenset({"image", "video", "audio", "file"})

Commands = Sequence[tuple[str, str]]  # (name without "/", what it does)


class Telegram(Listener):
    """The Telegram connector.

    `receive`: see words.Receive; `read_media` gives bytes and type of our stored media, or raises LookupError.
    `keep_unread` keeps the JSON of an update that could not be read or taken, with the reason; it too returns after
    the commit. `may_poll` returns when it is ours to poll, if several workers share the account. `words` says
    `telegram.ask_location` and `telegram.ask_contact`. `public_url` is where Telegram finds `routes()`.
    Raises CannotReach.
    """

    name = "telegram"
    capabilities = Capabilities(
        max_text=4096,
        max_caption=1024,
        buttons=30,
        label_len=60,
        ask_location=True,
        ask_contact=True,
        edit=True,
        media_in=KINDS | {"sticker"},
        media_out=KINDS,
        max_media_bytes=MOST_BYTES,
        threads=True,
    )

    def __init__(
        self,
        *,
        token: str,
        receive: Receive,
        read_media: Callable[[str], Awaitable[tuple[bytes, str]]],
        keep_unread: Callable[[str, str], Awaitable[None]],
        clock: Callable[[], datetime],
        words: Callable[[str], str],
        account: str = "main",
        mode: Mode = "polling",
        api_base_url: str = "https://api.telegram.org",
        proxy: str = "",
        limits: bool = True,
        public_url: str = "",
        webhook_secret: str = "",
        citizen_commands: Commands = (),
        staff_commands: Commands = (),
        may_poll: Callable[[], Awaitable[None]] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        quiet_libraries()
        if not TOKEN.fullmatch(token):
            raise CannotReach("telegram: the token is not of the form that BotFather gives (123456:ABC-DEF…)")
        if mode == "webhook" and not SECRET.fullmatch(webhook_secret):
            raise CannotReach("telegram: the webhook needs a secret of 16 to 256 letters, digits, _ or -")
        if mode == "webhook" and not public_url:
            raise CannotReach(
                'telegram: a webhook needs web.public_url = "https://…" (or set telegram.mode = "polling")'
            )
        super().__init__(account, mode, sleep, may_poll)
        self._secret, self._offset = webhook_secret, 0
        self._webhook = f"{public_url}{self._path}"
        self._commands: tuple[tuple[BotCommandScope, Commands], ...] = (
            (BotCommandScopeAllPrivateChats(), citizen_commands),
            (BotCommandScopeAllGroupChats(), staff_commands),
        )
        self._line = Line(token, api_base_url, proxy)
        self._post = Post(PacedLine(self._line, monotonic, sleep, limits=limits), read_media, words)
        self._intake = Intake(self._line, account, receive, keep_unread, clock)

    @property
    def username(self) -> str:  # type: ignore[override]
        """The bot's user name, for links such as t.me/NAME?start=…; empty until Telegram has told it."""
        return self._intake.bot

    def turn(self, address: Address, part: Part, lane: int) -> AbstractAsyncContextManager[None]:
        """Wait until Telegram's limits let this chat have this part, the most urgent lane first. Raises SendError."""
        return self._post.turn(address, part, lane)

    async def fetch(self, media: Media) -> bytes:
        """The bytes of what a person sent. Raises Gone, or CannotFetch when it is worth another try."""
        return await download(self._line, media.ref, MOST_BYTES)

    # ------------------------------------------------------------ taking updates

    async def _connect(self) -> None:
        await self._line.connect()

    async def _disconnect(self) -> None:
        await self._line.disconnect()

    async def _finish(self) -> None:
        await self._intake.finish()

    async def _deliver(self, address: Address, part: Part, message_id: int) -> str:
        return await self._post.send(address, part, message_id)

    async def _introduce(self) -> None:
        """Learn our name, choose the way updates come, show the commands."""
        self._intake.bot = (await self._line.get_me()).username or ""
        if self._mode == "polling":
            await self._line.delete_webhook()
        else:
            await self._line.set_webhook(self._webhook, allowed_updates=ALLOWED_UPDATES, secret_token=self._secret)
        for scope, commands in self._commands:
            if commands:
                await self._line.set_my_commands(list(commands), scope)

    async def _poll(self) -> None:
        """Take one batch. The offset moves, which acknowledges, only when all of it is committed."""
        seconds = POLL_SECONDS if self._complaint == "" else 0
        updates = await self._line.raw_updates(self._offset, ALLOWED_UPDATES, seconds)
        await self._intake.take_batch(updates)
        if updates:
            self._offset = max(update["update_id"] for update in updates) + 1

    def _trouble(self, error: Exception) -> str:
        return trouble(error)

    def _begins_again(self, error: Exception) -> bool:
        return isinstance(error, Conflict | InvalidToken)

    def _shown(self) -> str:
        return f"@{self.username}"

    async def _serve_update(self, request: web.Request) -> web.Response:
        """Take an update: 200 after the commit. After any other answer but these Telegram sends it again."""
        given = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
        if not hmac.compare_digest(given.encode("utf-8", "replace"), self._secret.encode()):
            raise web.HTTPForbidden
        update = await read_json(request)
        if not (isinstance(update, dict) and isinstance(update.get("update_id"), int)):
            raise web.HTTPBadRequest
        try:
            answer = await self._intake.take(update)
        except Exception as error:
            self._complain(error)
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "1"}) from None
        self._note_well()
        return web.json_response(answer) if answer else web.Response()
