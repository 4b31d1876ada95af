"""The door out: in order in each chat, nobody waiting for anybody else, an honest record of what became of each."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

import bot.outbox
from bot.outbox import BACKOFF, MOST_ATTEMPTS, Deliverer
from dialogs.words import Address, Capabilities, Part, SendError, SendErrorKind
from store import outbox
from store.outbox import BROADCAST, NOTICE, REPLY, queue_part
from store.tables.base import table
from store.tables.delivery import Outbox
from store.tables.people import Identity
from store.tables.talk import Message
from tests.stored import a_person, a_queued_part, row_of
from tests.town import MONDAY_NINE, TestTown

HOA, NAM = Address("telegram", "main", "hoa"), Address("telegram", "main", "nam")


@dataclass
class FakeConnector:
    """Delivers into a list; fails as it is told, once for each entry."""

    name: str = "telegram"
    account: str = "main"
    capabilities: Capabilities = field(default_factory=Capabilities)
    sent: list[tuple[str, str]] = field(default_factory=list)
    tried: list[tuple[str, str]] = field(default_factory=list)
    failures: dict[str, list[Exception]] = field(default_factory=dict)
    while_sending: Callable[[str], Any] = lambda text: None

    async def send(self, address: Address, part: Part, message_id: int) -> str:
        self.tried.append((address.chat, part.text))
        waited = self.while_sending(part.text)
        if waited is not None:
            await waited
        if self.failures.get(part.text):
            raise self.failures[part.text].pop(0)
        self.sent.append((address.chat, part.text))
        return f"tg:{message_id}"

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


@dataclass
class Post:
    """The deliverer of a fake channel over a real store."""

    town: TestTown
    connector: FakeConnector = field(default_factory=FakeConnector)

    def __post_init__(self) -> None:
        self.deliverer = Deliverer(self.connector, self.town.writer, self.read, self.town.clock)

    async def read(self, work: Any) -> Any:
        return await asyncio.to_thread(self.town.read, work)

    def queue(self, text: str, address: Address = HOA, **what: Any) -> int:
        what = {"now": self.town.clock(), **what}
        return self.town.write(partial(a_queued_part, text=text, address=address, **what))

    async def go(self) -> list[str]:
        """Deliver what is due until nothing is; what was sent in this call."""
        before = len(self.connector.sent)
        while await self.deliverer.step():
            pass
        return [text for _, text in self.connector.sent[before:]]

    def row(self, message_id: int) -> dict[str, Any]:
        return self.town.read(lambda connection: row_of(connection, table(Outbox), message_id=message_id))

    def fails(self, text: str, *kinds: SendErrorKind, retry_after: float | None = None) -> None:
        self.connector.failures[text] = [SendError(kind, "because", retry_after) for kind in kinds]


@pytest.fixture
def post(town: TestTown) -> Post:
    return Post(town)


# ---------------------------------------------------------------- order


async def test_a_chats_messages_arrive_in_their_order(post: Post) -> None:
    for number in range(12):
        post.queue(str(number))
    assert await post.go() == [str(number) for number in range(12)]


async def test_a_reply_goes_before_a_notice_before_a_broadcast(post: Post) -> None:
    for text, lane in (("loa", BROADCAST), ("tin", NOTICE), ("đáp", REPLY)):
        post.queue(text, lane=lane)
    assert await post.go() == ["đáp", "tin", "loa"]


async def test_chats_go_side_by_side(post: Post) -> None:
    """Hoa's message is answered only after Nam's has been sent."""
    nam_has_it = asyncio.Event()
    post.connector.while_sending = lambda text: nam_has_it.wait() if text == "cho Hoa" else nam_has_it.set()
    post.queue("cho Hoa", HOA)
    post.queue("cho Nam", NAM)
    async with asyncio.timeout(10):
        assert await post.go() == ["cho Nam", "cho Hoa"]


async def test_of_one_chat_only_one_part_is_under_way(post: Post) -> None:
    under_way: list[str] = []

    async def look(text: str) -> None:
        under_way.append(text)
        await asyncio.sleep(0)
        assert under_way == [text]
        under_way.clear()

    post.connector.while_sending = look
    for number in range(5):
        post.queue(str(number))
    assert len(await post.go()) == 5


async def test_each_delivered_message_keeps_the_channels_id_and_its_number(post: Post) -> None:
    keys = [post.queue("một"), post.queue("hai")]
    await post.go()
    rows = [post.town.read(partial(row_of, table=table(Message), id=key)) for key in keys]
    assert [row["external_id"] for row in rows] == [f"tg:{key}" for key in keys]
    assert [row["seq"] for row in rows] == [1, 2]
    assert [post.row(key)["state"] for key in keys] == ["sent", "sent"]


async def test_parts_of_another_account_are_left_to_its_own_deliverer(post: Post) -> None:
    post.queue("khác", Address("telegram", "second", "hoa"))
    assert await post.go() == []


# ---------------------------------------------------------------- later


async def test_a_retry_keeps_the_order_of_its_chat_and_holds_up_no_other(post: Post) -> None:
    post.fails("một", "retry")
    post.queue("một")
    post.queue("hai")
    post.queue("cho Nam", NAM)
    assert await post.go() == ["cho Nam"]
    assert await post.go() == []
    post.town.clock.forward(timedelta(seconds=BACKOFF[0]))
    assert await post.go() == ["một", "hai"]


async def test_what_is_said_after_a_retry_waits_behind_it(post: Post) -> None:
    post.fails("một", "retry")
    post.queue("một")
    await post.go()
    post.queue("hai")
    assert await post.go() == []
    post.town.clock.forward(timedelta(seconds=BACKOFF[0]))
    assert await post.go() == ["một", "hai"]


async def test_tries_get_rarer(post: Post) -> None:
    post.fails("một", *["retry"] * 4)
    key = post.queue("một")
    waits = []
    for _ in range(4):
        await post.go()
        waits.append((post.row(key)["not_before"] - post.town.clock()).total_seconds())
        post.town.clock.forward(timedelta(seconds=waits[-1]))
    assert waits == list(BACKOFF[:4])
    assert await post.go() == ["một"]


async def test_a_throttled_part_waits_as_long_as_it_was_told(post: Post) -> None:
    post.fails("một", "throttled", retry_after=17)
    post.queue("một")
    await post.go()
    post.town.clock.forward(timedelta(seconds=16))
    assert await post.go() == []
    post.town.clock.forward(timedelta(seconds=1))
    assert await post.go() == ["một"]


async def test_after_many_tries_a_part_has_failed_for_good_and_the_next_goes_on(post: Post) -> None:
    post.fails("một", *["retry"] * (MOST_ATTEMPTS + 5))
    key = post.queue("một")
    post.queue("hai")
    for _ in range(MOST_ATTEMPTS + 1):
        await post.go()
        post.town.clock.forward(timedelta(seconds=BACKOFF[-1]))
    assert post.row(key)["state"] == "failed"
    assert post.connector.sent == [("hoa", "hai")]


async def test_what_could_not_leave_for_five_days_leaves_then(post: Post) -> None:
    post.fails("một", *["retry"] * 122)
    post.queue("một")
    for _ in range(122):
        assert await post.go() == []
        post.town.clock.forward(timedelta(hours=1))
    assert await post.go() == ["một"]


async def test_a_message_held_for_later_holds_nobody_up(post: Post) -> None:
    post.queue("sáng mai", not_before=MONDAY_NINE + timedelta(hours=9))
    post.queue("ngay")
    assert await post.go() == ["ngay"]
    post.town.clock.forward(timedelta(hours=9))
    assert await post.go() == ["sáng mai"]


async def test_not_even_a_thousand_messages_held_for_later_hold_anybody_up(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.outbox, "BATCH", 3)
    for number in range(5):
        post.queue(f"sáng mai {number}", not_before=MONDAY_NINE + timedelta(hours=9))
    post.queue("ngay", NAM)
    assert await post.go() == ["ngay"]


async def test_a_chat_with_a_long_queue_behind_a_retry_holds_no_other_up(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.outbox, "BATCH", 3)
    post.fails("0", "retry")
    for number in range(6):
        post.queue(str(number))
    await post.go()
    post.queue("cho Nam", NAM)
    assert await post.go() == ["cho Nam"]
    post.town.clock.forward(timedelta(seconds=BACKOFF[0]))
    assert await post.go() == [str(number) for number in range(6)]


async def test_a_wrong_token_loses_nothing(post: Post) -> None:
    post.fails("một", "config", "config")
    key = post.queue("một")
    await post.go()
    assert (post.row(key)["state"], post.row(key)["error"]) == ("queued", "config: because")
    post.town.clock.forward(timedelta(hours=1))
    await post.go()
    post.town.clock.forward(timedelta(hours=1))
    assert await post.go() == ["một"]


# ---------------------------------------------------------------- never


async def test_who_has_left_is_remembered_and_their_other_messages_are_not_held(post: Post) -> None:
    post.town.write(partial(a_person, address=HOA))
    post.fails("một", "recipient_gone")
    key = post.queue("một")
    await post.go()
    assert post.row(key)["state"] == "failed"
    gone = post.town.read(lambda connection: row_of(connection, table(Identity), address_key=HOA.key))["gone_at"]
    assert gone == MONDAY_NINE


async def test_a_message_outside_its_window_is_kept_for_the_persons_next_one(post: Post) -> None:
    post.fails("một", "window_closed")
    key = post.queue("một")
    post.queue("hai")
    assert await post.go() == ["hai"]
    assert post.row(key)["state"] == "pending"


async def test_a_message_that_the_channel_refuses_is_not_tried_again_and_holds_nobody_up(post: Post) -> None:
    post.fails("một", "bad_request")
    key = post.queue("một")
    post.queue("hai")
    assert await post.go() == ["hai"]
    assert (post.row(key)["state"], post.row(key)["error"]) == ("failed", "bad_request: because")
    assert post.row(key)["done_at"] == MONDAY_NINE


async def test_an_edit_of_a_message_that_is_gone_is_said_anew_in_its_place(post: Post) -> None:
    first = post.queue("một")
    await post.go()
    post.fails("hai", "bad_request")
    edit = post.town.write(partial(queue_part, address=HOA, part=Part("hai", edit_of=str(first)), now=MONDAY_NINE))
    post.queue("ba")
    assert await post.go() == ["hai", "ba"]
    assert post.row(edit)["state"] == "sent"
    assert post.town.read(lambda connection: row_of(connection, table(Message), id=edit))["part"] == {"text": "hai"}


# ---------------------------------------------------------------- unknown


async def test_an_edit_that_may_have_arrived_is_made_once_more(post: Post) -> None:
    first = post.queue("một")
    await post.go()
    post.fails("hai", "unknown")
    edit = post.town.write(partial(queue_part, address=HOA, part=Part("hai", edit_of=str(first)), now=MONDAY_NINE))
    await post.go()
    post.town.clock.forward(timedelta(hours=1))
    assert await post.go() == ["hai"]
    assert post.row(edit)["state"] == "sent"


async def test_a_reply_that_may_have_arrived_is_not_sent_again(post: Post) -> None:
    post.fails("một", "unknown")
    key = post.queue("một")
    post.queue("hai")
    assert await post.go() == ["hai"]
    assert post.row(key)["state"] == "unknown"
    post.town.clock.forward(timedelta(days=1))
    assert await post.go() == []


async def test_a_notice_that_may_have_arrived_is_sent_once_more_and_only_once(post: Post) -> None:
    post.fails("tin", "unknown", "unknown", "unknown")
    key = post.queue("tin", lane=NOTICE)
    for _ in range(3):
        await post.go()
        post.town.clock.forward(timedelta(hours=1))
    assert len(post.connector.tried) == 2
    assert post.row(key)["state"] == "unknown"


async def test_a_broadcast_that_may_have_arrived_is_not_sent_again(post: Post) -> None:
    post.fails("loa", "unknown")
    key = post.queue("loa", lane=BROADCAST)
    await post.go()
    assert post.row(key)["state"] == "unknown"


async def test_a_connectors_bug_counts_as_unknown_and_stops_nobody(post: Post) -> None:
    post.connector.failures["một"] = [ZeroDivisionError("bug")]
    key = post.queue("một")
    post.queue("hai")
    assert await post.go() == ["hai"]
    assert (post.row(key)["state"], post.row(key)["error"]) == ("unknown", "unknown: ZeroDivisionError")


async def test_no_text_and_no_address_stands_in_the_log(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    post.connector.failures["bí mật"] = [ZeroDivisionError("bí mật của hoa")]
    post.queue("bí mật")
    await post.go()
    assert caplog.records
    assert "bí mật" not in caplog.text and "hoa" not in caplog.text


# ---------------------------------------------------------------- after a stop


async def stopped_while_sending(post: Post, lane: int) -> int:
    """A part that was claimed when the process died."""
    key = post.queue("một", lane=lane)

    def claim(connection: Any) -> None:
        found = connection.execute(table(Outbox).select().where(table(Outbox).c.message_id == key)).mappings().one()
        message = outbox.OutboxMessage(found["id"], key, HOA, HOA.key, Part("một"), lane, 0, MONDAY_NINE, "", None)
        assert outbox.claim(connection, message)

    post.town.write(claim)
    return key


@pytest.mark.parametrize(
    ("lane", "repeats_safely", "state"),
    [
        (REPLY, False, "unknown"),
        (REPLY, True, "queued"),
        (NOTICE, False, "queued"),
        (NOTICE, True, "queued"),
        (BROADCAST, False, "unknown"),
    ],
)
async def test_what_was_in_flight_at_a_stop_is_settled_at_the_start(
    post: Post, lane: int, repeats_safely: bool, state: str
) -> None:
    post.connector.capabilities = replace(post.connector.capabilities, repeats_safely=repeats_safely)
    key = await stopped_while_sending(post, lane)
    blocked = asyncio.Event()
    post.connector.while_sending = lambda text: blocked.wait()
    await post.deliverer.start()
    await post.deliverer.stop()
    assert post.row(key)["state"] in ({"queued": ("queued", "sending")}.get(state, (state,)))
    assert post.row(key)["error"] == "stopped while sending"


async def test_a_part_sent_again_after_a_stop_keeps_its_number(post: Post) -> None:
    """A page that has it already shows it once."""
    post.connector.capabilities = replace(post.connector.capabilities, repeats_safely=True)
    key = await stopped_while_sending(post, REPLY)
    post.queue("hai")
    post.town.write(post.deliverer._settle)
    assert await post.go() == ["một", "hai"]
    assert post.town.read(partial(row_of, table=table(Message), id=key))["seq"] == 1


async def test_it_delivers_by_itself_once_started_and_woken(post: Post) -> None:
    delivered = asyncio.Event()
    post.connector.while_sending = lambda text: delivered.set()
    await post.deliverer.start()
    post.queue("một")
    post.deliverer.wake()
    async with asyncio.timeout(10):
        await delivered.wait()
    await post.deliverer.stop()
    await post.deliverer.stop()


async def test_a_database_that_stumbles_does_not_end_delivery(post: Post) -> None:
    broken = True
    delivered = asyncio.Event()
    read = post.read

    async def stumbling(work: Any) -> Any:
        nonlocal broken
        if broken:
            broken = False
            post.deliverer.wake()
            raise OSError("disk")
        return await read(work)

    post.deliverer._read = stumbling
    post.connector.while_sending = lambda text: delivered.set()
    post.queue("một")
    await post.deliverer.start()
    async with asyncio.timeout(10):
        await delivered.wait()
    await post.deliverer.stop()


async def test_a_stop_loses_nothing_that_was_queued(post: Post) -> None:
    never = asyncio.Event()
    begun = asyncio.Event()

    async def hang(text: str) -> None:
        begun.set()
        await never.wait()

    post.connector.while_sending = hang
    keys = [post.queue("một"), post.queue("hai")]
    await post.deliverer.start()
    async with asyncio.timeout(10):
        await begun.wait()
    await post.deliverer.stop()
    assert [post.row(key)["state"] for key in keys] == ["sending", "queued"]


async def test_a_slow_chat_does_not_keep_what_is_said_later_elsewhere(post: Post) -> None:
    never, begun, delivered = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def slow(text: str) -> None:
        if text == "chậm":
            begun.set()
            await never.wait()
        delivered.set()

    post.connector.while_sending = slow
    post.queue("chậm", HOA)
    await post.deliverer.start()
    async with asyncio.timeout(10):
        await begun.wait()
        post.queue("nhanh", NAM)
        post.deliverer.wake()
        await delivered.wait()
    await post.deliverer.stop()
    assert post.connector.sent == [("nam", "nhanh")]


async def test_a_channel_that_answers_nobody_has_only_some_on_their_way_when_we_are_killed(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of them would be unknown. What waits is a row."""
    monkeypatch.setattr(bot.outbox, "AHEAD", 4)
    silence = asyncio.Event()
    post.connector.while_sending = lambda text: silence.wait()
    keys = [post.queue(str(number), chat(number)) for number in range(10)]
    assert [await post.deliverer.begin() for _ in range(2)] == [4, 0]
    await until(lambda: len(post.connector.tried) == 4)
    assert sorted(post.row(key)["state"] for key in keys) == 6 * ["queued"] + 4 * ["sending"]
    silence.set()
    await until(lambda: not post.deliverer._under_way)
    await post.go()
    assert len(post.connector.sent) == 10


# ---------------------------------------------------------------- a channel with limits


@dataclass
class Narrow(FakeConnector):
    """A channel that lets one more through only when told to, the lowest lane first."""

    line: list[tuple[int, int, str, asyncio.Future[None]]] = field(default_factory=list)
    busy: dict[str, float] = field(default_factory=dict)  # chats whose turn is a long way off
    left: int = 0  # turns that are over

    @asynccontextmanager
    async def turn(self, address: Address, part: Part, lane: int) -> AsyncIterator[None]:
        if lane and address.chat in self.busy:
            raise SendError("throttled", "our own pace", self.busy[address.chat])
        leave: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        place = (lane, len(self.tried) + len(self.line), part.text, leave)
        self.line.append(place)
        try:
            await leave
        finally:
            self.line.remove(place)
        try:
            yield
        finally:
            self.left += 1

    def let_one_through(self) -> None:
        min(self.line)[-1].set_result(None)

    @property
    def standing(self) -> list[str]:
        return [text for _, _, text, _ in sorted(self.line)]


@pytest.fixture
async def narrow(town: TestTown) -> AsyncIterator[tuple[Post, Narrow]]:
    channel = Narrow()
    made = Post(town, channel)
    yield made, channel
    await made.deliverer.stop()


def chat(number: int) -> Address:
    return Address("telegram", "main", f"{number}")


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(5.0):
        while not true():
            await asyncio.sleep(0.001)


async def test_what_waits_its_turn_is_not_being_sent(narrow: tuple[Post, Narrow]) -> None:
    post, channel = narrow
    loud = post.queue("loa", lane=BROADCAST)
    await post.deliverer.begin()
    await until(lambda: channel.standing == ["loa"])
    assert (post.row(loud)["state"], post.row(loud)["attempts"]) == ("queued", 0)
    await post.deliverer.stop()
    assert channel.tried == []
    assert post.row(loud)["state"] == "queued"


async def test_only_some_of_a_broadcast_stand_in_line_and_the_next_follow(
    narrow: tuple[Post, Narrow], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.outbox, "AHEAD", 4)
    post, channel = narrow
    for number in range(10):
        post.queue(f"loa {number}", chat(number), lane=BROADCAST)
    assert await post.deliverer.begin() == 4
    assert await post.deliverer.begin() == 0
    for sent in range(1, 11):
        await until(lambda: channel.standing)
        channel.let_one_through()
        await until(lambda sent=sent: channel.left == sent)
        await until(lambda sent=sent: len(post.deliverer._under_way) == len(channel.standing))
        await post.deliverer.begin()
        assert len(channel.standing) <= 4
    assert [text for _, text in channel.sent] == [f"loa {number}" for number in range(10)]


async def test_an_answer_stands_in_line_however_many_others_do(
    narrow: tuple[Post, Narrow], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.outbox, "AHEAD", 4)
    post, channel = narrow
    for number in range(10):
        post.queue(f"loa {number}", chat(number), lane=BROADCAST)
    await post.deliverer.begin()
    post.queue("đáp", NAM)
    await post.deliverer.begin()
    await until(lambda: len(channel.standing) == 5)
    assert channel.standing[0] == "đáp"


async def test_what_stands_in_line_gives_way_to_an_answer_in_its_own_chat(narrow: tuple[Post, Narrow]) -> None:
    post, channel = narrow
    post.queue("loa", HOA, lane=BROADCAST)
    await post.deliverer.begin()
    await until(lambda: channel.standing == ["loa"])
    post.queue("đáp", HOA)
    await post.deliverer.begin()
    await until(lambda: channel.standing == ["đáp"])
    for sent in (1, 2):
        channel.let_one_through()
        await until(lambda sent=sent: channel.left == sent)
        await until(lambda: not post.deliverer._under_way)
        await post.deliverer.begin()
        await until(lambda sent=sent: channel.standing or sent == 2)
    assert [text for _, text in channel.sent] == ["đáp", "loa"]


async def test_a_message_on_its_way_is_not_broken_off_by_an_answer(narrow: tuple[Post, Narrow]) -> None:
    post, channel = narrow
    arrived = asyncio.Event()
    channel.while_sending = lambda text: arrived.wait() if text == "loa" else None
    post.queue("loa", HOA, lane=BROADCAST)
    await post.deliverer.begin()
    await until(lambda: channel.standing)
    channel.let_one_through()
    await until(lambda: channel.tried)
    post.queue("đáp", HOA)
    assert await post.deliverer.begin() == 0
    arrived.set()
    await until(lambda: channel.left == 1)
    assert channel.sent == [("hoa", "loa")]


async def test_a_chat_whose_turn_is_far_off_waits_as_it_is_and_its_answers_do_not(narrow: tuple[Post, Narrow]) -> None:
    post, channel = narrow
    channel.busy["hoa"] = 40.0
    loud = post.queue("loa", HOA, lane=NOTICE)
    assert await post.deliverer.step() == 1
    assert await post.deliverer.step() == 0
    assert (post.row(loud)["state"], post.row(loud)["attempts"]) == ("queued", 0)
    post.queue("đáp", HOA)
    await post.deliverer.begin()
    await until(lambda: channel.standing == ["đáp"])
    channel.let_one_through()
    await until(lambda: not post.deliverer._under_way)
    channel.busy.clear()
    assert await post.deliverer.begin() == 0
    post.town.clock.forward(timedelta(seconds=40))
    assert await post.deliverer.begin() == 1


async def test_a_chat_that_cannot_be_one_is_settled_before_its_turn(narrow: tuple[Post, Narrow]) -> None:
    post, channel = narrow

    def refuse(address: Address, part: Part, lane: int) -> Any:
        raise SendError("recipient_gone", "not a chat")

    channel.turn = refuse  # type: ignore[method-assign]
    lost = post.queue("tin", lane=NOTICE)
    await post.deliverer.step()
    assert post.row(lost)["state"] == "failed"
