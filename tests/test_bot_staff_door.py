"""The officers' door: who may come in, which forms are believed, and who sees what."""

import io
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from dialogs.texts import say
from dialogs.words import Status
from store.staff import LINK_LIFE, SESSION_LIFE
from tests.room import POLICE, UBND, Browser, RoomInTest, counted, jpeg, open_room


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[RoomInTest]:
    async with open_room(tmp_path) as opened:
        yield opened


async def form_key(browser: Browser) -> str:
    page = await browser.get("/staff")
    return page.form_with(say("room.leave")).fields["csrf"]


# ---------------------------------------------------------------- the door


async def test_a_link_preview_spends_nothing_and_a_press_opens_the_room_once(room: RoomInTest) -> None:
    token = await room.link("Hoa", UBND)
    preview, officer, thief = room.browser(), room.browser(), room.browser()
    assert (await preview.get(f"/staff/enter/{token}")).status == 200
    assert (await preview.get("/staff")).url == "/staff/enter"
    assert (await officer.enter(token)).url == "/staff"
    late = await thief.enter(token)
    assert late.status == 410 and say("room.door.spent") in late.text
    assert (await thief.get("/staff")).url == "/staff/enter"


async def test_pressing_the_doors_button_twice_is_harmless(room: RoomInTest) -> None:
    token, officer = await room.link("Hoa", UBND), room.browser()
    door = await officer.get(f"/staff/enter/{token}")
    for _ in range(2):
        assert (await officer.send(door.forms[0], say("room.door.enter"))).url == "/staff"


async def test_an_old_link_is_refused_with_what_to_do(room: RoomInTest) -> None:
    token = await room.link("Hoa", UBND)
    room.clock.forward(LINK_LIFE + timedelta(seconds=1))
    late = await room.browser().enter(token)
    assert late.status == 410 and say("room.door.spent") in late.text


@pytest.mark.parametrize("path", ["/staff", "/staff/card/TC-7K3F-2S", "/staff/media/1", "/staff/changes"])
async def test_without_a_session_every_page_leads_to_the_entrance(room: RoomInTest, path: str) -> None:
    stranger = room.browser()
    page = await stranger.get(path)
    assert page.url == "/staff/enter" and say("room.door.how") in page.text
    assert (await stranger.get(f"{path}?fragment=1")).status == 401


async def test_an_ended_session_is_called_so_and_a_living_one_is_led_in(room: RoomInTest) -> None:
    officer = await room.officer()
    assert (await officer.get("/staff/enter")).url == "/staff"
    await room.write(lambda connection: connection.exec_driver_sql("DELETE FROM staff_session"))
    page = await officer.get("/staff")
    assert page.url == "/staff/enter?ended=1" and say("room.door.ended") in page.text


async def test_leaving_ends_the_session_in_the_store_too(room: RoomInTest) -> None:
    officer = await room.officer()
    page = await officer.get("/staff")
    assert (await officer.send(page.form_with(say("room.leave")), say("room.leave"))).url == "/staff/enter"
    assert await counted(room, "staff_session") == 0


async def test_the_session_cookie_is_out_of_reach_and_pages_are_protected(room: RoomInTest) -> None:
    officer = await room.officer()
    await officer.get("/staff")
    cookie = next(item for item in officer.session.cookie_jar if item.key == "ln_staff")
    assert cookie["httponly"] and cookie["samesite"] == "Lax" and cookie["path"] == "/staff"
    assert cookie["max-age"] == str(int(SESSION_LIFE.total_seconds())), "a closed browser does not end the session"
    policy = officer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
    assert officer.headers["Cache-Control"] == "no-store"
    assert officer.headers["X-Content-Type-Options"] == "nosniff"
    assert (await officer.get("/staff/card/none")).status == 404
    assert "frame-ancestors 'none'" in officer.headers["Content-Security-Policy"]


# ---------------------------------------------------------------- forged requests


@pytest.mark.parametrize("key", ["", "wrong"])
async def test_a_form_without_the_sessions_key_does_nothing(room: RoomInTest, key: str) -> None:
    code, officer = await room.file(), await room.officer()
    fields = {"csrf": key, "turn": "12345678", "choice": f"/case {code} accept:2"}
    for body in ({"data": fields}, {"data": {**fields, "files": io.BytesIO(jpeg())}}):
        assert (await officer.post(f"/staff/card/{code}", **body)).status == 403
    assert (await room.report(code)).status is Status.ASSIGNED


@pytest.mark.parametrize(
    "name,value", [("Origin", "https://evil.example"), ("Origin", "null"), ("Sec-Fetch-Site", "cross-site")]
)
async def test_a_strangers_page_cannot_press_for_the_officer(room: RoomInTest, name: str, value: str) -> None:
    code, officer = await room.file(), await room.officer()
    fields = {"csrf": await form_key(officer), "turn": "12345678", "choice": f"/case {code} accept:2"}
    refused = await officer.post(f"/staff/card/{code}", data=fields, headers={name: value})
    assert refused.status == 403 and say("room.page.forbidden") in refused.text
    assert (await room.report(code)).status is Status.ASSIGNED


async def test_only_buttons_that_the_card_offers_are_taken(room: RoomInTest) -> None:
    code, other, officer = await room.file(), await room.file("rác"), await room.officer()
    key = await form_key(officer)
    for number, choice in enumerate((f"/case {other} accept:2", f"/case {code} to:nobody", "7:to:nobody", "/help")):
        fields = {"csrf": key, "turn": f"turn-{number:04}", "choice": choice}
        assert (await officer.post(f"/staff/card/{code}", data=fields)).status == 409
    assert {(await room.report(name)).status for name in (code, other)} == {Status.ASSIGNED}


# ---------------------------------------------------------------- rights


async def test_a_card_of_another_room_is_not_there(room: RoomInTest) -> None:
    code, stranger = await room.file(photos=1), await room.officer("Lan", POLICE)
    ref = (await room.report(code)).media[0].ref
    key = await form_key(stranger)
    fields = {"csrf": key, "turn": "12345678", "choice": f"/case {code} accept:2"}
    assert code not in (await stranger.get("/staff")).text
    assert (await stranger.get(f"/staff/card/{code}")).status == 404
    assert (await stranger.post(f"/staff/card/{code}", data=fields)).status == 404
    assert (await stranger.post(f"/staff/card/{code}/sender", data=fields)).status == 404
    assert (await stranger.get(f"/staff/media/{ref}")).status == 404
    assert (await room.report(code)).status is Status.ASSIGNED and await counted(room, "access") == 0


async def test_a_photo_opens_for_the_room_that_has_the_card(room: RoomInTest) -> None:
    code, officer = await room.file(photos=1), await room.officer()
    ref = (await room.report(code)).media[0].ref
    assert f"/staff/media/{ref}" in (await officer.get("/staff")).html
    async with officer.session.get(room.server.make_url(f"/staff/media/{ref}")) as answer:
        assert answer.status == 200 and answer.content_type == "image/jpeg"


async def test_the_sender_is_hidden_until_asked_for_and_every_look_is_written_down(room: RoomInTest) -> None:
    code = await room.file(anonymous=False, name="Lê Thị Mận", phone="0912345678")
    officer = await room.officer()
    for path in ("/staff", f"/staff/card/{code}", f"/staff/card/{code}?fragment=1"):
        page = await officer.get(path)
        assert "Mận" not in page.html and "0912345678" not in page.html
    assert await counted(room, "access") == 0
    shown = await officer.press(code, say("room.sender"))
    assert "Lê Thị Mận" in shown.text and "0912345678" in shown.text
    assert await counted(room, "access") == 1
    assert "0912345678" not in (await officer.get(f"/staff/card/{code}")).html
