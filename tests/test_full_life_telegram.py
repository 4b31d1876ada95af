"""A report's whole life through Telegram, wholly or on one side, against a server that behaves like the Bot API."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.serve import Server
from bot.service import Service
from bot.settings import Settings
from connectors.pace import Limit
from dialogs.words import Status
from store import staff_chat
from store.reports import report_by_code
from store.staff import add_officer, sync_pack
from tests.fakes.bot_api import FakeBotApi
from tests.test_full_life import Officer, Page, jpeg
from tests.town import Clock, ScriptedUnderstanding, report_prediction, thanh_chuong

TEXT = "den duong xom 5 thanh linh hong ca tuan nay"
ROOM = "ubnd-17713"
PATIENCE = 20.0


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
async def api() -> AsyncIterator[FakeBotApi]:
    fake = FakeBotApi()
    await fake.start()
    yield fake
    await fake.stop()


@pytest.fixture(params=["polling", "webhook"])
async def server(
    request: pytest.FixtureRequest, api: FakeBotApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Server]:
    """The whole service with Telegram on it. The fake has no limits here: nobody shall wait a second a message."""
    monkeypatch.setattr("connectors.telegram_plan.CHAT_LIMIT", Limit(1000, 1.0))
    port = free_port()
    settings = Settings.model_validate(
        {
            "database": {"url": f"sqlite:///{tmp_path / 'town.db'}"},
            "web": {"port": port, "public_url": f"http://127.0.0.1:{port}"},
            "files": {"media": str(tmp_path / "media")},
            "telegram": {"mode": request.param, "api_base_url": api.url},
            "telegram_token": api.token,
            "secret_key": "k",
        }
    )
    understanding: Any = ScriptedUnderstanding()
    understanding.scripted[TEXT] = report_prediction("lighting_greenery", place="xóm 5", commune="17713")
    opened = Server(Service(settings, thanh_chuong(), understanding, Clock()))
    await opened.start()
    yield opened
    await opened.stop()


async def seen(find: Callable[[], Any]) -> Any:
    """Wait until it is there."""
    async with asyncio.timeout(PATIENCE):
        while not (found := find()):
            await asyncio.sleep(0.005)
    return found


def last(api: FakeBotApi, chat: int, words: str) -> Any:
    """The bot's last message in a chat that says so, or None."""
    found = [one for one in api.sent(chat) if words in (one.get("text") or one.get("caption") or "")]
    return found[-1] if found else None


async def connected_group(server: Server, api: FakeBotApi) -> tuple[Any, Any]:
    """(the group, Hùng) after `/ketnoi`."""
    service, town = server.service, thanh_chuong()
    await service.writer.write(lambda connection: sync_pack(connection, town))
    number = await service.writer.write(
        lambda connection: add_officer(connection, town.id, "Hùng", "", [ROOM], service.clock())
    )
    code = await service.writer.write(lambda connection: staff_chat.new_code(connection, number, ROOM, service.clock()))
    hung, group = api.person(2001, "Hùng", "Trần"), api.group()
    hung.say(f"/ketnoi {code}", to=group)
    await seen(lambda: last(api, group.id, "Nhóm này nay là phòng"))
    return group, hung


async def test_a_telegram_citizen_and_a_telegram_group(server: Server, api: FakeBotApi) -> None:
    group, hung = await connected_group(server, api)
    hoa = api.person()
    hoa.say(TEXT)
    card = await seen(lambda: last(api, hoa.id, "Gửi đi được chưa"))
    hoa.press(card, "Gửi")
    filed = await seen(lambda: last(api, hoa.id, "Mã phản ánh"))
    code = filed["text"].partition("Mã phản ánh: ")[2].split()[0]

    posted = await seen(lambda: last(api, group.id, TEXT))
    hung.press(posted, "Nhận")
    await seen(lambda: last(api, hoa.id, "hẹn trả lời trước"))
    posted = await seen(lambda: last(api, group.id, f"{code} · đang xử lý"))
    assert len([one for one in api.sent(group.id) if TEXT in one.get("text", "")]) == 1, "edited in place"

    hung.press(posted, "Hỏi thêm")
    prompt = await seen(lambda: last(api, group.id, "Hỏi người dân điều gì"))
    hung.say("ok anh em", to=group)
    hung.say("Cột số mấy ạ?", to=group, reply_to_message=prompt)
    await seen(lambda: last(api, hoa.id, "Cột số mấy ạ?"))
    hoa.say("cột số 12")
    await seen(lambda: last(api, group.id, "nói thêm về"))

    posted = await seen(lambda: last(api, group.id, f"{code} · đang xử lý"))
    hung.press(posted, "Xong")
    prompt = await seen(lambda: last(api, group.id, "Kết quả xử lý"))
    hung.photo(jpeg("white"), to=group, caption="Đã thay bóng cột 12.", reply_to_message=prompt)
    done = await seen(lambda: last(api, hoa.id, "Đã thay bóng cột 12."))
    hoa.press(await seen(lambda: button_holder(api, hoa.id, "Đánh giá")), "Đánh giá")
    hoa.press(await seen(lambda: last(api, hoa.id, "đã được giải quyết chưa")), "Đã xong")
    hoa.press(await seen(lambda: last(api, hoa.id, "hài lòng")), "Rất hài lòng")
    await seen(lambda: last(api, hoa.id, "đã ghi đánh giá"))
    report = await server.service.read(lambda connection: report_by_code(connection, code))
    assert report
    assert done
    assert report.status == Status.CLOSED


def button_holder(api: FakeBotApi, chat: int, label: str) -> Any:
    """The last message in a chat with that button."""
    found = [
        one
        for one in api.sent(chat)
        for row in one.get("reply_markup", {}).get("inline_keyboard", [])
        for button in row
        if button["text"] == label
    ]
    return found[-1] if found else None


async def test_a_blocked_citizen_is_shown_on_the_card_and_forgiven_at_the_next_message(
    server: Server, api: FakeBotApi
) -> None:
    group, _ = await connected_group(server, api)
    hoa = api.person()
    hoa.say(TEXT)
    hoa.press(await seen(lambda: last(api, hoa.id, "Gửi đi được chưa")), "Gửi")
    await seen(lambda: last(api, group.id, TEXT))
    hoa.block()
    await seen(lambda: last(api, group.id, "đã chặn"))
    hoa.unblock()
    hoa.say("alo")
    await seen(lambda: not last(api, group.id, "đã chặn"))


# ---------------------------------------------------------------- one side on Telegram, the other in a browser


async def test_a_web_citizen_and_a_telegram_group(server: Server, api: FakeBotApi) -> None:
    group, hung = await connected_group(server, api)
    async with aiohttp.ClientSession() as client, client.ws_connect(f"{server.address}/chat/ws") as ws:
        citizen = Page(client, server.address, ws)
        await citizen.hello()
        await citizen.send(type="message", text=TEXT)
        await citizen.sees("Gửi đi được chưa")
        await citizen.send(type="media", upload=await citizen.upload(jpeg("black")))
        await citizen.sees("Ảnh, tệp: 1")
        await citizen.press("Gửi")
        code = (await citizen.sees("Mã phản ánh"))["text"].partition("Mã phản ánh: ")[2].split()[0]

        hung.press(await seen(lambda: button_holder(api, group.id, "Nhận")), "Nhận")
        await citizen.sees("hẹn trả lời trước")
        assert await seen(lambda: photo_in(api, group.id)), "the citizen's photo is in the group"
        hung.press(await seen(lambda: button_holder(api, group.id, "Xong")), "Xong")
        prompt = await seen(lambda: last(api, group.id, "Kết quả xử lý"))
        hung.photo(jpeg("white"), to=group, caption="Đã thay bóng cột 12.", reply_to_message=prompt)
        done = await citizen.sees("Đã thay bóng cột 12.")
        assert len(done["media"]) == 2, "before and after"
        await citizen.press("Đánh giá")
        await citizen.sees("đã được giải quyết chưa")
        await citizen.press("Đã xong")
        await citizen.sees("hài lòng")
        await citizen.press("Rất hài lòng")
        await citizen.sees("đã ghi đánh giá")
    report = await server.service.read(lambda connection: report_by_code(connection, code))
    assert report
    assert report.status == Status.CLOSED
    await seen(lambda: last(api, group.id, f"{code} · đã đóng"))


async def test_a_telegram_citizen_and_a_room_in_the_browser(server: Server, api: FakeBotApi) -> None:
    service, town = server.service, thanh_chuong()
    number = await service.writer.write(
        lambda connection: add_officer(connection, town.id, "Hùng", "", [ROOM], service.clock())
    )
    hoa = api.person()
    hoa.photo(jpeg("black"), caption=TEXT)
    hoa.press(await seen(lambda: last(api, hoa.id, "Gửi đi được chưa")), "Gửi")
    filed = await seen(lambda: last(api, hoa.id, "Mã phản ánh"))
    code = filed["text"].partition("Mã phản ánh: ")[2].split()[0]
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as desk:
        officer = Officer(desk, server.address)
        await officer.enter(await server.login_link(number))
        page = await officer.card(code)
        assert TEXT in page
        assert "/staff/media/" in page, "the citizen's photo is on the card"
        await officer.act(code, button="Nhận")
        await seen(lambda: last(api, hoa.id, "hẹn trả lời trước"))
        await officer.act(code, button="Hỏi thêm")
        await officer.act(code, text="Cột số mấy ạ?")
        await seen(lambda: last(api, hoa.id, "Cột số mấy ạ?"))
        hoa.say("cột số 12")
        await seen(lambda: last(api, hoa.id, "chuyển câu trả lời"))
        assert "cột số 12" in await officer.card(code)
        await officer.act(code, button="Xong")
        await officer.act(code, text="Đã thay bóng cột 12.", photo=jpeg("white"))
        await seen(lambda: last(api, hoa.id, "Đã thay bóng cột 12."))
        await seen(lambda: photo_in(api, hoa.id))
        hoa.press(await seen(lambda: button_holder(api, hoa.id, "Đánh giá")), "Đánh giá")
        hoa.press(await seen(lambda: last(api, hoa.id, "đã được giải quyết chưa")), "Đã xong")
        hoa.press(await seen(lambda: last(api, hoa.id, "hài lòng")), "Rất hài lòng")
        await seen(lambda: last(api, hoa.id, "đã ghi đánh giá"))
        assert "đã đóng" in await officer.card(code)


def photo_in(api: FakeBotApi, chat: int) -> Any:
    """Whether the bot has sent a photo to that chat."""
    return [one for one in api.sent(chat) if "photo" in one]
