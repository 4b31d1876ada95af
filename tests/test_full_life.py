"""One full life of a report: filed, accepted, asked, answered, done with a photo, rated, closed."""

import asyncio
import html
import io
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from PIL import ExifTags, Image

from bot.serve import Server
from bot.service import Service
from bot.settings import Settings
from connectors.console import Console, fetch_file
from dialogs.words import Address, Incoming, Sender, Status
from store import staff
from store.report_notes import notes_of
from store.report_record import broken_links, changes_of
from store.report_views import report_by_code
from store.staff import add_officer, sync_pack
from tests.town import Clock, ScriptedUnderstanding, report_prediction, thanh_chuong

TEXT = "den duong xom 5 thanh linh hong ca tuan nay"
ROOM = "ubnd-17713"
PATIENCE = 20.0


@pytest.fixture
def service(tmp_path: Path) -> Service:
    """A real service over a scripted nlp and a clock that stands still."""
    settings = Settings.model_validate(
        {
            "database": {"url": f"sqlite:///{tmp_path / 'town.db'}"},
            "web": {"port": 0},
            "files": {"media": str(tmp_path / "media")},
            "secret_key": "k",
        }
    )
    understanding: Any = ScriptedUnderstanding()
    understanding.scripted[TEXT] = report_prediction("lighting_greenery", place="xóm 5", commune="17713")
    return Service(settings, thanh_chuong(), understanding, Clock())


async def in_pieces(content: bytes) -> AsyncIterator[bytes]:
    """As it comes over a line."""
    for start in range(0, len(content), 1000):
        yield content[start : start + 1000]


def jpeg(colour: str) -> bytes:
    """A photo that says where it was taken, as phones make them."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "secret phone"
    out = io.BytesIO()
    Image.new("RGB", (640, 480), colour).save(out, "JPEG", exif=exif)
    return out.getvalue()


# ---------------------------------------------------------------- over the console


class OnTheConsole:
    """A citizen at a terminal, an officer whose presses are Incoming values."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.shown: list[str] = []
        self.console = Console(self.shown.append, service.clock)
        service.add(self.console, fetch_file)
        self.presses = 0

    async def types(self, line: str) -> str:
        """Type a line; everything shown since."""
        self.shown.clear()
        await self.service.inbox.receive(self.console.read_line(line))
        await self.service.settle()
        return "\n".join(self.shown)

    async def officer(self, officer: int, code: str, **what: Any) -> str:
        """Press or write on a card; what the officer reads. What the citizen is shown stays in `shown`."""
        self.presses += 1
        self.shown.clear()
        what = {"kind": "choice", **what}
        address, sender = Address("room", "web", ROOM), Sender(str(officer))
        key, now = f"press-{self.presses}", self.service.clock()
        outcome = await self.service.inbox.receive(
            Incoming(address, sender, dedupe_key=key, at=now, reply_to=code, **what)
        )
        await self.service.settle()
        return "\n".join(reply.text for reply in outcome.replies)


async def test_a_report_lives_its_whole_life_over_the_console(service: Service, tmp_path: Path) -> None:
    town = thanh_chuong()
    life = OnTheConsole(service)
    await service.writer.write(lambda connection: sync_pack(connection, town))
    officer = await service.writer.write(
        lambda connection: add_officer(connection, town.id, "Hùng", "", [ROOM], service.clock())
    )
    before = tmp_path / "before.jpg"
    before.write_bytes(jpeg("black"))
    assert "Gửi đi được chưa" in await life.types(TEXT)
    assert "Ảnh, tệp: 1" in await life.types(f":photo {before}")
    code = (await life.types("1")).partition("Mã phản ánh: ")[2].split()[0]

    assert "Đã nhận" in await life.officer(officer, code, choice=f"/case {code} accept:2")
    assert "hẹn trả lời trước" in life.shown[0]
    await life.officer(officer, code, choice=f"/case {code} ask:3")
    await life.officer(officer, code, kind="text", text="Cột số mấy ạ?")
    assert "Cột số mấy ạ?" in life.shown[0]
    assert "chuyển câu trả lời" in await life.types("cột số 12 trước nhà văn hoá")
    await life.officer(officer, code, choice=f"/case {code} finish:5")
    upload = await service.keep_upload(in_pieces(jpeg("white")))
    await life.officer(officer, code, kind="media", media=(upload,), text="Đã thay bóng cột 12.")
    assert "Đã thay bóng cột 12." in life.shown[0]
    assert "(kèm 2 tệp ở đây không mở được" in life.shown[0], "before and after; there is no public host to link to"

    assert "đã được giải quyết chưa" in await life.types("1")
    assert "hài lòng" in await life.types("đã xong")
    assert "đã ghi đánh giá" in await life.types("1")
    report = await service.read(lambda connection: report_by_code(connection, code))
    assert report is not None
    assert (report.status, report.solved_rating, report.satisfaction) == (Status.CLOSED, 3, 5)
    steps = [change.trigger for change in await service.read(lambda c: changes_of(c, report.id))]
    assert steps == ["file", "assign", "accept", "ask", "answer_question", "resolve", "close"]
    notes = await service.read(lambda c: notes_of(c, report.id))
    assert [note.text for note in notes] == ["cột số 12 trước nhà văn hoá"]
    assert await service.read(lambda c: broken_links(c, report.id)) == []
    await service.stop()


# ---------------------------------------------------------------- over the web: a real socket, a real form


class Page:
    """The citizen's page over a real WebSocket."""

    def __init__(self, client: aiohttp.ClientSession, address: str, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.client, self.address, self.ws = client, address, ws
        self.session = ""
        self.count = 0
        self.last: dict[str, Any] = {}

    async def hello(self) -> None:
        await self.ws.send_json({"type": "hello", "session": None, "last": 0})
        self.session = (await self.ws.receive_json())["session"]

    async def send(self, **frame: Any) -> None:
        """Send a frame with a fresh id."""
        self.count += 1
        await self.ws.send_json({"id": f"f{self.count}", **frame})

    async def sees(self, words: str) -> dict[str, Any]:
        """Wait for the message that says so; it comes by itself."""
        async with asyncio.timeout(PATIENCE):
            while True:
                got = await self.ws.receive_json()
                assert got["type"] != "error", got
                if got["type"] == "message" and words in got["text"]:
                    self.last = got
                    return dict(got)

    async def press(self, label: str) -> None:
        """Press a button of the last message seen."""
        wire = next(choice["id"] for choice in self.last["choices"] if choice["label"] == label)
        await self.send(type="choice", choice=wire)

    async def upload(self, content: bytes) -> str:
        form = aiohttp.FormData({"session": self.session})
        form.add_field("file", content, filename="anh.jpg", content_type="image/jpeg")
        async with self.client.post(f"{self.address}/chat/media", data=form) as answer:
            assert answer.status == 200, await answer.text()
            return str((await answer.json())["upload"])


class Officer:
    """An officer's browser without JavaScript: pages and forms."""

    def __init__(self, client: aiohttp.ClientSession, address: str) -> None:
        self.client, self.address = client, address

    async def enter(self, link: str) -> None:
        page = await (await self.client.get(link)).text()
        token = re.search(r'name="token" value="([^"]+)"', page)
        assert token
        async with self.client.post(f"{self.address}/staff/enter", data={"token": token[1]}) as answer:
            assert answer.status == 200

    async def card(self, code: str) -> str:
        async with self.client.get(f"{self.address}/staff/card/{code}") as answer:
            assert answer.status == 200
            return html.unescape(await answer.text())

    async def act(self, code: str, *, button: str = "", text: str = "", photo: bytes = b"") -> str:
        """Press a button by its label, or write into the open box; the page that comes back."""
        page = await self.card(code)
        forms = re.findall(r"<form.*?</form>", page, re.DOTALL)
        chosen = next(form for form in forms if ("<textarea" in form if text else button in form))
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', chosen))
        form = aiohttp.FormData(hidden, default_to_multipart=True)
        if button:
            found = re.search(rf'name="choice" value="([^"]+)"[^>]*>\s*{re.escape(button)}\s*<', chosen)
            assert found, f"no button {button}"
            form.add_field("choice", found[1])
        if text:
            form.add_field("text", text)
        if photo:
            form.add_field("file", photo, filename="sau.jpg", content_type="image/jpeg")
        async with self.client.post(f"{self.address}/staff/card/{code}", data=form) as answer:
            page = html.unescape(await answer.text())
            assert answer.status == 200, page
            return page


@pytest.fixture
async def server(service: Service) -> AsyncIterator[Server]:
    opened = Server(service)
    await opened.start()
    yield opened
    await opened.stop()


@pytest.fixture
async def officer_link(server: Server) -> str:
    town, now = thanh_chuong(), server.service.clock()
    number = await server.service.writer.write(lambda c: staff.add_officer(c, town.id, "Hùng", "", [ROOM], now))
    return await server.login_link(number)


async def test_a_report_lives_its_whole_life_over_the_web(server: Server, officer_link: str) -> None:
    cookies = aiohttp.CookieJar(unsafe=True)  # takes cookies of 127.0.0.1 too
    async with (
        aiohttp.ClientSession() as client,
        aiohttp.ClientSession(cookie_jar=cookies) as desk,
        client.ws_connect(f"{server.address}/chat/ws") as ws,
    ):
        citizen, officer = Page(client, server.address, ws), Officer(desk, server.address)
        await citizen.hello()
        await citizen.send(type="message", text=TEXT)
        await citizen.sees("Gửi đi được chưa")
        await citizen.send(type="media", upload=await citizen.upload(jpeg("black")))
        await citizen.sees("Ảnh, tệp: 1")
        await citizen.press("Gửi")
        code = (await citizen.sees("Mã phản ánh"))["text"].partition("Mã phản ánh: ")[2].split()[0]

        await officer.enter(officer_link)
        assert TEXT in await officer.card(code)
        await officer.act(code, button="Nhận")
        await citizen.sees("hẹn trả lời trước")
        await officer.act(code, button="Hỏi thêm")
        await officer.act(code, text="Cột số mấy ạ?")
        await citizen.sees("Cột số mấy ạ?")
        await citizen.send(type="message", text="cột số 12 trước nhà văn hoá")
        await citizen.sees("chuyển câu trả lời")
        assert "cột số 12 trước nhà văn hoá" in await officer.card(code)
        await officer.act(code, button="Xong")
        await officer.act(code, text="Đã thay bóng cột 12.", photo=jpeg("white"))
        done = await citizen.sees("Đã thay bóng cột 12.")
        await _sees_clean_pictures(client, server.address, done["media"])
        await citizen.press("Đánh giá")
        await citizen.sees("đã được giải quyết chưa")
        await citizen.press("Đã xong")
        await citizen.sees("hài lòng")
        await citizen.press("Rất hài lòng")
        await citizen.sees("đã ghi đánh giá")
        assert "đã đóng" in await officer.card(code)


async def _sees_clean_pictures(client: aiohttp.ClientSession, address: str, media: list[dict[str, Any]]) -> None:
    assert len(media) == 2, "before and after"
    for item in media:
        content = await _until_served(lambda url=item["url"]: client.get(f"{address}{url}"))
        picture = Image.open(io.BytesIO(content))
        assert picture.format == "JPEG"
        assert not dict(picture.getexif()), "EXIF is gone"


async def _until_served(get: Callable[[], Awaitable[aiohttp.ClientResponse]]) -> bytes:
    """A picture is cleaned after the acknowledgement: it may take a moment until it is served."""
    async with asyncio.timeout(PATIENCE):
        while True:
            async with await get() as answer:
                if answer.status == 200:
                    return await answer.read()
            await asyncio.sleep(0)


async def test_a_turn_never_blocks_another_chat(server: Server) -> None:
    """While one chat's turns fail one after another, others go on; and the person is told."""
    door = f"{server.address}/chat/ws"
    async with aiohttp.ClientSession() as client, client.ws_connect(door) as one, client.ws_connect(door) as other:
        first, second = Page(client, server.address, one), Page(client, server.address, other)
        await first.hello()
        await second.hello()
        broken: Any = server.service.town.understanding
        broken.scripted["nổ"] = "no prediction at all"  # a turn cannot digest this and raises
        for _ in range(5):
            await first.send(type="message", text="nổ")
        await second.send(type="message", text=TEXT)
        await second.sees("Gửi đi được chưa")
        await first.sees("Xin lỗi")
