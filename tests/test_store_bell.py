"""What one worker commits another hears of: few rings for many commits, outside of them, and never deaf for long."""

import queue
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine

from store.bell import MOST_BYTES, Bell, payloads
from store.database import open_writer

PATIENCE = 20.0  # seconds until a test gives up; nothing waits that long when all is well
Rung = queue.SimpleQueue[Sequence[str] | None]


@pytest.fixture
def engine(postgres: str) -> Iterator[Engine]:
    opened = open_writer(postgres)
    yield opened
    opened.dispose()


@contextmanager
def worker(engine: Engine, name: str) -> Iterator[tuple[Bell, Rung]]:
    """A bell that listens already, and what it hears."""
    heard: Rung = queue.SimpleQueue()
    bell = Bell(engine, name, heard.put)
    bell.start()
    assert heard.get(timeout=PATIENCE) is None, "who begins to listen looks for what was rung before"
    try:
        yield bell, heard
    finally:
        bell.stop()


def test_another_worker_hears_it_with_the_chats_and_we_do_not_hear_ourselves(engine: Engine) -> None:
    with worker(engine, "A") as (ours, our_ears), worker(engine, "B") as (_, other_ears):
        ours.ring(["webchat:main:hoa"])
        assert other_ears.get(timeout=PATIENCE) == ["webchat:main:hoa"]
        assert our_ears.empty()


def test_many_commits_are_few_rings_and_no_chat_is_forgotten(engine: Engine) -> None:
    with worker(engine, "A") as (ours, _), worker(engine, "B") as (_, ears):
        for number in range(500):
            ours.ring([f"chat {number}"])
        heard, rings = set[str](), 0
        while len(heard) < 500:
            heard |= set(ears.get(timeout=PATIENCE) or ())
            rings += 1
    assert rings < 100


def test_who_was_cut_off_listens_again_and_looks_for_what_it_missed(engine: Engine) -> None:
    with worker(engine, "A") as (ours, _), worker(engine, "B") as (_, ears):
        with engine.begin() as connection:
            connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE query LIKE 'LISTEN%%' AND datname = current_database()"
            )
        assert ears.get(timeout=PATIENCE) is None, "deaf"
        assert ears.get(timeout=PATIENCE) is None, "listening again"
        ours.ring(["hoa"])
        while (heard := ears.get(timeout=PATIENCE)) != ["hoa"]:
            assert heard is None


def test_who_is_cut_off_while_ringing_rings_again(engine: Engine) -> None:
    with worker(engine, "A") as (ours, _), worker(engine, "B") as (_, ears):
        ours.ring(["hoa"])
        assert ears.get(timeout=PATIENCE) == ["hoa"]
        with engine.begin() as connection:
            connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE query LIKE 'SELECT pg_notify%%' AND datname = current_database()"
            )
        ours.ring(["nam"])
        assert ears.get(timeout=PATIENCE) == ["nam"]


def test_more_chats_than_one_notification_holds_go_in_several() -> None:
    chats = [f"webchat:main:{number:032d}" for number in range(1000)]
    said = list(payloads("A", chats))
    assert all(len(payload.encode()) <= MOST_BYTES for payload in said)
    assert [chat for payload in said for chat in payload.split("\n")[1:]] == chats


def test_without_any_chat_it_is_rung_all_the_same() -> None:
    assert list(payloads("A", [])) == ["A"]
