"""The Zalo Bot channel: messages by long poll or webhook, acknowledged only after the commit; answers through Post."""

import asyncio
import hmac
import json
import logging
import re
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any

from aiohttp import web

from connectors.body import read_json
from connectors.listener import Listener, Mode
from connectors.spool import Spool
from connectors.zalo_bot_intake import Intake
from connectors.zalo_bot_parse import updates_in
from connectors.zalo_bot_send import PhotoUrl, Post, Words
from connectors.zalo_bot_wire import CannotReach, Failed, Line, trouble
from dialogs.words import Address, Capabilities, Media, Part, Receive

log = logging.getLogger("langnghe.zalo_bot")

POLL_SECONDS = 30  # how long Zalo may keep a poll open
POLL_PATIENCE = 10.0  # seconds that it may take beyond
POLL_GAP = 1.0  # seconds from poll to poll at least: with anything in its queue, even seen before, Zalo answers at once
IDLE = 408  # how Zalo says that nothing has come
LAST_TURNS = 5.0  # seconds that turns and messages under way get when we stop
MOST_BYTES = 20 * 1024 * 1024
TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]+")
SECRET = re.compile(r"[A-Za-z0-9_-]{8,256}")
SECRET_HEADER = "X-Bot-Api-Secret-Token"  # noqa: S105 - the name, not the secret
NO_WEBHOOK = (400, 404)  # what taking a webhook away may answer when there is none


class ZaloBot(Listener):
    """The Zalo Bot connector.

    `receive` returns after the commit. `keep_unread` keeps the JSON of an update that could not be read or taken, with
    the reason; Zalo may bring the same one again and again, it is to be kept once. `photo_url` names the address at
    which Zalo may fetch a stored photo. `spool` holds what is not committed yet. `words` says `render.link.image` and
    `render.media_unseen`. `public_url` is where Zalo finds `routes()`. Raises CannotReach.
    """

    name = "zalo_bot"
    capabilities = Capabilities(
        max_text=2000,
        max_caption=2000,
        buttons=0,
        media_in=frozenset({"image", "audio", "sticker"}),
        media_out=frozenset({"image"}),
        max_media_bytes=MOST_BYTES,
    )

    def __init__(
        self,
        *,
        token: str,
        receive: Receive,
        keep_unread: Callable[[str, str], Awaitable[None]],
        photo_url: PhotoUrl,
        spool: Spool,
        clock: Callable[[], datetime],
        words: Words,
        account: str = "main",
        mode: Mode = "polling",
        api_base_url: str = "https://bot-api.zaloplatforms.com",
        public_url: str = "",
        webhook_secret: str = "",
        may_poll: Callable[[], Awaitable[None]] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        if not TOKEN.fullmatch(token):
            raise CannotReach("zalo_bot: the token is not of the form that Zalo Bot Creator gives (123456:AbC…)")
        if mode == "webhook" and not (public_url and SECRET.fullmatch(webhook_secret)):
            raise CannotReach(
                'zalo_bot: a webhook needs web.public_url = "https://…" (or set zalo_bot.mode = "polling")'
            )
        super().__init__(account, mode, sleep, may_poll)
        self.username = ""  # our name there, once Zalo has told it
        self._secret, self._monotonic = webhook_secret, monotonic
        self._webhook = f"{public_url}{self._path}"
        self._line = Line(token, api_base_url)
        self._post = Post(self._line, photo_url, words, monotonic, sleep)
        self._intake = Intake(account, receive, keep_unread, clock, sleep)
        self._spool = spool
        self._left: asyncio.Task[None] | None = None  # takes up what the spool still has, once we are connected
        self._turns: set[asyncio.Task[None]] = set()  # updates that Zalo may never send again, until they are taken

    def turn(self, address: Address, part: Part, lane: int) -> AbstractAsyncContextManager[None]:
        """A turn to send this part. Raises SendError (`throttled`) when that would be a long wait."""
        return self._post.turn(address, lane)

    async def fetch(self, media: Media) -> bytes:
        """The bytes of what a person sent; soon, Zalo's addresses expire. Raises Gone, or CannotFetch."""
        return await self._line.download(media.ref, MOST_BYTES)

    # ------------------------------------------------------------ taking updates

    async def _connect(self) -> None:
        await self._line.connect()
        self._left = asyncio.create_task(self._take_what_is_left(), name="zalo_bot spool")

    async def _disconnect(self) -> None:
        await self._line.disconnect()

    async def _finish(self) -> None:
        left = [self._left] if self._left else []  # none if we never began, as when the port is taken
        for task in left:
            task.cancel()  # it stays on the disk, as do the turns that do not end in time
        if turns := [*self._turns]:
            await asyncio.wait(turns, timeout=LAST_TURNS)
        await asyncio.gather(*left, *(turn for turn in turns if turn.cancel()), return_exceptions=True)

    async def _deliver(self, address: Address, part: Part, message_id: int) -> str:
        return await self._post.send(address, part, message_id)

    async def _introduce(self) -> None:
        """Learn our name, choose the way updates come: polling and a webhook exclude each other."""
        me = await self._line.call("getMe")
        self.username = str(me.get("account_name", "")) if isinstance(me, dict) else ""
        if self._mode == "polling":
            await self._take_webhook_away()
        else:
            answer = await self._line.call("setWebhook", url=self._webhook, secret_token=self._secret)
            self._note_verification(answer)

    async def _take_webhook_away(self) -> None:
        try:
            await self._line.call("deleteWebhook")
        except Failed as error:
            if error.code not in NO_WEBHOOK:
                raise

    def _note_verification(self, answer: Any) -> None:
        """Zalo keeps the address even when it could not reach it."""
        checked = answer.get("verification") if isinstance(answer, dict) else None
        if isinstance(checked, dict) and checked.get("ok") is False:
            log.error("zalo_bot %s: Zalo cannot reach the webhook (%s)", self.account, checked.get("outcome", "?"))

    async def _poll(self) -> None:
        """Take what one call brings: one update, as documented, or nothing. It is on the disk until it is taken."""
        assert self._left
        await asyncio.shield(self._left)
        begun = self._monotonic()
        for update in await self._next_updates():
            await asyncio.shield(self._take_surely(update, await self._keep(update)))
        if (rest := begun + POLL_GAP - self._monotonic()) > 0:
            await self._sleep(rest)

    async def _next_updates(self) -> list[Any]:
        try:
            body = await self._line.call("getUpdates", POLL_SECONDS + POLL_PATIENCE, timeout=POLL_SECONDS)
        except Failed as error:
            if error.code and (error.code == IDLE or "timeout" in error.why.lower()):
                return []
            raise
        return updates_in(body) if body else []

    def _trouble(self, error: Exception) -> str:
        return trouble(error)

    def _begins_again(self, error: Exception) -> bool:
        return isinstance(error, Failed) and bool(error.code)

    async def _serve_update(self, request: web.Request) -> web.Response:
        """Take an update: 200 after the commit. An empty body is Zalo's probe when the address is registered."""
        if not request.body_exists:
            return web.Response()
        given = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode("utf-8", "replace"), self._secret.encode()):
            raise web.HTTPForbidden
        taken = [await self._is_taken(update) for update in updates_in(await read_json(request))]
        if not all(taken):
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "1"})
        self._note_well()
        return web.Response()

    async def _is_taken(self, update: Any) -> bool:
        """Take it while Zalo waits; else put it on the disk and go on: nobody says whether Zalo sends it again."""
        try:
            await self._intake.take(update)
        except Exception as error:
            self._complain(error)
            try:
                name = await self._keep(update)
            except OSError:
                self._take_surely(update)
                return False
            self._take_surely(update, name)
        return True

    async def _keep(self, update: Any) -> str:
        name = self._spool.new_name()
        await asyncio.to_thread(self._spool.keep, name, json.dumps(update, ensure_ascii=False).encode())
        return name

    def _take_surely(self, update: Any, name: str = "") -> asyncio.Task[None]:
        """Begin to take it, by its name on the disk if it is there; whoever waits may leave, it is taken to its end."""
        task = asyncio.create_task(self._taken_surely(update, name))
        self._turns.add(task)
        task.add_done_callback(self._turns.discard)
        return task

    async def _taken_surely(self, update: Any, name: str) -> None:
        await self._intake.take_surely(update)
        if name:
            await asyncio.to_thread(self._spool.drop, name)

    async def _take_what_is_left(self) -> None:
        """Take what was on the disk when we last stopped, in its order."""
        for name in await asyncio.to_thread(self._spool.names):
            try:
                raw = await asyncio.to_thread(self._spool.read, name)
            except FileNotFoundError:  # another worker was faster
                continue
            await self._taken_surely(json.loads(raw), name)
