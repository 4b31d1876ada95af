"""What the clock does for citizens: nobody is woken, everybody is asked, nothing is kept too long."""

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection

from bot import jobs
from bot.jobs import job_named
from bot.jobs_citizens import reminds_at
from bot.push import push_changes, waiting_changes
from bot.quiet import QuietHours
from dialogs.front import DRAFT_LIFE
from dialogs.words import TOWN_TIME, Talk
from store import conversations
from store.report_notes import add_note
from store.reports import change_fields
from tests.clockwork import (
    A_DAY,
    AN_HOUR,
    NOON,
    a_draft,
    a_report,
    a_resolved_report,
    run,
    take,
    told,
)
from tests.stored import HOA, HUNG, an_open_chat, view
from tests.town import CAPABILITIES, TestTown


@pytest.fixture(autouse=True)
def at_noon(town: TestTown) -> None:
    town.clock.now = NOON


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


# ---------------------------------------------------------------- citizens


async def test_a_report_resolved_before_the_clock_existed_is_closed_and_not_asked_about(town: TestTown) -> None:
    town.write(lambda connection: a_resolved_report(connection, NOON - 8 * A_DAY))
    await town.tick()
    town.push()
    assert len(told(town)) == 1 and "xin đóng phản ánh" in told(town)[0]


async def test_a_word_of_the_citizen_keeps_a_report_open_for_seven_more_days(town: TestTown) -> None:
    report_id = town.write(lambda connection: a_resolved_report(connection, NOON - 8 * A_DAY))
    added = NOON - 2 * A_DAY
    town.write(lambda connection: add_note(connection, report_id, "addition", "vẫn tối", "", added))
    assert await run(town, "close") == []
    town.clock.now = added + 7 * A_DAY
    assert len(await run(town, "close")) == 1


async def test_a_report_rated_and_not_solved_is_closed_after_seven_days_too(town: TestTown) -> None:
    def fill(connection: Connection) -> None:
        report_id = a_resolved_report(connection, NOON - 9 * A_DAY)
        version = view(connection, report_id).version
        given = {"solved_rating": 2, "satisfaction": 3}
        change_fields(connection, report_id, version, "rate", HUNG, NOON - 7 * A_DAY, **given)

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
