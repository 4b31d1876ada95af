"""A report's whole life from a citizen on a Zalo Official Account to a Telegram group and back, over real HTTP."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.serve import Server
from bot.service import Service
from bot.settings import Settings
from connectors.pace import Limit
from dialogs.words import Status
from store import zalo
from store.report_notes import notes_of
from store.report_views import report_by_code
from tests.fakes.bot_api import FakeBotApi
from tests.fakes.server import running
from tests.fakes.zalo_oa import APP_ID, APP_SECRET, OA_ID, OA_SECRET, FakeZaloOa, Person
from tests.telegram_life import button_holder, connected_group, free_port, last, photo_in, seen
from tests.test_full_life import jpeg
from tests.town import Clock, ScriptedUnderstanding, report_prediction, thanh_chuong

TEXT = "den duong xom 5 thanh linh hong ca tuan nay"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def api() -> AsyncIterator[FakeBotApi]:
    async with running(FakeBotApi()) as fake:
        yield fake


@pytest.fixture
async def oa(clock: Clock) -> AsyncIterator[FakeZaloOa]:
    async with running(FakeZaloOa(clock)) as fake:
        yield fake


@pytest.fixture
async def server(
    api: FakeBotApi, oa: FakeZaloOa, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Server]:
    """The whole service with both channels; an administrator has consented."""
    monkeypatch.setattr("connectors.telegram_plan.CHAT_LIMIT", Limit(1000, 1.0))
    port = free_port()
    settings = Settings.model_validate(
        {
            "database": {"url": f"sqlite:///{tmp_path / 'town.db'}"},
            "web": {"port": port, "public_url": f"http://127.0.0.1:{port}"},
            "files": {"media": str(tmp_path / "media"), "spool": str(tmp_path / "spool")},
            "telegram": {"api_base_url": api.url},
            "telegram_token": api.token,
            "zalo_oa": {"app_id": APP_ID, "oa_id": OA_ID, "api_base_url": oa.url, "oauth_base_url": oa.url},
            "zalo_oa_secret": OA_SECRET,
            "zalo_app_secret": APP_SECRET,
            "secret_key": "k",
        }
    )
    understanding: Any = ScriptedUnderstanding()
    understanding.scripted[TEXT] = report_prediction("lighting_greenery", place="xóm 5", commune="17713")
    opened = Server(Service(settings, thanh_chuong(), understanding, clock))
    oa.webhook = f"http://127.0.0.1:{port}/zalo/oa/main"
    await opened.service.writer.write(
        lambda connection: zalo.keep_tokens(connection, "main", "access-0", "refresh-0", oa.oauth.expires_at)
    )
    await opened.start()
    yield opened
    await opened.stop()


def got(oa: FakeZaloOa, person: Person, words: str) -> Callable[[], Any]:
    """Finds the last message to a person that says so."""
    return lambda: next((one for one in reversed(oa.sent(person.id)) if words in one.text), None)


async def filed(oa: FakeZaloOa, hoa: Person) -> str:
    """Hoa reports in one message and presses Gửi; the report's code."""
    hoa.say(TEXT)
    await seen(got(oa, hoa, "Gửi đi được chưa"))
    hoa.press("Gửi")
    return str((await seen(got(oa, hoa, "Mã phản ánh"))).text.partition("Mã phản ánh: ")[2].split()[0])


async def test_a_zalo_citizen_and_a_telegram_group(server: Server, api: FakeBotApi, oa: FakeZaloOa) -> None:
    group, hung = await connected_group(server, api)
    hoa = oa.person()
    hoa.photo(jpeg("black"))
    await seen(lambda: oa.sent(hoa.id))
    hoa.say(TEXT)
    card = await seen(got(oa, hoa, "Gửi đi được chưa"))
    assert "Ảnh, tệp: 1" in card.text
    assert card.buttons[0]["payload"] == "1. Gửi"
    hoa.press("Gửi")
    code = (await seen(got(oa, hoa, "Mã phản ánh"))).text.partition("Mã phản ánh: ")[2].split()[0]
    await seen(lambda: photo_in(api, group.id))

    hung.press(await seen(lambda: last(api, group.id, TEXT)), "Nhận")
    await seen(got(oa, hoa, "hẹn trả lời trước"))
    hung.press(await seen(lambda: last(api, group.id, f"{code} · đang xử lý")), "Hỏi thêm")
    prompt = await seen(lambda: last(api, group.id, "Hỏi người dân điều gì"))
    hung.say("Cột số mấy ạ?", to=group, reply_to_message=prompt)
    await seen(got(oa, hoa, "Cột số mấy ạ?"))
    hoa.say("cột số 12")
    await seen(lambda: last(api, group.id, "nói thêm về"))

    hung.press(await seen(lambda: button_holder(api, group.id, "Xong")), "Xong")
    prompt = await seen(lambda: last(api, group.id, "Kết quả xử lý"))
    hung.photo(jpeg("white"), to=group, caption="Đã thay bóng cột 12.", reply_to_message=prompt)
    await seen(got(oa, hoa, "Đã thay bóng cột 12."))
    await seen(lambda: [one for one in oa.sent(hoa.id) if one.image])
    hoa.press("Đánh giá")
    await seen(got(oa, hoa, "đã được giải quyết chưa"))
    hoa.press("Đã xong")
    asked = await seen(got(oa, hoa, "1. Rất hài lòng"))
    assert not asked.buttons, "more than five choices are numbers"
    hoa.say("1")
    await seen(got(oa, hoa, "đã ghi đánh giá"))
    report = await server.service.read(lambda connection: report_by_code(connection, code))
    assert report and report.status == Status.CLOSED
    assert set(oa.answers) == {200}
    assert oa.refused == []


async def test_what_cannot_be_said_after_seven_days_waits_for_the_next_word(
    server: Server, api: FakeBotApi, oa: FakeZaloOa, clock: Clock
) -> None:
    group, hung = await connected_group(server, api)
    hoa = oa.person()
    await filed(oa, hoa)
    posted = await seen(lambda: last(api, group.id, TEXT))
    clock.forward(timedelta(days=8))
    hung.press(posted, "Nhận")
    await seen(lambda: last(api, group.id, "Có tin chưa tới người dân"))
    assert not got(oa, hoa, "đã nhận phản ánh")()
    assert [refusal.code for refusal in oa.refused if refusal.code != -220] == [-230]

    hoa.say("alo")
    await seen(got(oa, hoa, "đã nhận phản ánh"))
    await seen(lambda: not last(api, group.id, "Có tin chưa tới người dân"))
    await seen(got(oa, hoa, "Dạ em nghe ạ"))
    assert "Dạ em nghe ạ" in oa.sent(hoa.id)[-1].text, "the answer to the last words comes last"


async def test_an_officer_who_answers_in_the_accounts_own_chat_is_heard_and_not_talked_over(
    server: Server, api: FakeBotApi, oa: FakeZaloOa
) -> None:
    group, _ = await connected_group(server, api)
    hoa = oa.person()
    code = await filed(oa, hoa)
    await seen(lambda: last(api, group.id, TEXT))
    hoa.is_answered_by_hand("Anh em đang ra xem, cột nào hỏng ạ?")
    await seen(lambda: last(api, group.id, "Cán bộ trực OA nhắn người dân: Anh em đang ra xem"))
    before = len(oa.sent(hoa.id))
    hoa.say("cột trước nhà văn hoá")
    await seen(lambda: last(api, group.id, "← Người dân: cột trước nhà văn hoá"))
    assert len(oa.sent(hoa.id)) == before, "the bot says nothing while the officer talks"
    report = await server.service.read(lambda connection: report_by_code(connection, code))
    assert report
    notes = await server.service.read(lambda connection: notes_of(connection, report.id))
    assert [note.kind for note in notes] == ["answer", "addition"]
    hoa.say("phản ánh của tôi")
    await seen(lambda: len(oa.sent(hoa.id)) > before)


async def test_a_withdrawn_consent_erases_the_name_and_says_so(server: Server, oa: FakeZaloOa) -> None:
    hoa = oa.person()
    await filed(oa, hoa)
    hoa.does("user_withdraw")
    await seen(got(oa, hoa, "đã xoá tên và số điện thoại"))
