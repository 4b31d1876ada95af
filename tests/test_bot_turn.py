"""A turn happens once, whole or not at all, and touches nobody else; who may do what is checked where it is done."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import Connection, select, text

import bot.officer_turn
import bot.push
import bot.turn
from bot.inbox import Inbox
from bot.officer_turn import staff_key
from dialogs.words import Address, Agency, Incoming, Media, Prediction, ReportView, Sender, Status
from store.conversations import KEYS_KEPT, load_talk, purge_keys
from store.report_notes import notes_of
from store.report_record import broken_links, changes_of
from store.report_views import all_reports
from store.routing import room_of, route
from store.tables.base import Base, table
from store.tables.delivery import Outbox
from store.tables.people import Citizen
from store.tables.reports import Correction, Report
from store.tables.reports import Media as MediaTable
from store.tables.talk import InboxFailure, InboxKey, Message
from tests.people import DARK, POLICE, UBND, Clerk, Neighbour, now_is, shown_in, told
from tests.stored import count, row_of
from tests.town import MONDAY_NINE, TestTown, photo, report_prediction, thanh_chuong

SORRY = "Xin lỗi, em vừa gặp trục trặc"


@pytest.fixture
def hoa(town: TestTown) -> Neighbour:
    return Neighbour(town)


@pytest.fixture
def nam(town: TestTown) -> Neighbour:
    return Neighbour(town, "nam")


@pytest.fixture
def hung(town: TestTown) -> Clerk:
    return Clerk(town, "Hùng", UBND)


def counted(town: TestTown, model: Any) -> int:
    return town.read(lambda connection: count(connection, table(model)))


def stumbling_over(words: str) -> Any:
    """A bug that shows when somebody says these words."""
    hear: Callable[..., Any] = bot.turn.front.hear

    def stumble(incoming: Incoming, *rest: Any) -> Any:
        talk, effects = hear(incoming, *rest)
        if incoming.text == words:
            raise RuntimeError(f"stumbled over {words}")
        return talk, effects

    return patch.object(bot.turn.front, "hear", stumble)


# ---------------------------------------------------------------- once


async def test_the_same_message_twice_is_one_turn(town: TestTown) -> None:
    incoming = town.incoming("đèn hỏng")
    first, second = await town.hear(incoming), await town.hear(incoming)
    assert first.fresh and not second.fresh
    assert second.replies == ()
    assert counted(town, Outbox) == 1


async def test_the_same_message_after_a_restart_is_still_the_same(town: TestTown) -> None:
    incoming = town.incoming("đèn hỏng")
    await town.hear(incoming)
    town.close()
    town.open()
    assert not (await town.hear(incoming)).fresh


async def test_the_same_id_in_another_chat_is_another_message(town: TestTown) -> None:
    await town.hear(town.incoming("a", chat="hoa", dedupe_key="1"))
    assert (await town.hear(town.incoming("a", chat="nam", dedupe_key="1"))).fresh


async def test_a_message_is_refused_as_stale_before_its_key_is_forgotten(town: TestTown) -> None:
    old = town.incoming("chào")
    assert (await town.hear(old)).fresh
    town.clock.forward(KEYS_KEPT - timedelta(hours=1))
    town.write(lambda connection: purge_keys(connection, MONDAY_NINE + timedelta(seconds=1)))
    assert not (await town.hear(old)).fresh
    assert (await town.hear(town.incoming("chào"))).fresh


async def test_a_report_sent_twice_by_a_double_press_is_filed_once(town: TestTown, hoa: Neighbour) -> None:
    await hoa.say(DARK, report_prediction("lighting_greenery", place="xóm 5", commune="17713"))
    wire = f"{hoa.talk.prompt.no}:send"
    await hoa.wire(wire)
    assert (await hoa.wire(wire))[0] == "Nút đó đã cũ rồi ạ."
    assert counted(town, Report) == 1


# ---------------------------------------------------------------- a turn that raises


async def test_a_turn_that_raises_is_kept_and_the_person_hears_sorry(town: TestTown, hoa: Neighbour) -> None:
    with stumbling_over("hỏng"):
        outcome = await town.hear(town.incoming("hỏng", media=(photo(),), kind="media"))
    assert outcome.fresh and outcome.refused
    assert told(outcome)[0].startswith(SORRY)
    kept = town.read(lambda connection: row_of(connection, table(InboxFailure), address_key=hoa.key))
    assert kept["error"] == "RuntimeError: stumbled over hỏng"
    assert kept["incoming"]["text"] == "hỏng"
    queued = town.read(lambda connection: connection.execute(select(table(Message).c.part)).scalars().all())
    assert [part["text"] for part in queued if not part.get("kind")] == told(outcome)


async def test_of_a_turn_that_raised_nothing_else_remains(town: TestTown, hoa: Neighbour) -> None:
    await hoa.say(DARK, report_prediction("lighting_greenery", place="xóm 5", commune="17713"))
    before = hoa.talk
    with stumbling_over("hỏng"):
        await town.hear(town.incoming("hỏng", media=(photo(),), kind="media"))
    assert hoa.talk == before
    assert counted(town, MediaTable) == 0


async def test_after_a_turn_that_raised_the_next_one_works(town: TestTown, hoa: Neighbour, nam: Neighbour) -> None:
    with stumbling_over("hỏng"):
        await hoa.say("hỏng")
        assert not (await nam.say("em chào"))[0].startswith(SORRY)
        assert not (await hoa.say("em chào"))[0].startswith(SORRY)


async def test_a_turn_that_raised_is_not_taken_again(town: TestTown) -> None:
    incoming = town.incoming("hỏng")
    with stumbling_over("hỏng"):
        await town.hear(incoming)
    assert not (await town.hear(incoming)).fresh
    assert counted(town, InboxFailure) == 1


async def test_an_officers_turn_that_raises_is_kept_too_and_says_sorry_on_the_page(
    town: TestTown, hoa: Neighbour, hung: Clerk
) -> None:
    report = await hoa.file()
    with patch.object(bot.officer_turn.staff_front, "hear", side_effect=RuntimeError("x")):
        outcome = await hung.button(report, "accept")
    assert told(outcome)[0].startswith(SORRY)
    assert counted(town, InboxFailure) == 1
    assert now_is(town, report).version == report.version
    assert not (await hung.button(report, "accept")).refused


async def test_words_over_which_nlp_stumbles_are_kept_and_answered_too(town: TestTown, hoa: Neighbour) -> None:
    """They never reach the turn; unacknowledged they would come again for ever and stand in the way of the next."""
    incoming = town.incoming("đèn đường hỏng rồi")
    with patch.object(town.understanding, "understand", side_effect=RuntimeError("model")):
        assert told(await town.hear(incoming))[0].startswith(SORRY)
        assert not (await town.hear(incoming)).fresh
    kept = town.read(lambda connection: row_of(connection, table(InboxFailure), address_key=hoa.key))
    assert kept["error"] == "RuntimeError: model"


# ---------------------------------------------------------------- whose report it is


async def test_a_citizen_cannot_touch_anothers_report(town: TestTown, hoa: Neighbour, nam: Neighbour) -> None:
    report = await hoa.file()
    for command in ("add", "withdraw", "rate", "reopen"):
        await nam.say(f"/{command} {report.code}")
        assert not nam.talk.dialog
    assert report.code in (await nam.say(f"/track {report.code}"))[0]
    assert now_is(town, report) == report


async def test_a_command_typed_in_small_letters_reaches_the_report(town: TestTown, hoa: Neighbour) -> None:
    report = await hoa.file()
    await hoa.say(f"/add {report.code.lower().replace('-', ' ')}")
    await hoa.say("gần cổng trường")
    notes = town.read(lambda connection: notes_of(connection, report.id))
    assert [note.text for note in notes] == ["gần cổng trường"]


async def test_a_report_finished_meanwhile_is_not_taken_back(town: TestTown, hoa: Neighbour, hung: Clerk) -> None:
    report = await hoa.file()
    await hoa.say(f"/withdraw {report.code}")
    await hung.button(report, "refuse")
    await hung.say(report, "việc của điện lực")
    said = await hoa.press("Rút lại")
    assert not said[0].startswith(SORRY)
    assert now_is(town, report).status is Status.REJECTED


async def test_a_picture_of_another_conversation_cannot_be_attached(
    town: TestTown, hoa: Neighbour, nam: Neighbour
) -> None:
    await hoa.say("", kind="media", media=(photo(),))
    stolen = town.read(lambda connection: connection.execute(select(table(MediaTable).c.id)).scalar_one())
    for kind in ("media", "media_ready"):  # our id as a ref, as if it were the channel's
        await nam.say("", kind=kind, media=(Media("image", str(stolen)),))
    report = await nam.file()
    assert str(stolen) not in {item.ref for item in report.media}
    assert town.read(lambda connection: row_of(connection, table(MediaTable), id=stolen))["report_id"] is None


async def test_a_sticker_beside_a_picture_does_not_smuggle_a_foreign_id_in(town: TestTown, nam: Neighbour) -> None:
    await Neighbour(town).say("", kind="media", media=(photo(),))
    await nam.say("ảnh đây", kind="media", media=(Media("sticker", "s"), Media("image", "1")))
    report = await nam.file()
    assert [item.ref for item in report.media] == ["2"], "ours, and only the picture"


# ---------------------------------------------------------------- where a report goes


async def test_a_report_goes_to_the_unit_that_owns_it_and_into_its_room(town: TestTown, hoa: Neighbour) -> None:
    report = await hoa.file()
    assert (report.agency, report.status) == ("kinh-te-17713", Status.ASSIGNED)
    assert shown_in(town, report) == {UBND}


async def test_a_report_without_a_commune_goes_to_the_intake_desk(town: TestTown, hoa: Neighbour) -> None:
    await hoa.say("đèn hỏng", report_prediction("lighting_greenery", place="đâu đó"))
    await hoa.press("Bỏ qua")
    await hoa.press("Gửi")
    report = town.read(lambda connection: all_reports(connection, 1))[0]
    assert (report.agency, report.status) == ("", Status.RECEIVED)
    assert shown_in(town, report) == {"intake"}


@pytest.mark.parametrize("what", [{"denunciation": True}, {"category": "officer_conduct"}])
async def test_a_sensitive_report_is_shown_in_the_room_named_for_it_only(
    town: TestTown, hoa: Neighbour, what: dict[str, Any]
) -> None:
    what = {"category": "land", **what}
    report = await hoa.file("cán bộ xã nhận tiền", **what)
    assert report.sensitive and report.agency == ""
    assert shown_in(town, report) == {"sensitive"}


async def test_an_officer_elsewhere_cannot_even_see_that_a_sensitive_report_exists(
    town: TestTown, hoa: Neighbour, hung: Clerk
) -> None:
    report = await hoa.file("cán bộ xã nhận tiền", "officer_conduct")
    outcome = await hung.button(report, "accept")
    assert outcome.refused
    assert report.code not in "".join(told(outcome))
    assert now_is(town, report).version == report.version


def test_an_agency_without_a_room_is_worked_by_the_intake_desk() -> None:
    pack = thanh_chuong()
    homeless = replace(pack.agencies["kinh-te-17713"], room="")
    pack = replace(pack, agencies={**pack.agencies, homeless.id: homeless})
    assert route(pack, "lighting_greenery", "17713", sensitive=False) == ("kinh-te-17713", "intake")
    assert room_of(pack, homeless.id) == room_of(pack, "nobody") == "intake"


def test_without_a_room_for_it_a_sensitive_report_goes_to_the_operator_never_to_a_unit() -> None:
    pack = thanh_chuong()
    rooms = {name: room for name, room in pack.rooms.items() if room.kind != "sensitive"}
    assert route(replace(pack, rooms=rooms), "officer_conduct", "17713", sensitive=True) == ("", "operators")
    rooms = {name: room for name, room in rooms.items() if room.kind != "operators"}
    assert route(replace(pack, rooms=rooms), "officer_conduct", "17713", sensitive=True) == ("", "intake")


def test_a_field_that_nobody_owns_goes_to_the_intake_desk() -> None:
    pack = replace(thanh_chuong(), agencies={"x": Agency("x", "X", frozenset(["land"]))})
    assert route(pack, "electricity", "17713", sensitive=False) == ("", "intake")


# ---------------------------------------------------------------- officers


@pytest.mark.parametrize("sender", ["999", "", "x", "-1", "²", "9" * 40])
async def test_an_unknown_officer_is_refused(town: TestTown, hoa: Neighbour, sender: str) -> None:
    report = await hoa.file()
    incoming = town.staff_incoming(1, UBND, report.code, choice=f"/case {report.code} accept:{report.version}")
    outcome = await town.hear(replace(incoming, sender=Sender(sender)))
    assert outcome.refused and not told(outcome)[0].startswith(SORRY)
    assert now_is(town, report).version == report.version


@pytest.mark.parametrize("code", ["TC-0000-00", "", "x", "DROP TABLE"])
async def test_an_unknown_report_is_refused(town: TestTown, hung: Clerk, code: str) -> None:
    outcome = await town.hear(town.staff_incoming(hung.id, UBND, code, choice="/case x accept:1"))
    assert outcome.refused and not told(outcome)[0].startswith(SORRY)


async def test_an_officer_of_another_room_is_refused(town: TestTown, hoa: Neighbour) -> None:
    report = await hoa.file()
    outcome = await Clerk(town, "Lan", POLICE).button(report, "accept")
    assert outcome.refused
    assert now_is(town, report).version == report.version


async def test_the_second_of_two_officers_is_told_who_was_first(town: TestTown, hoa: Neighbour, hung: Clerk) -> None:
    lan = Clerk(town, "Lan", UBND)
    report = await hoa.file()
    assert not (await hung.button(report, "accept")).refused
    outcome = await lan.button(report, "accept")
    assert outcome.refused
    assert told(outcome) == ["Chưa làm được: Hùng vừa nhận việc lúc 09:00 thứ Hai 23/11. Xin xem lại thẻ."]
    assert [change.actor_name for change in changes(town, report)][-1] == "Hùng"


def changes(town: TestTown, report: ReportView) -> list[Any]:
    return town.read(lambda connection: changes_of(connection, report.id))


async def test_what_an_officer_was_in_the_middle_of_is_kept_and_not_sent_when_another_was_first(
    town: TestTown, hoa: Neighbour, hung: Clerk
) -> None:
    lan = Clerk(town, "Lan", UBND)
    report = await hoa.file()
    await lan.button(report, "ask")
    await hung.button(report, "accept")
    assert told(await lan.say(report, "ở đâu ạ?"))[0].startswith("Chưa gửi gì: Hùng vừa nhận việc")
    await lan.say(report, "ok anh em")
    assert now_is(town, report).question == ""
    await lan.press(report, "again")
    assert now_is(town, report).question == "ở đâu ạ?"


async def test_two_officers_on_one_card_are_each_in_the_middle_of_their_own(
    town: TestTown, hoa: Neighbour, hung: Clerk
) -> None:
    lan = Clerk(town, "Lan", UBND)
    report = await hoa.file()
    await hung.button(report, "ask")
    outcome = await lan.say(report, "ok anh em")
    assert told(outcome)[0].startswith("Người dân sẽ đọc như sau")
    assert now_is(town, report).question == ""


async def test_a_step_that_the_state_does_not_allow_is_refused_with_the_reason(
    town: TestTown, hoa: Neighbour, hung: Clerk
) -> None:
    report = await hoa.file()
    await hung.button(report, "finish")
    await hung.say(report, "đã thay bóng")
    outcome = await hung.say(report, "", kind="media", media=(photo(),))
    assert outcome.refused
    assert told(outcome) == [f'{report.code} đang ở trạng thái "đã chuyển nơi xử lý" nên không làm bước này được.']
    assert now_is(town, report).outcome_media == ()


async def test_a_forwarded_report_is_shown_in_the_other_units_room(town: TestTown, hoa: Neighbour, hung: Clerk) -> None:
    report = await hoa.file()
    await hung.button(report, "forward")
    await hung.press(report, "to:cong-an-17713")
    assert now_is(town, report).agency == "cong-an-17713"
    assert POLICE in shown_in(town, report)


async def test_whoever_sent_a_report_on_follows_it_and_works_it_no_more(
    town: TestTown, hoa: Neighbour, hung: Clerk
) -> None:
    report = await hoa.file()
    await hung.button(report, "forward")
    await hung.press(report, "to:cong-an-17713")
    refused = await hung.button(now_is(town, report), "accept")
    assert refused.refused
    assert "chỉ còn theo dõi" in told(refused)[0]
    assert now_is(town, report).status == Status.ASSIGNED


async def test_a_corrected_category_is_learned_from_and_moves_what_nobody_has_accepted(
    town: TestTown, hoa: Neighbour, hung: Clerk
) -> None:
    report = await hoa.file()
    await hung.button(report, "correct")
    await hung.press(report, "category:public_security")
    after = now_is(town, report)
    assert (after.category, after.agency) == ("public_security", "cong-an-17713")
    kept = town.read(lambda connection: row_of(connection, table(Correction), report_id=report.id))
    assert (kept["was"], kept["now"]) == ("lighting_greenery", "public_security")


async def test_a_report_that_turns_out_to_be_about_an_officer_leaves_its_rooms(
    town: TestTown, hoa: Neighbour, hung: Clerk
) -> None:
    report = await hoa.file()
    await hung.button(report, "accept")
    report = now_is(town, report)
    await hung.button(report, "correct")
    await hung.press(report, "category:officer_conduct")
    assert now_is(town, report).sensitive
    assert shown_in(town, report) == {"sensitive"}
    assert (await hung.say(report, "còn thấy không?")).refused


async def test_a_text_on_a_card_leaves_only_when_it_is_sent(town: TestTown, hoa: Neighbour, hung: Clerk) -> None:
    report = await hoa.file()
    messages = counted(town, Outbox)
    await hung.say(report, "mai em xuống xem")
    assert counted(town, Outbox) == messages
    await hung.press(report, "send")
    assert counted(town, Outbox) == messages + 1
    await hung.say(report, "nhắc anh Tư")
    await hung.press(report, "note")
    assert counted(town, Outbox) == messages + 1
    notes = town.read(lambda connection: notes_of(connection, report.id))
    assert [(note.kind, note.text) for note in notes] == [
        ("answer", "mai em xuống xem"),
        ("internal", "nhắc anh Tư"),
    ]


async def test_the_record_holds_after_a_whole_life(town: TestTown, hoa: Neighbour, hung: Clerk) -> None:
    report = await hoa.file()
    await hung.button(report, "accept")
    await hung.button(now_is(town, report), "ask")
    await hung.say(report, "cột số mấy ạ?")
    town.push()
    await hoa.say("cột số 7")
    await hung.button(now_is(town, report), "finish")
    await hung.say(report, "đã thay bóng")
    await hung.say(report, "", kind="media", media=(photo(),))
    town.fetch()
    town.push()
    await hoa.press("Đánh giá")
    await hoa.press("Đã xong")
    await hoa.press("Rất hài lòng")
    after = now_is(town, report)
    assert (after.status, after.satisfaction, after.solved_rating) == (Status.CLOSED, 5, 3)
    assert len(after.outcome_media) == 1
    triggers = [change.trigger for change in changes(town, report)]
    assert triggers == ["file", "assign", "accept", "ask", "answer_question", "resolve", "close"]
    assert town.read(lambda connection: broken_links(connection, report.id)) == []
    assert counted(town, InboxFailure) == 0


# ---------------------------------------------------------------- forget me

NAME, PHONE = "Hoàng Thị Mận", "0912345678"


async def left_a_name(hoa: Neighbour, phone: str = PHONE) -> None:
    await hoa.say(DARK, report_prediction("lighting_greenery", place="xóm 5", commune="17713"))
    for press, words in (("Để lại tên, số điện thoại", ""), ("Đồng ý", NAME), ("", phone)):
        if press:
            await hoa.press(press)
        if words:
            await hoa.say(words)
    await hoa.press("Gửi")


async def test_a_name_and_a_phone_are_kept_only_after_a_consent(town: TestTown, hoa: Neighbour) -> None:
    await left_a_name(hoa)
    report = town.read(lambda connection: all_reports(connection, 1))[0]
    assert (report.reporter_name, report.reporter_phone, report.anonymous) == (NAME, "0912 345 678", False)
    assert town.read(lambda connection: row_of(connection, table(Citizen), name=NAME))["phone"] == "0912 345 678"


@pytest.mark.parametrize(("own", "typed_after"), [(True, ""), (False, ""), (True, "0987654321")])
async def test_a_phone_is_known_to_be_theirs_only_if_the_channel_said_so_of_this_very_number(
    town: TestTown, hoa: Neighbour, own: bool, typed_after: str
) -> None:
    await hoa.say(DARK, report_prediction("lighting_greenery", place="xóm 5", commune="17713"))
    await hoa.press("Để lại tên, số điện thoại")
    await hoa.press("Đồng ý")
    await hoa.say(NAME)
    await hoa.say("", kind="contact", phone=PHONE, phone_verified=own)
    if typed_after:
        await hoa.say(typed_after)
        await hoa.press("Đồng ý")
        await hoa.press("Bỏ qua")
    await hoa.press("Gửi")
    report = town.read(lambda connection: all_reports(connection, 1))[0]
    assert report.reporter_phone.replace(" ", "") == (typed_after or PHONE)
    assert report.phone_verified is (own and not typed_after)
    await hoa.say("xoá thông tin của tôi")
    await hoa.press("Xoá")
    assert not town.read(lambda connection: all_reports(connection, 1))[0].phone_verified


async def test_who_asks_to_be_forgotten_is(town: TestTown, hoa: Neighbour) -> None:
    await left_a_name(hoa)
    await hoa.say("xoá thông tin của tôi")
    await hoa.press("Xoá")
    report = town.read(lambda connection: all_reports(connection, 1))[0]
    assert (report.reporter_name, report.reporter_phone, report.anonymous) == ("", "", True)
    assert now_is(town, report).status is Status.ASSIGNED, "the report itself goes on"


@pytest.mark.parametrize("typed", [PHONE, "0912.345.678", "+84 912 345 678", "o912345678"])
async def test_of_who_asked_to_be_forgotten_neither_name_nor_phone_stands_anywhere(
    town: TestTown, hoa: Neighbour, typed: str
) -> None:
    await left_a_name(hoa, typed)
    assert where_it_stands(town, typed) and where_it_stands(town, NAME), "the test looks where they are"
    await hoa.say("xoá thông tin của tôi")
    await hoa.press("Xoá")
    assert where_it_stands(town, typed) == []
    assert where_it_stands(town, "0912 345 678") == []
    assert where_it_stands(town, NAME) == []


def where_it_stands(town: TestTown, words: str) -> list[str]:
    """Every column of every table in which these words can be read."""

    def look(connection: Connection) -> list[str]:
        found = []
        for name, known in Base.metadata.tables.items():
            for column in known.columns:
                query = text(f'SELECT count(*) FROM "{name}" WHERE CAST("{column.name}" AS TEXT) LIKE :like')
                if connection.execute(query, {"like": f"%{words}%"}).scalar_one():
                    found.append(f"{name}.{column.name}")
        return found

    return town.read(look)


# ---------------------------------------------------------------- the door


async def test_a_command_and_a_button_are_not_given_to_nlp(town: TestTown, hoa: Neighbour) -> None:
    heard: list[str] = []
    with patch.object(town.understanding, "understand", side_effect=lambda words: heard.append(words)):
        await hoa.say("/mine")
        await hoa.say("  ")
        await hoa.wire("/new")
    assert heard == []


async def test_messages_of_one_chat_are_taken_in_their_order(town: TestTown, hoa: Neighbour) -> None:
    import asyncio

    incomings = [town.incoming(f"tin {number}") for number in range(30)]
    await asyncio.gather(*(town.hear(incoming) for incoming in incomings))
    said = town.read(
        lambda connection: (
            connection.execute(
                select(table(Message).c.part).where(table(Message).c.direction == "in").order_by(table(Message).c.id)
            )
            .scalars()
            .all()
        )
    )
    assert [part["text"] for part in said] == [f"tin {number}" for number in range(30)]


async def test_nothing_is_kept_of_a_message_whose_commit_failed(town: TestTown, hoa: Neighbour) -> None:
    town.writer.close()
    with pytest.raises(RuntimeError):
        await Inbox(town.writer, town.town, town.clock).receive(town.incoming("đèn hỏng"))
    assert counted(town, InboxKey) == counted(town, Message) == 0


async def test_a_message_from_a_channel_nobody_serves_is_refused_not_lost(town: TestTown) -> None:
    incoming = replace(town.incoming("đèn hỏng"), address=Address("fax", "main", "1"))
    with pytest.raises(KeyError):
        await town.hear(incoming)


# ---------------------------------------------------------------- what a reviewer found


async def test_a_photo_of_two_problems_is_on_both_cards(town: TestTown, hoa: Neighbour) -> None:
    both = (("lighting_greenery", 0.48), ("road_infrastructure", 0.44))
    nlp = report_prediction("lighting_greenery", 0.48, alternatives=both, place="xóm 2", commune="17713")
    await hoa.say("đèn tắt mà đường cũng nát", nlp, kind="media", media=(photo(),))
    await hoa.press("Cả hai việc: Đèn đường, cây xanh và Đường, cầu, cống")
    await hoa.press("Gửi")
    await hoa.press("Gửi")
    second, first = town.read(lambda connection: all_reports(connection, 2))
    assert (len(first.media), len(second.media)) == (1, 1)
    assert first.media[0].ref != second.media[0].ref


async def test_what_is_added_while_an_officer_waits_for_an_answer_is_the_answer(
    town: TestTown, hoa: Neighbour, hung: Clerk
) -> None:
    report = await hoa.file()
    await hung.button(report, "ask")
    await hung.say(report, "Cột số mấy?")
    town.push()
    await hoa.press("Huỷ")
    await hoa.wire(f"/add {report.code}")
    await hoa.say("cột số ba", Prediction("chatter"))
    answered = now_is(town, report)
    assert (answered.status, answered.paused_at, answered.question) == (Status.IN_PROGRESS, None, "")


async def test_a_result_does_not_wait_for_the_answer_to_a_question_that_is_over(
    town: TestTown, hoa: Neighbour, hung: Clerk
) -> None:
    report = await hoa.file()
    await hung.button(report, "ask")
    await hung.say(report, "Cột số mấy?")
    town.push()
    assert hoa.talk.dialog == "answer"
    await hung.button(now_is(town, report), "refuse")
    await hung.say(report, "việc của điện lực")
    assert town.push() == 1
    assert hoa.talk.dialog == ""


async def test_a_newer_question_on_a_report_takes_the_place_of_the_older(
    town: TestTown, hoa: Neighbour, hung: Clerk
) -> None:
    report, khoa = await hoa.file(), Clerk(town, "Khoa", "dien-luc")
    await hung.button(report, "ask")
    await hung.say(report, "Cột số mấy?")
    town.push()
    await hung.button(now_is(town, report), "forward")
    await hung.press(report, "more")
    await hung.press(report, "to:dien-luc")
    await khoa.button(now_is(town, report), "ask")
    await khoa.say(report, "Có thấy dây đứt không?")
    assert town.push() == 2
    assert "Có thấy dây đứt không?" in hoa.talk.prompt.text


async def test_a_sensitive_report_is_not_forwarded_into_the_room_of_a_unit(town: TestTown, hoa: Neighbour) -> None:
    report = await hoa.file("cán bộ xã nhận tiền", "officer_conduct", denunciation=True)
    trusted = Clerk(town, "Thanh", "sensitive")
    await trusted.button(report, "forward")
    await trusted.press(report, "more")
    await trusted.press(report, f"to:{UBND}")
    assert shown_in(town, report) == {"sensitive"}
    key = staff_key("room:web:sensitive", trusted.id, report.code)
    offered = town.read(lambda connection: load_talk(connection, key)).prompt.choices
    units = {choice.id.removeprefix("to:") for choice in offered if choice.id.startswith("to:")}
    agencies = thanh_chuong().agencies
    assert {agencies[unit].room for unit in units} <= {"sensitive", "operators"}


async def test_an_answer_to_a_chat_that_nobody_serves_at_the_moment_is_kept_for_it(
    town: TestTown, hoa: Neighbour, hung: Clerk
) -> None:
    report = await hoa.file()
    town.inbox.town = replace(town.town, capabilities={})
    await hung.say(report, "mai em xuống xem")
    outcome = await hung.press(report, "send")
    assert not outcome.refused
    last = town.read(lambda connection: connection.execute(select(table(Outbox)).order_by(table(Outbox).c.id.desc())))
    assert last.mappings().first()["state"] == "queued"


async def test_those_who_cannot_be_told_now_keep_nobody_else_waiting(
    town: TestTown, hoa: Neighbour, nam: Neighbour, hung: Clerk
) -> None:
    for words in ("một", "hai", "ba"):
        report = await hoa.file(words)
        await hung.button(report, "refuse")
        await hung.say(report, "không thuộc xã")
    await hoa.say("đường hỏng quá", report_prediction("road_infrastructure"))  # a draft: hoa's chat is busy
    late = await nam.file("đèn hỏng")
    await hung.button(late, "accept")
    with patch.object(bot.push, "SWEEP", 2):
        town.push()
    told_nam = town.read(
        lambda connection: connection.execute(
            select(table(Outbox)).where(table(Outbox).c.address_key == nam.key, table(Outbox).c.lane == 1)
        ).all()
    )
    assert len(told_nam) == 1


async def test_what_is_for_a_channel_that_nobody_serves_waits_for_it(
    town: TestTown, hoa: Neighbour, hung: Clerk
) -> None:
    report, served = await hoa.file(), town.town
    await hung.button(report, "accept")
    town.town = replace(served, capabilities={"console": served.capabilities["console"]})
    assert town.push() == 0
    assert town.read(lambda connection: bot.push.waiting_changes(connection, town.town, town.clock(), 9)) == []
    town.town = served
    assert town.push() == 1


@pytest.mark.parametrize("arrives", [True, False])
async def test_a_result_waits_for_its_photo_but_not_for_ever(
    arrives: bool, town: TestTown, hoa: Neighbour, hung: Clerk
) -> None:
    report = await hoa.file()
    await hung.button(report, "accept")
    await hung.button(now_is(town, report), "finish")
    await hung.say(report, "đã thay bóng", kind="media", media=(photo(),))
    assert town.push() == 0
    if arrives:
        town.fetch()
    else:
        town.clock.forward(bot.push.PICTURE_WAIT)
    assert town.push() == 2
    messages = select(table(Message).c.part).order_by(table(Message).c.id.desc()).limit(1)
    part = town.read(lambda connection: connection.execute(messages).scalar_one())
    assert len(part.get("media", ())) == arrives
