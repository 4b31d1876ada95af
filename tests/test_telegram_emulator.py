"""Our Telegram connector against a Bot API server by other hands, `lo-bot-api-emulator`: we keep to its contract.

It checks every field of every request against its own manifest, and refuses what it does not know. What it cannot do,
the fake of our own (tests/fakes/bot_api.py) does: it keeps no sent text (a wire tap here does), knows no topics, no
getChat and no getChatMember, and enqueues no edits and no changes of membership.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.serve import Server
from bot.service import Service
from bot.settings import Settings
from connectors.telegram import Telegram
from connectors.telegram_wire import CannotFetch
from dialogs.words import Address, Choice, Gone, Media, Part, SendError
from store.reports import all_reports
from store.staff import add_officer
from tests.test_full_life import Officer, jpeg
from tests.test_full_life_telegram import PATIENCE, ROOM, TEXT, free_port, seen
from tests.town import Clock, ScriptedUnderstanding, report_prediction, thanh_chuong

emulators = pytest.importorskip(
    "lo_bot_api_emulator", reason="lo-bot-api-emulator is not installed (pip install -e '.[dev]')"
)

TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
HOA = {"id": 1001, "is_bot": False, "first_name": "Hoa", "language_code": "vi"}
CHAT = {"id": 1001, "type": "private", "first_name": "Hoa"}
NOW = 1795420800


class Emulator(emulators.LoBotApiEmulator):  # type: ignore[misc, name-defined]
    """The emulator; says its user name, which the real getMe always does, and keeps what was sent."""

    def __init__(self) -> None:
        super().__init__(allow_insecure_loopback_webhooks=True)
        self.sent: list[dict[str, Any]] = []
        self.url = ""
        self._number = 0
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        self._runner = web.AppRunner(self.app(), access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        assert self._runner
        await self._runner.cleanup()

    def validate(self, method: str, fields: Any, uploads: Any) -> Any:
        result = super().validate(method, fields, uploads)
        if method == "getMe":
            return result | {"username": "langnghe_bot"}
        if method.startswith(("send", "edit")):
            self.sent += result if isinstance(result, list) else [result]
        return result

    def said(self, words: str) -> dict[str, Any] | None:
        """The last thing the bot sent that says so."""
        found = [one for one in self.sent if words in (one.get("text") or one.get("caption") or "")]
        return found[-1] if found else None

    def refusals(self) -> list[Any]:
        return [request for request in self.requests if request["status"] >= 400]

    async def hear(self, **content: Any) -> None:
        """A citizen's message."""
        self._number += 1
        message = {"message_id": 5000 + self._number, "date": NOW, "from": HOA, "chat": CHAT, **content}
        await self.enqueue_update({"message": message}, token=TOKEN)

    async def press(self, message: dict[str, Any], label: str) -> None:
        """A citizen's press of a button under what the bot sent."""
        rows = message["reply_markup"]["inline_keyboard"]
        pressed = next(button["callback_data"] for row in rows for button in row if button["text"] == label)
        query = {"id": str(message["message_id"]), "from": HOA, "message": message, "chat_instance": "1"}
        await self.enqueue_update({"callback_query": query | {"data": pressed}}, token=TOKEN)

    def keep_file(self, name: str, content: bytes) -> dict[str, Any]:
        """A file as a person has sent it."""
        self.assets[name] = {"data": content, "size": len(content)}
        return {"file_id": name, "file_unique_id": name, "file_size": len(content)}


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    made = Emulator()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture(params=["polling", "webhook"])
async def server(request: pytest.FixtureRequest, emulator: Emulator, tmp_path: Path) -> AsyncIterator[Server]:
    """The whole service, the emulator on its other side."""
    port = free_port()
    settings = Settings.model_validate(
        {
            "database": {"url": f"sqlite:///{tmp_path / 'town.db'}"},
            "web": {"port": port, "public_url": f"http://127.0.0.1:{port}"},
            "files": {"media": str(tmp_path / "media")},
            "telegram": {"mode": request.param, "api_base_url": emulator.url},
            "telegram_token": TOKEN,
            "secret_key": "k",
        }
    )
    understanding: Any = ScriptedUnderstanding()
    understanding.scripted[TEXT] = report_prediction("lighting_greenery", place="xóm 5", commune="17713")
    opened = Server(Service(settings, thanh_chuong(), understanding, Clock()))
    await opened.start()
    yield opened
    await opened.stop()


async def test_a_citizen_files_a_report_with_a_photo_and_nothing_we_ask_is_refused(
    server: Server, emulator: Emulator
) -> None:
    await seen(lambda: server.service.username("telegram") == "langnghe_bot")
    photo = emulator.keep_file("hoa-photo", jpeg("black")) | {"width": 640, "height": 480}
    await emulator.hear(photo=[photo], caption=TEXT)
    card = await seen(lambda: emulator.said("Gửi đi được chưa"))
    await emulator.press(card, "Gửi")
    filed = await seen(lambda: emulator.said("Mã phản ánh: "))
    code = filed["text"].partition("Mã phản ánh: ")[2].split()[0]
    [report] = await server.service.read(lambda connection: all_reports(connection, 10, ""))
    assert report.code == code
    assert await kept(server, report.media[0]), "the photo was fetched through getFile"
    assert emulator.refusals() == []
    asked = {request["method"] for request in emulator.requests}
    assert {"getMe", "setMyCommands", "sendMessage", "answerCallbackQuery", "getFile"} <= asked


async def test_an_officers_answer_reaches_a_citizen_with_both_photos_as_an_album(
    server: Server, emulator: Emulator
) -> None:
    service, town = server.service, thanh_chuong()
    number = await service.writer.write(
        lambda connection: add_officer(connection, town.id, "Hùng", "", [ROOM], service.clock())
    )
    photo = emulator.keep_file("hoa-photo", jpeg("black")) | {"width": 640, "height": 480}
    await emulator.hear(photo=[photo], caption=TEXT)
    await emulator.press(await seen(lambda: emulator.said("Gửi đi được chưa")), "Gửi")
    code = (await seen(lambda: emulator.said("Mã phản ánh: ")))["text"].partition("Mã phản ánh: ")[2].split()[0]
    [report] = await service.read(lambda connection: all_reports(connection, 10, ""))
    await kept(server, report.media[0])
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as desk:
        officer = Officer(desk, server.address)
        await officer.enter(await server.login_link(number))
        await officer.act(code, button="Nhận")
        await seen(lambda: emulator.said("hẹn trả lời trước"))
        await officer.act(code, button="Xong")
        await officer.act(code, text="Đã thay bóng cột 12.", photo=jpeg("white"))
    await seen(lambda: emulator.said("Đã thay bóng cột 12."))
    await seen(lambda: len([one for one in emulator.sent if "photo" in one and one.get("media_group_id")]) == 2)
    assert emulator.refusals() == []


async def test_what_the_emulator_refuses_is_told_apart_as_of_the_real_one(server: Server, emulator: Emulator) -> None:
    """A refusal of the contract is ours to mend: never tried again, never taken for a blocked chat."""
    with pytest.raises(SendError) as refused:
        await channel(server).send(Address("telegram", "main", "1001"), Part("x" * 64, (Choice("c" * 65, "Gửi"),)), 1)
    assert refused.value.kind == "bad_request"
    assert [request["status"] for request in emulator.refusals()] == [400]


async def test_a_file_that_is_not_there_is_gone_or_tried_again(server: Server, emulator: Emulator) -> None:
    emulator.keep_file("whole", b"%PDF-1.4")
    assert await channel(server).fetch(Media("file", "whole", "application/pdf")) == b"%PDF-1.4"
    with pytest.raises((Gone, CannotFetch)):
        await channel(server).fetch(Media("file", "nowhere", "application/pdf"))


def channel(server: Server) -> Telegram:
    """The connector that the service runs."""
    return next(one for one in server.service._connectors if isinstance(one, Telegram))


async def kept(server: Server, media: Media) -> bytes:
    """The bytes of a picture, once it has been fetched and cleaned."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                return (await server.service.stored_media(media.ref))[0]
            except KeyError:
                await asyncio.sleep(0.01)
