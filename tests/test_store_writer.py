"""One thread writes: in the order asked, many works to a commit, and what fails takes nothing else with it."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, insert, select, update
from sqlalchemy.exc import IntegrityError, OperationalError

from dialogs.words import Address, Talk
from store.conversations import load_talk, save_talk
from store.database import open_writer
from store.hot import savepoint
from store.tables.base import table
from store.tables.reports import Note
from store.tables.talk import InboxKey
from store.writer import BATCH, Writer
from tests.stored import count
from tests.town import MONDAY_NINE

_key = table(InboxKey)


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    opened = open_writer(database)
    yield opened
    opened.dispose()


@pytest.fixture
def writer(engine: Engine) -> Iterator[Writer]:
    opened = Writer(engine)
    yield opened
    opened.close()


def put(name: str) -> Callable[[Connection], str]:
    def run(connection: Connection) -> str:
        connection.execute(insert(_key), {"key": name, "at": MONDAY_NINE})
        return name

    return run


def put_and_fail(name: str) -> Callable[[Connection], str]:
    def run(connection: Connection) -> str:
        put(name)(connection)
        raise LookupError(name)

    return run


class Held:
    """Holds the writer at work until it is let go, so that what is submitted meanwhile goes into one batch."""

    def __init__(self, writer: Writer, chat: str = "") -> None:
        self._go = threading.Event()
        self._begun = threading.Event()
        self.future = writer.submit(self._run, chat=chat)
        assert self._begun.wait(10)

    def _run(self, connection: Connection) -> None:
        self._begun.set()
        assert self._go.wait(10)

    def let_go(self) -> None:
        self._go.set()
        self.future.result(10)


def names(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return sorted(connection.execute(select(_key.c.key)).scalars())


# ---------------------------------------------------------------- in order


def test_work_is_done_and_its_value_comes_back_after_the_commit(writer: Writer, engine: Engine) -> None:
    assert writer.submit(put("một")).result(10) == "một"
    assert names(engine) == ["một"]


def test_the_order_of_asking_is_the_order_of_doing(writer: Writer) -> None:
    done: list[int] = []
    futures = [writer.submit(lambda connection, number=number: done.append(number)) for number in range(200)]
    for future in futures:
        future.result(10)
    assert done == list(range(200))


def test_what_waits_goes_into_one_commit_and_no_more_than_a_batch(engine: Engine) -> None:
    commits: list[int] = []
    writer = Writer(engine, after_commit=lambda: commits.append(1))
    held = Held(writer)
    futures = [writer.submit(put(str(number))) for number in range(BATCH + 10)]
    held.let_go()
    for future in futures:
        future.result(10)
    writer.close()
    assert len(commits) == 3  # the one that was held, a full batch, the rest


def test_all_work_runs_on_the_one_thread(writer: Writer) -> None:
    threads = {writer.submit(lambda connection: threading.current_thread().name).result(10) for _ in range(5)}
    assert threads == {"writer"}


async def test_an_asynchronous_caller_waits_for_the_commit(writer: Writer, engine: Engine) -> None:
    assert await writer.write(put("một")) == "một"
    assert names(engine) == ["một"]


# ---------------------------------------------------------------- what fails


@pytest.mark.parametrize(
    ("works", "savepoints"), [([put("một"), put("hai")], 1), ([put("một"), put_and_fail("hỏng"), put("hai")], 1 + 3)]
)
def test_a_batch_has_one_savepoint_and_each_work_its_own_only_after_something_raised(
    works: list[Callable[[Connection], str]], savepoints: int, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Connection] = []
    writer = Writer(engine)
    held = Held(writer)
    monkeypatch.setattr("store.writer.savepoint", lambda connection: made.append(connection) or savepoint(connection))
    for work in works:
        writer.submit(work)
    held.let_go()
    writer.close()
    assert len(made) == savepoints
    assert names(engine) == ["hai", "một"]


def test_work_that_raises_is_rolled_back_alone(writer: Writer, engine: Engine) -> None:
    held = Held(writer)
    before, bad, after = writer.submit(put("trước")), writer.submit(put_and_fail("hỏng")), writer.submit(put("sau"))
    held.let_go()
    assert (before.result(10), after.result(10)) == ("trước", "sau")
    with pytest.raises(LookupError, match="hỏng"):
        bad.result(10)
    assert names(engine) == ["sau", "trước"]


def test_a_rescue_runs_in_the_place_of_what_raised_and_knows_why(writer: Writer, engine: Engine) -> None:
    def rescue(connection: Connection, error: Exception) -> str:
        return put(f"vì {error}")(connection)

    assert writer.submit(put_and_fail("hỏng"), rescue).result(10) == "vì hỏng"
    assert names(engine) == ["vì hỏng"]


def test_a_rescue_that_raises_is_rolled_back_too(writer: Writer, engine: Engine) -> None:
    def rescue(connection: Connection, error: Exception) -> str:
        put("cứu")(connection)
        raise ValueError("rescue")

    with pytest.raises(ValueError, match="rescue"):
        writer.submit(put_and_fail("hỏng"), rescue).result(10)
    assert writer.submit(put("sau")).result(10) == "sau"
    assert names(engine) == ["sau"]


def test_a_rescue_does_not_run_when_nothing_raised(writer: Writer) -> None:
    asked: list[Exception] = []
    assert writer.submit(put("một"), lambda connection, error: str(asked.append(error))).result(10) == "một"
    assert asked == []


def point_nowhere(connection: Connection) -> None:
    """What the database refuses only at the commit."""
    connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
    row = {"report_id": 999, "kind": "internal", "text": "", "author": "", "created_at": MONDAY_NINE}
    connection.execute(insert(table(Note)), row)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_commit_that_fails_fails_for_all_and_nothing_of_it_happened(writer: Writer, engine: Engine) -> None:
    held = Held(writer)
    futures: list[Future[Any]] = [writer.submit(put("một")), writer.submit(point_nowhere), writer.submit(put("hai"))]
    held.let_go()
    for future in futures:
        with pytest.raises(IntegrityError):
            future.result(10)
    assert names(engine) == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_after_a_commit_that_failed_the_next_one_works(writer: Writer, engine: Engine) -> None:
    with pytest.raises(IntegrityError):
        writer.submit(point_nowhere).result(10)
    assert writer.submit(put("sau")).result(10) == "sau"
    assert names(engine) == ["sau"]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_after_commit_is_called_once_a_batch_and_not_when_it_failed(engine: Engine) -> None:
    commits: list[int] = []
    writer = Writer(engine, after_commit=lambda: commits.append(1))
    writer.submit(put("một")).result(10)
    with pytest.raises(IntegrityError):
        writer.submit(point_nowhere).result(10)
    writer.submit(put("hai")).result(10)
    writer.close()
    assert len(commits) == 2


def test_a_database_that_cannot_be_reached_fails_the_work_and_not_the_thread(engine: Engine) -> None:
    down = True

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if down:
            raise OSError("disk")

    writer = Writer(engine)
    with pytest.raises(OSError, match="disk"):
        writer.submit(put("một")).result(10)
    down = False
    assert writer.submit(put("hai")).result(10) == "hai"
    writer.close()


# ---------------------------------------------------------------- chats


def test_a_flood_in_one_chat_holds_up_no_other(writer: Writer) -> None:
    done: list[str] = []
    held = Held(writer)
    for number in range(BATCH * 4):
        writer.submit(lambda _, number=number: done.append(f"lũ {number}"), chat="lũ")
    last = writer.submit(lambda _: done.append("Hoa"), chat="hoa")
    held.let_go()
    last.result(10)
    assert done.index("Hoa") == 1


def test_the_work_of_one_chat_is_done_in_its_order(writer: Writer) -> None:
    done: list[tuple[str, int]] = []
    held = Held(writer)
    futures = [
        writer.submit(lambda _, chat=chat, number=number: done.append((chat, number)), chat=chat)
        for number in range(60)
        for chat in ("hoa", "nam", "lan")
    ]
    held.let_go()
    for future in futures:
        future.result(10)
    assert all([number for who, number in done if who == chat] == list(range(60)) for chat in ("hoa", "nam", "lan"))


def test_what_stands_aside_does_not_wait_for_the_chats_other_work(writer: Writer) -> None:
    done: list[str] = []
    held = Held(writer)
    turns = [writer.submit(lambda _: done.append("turn"), chat="hoa") for _ in range(BATCH)]
    writer.submit(lambda _: done.append("claim"), chat="hoa", aside=True)
    held.let_go()
    turns[-1].result(10)
    assert done.index("claim") == 1


def test_what_cannot_wait_overtakes_a_long_queue(writer: Writer) -> None:
    done: list[str] = []
    held = Held(writer)
    waiting = [writer.submit(lambda _: done.append("other")) for _ in range(BATCH * 4)]
    writer.submit(lambda _: done.append("lease"), at_once=True)
    held.let_go()
    waiting[-1].result(10)
    assert done.index("lease") == 0


# ---------------------------------------------------------------- several workers on one PostgreSQL


@pytest.fixture
def workers(postgres: str) -> Iterator[list[Writer]]:
    """Two workers, as far as the database can tell."""
    engines = [open_writer(postgres) for _ in range(2)]
    opened = [Writer(engine) for engine in engines]
    yield opened
    for writer in opened:
        writer.close()
    for engine in engines:
        engine.dispose()


def test_a_chat_that_another_worker_holds_is_put_back_and_nobody_waits_for_it(workers: list[Writer]) -> None:
    ours, other = workers
    done: list[str] = []
    held = Held(other, chat="hoa")
    put_back = ours.submit(lambda _: done.append("Hoa"), chat="hoa")
    ours.submit(lambda _: done.append("Nam"), chat="nam").result(10)
    assert done == ["Nam"] and not put_back.done()
    held.let_go()
    put_back.result(10)
    assert done == ["Nam", "Hoa"]


def test_what_the_other_worker_wrote_in_a_chat_is_seen_by_the_next(workers: list[Writer], postgres: str) -> None:
    """Each adds one to what it reads: a number that is lost would show."""
    address = Address("webchat", "main", "hoa")

    def add_one(connection: Connection) -> None:
        talk = load_talk(connection, address.key)
        number = talk.memory.get("number", 0) + 1
        save_talk(connection, address.key, Talk("report", "", {"number": number}), "tc", MONDAY_NINE)

    futures = [workers[number % 2].submit(add_one, chat=address.key) for number in range(100)]
    for future in futures:
        future.result(20)
    assert workers[0].submit(lambda connection: load_talk(connection, address.key)).result(10).memory["number"] == 100


def test_two_transactions_in_each_others_way_both_come_to_their_end(workers: list[Writer]) -> None:
    """Each has what the other wants: PostgreSQL ends one of them, which is tried again."""
    for name in ("một", "hai"):
        workers[0].submit(put(name)).result(10)
    both = threading.Barrier(2)
    tries: list[str] = []

    def cross(first: str, second: str) -> Callable[[Connection], str]:
        def run(connection: Connection) -> str:
            tries.append(first)
            connection.execute(update(_key).where(_key.c.key == first).values(at=MONDAY_NINE))
            if len(tries) <= 2:
                both.wait(10)
            connection.execute(update(_key).where(_key.c.key == second).values(at=MONDAY_NINE))
            return first

        return run

    crossing = [workers[0].submit(cross("một", "hai")), workers[1].submit(cross("hai", "một"))]
    assert [future.result(20) for future in crossing] == ["một", "hai"]
    assert len(tries) > 2  # the one that was ended may take its row again before the other wakes: then once more


def test_a_connection_that_ends_in_the_middle_fails_the_batch_and_the_next_one_works(workers: list[Writer]) -> None:
    def end(connection: Connection) -> None:
        pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        workers[1].submit(lambda other: other.exec_driver_sql(f"SELECT pg_terminate_backend({pid})")).result(10)
        connection.exec_driver_sql("SELECT 1")

    held = Held(workers[0])
    futures: list[Future[Any]] = [workers[0].submit(put("một")), workers[0].submit(end), workers[0].submit(put("hai"))]
    held.let_go()
    for future in futures:
        with pytest.raises(OperationalError):
            future.result(10)
    assert workers[0].submit(lambda connection: count(connection, _key)).result(10) == 0


# ---------------------------------------------------------------- the end


def test_closing_finishes_what_is_queued(engine: Engine) -> None:
    writer = Writer(engine)
    held = Held(writer)
    futures = [writer.submit(put(str(number))) for number in range(BATCH * 2)]
    held.let_go()
    writer.close()
    assert all(future.done() for future in futures)
    with engine.connect() as connection:
        assert count(connection, _key) == BATCH * 2


def test_a_closed_writer_refuses_and_may_be_closed_again(engine: Engine) -> None:
    writer = Writer(engine)
    writer.close()
    writer.close()
    with pytest.raises(RuntimeError, match="closed"):
        writer.submit(put("một")).result(10)
    assert names(engine) == []
