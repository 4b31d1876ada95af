"""A Zalo bot's plan ends at some point; the operators know before."""

from datetime import timedelta

import pytest

import bot.zalo_bot_plan
from bot.zalo_bot_plan import find_plan_warnings, standings
from dialogs.words import Address, Media, Part
from store.notices import notices_of
from store.outbox import claim, queue_part, waiting
from tests.town import TestTown

CHANNEL = "zalo_bot"


def used(town: TestTown) -> dict[str, int]:
    """What is counted, by what it is."""
    found = town.read(lambda connection: standings(connection, town.clock()))
    return {standing.slot.rpartition(":")[2]: standing.used for standing in found}


def told(town: TestTown) -> list[str]:
    return [notice.text for notice in reversed(town.read(lambda connection: notices_of(connection, ["operators"])))]


def send(town: TestTown, part: Part, chat: str) -> None:
    """Queue a part and take it up for delivery, as the deliverer does."""
    address = Address(CHANNEL, "main", chat)
    town.write(lambda connection: queue_part(connection, address, part, town.clock()))
    for row in town.read(lambda connection: waiting(connection, CHANNEL, "main", town.clock(), 99)):
        town.write(lambda connection, row=row: claim(connection, row))


async def test_people_and_messages_of_both_directions_are_counted_for_this_channel_alone(town: TestTown) -> None:
    await town.hear(town.incoming("chào", channel=CHANNEL))
    await town.hear(town.incoming("chào", chat="nam", channel=CHANNEL))
    await town.hear(town.incoming("chào", channel="webchat"))
    assert used(town) == {"people": 2, "messages": 2}, "what waits to be sent does not count yet"
    photo = Media("image", "7")
    send(town, Part("Xong", media=(photo, photo)), "hoa")
    assert used(town)["messages"] == 2 + 2 + 2, "two heard, their two answers, two photos with the words under one"


async def test_our_own_turns_are_no_messages(town: TestTown) -> None:
    await town.hear(town.incoming("chào", channel=CHANNEL))
    await town.hear(town.incoming(channel=CHANNEL, kind="media_ready"))
    assert used(town)["messages"] == 1


async def test_the_month_begins_anew_at_midnight_in_town_and_people_stay(town: TestTown) -> None:
    await town.hear(town.incoming("chào", channel=CHANNEL))
    town.clock.now = town.clock.now.replace(month=12, day=1, hour=0) - timedelta(hours=7, seconds=1)
    assert used(town) == {"people": 1, "messages": 1}
    town.clock.forward(timedelta(seconds=1))
    assert used(town) == {"people": 1, "messages": 0}


async def test_the_operators_are_told_at_four_fifths_and_at_the_end_once_each(
    town: TestTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.zalo_bot_plan, "MOST_PEOPLE", 100)
    monkeypatch.setattr(bot.zalo_bot_plan, "MOST_MESSAGES", 5)
    for _ in range(3):
        await town.hear(town.incoming("chào", channel=CHANNEL))
    await town.tick()
    assert told(town) == []
    await town.hear(town.incoming("chào", channel=CHANNEL))
    for _ in range(3):
        await town.tick()
    (first,) = told(town)
    assert "tháng này đã dùng 4/5 tin (80 %)" in first
    await town.hear(town.incoming("chào", channel=CHANNEL))
    await town.tick()
    assert "5/5 tin (100 %)" in told(town)[1]
    town.clock.now = town.clock.now.replace(month=12)
    for _ in range(4):
        await town.hear(town.incoming("chào", channel=CHANNEL))
    await town.tick()
    assert "4/5 tin (80 %)" in told(town)[2], "a new month, a new warning"


async def test_new_people_are_warned_of_too(town: TestTown, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.zalo_bot_plan, "MOST_PEOPLE", 2)
    for chat in ("hoa", "nam"):
        await town.hear(town.incoming("chào", chat=chat, channel=CHANNEL))
    await town.tick()
    (line,) = told(town)
    assert "đã có 2/2 người dùng (100 %)" in line, "one notice, though 80 % is passed as well"


async def test_where_there_is_no_zalo_bot_nobody_looks(town: TestTown, monkeypatch: pytest.MonkeyPatch) -> None:
    await town.hear(town.incoming("chào", channel=CHANNEL))
    monkeypatch.setattr(bot.zalo_bot_plan, "MOST_PEOPLE", 1)
    assert town.read(lambda connection: find_plan_warnings(connection, town.desk, town.clock()))
    object.__setattr__(town.town, "capabilities", {})
    assert town.read(lambda connection: find_plan_warnings(connection, town.desk, town.clock())) == []
