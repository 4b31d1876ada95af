"""Scheduled work: each thing once, whoever does it and however often; the clock that asks for it."""

import asyncio
import os
import threading
import time as real_time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import Connection, insert

from bot.clock import Clock
from bot.jobs import JOBS, run_job
from bot.jobs_task import Desk, Every, Job, Task
from store import due, notices
from store.database import open_writer
from store.tables.base import table
from store.tables.delivery import Outbox
from store.tables.reports import Media, Report
from store.tables.talk import InboxKey
from store.tables.workers import JobRun
from store.writer import Writer
from tests.clockwork import (
    A_DAY,
    AN_HOUR,
    NOON,
    a_draft,
    a_report,
    a_resolved_report,
    read_in,
    run,
    take,
    told,
)
from tests.stored import NAM, a_stored_photo, a_stored_report, count
from tests.town import TestTown, run_due


@pytest.fixture(autouse=True)
def at_noon(town: TestTown) -> None:
    town.clock.now = NOON


# ---------------------------------------------------------------- the table


def test_every_job_has_its_name_its_time_and_a_sentence() -> None:
    assert len({job.name for job in JOBS}) == len(JOBS) >= 9
    for job in JOBS:
        assert job.sentence.endswith(".") and str(job.schedule)


def much_that_is_due(connection: Connection) -> None:
    """Something for every job."""
    a_report(connection, "received", due_at=NOON + AN_HOUR)  # remind: sent nine days ago
    a_report(connection, due_at=NOON - 3 * A_DAY)  # remind, escalate
    a_resolved_report(connection, NOON - 2 * A_DAY)  # rating
    a_resolved_report(connection, NOON - 8 * A_DAY)  # close
    take(connection, a_report(connection), "reject", NOON, push=True, note="trùng")  # push
    a_draft(connection, NOON - 21 * AN_HOUR, NAM)  # draft_reminder
    connection.execute(insert(table(InboxKey)).values(key="old", at=NOON - 31 * A_DAY))


def left_behind(town: TestTown) -> dict[str, int]:
    """How many rows of each kind the jobs have written."""
    tables = {model.__name__: table(model) for model in (Outbox, JobRun)}
    counts = {name: town.read(lambda connection, rows=rows: count(connection, rows)) for name, rows in tables.items()}
    return {**counts, "notices": len(town.read(lambda connection: notices.notices_of(connection, ROOMS)))}


ROOMS = ("ubnd-17713", "leaders", "intake", "sensitive")


async def test_what_has_been_done_is_not_done_again(town: TestTown) -> None:
    town.write(much_that_is_due)
    town.clock.now = NOON - AN_HOUR  # before half past eleven: the digest too
    assert await town.tick() >= 7
    town.push()
    first = left_behind(town)
    for _ in range(3):
        assert await town.tick() == 0
    assert left_behind(town) == first


@contextmanager
def another_worker(town: TestTown) -> Iterator[Desk]:
    """A second process on the same file, as far as the database can tell."""
    engine = open_writer(town.url)
    writer = Writer(engine)
    try:
        yield replace(town.desk, write=writer.write)
    finally:
        writer.close()
        engine.dispose()


def test_two_workers_at_the_same_moment_do_everything_once(town: TestTown) -> None:
    town.write(much_that_is_due)
    now = NOON - AN_HOUR
    start = threading.Barrier(2)

    def work(desk: Desk) -> int:
        start.wait()
        return asyncio.run(run_due(desk, now))

    with another_worker(town) as other, ThreadPoolExecutor(2) as pool:
        done = sum(pool.map(work, [town.desk, other]))
        assert done + asyncio.run(run_due(other, now)) >= 7
    assert_all_is_done_once(town)


def assert_all_is_done_once(town: TestTown) -> None:
    """Of `much_that_is_due`, at eleven; reminders and escalation may be shared between workers."""
    texts = told(town) + told(town, NAM)
    assert len(texts) == len(set(texts)) == 4  # refused, rating, closed, draft
    assert len(read_in(town, "ubnd-17713")) <= 4
    lines = [line for text in read_in(town, "ubnd-17713") for line in text.splitlines() if "TC-" in line]
    assert len(lines) == len(set(lines)) == 3
    assert len(read_in(town, "leaders")) == 2


@pytest.mark.parametrize("workers", [4])
def test_one_slot_has_one_winner(town: TestTown, workers: int) -> None:
    won: list[int] = []
    start = threading.Barrier(workers)

    def one(number: int) -> None:
        engine = open_writer(town.url)
        start.wait()
        for slot in range(25):
            with engine.begin() as connection:
                if due.claim(connection, "remind", str(slot), NOON):
                    won.append(slot)
        engine.dispose()

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(one, range(workers)))
    assert sorted(won) == list(range(25))


async def test_a_task_that_fails_is_rolled_back_alone_and_tried_again(town: TestTown) -> None:
    broken = [True]

    def do(connection: Connection, claim: Callable[[str], bool], name: str) -> bool:
        if not claim(name):
            return False
        if name == "b" and broken[0]:
            raise RuntimeError("a bad row")
        return True

    def find(connection: Connection, desk: Desk, now: datetime) -> list[Task]:
        names = [name for name in "abc" if name not in due.claimed(connection, "test", "abc")]
        return [Task(name, lambda connection, claim, name=name: do(connection, claim, name)) for name in names]

    job = Job("test", Every(AN_HOUR), find, "Test.")
    assert await run_job(job, town.desk, NOON) == ["a", "c"]
    broken[0] = False
    assert await run_job(job, town.desk, NOON) == ["b"]


async def test_work_that_turns_out_to_be_none_leaves_no_claim(town: TestTown) -> None:
    def find(connection: Connection, desk: Desk, now: datetime) -> list[Task]:
        return [Task("nothing", lambda connection, claim: claim("slot") and False)]

    assert await run_job(Job("test", Every(AN_HOUR), find, "Test."), town.desk, NOON) == []
    assert town.read(lambda connection: due.claimed(connection, "test", ["slot"])) == set()


# ---------------------------------------------------------------- keeping house


async def test_keys_older_than_thirty_days_are_forgotten_once_a_day(town: TestTown) -> None:
    def fill(connection: Connection) -> None:
        for key, days in (("old", 31), ("young", 29)):
            connection.execute(insert(table(InboxKey)).values(key=key, at=NOON - days * A_DAY))
        due.claim(connection, "digest", "long ago", NOON - 31 * A_DAY)
        due.claim(connection, "remind", "TC-1:half:1", NOON - 31 * A_DAY)

    town.write(fill)
    assert len(await run(town, "purge")) == 1 and await run(town, "purge") == []
    keys = table(InboxKey)
    assert town.read(lambda connection: connection.execute(keys.select()).scalars().all()) == ["young"]
    claimed = town.read(lambda connection: due.claimed(connection, "remind", ["TC-1:half:1"]))
    assert claimed, "a report may stay open for longer than a month"
    assert not town.read(lambda connection: due.claimed(connection, "digest", ["long ago"]))


async def test_pictures_that_belong_to_no_report_are_forgotten_and_nothing_else(town: TestTown) -> None:
    rows, blobs = table(Media), {name: town.media.put(name.encode()) for name in ("mine", "given up", "never sent")}

    def fill(connection: Connection) -> None:
        report = a_stored_report(connection)
        for name, owner in (("mine", report), ("given up", None)):
            number = int(a_stored_photo(connection, ref=name))
            known = {"blob": blobs[name], "state": "stored", "report_id": owner, "created_at": NOON - 8 * A_DAY}
            connection.execute(rows.update().where(rows.c.id == number).values(**known))

    town.write(fill)
    fresh = town.media.put(b"just uploaded")
    for blob, put in [*((blob, NOON - 8 * A_DAY) for blob in blobs.values()), (fresh, NOON)]:
        os.utime(next(town.media._folder.glob(f"??/{blob}")), (put.timestamp(), put.timestamp()))
    assert len(await run(town, "sweep")) == 1 and await run(town, "sweep") == []
    town.clock.now = NOON + A_DAY
    await run(town, "sweep")
    left = {key for key in (*blobs.values(), fresh) if kept(town, key)}
    assert left == {blobs["mine"], fresh}
    assert town.read(lambda connection: connection.execute(rows.select()).mappings().one())["blob"] == blobs["mine"]


def kept(town: TestTown, key: str) -> bool:
    """Whether the bytes are still there."""
    try:
        return bool(town.media.get(key))
    except KeyError:
        return False


# ---------------------------------------------------------------- the clock


class FakeService:
    """What the clock needs of the service."""

    def __init__(self, town: TestTown) -> None:
        self.town, self.media, self.writer = town.town, town.media, town.writer
        self.read, self.clock = town.desk.read, town.clock
        self.challenge = town.challenge


async def test_the_clock_asks_every_job_at_once_when_it_starts(town: TestTown) -> None:
    town.write(lambda connection: a_report(connection, "received", due_at=NOON))
    clock = Clock(FakeService(town))
    await clock.start()
    async with asyncio.timeout(10):
        while not read_in(town, "ubnd-17713"):
            await asyncio.sleep(0)
    await clock.stop()


async def test_the_clock_stops_at_once_even_in_the_middle_of_a_job(
    town: TestTown, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(connection: Connection, claim: Callable[[str], bool]) -> bool:
        begun.set()
        go_on.wait(10)
        return claim("slow")

    job = Job("slow", Every(AN_HOUR), lambda *_: [Task("slow", slow)], "Slow.")
    monkeypatch.setattr("bot.clock.JOBS", (job,))
    clock = Clock(FakeService(town))
    await clock.start()
    assert await asyncio.to_thread(begun.wait, 10)
    before = real_time.monotonic()
    await clock.stop()
    assert real_time.monotonic() - before < 1
    go_on.set()
    assert town.write(lambda connection: due.claimed(connection, "slow", ["slow"])) == {"slow"}, "it was still written"
    assert not caplog.records


async def test_a_clock_that_never_started_can_be_stopped(town: TestTown) -> None:
    await Clock(FakeService(town)).stop()


async def test_a_waiter_that_gives_up_leaves_the_writer_alive(town: TestTown) -> None:
    go_on = threading.Event()
    waiting = asyncio.create_task(town.writer.write(lambda connection: go_on.wait(10)))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    go_on.set()
    assert town.write(lambda connection: count(connection, table(Report))) == 0
