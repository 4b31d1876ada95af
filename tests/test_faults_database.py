"""The database fails under the service: what was acknowledged is there, what was refused comes again and counts."""

import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import func, make_url, select
from sqlalchemy.exc import OperationalError

from dialogs.words import Incoming
from store.tables.base import table
from store.tables.talk import InboxFailure, Message
from tests.test_bot_outbox import Post
from tests.town import TestTown, test_town

_message, _failure = table(Message), table(InboxFailure)
LONG = "đường hỏng " * 300


@pytest.fixture
def house(tmp_path: Path) -> Iterator[TestTown]:
    """A town on an SQLite file."""
    with test_town(tmp_path) as opened:
        yield opened


def pragma(town: TestTown, said: str) -> int:
    """Set something on the connection that writes, outside any transaction."""
    with closing(town.engine.raw_connection()) as connection:  # the only one, idle now
        row = connection.cursor().execute(f"PRAGMA {said}").fetchone()
    return int(row[0]) if row else 0


@contextmanager
def full(town: TestTown) -> Iterator[None]:
    """The disk holds what is on it and not a page more."""
    before = pragma(town, "max_page_count")
    pragma(town, f"max_page_count = {pragma(town, 'page_count')}")
    yield
    pragma(town, f"max_page_count = {before}")


@contextmanager
def read_only(town: TestTown) -> Iterator[None]:
    pragma(town, "query_only = ON")
    yield
    pragma(town, "query_only = OFF")


@contextmanager
def locked(town: TestTown) -> Iterator[None]:
    """Somebody else keeps the lock for longer than we wait."""
    pragma(town, "busy_timeout = 20")
    with closing(sqlite3.connect(str(make_url(town.url).database), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


def heard(town: TestTown) -> list[str]:
    """What the store has heard, in order."""
    said = select(_message.c.part).where(_message.c.direction == "in").order_by(_message.c.id)
    return [
        part["text"][-4:].strip() for part in town.read(lambda connection: list(connection.execute(said).scalars()))
    ]


async def until_refused(town: TestTown, most: int = 200) -> tuple[list[Incoming], Incoming]:
    """One long message after another: those that were taken, and the one that was not."""
    taken: list[Incoming] = []
    for number in range(most):
        said = town.incoming(f"{LONG}{number:>4}", chat=f"chat{number % 7}", dedupe_key=f"d{number}")
        try:
            await town.hear(said)
        except OperationalError:
            return taken, said
        taken.append(said)
    raise AssertionError("the database took everything")


@pytest.mark.parametrize("trouble", [full, read_only, locked])
async def test_what_a_failing_database_refused_comes_again_and_counts_once(
    house: TestTown, trouble: Callable[[TestTown], AbstractContextManager[None]]
) -> None:
    await refused_comes_again(house, trouble(house))


async def refused_comes_again(house: TestTown, trouble: AbstractContextManager[None]) -> None:
    """What is refused during the trouble leaves nothing and is new afterwards; what was taken stays."""
    with trouble:
        taken, refused = await until_refused(house)
        before = heard(house)
    assert before == [one.text[-4:].strip() for one in taken], "what was acknowledged is there"
    assert (await house.hear(refused)).fresh, "nothing of it was kept: sent again it is new"
    assert not (await house.hear(replace(refused))).fresh
    assert heard(house) == [*before, refused.text[-4:].strip()]
    failures = select(func.count()).select_from(_failure)
    assert house.read(lambda connection: connection.execute(failures).scalar_one()) == 0, "it was not the turn's fault"


async def test_on_a_disk_that_is_really_full_it_is_the_same(tmp_path: Path) -> None:
    with small_disk(tmp_path) as disk, test_town(disk) as town:
        await refused_comes_again(town, no_more_space(disk))


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of its own in memory. Skips where we may not mount."""
    disk = folder / "disk"
    disk.mkdir()
    if mount("-t", "tmpfs", "-o", "size=64m", "tmpfs", str(disk)):
        pytest.skip("mounting a small disk needs root")
    try:
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@contextmanager
def no_more_space(disk: Path) -> Iterator[None]:
    """All that is free is what the next few messages need."""
    used = shutil.disk_usage(disk).used
    assert mount("-o", f"remount,size={used + 100_000}", str(disk)) == 0
    yield
    assert mount("-o", "remount,size=64m", str(disk)) == 0


def mount(*arguments: str) -> int:
    return subprocess.run(["mount", *arguments], check=False, capture_output=True).returncode


async def test_while_nothing_can_be_written_deliveries_are_tried_once_a_second_and_not_as_fast_as_we_can(
    house: TestTown,
) -> None:
    post = Post(house)
    assert await post.go() == []
    post.queue("một")
    with read_only(house):
        assert await post.deliverer.step() == 1
        assert await post.deliverer.step() == 0
        house.clock.forward(timedelta(seconds=1))
        assert await post.deliverer.step() == 1
    house.clock.forward(timedelta(seconds=1))
    assert await post.go() == ["một"]


async def test_when_postgresql_ends_every_connection_the_next_message_is_taken(tmp_path: Path, postgres: str) -> None:
    with test_town(tmp_path, url=postgres) as town:
        await town.hear(town.incoming("một"))
        name = make_url(postgres).database
        ending = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
        target = make_url(postgres).set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(target, autocommit=True) as other:
            assert other.execute(ending, [name]).rowcount > 0
        await town.hear(town.incoming("hai"))
        assert heard(town) == ["một", "hai"]
