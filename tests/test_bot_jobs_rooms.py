"""What the clock tells the officers' rooms: by day, once, and never a secret in the wrong room."""

from datetime import datetime

import pytest
from sqlalchemy import Connection, insert, update

from bot import jobs
from bot.jobs import job_named
from dialogs.texts import say
from dialogs.words import TOWN_TIME
from store import notices, outbox
from store.report_cards import rooms_showing
from store.tables.base import table
from store.tables.staff import Officer, OfficerRoom, StaffRoom
from tests.clockwork import (
    A_DAY,
    AN_HOUR,
    NOON,
    a_report,
    read_in,
    run,
    take,
)
from tests.stored import view
from tests.town import TestTown


@pytest.fixture(autouse=True)
def at_noon(town: TestTown) -> None:
    town.clock.now = NOON


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
    assert "leaders" in town.read(lambda connection: rooms_showing(connection, report_id))


async def test_a_sensitive_report_never_leaves_its_room(town: TestTown) -> None:
    secret = {"sensitive": True, "category": "officer_conduct", "agency_id": "", "room": "sensitive"}
    report_id = town.write(lambda connection: a_report(connection, due_at=NOON - 3 * A_DAY, **secret))
    town.clock.now = NOON - AN_HOUR
    await town.tick()
    code = town.read(lambda connection: view(connection, report_id)).code
    for room in ("leaders", "intake", "ubnd-17713", "operators"):
        assert code not in " ".join(read_in(town, room))
    assert len([text for text in read_in(town, "sensitive") if code in text]) == 2  # reminder, and what stays overdue
    assert town.read(lambda connection: rooms_showing(connection, report_id)) == ["sensitive"]


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
