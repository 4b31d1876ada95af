"""`langnghe doctor` names what is wrong with the Zalo bot, says how to mend it and tells no token."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

import bot.zalo_bot_plan
from bot import doctor
from bot.finding import BAD, OK, WARN
from tests.fakes.server import running
from tests.fakes.zalo_bot import TOKEN, FakeZaloBot
from tests.test_bot_doctor import House
from tests.town import test_town

PUBLIC = "https://phananh.example.vn"
OURS = f"{PUBLIC}/zalo_bot/main"


@pytest.fixture
async def api(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeZaloBot]:
    monkeypatch.setenv("NO_PROXY", "*")
    async with running(FakeZaloBot()) as fake:
        yield fake


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, api: FakeZaloBot) -> House:
    monkeypatch.delenv("TZ", raising=False)
    monkeypatch.setenv("LANGNGHE_ZALO_BOT_TOKEN", TOKEN)
    house = House(tmp_path, monkeypatch)
    house.tables["zalo_bot"] = {"api_base_url": api.url}
    return house


async def finds(house: House, mark: str, words: str) -> None:
    """One finding of that mark with these words, with a mend unless all is well; and the token nowhere."""
    assert TOKEN not in doctor.as_text(await house.visit()) + doctor.as_json(await house.visit())
    await house.finds("zalo_bot", mark, words)


async def test_without_a_token_it_is_not_used(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LANGNGHE_ZALO_BOT_TOKEN")
    await finds(house, OK, "not used")


async def test_a_bot_that_is_well(house: House) -> None:
    house.tables["web"]["public_url"] = PUBLIC
    await finds(house, OK, "bot.VDKyGxQvc answers")
    await finds(house, OK, "no webhook is in the way")


async def test_a_token_of_a_wrong_form_and_one_that_zalo_refuses(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGNGHE_ZALO_BOT_TOKEN", "not a token")
    await finds(house, BAD, "not of the form")
    monkeypatch.setenv("LANGNGHE_ZALO_BOT_TOKEN", "1:wrong")
    await finds(house, BAD, "Zalo refuses the bot's token")


async def test_a_server_that_is_not_there(house: House) -> None:
    house.tables["zalo_bot"]["api_base_url"] = "http://127.0.0.1:1"
    await finds(house, BAD, "cannot be reached")


@pytest.mark.parametrize("documented", [False, True])
async def test_polling_while_a_webhook_is_set(house: House, api: FakeZaloBot, documented: bool) -> None:
    api.documented = documented
    await finds(house, OK, "no webhook is in the way")
    api.webhook = {"url": "https://elsewhere.vn/hook"}
    await finds(house, WARN, "set to elsewhere.vn")


@pytest.mark.parametrize(
    ("url", "public", "mark", "words"),
    [
        ("", "", BAD, "needs an https web.public_url"),
        ("", "http://phananh.example.vn", BAD, "needs an https web.public_url"),
        ("", PUBLIC, WARN, "is set to ∅, not to us"),
        ("https://elsewhere.vn/hook", PUBLIC, WARN, "is set to elsewhere.vn, not to us"),
        (OURS, PUBLIC, OK, "is set to us"),
    ],
)
async def test_a_webhook(house: House, api: FakeZaloBot, url: str, public: str, mark: Any, words: str) -> None:
    api.webhook = {"url": url} if url else {}
    house.tables["zalo_bot"]["mode"] = "webhook"
    house.tables["web"]["public_url"] = public
    await finds(house, mark, words)


async def test_without_a_public_address_photos_cannot_be_sent(house: House) -> None:
    await finds(house, WARN, "no photo can be sent")


async def test_how_much_of_the_plan_is_used(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    with test_town(house.folder) as town:
        for chat in ("hoa", "nam", "tu", "ba"):
            await town.hear(town.incoming("chào", chat=chat, channel="zalo_bot"))
    await finds(house, OK, "4 of 50 users")
    await finds(house, OK, "4 of 3000 messages")
    monkeypatch.setattr(bot.zalo_bot_plan, "MOST_PEOPLE", 5)
    monkeypatch.setattr(bot.zalo_bot_plan, "MOST_MESSAGES", 4)
    await finds(house, WARN, "4 of 5 users")
    await finds(house, BAD, "4 of 4 messages")
