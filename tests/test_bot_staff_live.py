"""Officers at the same time: too late, twice, from an old page; and pages that stay live."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dialogs.texts import say
from dialogs.words import Place, Status
from tests.room import INTAKE, POLICE, Browser, Page, RoomInTest, jpeg, open_room

ACCEPT, ASK = say("staff.button.accept"), say("staff.button.ask")
FINISH, REFUSE = say("staff.button.finish"), say("staff.button.refuse")
PREVIEW = say("room.preview")


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[RoomInTest]:
    async with open_room(tmp_path) as opened:
        yield opened


# ---------------------------------------------------------------- two at once, twice, too late


async def test_the_second_officer_is_told_who_was_first(room: RoomInTest) -> None:
    code, hoa, binh = await room.file(), await room.officer("Hoa"), await room.officer("Bình")
    seen_by_hoa, seen_by_binh = [await browser.get("/staff") for browser in (hoa, binh)]
    pages = await asyncio.gather(
        hoa.send(seen_by_hoa.form_with(ACCEPT), ACCEPT), binh.send(seen_by_binh.form_with(ACCEPT), ACCEPT)
    )
    assert sorted(page.status for page in pages) == [200, 409]
    first, late = ("Hoa", pages[1]) if pages[0].status == 200 else ("Bình", pages[0])
    assert f"{first} vừa nhận việc" in late.text
    assert (await room.report(code)).version == 3


async def test_words_written_too_late_are_not_lost(room: RoomInTest) -> None:
    code, hoa, binh = await room.file(), await room.officer("Hoa"), await room.officer("Bình")
    await hoa.press(code, REFUSE)
    await binh.press(code, ACCEPT)
    warned = await hoa.get(f"/staff/card/{code}")
    assert say("room.stale_prompt") in warned.text
    button = say("room.send_refusal")
    late = await hoa.send(warned.form_with(button), button, text="Không thuộc xã")
    assert "Bình vừa nhận việc" in late.text and "Vẫn từ chối" in late.text
    assert (await room.report(code)).status is Status.IN_PROGRESS, "nothing has been sent"
    assert late.form_with(PREVIEW).texts["text"] == "Không thuộc xã"
    await hoa.press(code, say("staff.choice.again"))
    assert (await room.report(code)).outcome == "Không thuộc xã"


async def test_words_that_came_too_late_can_be_changed_before_they_are_sent(room: RoomInTest) -> None:
    code, hoa, binh = await room.file(), await room.officer("Hoa"), await room.officer("Bình")
    await hoa.press(code, REFUSE)
    await binh.press(code, ACCEPT)
    late = await hoa.press(code, say("room.send_refusal"), text="Không thuộc xã")
    changed = await hoa.send(late.form_with(PREVIEW), PREVIEW, text="Việc này của xã Tam Đồng")
    assert "Việc này của xã Tam Đồng" in changed.text
    await hoa.press(code, say("staff.choice.again"))
    assert (await room.report(code)).outcome == "Việc này của xã Tam Đồng"


async def test_a_step_that_the_report_allows_no_more_is_refused_and_its_words_stay(room: RoomInTest) -> None:
    code, hoa, binh = await room.file(), await room.officer("Hoa"), await room.officer("Bình")
    await hoa.press(code, REFUSE)
    await binh.press(code, REFUSE)
    await binh.press(code, say("room.send_refusal"), text="Không thuộc địa bàn xã")
    late = await hoa.press(code, say("room.send_refusal"), text="Trùng với việc trước")
    assert late.status == 409 and "Bình vừa từ chối" in late.text
    assert late.form_with(PREVIEW).texts["text"] == "Trùng với việc trước"


async def test_words_that_say_too_little_are_asked_for_again_and_stay_in_the_box(room: RoomInTest) -> None:
    code, officer = await room.file(), await room.officer()
    await officer.press(code, ACCEPT)
    await officer.press(code, say("staff.button.finish"))
    thin = await officer.press(code, say("room.send_outcome"), text="xong rồi ạ")
    assert thin.status == 409 and say("staff.too_thin") in thin.text
    assert thin.form_with(say("room.send_outcome")).texts["text"] == "xong rồi ạ"


@pytest.mark.parametrize("without_photo", [False, True])
async def test_an_outcome_that_came_too_late_is_sent_with_one_press(room: RoomInTest, without_photo: bool) -> None:
    code, first, second = await room.file(), await room.officer("Hoa"), await room.officer("Lan")
    await first.press(code, ACCEPT)
    await first.press(code, say("staff.button.finish"))
    await first.press(code, say("room.send_outcome"), text="Đã thay bóng mới cả tuyến")
    if without_photo:
        await first.press(code, say("staff.choice.no_photo"))
    await second.press(code, say("room.urgent"))
    if without_photo:
        late = await first.press(code, say("room.send_outcome"), text="Trời tối quá")
    else:
        late = await first.press(code, say("room.send_photo"), jpeg())
    assert "Lan vừa đổi dấu khẩn" in late.text and "Đã thay bóng mới cả tuyến" in late.text
    await first.press(code, say("staff.choice.again"))
    report = await room.report(code)
    assert (report.status, report.outcome) == (Status.RESOLVED, "Đã thay bóng mới cả tuyến")
    assert (report.no_photo_reason, len(report.outcome_media)) == (("Trời tối quá", 0) if without_photo else ("", 1))


async def test_a_double_click_is_one_turn(room: RoomInTest) -> None:
    code, officer = await room.file(), await room.officer()
    form = (await officer.get("/staff")).form_with(ACCEPT)
    pages = await asyncio.gather(*(officer.send(form, ACCEPT) for _ in range(2)))
    assert [page.status for page in pages] == [200, 200]
    again = await officer.send(form, ACCEPT)
    assert again.status == 200 and say("room.seen") in again.text
    assert (await room.report(code)).version == 3


async def test_a_draft_sent_twice_is_one_draft(room: RoomInTest) -> None:
    code, officer = await room.file(), await room.officer()
    form = (await officer.get(f"/staff/card/{code}")).form_with(PREVIEW)
    for _ in range(2):
        assert (await officer.send(form, PREVIEW, text="Đã cho người đi xem")).status == 200
    await officer.press(code, say("staff.choice.send"))
    assert len([told for told in await room.told() if "Đã cho người đi xem" in told]) == 1


async def test_words_from_an_old_page_never_answer_a_newer_question(room: RoomInTest) -> None:
    code, officer = await room.file(), await room.officer()
    old = await officer.get(f"/staff/card/{code}")
    await officer.press(code, ASK)
    refused = await officer.send(old.form_with(PREVIEW), PREVIEW, text="ghi nhớ: gọi thợ")
    assert refused.status == 409 and say("room.moved_on") in refused.text
    assert "ghi nhớ: gọi thợ" in refused.form_with(say("room.send_question")).texts["text"]
    assert (await room.report(code)).status is Status.ASSIGNED


async def test_a_file_that_is_no_picture_is_refused_and_the_words_stay(room: RoomInTest) -> None:
    code, officer = await room.file(), await room.officer()
    await officer.press(code, ACCEPT)
    await officer.press(code, FINISH)
    refused = await officer.press(code, say("room.send_outcome"), b"MZ program", text="Đã xong")
    assert refused.status == 409 and say("room.refused.type") in refused.text
    assert "Đã xong" in refused.form_with(say("room.send_outcome")).texts["text"]
    assert (await room.report(code)).status is Status.IN_PROGRESS


async def test_a_file_over_twenty_megabytes_is_refused(room: RoomInTest) -> None:
    code, officer = await room.file(), await room.officer()
    await officer.press(code, ACCEPT)
    await officer.press(code, FINISH)
    large = jpeg() + bytes(20 * 1024 * 1024)
    refused = await officer.press(code, say("room.send_outcome"), large, text="Đã xong")
    assert refused.status == 409 and say("room.refused.size") in refused.text


# ---------------------------------------------------------------- live


async def changes(officer: Browser, since: str, **asked: str) -> tuple[int, str]:
    page = await officer.get("/staff/changes", params={"since": since, "fragment": "1", **asked})
    return page.status, page.html


def mark_of(html: str) -> str:
    return html.partition('data-mark="')[2].partition('"')[0]


async def test_an_open_list_hears_of_a_new_card_by_itself(room: RoomInTest) -> None:
    officer = await room.officer()
    mark = mark_of((await officer.get("/staff")).html)
    waiting = asyncio.create_task(changes(officer, mark))
    await asyncio.sleep(0)
    code = await room.file()
    status, found = await asyncio.wait_for(waiting, 10)
    assert status == 200 and code in found and mark not in found


async def test_a_page_that_is_behind_is_told_at_once_and_only_about_its_own_rooms(room: RoomInTest) -> None:
    code, officer, stranger = await room.file(), await room.officer(), await room.officer("Lan", POLICE)
    assert code in (await changes(officer, "old"))[1]
    assert code not in (await changes(stranger, "old"))[1]
    mark = mark_of((await officer.get(f"/staff/card/{code}")).html)
    await (await room.officer("Bình")).press(code, ACCEPT)
    assert mark not in (await changes(officer, mark, card=code))[1]


async def test_waiting_pages_are_let_go_when_the_service_stops(room: RoomInTest) -> None:
    officer = await room.officer()
    mark = mark_of((await officer.get("/staff")).html)
    waiting = asyncio.create_task(changes(officer, mark))
    while not room.server.runner.server.connections:  # the request has arrived
        await asyncio.sleep(0)
    await asyncio.wait_for(room.app.shutdown(), 1)
    assert (await asyncio.wait_for(waiting, 2))[0] == 204


async def test_a_fragment_is_the_card_alone(room: RoomInTest) -> None:
    code, officer = await room.file(), await room.officer()
    page = await officer.get(f"/staff/card/{code}?fragment=1")
    assert page.html.lstrip().startswith("<article") and "<html" not in page.html
    answer = await officer.post(f"/staff/card/{code}?fragment=1", data=_pressed(page, ACCEPT))
    assert answer.html.lstrip().startswith("<article") and f"Đã nhận {code}" in answer.text


def _pressed(page: Page, label: str) -> dict[str, str]:
    form = page.form_with(label)
    name, value = form.buttons[label]
    return {**form.fields, name: value}


async def test_an_officer_of_the_intake_desk_sees_what_has_no_owner(room: RoomInTest) -> None:
    code, officer = await room.file(category="other", place=Place("")), await room.officer("Mai", INTAKE)
    assert say("room.no_agency") in (await officer.get(f"/staff/card/{code}")).text
