"""Our fake of the Zalo Bot Platform, used by other people's clients: what they take for Zalo, we may test against."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from pyzalo.main import PyZALO
from zalo_bot import Bot
from zalo_bot.error import BadRequest, InvalidToken, NetworkError

from tests.fakes.server import running
from tests.fakes.zalo_bot import BOT, TOKEN, FakeZaloBot
from tests.test_bot_pictures import picture

HOOK = "https://127.0.0.1:1/zalo_bot/main"  # nobody listens there
SECRET = "s3cret-of-the-webhook"


@pytest.fixture
async def api(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeZaloBot]:
    monkeypatch.setenv("NO_PROXY", "*")
    async with running(FakeZaloBot()) as fake:
        yield fake


# ---------------------------------------------------------------- python-zalo-bot


@pytest.fixture
async def bot(api: FakeZaloBot) -> AsyncIterator[Bot]:
    async with Bot(TOKEN, base_url=api.url) as opened:
        yield opened


async def test_python_zalo_bot_learns_who_it_is(bot: Bot) -> None:
    me = await bot.get_me()
    assert (me.id, me.account_name, me.account_type) == (BOT["id"], BOT["account_name"], "BASIC")


async def test_python_zalo_bot_reads_words_and_a_photo(bot: Bot, api: FakeZaloBot) -> None:
    hoa = api.person()
    number = hoa.say("Xin chào")
    words = (await bot.get_update(timeout=1)).message
    assert (words.text, words.message_id, words.chat.id) == ("Xin chào", number, hoa.id)
    assert (words.from_user.display_name, words.date.year) == ("Hoa", 2026)
    hoa.photo()
    shown = (await bot.get_update(timeout=1)).message
    assert shown.photo_url.startswith(api.url) and shown.message_type == "CHAT_PHOTO"


async def test_python_zalo_bot_takes_an_idle_poll_for_a_timeout(bot: Bot) -> None:
    with pytest.raises(NetworkError, match=r"Request timeout \(408\)"):
        await bot.get_update(timeout=1)


async def test_python_zalo_bot_sends_words_and_a_photo(bot: Bot, api: FakeZaloBot) -> None:
    hoa = api.person()
    assert (await bot.send_message(hoa.id, "Dạ")).message_id
    assert (await bot.send_photo(hoa.id, "Xong ạ", api.file(picture()))).message_id
    assert await bot.send_chat_action(hoa.id, "typing") is not False
    assert (hoa.got, api.photos) == (["Dạ", "Xong ạ"], [picture()])


async def test_python_zalo_bot_is_refused_in_a_way_it_understands(bot: Bot, api: FakeZaloBot) -> None:
    with pytest.raises(BadRequest, match="too long"):
        await bot.send_message(api.person().id, "x" * 2001)
    with pytest.raises(InvalidToken):
        await Bot("1:wrong", base_url=api.url).initialize()


async def test_python_zalo_bot_sets_a_webhook_and_takes_it_away(bot: Bot, api: FakeZaloBot) -> None:
    assert await bot._set_webhook_async(HOOK, SECRET)
    assert (await bot._get_webhook_info_async()).url == HOOK
    assert await bot._delete_webhook_async()
    assert api.webhook == {}


# ---------------------------------------------------------------- pyzalo


async def test_pyzalo_speaks_with_it_from_who_am_i_to_a_photo(api: FakeZaloBot) -> None:
    client, hoa = PyZALO(TOKEN, api.url), api.person()
    assert (await asyncio.to_thread(client.getMe))["result"] == BOT
    hoa.say("Xin chào")
    update = (await asyncio.to_thread(client.getUpdates, 1))["result"]
    assert (update["event_name"], update["message"]["text"]) == ("message.text.received", "Xin chào")
    idle = await asyncio.to_thread(client.getUpdates, 1)
    assert (idle["ok"], idle["error_code"]) == (False, 408)
    assert (await asyncio.to_thread(client.sendMessage, hoa.id, "Dạ"))["ok"]
    assert (await asyncio.to_thread(client.sendPhoto, hoa.id, api.file(picture()), "Xong"))["ok"]
    assert hoa.got == ["Dạ", "Xong"]
    client.session.close()


async def test_pyzalo_sets_a_webhook_and_takes_it_away(api: FakeZaloBot) -> None:
    client = PyZALO(TOKEN, api.url)
    assert not (await asyncio.to_thread(client.getWebhookInfo))["ok"], "404 when there is none"
    assert (await asyncio.to_thread(client.setWebhook, HOOK, SECRET))["result"]["url"] == HOOK
    assert (await asyncio.to_thread(client.getWebhookInfo))["result"]["url"] == HOOK
    assert not (await asyncio.to_thread(client.getUpdates, 1))["ok"], "polling and a webhook exclude each other"
    assert (await asyncio.to_thread(client.deleteWebhook))["ok"]
    client.session.close()
