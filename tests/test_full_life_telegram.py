"""A report's whole life through Telegram, wholly or on one side, against servers that behave like the Bot API.

Each life is lived twice: against our own fake, and against a server by other hands (tests/fakes/emulator.py).
"""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bot.serve import Server
from dialogs.words import Status
from store.report_views import report_by_code
from tests.fakes.bot_api import FakeBotApi
from tests.fakes.emulator import Emulator
from tests.telegram_life import (
    TEXT,
    button_holder,
    connected_group,
    last,
    officer_of_the_room,
    photo_in,
    seen,
    telegram_town,
)
from tests.test_full_life import Officer, Page, jpeg

BOTH = pytest.mark.parametrize("api", [FakeBotApi, Emulator], indirect=True)


@pytest.fixture
async def api(request: pytest.FixtureRequest) -> AsyncIterator[FakeBotApi]:
    server = getattr(request, "param", FakeBotApi)()
    await server.start()
    yield server
    if isinstance(server, Emulator):
        assert server.refusals() == [], "nothing we asked was against the contract"
    await server.stop()


@pytest.fixture(params=["polling", "webhook"])
async def server(
    request: pytest.FixtureRequest, api: FakeBotApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Server]:
    async with telegram_town(api, request.param, tmp_path, monkeypatch) as opened:
        yield opened


@BOTH
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


@BOTH
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


@BOTH
async def test_a_telegram_citizen_and_a_room_in_the_browser(server: Server, api: FakeBotApi) -> None:
    number = await officer_of_the_room(server)
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


# ---------------------------------------------------------------- a dialog is one message


async def test_a_dialog_by_buttons_is_one_message_that_changes_step_by_step(server: Server, api: FakeBotApi) -> None:
    hoa = api.person()
    hoa.say(TEXT)
    for before, label, after in (
        ("Gửi đi được chưa", "Sửa", "sửa dòng nào"),
        ("sửa dòng nào", "Loại việc", "loại gần nhất"),
        ("loại gần nhất", "Điện", "Loại: Điện"),
        ("Loại: Điện", "Gửi", "Mã phản ánh"),
    ):
        hoa.press(await seen(lambda words=before: last(api, hoa.id, words)), label)
        await seen(lambda words=after: last(api, hoa.id, words))
    assert len(api.sent(hoa.id)) == 1
    assert len(api.called("sendMessage")) == 1


async def test_a_message_that_the_citizen_deleted_is_said_anew(server: Server, api: FakeBotApi) -> None:
    hoa = api.person()
    hoa.say(TEXT)
    card = await seen(lambda: last(api, hoa.id, "Gửi đi được chưa"))
    del hoa.chat.messages[card["message_id"]]
    hoa.press(card, "Gửi")
    await seen(lambda: last(api, hoa.id, "Mã phản ánh"))


async def test_an_old_button_says_so_on_itself(server: Server, api: FakeBotApi) -> None:
    hoa = api.person()
    hoa.say(TEXT)
    card = await seen(lambda: last(api, hoa.id, "Gửi đi được chưa"))
    hoa.say("/help")
    await seen(lambda: len(api.sent(hoa.id)) > 1)
    query = hoa.press(card, "Gửi")
    assert await seen(lambda: api.answered.get(query)) == "Nút đó đã cũ rồi ạ."


async def test_a_notice_with_a_button_stays_where_it_is(server: Server, api: FakeBotApi) -> None:
    hoa = api.person()
    hoa.say(TEXT)
    hoa.press(await seen(lambda: last(api, hoa.id, "Gửi đi được chưa")), "Gửi")
    await seen(lambda: last(api, hoa.id, "Mã phản ánh"))
    hoa.say("/help")
    menu = await seen(lambda: button_holder(api, hoa.id, "Phản ánh của tôi"))
    hoa.press(menu, "Phản ánh của tôi")
    await seen(lambda: len(api.sent(hoa.id)) == 3)
    assert last(api, hoa.id, menu["text"])
