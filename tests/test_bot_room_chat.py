"""A chat group that is a staff room: bound by a code, cards posted and edited, everything by buttons and replies."""

from typing import Any

import pytest
from sqlalchemy import select

from bot.outcome import Outcome
from bot.room_cards import post_cards
from dialogs.words import Address, Capabilities, Incoming, Part, Sender
from store import outbox, staff_chat
from store.outbox import OutboxMessage
from store.reports import report_by_code
from store.tables import Outbox, StaffCard, table
from tests.town import TestTown, photo, report_prediction

GROUP = Address("telegram", "main", "-100777")
LAMP = "đèn đường xóm 5 Thanh Lĩnh hỏng"
ROOM = "ubnd-17713"
TELEGRAM = Capabilities(buttons=30, edit=True, media_out=frozenset({"image"}))


class Group:
    """The officers' group as a test sees it: what is posted, in order, with the ids the channel gave."""

    def __init__(self, town: TestTown) -> None:
        self.town = town
        town.town.capabilities["telegram"] = TELEGRAM  # type: ignore[index]
        self.count = 0
        self.posted: list[tuple[str, Part]] = []

    async def hears(self, text: str = "", sender: str = "hung", **what: Any) -> Outcome:
        """Somebody in the group does something."""
        self.count += 1
        what = {"kind": "text", **what}
        who = Sender(sender, anonymous=sender == "anonymous")
        incoming = Incoming(
            GROUP, who, dedupe_key=f"g{self.count}", at=self.town.clock(), text=text, in_group=True, **what
        )
        return await self.town.hear(incoming)

    def deliver(self) -> list[Part]:
        """Let the cards be written and everything waiting be sent; returns what the group saw since."""
        self.town.write(lambda connection: post_cards(connection, self.town.town, self.town.clock()))
        now = self.town.clock()
        rows = self.town.read(lambda connection: outbox.waiting(connection, "telegram", "main", now, 100))
        return [self._send(row) for row in rows]

    def _send(self, row: OutboxMessage) -> Part:
        edited = self._known(row.part.edit_of)
        external = edited or str(1000 + len(self.posted))
        self.town.write(lambda connection: outbox.claim(connection, row))
        self.town.write(lambda connection: outbox.mark(connection, row.id, "sent", self.town.clock()))
        self.town.write(lambda connection: outbox.mark_external(connection, row.message_id, external))
        self.posted.append((external, row.part))
        return row.part

    def _known(self, edit_of: str) -> str:
        if not edit_of:
            return ""
        return self.town.read(lambda connection: staff_chat.external_id(connection, int(edit_of)))

    def id_of(self, words: str) -> str:
        """The channel's id of the last message that says so."""
        return next(external for external, part in reversed(self.posted) if words in part.text)

    def button(self, label: str) -> str:
        """The wire id of a button on the last message that has it."""
        return next(choice.id for _, part in reversed(self.posted) for choice in part.choices if choice.label == label)


@pytest.fixture
async def group(town: TestTown) -> Group:
    """A group that Hùng has made the room of Đại Đồng."""
    opened = Group(town)
    officer = town.officer("Hùng", ROOM)
    code = town.write(lambda connection: staff_chat.new_code(connection, officer, ROOM, town.clock()))
    outcome = await opened.hears(f"/ketnoi {code}")
    assert "UBND xã Đại Đồng" in outcome.replies[0].text
    opened.deliver()
    return opened


async def file_report(town: TestTown, text: str = LAMP) -> str:
    """A citizen reports; returns the code."""
    town.understanding.scripted[text] = report_prediction("lighting_greenery", place="xóm 5", commune="17713")
    await town.hear(town.incoming(text))
    outcome = await town.hear(town.incoming("1"))
    return outcome.replies[0].text.partition("Mã phản ánh: ")[2].split()[0]


async def test_a_card_is_posted_once_and_edited_in_place(group: Group) -> None:
    code = await file_report(group.town)
    (card,) = group.deliver()
    assert code in card.text
    assert LAMP in card.text
    assert [choice.label for choice in card.choices] == ["Nhận", "Chuyển", "Hỏi thêm", "Từ chối"]
    await group.hears(kind="choice", choice=group.button("Nhận"), reply_to=group.id_of(code))
    answer, edit = group.deliver()
    assert answer.text.startswith("Hùng: Đã nhận")
    assert edit.edit_of
    assert "đang xử lý" in edit.text
    assert group.deliver() == []


async def test_many_changes_that_wait_are_one_edit(group: Group) -> None:
    code = await file_report(group.town)
    group.deliver()
    for _ in range(3):
        group.town.write(lambda connection: post_cards(connection, group.town.town, group.town.clock()))
        report = group.town.read(lambda connection: report_by_code(connection, code))
        assert report
        await group.hears(kind="choice", choice=f"/case {code} urgent:{report.version}", reply_to=group.id_of(code))
    edits = [part for part in group.deliver() if part.edit_of]
    assert len(edits) == 1
    assert "KHẨN" in edits[0].text


async def test_what_an_officer_is_in_the_middle_of_is_bound_by_reply(group: Group) -> None:
    code = await file_report(group.town)
    group.deliver()
    await group.hears(kind="choice", choice=group.button("Nhận"), reply_to=group.id_of(code))
    group.deliver()
    await group.hears(kind="choice", choice=group.button("Xong"), reply_to=group.id_of(code))
    group.deliver()
    chatter = await group.hears("ok anh em", sender="lan")
    assert chatter.replies == (), "a colleague's words are nobody's outcome"
    assert group.deliver() == []
    prompt = group.id_of("Kết quả xử lý")
    await group.hears("Đã thay bóng.", kind="media", media=(photo(),), reply_to=prompt)
    report = group.town.read(lambda connection: report_by_code(connection, code))
    assert report
    assert (report.status, report.outcome) == ("resolved", "Đã thay bóng.")


async def test_words_under_a_card_become_a_draft_first(group: Group) -> None:
    code = await file_report(group.town)
    group.deliver()
    await group.hears("Mai tổ điện tới ạ.", reply_to=group.id_of(code))
    (preview,) = group.deliver()
    assert "Người dân sẽ đọc như sau" in preview.text
    wire = next(choice.id for choice in preview.choices if choice.label == "Gửi người dân")
    await group.hears(kind="choice", choice=wire, reply_to=group.id_of("Người dân sẽ đọc như sau"))
    assert any("Đã gửi người dân" in part.text for part in group.deliver())


async def test_new_words_and_photos_of_the_citizen_are_posted_under_the_card(group: Group) -> None:
    code = await file_report(group.town)
    group.deliver()
    await group.town.hear(group.town.incoming(f"/add {code}"))
    await group.town.hear(group.town.incoming("cả bóng trước trạm y tế nữa"))
    texts = [part.text for part in group.deliver()]
    assert any("cả bóng trước trạm y tế nữa" in text and "nói thêm" in text for text in texts)
    assert group.deliver() == []


async def test_unknown_people_and_anonymous_admins_are_refused_politely(group: Group) -> None:
    code = await file_report(group.town)
    group.deliver()
    press = {"kind": "choice", "choice": group.button("Nhận"), "reply_to": group.id_of(code)}
    stranger = await group.hears(sender="stranger", **press)
    hidden = await group.hears(sender="anonymous", **press)
    assert "chưa biết anh/chị" in stranger.replies[0].text
    assert "ẩn danh" in hidden.replies[0].text
    report = group.town.read(lambda connection: report_by_code(connection, code))
    assert report
    assert report.status == "assigned"


async def test_a_deleted_card_is_posted_again(group: Group) -> None:
    code = await file_report(group.town)
    group.deliver()
    card = table(StaffCard)
    lost = group.town.read(lambda connection: connection.execute(select(card.c.message_id)).scalar_one())
    group.town.write(lambda connection: staff_chat.card_lost(connection, lost))
    (again,) = group.deliver()
    assert code in again.text
    assert not again.edit_of


async def test_a_group_that_moves_takes_its_room_along(group: Group) -> None:
    code = await file_report(group.town)
    group.deliver()
    await group.hears("-100888", kind="migrated")
    room = group.town.read(lambda connection: staff_chat.room_at(connection, "telegram:main:-100888"))
    assert room
    assert room.id == ROOM
    group.town.write(lambda connection: post_cards(connection, group.town.town, group.town.clock()))
    waiting = group.town.read(
        lambda connection: (
            connection.execute(
                select(table(Outbox).c.chat).where(
                    table(Outbox).c.state == "queued", table(Outbox).c.channel == "telegram"
                )
            )
            .scalars()
            .all()
        )
    )
    assert list(waiting) == ["-100888"]
    assert code


async def test_lists_and_single_cards_show_only_what_this_room_may_see(group: Group) -> None:
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
    assert (await group.hears("/danhsach tôi")).replies[0].text == "Không có việc nào."
    assert (await group.hears(f"/vi_sao {code}")).replies[0].text
    assert "/danhsach" in (await group.hears("/trogiup")).replies[0].text


async def test_a_code_is_good_once_and_for_a_day(town: TestTown) -> None:
    group = Group(town)
    officer = town.officer("Hùng", ROOM)
    code = town.write(lambda connection: staff_chat.new_code(connection, officer, ROOM, town.clock()))
    await group.hears(f"/ketnoi {code}")
    again = await group.hears(f"/ketnoi {code}", sender="thief")
    assert "không dùng được" in again.replies[0].text


async def test_a_group_that_is_no_room_says_how_to_become_one_and_is_no_citizen(town: TestTown) -> None:
    group = Group(town)
    assert "/ketnoi" in (await group.hears("/danhsach")).replies[0].text
    assert (await group.hears("đường hỏng quá")).replies == ()
