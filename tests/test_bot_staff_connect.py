"""An officer takes a code in the browser, and a chat group becomes their room with it."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from connectors.telegram import Telegram
from dialogs.texts import say
from dialogs.words import Address, Incoming, Sender
from store import staff_chat
from tests.room import INTAKE, POLICE, UBND, Browser, Page, RoomInTest, counted, open_room
from tests.town import thanh_chuong

GROUP = Address("telegram", "main", "-1001234567890")
LINE = re.compile(r"/ketnoi(?:@\w+)? ([0-9A-Z]{8})\b")


class OnTelegram:
    """The channel as far as pages see it."""

    name, account, capabilities, username = "telegram", "main", Telegram.capabilities, ""

    async def stop(self) -> None:
        pass


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[RoomInTest]:
    async with open_room(tmp_path) as opened:
        yield opened


@pytest.fixture
def telegram(room: RoomInTest) -> Any:
    """The room's town has Telegram too."""
    channel: Any = OnTelegram()
    room.service.add(channel)
    return channel


def for_room(room: str) -> str:
    return say("room.connect.for_room", room=thanh_chuong().rooms[room].name)


async def take(browser: Browser, button: str) -> Page:
    page = await browser.get("/staff/connect")
    return await browser.send(page.form_with(button), button)


def code_on(page: Page) -> str:
    [code] = LINE.findall(page.text)
    return str(code)


async def types(room: RoomInTest, code: str, sender: str = "2001", chat: Address = GROUP) -> str:
    incoming = Incoming(chat, Sender(sender), "text", code + sender, room.clock(), text=f"/ketnoi {code}")
    return (await room.service.inbox.receive(replace(incoming, in_group=chat == GROUP))).replies[0].text


async def test_a_code_of_the_page_makes_a_group_the_room_and_the_officer_known(room: RoomInTest, telegram: Any) -> None:
    officer = await room.officer("Hùng", UBND, INTAKE)
    page = await take(officer, for_room(UBND))
    assert page.status == 200
    name = thanh_chuong().rooms[UBND].name
    assert say("room.connect.type_room", room=name) in page.text
    assert await types(room, code_on(page)) == say("group.room_connected", officer="Hùng", room=name)
    bound = await room.read(partial(staff_chat.room_at, address_key=GROUP.key))
    known = await room.read(partial(staff_chat.officer_behind, account_key="telegram:main:2001"))
    assert bound and bound.id == UBND
    assert known and known.name == "Hùng"


async def test_a_code_for_oneself_binds_the_person_and_no_room(room: RoomInTest, telegram: Any) -> None:
    page = await take(await room.officer("Hùng"), say("room.connect.for_self"))
    assert say("room.connect.type_self") in page.text
    assert await types(room, code_on(page)) == say("group.person_connected", officer="Hùng")
    assert await room.read(partial(staff_chat.room_at, address_key=GROUP.key)) is None


async def test_a_code_is_shown_once_and_works_once(room: RoomInTest, telegram: Any) -> None:
    officer = await room.officer("Hùng")
    page = await take(officer, for_room(UBND))
    assert officer.headers["Cache-Control"] == "no-store"
    assert LINE.search((await officer.get("/staff/connect")).text) is None
    await types(room, code_on(page))
    assert await types(room, code_on(page), "666") == say("group.bad_code")


@pytest.mark.parametrize("wrong", ["csrf", "room"])
async def test_no_code_without_the_sessions_key_nor_for_a_strangers_room(room: RoomInTest, wrong: str) -> None:
    officer = await room.officer("Hùng", UBND)
    fields = (await officer.get("/staff/connect")).form_with(for_room(UBND)).fields
    fields |= {"room": UBND} | {wrong: POLICE if wrong == "room" else "guessed"}
    assert (await officer.post("/staff/connect", data=fields)).status == 403
    assert await counted(room, "staff_code") == 0


async def test_without_a_session_the_page_leads_to_the_entrance(room: RoomInTest) -> None:
    assert (await room.browser().get("/staff/connect")).url == "/staff/enter"
    assert (await room.browser().post("/staff/connect", data={"room": ""})).url == "/staff/enter"


async def test_the_head_of_the_page_leads_there_only_where_there_is_telegram(room: RoomInTest) -> None:
    officer = await room.officer()
    assert "/staff/connect" not in (await officer.get("/staff")).html
    room.service.add(OnTelegram())  # type: ignore[arg-type]
    assert "/staff/connect" in (await officer.get("/staff")).html


async def test_where_the_bots_name_is_known_the_groups_line_names_it(room: RoomInTest, telegram: Any) -> None:
    telegram.username = "langnghe_bot"
    officer = await room.officer()
    page = await take(officer, for_room(UBND))
    assert "/ketnoi@langnghe_bot " in page.text
    assert say("room.connect.bot", bot="langnghe_bot") in page.text
    assert "/ketnoi@" not in (await take(officer, say("room.connect.for_self"))).text
