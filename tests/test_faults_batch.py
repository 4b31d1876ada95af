"""kill -9 where several things happen in one transaction: all of them or none, each once when they come again."""

from collections import defaultdict
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from dialogs.words import Address
from store.broadcasts import DONE, begin, broadcast
from store.database import migrated_reader, migrated_writer
from store.subscriptions import subscribe
from store.tables.base import table
from store.tables.delivery import Outbox
from store.tables.staff import RoomNotice
from store.tables.talk import Message
from store.tables.workers import JobRun, Lease
from tests.clockwork import A_DAY, AN_HOUR, NOON
from tests.faults.doing import announce, hear, tick
from tests.faults.forked import forked
from tests.faults.several import NAME
from tests.stored import a_person
from tests.test_bot_jobs import assert_all_is_done_once, much_that_is_due
from tests.town import MONDAY_NINE, Clock, TestTown, test_town, thanh_chuong

_message, _outbox, _lease = table(Message), table(Outbox), table(Lease)
SAID = [(f"chat{number % 5}", f"{number % 5}-{number:02}") for number in range(30)]


def heard(url: str) -> dict[str, list[str]]:
    """What each chat has said, in the order of the store."""
    found: dict[str, list[str]] = defaultdict(list)
    said = select(_message.c.conversation_key, _message.c.part).where(_message.c.direction == "in")
    with migrated_reader(url) as connection:
        for key, part in connection.execute(said.order_by(_message.c.id)):
            found[key.split(":")[2]].append(part["text"])
    return found


async def test_a_kill_between_two_turns_of_one_transaction_undoes_both_and_loses_nothing(
    database: str, tmp_path: Path
) -> None:
    async with forked(hear, database, tmp_path, "inside_batch", SAID) as first:
        acknowledged = await first.all_said()
        assert await first.was_killed(), "never were two turns in one transaction"
    kept = {text for texts in heard(database).values() for text in texts}
    assert set(acknowledged) <= kept, "what was acknowledged is there"
    assert len(kept) <= len(SAID) - 2, "of the transaction that was open nothing is"
    async with forked(hear, database, tmp_path, "", SAID) as second:
        assert sorted(await second.all_said()) == sorted(text for _, text in SAID)
    assert heard(database) == {f"chat{chat}": [text for who, text in SAID if who == f"chat{chat}"] for chat in range(5)}
    with migrated_reader(database) as connection:
        answers = connection.execute(select(func.count()).select_from(_outbox)).scalar_one()
    assert answers == len(SAID), "one answer each"


# ---------------------------------------------------------------- jobs

MORNING: datetime = NOON - AN_HOUR  # before half past eleven: the digest too


def left_behind(town: TestTown) -> list[int]:
    """How much the jobs have written."""
    counts = [select(func.count()).select_from(table(rows)) for rows in (Outbox, JobRun, RoomNotice)]
    return [town.read(lambda connection, wanted=wanted: connection.execute(wanted).scalar_one()) for wanted in counts]


async def undisturbed(folder: Path) -> list[int]:
    """What a day without trouble leaves behind."""
    folder.mkdir()
    with test_town(folder, Clock(MORNING)) as town:
        town.write(much_that_is_due)
        await town.tick()
        town.push()
        return left_behind(town)


@pytest.mark.parametrize("point", ["in_job", "in_push"])
async def test_a_kill_between_due_work_and_its_messages_leaves_it_due(
    point: str, town: TestTown, tmp_path: Path
) -> None:
    town.write(much_that_is_due)
    async with forked(tick, town.url, tmp_path, point, MORNING) as process:
        process.line.send("go")
        assert await process.said() == "ready"
        assert await process.was_killed()
    town.clock.now = MORNING
    await town.tick()
    town.push()
    assert left_behind(town) == await undisturbed(tmp_path / "calm")


async def test_what_a_killed_worker_left_due_three_others_do_once_between_them(tmp_path: Path, postgres: str) -> None:
    with test_town(tmp_path, Clock(MORNING), postgres) as town:
        town.write(much_that_is_due)
        async with AsyncExitStack() as stack:
            points = ("in_job", "", "", "")
            starting = [forked(tick, postgres, tmp_path, point, MORNING) for point in points]
            killed, *others = [await stack.enter_async_context(one) for one in starting]
            assert [await worker.said() for worker in (killed, *others)] == ["ready"] * 4
            killed.line.send("go")
            assert await killed.was_killed()
            for worker in others:
                worker.line.send("go")
            done = [jobs for worker in others for jobs, _ in await worker.all_said()]
        assert sum(done) >= 7
        assert_all_is_done_once(town)


# ---------------------------------------------------------------- an announcement

MANY = [f"nhà-{number}" for number in range(250)]


def announced_to_many(url: str) -> int:
    """An announcement that is to reach everybody; its number."""
    with migrated_writer(url) as connection:
        for name in MANY:
            address = Address(NAME, "main", name)
            subscribe(connection, a_person(connection, address), address, thanh_chuong().id, "", "", MONDAY_NINE)
        return begin(connection, thanh_chuong().id, "cắt điện", "", "", MONDAY_NINE, urgent=True)


def let_leases_run_out(url: str) -> None:
    """As after six seconds."""
    with migrated_writer(url) as connection:
        connection.execute(update(_lease).values(until=MONDAY_NINE - 99 * A_DAY))


@pytest.mark.parametrize(("point", "passed"), [("before_mark", 130), ("in_slice", 2)])
async def test_an_announcement_whose_process_is_killed_goes_on_and_tells_each_once(
    point: str, passed: int, database: str, tmp_path: Path
) -> None:
    number = announced_to_many(database)
    async with forked(announce, database, tmp_path, point, passed) as process:
        assert await process.was_killed()
    told_before = (tmp_path / "sent").read_text().splitlines()
    assert 0 < len(told_before) < len(MANY)
    let_leases_run_out(database)
    async with forked(announce, database, tmp_path, "", 1) as process:
        assert await process.ended() == 0
    told = [line.split(" ")[0] for line in (tmp_path / "sent").read_text().splitlines()]
    assert len(told) == len(set(told)), "nobody is told twice"
    with migrated_reader(database) as connection:
        outcomes = dict(list(connection.execute(select(_outbox.c.chat, _outbox.c.state))))
        one = broadcast(connection, number)
    assert outcomes.keys() == set(MANY)
    assert {chat for chat, state in outcomes.items() if state != "unknown"} <= set(told)
    assert set(outcomes.values()) <= {"sent", "unknown"}
    assert one and (one.state, one.reached) == (DONE, len(MANY))
