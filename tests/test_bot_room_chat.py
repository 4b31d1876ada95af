"""A chat group that is a staff room: bound by a code, cards posted and edited, everything by buttons and replies."""

from dataclasses import replace

import pytest
from sqlalchemy import update

from bot.room_cards import post_cards
from dialogs.texts import say
from store import staff_chat
from store.report_views import report_by_code
from store.tables.base import table
from store.tables.delivery import Outbox
from tests.group_chat import GroupChat
from tests.room import POLICE
from tests.town import TestTown, photo, report_prediction

LAMP = "đèn đường xóm 5 Thanh Lĩnh hỏng"
ROOM = "ubnd-17713"


@pytest.fixture
async def group(town: TestTown) -> GroupChat:
    """A group that Hùng has made the room of Đại Đồng."""
    opened = GroupChat(town)
    outcome = await opened.connect(ROOM, town.officer("Hùng", ROOM), "hung")
    assert "UBND xã Đại Đồng" in outcome.replies[0].text
    await opened.deliver()
    return opened


async def file_report(town: TestTown, text: str = LAMP) -> str:
    """A citizen reports; returns the code."""
    town.understanding.scripted[text] = report_prediction("lighting_greenery", place="xóm 5", commune="17713")
    await town.hear(town.incoming(text))
    outcome = await town.hear(town.incoming("1"))
    return outcome.replies[0].text.partition("Mã phản ánh: ")[2].split()[0]


async def test_a_card_is_posted_once_and_edited_in_place(group: GroupChat) -> None:
    code = await file_report(group.town)
    (card,) = await group.deliver()
    assert code in card.text
    assert LAMP in card.text
    assert [choice.label for choice in card.choices] == ["Nhận", "Chuyển", "Hỏi thêm", "Từ chối", "Thêm…"]
    await group.hears(kind="choice", choice=group.button("Nhận").id, reply_to=group.id_of(code))
    answer, edit = await group.deliver()
    assert answer.text.startswith("Hùng: Đã nhận")
    assert edit.edit_of
    assert "đang xử lý" in edit.text
    assert await group.deliver() == []


async def test_many_changes_that_wait_are_one_edit(group: GroupChat) -> None:
    code = await file_report(group.town)
    await group.deliver()
    for _ in range(3):
        group.town.write(lambda connection: post_cards(connection, group.town.town, group.town.clock()))
        report = group.town.read(lambda connection: report_by_code(connection, code))
        assert report
        await group.hears(kind="choice", choice=f"/case {code} urgent:{report.version}", reply_to=group.id_of(code))
    edits = [part for part in await group.deliver() if part.edit_of]
    assert len(edits) == 1
    assert "KHẨN" in edits[0].text


async def test_a_card_that_changes_before_it_is_shown_stays_one_message(group: GroupChat) -> None:
    code = await file_report(group.town)
    group.town.write(lambda connection: post_cards(connection, group.town.town, group.town.clock()))
    for _ in range(2):
        report = group.town.read(lambda connection: report_by_code(connection, code))
        assert report
        await group.hears(kind="choice", choice=f"/case {code} urgent:{report.version}")
        await group.deliver()
    assert len([part for _, part in group.newest() if LAMP in part.text]) == 1, "the second change edits it"


async def test_what_an_officer_is_in_the_middle_of_is_bound_by_reply(group: GroupChat) -> None:
    code = await file_report(group.town)
    await group.deliver()
    await group.hears(kind="choice", choice=group.button("Nhận").id, reply_to=group.id_of(code))
    await group.deliver()
    await group.hears(kind="choice", choice=group.button("Xong").id, reply_to=group.id_of(code))
    await group.deliver()
    chatter = await group.hears("ok anh em", sender="lan")
    assert chatter.replies == (), "a colleague's words are nobody's outcome"
    assert await group.deliver() == []
    prompt = group.id_of("Kết quả xử lý")
    await group.hears("Đã thay bóng.", kind="media", media=(photo(),), reply_to=prompt)
    report = group.town.read(lambda connection: report_by_code(connection, code))
    assert report
    assert (report.status, report.outcome) == ("resolved", "Đã thay bóng.")


async def test_an_album_under_done_is_all_of_it_after_photos_and_gets_one_answer(group: GroupChat) -> None:
    code = await file_report(group.town)
    await group.deliver()
    await group.press("Nhận")
    await group.deliver()
    await group.press("Xong")
    await group.deliver()
    album = {"kind": "media", "album": "1401", "reply_to": group.id_of("Kết quả xử lý")}
    await group.hears("Đã thay bóng cột 12.", media=(photo(),), **album)
    for _ in range(2):
        await group.hears(media=(photo(),), **album)
    answers = [part.text for part in await group.deliver() if not part.edit_of]
    assert answers == [f"Hùng: Đã báo người dân {code} xử lý xong."]
    report = group.town.read(lambda connection: report_by_code(connection, code))
    assert report
    assert len(report.outcome_media) == 3
    assert report.media == (), "none of them is the citizen's"


async def test_an_album_that_comes_too_early_is_answered_once(group: GroupChat) -> None:
    await file_report(group.town)
    await group.deliver()
    await group.press("Nhận")
    await group.deliver()
    await group.press("Xong")
    await group.deliver()
    prompt = group.id_of("Kết quả xử lý")
    for _ in range(3):
        await group.hears(kind="media", media=(photo(),), album="1402", reply_to=prompt)
    assert len([part for part in await group.deliver() if "kết quả xử lý cùng với ảnh" in part.text]) == 1


async def test_a_card_with_much_to_say_is_still_one_message_with_its_buttons(group: GroupChat) -> None:
    long = ("đường xóm 5 hỏng nặng lắm, xe không qua được " * 88).strip()
    code = await file_report(group.town, long)
    (card,) = await group.deliver()
    assert "Nhận" in [choice.label for choice in card.choices]
    assert f"/xem {code}" in card.text
    await group.press("Nhận")
    edit = next(part for part in await group.deliver() if part.edit_of)
    assert "Xong" in [choice.label for choice in edit.choices]
    whole = (await group.hears(f"/xem {code}")).replies[0].text
    assert long in whole


async def test_words_under_a_card_become_a_draft_first(group: GroupChat) -> None:
    code = await file_report(group.town)
    await group.deliver()
    await group.hears("Mai tổ điện tới ạ.", reply_to=group.id_of(code))
    (preview,) = await group.deliver()
    assert "Người dân sẽ đọc như sau" in preview.text
    wire = next(choice.id for choice in preview.choices if choice.label == "Gửi người dân")
    await group.hears(kind="choice", choice=wire, reply_to=group.id_of("Người dân sẽ đọc như sau"))
    assert any("Đã gửi người dân" in part.text for part in await group.deliver())


async def test_new_words_and_photos_of_the_citizen_are_posted_under_the_card(group: GroupChat) -> None:
    code = await file_report(group.town)
    await group.deliver()
    await group.town.hear(group.town.incoming(f"/add {code}"))
    await group.town.hear(group.town.incoming("cả bóng trước trạm y tế nữa"))
    texts = [part.text for part in await group.deliver()]
    assert any("cả bóng trước trạm y tế nữa" in text and "nói thêm" in text for text in texts)
    assert await group.deliver() == []


async def test_unknown_people_and_anonymous_admins_are_refused_politely(group: GroupChat) -> None:
    code = await file_report(group.town)
    await group.deliver()
    press = {"kind": "choice", "choice": group.button("Nhận").id, "reply_to": group.id_of(code)}
    stranger = await group.hears(sender="stranger", **press)
    hidden = await group.hears(sender="anonymous", **press)
    assert "chưa biết anh/chị" in stranger.replies[0].text
    assert "ẩn danh" in hidden.replies[0].text
    report = group.town.read(lambda connection: report_by_code(connection, code))
    assert report
    assert report.status == "assigned"


async def test_a_deleted_card_is_posted_again(group: GroupChat) -> None:
    code = await file_report(group.town)
    await group.deliver()
    group.delete(code)
    await group.town.hear(group.town.incoming(f"/add {code}"))
    await group.town.hear(group.town.incoming("cả bóng trước trạm y tế nữa"))
    seen = await group.deliver()
    assert any(code in part.text and part.choices and not part.edit_of for part in seen)


@pytest.mark.parametrize("told", [True, False])
async def test_a_group_that_moves_takes_its_room_and_its_cards_along(group: GroupChat, told: bool) -> None:
    code = await file_report(group.town)
    await group.deliver()
    await group.migrate("-100888", told=told)
    if not told:
        await group.town.hear(group.town.incoming(f"/add {code}"))
        await group.town.hear(group.town.incoming("cả bóng trước trạm y tế nữa"))
    seen = await group.deliver()
    assert any(code in part.text and not part.edit_of for part in seen)
    room = group.town.read(lambda connection: staff_chat.room_at(connection, "telegram:main:-100888"))
    assert room
    assert room.id == ROOM
    await group.press("Nhận")
    assert any("đang xử lý" in part.text for part in await group.deliver())


async def test_lists_and_single_cards_show_only_what_this_room_may_see(group: GroupChat) -> None:
    code = await file_report(group.town)
    secret = "trưởng xóm thu tiền hộ nghèo"
    group.town.understanding.scripted[secret] = report_prediction(
        "officer_conduct", denunciation=True, commune="17713", place="xóm 2"
    )
    await group.town.hear(group.town.incoming(secret, chat="tam"))
    outcome = await group.town.hear(group.town.incoming("1", chat="tam"))
    hidden = outcome.replies[0].text.partition("Mã phản ánh: ")[2].split()[0]
    listed = (await group.hears("/danhsach")).replies[0].text
    assert code in listed
    assert hidden not in listed
    assert LAMP in (await group.hears(f"/xem {code}")).replies[0].text
    assert "Không có phản ánh này" in (await group.hears(f"/xem {hidden}")).replies[0].text
    assert (await group.hears("/danhsach tôi")).replies[0].text == say("group.list_none")
    assert (await group.hears(f"/vi_sao {code}")).replies[0].text
    assert "/danhsach" in (await group.hears("/trogiup")).replies[0].text
    for command in ("/xem", "/vi_sao"):
        assert (await group.hears(command)).replies[0].text == say("group.which", command=command)


async def test_a_code_is_good_once_and_for_a_day(town: TestTown) -> None:
    group = GroupChat(town)
    officer = town.officer("Hùng", ROOM)
    code = town.write(lambda connection: staff_chat.new_code(connection, officer, ROOM, town.clock()))
    await group.hears(f"/ketnoi {code}")
    again = await group.hears(f"/ketnoi {code}", sender="thief")
    assert "không dùng được" in again.replies[0].text


async def test_a_group_that_is_no_room_says_how_to_become_one_and_is_no_citizen(town: TestTown) -> None:
    group = GroupChat(town)
    assert "/ketnoi" in (await group.hears("/danhsach")).replies[0].text
    assert (await group.hears("đường hỏng quá")).replies == ()


async def test_a_report_kept_from_this_room_is_not_worked_here_by_whoever_may_see_it_elsewhere(town: TestTown) -> None:
    group = GroupChat(town)
    await group.connect(ROOM, town.officer("Hùng", ROOM, "sensitive"), "hung")
    code = await file_report(town)
    await group.deliver()
    accept, card = group.button("Nhận").id, group.id_of(code)
    await group.press("Thêm…")
    await group.deliver()
    await group.press("Giữ kín")
    await group.deliver()
    await group.press("Đồng ý")
    await group.deliver()
    answer = await group.hears(kind="choice", choice=accept, reply_to=card)
    assert answer.refused
    assert [reply.text for reply in answer.replies] == [say("group.card.kept_from_here", code=code)]
    report = town.read(lambda connection: report_by_code(connection, code))
    assert report
    assert report.status == "assigned"


async def test_a_button_in_a_group_that_is_the_room_no_more_says_so(group: GroupChat) -> None:
    code = await file_report(group.town)
    await group.deliver()
    accept, card = group.button("Nhận").id, group.id_of(code)
    elsewhere = GroupChat(group.town, replace(group.address, chat="-100999"))
    elsewhere.count = 100
    await elsewhere.connect(ROOM, group.town.officer("Lan", ROOM), "lan")
    pressed = await group.hears(kind="choice", choice=accept, reply_to=card)
    assert pressed.refused
    assert [reply.text for reply in pressed.replies] == [say("group.not_a_room")]


async def test_a_room_that_has_sent_a_report_on_follows_it_without_buttons_that_only_refuse(town: TestTown) -> None:
    here = GroupChat(town)
    await here.connect(ROOM, town.officer("Hùng", ROOM), "hung")
    there = GroupChat(town, replace(here.address, chat="-100999"), here.screen)
    there.count = 100
    await there.connect(POLICE, town.officer("Lan", POLICE), "lan")
    code = await file_report(town)
    await here.deliver()
    await here.press("Chuyển")
    await here.deliver()
    await here.press("Công an xã Đại Đồng")
    card = (await here.deliver())[-1]
    assert [choice.label for choice in card.choices] == ["Chuyển"], "until somebody there takes it on"
    assert "Chuyển nhầm" in card.text
    await there.press("Nhận", "lan")
    card = (await here.deliver())[-1]
    assert card.choices == ()
    assert say("staff.sent_on", code=code, agency="Công an xã Đại Đồng") in card.text
    assert "đang xử lý" in card.text, "the card follows"
    assert "Xong" in [choice.label for _, part in there.newest() if code in part.text for choice in part.choices]


async def test_an_officer_is_told_that_a_phone_is_the_senders_own(group: GroupChat) -> None:
    group.town.understanding.scripted[LAMP] = report_prediction("lighting_greenery", place="xóm 5", commune="17713")
    for text in (LAMP, "để lại tên", "đồng ý", "Hoa"):
        await group.town.hear(group.town.incoming(text))
    await group.town.hear(group.town.incoming(kind="contact", phone="0912345678", phone_verified=True))
    await group.town.hear(group.town.incoming("gửi"))
    await group.deliver()
    await group.press("Thêm…")
    await group.deliver()
    await group.press("Xem người gửi")
    assert "0912" not in "".join(part.text for part in await group.deliver())
    alone = [part.text for chat, part in group.screen.fresh if chat == "hung"]
    assert len(alone) == 1
    assert "0912 345 678" in alone[0] and say("staff.sender_verified") in alone[0]


async def test_an_officer_who_writes_to_somebody_who_blocked_us_is_not_told_that_it_was_sent(group: GroupChat) -> None:
    code = await file_report(group.town)
    await group.deliver()
    await group.town.hear(group.town.incoming(kind="unfollow"))
    await group.deliver()
    await group.hears("Mai tổ điện tới ạ.", reply_to=group.id_of(f"{code} ·"))
    await group.deliver()
    pressed = await group.press("Gửi người dân")
    assert [reply.text for reply in pressed.replies] == [say("staff.not_reached")]


HELD = {
    "window_closed: the package's messages are used up (-211)": "group.card.held_package",
    "window_closed: the answers to this person are used up (-311)": "group.card.held_enough",
    "window_closed: no word from the person in 7 days (-230)": "group.card.held",
}


@pytest.mark.parametrize("error", HELD)
async def test_a_card_says_why_the_citizen_has_not_been_reached(group: GroupChat, error: str) -> None:
    await file_report(group.town)
    await group.deliver()
    told = update(table(Outbox)).where(table(Outbox).c.channel == "webchat")
    group.town.write(lambda connection: connection.execute(told.values(state="pending", error=error)))
    await group.press("Nhận")
    card = (await group.deliver())[-1]
    assert say(HELD[error]) in card.text
