"""The Zalo Official Account channel: signed events by webhook, answers as the OpenAPI's customer-service messages."""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from aiohttp import web

from connectors.body import read_body
from connectors.spool import Spool
from connectors.zalo_oa_account import quota_of
from connectors.zalo_oa_intake import COMMIT_WITHIN, Intake
from connectors.zalo_oa_parse import CHANNEL
from connectors.zalo_oa_plan import MAX_BUTTONS, MAX_TEXT, MAX_TITLE, Asking, ButtonStyle
from connectors.zalo_oa_send import Post, ReadMedia
from connectors.zalo_oa_signature import is_signed
from connectors.zalo_oa_token import Tokens
from connectors.zalo_oa_wire import Line
from dialogs.words import Address, Capabilities, Expected, Media, Part, Receive, SendError

log = logging.getLogger("langnghe.zalo_oa")

MOST_BYTES = 20 * 1024 * 1024  # of what a person sent
TEND_EVERY = 300.0  # seconds
PROBES = (b"", b"{}")  # what Zalo's console posts, unsigned, to see whether anybody answers


class CannotServe(Expected):
    """The channel is configured in a form that cannot be used."""

    exit_code = 2


class ZaloOa:
    """The Zalo OA connector.

    `receive` returns after the commit; `read_media` gives bytes and type of our stored media, or raises LookupError.
    `keep_unread` keeps the JSON of an event that could not be read or taken. `spool` holds what could not be
    committed in time; `tokens` gives access tokens and is tended every five minutes. `app_secret` is only compared:
    it is taken for the account's secret more often than anything else goes wrong. Raises CannotServe.
    """

    name = CHANNEL
    capabilities = Capabilities(
        max_text=MAX_TEXT,
        max_caption=0,
        buttons=MAX_BUTTONS,
        label_len=MAX_TITLE,
        ask_contact=True,
        media_in=frozenset({"image", "video", "audio", "file", "sticker"}),
        media_out=frozenset({"image", "file"}),
        max_media_bytes=MOST_BYTES,
        free_window=timedelta(hours=48),
        window=timedelta(days=7),
    )

    def __init__(
        self,
        *,
        app_id: str,
        oa_secret: str,
        tokens: Tokens,
        spool: Spool,
        receive: Receive,
        read_media: ReadMedia,
        keep_unread: Callable[[str, str], Awaitable[None]],
        clock: Callable[[], datetime],
        app_secret: str = "",
        oa_id: str = "",
        account: str = "main",
        api_url: str = "https://openapi.zalo.me",
        buttons: ButtonStyle = "plain",
        asking: Asking | None = None,
        commit_within: float = COMMIT_WITHIN,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        check_secrets(app_id, oa_secret, app_secret)
        self.account = account
        self.capabilities = replace(
            type(self).capabilities,
            buttons=0 if buttons == "numbers" else MAX_BUTTONS,
            ask_contact=asking is not None,
        )
        self._app_id, self._oa_secret, self._app_secret = app_id, oa_secret, app_secret
        self._tokens, self._sleep = tokens, sleep
        self._line = Line(api_url, tokens, monotonic, sleep)
        self._post = Post(self._line, read_media, buttons, asking)
        self._intake = Intake(receive, keep_unread, spool, clock, sleep, account, oa_id, commit_within)
        self._clock = clock
        self._counted: date | None = None  # when the quota was last looked at
        self._tending: asyncio.Task[None] | None = None
        self._stopped = False
        self._complaint = ""

    def routes(self) -> list[web.AbstractRouteDef]:
        """The webhook's door."""
        path = f"/zalo/oa/{self.account}"
        return [web.post(path, self._serve_event), web.get(path, self._serve_look)]

    async def start(self) -> None:
        """Take up what waits in the spool, and keep the tokens fresh."""
        if self._tending is None:
            self._stopped = False
            await self._line.connect()
            await self._intake.start()
            self._tending = asyncio.create_task(self._tend(), name=f"zalo_oa {self.account}")

    async def stop(self) -> None:
        """Take no more, let what is under way end, close."""
        self._stopped = True
        if self._tending:
            self._tending.cancel()
            with suppress(asyncio.CancelledError):
                await self._tending
            self._tending = None
            await self._intake.stop()
        await self._line.disconnect()

    async def send(self, address: Address, part: Part, message_id: int) -> str:
        """Deliver one part; the id of its last message. Raises SendError."""
        if self._stopped:
            raise SendError("retry", "stopped")
        return await self._post.send(address, part, message_id)

    async def fetch(self, media: Media) -> bytes:
        """The bytes of what a person sent. Raises Gone, or OSError when it is worth another try."""
        return await self._line.fetch(media.ref, MOST_BYTES)

    async def _tend(self) -> None:
        while True:
            try:
                await self._tokens.tend()
                await self._count()
            except Exception as error:  # the door: the channel goes on with the token it has
                log.error("zalo_oa: the token could not be tended (%s)", type(error).__name__)
            await self._sleep(TEND_EVERY)

    async def _count(self) -> None:
        """Write into the log, once a day, how many messages the package has left."""
        today = self._clock().date()
        if today == self._counted:
            return
        with suppress(SendError):
            quota = await quota_of(self._line)
            self._counted = today
            if quota:
                log.info("zalo_oa: %d of %d messages left beyond the free 48 hours", quota.left, quota.total)

    # ------------------------------------------------------------ the webhook

    async def _serve_look(self, request: web.Request) -> web.Response:
        """For a person who opens the address to see whether it is right."""
        return web.Response(text="Lắng Nghe: webhook Zalo OA")

    async def _serve_event(self, request: web.Request) -> web.Response:
        """Take an event: 200 when it is committed or on the disk. Zalo does not repeat after an error."""
        raw = await read_body(request)
        if raw.strip() in PROBES:
            return web.Response()
        try:
            event = json.loads(raw)
        except (ValueError, RecursionError):
            raise web.HTTPBadRequest from None
        if not isinstance(event, dict):
            raise web.HTTPBadRequest
        if complaint := self._suspicion(raw, event, request):
            self._complain(complaint)
            raise web.HTTPForbidden
        try:
            await self._intake.take(raw)
        except OSError as error:
            self._complain(f"an event is neither committed nor spooled ({type(error).__name__}): look at the disk")
            raise web.HTTPServiceUnavailable from None
        self._complaint = ""
        return web.Response()

    def _suspicion(self, raw: bytes, event: dict[str, Any], request: web.Request) -> str:
        """Why this event is not believed, for the operator; "" if it is signed as it should be."""
        given = request.headers.get("X-ZEvent-Signature", "")
        stamps = [request.headers.get("X-ZEvent-Timestamp", ""), str(event.get("timestamp", ""))]
        if is_signed(raw, given, self._app_id, self._oa_secret, stamps):
            return ""
        if not given:
            return "an event without a signature was refused"
        if str(event.get("app_id", self._app_id)) != self._app_id:
            return "events of another app come here: zalo_oa.app_id is not the app whose webhook this is"
        if self._app_secret and is_signed(raw, given, self._app_id, self._app_secret, stamps):
            return "LANGNGHE_ZALO_OA_SECRET and LANGNGHE_ZALO_APP_SECRET are swapped"
        return (
            "an event's signature is wrong: LANGNGHE_ZALO_OA_SECRET must be the OA Secret Key of the Webhook page, "
            "not the app's secret"
        )

    def _complain(self, what: str) -> None:
        """Say it once, until something else is wrong or all is well again."""
        if what != self._complaint:
            self._complaint = what
            log.error("zalo_oa %s: %s", self.account, what)


def check_secrets(app_id: str, oa_secret: str, app_secret: str) -> None:
    """Raise CannotServe, with the cause, if these can never work."""
    if not app_id.isdecimal():
        raise CannotServe("zalo_oa.app_id: the number of the app at developers.zalo.me is missing")
    if oa_secret == app_secret:
        raise CannotServe(
            "LANGNGHE_ZALO_OA_SECRET is the app's secret: it must be the OA Secret Key of the Webhook page"
        )
