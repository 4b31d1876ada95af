"""Zalo's OAuth and OpenAPI as a server in the test: what is sent is kept, what people do goes to the webhook.

It refuses what the real one refuses, with its numbers, and it can misbehave. Times come from `clock`.
"""

import asyncio
import itertools
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from aiohttp import ClientError, ClientSession, web

from connectors.zalo_oa_signature import signature
from tests.fakes.server import FakeServer
from tests.fakes.zalo_oa_rules import APP_ID, APP_SECRET, OA_ID, OA_SECRET, Json, OAuth, Refusal, check_message

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
WINDOW, FREE = timedelta(days=7), timedelta(hours=48)
MEGABYTE = 1024 * 1024
SIZES = {"image": MEGABYTE, "gif": 5 * MEGABYTE, "file": 5 * MEGABYTE}


@dataclass
class Lever:
    """One way of misbehaving, so many times, for one path."""

    path: str
    does: Literal["refuse", "fail", "hang", "drop", "drop_after"]
    times: int = 1
    refusal: Refusal = field(default_factory=lambda: Refusal(-200, "Send message failed"))


@dataclass
class Sent:
    """One message that a person has got."""

    id: str
    message: Json
    quota: str
    image: bytes = b""

    @property
    def text(self) -> str:
        return str(self.message.get("text", ""))

    @property
    def buttons(self) -> list[Json]:
        payload = self.message.get("attachment", {}).get("payload", {})
        return list(payload.get("buttons", ()))


class FakeZaloOa(FakeServer):
    """The server. `url` is both hosts: the OpenAPI's and the login's."""

    def __init__(self, clock: Callable[[], datetime] = lambda: NOW) -> None:
        super().__init__()
        self.clock, self.oauth = clock, OAuth(clock)
        self.chats: dict[str, list[Sent]] = {}
        self.seen: dict[str, datetime] = {}  # person → their last word
        self.blocked: set[str] = set()
        self.uploads: dict[str, bytes] = {}
        self.files: dict[str, bytes] = {}  # what people sent, by name
        self.templates = {"plain", "list", "button"}  # what this account may send
        self.quota = 2000
        self.verified = True
        self.calls: list[tuple[str, Json]] = []
        self.refused: list[Refusal] = []
        self.webhook, self.secret = "", OA_SECRET
        self.stamp_in_header: datetime | None = None  # then the signature is over this and not the body's timestamp
        self.answers: list[int] = []  # of the webhook; 0: nobody answered
        self._levers: list[Lever] = []
        self._numbers = itertools.count(1)
        self._last_post: asyncio.Task[None] | None = None

    # ------------------------------------------------------------ running it

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            web.post("/v4/oa/access_token", self._serve_token),
            web.post("/v3.0/oa/message/cs", self._serve_message),
            web.post("/v2.0/oa/upload/{kind}", self._serve_upload),
            web.post("/v3.0/oa/quota/message", self._serve_quota),
            web.get("/v2.0/oa/getoa", self._serve_account),
            web.get("/files/{name}", self._serve_file),
        ]

    # ------------------------------------------------------------ the world

    def person(self, number: str = "4572947693969771653") -> "Person":
        """Somebody with Zalo on their phone."""
        return Person(self, number)

    def sent(self, person: str) -> list[Sent]:
        """What a person has got."""
        return self.chats.get(person, [])

    def misbehave(self, path: str, does: Any, times: int = 1, code: int = -200) -> None:
        """From now on, so many times."""
        self._levers.append(Lever(path, does, times, Refusal(code, "misbehaving")))

    def number(self) -> str:
        return f"{next(self._numbers):020x}"

    def post(self, event: Json) -> None:
        """Post an event to the webhook, after those before it."""
        before = self._last_post
        self._last_post = task = asyncio.create_task(self._post(event, before))
        self._posts.add(task)
        task.add_done_callback(self._posts.discard)

    async def posted(self) -> int:
        """Wait until everything is posted; the last answer."""
        while self._posts:
            await asyncio.gather(*self._posts)
        return self.answers[-1]

    def event(self, name: str, **what: Any) -> Json:
        """An event as Zalo makes them."""
        stamp = str(int(self.clock().timestamp() * 1000))
        return {
            "app_id": APP_ID,
            "user_id_by_app": "552177279717587730",
            "event_name": name,
            "timestamp": stamp,
            **what,
        }

    async def _post(self, event: Json, before: asyncio.Task[None] | None) -> None:
        if before:
            await asyncio.wait({before})
        raw = json.dumps(event, ensure_ascii=False).encode()
        stamp = str(event.get("timestamp", ""))
        headers = {"Content-Type": "application/json"}
        if self.stamp_in_header:
            stamp = headers["X-ZEvent-Timestamp"] = str(int(self.stamp_in_header.timestamp() * 1000))
        headers["X-ZEvent-Signature"] = f"mac={signature(raw, APP_ID, stamp, self.secret)}"
        status = 0
        with suppress(ClientError, OSError):
            async with ClientSession() as session, session.post(self.webhook, data=raw, headers=headers) as answer:
                status = answer.status
        self.answers.append(status)

    # ------------------------------------------------------------ answering

    async def _serve_token(self, request: web.Request) -> web.Response:
        form = {key: str(value) for key, value in (await request.post()).items()}
        self.calls.append(("token", form))
        if stopped := await self._pull(request, "token"):
            return stopped
        try:
            answer = self.oauth.exchange(form, request.headers.get("secret_key", ""))
        except Refusal as refusal:
            self.refused.append(refusal)
            return web.json_response(
                {"error": refusal.code, "error_name": refusal.words, "error_description": refusal.words}
            )
        return await self._pull(request, "token", after=True) or web.json_response(answer)

    async def _serve_message(self, request: web.Request) -> web.Response:
        body = await request.json()
        return await self._answer(request, "message", body, self._deliver)

    def _deliver(self, body: Json) -> Json:
        person = check_message(body, self.uploads, self.templates)
        quota = self._window(person)
        message = body["message"]
        elements = message.get("attachment", {}).get("payload", {}).get("elements", [{}])
        image = self.uploads.get(elements[0].get("attachment_id", ""), b"")
        sent = Sent(self.number(), message, quota, image)
        self.chats.setdefault(person, []).append(sent)
        stamp = str(int(self.clock().timestamp() * 1000))
        left = {"quota_type": quota, "remain": str(self.quota), "total": "2000", "owner_type": "OA", "owner_id": OA_ID}
        return {"message_id": sent.id, "user_id": person, "sent_time": stamp, "quota": left}

    def _window(self, person: str) -> str:
        """Which quota a message to this person is taken from."""
        if person in self.blocked:
            raise Refusal(-227, "User is inactive or blocked")
        if person not in self.seen:
            raise Refusal(-213, "User has not followed OA")
        age = self.clock() - self.seen[person]
        if age > WINDOW:
            raise Refusal(-230, "User has not interacted with the OA in the past 7 days")
        if age <= FREE:
            return "reply"
        if self.quota < 1:
            raise Refusal(-211, "Out of quota")
        self.quota -= 1
        return "sub_quota"

    async def _serve_upload(self, request: web.Request) -> web.Response:
        form = await request.post()
        return await self._answer(request, "upload", {"kind": request.match_info["kind"], "form": form}, self._keep)

    def _keep(self, body: Json) -> Json:
        file = body["form"].get("file")
        if not isinstance(file, web.FileField) or body["kind"] not in SIZES:
            raise Refusal(-201, "file is invalid")
        content = file.file.read()
        if len(content) > SIZES[body["kind"]]:
            raise Refusal(-210, "Parameter outside permitted range: file size")
        if body["kind"] == "image" and not content.startswith((b"\xff\xd8", b"\x89PNG")):
            raise Refusal(-201, "file is not jpg or png")
        number = self.number()
        self.uploads[number] = content
        return {"token": number} if body["kind"] == "file" else {"attachment_id": number}

    async def _serve_quota(self, request: web.Request) -> web.Response:
        return await self._answer(request, "quota", await request.json(), self._count)

    def _count(self, body: Json) -> Any:
        if body.get("quota_owner") not in ("OA", "App"):
            raise Refusal(-201, "quota_owner is invalid")
        return [
            {"asset_id": "a1", "product_type": "cs", "quota_type": "sub_quota", "total": 2000, "remain": self.quota}
        ]

    async def _serve_account(self, request: web.Request) -> web.Response:
        return await self._answer(
            request, "getoa", {}, lambda _: {"oa_id": OA_ID, "name": "Xã Đại Đồng", "is_verified": self.verified}
        )

    async def _serve_file(self, request: web.Request) -> web.Response:
        if request.match_info["name"] not in self.files:
            raise web.HTTPNotFound
        return web.Response(body=self.files[request.match_info["name"]])

    async def _answer(self, request: web.Request, path: str, body: Json, do: Callable[[Json], Any]) -> web.Response:
        self.calls.append((path, body))
        if stopped := await self._pull(request, path):
            return stopped
        try:
            self.oauth.check(request.headers.get("access_token", ""))
            data = do(body)
        except Refusal as refusal:
            self.refused.append(refusal)
            return web.json_response({"error": refusal.code, "message": refusal.words})
        return await self._pull(request, path, after=True) or web.json_response(
            {"error": 0, "message": "Success", "data": data}
        )

    async def _pull(self, request: web.Request, path: str, *, after: bool = False) -> web.Response | None:
        """Misbehave, if a lever for this path is set."""
        for lever in self._levers:
            if lever.path != path or lever.times < 1 or (lever.does == "drop_after") is not after:
                continue
            lever.times -= 1
            if lever.does == "refuse":
                self.refused.append(lever.refusal)
                return web.json_response({"error": lever.refusal.code, "message": lever.refusal.words})
            if lever.does == "fail":
                return web.Response(status=502, text="<html>Bad Gateway</html>")
            if lever.does == "hang":
                await asyncio.Event().wait()
            assert request.transport
            request.transport.abort()
            return web.Response()
        return None


class Person:
    """Somebody with Zalo on their phone, in the chat with the account."""

    def __init__(self, api: FakeZaloOa, number: str) -> None:
        self.api, self.id = api, number

    def does(self, name: str, **what: Any) -> Json:
        """Any event of this person's; returns it, so that it can be posted again."""
        self.api.seen[self.id] = self.api.clock()
        ends = {} if "follower" in what else {"sender": {"id": self.id}, "recipient": {"id": OA_ID}}
        event = self.api.event(name, **ends, **what)
        self.api.post(event)
        return event

    def say(self, text: str, **more: Any) -> Json:
        return self.does("user_send_text", message={"text": text, "msg_id": self.api.number(), **more})

    def attach(self, name: str, *attachments: Json, text: str = "") -> Json:
        """Something with attachments: image, location, file …"""
        message = {"msg_id": self.api.number(), "attachments": list(attachments), **({"text": text} if text else {})}
        return self.does(f"user_send_{name}", message=message)

    def photo(self, content: bytes, text: str = "") -> Json:
        name = f"{self.api.number()}.jpg"
        self.api.files[name] = content
        url = f"{self.api.url}/files/{name}"
        return self.attach("image", {"type": "image", "payload": {"thumbnail": url, "url": url}}, text=text)

    def pin(self, lat: float, lon: float) -> Json:
        point = {"latitude": str(lat), "longitude": str(lon)}
        return self.attach("location", {"type": "location", "payload": {"coordinates": point}})

    def press(self, label: str) -> Json:
        """Press the button with this label, the newest there is: its payload comes back as text."""
        for sent in reversed(self.api.sent(self.id)):
            for button in sent.buttons:
                if button["title"] == label and button["type"] == "oa.query.show":
                    return self.say(button["payload"])
        raise AssertionError(f"there is no button {label!r}")

    def follow(self) -> Json:
        return self.does("follow", follower={"id": self.id}, oa_id=OA_ID)

    def unfollow(self) -> Json:
        return self.does("unfollow", follower={"id": self.id}, oa_id=OA_ID)

    def is_answered_by_hand(self, text: str, admin: str = "8675309") -> Json:
        """An officer writes to this person in the account's own chat."""
        message = {"text": text, "msg_id": self.api.number()}
        ends = {"sender": {"id": OA_ID, "admin_id": admin}, "recipient": {"id": self.id}}
        event = self.api.event("oa_send_text", message=message, **ends)
        self.api.post(event)
        return event


class TokensOfToday:
    """connectors.zalo_oa_token.Tokens without a store: whatever the fake takes at the moment."""

    tends = False

    def __init__(self, api: FakeZaloOa) -> None:
        self.api, self.token = api, api.oauth.access
        self.renewed: list[str] = []

    async def current(self) -> str:
        return self.token

    async def renew(self, stale: str) -> str:
        self.renewed.append(stale)
        self.token = self.api.oauth.access
        return self.token

    async def tend(self) -> None:
        """Nothing ages here; and nothing else is looked after meanwhile, unless a test is about that."""
        if not self.tends:
            await asyncio.Event().wait()


__all__ = ["APP_ID", "APP_SECRET", "OA_ID", "OA_SECRET", "FakeZaloOa", "Person", "TokensOfToday"]
