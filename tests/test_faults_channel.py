"""The channel misbehaves, or the clock does: every message in the end, once, in its chat's order."""

import random
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from dialogs.words import Address, SendError
from store.tables.base import table
from store.tables.reports import Report
from store.tables.talk import Message
from tests.test_bot_outbox import FakeConnector, Post
from tests.town import TestTown, report_prediction

_message, _report = table(Message), table(Report)
LAMP = "đèn đường xóm 5 Thanh Lĩnh hỏng"
CHATS = [Address("telegram", "main", f"chat{number}") for number in range(5)]
AN_HOUR = timedelta(hours=1)


class Outage(FakeConnector):
    """Refuses everything while it is `out`, and remembers when each message arrived."""

    out: SendError | None = None

    async def send(self, *what: Any) -> str:
        if self.out:
            raise self.out
        return await super().send(*what)


@pytest.fixture
def outage(town: TestTown) -> tuple[Post, Outage]:
    connector = Outage()
    return Post(town, connector), connector


async def test_ten_minutes_without_telegram_lose_nothing_and_break_no_order(outage: tuple[Post, Outage]) -> None:
    post, connector = outage
    connector.out = SendError("retry", "unreachable")
    for minute in range(10):
        for address in CHATS:
            post.queue(f"{address.chat} {minute}", address)
        await post.go()
        post.town.clock.forward(timedelta(minutes=1))
    assert connector.sent == []
    connector.out = None
    post.town.clock.forward(timedelta(minutes=10))  # the rarest try after ten minutes of failures
    await post.go()
    for address in CHATS:
        arrived = [text for chat, text in connector.sent if chat == address.chat]
        assert arrived == [f"{address.chat} {minute}" for minute in range(10)]


async def test_a_storm_of_429_ends_with_everything_delivered_once_in_order(outage: tuple[Post, Outage]) -> None:
    post, connector = outage
    connector.out = SendError("throttled", "Too Many Requests", 3.0)
    for number in range(6):
        for address in CHATS:
            post.queue(f"{address.chat} {number}", address)
    for _ in range(40):  # more often than a message that fails is tried at all: being throttled is no failure
        await post.go()
        post.town.clock.forward(timedelta(seconds=3))
    connector.out = None
    await post.go()
    for address in CHATS:
        arrived = [text for chat, text in connector.sent if chat == address.chat]
        assert arrived == [f"{address.chat} {number}" for number in range(6)]


async def test_updates_doubled_shuffled_and_late_are_each_taken_once(town: TestTown) -> None:
    said = [town.incoming(f"lời {number}", chat=f"chat{number % 5}") for number in range(40)]
    brought = said * 2 + random.Random(4).sample(said, 10)
    random.Random(5).shuffle(brought)
    outcomes = [(await town.hear(incoming)).fresh for incoming in brought]
    town.clock.forward(timedelta(days=3))
    late = [(await town.hear(incoming)).fresh for incoming in said]
    assert (sum(outcomes), sum(late)) == (40, 0)
    heard = select(_message.c.part).where(_message.c.direction == "in")
    texts = [part["text"] for part in town.read(lambda connection: list(connection.execute(heard).scalars()))]
    assert sorted(texts) == sorted(incoming.text for incoming in said)


@pytest.mark.parametrize("jump", [AN_HOUR, -AN_HOUR])
async def test_a_clock_that_jumps_an_hour_disturbs_nobody(town: TestTown, jump: timedelta) -> None:
    post = Post(town)
    town.understanding.scripted[LAMP] = report_prediction("lighting_greenery", place="xóm 5", commune="17713")
    await town.hear(town.incoming(LAMP, channel="telegram"))
    assert len(await post.go()) == 1
    town.clock.forward(jump)
    filed = await town.hear(town.incoming("1", channel="telegram"))
    assert "Mã phản ánh" in filed.replies[0].text
    assert len(await post.go()) >= 1, "answered now, not in an hour"
    town.clock.forward(-jump)
    await town.hear(town.incoming("phản ánh của tôi", channel="telegram"))
    assert len(await post.go()) >= 1
    assert town.read(lambda connection: len(connection.execute(select(_report)).all())) == 1


async def test_an_answer_that_waited_when_the_clock_was_set_back_is_not_kept_for_an_hour(town: TestTown) -> None:
    post = Post(town)
    post.queue("một")
    town.clock.forward(-AN_HOUR)
    post.queue("hai")
    assert await post.go() == ["một", "hai"]
