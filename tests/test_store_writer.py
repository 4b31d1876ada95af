"""One thread writes: in the order asked, many works to a commit, and what fails takes nothing else with it."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, insert, select
from sqlalchemy.exc import IntegrityError

from store.database import open_writer
from store.tables import InboxKey, Note, table
from store.writer import BATCH, Writer
from tests.stored import count
from tests.town import MONDAY_NINE, fresh_database

_key = table(InboxKey)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    file = tmp_path / "town.db"
    file.write_bytes(fresh_database())
    opened = open_writer(f"sqlite:///{file}")
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

    def __init__(self, writer: Writer) -> None:
        self._go = threading.Event()
        self._begun = threading.Event()
        self.future = writer.submit(self._run)
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


def test_a_commit_that_fails_fails_for_all_and_nothing_of_it_happened(writer: Writer, engine: Engine) -> None:
    held = Held(writer)
    futures: list[Future[Any]] = [writer.submit(put("một")), writer.submit(point_nowhere), writer.submit(put("hai"))]
    held.let_go()
    for future in futures:
        with pytest.raises(IntegrityError):
            future.result(10)
    assert names(engine) == []


def test_after_a_commit_that_failed_the_next_one_works(writer: Writer, engine: Engine) -> None:
    with pytest.raises(IntegrityError):
        writer.submit(point_nowhere).result(10)
    assert writer.submit(put("sau")).result(10) == "sau"
    assert names(engine) == ["sau"]


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
