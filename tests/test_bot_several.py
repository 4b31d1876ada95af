"""Two workers at the same work on one PostgreSQL: a card is written once and never old, a change is told once."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from bot.push import push_changes
from bot.room_cards import post_cards
from dialogs.words import Address
from store import locks, staff_chat
from store.database import open_writer
from store.report_cards import show_card
from store.reports import change_status
from store.tables.base import table
from store.tables.delivery import Outbox
from store.tables.staff import StaffCard
from tests.stored import HUNG, a_stored_report, view
from tests.town import MONDAY_NINE, TestTown, test_town

ROOM = "ubnd-17713"
A_MOMENT = 0.5  # seconds in which a change would be through if nothing held it up
GROUP = Address("console", "main", "group")
_outbox, _card = table(Outbox), table(StaffCard)


@pytest.fixture
def town(tmp_path: Path, postgres: str) -> Iterator[TestTown]:
    with test_town(tmp_path, url=postgres) as opened:
        opened.write(lambda connection: staff_chat.bind_room(connection, ROOM, GROUP))
        yield opened


def both(town: TestTown, work: Callable[[Connection], Any]) -> list[Any]:
    """Two workers do the same at the same moment, each on a connection of its own."""
    start = threading.Barrier(2)

    def one(_number: int) -> Any:
        engine = open_writer(town.url)
        with engine.begin() as connection:
            start.wait(10)
            done = work(connection)
        engine.dispose()
        return done

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(one, range(2)))


def filed(town: TestTown, number: int) -> int:
    """A report with a card in the group, of a citizen of its own."""

    def file(connection: Connection) -> int:
        report = a_stored_report(connection, Address("webchat", "main", f"c{number}"))
        show_card(connection, report, ROOM, MONDAY_NINE)
        return report

    return town.write(file)


def queued(town: TestTown, chat: str) -> list[int]:
    """The messages on their way to a chat."""
    found = select(_outbox.c.id).where(_outbox.c.chat == chat)
    return list(town.read(lambda connection: connection.execute(found).scalars().all()))


def test_a_card_is_written_by_one_of_them(town: TestTown) -> None:
    for number in range(10):
        filed(town, number)
    done = both(town, lambda connection: post_cards(connection, town.town, MONDAY_NINE))
    assert sum(done) == 10
    assert len(queued(town, "group")) == 10


def test_a_report_that_changes_while_its_card_is_written_has_its_card_written_again(town: TestTown) -> None:
    report = filed(town, 1)
    writing = open_writer(town.url)
    with writing.begin() as connection:
        assert post_cards(connection, town.town, MONDAY_NINE) == 1
        changed = town.writer.submit(lambda other: take(other, report))
        wait([changed], timeout=A_MOMENT)
        assert not changed.done(), "it waits for the card that is being written"
    changed.result(10)
    writing.dispose()
    assert town.read(lambda connection: connection.execute(select(_card.c.stale)).scalar_one()) is True


def take(connection: Connection, report: int) -> None:
    change_status(connection, report, view(connection, report).version, "accept", HUNG, MONDAY_NINE)


def test_a_change_is_told_by_one_of_them(town: TestTown) -> None:
    for number in range(10):
        report = filed(town, number)
        town.write(lambda connection, report=report: take(connection, report))
    done = both(town, lambda connection: push_changes(connection, town.town, MONDAY_NINE))
    assert sum(done) == 10
    assert all(len(queued(town, f"c{number}")) == 1 for number in range(10))


def test_nothing_is_told_in_a_chat_while_another_worker_takes_its_turn(town: TestTown) -> None:
    report = filed(town, 1)
    town.write(lambda connection: take(connection, report))
    other = open_writer(town.url)
    with other.begin() as turn:
        assert locks.take(turn, "webchat:main:c1")
        assert town.push() == 0
    other.dispose()
    assert town.push() == 1
