"""Two cards about the same thing in the browser room: each names the other, an officer merges them, one remains."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from dialogs.texts import say
from store.report_views import report_by_code
from store.similar import follow
from tests.room import RoomInTest, open_room
from tests.stored import NAM, a_person
from tests.town import report_prediction

TWICE, FIND = say("staff.other.duplicate"), say("room.find_report")
MERGE, APART = say("staff.choice.merge"), say("staff.choice.apart")
SAME = "den duong xom 5 thanh linh hong toi om ca tuan nay"


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[RoomInTest]:
    async with open_room(tmp_path) as opened:
        understanding: Any = opened.service.town.understanding
        understanding.scripted[SAME] = report_prediction("lighting_greenery", place="xóm 5", commune="17713")
        yield opened


async def test_what_one_person_reports_twice_is_merged_from_the_card(room: RoomInTest) -> None:
    first, second = await room.file(SAME), await room.file(SAME)
    officer = await room.officer()
    for code, other in ((first, second), (second, first)):
        page = await officer.get(f"/staff/card/{code}")
        assert f"Có thể trùng: {other} (xóm 5, hôm nay)" in page.text
        assert f'<a href="/staff/card/{other}">{other}</a>' in page.html
    await officer.press(second, TWICE)
    page = await officer.press(second, first)
    assert f"{second} cùng chuyện với phản ánh này?" in page.text
    page = await officer.press(second, MERGE)
    assert "đã gộp" in page.text and f"gộp vào phản ánh {first}" in page.text
    assert "Có thể trùng" not in (await officer.get("/staff")).text


async def test_a_typed_code_finds_the_other_report(room: RoomInTest) -> None:
    first, second = await room.file("nước sạch bẩn"), await room.file(SAME)
    officer = await room.officer()
    await officer.press(second, TWICE)
    assert "Không thấy phản ánh nào" in (await officer.press(second, FIND, text="TC-0000-00")).text
    assert "nước sạch bẩn" not in (await officer.get(f"/staff/card/{second}")).text
    page = await officer.press(second, FIND, text=f"trùng với {first.lower()}")
    assert f"{second} cùng chuyện với phản ánh này?" in page.text


async def test_what_differs_is_said_once(room: RoomInTest) -> None:
    first, second = await room.file(SAME), await room.file(SAME)
    officer = await room.officer()
    await officer.press(second, TWICE)
    await officer.press(second, APART)
    for code in (first, second):
        assert "Có thể trùng" not in (await officer.get(f"/staff/card/{code}")).text


async def test_a_sensitive_card_offers_no_merging(room: RoomInTest) -> None:
    code = await room.file(SAME, sensitive=True)
    page = await (await room.officer("Mai", "sensitive")).get(f"/staff/card/{code}")
    assert code in page.text and f">{TWICE}<" not in page.html


async def test_the_card_that_stays_says_how_many_reported_it(room: RoomInTest) -> None:
    code, now = await room.file(SAME), room.clock()

    def join(connection: Connection) -> None:
        report = report_by_code(connection, code)
        assert report
        follow(connection, report.id, a_person(connection, NAM), NAM, now)

    await room.write(join)
    assert "Thêm 1 người báo việc này" in (await (await room.officer()).get("/staff")).text
