"""Reminders and digests in the browser room: shown to the rooms they were told to, and to nobody else."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from store.notices import add_notice, add_picture
from tests.room import INTAKE, UBND, RoomInTest, jpeg, open_room
from tests.town import thanh_chuong


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[RoomInTest]:
    async with open_room(tmp_path) as opened:
        yield opened


async def told(room: RoomInTest, to: str, text: str, media: str = "") -> None:
    await room.write(
        partial(add_notice, locality_id=thanh_chuong().id, room_id=to, kind="reminder", text=text, now=room.clock(),
                media=media)
    )  # fmt: skip


async def test_a_reminder_is_counted_on_the_list_and_read_on_its_page(room: RoomInTest) -> None:
    officer = await room.officer("Hoa", UBND)
    await told(room, UBND, "TC-7K3F-2F sắp đến hạn.\nMời xem.")
    await told(room, INTAKE, "chỉ cho phòng tiếp nhận")
    assert "Nhắc việc 1" in (await officer.get("/staff")).text
    page = await officer.get("/staff/notices")
    assert "TC-7K3F-2F sắp đến hạn." in page.text
    assert "chỉ cho phòng tiếp nhận" not in page.text
    await officer.send(page.form_with("Đánh dấu cả phòng đã đọc"), "Đánh dấu cả phòng đã đọc")
    assert "Nhắc việc 1" not in (await officer.get("/staff")).text
    assert "TC-7K3F-2F sắp đến hạn." in (await officer.get("/staff/notices")).text


async def test_a_code_in_a_notice_leads_to_its_card_where_the_officer_may_open_it(room: RoomInTest) -> None:
    ours, strange = await room.file(), "TC-7K3F-2F"
    officer = await room.officer("Hoa", UBND)
    await told(room, UBND, f"Nhắc 2 việc:\n• {ours}: quá hạn\n• {strange}: quá hạn")
    page = await officer.get("/staff/notices")
    assert f"• {ours} : quá hạn • {strange}: quá hạn" in page.text
    assert f'href="/staff/card/{ours}"' in page.html and f"/staff/card/{strange}" not in page.html
    assert (await officer.get(f"/staff/card/{ours}")).status == 200


async def test_what_came_after_the_page_was_opened_stays_unread(room: RoomInTest) -> None:
    officer = await room.officer("Hoa", UBND)
    await told(room, UBND, "một")
    page = await officer.get("/staff/notices")
    await told(room, UBND, "hai")
    await officer.send(page.form_with("Đánh dấu cả phòng đã đọc"), "Đánh dấu cả phòng đã đọc")
    assert "Nhắc việc 1" in (await officer.get("/staff")).text


async def test_what_one_officer_marks_as_read_is_read_for_the_room_and_the_button_says_so(room: RoomInTest) -> None:
    hoa, lan = await room.officer("Hoa", UBND), await room.officer("Lan", UBND)
    await told(room, UBND, "một")
    page = await hoa.get("/staff/notices")
    assert "cả phòng" in page.text
    await hoa.send(page.form_with("Đánh dấu cả phòng đã đọc"), "Đánh dấu cả phòng đã đọc")
    assert "Nhắc việc 1" not in (await lan.get("/staff")).text


async def test_the_chart_of_a_digest_opens_for_its_room_only(room: RoomInTest) -> None:
    hoa, lan = await room.officer("Hoa", INTAKE), await room.officer("Lan", UBND)
    blob = room.service.media.put(jpeg())
    picture = await room.write(partial(add_picture, locality_id=thanh_chuong().id, blob=blob, size=1, now=room.clock()))
    await told(room, INTAKE, "bản tin sáng", picture)
    assert f"/staff/media/{picture}" in (await hoa.get("/staff/notices")).html
    assert (await hoa.get(f"/staff/media/{picture}")).status == 200
    assert (await lan.get(f"/staff/media/{picture}")).status == 404


async def test_words_in_a_notice_are_never_markup(room: RoomInTest) -> None:
    officer = await room.officer("Hoa", UBND)
    await told(room, UBND, "<b>đậm</b>")
    assert "<b>đậm</b>" not in (await officer.get("/staff/notices")).html


async def test_without_notices_the_page_says_so(room: RoomInTest) -> None:
    officer = await room.officer("Hoa", UBND)
    assert "Chưa có lời nhắc nào." in (await officer.get("/staff/notices")).text
