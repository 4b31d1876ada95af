"""The whole service with Telegram on it, against a Bot API in the test, and what people see there."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.serve import Server
from bot.service import Service
from bot.settings import Settings
from connectors.pace import Limit
from store import staff_chat
from store.staff import add_officer, sync_pack
from tests.fakes.bot_api import FakeBotApi
from tests.town import Clock, ScriptedUnderstanding, report_prediction, thanh_chuong

TEXT = "den duong xom 5 thanh linh hong ca tuan nay"
ROOM = "ubnd-17713"
PATIENCE = 20.0


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def telegram_town(
    api: FakeBotApi, mode: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Server]:
    """The service is running. Telegram's limits are wide here: nobody shall wait a second a message."""
    monkeypatch.setattr("connectors.telegram_plan.CHAT_LIMIT", Limit(1000, 1.0))
    port = free_port()
    settings = Settings.model_validate(
        {
            "database": {"url": f"sqlite:///{folder / 'town.db'}"},
            "web": {"port": port, "public_url": f"http://127.0.0.1:{port}"},
            "files": {"media": str(folder / "media")},
            "telegram": {"mode": mode, "api_base_url": api.url},
            "telegram_token": api.token,
            "secret_key": "k",
        }
    )
    understanding: Any = ScriptedUnderstanding()
    understanding.scripted[TEXT] = report_prediction("lighting_greenery", place="xóm 5", commune="17713")
    opened = Server(Service(settings, thanh_chuong(), understanding, Clock()))
    await opened.start()
    try:
        yield opened
    finally:
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


def photo_in(api: FakeBotApi, chat: int) -> Any:
    """Whether the bot has sent a photo to that chat."""
    return [one for one in api.sent(chat) if "photo" in one]


async def officer_of_the_room(server: Server) -> int:
    """Hùng's id."""
    service, town = server.service, thanh_chuong()
    await service.writer.write(lambda connection: sync_pack(connection, town))
    return await service.writer.write(
        lambda connection: add_officer(connection, town.id, "Hùng", "", [ROOM], service.clock())
    )


async def connected_group(server: Server, api: FakeBotApi) -> tuple[Any, Any]:
    """(the group, Hùng) after `/ketnoi`."""
    service, number = server.service, await officer_of_the_room(server)
    code = await service.writer.write(lambda connection: staff_chat.new_code(connection, number, ROOM, service.clock()))
    hung, group = api.person(2001, "Hùng", "Trần"), api.group()
    hung.say(f"/ketnoi {code}", to=group)
    await seen(lambda: last(api, group.id, "Nhóm này nay là phòng"))
    return group, hung
