"""The outbox table: what is queued waits in order, is taken by one, and what became of it is written down."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from dialogs.words import Address, Part
from store import outbox
from store.hot import driver
from store.outbox import BROADCAST, NOTICE, REPLY
from store.tables.base import table
from store.tables.delivery import Outbox
from store.tables.talk import Message
from tests.stored import HOA, NAM, a_queued_part, an_open_chat, count, row_of
from tests.town import MONDAY_NINE, TestTown

SOON = MONDAY_NINE + timedelta(minutes=5)


@pytest.fixture
def connection(town: TestTown) -> Any:
    with town.engine.begin() as opened:
        yield opened
        opened.rollback()


def waiting(
    connection: Connection, channel: str = "webchat", now: datetime = MONDAY_NINE
) -> list[outbox.OutboxMessage]:
    return outbox.waiting(connection, channel, "main", now, 99)


def texts(connection: Connection) -> list[str]:
    return [message.part.text for message in waiting(connection)]


def test_what_is_queued_waits_as_it_was_said(connection: Connection) -> None:
    a_queued_part(connection, "Đã gửi ạ")
    (message,) = waiting(connection)
    assert (message.address, message.part, message.lane) == (HOA, Part("Đã gửi ạ"), REPLY)
    assert (message.attempts, message.error, message.not_before) == (0, "", outbox.AT_ONCE)
    assert message.conversation_key == HOA.key


def test_replies_go_before_notices_before_broadcasts_and_each_lane_in_its_order(connection: Connection) -> None:
    for text, lane in (("loa", BROADCAST), ("tin 1", NOTICE), ("đáp 1", REPLY), ("tin 2", NOTICE), ("đáp 2", REPLY)):
        a_queued_part(connection, text, lane=lane)
    assert texts(connection) == ["đáp 1", "đáp 2", "tin 1", "tin 2", "loa"]


def test_each_channel_account_sees_its_own(connection: Connection) -> None:
    a_queued_part(connection, "web")
    a_queued_part(connection, "console", Address("console", "main", "me"))
    a_queued_part(connection, "khác", Address("webchat", "second", "hoa"))
    assert texts(connection) == ["web"]
    assert [message.part.text for message in waiting(connection, "console")] == ["console"]


def test_a_newer_message_replaces_an_unsent_older_one_of_the_same_key(connection: Connection) -> None:
    a_queued_part(connection, "thẻ v1", collapse_key="card:1")
    a_queued_part(connection, "thẻ khác", collapse_key="card:2")
    a_queued_part(connection, "thẻ v2", collapse_key="card:1")
    assert texts(connection) == ["thẻ khác", "thẻ v2"]


def test_a_message_in_flight_is_never_replaced(connection: Connection) -> None:
    a_queued_part(connection, "thẻ v1", collapse_key="card:1")
    outbox.claim(connection, waiting(connection)[0])
    a_queued_part(connection, "thẻ v2", collapse_key="card:1")
    assert row_of(connection, table(Outbox), id=1)["state"] == "sending"
    assert texts(connection) == ["thẻ v2"]


def test_a_part_is_taken_up_once(connection: Connection) -> None:
    a_queued_part(connection, "một")
    (message,) = waiting(connection)
    assert outbox.claim(connection, message)
    assert not outbox.claim(connection, message)
    assert row_of(connection, table(Outbox), id=message.id)["attempts"] == 1
    assert texts(connection) == []


def test_messages_are_numbered_in_the_order_in_which_they_leave(connection: Connection) -> None:
    first, second = a_queued_part(connection, "tin", lane=NOTICE), a_queued_part(connection, "đáp", lane=REPLY)
    other = a_queued_part(connection, "của Nam", NAM)
    for message in waiting(connection):
        outbox.claim(connection, message)
    numbers = {key: row_of(connection, table(Message), id=key)["seq"] for key in (first, second, other)}
    assert numbers == {second: 1, first: 2, other: 1}


def test_a_part_keeps_its_number_when_it_is_sent_again(connection: Connection) -> None:
    key = a_queued_part(connection, "một")
    for _ in range(2):
        (message,) = waiting(connection, now=SOON)
        outbox.claim(connection, message)
        outbox.mark(connection, message.id, "queued", MONDAY_NINE, "retry: 503", SOON)
    a_queued_part(connection, "hai")
    outbox.claim(connection, waiting(connection, now=SOON)[1])
    assert row_of(connection, table(Message), id=key)["seq"] == 1
    assert [row["seq"] for row in connection.execute(table(Message).select()).mappings()] == [1, 2]


@pytest.mark.parametrize("state", ["sent", "failed", "unknown", "pending"])
def test_what_became_of_a_part_is_written_down(connection: Connection, state: str) -> None:
    a_queued_part(connection, "một")
    (message,) = waiting(connection)
    outbox.claim(connection, message)
    outbox.mark(connection, message.id, state, SOON, "why")
    row = row_of(connection, table(Outbox), id=message.id)
    assert (row["state"], row["error"], row["done_at"]) == (state, "why", SOON)
    assert waiting(connection) == []


def test_a_part_that_is_tried_again_waits_until_it_is_due(connection: Connection) -> None:
    a_queued_part(connection, "một")
    (message,) = waiting(connection)
    outbox.claim(connection, message)
    outbox.mark(connection, message.id, "queued", MONDAY_NINE, "retry: 503", SOON)
    assert waiting(connection) == []
    (again,) = waiting(connection, now=SOON)
    assert (again.not_before, again.attempts, again.error) == (SOON, 1, "retry: 503")
    assert row_of(connection, table(Outbox), id=message.id)["done_at"] is None


def test_the_channels_own_id_of_a_message_is_kept(connection: Connection) -> None:
    key = a_queued_part(connection, "một")
    outbox.mark_external(connection, key, "tg:991")
    assert row_of(connection, table(Message), id=key)["external_id"] == "tg:991"


def test_what_was_in_flight_is_found_again(connection: Connection) -> None:
    for text in ("một", "hai", "ba"):
        a_queued_part(connection, text, lane=NOTICE if text == "hai" else REPLY)
    messages = waiting(connection)
    for message in messages[:2]:
        outbox.claim(connection, message)
    outbox.mark(connection, messages[0].id, "sent", SOON)
    left = outbox.left_in_flight(connection, "webchat", "main")
    assert [(one.id, one.lane) for one in left] == [(messages[1].id, messages[1].lane)]
    assert outbox.left_in_flight(connection, "console", "main") == []


def test_a_message_held_for_later_waits_until_its_time_and_holds_nobody_up(connection: Connection) -> None:
    a_queued_part(connection, "sáng mai", not_before=SOON)
    a_queued_part(connection, "ngay")
    assert texts(connection) == ["ngay"]
    assert [message.part.text for message in waiting(connection, now=SOON)] == ["sáng mai", "ngay"]


def test_a_message_that_waits_for_its_next_try_holds_its_own_chat_only(connection: Connection) -> None:
    for text, address in (("một", HOA), ("hai", HOA), ("của Nam", NAM)):
        a_queued_part(connection, text, address)
    first = waiting(connection)[0]
    outbox.claim(connection, first)
    outbox.mark(connection, first.id, "queued", MONDAY_NINE, "retry: 503", SOON)
    assert texts(connection) == ["của Nam"]
    assert [message.part.text for message in waiting(connection, now=SOON)] == ["một", "hai", "của Nam"]


def test_no_more_are_taken_at_once_than_asked_for(connection: Connection) -> None:
    an_open_chat(connection)
    for number in range(5):
        outbox.queue_part(connection, HOA, Part(str(number)), MONDAY_NINE)
    assert [message.part.text for message in outbox.waiting(connection, "webchat", "main", MONDAY_NINE, 2)] == [
        "0",
        "1",
    ]
    assert count(connection, table(Outbox)) == 5


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_looking_for_what_waits_does_not_read_what_was_sent(connection: Connection) -> None:
    asked: list[str] = []
    driver(connection).set_trace_callback(asked.append)  # as they reach SQLite, with their values
    waiting(connection)
    outbox.left_in_flight(connection, "webchat", "main")
    a_queued_part(connection, "thẻ", collapse_key="card:1")
    driver(connection).set_trace_callback(None)
    reads = [sql for sql in asked if "FROM outbox" in sql or sql.startswith("UPDATE outbox")]
    plans = [driver(connection).execute(f"EXPLAIN QUERY PLAN {sql}").fetchall() for sql in reads]
    steps = [row[-1] for plan in plans for row in plan if "outbox" in row[-1]]
    assert len(reads) == 3
    few = ("ix_outbox_waiting", "ix_outbox_retried")
    assert [step for step in steps if not any(index in step for index in few)] == []
