"""Scheduled work: each thing once, whoever does it and however often; nobody is woken at night."""

import asyncio
import threading
import time as real_time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, insert, update

from bot import jobs
from bot.clock import Clock
from bot.jobs import JOBS, job_named, run_due, run_job
from bot.jobs_citizens import reminds_at
from bot.jobs_task import Desk, Every, Job, Task
from bot.push import push_changes, waiting_changes
from bot.quiet import QuietHours
from dialogs.front import DRAFT_LIFE
from dialogs.texts import say
from dialogs.words import TOWN_TIME, Talk
from store import conversations, due, notices, outbox, reports
from store.database import open_writer
from store.reports import change_status
from store.tables import InboxKey, JobRun, Officer, OfficerRoom, Outbox, Report, StaffRoom, table
from store.writer import Writer
from tests.stored import HOA, HUNG, NAM, a_person, a_stored_report, an_open_chat, count, view
from tests.town import CAPABILITIES, TestTown

T = TypeVar("T")
NOON = datetime(2026, 11, 25, 12, 0, tzinfo=TOWN_TIME)  # a Wednesday
A_DAY, AN_HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture(autouse=True)
def at_noon(town: TestTown) -> None:
    town.clock.now = NOON


def a_report(connection: Connection, status: str = "in_progress", **values: Any) -> int:
    """A report with a card in its unit's room; `status` as it stands now, long since told to its citizen."""
    plain = {
        "commune": "17713",
        "agency_id": "kinh-te-17713",
        "created_at": NOON - 9 * A_DAY,
        "due_at": NOON + 9 * A_DAY,
    }
    room = values.pop("room", "ubnd-17713")
    report_id = a_stored_report(connection, **{**plain, **values})
    reports.show_card(connection, report_id, room, NOON)
    if status in ("in_progress", "resolved"):
        take(connection, report_id, "accept", NOON - 8 * A_DAY, accepted_at=NOON - 8 * A_DAY)
    return report_id


def take(
    connection: Connection, report_id: int, step: str, now: datetime, *, push: bool = False, **values: Any
) -> None:
    change_status(connection, report_id, view(connection, report_id).version, step, HUNG, now, push=push, **values)


def a_resolved_report(connection: Connection, resolved: datetime, **values: Any) -> int:
    report_id = a_report(connection, "resolved", **values)
    take(connection, report_id, "resolve", resolved, resolved_at=resolved)
    return report_id


def a_draft(connection: Connection, left: datetime, address: Any = HOA) -> None:
    """A report begun and left: the place is asked for."""
    a_person(connection, address)
    talk = Talk("report", "place", {"text": "đường hỏng quá", "category": "road_infrastructure"}, updated_at=left)
    conversations.save_talk(connection, address.key, talk, "thanh_chuong", left)


def told(town: TestTown, address: Any = HOA) -> list[str]:
    """What a citizen has been told, oldest first."""
    rows = town.read(
        lambda connection: outbox.waiting(connection, address.channel, address.account, NOON + 99 * A_DAY, 99)
    )
    return [row.part.text for row in rows if row.address == address]


def read_in(town: TestTown, room: str) -> list[str]:
    """What a room has been told, oldest first."""
    found = town.read(lambda connection: notices.notices_of(connection, [room]))
    return [notice.text for notice in reversed(found)]


async def run(town: TestTown, name: str) -> list[str]:
    job = job_named(name)
    assert job
    return await run_job(job, town.desk, town.clock())


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
    texts = told(town) + told(town, NAM)
    assert len(texts) == len(set(texts)) == 4  # refused, rating, closed, draft
    assert len(read_in(town, "ubnd-17713")) <= 4, "reminders and escalation, perhaps shared between the two"
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


# ---------------------------------------------------------------- quiet hours

moments = st.timedeltas(timedelta(0), timedelta(days=3)).map(lambda passed: NOON + passed)
clocks = st.times().map(lambda clock: clock.replace(microsecond=0))


@given(moments, clocks, clocks)
def test_quiet_hours_end_within_a_day_at_a_moment_that_is_not_quiet(moment: datetime, begin: time, end: time) -> None:
    quiet = QuietHours(begin, end)
    until, since = quiet.until(moment), quiet.since(moment)
    assert moment <= until <= moment + A_DAY and not quiet.at(until)
    assert moment - A_DAY <= since <= moment and quiet.at(since) == quiet.at(moment)


@pytest.mark.parametrize(
    ("clock", "quiet"), [("20:59", False), ("21:00", True), ("00:00", True), ("05:59", True), ("06:00", False)]
)
def test_it_is_quiet_from_nine_to_six(clock: str, quiet: bool) -> None:
    moment = datetime.combine(NOON.date(), time.fromisoformat(clock), TOWN_TIME)
    assert QuietHours.between("21:00", "6:00").at(moment) is quiet
    assert not QuietHours.between("6:00", "6:00").at(moment), "equal: never quiet"


@given(moments)
def test_a_draft_is_reminded_of_by_day_and_in_time(left: datetime) -> None:
    quiet = QuietHours()
    reminded = reminds_at(left, quiet)
    assert not quiet.at(reminded)
    assert left + 10 * AN_HOUR <= reminded <= left + DRAFT_LIFE - AN_HOUR


def test_at_night_the_sweep_has_nothing_to_write(town: TestTown) -> None:
    """The pusher looks every second; a write transaction a second would keep the disk busy all night."""
    midnight = NOON + A_DAY / 2

    def fill(connection: Connection) -> None:
        take(connection, a_report(connection, "received"), "accept", midnight, push=True)

    town.write(fill)
    assert town.read(lambda connection: waiting_changes(connection, town.town, midnight, 9)) == []
    assert len(town.read(lambda connection: waiting_changes(connection, town.town, NOON + A_DAY, 9))) == 1


def test_many_that_wait_for_the_morning_do_not_stand_before_what_is_urgent(town: TestTown) -> None:
    midnight = NOON + A_DAY / 2

    def fill(connection: Connection) -> None:
        for _ in range(201):
            take(connection, a_report(connection, "received"), "accept", midnight, push=True)
        take(connection, a_report(connection, "received", urgent=True), "accept", midnight, push=True)

    town.write(fill)
    assert town.write(lambda connection: push_changes(connection, town.town, midnight)) == 1


def test_a_channel_served_elsewhere_is_left_to_that_process(town: TestTown) -> None:
    town.write(lambda connection: take(connection, a_report(connection, "received"), "accept", NOON, push=True))
    town.town = replace(town.town, capabilities={"console": CAPABILITIES["console"]})
    assert town.push() == 0
    town.town = replace(town.town, capabilities=CAPABILITIES)
    assert town.push() >= 1


# ---------------------------------------------------------------- rooms


async def test_what_was_slept_through_is_told_once_and_not_made_up_for(town: TestTown) -> None:
    town.write(lambda connection: a_report(connection, "received", due_at=NOON - AN_HOUR / 2))
    await run(town, "remind")
    assert len(read_in(town, "ubnd-17713")) == 1
    assert "đã tới hạn nhận" in read_in(town, "ubnd-17713")[0]


async def test_a_report_that_moves_on_between_look_and_act_is_left_alone(town: TestTown) -> None:
    report_id = town.write(lambda connection: a_report(connection, "received", due_at=NOON))
    job = job_named("remind")
    assert job
    tasks = await jobs.find_work(job, town.desk, NOON)
    town.write(lambda connection: take(connection, report_id, "accept", NOON, due_at=NOON + 9 * A_DAY))
    assert [town.write(lambda connection, task=task: task.do(connection, lambda slot: True)) for task in tasks] == [
        False
    ]
    assert read_in(town, "ubnd-17713") == []


async def test_a_new_stretch_of_time_has_reminders_of_its_own(town: TestTown) -> None:
    report_id = town.write(lambda connection: a_report(connection, "received", due_at=NOON))
    await run(town, "remind")
    town.write(lambda connection: take(connection, report_id, "accept", NOON, due_at=NOON + AN_HOUR))
    town.clock.forward(2 * AN_HOUR)
    await run(town, "remind")
    assert ["nhận" in text for text in read_in(town, "ubnd-17713")] == [True, False]


async def test_a_named_head_is_spoken_to_by_name(town: TestTown) -> None:
    def fill(connection: Connection) -> None:
        a_report(connection, due_at=NOON - A_DAY)
        values = {"locality_id": "tc", "name": "Bà Vinh", "title": "", "active": True, "created_at": NOON}
        head = connection.execute(insert(table(Officer)).values(values)).inserted_primary_key
        assert head
        connection.execute(insert(table(OfficerRoom)).values(officer_id=head[0], room_id="ubnd-17713", head=True))

    town.write(fill)
    await run(town, "escalate")
    assert read_in(town, "ubnd-17713")[0].startswith("Kính gửi Bà Vinh, việc quá hạn: TC-")


async def test_the_leaders_can_open_what_they_are_told_of(town: TestTown) -> None:
    report_id = town.write(lambda connection: a_report(connection, due_at=NOON - 3 * A_DAY))
    await run(town, "escalate")
    assert "leaders" in town.read(lambda connection: reports.rooms_showing(connection, report_id))


async def test_a_sensitive_report_never_leaves_its_room(town: TestTown) -> None:
    secret = {"sensitive": True, "category": "officer_conduct", "agency_id": "", "room": "sensitive"}
    report_id = town.write(lambda connection: a_report(connection, due_at=NOON - 3 * A_DAY, **secret))
    town.clock.now = NOON - AN_HOUR
    await town.tick()
    code = town.read(lambda connection: view(connection, report_id)).code
    for room in ("leaders", "intake", "ubnd-17713", "operators"):
        assert code not in " ".join(read_in(town, room))
    assert len([text for text in read_in(town, "sensitive") if code in text]) == 2  # reminder, and what stays overdue
    assert town.read(lambda connection: reports.rooms_showing(connection, report_id)) == ["sensitive"]


async def test_no_word_of_a_citizen_stands_in_a_notice(town: TestTown) -> None:
    said = {"text": "ông Ba nhà bên", "place_text": "trước nhà ông Ba", "reporter_name": "Hoa", "anonymous": False}
    town.write(lambda connection: a_report(connection, due_at=NOON - 3 * A_DAY, **said))
    town.clock.now = NOON - AN_HOUR
    await town.tick()
    for room in ("leaders", "ubnd-17713"):
        assert read_in(town, room) and not any("ông Ba" in text or "Hoa" in text for text in read_in(town, room))


async def test_a_long_list_is_cut_and_says_so(town: TestTown) -> None:
    town.write(lambda connection: [a_report(connection, "received", due_at=NOON) for _ in range(23)])
    await run(town, "remind")
    (text,) = read_in(town, "ubnd-17713")
    assert text.startswith("Nhắc 23 việc:") and text.endswith(say("clock.more", count=3))


async def test_a_room_bound_to_a_group_is_told_there_too(town: TestTown) -> None:
    def bind(connection: Connection) -> None:
        rooms = table(StaffRoom)
        connection.execute(update(rooms).where(rooms.c.id == "leaders").values(address_key="webchat:main:-100:7"))

    town.write(bind)
    town.clock.now = NOON - AN_HOUR
    await town.tick()
    rows = town.read(lambda connection: outbox.waiting(connection, "webchat", "main", town.clock(), 9))
    assert [(row.address.chat, row.address.thread, row.lane, len(row.part.media)) for row in rows] == [
        ("-100", "7", outbox.NOTICE, 1)
    ]


async def test_notices_can_be_marked_as_seen(town: TestTown) -> None:
    town.write(lambda connection: a_report(connection, "received", due_at=NOON))
    await run(town, "remind")
    (notice,) = town.read(lambda connection: notices.notices_of(connection, ["ubnd-17713"], unseen_only=True))
    town.write(lambda connection: notices.mark_seen(connection, ["leaders"], notice.id, NOON))
    assert town.read(lambda connection: notices.notices_of(connection, ["ubnd-17713"], unseen_only=True))
    town.write(lambda connection: notices.mark_seen(connection, ["ubnd-17713"], notice.id, NOON))
    assert not town.read(lambda connection: notices.notices_of(connection, ["ubnd-17713"], unseen_only=True))
    assert town.read(lambda connection: notices.notices_of(connection, ["ubnd-17713"]))[0].seen


@pytest.mark.parametrize(
    ("now", "urgent", "speaks"),
    [
        ("2026-11-25 18:00", False, False),
        ("2026-11-25 06:59", False, False),
        ("2026-11-25 07:00", False, True),
        ("2026-11-28 10:00", False, False),
        ("2026-11-24 10:00", False, False),
        ("2026-11-28 03:00", True, True),
    ],
    ids=["evening", "early", "morning", "Saturday", "a day off", "urgent at night"],
)
async def test_rooms_are_reminded_on_office_days_by_day(town: TestTown, now: str, urgent: bool, speaks: bool) -> None:
    town.clock.now = datetime.fromisoformat(now).replace(tzinfo=TOWN_TIME)
    long_ago = town.clock.now - 9 * A_DAY
    late = {"due_at": town.clock.now - AN_HOUR / 10, "urgent": urgent, "created_at": long_ago}
    town.write(lambda connection: a_report(connection, "received", **late))
    await run(town, "remind")
    assert bool(read_in(town, "ubnd-17713")) is speaks


# ---------------------------------------------------------------- citizens


async def test_a_report_resolved_before_the_clock_existed_is_closed_and_not_asked_about(town: TestTown) -> None:
    town.write(lambda connection: a_resolved_report(connection, NOON - 8 * A_DAY))
    await town.tick()
    town.push()
    assert len(told(town)) == 1 and "xin đóng phản ánh" in told(town)[0]


async def test_a_word_of_the_citizen_keeps_a_report_open_for_seven_more_days(town: TestTown) -> None:
    report_id = town.write(lambda connection: a_resolved_report(connection, NOON - 8 * A_DAY))
    added = NOON - 2 * A_DAY
    town.write(lambda connection: reports.add_note(connection, report_id, "addition", "vẫn tối", "", added))
    assert await run(town, "close") == []
    town.clock.now = added + 7 * A_DAY
    assert len(await run(town, "close")) == 1


async def test_a_report_rated_and_not_solved_is_closed_after_seven_days_too(town: TestTown) -> None:
    def fill(connection: Connection) -> None:
        report_id = a_resolved_report(connection, NOON - 9 * A_DAY)
        version = view(connection, report_id).version
        given = {"solved_rating": 2, "satisfaction": 3}
        reports.change_fields(connection, report_id, version, "rate", HUNG, NOON - 7 * A_DAY, **given)

    town.write(fill)
    assert len(await run(town, "close")) == 1


async def test_a_report_resolved_again_is_asked_about_again(town: TestTown) -> None:
    report_id = town.write(lambda connection: a_resolved_report(connection, NOON - A_DAY))
    assert len(await run(town, "rating")) == 1

    def again(connection: Connection) -> None:
        take(connection, report_id, "reopen", NOON)
        take(connection, report_id, "accept", NOON)
        take(connection, report_id, "resolve", NOON, resolved_at=NOON)

    town.write(again)
    town.clock.forward(A_DAY)
    assert len(await run(town, "rating")) == 1


async def test_nobody_is_asked_for_a_rating_at_night(town: TestTown) -> None:
    town.write(lambda connection: a_resolved_report(connection, NOON - 2 * A_DAY))
    town.clock.now = NOON + A_DAY / 2
    assert await run(town, "rating") == []


async def test_a_dropped_draft_keeps_no_word(town: TestTown) -> None:
    town.write(lambda connection: a_draft(connection, NOON - 25 * AN_HOUR))
    assert len(await run(town, "drop_drafts")) == 1
    talk = town.read(lambda connection: conversations.load_talk(connection, HOA.key))
    assert (talk.state, talk.memory, talk.prompt.choices) == ("", {}, ())
    assert await run(town, "drop_drafts") == []


async def test_a_draft_taken_up_again_in_the_meantime_is_left_alone(town: TestTown) -> None:
    town.write(lambda connection: a_draft(connection, NOON - 25 * AN_HOUR))
    for name in ("drop_drafts", "draft_reminder"):
        job = job_named(name)
        assert job
        tasks = await jobs.find_work(job, town.desk, NOON - 3 * AN_HOUR if name == "draft_reminder" else NOON)
        assert len(tasks) == 1
        town.write(lambda connection: a_draft(connection, NOON))
        done = [town.write(lambda connection, task=task: task.do(connection, lambda slot: True)) for task in tasks]
        assert done == [False]
        town.write(lambda connection: a_draft(connection, NOON - 25 * AN_HOUR))


async def test_an_officers_unfinished_sentence_is_no_draft(town: TestTown) -> None:
    def fill(connection: Connection) -> None:
        talk = Talk("staff", "outcome", {"outcome": "đã thay"}, updated_at=NOON - 30 * AN_HOUR)
        conversations.save_talk(connection, "room:web:intake|1|TC-1", talk, "thanh_chuong", NOON)
        an_open_chat(connection)

    town.write(fill)
    assert await run(town, "draft_reminder") == await run(town, "drop_drafts") == []


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


# ---------------------------------------------------------------- the clock


class FakeService:
    """What the clock needs of the service."""

    def __init__(self, town: TestTown) -> None:
        self.town, self.media, self.writer = town.town, town.media, town.writer
        self.read, self.clock = town.desk.read, town.clock


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
