"""The officers' room in the browser: what a card shows and what a press does, without any script."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from dialogs.texts import say
from dialogs.words import Address, Part, Status
from store.conversations import mark_gone
from store.outbox import queue_part
from store.report_cards import show_card
from store.report_views import report_by_code
from tests.room import POLICE, UBND, RoomInTest, counted, jpeg, open_room

ACCEPT, FORWARD, ASK = say("staff.button.accept"), say("staff.button.forward"), say("staff.button.ask")
FINISH, REFUSE = say("staff.button.finish"), say("staff.button.refuse")
PREVIEW = say("room.preview")


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[RoomInTest]:
    async with open_room(tmp_path) as opened:
        yield opened


# ---------------------------------------------------------------- what is shown


async def test_a_card_says_what_the_officer_needs(room: RoomInTest) -> None:
    code = await room.file("den duong xom 5 toi om", why=("den duong", "toi om"), urgent=True)
    text = (await (await room.officer()).get("/staff")).text
    for words in (code, "Đèn đường, cây xanh", "93%", "vì: den duong, toi om", "xóm 5, xã Đại Đồng (Thanh Lĩnh cũ)"):
        assert words in text
    for words in ("den duong xom 5 toi om", "Phòng Kinh tế xã Đại Đồng", "KHẨN", ACCEPT, FORWARD, ASK, REFUSE):
        assert words in text


@pytest.mark.parametrize(("what", "words"), [("gone", "đã chặn"), ("held", "Có tin chưa tới người dân")])
async def test_a_card_says_when_its_citizen_does_not_read_us(room: RoomInTest, what: str, words: str) -> None:
    code, officer = await room.file(), await room.officer()
    hoa, now = Address("webchat", "main", "hoa"), room.clock()
    assert words not in (await officer.get("/staff")).text
    if what == "gone":
        await room.write(lambda connection: mark_gone(connection, hoa.key, now))
    else:
        await room.write(lambda connection: queue_part(connection, hoa, Part("Đã nhận ạ"), now))
        await room.write(lambda connection: connection.exec_driver_sql("UPDATE outbox SET state = 'pending'"))
    assert words in (await officer.get(f"/staff/card/{code}")).text


async def test_nothing_that_people_write_becomes_part_of_the_page(room: RoomInTest) -> None:
    code, officer = await room.file("<script>alert(1)</script>", why=("<b>",)), await room.officer("<i>Hoa</i>")
    await officer.press(code, PREVIEW, text="<img src=x onerror=alert(1)>")
    for path in ("/staff", f"/staff/card/{code}", "/staff?q=<script>alert(2)</script>"):
        html = (await officer.get(path)).html
        assert "<script>" not in html and "<img src=x" not in html and "<i>" not in html


async def test_the_deadline_is_marked_by_how_near_it_is(room: RoomInTest) -> None:
    code, officer = await room.file(), await room.officer()

    async def mark() -> str:
        html = (await officer.get(f"/staff/card/{code}")).html
        return next(word for word in ("late", "soon", "ok", "paused") if f'class="card {word}' in html)

    assert await mark() == "ok"
    room.clock.forward(timedelta(hours=5, minutes=30))  # noon does not count: 14:30, half an hour left
    assert await mark() == "soon"
    room.clock.forward(timedelta(hours=1))
    assert await mark() == "late" and "Quá hạn 30 phút" in (await officer.get("/staff")).text
    await officer.press(code, ASK)
    await officer.press(code, say("room.send_question"), text="Nhà ai ạ?")
    assert await mark() == "paused"


async def test_a_cards_own_page_tells_why_its_deadline_is_what_it_is(room: RoomInTest) -> None:
    code, officer = await room.file(), await room.officer()
    await officer.press(code, ACCEPT)
    page = await officer.get(f"/staff/card/{code}")
    assert f"{say('room.why_due')} {code} phải trả lời trước" in page.text and "giờ làm việc →" in page.text
    assert say("room.why_due") not in (await officer.get("/staff")).text


async def test_the_list_puts_the_urgent_first_and_finds_without_diacritics(room: RoomInTest) -> None:
    first = await room.file("cống tắc ở ngõ 2")
    room.clock.forward(timedelta(minutes=5))
    urgent = await room.file("Dây điện đứt", urgent=True)
    officer = await room.officer()
    html = (await officer.get("/staff")).html
    assert html.index(f"card-{urgent}") < html.index(f"card-{first}")
    assert "(2)" in html
    for query, found, other in (("day dien dut", urgent, first), (first[3:].replace("-", ""), first, urgent)):
        text = (await officer.get("/staff", params={"q": query})).text
        assert found in text and other not in text
    only = (await officer.get("/staff?only=urgent")).text
    assert urgent in only and first not in only


async def test_an_officer_of_several_rooms_can_look_at_one(room: RoomInTest) -> None:
    ours, theirs = await room.file(), await room.file("karaoke ồn", category="noise_nuisance")
    officer = await room.officer("Hoa", UBND, POLICE)
    both = (await officer.get("/staff")).text
    one = (await officer.get(f"/staff?room={POLICE}")).text
    assert ours in both and theirs in both and theirs in one and ours not in one
    assert ours not in (await (await room.officer("Lan", POLICE)).get(f"/staff?room={UBND}")).text


async def test_what_was_brought_before_the_leaders_stands_among_their_open_cards(room: RoomInTest) -> None:
    late, other = await room.file(), await room.file()
    await room.write(lambda connection: _show(connection, late, "leaders", room))
    leader, clerk = await room.officer("Lãnh", "leaders"), await room.officer("Thư", "leaders", POLICE)
    for officer in (leader, clerk):
        page = await officer.get("/staff")
        assert f"card-{late}" in page.html and f"card-{other}" not in page.html
        assert ACCEPT in page.form_with(ACCEPT).buttons and say("room.tab.elsewhere") not in page.text


# ---------------------------------------------------------------- what a press does


async def test_accepting_shows_the_line_once_and_tells_the_citizen(room: RoomInTest) -> None:
    code, officer = await room.file(), await room.officer()
    answer = await officer.press(code, ACCEPT)
    assert answer.url == f"/staff/card/{code}" and f"Đã nhận {code}" in answer.text
    assert f"Đã nhận {code}" not in (await officer.get(f"/staff/card/{code}")).text
    assert (await room.report(code)).status is Status.IN_PROGRESS
    assert any("đã nhận phản ánh" in told for told in await room.told())


async def test_a_press_in_the_list_comes_back_to_the_same_list(room: RoomInTest) -> None:
    code, officer = await room.file(), await room.officer()
    page = await officer.get("/staff?q=den&view=short")
    answer = await officer.send(page.form_with(ACCEPT), ACCEPT)
    assert answer.url == "/staff?q=den&view=short" and f"Đã nhận {code}" in answer.text


async def test_a_way_back_that_leads_outside_is_not_followed(room: RoomInTest) -> None:
    code, officer = await room.file(), await room.officer()
    page = await officer.get("/staff")
    form = page.form_with(ACCEPT)
    form.fields["back"] = "//evil.example"
    assert (await officer.send(form, ACCEPT)).url == f"/staff/card/{code}"


async def test_forwarding_offers_the_likely_units_then_all(room: RoomInTest) -> None:
    code, officer = await room.file(), await room.officer()
    page = await officer.press(code, FORWARD)
    police = "Công an xã Đại Đồng"
    assert police in page.form_with(police).buttons
    page = await officer.send(page.form_with(say("staff.choice.more")), say("staff.choice.more"))
    assert "Điện lực Thanh Chương" in page.text and "<select" in page.html
    await officer.press(code, say("staff.choice.cancel"))
    await officer.press(code, FORWARD)
    done = await officer.press(code, police)
    assert f"Đã chuyển {code} cho {police}" in done.text
    assert code not in (await officer.get("/staff")).text and code in (await officer.get("/staff?tab=elsewhere")).text
    assert code in (await (await room.officer("Lan", POLICE)).get("/staff")).text


async def test_a_question_goes_to_the_citizen_and_the_answer_comes_back_to_the_card(room: RoomInTest) -> None:
    code, officer = await room.file(), await room.officer()
    await officer.press(code, ASK)
    asked = await officer.press(code, say("room.send_question"), text="Gần nhà ai ạ?")
    assert (await room.report(code)).status is Status.NEED_INFO and "Gần nhà ai ạ?" in asked.text
    assert any("Gần nhà ai ạ?" in told for told in await room.told())
    await room.citizen_says("cạnh quán bà Lý")
    assert "cạnh quán bà Lý" in (await officer.get("/staff")).text
    assert (await room.report(code)).status is Status.IN_PROGRESS


async def test_words_on_a_card_are_a_draft_until_the_officer_sends_them(room: RoomInTest) -> None:
    code, officer = await room.file(), await room.officer()
    draft = await officer.press(code, PREVIEW, text="Mai xã cho người\r\nđến ạ")
    assert "Người dân sẽ đọc như sau" in draft.text and "nhắn về phản ánh" in draft.text
    assert not await room.told()
    better = await officer.press(code, PREVIEW, text="Sáng mai xã cho người đến ạ")
    assert "Sáng mai" in better.text and not await room.told()
    assert say("staff.answered") in (await officer.press(code, say("staff.choice.send"))).text
    assert [told for told in await room.told() if "Sáng mai" in told]


@pytest.mark.parametrize("button,shown", [("note", True), ("drop", False)])
async def test_a_draft_can_become_a_note_or_nothing(room: RoomInTest, button: str, shown: bool) -> None:
    code, officer = await room.file(), await room.officer()
    await officer.press(code, PREVIEW, text="hỏi lại bên điện")
    page = await officer.press(code, say(f"staff.choice.{button}"))
    assert ("hỏi lại bên điện" in page.text) is shown
    assert not await room.told()


async def test_finishing_takes_the_outcome_and_a_photo(room: RoomInTest) -> None:
    code, officer = await room.file(photos=1), await room.officer()
    await officer.press(code, ACCEPT)
    await officer.press(code, FINISH)
    await officer.press(code, say("room.send_outcome"), text="Đã thay bóng mới")
    done = await officer.press(code, say("room.send_photo"), jpeg("red"), jpeg("blue"))
    assert say("staff.resolved", code=code) in done.text
    report = await room.report(code)
    assert report.status is Status.RESOLVED and report.outcome == "Đã thay bóng mới" and len(report.outcome_media) == 2
    await room.service.settle()
    assert (await officer.get("/staff?tab=done")).html.count("/staff/media/") == 6  # three photos, each a link


async def test_finishing_without_a_photo_needs_a_reason(room: RoomInTest) -> None:
    code, officer = await room.file(), await room.officer()
    await officer.press(code, ACCEPT)
    await officer.press(code, FINISH)
    await officer.press(code, say("room.send_outcome"), text="Đã thay bóng mới")
    await officer.press(code, say("staff.choice.no_photo"))
    await officer.press(code, say("room.send_outcome"), text="trời tối")
    report = await room.report(code)
    assert report.status is Status.RESOLVED and report.no_photo_reason == "trời tối"


async def test_refusing_needs_a_reason_that_the_citizen_reads(room: RoomInTest) -> None:
    code, officer = await room.file(), await room.officer()
    await officer.press(code, REFUSE)
    empty = await officer.press(code, say("room.send_refusal"), text="  ")
    assert empty.status == 409 and say("room.empty") in empty.text
    await officer.press(code, say("room.send_refusal"), text="Việc này của Công an")
    assert (await room.report(code)).status is Status.REJECTED
    assert any("Việc này của Công an" in told for told in await room.told())


async def test_putting_the_field_right_and_the_urgent_mark(room: RoomInTest) -> None:
    code, officer = await room.file("den duong toi om", why=("toi om",)), await room.officer()
    why = say("room.why", words="toi om")
    assert why in (await officer.press(code, say("room.correct"))).text
    page = await officer.press(code, "Rác thải")
    assert why not in page.text, "the machine's reason was one for another field"
    assert say("room.corrected") in page.text and (await room.report(code)).category == "waste_sanitation"
    assert say("room.urgent_tag") in (await officer.press(code, say("room.urgent"))).text
    assert say("room.urgent_tag") not in (await officer.press(code, say("room.not_urgent"))).text
    assert await counted(room, "correction") == 3


async def test_a_card_that_leaves_the_room_by_a_correction_says_so(room: RoomInTest) -> None:
    code, officer = await room.file(), await room.officer()
    await officer.press(code, say("room.correct"))
    gone = await officer.press(code, "Thái độ cán bộ")
    assert gone.url == "/staff" and say("staff.corrected", category="Thái độ cán bộ") in gone.text
    assert f"card-{code}" not in gone.html
    assert (await officer.get(f"/staff/card/{code}")).status == 404


def _show(connection: Connection, code: str, room_id: str, room: RoomInTest) -> None:
    report = report_by_code(connection, code)
    assert report
    show_card(connection, report.id, room_id, room.clock())


async def test_an_address_with_the_code_in_small_letters_opens_the_card(room: RoomInTest) -> None:
    code, officer = await room.file(), await room.officer()
    page = await officer.get(f"/staff/card/{code.lower()}")
    assert (page.status, code in page.text) == (200, True)
    assert (await officer.get("/staff/card/nothing")).status == 404
