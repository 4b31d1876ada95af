"""Every change of a report reaches its citizen's own chat, once, in words, and never in the middle of something."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

import bot.push
from bot.push import is_busy
from bot.quiet import QuietHours
from dialogs.words import Part, Status, Talk
from store.conversations import part_from
from store.outbox import NOTICE
from store.tables.base import table
from store.tables.delivery import Outbox
from store.tables.people import Identity
from store.tables.reports import Media, StatusChange
from store.tables.talk import Message
from tests.people import DARK, UBND, Clerk, Neighbour, now_is
from tests.stored import a_stored_report
from tests.town import MONDAY_NINE, TestTown, photo, report_prediction


@pytest.fixture
def hoa(town: TestTown) -> Neighbour:
    return Neighbour(town)


@pytest.fixture
def hung(town: TestTown) -> Clerk:
    return Clerk(town, "Hùng", UBND, "intake")


def pushed(town: TestTown, chat: str = "hoa") -> list[Part]:
    """Sweep, and what that chat was sent by it."""
    last = town.read(lambda connection: connection.execute(select(table(Outbox).c.id)).scalars().all())
    town.push()
    queued = (
        select(table(Message).c.part)
        .join(table(Outbox), table(Outbox).c.message_id == table(Message).c.id)
        .where(table(Outbox).c.id.not_in(last), table(Outbox).c.chat == chat, table(Outbox).c.lane == NOTICE)
        .order_by(table(Outbox).c.id)
    )
    return [part_from(part) for part in town.read(lambda connection: connection.execute(queued).scalars().all())]


def left(town: TestTown) -> int:
    """Changes that have not been told."""
    waiting = select(table(StatusChange).c.id).where(table(StatusChange).c.pushed_at.is_(None))
    return len(town.read(lambda connection: connection.execute(waiting).all()))


# ---------------------------------------------------------------- what is told


async def test_an_accepted_report_is_told_with_its_date(town: TestTown, hoa: Neighbour, hung: Clerk) -> None:
    report = await hoa.file()
    await hung.button(report, "accept")
    (notice,) = pushed(town)
    assert notice.text.startswith(f"Phòng Kinh tế xã Đại Đồng đã nhận phản ánh {report.code} và hẹn trả lời trước ")
    assert notice.choices == ()


async def test_a_change_is_told_once(town: TestTown, hoa: Neighbour, hung: Clerk) -> None:
    await hung.button(await hoa.file(), "accept")
    assert len(pushed(town)) == 1
    assert pushed(town) == []
    assert left(town) == 0


async def test_a_forwarded_report_is_told_with_its_new_unit(town: TestTown, hoa: Neighbour, hung: Clerk) -> None:
    report = await hoa.file()
    await hung.button(report, "forward")
    await hung.press(report, "to:cong-an-17713")
    (notice,) = pushed(town)
    assert "Công an xã Đại Đồng" in notice.text and report.code in notice.text


async def test_a_refused_report_is_told_with_the_reason_and_a_way_back(
    town: TestTown, hoa: Neighbour, hung: Clerk
) -> None:
    report = await hoa.file()
    await hung.button(report, "refuse")
    await hung.say(report, "Đây là đường riêng của gia đình.")
    (notice,) = pushed(town)
    assert "Đây là đường riêng của gia đình." in notice.text
    assert [choice.id for choice in notice.choices] == [f"/reopen {report.code}"]


async def resolved(town: TestTown, hoa: Neighbour, hung: Clerk) -> Any:
    await hoa.say("", kind="media", media=(photo(),))
    report = await hoa.file()
    await hung.button(report, "accept")
    pushed(town)
    await hung.button(now_is(town, report), "finish")
    await hung.say(report, "Đã thay bóng")
    await hung.say(report, "", kind="media", media=(photo(),))
    return report


def store_all_pictures(town: TestTown) -> None:
    town.write(lambda connection: connection.execute(update(table(Media)).values(state="stored", blob="0" * 64)))


async def test_a_finished_report_is_told_with_before_and_after_and_asks_for_a_rating(
    town: TestTown, hoa: Neighbour, hung: Clerk
) -> None:
    report = await resolved(town, hoa, hung)
    store_all_pictures(town)
    (notice,) = pushed(town)
    assert "Đã thay bóng" in notice.text
    assert [item.kind for item in notice.media] == ["image", "image"]
    assert all(item.url.startswith("/media/") for item in notice.media)
    assert [choice.id for choice in notice.choices] == [f"/rate {report.code}", f"/reopen {report.code}"]


async def test_a_result_waits_for_its_photo_but_not_for_ever(town: TestTown, hoa: Neighbour, hung: Clerk) -> None:
    await resolved(town, hoa, hung)
    assert pushed(town) == []
    town.clock.forward(bot.push.PICTURE_WAIT)
    (notice,) = pushed(town)
    assert notice.media == (), "what is not clean is not shown"


async def test_without_an_after_photo_the_reason_is_told(town: TestTown, hoa: Neighbour, hung: Clerk) -> None:
    report = await hoa.file()
    await hung.button(report, "accept")
    pushed(town)
    await hung.button(now_is(town, report), "finish")
    await hung.say(report, "Đã nhắc nhở")
    await hung.press(report, "no_photo")
    await hung.say(report, "việc này không chụp được")
    (notice,) = pushed(town)
    assert "(Không có ảnh: việc này không chụp được)" in notice.text
    assert notice.media == ()


async def test_filing_assigning_and_internal_things_are_not_told(town: TestTown, hoa: Neighbour, hung: Clerk) -> None:
    report = await hoa.file()
    await hung.say(report, "nhắc anh Tư")
    await hung.press(report, "note")
    await hung.button(report, "urgent")
    assert pushed(town) == []
    assert left(town) == 0


async def test_a_report_without_a_chat_holds_nobody_up(town: TestTown, hoa: Neighbour, hung: Clerk) -> None:
    report = await hoa.file()
    await hung.button(report, "accept")
    town.write(lambda connection: connection.execute(table(Identity).delete()))
    assert pushed(town) == []
    assert left(town) == 0


# ---------------------------------------------------------------- questions


async def asked(town: TestTown, hoa: Neighbour, hung: Clerk) -> Any:
    report = await hoa.file()
    await hung.button(report, "ask")
    await hung.say(report, "Cột số mấy ạ?")
    return report


async def test_a_question_opens_the_dialog_in_which_it_is_answered(town: TestTown, hoa: Neighbour, hung: Clerk) -> None:
    report = await asked(town, hoa, hung)
    (notice,) = pushed(town)
    assert "Cột số mấy ạ?" in notice.text
    assert (hoa.talk.dialog, hoa.talk.state) == ("answer", "waiting")
    await hoa.say("cột số 7")
    assert now_is(town, report).status is Status.IN_PROGRESS


async def test_a_question_waits_while_the_citizen_is_in_the_middle_of_something(
    town: TestTown, hoa: Neighbour, hung: Clerk
) -> None:
    await asked(town, hoa, hung)
    await hoa.say("ngập ở chợ Rộ", report_prediction("urban_order", place="chợ Rộ"))
    before = hoa.talk
    assert pushed(town) == []
    assert hoa.talk == before
    await hoa.say("huỷ")
    assert len(pushed(town)) == 1


async def test_a_draft_left_lying_for_longer_than_it_lives_holds_up_no_question(
    town: TestTown, hoa: Neighbour, hung: Clerk
) -> None:
    await asked(town, hoa, hung)
    await hoa.say("ngập ở chợ Rộ", report_prediction("urban_order", place="chợ Rộ"))
    town.clock.forward(timedelta(hours=25))
    assert len(pushed(town)) >= 1
    assert hoa.talk.dialog == "answer"


async def test_a_notice_that_asks_nothing_does_not_wait(town: TestTown, hoa: Neighbour, hung: Clerk) -> None:
    report = await hoa.file()
    await hung.button(report, "accept")
    await hoa.say("ngập ở chợ Rộ", report_prediction("urban_order", place="chợ Rộ"))
    before = hoa.talk
    assert len(pushed(town)) == 1
    assert hoa.talk == before


async def test_a_question_that_was_overtaken_is_not_asked_any_more(town: TestTown, hoa: Neighbour, hung: Clerk) -> None:
    report = await asked(town, hoa, hung)
    await hung.button(now_is(town, report), "forward")
    await hung.press(report, "to:cong-an-17713")
    (notice,) = pushed(town)
    assert "Cột số mấy" not in notice.text
    assert not hoa.talk.dialog
    assert left(town) == 0


async def test_a_notice_with_choices_makes_older_numbers_and_buttons_old(
    town: TestTown, hoa: Neighbour, hung: Clerk
) -> None:
    report = await hoa.file()
    await hoa.say("em chào")
    old = hoa.talk.prompt.no
    await hung.button(report, "refuse")
    await hung.say(report, "Đường riêng")
    pushed(town)
    assert hoa.talk.prompt.no > old
    assert [choice.id for choice in hoa.talk.prompt.choices] == [f"/reopen {report.code}"]
    await hoa.say("1")
    assert hoa.talk.dialog == "rate"


@pytest.mark.parametrize(
    ("talk", "hours", "busy"),
    [
        (Talk(), 0, False),
        (Talk(updated_at=MONDAY_NINE), 0, False),
        (Talk("report", "confirm", updated_at=MONDAY_NINE), 24, True),
        (Talk("report", "confirm", updated_at=MONDAY_NINE), 25, False),
        (Talk("rate", "solved", updated_at=MONDAY_NINE), 1, True),
    ],
)
def test_a_chat_is_busy_while_a_dialog_is_open_and_not_left_lying(talk: Talk, hours: int, busy: bool) -> None:
    assert is_busy(talk, MONDAY_NINE + timedelta(hours=hours)) is busy


# ---------------------------------------------------------------- together, and at night


async def test_several_changes_that_had_to_wait_become_one_message(town: TestTown, hoa: Neighbour, hung: Clerk) -> None:
    report = await hoa.file()
    await hung.button(report, "forward")
    await hung.press(report, "to:van-phong-17713")
    await hung.button(now_is(town, report), "accept")
    (notice,) = pushed(town)
    assert "đã nhận phản ánh" in notice.text
    assert notice.text.startswith(f"Tin mới về phản ánh {report.code} ạ:\n• 09:00 thứ Hai 23/11: ")
    assert left(town) == 0


async def test_in_quiet_hours_only_what_is_urgent_is_told(town: TestTown, hoa: Neighbour, hung: Clerk) -> None:
    nam = Neighbour(town, "nam")
    calm, urgent = await hoa.file(), await nam.file("cháy chợ", "emergency_disaster", urgent=True)
    for report in (calm, urgent):
        await hung.button(report, "accept")
    town.clock.forward(timedelta(hours=13))  # 22:00
    assert pushed(town, "hoa") == []
    town.clock.forward(timedelta(hours=8, seconds=-1))
    assert pushed(town, "hoa") == []
    town.clock.forward(timedelta(seconds=1))
    assert len(pushed(town, "hoa")) == 1
    assert left(town) == 0
    told = table(Outbox).c
    rows = town.read(
        lambda connection: connection.execute(
            select(told.chat, told.created_at).where(told.lane == NOTICE).order_by(told.id)
        ).all()
    )
    assert [row.chat for row in rows] == ["nam", "hoa"]


@pytest.mark.parametrize(
    ("begin", "end", "hours", "quiet"),
    [
        ("21:00", "6:00", 11, False),  # 20:00
        ("21:00", "6:00", 12, True),  # 21:00
        ("21:00", "6:00", 20, True),  # 5:00
        ("21:00", "6:00", 21, False),  # 6:00
        ("12:00", "13:30", 3, True),
        ("12:00", "13:30", 4, True),
        ("12:00", "13:30", 5, False),
        ("21:00", "21:00", 12, False),
    ],
)
def test_quiet_hours_may_go_over_midnight_or_not_be_at_all(begin: str, end: str, hours: int, quiet: bool) -> None:
    assert QuietHours.between(begin, end).at(MONDAY_NINE + timedelta(hours=hours)) is quiet


async def test_changes_that_must_wait_hold_nobody_up(
    town: TestTown, hoa: Neighbour, hung: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.push, "SWEEP", 1)
    await asked(town, hoa, hung)
    await hoa.say("ngập ở chợ Rộ", report_prediction("urban_order", place="chợ Rộ"))
    await hung.button(await Neighbour(town, "nam").file(), "accept")
    assert len(pushed(town, "nam")) == 1
    assert left(town) == 1


async def test_the_words_of_a_notice_are_never_read_as_a_template(town: TestTown, hoa: Neighbour, hung: Clerk) -> None:
    report = await hoa.file(f"{DARK} {{code}} {{0}}")
    await hung.button(report, "refuse")
    await hung.say(report, "vì {agency} %s {0}")
    (notice,) = pushed(town)
    assert "vì {agency} %s {0}" in notice.text


async def test_a_change_written_by_hand_of_an_unknown_kind_is_passed_over(town: TestTown) -> None:
    def odd(connection: Any) -> None:
        report = a_stored_report(connection)
        connection.execute(
            update(table(StatusChange))
            .where(table(StatusChange).c.report_id == report)
            .values(trigger="from_the_future", pushed_at=None)
        )

    town.write(odd)
    assert pushed(town) == []
    assert left(town) == 0
