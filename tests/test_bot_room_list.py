"""An officer with many open reports: finding, filtering, and the next one, in the browser and in a group."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.room_list import LISTED, read_asked
from dialogs.texts import say
from dialogs.words import Status
from tests.group_chat import GroupChat
from tests.room import POLICE, UBND, Browser, RoomInTest, open_room
from tests.town import TestTown, report_prediction

ACCEPT, ASK, FORWARD = say("staff.button.accept"), say("staff.button.ask"), say("staff.button.forward")
NEXT = say("room.next_card")


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[RoomInTest]:
    async with open_room(tmp_path) as opened:
        yield opened


# ---------------------------------------------------------------- in the browser


async def test_an_officer_finds_what_they_took_on_themselves(room: RoomInTest) -> None:
    accepted, asked, others = await room.file(), await room.file("cống tắc"), await room.file("rác đầy")
    lan, hoa = await room.officer("Lan"), await room.officer("Hoa")
    await lan.press(accepted, ACCEPT)
    await lan.press(asked, ASK)
    await lan.press(asked, say("room.send_question"), text="Cống ở đoạn nào ạ?")
    await hoa.press(others, ACCEPT)
    mine = (await lan.get("/staff?only=mine")).text
    assert accepted in mine and asked in mine and others not in mine
    assert "Lan đang làm" in (await hoa.get(f"/staff/card/{asked}")).text


async def test_what_was_handed_on_is_nobodys_until_it_is_taken_on_again(room: RoomInTest) -> None:
    code, lan = await room.file(), await room.officer("Lan", UBND, POLICE)
    await lan.press(code, ACCEPT)
    await lan.press(code, FORWARD)
    await lan.press(code, "Công an xã Đại Đồng")
    assert code not in (await lan.get("/staff?only=mine")).text
    await (await room.officer("Sơn", POLICE)).press(code, ACCEPT)
    assert code not in (await lan.get("/staff?only=mine")).text


async def test_an_officer_finds_where_the_citizen_had_the_last_word(room: RoomInTest) -> None:
    quiet, spoken = await room.file("cống tắc"), await room.file()
    officer = await room.officer()
    await officer.press(spoken, ASK)
    await officer.press(spoken, say("room.send_question"), text="Gần nhà ai ạ?")
    await room.told()
    await room.citizen_says("trước nhà văn hoá")
    assert spoken in (await officer.get("/staff?only=spoken")).text
    assert quiet not in (await officer.get("/staff?only=spoken")).text
    room.clock.forward(timedelta(minutes=1))
    await officer.press(spoken, say("staff.button.forward"))
    await officer.press(spoken, "Văn phòng HĐND và UBND xã Đại Đồng")
    assert spoken not in (await officer.get("/staff?only=spoken")).text


async def test_an_officer_finds_what_is_due_today(room: RoomInTest) -> None:
    today, later = await room.file(), await room.file("cống tắc")
    officer = await room.officer()
    await officer.press(later, ACCEPT)
    listed = await officer.get("/staff?only=today")
    assert today in listed.text and later not in listed.text
    assert "Hạn hôm nay" in listed.text


async def test_the_page_of_a_card_leads_back_to_its_list_and_on_to_the_next(room: RoomInTest) -> None:
    lamps = [await room.file(f"đèn đường cột {number} hỏng") for number in range(3)]
    other, officer = await room.file("cống tắc"), await room.officer()
    page = await officer.get("/staff?q=cot")
    first = page.html.partition('href="/staff/card/')[2].partition('"')[0]
    assert first == f"{lamps[0]}?q=cot"
    card = await officer.get(f"/staff/card/{first}")
    assert 'href="/staff?q=cot"' in card.html and f'href="/staff/card/{lamps[1]}?q=cot"' in card.html
    done = await officer.send(card.form_with(ACCEPT), ACCEPT)  # from here on it is the last of the list
    assert done.url == f"/staff/card/{lamps[0]}?q=cot" and NEXT not in done.text
    last = await officer.get(f"/staff/card/{other}?q=cot")  # not in the list: on with its first
    assert f'href="/staff/card/{lamps[1]}?q=cot"' in last.html


async def test_a_code_typed_into_the_search_opens_its_card_whatever_list_it_is_on(room: RoomInTest) -> None:
    code, officer = await room.file(), await room.officer()
    await officer.press(code, say("staff.button.refuse"))
    await officer.press(code, say("room.send_refusal"), text="Đường này thuộc huyện bạn quản lý.")
    assert (await officer.get("/staff", params={"q": code.lower().replace("-", "")})).url == f"/staff/card/{code}"
    hidden = await room.file("karaoke ồn", category="noise_nuisance")
    assert (await officer.get("/staff", params={"q": hidden})).url.startswith("/staff?")


# ---------------------------------------------------------------- slips


async def sends(officer: Browser, code: str, unit: str) -> None:
    await officer.press(code, FORWARD)
    await officer.press(code, unit)


async def test_who_sent_a_report_to_the_wrong_unit_sends_it_elsewhere_until_it_is_taken_on(room: RoomInTest) -> None:
    code, lan, minh = await room.file(), await room.officer("Lan"), await room.officer("Minh")
    await sends(lan, code, "Công an xã Đại Đồng")
    page = await lan.get(f"/staff/card/{code}")
    labels = {label for form in page.forms for label in form.buttons}
    assert FORWARD in labels and not labels & {ACCEPT, ASK, say("room.preview")}
    assert "Chuyển nhầm thì bấm Chuyển" in page.text
    hers = await minh.get(f"/staff/card/{code}")
    assert FORWARD not in {label for form in hers.forms for label in form.buttons}
    assert "phòng này chỉ còn theo dõi" in hers.text
    await sends(lan, code, "Phòng Kinh tế xã Đại Đồng")
    assert (await room.report(code)).agency == "kinh-te-17713"
    await sends(lan, code, "Công an xã Đại Đồng")
    await (await room.officer("Sơn", POLICE)).press(code, ACCEPT)
    taken = await lan.get(f"/staff/card/{code}")
    assert FORWARD not in {label for form in taken.forms for label in form.buttons}


async def test_who_has_sent_a_report_on_does_nothing_but_send_it_elsewhere(room: RoomInTest) -> None:
    code, lan = await room.file(), await room.officer("Lan")
    seen = await lan.get(f"/staff/card/{code}")
    await sends(lan, code, "Công an xã Đại Đồng")
    version = (await room.report(code)).version
    form = seen.form_with(ACCEPT)
    form.buttons[ACCEPT] = ("choice", f"/case {code} accept:{version}")
    assert "phòng này chỉ còn theo dõi" in (await lan.send(form, ACCEPT)).text
    assert (await room.report(code)).status is Status.ASSIGNED


# ---------------------------------------------------------------- in a chat group


def test_what_is_due_today_may_be_asked_for_as_the_help_says_it() -> None:
    assert "hạn hôm nay" in say("group.help")
    assert read_asked("hạn hôm nay").kind == read_asked("hôm nay").kind == "today"


@pytest.mark.parametrize(
    ("said", "words", "page", "following"),
    [
        ("", "", 1, "2"),
        ("2", "", 2, "3"),
        ("Quá hạn", "qua han", 1, "qua han trang 2"),
        ("đèn xóm 5", "den xom 5", 1, "den xom 5 trang 2"),
        ("đèn xóm 5 trang 2", "den xom 5", 2, "den xom 5 trang 3"),
    ],
)
def test_what_stands_behind_the_command_is_read(said: str, words: str, page: int, following: str) -> None:
    asked = read_asked(said)
    assert (asked.words, asked.page, asked.following()) == (words, page, following)


async def group_of(town: TestTown) -> GroupChat:
    """A group that Hùng has made the room of Đại Đồng."""
    group = GroupChat(town)
    await group.connect(UBND, town.officer("Hùng", UBND), "hung")
    return group


async def file_in(town: TestTown, text: str, *, urgent: bool = False) -> str:
    """A citizen of their own reports; returns the code."""
    town.understanding.scripted[text] = report_prediction(
        "lighting_greenery", place="xóm 5", commune="17713", urgent=urgent
    )
    said = text
    while "Mã phản ánh" not in (answer := (await town.hear(town.incoming(said, chat=text))).replies[0].text):
        said = "Không phải" if "Có người đã báo" in answer else "Gửi"
    return answer.partition("Mã phản ánh: ")[2].split()[0]


async def test_a_list_longer_than_a_page_can_be_read_to_its_end(town: TestTown) -> None:
    group = await group_of(town)
    codes = {await file_in(town, f"đèn cột số {number} hỏng") for number in range(LISTED + 3)}
    first, second = [(await group.hears(said)).replies[0].text for said in ("/danhsach", "/danhsach 2")]
    assert f"{LISTED + 3} việc đang mở" in first and "… và 3 việc nữa, xem tiếp: /danhsach 2" in first
    seen = [{code for code in codes if code in text} for text in (first, second)]
    assert [len(part) for part in seen] == [LISTED, 3] and seen[0] | seen[1] == codes
    assert (await group.hears("/danhsach 3")).replies[0].text == say("group.list_empty")


async def test_words_behind_the_command_search_without_diacritics(town: TestTown) -> None:
    group = await group_of(town)
    lamp, drain = await file_in(town, "đèn đường xóm 5 hỏng"), await file_in(town, "cống tắc ở chợ")
    for said, found, other in (("hong xom 5", lamp, drain), (drain[3:], drain, lamp), ("cống tắc", drain, lamp)):
        text = (await group.hears(f"/danhsach {said}")).replies[0].text
        assert found in text and other not in text
    assert (await group.hears("/danhsach lụt")).replies[0].text == say("group.list_none")


async def test_the_list_is_by_pressure_and_a_clock_that_stands_is_not_overdue(town: TestTown) -> None:
    group = await group_of(town)
    asked, calm = await file_in(town, "cống tắc"), await file_in(town, "đèn hỏng")
    urgent = await file_in(town, "dây điện đứt", urgent=True)
    await group.deliver()
    await group.hears(kind="choice", choice=f"/case {asked} ask:2", reply_to=group.id_of(asked))
    await group.hears("Đoạn nào ạ, gần nhà ai?", reply_to=group.id_of(asked))
    town.clock.forward(timedelta(days=9))
    text = (await group.hears("/danhsach")).replies[0].text
    assert text.index(urgent) < text.index(calm) < text.index(asked)
    assert f"KHẨN · {urgent}" in text
    late = (await group.hears("/danhsach quá hạn")).replies[0].text
    assert calm in late and urgent in late and asked not in late
    assert asked in (await group.hears("/danhsach chờ người dân")).replies[0].text


async def test_what_was_sent_on_to_another_room_is_not_on_the_list(town: TestTown) -> None:
    group = await group_of(town)
    ours, theirs = await file_in(town, "đèn hỏng"), await file_in(town, "karaoke ồn")
    await group.deliver()
    await group.hears(kind="choice", choice=f"/case {theirs} forward:2", reply_to=group.id_of(theirs))
    await group.deliver()
    await group.press("Công an xã Đại Đồng")
    text = (await group.hears("/danhsach")).replies[0].text
    assert ours in text and theirs not in text
