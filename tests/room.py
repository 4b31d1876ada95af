"""The officers' room in a test: a real server over a real store, and browsers that press the buttons a page has."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, CookieJar, FormData
from aiohttp.test_utils import TestServer
from PIL import Image

from bot import cases
from bot.service import Service
from bot.settings import Settings
from bot.web.pages import make_app
from connectors.webchat import WebChat
from dialogs.effects import FileReport
from dialogs.texts import say
from dialogs.words import Address, Incoming, Media, Place, ReportView, Sender, Talk
from store import conversations, media, staff
from store.codes import new_code
from store.report_views import report_by_code
from tests.town import Clock, ScriptedUnderstanding, thanh_chuong

UBND, INTAKE, POLICE = "ubnd-17713", "intake", "cong-an-17713"


@dataclass
class Form:
    """A form as it stands on a page: what it would send, and its buttons by label."""

    id: str
    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: dict[str, tuple[str, str]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    takes_files: bool = False


class Page(HTMLParser):
    """An answer of the server, read as a browser without scripts reads it."""

    def __init__(self, status: int, html: str, url: str) -> None:
        super().__init__()
        self.status, self.html, self.url = status, html, url
        self.forms: list[Form] = []
        self.words: list[str] = []
        self._inside: Form | None = None
        self._waiting: list[tuple[str, str, str, str]] = []  # buttons that name their form
        self._button: list[str] | None = None
        self._area = ""
        self.feed(html)
        for owner, label, name, value in self._waiting:
            next(form for form in self.forms if form.id == owner).buttons[label] = (name, value)

    @property
    def text(self) -> str:
        """All that can be read."""
        return " ".join(" ".join(self.words).split())

    def form_with(self, label: str) -> Form:
        """The form that a button of that label sends."""
        return next(form for form in self.forms if label in form.buttons)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = Form(given.get("id", ""), given["action"])
            self.forms.append(self._inside)
        elif tag == "input" and self._inside and given.get("type") == "file":
            self._inside.takes_files = True
        elif tag == "input" and self._inside:
            self._inside.fields[given["name"]] = given.get("value", "")
        elif tag == "textarea" and self._inside:
            self._area = given["name"]
            self._inside.texts[self._area] = ""
        elif tag == "button":
            self._button = [given.get("form", ""), given.get("name", ""), given.get("value", ""), ""]

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        if self._button:
            self._button[3] += data
        if self._area and self._inside:
            self._inside.texts[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "button" and self._button:
            owner, name, value, label = self._button
            if owner:
                self._waiting.append((owner, label.strip(), name, value))
            elif self._inside:
                self._inside.buttons[label.strip()] = (name, value)
            self._button = None
        elif tag == "textarea":
            self._area = ""
        elif tag == "form":
            self._inside = None


class Browser:
    """One person's browser, without scripts."""

    def __init__(self, server: TestServer) -> None:
        self._server = server
        self.session = ClientSession(cookie_jar=CookieJar(unsafe=True))

    async def get(self, path: str, **what: Any) -> Page:
        return await self._ask("GET", path, **what)

    async def post(self, path: str, **what: Any) -> Page:
        return await self._ask("POST", path, **what)

    async def _ask(self, method: str, path: str, **what: Any) -> Page:
        url = self._server.make_url("/").join(self._server.make_url(path)) if path.startswith("/") else path
        async with self.session.request(method, url, **what) as answer:
            self.headers = answer.headers
            return Page(answer.status, await answer.text(errors="replace"), answer.url.path_qs)

    async def send(self, form: Form, button: str, *files: bytes, **texts: str) -> Page:
        """Press a button of a form."""
        name, value = form.buttons[button]
        fields = form.fields | form.texts | texts | ({name: value} if name else {})
        if not form.takes_files:
            return await self.post(form.action, data=fields)
        body = FormData(fields, default_to_multipart=True)
        for number, content in enumerate(files or [b""]):
            body.add_field("files", io.BytesIO(content), filename=f"{number}.jpg" if content else "")
        return await self.post(form.action, data=body)

    async def press(self, code: str, button: str, *files: bytes, **texts: str) -> Page:
        """Open a card's page and press a button there."""
        page = await self.get(f"/staff/card/{code}")
        return await self.send(page.form_with(button), button, *files, **texts)

    async def enter(self, token: str) -> Page:
        """Open a login link and press its button."""
        page = await self.get(f"/staff/enter/{token}")
        return await self.send(page.forms[0], say("room.door.enter"))


class RoomInTest:
    """A town with its server; `file` files reports, `officer` opens a browser."""

    def __init__(self, folder: Path) -> None:
        settings = Settings.model_validate(
            {"database": {"url": f"sqlite:///{folder / 'town.db'}"}, "files": {"media": str(folder / "media")}}
        )
        understanding: Any = ScriptedUnderstanding()
        self.clock = Clock()
        self.service = Service(settings, thanh_chuong(), understanding, self.clock)
        self.chat = WebChat(
            receive=self.service.receive,
            sent_after=self.service.sent_after,
            keep_upload=self.service.keep_upload,
            clock=self.clock,
            words=say,
        )
        self.service.add(self.chat)
        self.app = make_app(self.service)
        self.server = TestServer(self.app)
        self.browsers: list[Browser] = []
        self.write = self.service.writer.write
        self.read = self.service.read

    def browser(self) -> Browser:
        self.browsers.append(Browser(self.server))
        return self.browsers[-1]

    async def link(self, name: str, *rooms: str) -> str:
        """A new officer's login link."""
        now, town = self.clock(), thanh_chuong().id
        officer = await self.write(lambda connection: staff.add_officer(connection, town, name, "", rooms, now))
        return await self.write(lambda connection: staff.new_login_link(connection, officer, now))

    async def officer(self, name: str = "Hoa", *rooms: str) -> Browser:
        """A logged-in officer of these rooms (the commune's, if none is named)."""
        browser, token = self.browser(), await self.link(name, *(rooms or (UBND,)))
        await browser.enter(token)
        return browser

    async def file(self, text: str = "đèn đường xóm 5 hỏng", *, photos: int = 0, **what: Any) -> str:
        """A citizen's report; returns its code."""
        return await self.write(partial(self._file, text=text, photos=photos, what=what))

    def _file(self, connection: Any, text: str, photos: int, what: dict[str, Any]) -> str:
        now, address = self.clock(), Address("webchat", "main", "hoa")
        first = Incoming(address, Sender("hoa"), "text", "1", now, text=text)
        citizen = conversations.person_at(connection, first, thanh_chuong().id, now).citizen_id
        conversations.save_talk(connection, address.key, Talk(), thanh_chuong().id, now)
        refs = [self._photo(connection, address) for _ in range(photos)]
        plain = {"code": new_code("TC"), "text": text, "category": "lighting_greenery", "confidence": 0.93}
        plain |= {"predicted_category": "lighting_greenery", "place": Place("xóm 5", "17713", "Thanh Lĩnh")}
        effect = FileReport(**{**plain, "media": tuple(refs), **what})
        return cases.file_report(connection, self.service.town, effect, citizen, address, now).code

    def _photo(self, connection: Any, address: Address) -> str:
        blob = self.service.media.put(jpeg())
        item = Media("image", "x", "image/jpeg")
        kept = media.insert_pending(connection, item, address, address.key, thanh_chuong().id, self.clock())
        media.mark_stored(connection, int(kept.ref), blob, "image/jpeg", 1, None)
        return kept.ref

    async def report(self, code: str) -> ReportView:
        """The report as the store has it."""
        found = await self.read(lambda connection: report_by_code(connection, code))
        assert found
        return found

    async def citizen_says(self, text: str) -> None:
        """The citizen writes in their chat."""
        address = Address("webchat", "main", "hoa")
        await self.service.receive(Incoming(address, Sender("hoa"), "text", text, self.clock(), text=text))

    async def told(self) -> list[str]:
        """What the citizen has been sent, after everything that waits has been delivered."""
        await self.service.settle()
        return [sent.part.text for sent in await self.service.sent_after("webchat:main:hoa", 0)]


@asynccontextmanager
async def open_room(folder: Path) -> AsyncIterator[RoomInTest]:
    """A room that is closed at the end."""
    room = RoomInTest(folder)
    await room.write(lambda connection: staff.sync_pack(connection, thanh_chuong()))
    await room.server.start_server()
    try:
        yield room
    finally:
        for browser in room.browsers:
            await browser.session.close()
        await room.server.close()
        await room.service.stop()


def jpeg(color: str = "green") -> bytes:
    """A small photo."""
    out = io.BytesIO()
    Image.new("RGB", (40, 30), color).save(out, "JPEG")
    return out.getvalue()


async def counted(room: RoomInTest, table: str) -> int:
    """How many rows a table has."""
    return await room.read(lambda connection: connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())
