"""An announcement reaches who asked for it, once, in slices, at decent hours; and can be held and ended at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, insert, select

import bot.broadcast
from bot.broadcast import ENOUGH, SLICE, Broadcaster
from bot.outbox import Deliverer
from dialogs.texts import say
from dialogs.words import Address, Capabilities, Part, SendError
from store import broadcasts, outbox, subscriptions
from store.conversations import mark_gone
from store.tables.base import table
from store.tables.delivery import Outbox
from store.tables.people import Citizen, Identity, Subscription
from store.tables.talk import Conversation
from tests.stored import a_person, a_queued_part
from tests.town import MONDAY_NINE, TestTown, thanh_chuong

TOWN, DAI_DONG, KIM_BANG = thanh_chuong().id, "17713", "17791"
TEXT = "Thứ Ba 24/11 cắt điện từ 7 giờ đến 11 giờ. <b>*Chú ý* {tên}</b>"
_outbox = table(Outbox)


class Channel:
    """Delivers at once into a list, at most so many at a time; fails for whom it is told to."""

    name, account, capabilities = "webchat", "main", Capabilities(buttons=0)

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.gone: set[str] = set()
        self.most_waiting = 0

    @asynccontextmanager
    async def turn(self, address: Address, part: Part, lane: int) -> AsyncIterator[None]:
        yield

    async def send(self, address: Address, part: Part, message_id: int) -> str:
        if address.chat in self.gone:
            raise SendError("recipient_gone", "blocked")
        self.sent.append((address.chat, part.text))
        return ""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


class Office:
    """The town, its broadcaster, and the channel on which everybody is."""

    def __init__(self, town: TestTown) -> None:
        self.town, self.channel = town, Channel()
        self.start()

    def start(self) -> None:
        """As after a restart: nothing is remembered but the rows."""
        self.broadcaster = Broadcaster(self.town.town, self.town.writer, self.read, self.town.clock)
        self.deliverer = Deliverer(self.channel, self.town.writer, self.read, self.town.clock)

    async def read(self, work: Any) -> Any:
        return await asyncio.to_thread(self.town.read, work)

    def follow(self, name: str, commune: str = "", category: str = "", channel: str = "webchat") -> None:
        address = Address(channel, "main", name)

        def work(connection: Any) -> None:
            citizen = a_person(connection, address)
            subscriptions.subscribe(connection, citizen, address, TOWN, commune, category, MONDAY_NINE)

        self.town.write(work)

    def announce(self, commune: str = "", category: str = "", *, urgent: bool = False) -> int:
        what = (TOWN, TEXT, commune, category, self.town.clock())
        return self.town.write(lambda connection: broadcasts.begin(connection, *what, urgent=urgent))

    def step(self, number: int, step: str) -> bool:
        now = self.town.clock()
        return self.town.write(lambda connection: broadcasts.change(connection, number, step, now))

    async def go(self) -> list[str]:
        """Until nothing moves any more; who was told in this call."""
        before = len(self.channel.sent)
        while await self.broadcaster.step() + await self.deliverer.step():
            pass
        return sorted(chat for chat, _ in self.channel.sent[before:])

    def view(self, number: int) -> broadcasts.BroadcastView:
        found = self.town.read(partial(broadcasts.broadcast, number=number))
        assert found
        return found

    def progress(self, number: int) -> broadcasts.Progress:
        return self.town.read(partial(broadcasts.progress, number=number))


@pytest.fixture
def office(town: TestTown) -> Office:
    return Office(town)


# ---------------------------------------------------------------- who is told


@pytest.mark.parametrize(
    ("commune", "category", "told"),
    [
        ("", "", ["ba", "tư", "xã"]),
        (DAI_DONG, "", ["tư", "xã"]),
        (DAI_DONG, "electricity", ["một", "tư", "xã"]),
        (KIM_BANG, "electricity", ["ba", "hai", "tư"]),
        (KIM_BANG, "land", ["ba", "tư"]),
        ("", "electricity", ["ba", "hai", "một", "tư", "xã"]),
    ],
)
async def test_who_asked_for_it_is_told(office: Office, commune: str, category: str, told: list[str]) -> None:
    office.follow("một", DAI_DONG, "electricity")
    office.follow("hai", KIM_BANG, "electricity")
    office.follow("ba", KIM_BANG)
    office.follow("tư")
    office.follow("xã", DAI_DONG)
    number = office.announce(commune, category)
    assert office.view(number).total == len(told)
    assert await office.go() == sorted(told)


async def test_who_asked_for_it_twice_is_told_once(office: Office) -> None:
    office.follow("hoa", DAI_DONG, "electricity")
    office.follow("hoa", DAI_DONG)
    office.follow("hoa", DAI_DONG)
    office.announce(DAI_DONG, "electricity")
    assert await office.go() == ["hoa"]


async def test_who_has_left_or_wants_no_more_is_not_told(office: Office) -> None:
    for name in ("hoa", "nam", "lan"):
        office.follow(name)
    office.town.write(lambda db: mark_gone(db, "webchat:main:nam", MONDAY_NINE))
    office.town.write(lambda db: subscriptions.unsubscribe(db, a_person(db, Address("webchat", "main", "lan"))))
    assert office.view(office.announce()).total == 1
    assert await office.go() == ["hoa"]


async def test_a_citizen_asks_in_the_chat_and_is_told_and_takes_it_back(office: Office) -> None:
    for said in ("nhận thông báo", "Xã Đại Đồng", "Mọi việc"):
        await office.town.hear(office.town.incoming(said))
    await office.go()
    office.announce(DAI_DONG)
    assert await office.go() == ["hoa"]
    assert "thôi nhận thông báo" in office.channel.sent[-1][1]
    await office.town.hear(office.town.incoming("thôi nhận thông báo"))
    await office.go()
    office.announce(DAI_DONG)
    assert await office.go() == []


async def test_an_officials_words_arrive_as_they_were_written(office: Office) -> None:
    office.follow("hoa", DAI_DONG)
    office.announce(DAI_DONG)
    await office.go()
    assert office.channel.sent == [("hoa", say("broadcast.message", where="Xã Đại Đồng", text=TEXT))]


async def test_who_blocked_us_meanwhile_stops_nobody_and_is_remembered(office: Office) -> None:
    for name in ("hoa", "nam"):
        office.follow(name)
    office.channel.gone = {"hoa"}
    number = office.announce()
    assert await office.go() == ["nam"]
    assert office.progress(number) == broadcasts.Progress(sent=1, failed=1)
    assert office.view(office.announce()).total == 1


# ---------------------------------------------------------------- held, ended, at decent hours


async def test_it_is_done_when_everything_has_left(office: Office) -> None:
    office.follow("hoa")
    number = office.announce()
    await office.broadcaster.step()
    await office.broadcaster.step()
    assert office.view(number).state == "running"
    await office.go()
    assert office.view(number).state == "done"
    assert not office.step(number, "stop")


async def test_a_pause_holds_what_has_not_left_and_resuming_loses_nobody(office: Office) -> None:
    for count in range(150):
        office.follow(f"{count:03}")
    number = office.announce()
    await office.broadcaster.step()
    assert office.step(number, "pause")
    assert await office.go() == []
    assert not office.step(number, "pause")
    assert office.step(number, "resume")
    assert await office.go() == [f"{count:03}" for count in range(150)]


async def test_a_stop_is_for_good(office: Office) -> None:
    for name in ("hoa", "nam"):
        office.follow(name)
    number = office.announce()
    await office.broadcaster.step()
    assert office.step(number, "stop")
    assert await office.go() == []
    assert not office.step(number, "resume")
    assert office.progress(number) == broadcasts.Progress(failed=2)


async def test_nobody_is_woken_at_night_not_even_by_what_was_queued_before(office: Office) -> None:
    for name in ("hoa", "nam"):
        office.follow(name)
    office.town.clock.forward(timedelta(hours=11, minutes=59))  # 20:59
    number = office.announce()
    await office.broadcaster.step()
    office.town.clock.forward(timedelta(minutes=2))
    assert await office.go() == []
    office.town.clock.forward(timedelta(hours=9))  # 6:01
    assert await office.go() == ["hoa", "nam"]
    assert office.view(number).state == "done"


async def test_danger_wakes_people(office: Office) -> None:
    office.follow("hoa")
    office.town.clock.forward(timedelta(hours=14))  # 23:00
    office.announce(urgent=True)
    assert await office.go() == ["hoa"]


async def test_an_answer_goes_before_what_is_announced(office: Office) -> None:
    office.follow("hoa")
    office.announce()
    await office.broadcaster.step()
    office.town.write(partial(a_queued_part, text="Dạ.", address=Address("webchat", "main", "nam")))
    await office.go()
    assert office.channel.sent[0] == ("nam", "Dạ.")


# ---------------------------------------------------------------- many


def crowd(connection: Any, count: int) -> None:
    """So many subscribers at a stroke."""
    chats = [(number, f"webchat:main:{number:05}") for number in range(1, count + 1)]
    who = {"locality_id": TOWN, "created_at": MONDAY_NINE}
    connection.execute(insert(table(Citizen)), [{"id": number, "name": "", "phone": "", **who} for number, _ in chats])
    channel = {"channel": "webchat", "account": "main", "thread": "", "display_name": "", "created_at": MONDAY_NINE}
    connection.execute(
        insert(table(Identity)),
        [{"citizen_id": number, "address_key": key, "chat": f"{number:05}", **channel} for number, key in chats],
    )
    wanted = {"commune": "", "category": "", **who}
    connection.execute(
        insert(table(Subscription)), [{"citizen_id": number, "address_key": key, **wanted} for number, key in chats]
    )
    talk = {"locality_id": TOWN, "dialog": "", "state": "", "memory": {}, "prompt_no": 0, "seq": 0}
    connection.execute(
        insert(table(Conversation)), [{"key": key, "updated_at": MONDAY_NINE, **talk} for _, key in chats]
    )


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # a minute and a half more on PostgreSQL
async def test_twenty_thousand_are_told_once_each_with_restarts_and_a_small_outbox(office: Office) -> None:
    office.town.write(partial(crowd, count=20_000))
    number = office.announce()
    waiting = select(func.count()).select_from(_outbox).where(_outbox.c.state == "queued")
    most, rounds = 0, 0
    while office.view(number).state == "running":
        await office.broadcaster.step()
        most = max(most, office.town.read(lambda connection: connection.execute(waiting).scalar_one()))
        await office.deliverer.begin()
        rounds += 1
        if rounds % 50 == 0:
            await office.deliverer.step()
            office.start()
    assert len(office.channel.sent) == 20_000
    assert {chat for chat, _ in office.channel.sent} == {f"{count:05}" for count in range(1, 20_001)}
    assert most <= ENOUGH + SLICE
    assert office.progress(number) == broadcasts.Progress(sent=20_000)


async def test_of_two_workers_one_hands_a_slice_over(office: Office) -> None:
    office.follow("hoa")
    number = office.announce()
    seen = office.view(number)
    hand_over = partial(bot.broadcast.hand_over, town=office.town.town, one=seen, now=MONDAY_NINE)
    assert office.town.write(hand_over) == 1
    assert office.town.write(hand_over) == 0
    assert await office.go() == ["hoa"]


async def test_a_channel_that_is_not_served_holds_nobody_up(office: Office) -> None:
    office.follow("zoe", channel="elsewhere")
    office.follow("hoa")
    office.announce()
    assert await office.go() == ["hoa"]


def test_a_message_of_a_broadcast_is_in_its_lane(office: Office) -> None:
    office.follow("hoa")
    number = office.announce()
    office.town.write(partial(bot.broadcast.hand_over, town=office.town.town, one=office.view(number), now=MONDAY_NINE))
    lanes = select(_outbox.c.lane, _outbox.c.broadcast_id)
    rows = office.town.read(lambda connection: connection.execute(lanes).all())
    assert rows == [(outbox.BROADCAST, number)]
