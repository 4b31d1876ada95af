"""A report's whole life between a citizen on Zalo Bot, with numbers instead of buttons, and a room in the browser."""

import io
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from PIL import Image

from bot.links import signature
from bot.serve import Server
from bot.service import Service
from bot.settings import Settings
from bot.zalo_bot import PHOTO_BYTES, PHOTO_LIFE, photo_url
from connectors.pace import Limit
from dialogs.words import Media, Status
from store.report_views import all_reports, report_by_code
from store.staff import add_officer
from tests.fakes.server import running
from tests.fakes.zalo_bot import NOW_MS, TOKEN, FakeZaloBot, Person
from tests.telegram_life import free_port, seen
from tests.test_full_life import ROOM, TEXT, Officer, jpeg
from tests.town import Clock, ScriptedUnderstanding, report_prediction, thanh_chuong


@pytest.fixture
async def api(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeZaloBot]:
    monkeypatch.setenv("NO_PROXY", "*")
    async with running(FakeZaloBot()) as fake:
        yield fake


@pytest.fixture(params=["polling", "webhook"])
async def server(
    request: pytest.FixtureRequest, api: FakeZaloBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Server]:
    """The whole service with the Zalo bot on it; nobody shall wait a second a message, or a poll, here."""
    monkeypatch.setattr("connectors.zalo_bot_send.CHAT_LIMIT", Limit(1000, 1.0))
    monkeypatch.setattr("connectors.zalo_bot.POLL_GAP", 0.0)
    port = free_port()
    settings = Settings.model_validate(
        {
            "database": {"url": f"sqlite:///{tmp_path / 'town.db'}"},
            "web": {"port": port, "public_url": f"http://127.0.0.1:{port}"},
            "files": {"media": str(tmp_path / "media")},
            "zalo_bot": {"mode": request.param, "api_base_url": api.url},
            "zalo_bot_token": TOKEN,
            "secret_key": "k",
        }
    )
    understanding: Any = ScriptedUnderstanding()
    understanding.scripted[TEXT] = report_prediction("lighting_greenery", place="xóm 5", commune="17713")
    opened = Server(Service(settings, thanh_chuong(), understanding, Clock()))
    await opened.start()
    await seen(lambda: api.called("getUpdates") or api.webhook)
    yield opened
    await opened.stop()


async def reads(person: Person, words: str) -> str:
    """Wait until the bot has said so."""
    return str(await seen(lambda: next((text for text in reversed(person.got) if words in text), "")))


def number_of(label: str, text: str) -> str:
    """The number in front of that choice."""
    return next(line.partition(".")[0] for line in text.splitlines() if line.endswith(f". {label}"))


async def chooses(person: Person, label: str, words: str) -> None:
    """Answer the message that says so with the number of a choice."""
    person.say(number_of(label, await reads(person, words)))


async def test_a_zalo_bot_citizen_and_a_room_in_the_browser(server: Server, api: FakeZaloBot) -> None:
    service, town = server.service, thanh_chuong()
    number = await service.writer.write(
        lambda connection: add_officer(connection, town.id, "Hùng", "", [ROOM], service.clock())
    )
    hoa = api.person()
    hoa.photo(jpeg("black"), caption=TEXT)
    await chooses(hoa, "Gửi", "Gửi đi được chưa")
    code = (await reads(hoa, "Mã phản ánh")).partition("Mã phản ánh: ")[2].split()[0]
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as desk:
        officer = Officer(desk, server.address)
        await officer.enter(await server.login_link(number))
        page = await officer.card(code)
        assert TEXT in page
        assert "/staff/media/" in page, "the citizen's photo is on the card"
        await officer.act(code, button="Nhận")
        await reads(hoa, "hẹn trả lời trước")
        await officer.act(code, button="Hỏi thêm")
        await officer.act(code, text="Cột số mấy ạ?")
        await reads(hoa, "Cột số mấy ạ?")
        hoa.say("cột số 12")
        await reads(hoa, "chuyển câu trả lời")
        assert "cột số 12" in await officer.card(code)
        await officer.act(code, button="Xong")
        await officer.act(code, text="Đã thay bóng cột 12.", photo=jpeg("white"))
        await chooses(hoa, "Đánh giá", "Đã thay bóng cột 12.")
        assert len(api.photos) == 2, "before and after, as Zalo fetched them from us"
        assert {Image.open(io.BytesIO(photo)).format for photo in api.photos} == {"JPEG"}
        await chooses(hoa, "Đã xong", "đã được giải quyết chưa")
        await chooses(hoa, "Rất hài lòng", "hài lòng")
        await reads(hoa, "đã ghi đánh giá")
        assert "đã đóng" in await officer.card(code)
    report = await service.read(lambda connection: report_by_code(connection, code))
    assert report and (report.status, report.satisfaction) == (Status.CLOSED, 5)


# ---------------------------------------------------------------- what polling brings again, and from long ago


async def test_what_zalo_brings_again_for_ever_is_heard_once_and_from_long_ago_never(
    server: Server, api: FakeZaloBot
) -> None:
    service, hoa = server.service, api.person()
    api.replays = True
    month = int(timedelta(days=30).total_seconds() * 1000)
    hoa.say(TEXT, date=NOW_MS - month, message_id="from long ago")
    hoa.does("message.of_the_next_year.received")
    for _ in range(3):
        hoa.say(TEXT, message_id="the same")
    await reads(hoa, "Gửi đi được chưa")
    hoa.say("1")
    await reads(hoa, "Mã phản ánh")
    assert len([text for text in hoa.got if "Gửi đi được chưa" in text]) == 1
    assert len(await service.read(lambda connection: all_reports(connection, 5))) == 1
    async with aiohttp.ClientSession() as client, client.get(f"{server.address}/health") as answer:
        assert (await answer.json())["inbox_failures"] == 1, "the unknown event is kept, once"


# ---------------------------------------------------------------- photos on their way out


async def test_a_photos_address_is_signed_short_lived_and_its_photo_of_a_size_that_zalo_takes(
    server: Server, api: FakeZaloBot
) -> None:
    service, hoa = server.service, api.person()
    noise = io.BytesIO()
    Image.effect_noise((2000, 1500), 90).convert("RGB").save(noise, "JPEG", quality=95)
    hoa.photo(noise.getvalue(), caption=TEXT)
    await reads(hoa, "Gửi đi được chưa")
    media = Media("image", "1")
    url = photo_url(service, media)
    async with aiohttp.ClientSession() as client:

        async def status(address: str) -> int:
            async with client.get(address) as answer:
                return answer.status

        async def content() -> bytes:
            async with client.get(url) as answer:
                return await answer.read() if answer.status == 200 else b""

        fetched = b""
        while not fetched:
            fetched = await content()  # it is cleaned after the acknowledgement
        assert len((await service.stored_media("1"))[0]) > PHOTO_BYTES
        assert len(fetched) <= PHOTO_BYTES and Image.open(io.BytesIO(fetched)).format == "JPEG"
        head, _, signed = url.rpartition("/")
        until = head.rpartition("/")[2]
        assert await status(f"{head}/{'0' * 32}") == 404
        assert await status(url.replace("/photo/1/", "/photo/2/")) == 404, "of another photo"
        assert await status(url.replace(until, str(int(until) + 9))) == 404, "for longer"
        assert await status(f"{server.address}/media/1/{signed}") == 404, "no key to the lasting address"
        assert signed != signature("1", service.town.media_key)
        clock: Any = service.clock
        clock.forward(PHOTO_LIFE)
        assert await status(url) == 404, "after its time"
