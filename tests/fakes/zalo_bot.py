"""The Zalo Bot Platform as a server in the test: what bots send is kept, people write, and it can misbehave.

It speaks as CHANNELS.md section 1 tells; where sources disagree a switch chooses (`wrapped`, `replays`, `documented`).
"""

import asyncio
import io
import itertools
import json
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

from aiohttp import ClientError, ClientSession, web

from tests.fakes.server import FakeServer

Json = dict[str, Any]

TOKEN = "1234567890123456789:AbCdEfGhIjKlMnOpQrStUvWxYz"
NOW_MS = 1795399200000  # milliseconds since 1970; 2026-11-23 09:00 in Viet Nam
BOT = {"id": "1459232241454765289", "account_name": "bot.VDKyGxQvc", "account_type": "BASIC", "can_join_groups": False}
METHODS = ("getMe", "getUpdates", "setWebhook", "deleteWebhook", "getWebhookInfo")
SENDS = {"sendMessage": "text", "sendPhoto": "photo", "sendSticker": "sticker", "sendVoice": "voice_url"}


class Refusal(Exception):
    """What the API answers instead of a result."""

    def __init__(self, status: int, description: str) -> None:
        super().__init__(description)
        self.status, self.description = status, description


@dataclass(frozen=True)
class Call:
    """One request of the bot."""

    method: str
    params: Json


@dataclass
class Lever:
    """One way of misbehaving, so many times, for one method, once so many of its requests have gone well."""

    method: str
    does: Literal["fail", "hang", "drop", "drop_after", "garble"]
    times: int = 1
    after: int = 0
    refusal: Refusal = field(default_factory=lambda: Refusal(500, "Internal server error"))


@dataclass
class Person:
    """Somebody with Zalo on their phone."""

    api: "FakeZaloBot"
    id: str
    name: str = "Hoa"

    def say(self, text: str, **more: Any) -> str:
        return self.does("message.text.received", text=text, message_type="CHAT_TEXT", **more)

    def photo(self, content: bytes = b"\xff\xd8\xff photo", **more: Any) -> str:
        """A photo: `photo_url` in real traffic, `photo` in the documentation."""
        url = self.api.file(content)
        key = "photo" if self.api.documented else "photo_url"
        return self.does("message.image.received", message_type="CHAT_PHOTO", **{key: url}, **more)

    def voice(self, content: bytes = b"\xff\xf1 voice") -> str:
        return self.does("message.voice.received", voice_url=self.api.file(content), message_type="CHAT_VOICE")

    def sticker(self) -> str:
        return self.does("message.sticker.received", sticker="0e078a2fb46a5d34047b", url="https://zalo-api.zadn.vn/s")

    def unsupported(self) -> str:
        return self.does("message.unsupported.received")

    def does(self, event: str, **content: Any) -> str:
        """Any event; returns the message's id."""
        number = next(self.api.numbers)
        message_id = f"2d758cb5e222177a{number:04x}"
        message = {
            "from": {"id": self.id, "display_name": self.name, "is_bot": False},
            "chat": {"id": self.id, "chat_type": "PRIVATE"},
            "message_id": message_id,
            "date": NOW_MS + 1000 * number,
        }
        self.api.push({"event_name": event, "message": message | content})
        return message_id

    @property
    def got(self) -> list[str]:
        """The words that the bot has sent here, in order."""
        return [str(call.params.get("text") or call.params.get("caption") or "") for call in self.sent]

    @property
    def sent(self) -> list[Call]:
        return [call for call in self.api.delivered if call.params["chat_id"] == self.id]


class FakeZaloBot(FakeServer):
    """The server. `url` is for `api_base_url`."""

    def __init__(self, *, replays: bool = False, wrapped: bool = False, documented: bool = False) -> None:
        super().__init__()
        self.replays, self.wrapped, self.documented = replays, wrapped, documented
        self.calls: list[Call] = []
        self.delivered: list[Call] = []
        self.photos: list[bytes] = []  # as the platform fetched them
        self.queue: deque[Json] = deque()
        self.webhook: Json = {}
        self.webhook_answers: list[int] = []
        self.verifies = True
        self.idle_seconds = 0.02
        self.numbers = itertools.count(1)
        self._files: dict[str, bytes] = {}
        self._levers: list[Lever] = []
        self._changed = asyncio.Event()

    # ------------------------------------------------------------ running it

    def routes(self) -> list[web.AbstractRouteDef]:
        return [web.route("*", "/bot{token}/{method}", self._serve), web.get("/files/{name}", self._serve_file)]

    # ------------------------------------------------------------ the world

    def person(self, number: int = 1, name: str = "Hoa") -> Person:
        """Somebody who may write to the bot; the id is a string of hex digits, as Zalo's are."""
        return Person(self, f"6ede9afa66b88fe6{number:04x}", name)

    def file(self, content: bytes) -> str:
        """Something on Zalo's file server, for anybody who has the address."""
        name = f"file{len(self._files)}"
        self._files[name] = content
        return f"{self.url}/files/{name}"

    def lose_files(self) -> None:
        """Addresses expire."""
        self._files.clear()

    def push(self, update: Json) -> None:
        """Something for the bot: posted to its webhook, or to be polled."""
        update = json.loads(json.dumps(update))
        if self.webhook:
            task = asyncio.ensure_future(self.post(update))
            self._posts.add(task)
            task.add_done_callback(self._posts.discard)
        else:
            self.queue.append(update)
            self._changed.set()

    async def post(self, update: Any, *, secret: str | None = None, raw: bytes | None = None) -> None:
        """One POST to the webhook, whatever comes of it."""
        body = {"ok": True, "result": update} if self.wrapped else update
        content = io.BytesIO(json.dumps(body).encode() if raw is None else raw)
        headers = {"Content-Type": "application/json"}
        headers["X-Bot-Api-Secret-Token"] = self.webhook["secret_token"] if secret is None else secret
        with suppress(ClientError):
            async with ClientSession() as client, client.post(self.webhook["url"], data=content, headers=headers) as it:
                self.webhook_answers.append(it.status)

    def fail(self, method: str, status: int, description: str, *, times: int = 1, after: int = 0) -> None:
        """Refuse the next requests of that kind, after so many more that go well."""
        self._levers.append(Lever(method, "fail", times, after, Refusal(status, description)))

    def misbehave(self, method: str, does: Literal["hang", "drop", "drop_after", "garble"], *, times: int = 1) -> None:
        """hang: do it, never answer; drop: hang up first; drop_after: do it, then hang up; garble: a proxy's page."""
        self._levers.append(Lever(method, does, times))

    def called(self, method: str) -> list[Json]:
        return [call.params for call in self.calls if call.method == method]

    # ------------------------------------------------------------ serving

    async def _serve(self, request: web.Request) -> web.Response:
        call = Call(request.match_info["method"], await _params(request))
        if request.match_info["token"] != TOKEN:
            return _refused(Refusal(401, "Unauthorized"))
        self.calls.append(call)
        lever = next((one for one in self._levers if one.times and one.method == call.method), None)
        if lever and lever.after:
            lever.after -= 1
            lever = None
        if lever:
            lever.times -= 1
        if lever and lever.does == "fail":
            return _refused(lever.refusal)
        if lever and lever.does == "garble":
            return web.Response(status=502, text="<html>Bad gateway</html>")
        if not (lever and lever.does == "drop"):
            answer = await self._answer(call)
        if lever and lever.does == "hang":
            await asyncio.Event().wait()
        if lever and request.transport:
            request.transport.close()
        return answer if lever is None else web.Response()

    async def _answer(self, call: Call) -> web.Response:
        try:
            if call.method in METHODS:
                result = await getattr(self, f"_{call.method}")(call.params)
            elif call.method in SENDS:
                result = await self._send(call)
            elif call.method == "sendChatAction":
                return web.json_response({"ok": True})
            else:
                raise Refusal(404, "Not Found")
        except Refusal as refusal:
            return _refused(refusal)
        return web.json_response({"ok": True, "result": result})

    async def _send(self, call: Call) -> Json:
        given = call.params.get(SENDS[call.method], "")
        if not call.params.get("chat_id") or not given:
            raise Refusal(400, f"Bad Request: {SENDS[call.method]} is empty")
        if max(len(given), len(call.params.get("caption", ""))) > 2000:
            raise Refusal(400, "Bad Request: text is too long")
        if call.method == "sendPhoto":
            self.photos.append(await self._fetched(given))
        self.delivered.append(call)
        return {"message_id": f"out{len(self.delivered):016x}", "date": NOW_MS + next(self.numbers)}

    async def _fetched(self, url: str) -> bytes:
        """The platform fetches a photo when it is sent."""
        try:
            async with ClientSession() as client, client.get(url) as answer:
                if answer.status == 200 and answer.content_type.startswith("image/"):
                    return await answer.read()
        except (ClientError, ValueError):
            pass
        raise Refusal(400, "Bad Request: cannot get photo from url")

    # ------------------------------------------------------------ methods

    async def _getMe(self, params: Json) -> Json:
        return dict(BOT)

    async def _getUpdates(self, params: Json) -> Json:
        """One update; an idle poll ends with 408. With `replays` what was given before comes again, at once."""
        if self.webhook:
            raise Refusal(400, "Bad Request: webhook is active")
        self._changed.clear()
        if not self.queue:
            with suppress(TimeoutError):
                async with asyncio.timeout(self.idle_seconds):
                    await self._changed.wait()
        if not self.queue:
            raise Refusal(408, "Request timeout")
        update = self.queue.popleft()
        if self.replays:
            self.queue.append(update)
        return update

    async def _setWebhook(self, params: Json) -> Json:
        url, secret = str(params.get("url", "")), str(params.get("secret_token", ""))
        if not url.startswith("http") or not 8 <= len(secret) <= 256:
            raise Refusal(400, "Bad Request: url or secret_token")
        self.webhook = {"url": url, "secret_token": secret}
        await self.post(None, secret="", raw=b"")
        outcome = {"ok": True} if self.verifies else {"ok": False, "outcome": "err.tls"}
        return {"url": url, "updated_at": NOW_MS, "verification": outcome}

    async def _deleteWebhook(self, params: Json) -> Json:
        self.webhook = {}
        return {"url": "", "updated_at": NOW_MS}

    async def _getWebhookInfo(self, params: Json) -> Json:
        if not self.webhook:
            if self.documented:
                return {"url": "", "updated_at": NOW_MS}
            raise Refusal(404, "Not Found")
        return {"url": self.webhook["url"], "updated_at": NOW_MS}

    async def _serve_file(self, request: web.Request) -> web.Response:
        content = self._files.get(request.match_info["name"])
        if content is None:
            raise web.HTTPNotFound
        return web.Response(body=content, content_type="image/jpeg")


async def _params(request: web.Request) -> Json:
    """JSON, a form, or the query: the API takes all of them."""
    if request.content_type == "application/json":
        given = await request.text()
        return dict(json.loads(given) or {}) if given else {}
    return {**request.query, **(await request.post())}


def _refused(refusal: Refusal) -> web.Response:
    body = {"ok": False, "description": refusal.description, "error_code": refusal.status}
    return web.json_response(body, status=refusal.status)
