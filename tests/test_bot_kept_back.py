"""A report is guarded after its old room's group has read it: nothing of it that is ours stays readable there."""

import pytest

from dialogs.texts import say
from dialogs.words import Media
from tests.group_chat import GroupChat
from tests.test_bot_room_chat import LAMP, ROOM, file_report
from tests.town import TestTown, photo

ADDED = "nhà bà Sáu ngay đó thấy hết"


@pytest.fixture
async def group(town: TestTown) -> GroupChat:
    """The old room's group, where Hùng may also see what is guarded."""
    opened = GroupChat(town)
    await opened.connect(ROOM, town.officer("Hùng", ROOM, "sensitive"), "hung")
    await opened.deliver()
    return opened


async def add(group: GroupChat, code: str, text: str = "", *media: Media) -> None:
    """The citizen says more, with pictures that are clean at once."""
    await group.town.hear(group.town.incoming(f"/add {code}"))
    await group.town.hear(group.town.incoming(text, kind="media" if media else "text", media=media))
    group.town.fetch()


async def guard(group: GroupChat) -> None:
    for button in ("Thêm…", "Giữ kín"):
        await group.press(button)
        await group.deliver()
    await group.press("Đồng ý")


def standing(group: GroupChat) -> str:
    return "\n".join(part.text for _, part in group.newest())


async def test_one_line_stands_in_place_of_the_card_its_copies_and_what_was_added(group: GroupChat) -> None:
    code = await file_report(group.town)
    await group.deliver()
    await add(group, code, ADDED)
    await group.deliver()
    await group.hears(f"/xem {code}")
    await group.deliver()
    assert standing(group).count(LAMP) == 2
    await guard(group)
    await group.deliver()
    assert LAMP not in standing(group)
    assert ADDED not in standing(group)
    assert [part.choices for _, part in group.newest() if part.text == say("group.card.kept_from_here", code=code)] == [
        ()
    ]


async def test_what_still_waits_to_be_sent_is_never_sent(group: GroupChat) -> None:
    code = await file_report(group.town)
    await group.deliver()
    await add(group, code, "trước đó")
    await group.deliver()
    for button in ("Thêm…", "Giữ kín"):
        await group.press(button)
        await group.deliver()
    await group.hears(f"/xem {code}")
    await group.press("Đồng ý")
    assert [part.text for part in await group.deliver() if LAMP in part.text] == []


async def test_each_of_its_photos_is_taken_away(group: GroupChat) -> None:
    code = await file_report(group.town)
    await group.deliver()
    await add(group, code, ADDED, photo("1.jpg"), photo("2.jpg"))
    await group.deliver()
    assert sum(len(part.media) for _, part in group.newest()) == 2
    await guard(group)
    await group.deliver()
    assert [part for _, part in group.newest() if part.media] == []


async def test_another_reports_messages_stay(group: GroupChat) -> None:
    other = await file_report(group.town, "ổ gà xóm 2")
    await group.deliver()
    await file_report(group.town)
    await group.deliver()
    await guard(group)
    await group.deliver()
    assert other in standing(group)
    assert "ổ gà xóm 2" in standing(group)
