"""What nobody waits for is told together with the next question, and yet fails where it was told, and alone."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, insert, text
from sqlalchemy.exc import IntegrityError, OperationalError

from store.conversations import SEE
from store.database import open_writer
from store.hot import Hot, entering, savepoint
from store.line_postgres import PostgresLine
from store.tables.base import table
from store.tables.talk import InboxKey
from tests.stored import count
from tests.town import MONDAY_NINE

_key = table(InboxKey)
PUT = entering(_key, "key at")  # unlike SEE it fails on what is there already
LOOK = Hot(text("SELECT count(*) FROM inbox_key"))


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    opened = open_writer(database)
    yield opened
    opened.dispose()


def put(connection: Connection, name: str) -> None:
    PUT.tell(connection, key=name, at=MONDAY_NINE)


def kept(engine: Engine) -> int:
    with engine.begin() as connection:
        return count(connection, _key)


def test_what_was_told_is_there_for_the_next_question(engine: Engine) -> None:
    with engine.begin() as connection:
        put(connection, "a")
        put(connection, "b")
        assert LOOK.value(connection) == 2
    assert kept(engine) == 2


def test_what_was_told_is_there_for_sqlalchemys_own_statements(engine: Engine) -> None:
    with engine.begin() as connection:
        put(connection, "a")
        assert count(connection, _key) == 1


def test_what_was_told_last_is_committed(engine: Engine) -> None:
    with engine.begin() as connection:
        put(connection, "a")
    assert kept(engine) == 1


def test_many_are_told_in_their_order_and_are_all_there(engine: Engine) -> None:
    with engine.begin() as connection:
        PUT.many(connection, [{"key": str(number), "at": MONDAY_NINE} for number in range(1_200)])
        assert LOOK.value(connection) == 1_200


def test_what_was_told_is_undone_with_the_transaction(engine: Engine) -> None:
    with engine.connect() as connection:
        put(connection, "a")
        connection.rollback()
        put(connection, "b")
        connection.commit()
        assert [row.key for row in connection.execute(_key.select())] == ["b"]


def test_what_was_told_fails_inside_its_savepoint_and_takes_nothing_else_with_it(engine: Engine) -> None:
    with engine.begin() as connection:
        with savepoint(connection):
            put(connection, "a")
        with pytest.raises(IntegrityError), savepoint(connection):
            put(connection, "b")
            put(connection, "a")
        with savepoint(connection):
            put(connection, "c")
    assert kept(engine) == 2


def test_what_raises_before_anything_was_said_leaves_nothing(engine: Engine) -> None:
    with engine.begin() as connection:
        put(connection, "a")
        with pytest.raises(LookupError), savepoint(connection):
            put(connection, "b")
            raise LookupError
        assert LOOK.value(connection) == 1
    assert kept(engine) == 1


def test_what_fails_outside_is_not_taken_for_a_failure_inside(engine: Engine) -> None:
    """Else whoever catches the inner failure would go on without the outer work."""
    reached = False
    with engine.begin() as connection:
        put(connection, "a")
        with pytest.raises(IntegrityError), savepoint(connection):
            put(connection, "a")
            with savepoint(connection):
                reached = True
                SEE.change(connection, key="b", at=MONDAY_NINE)
    assert not reached
    assert kept(engine) == 1


def test_an_inner_savepoint_is_undone_alone(engine: Engine) -> None:
    with engine.begin() as connection, savepoint(connection):
        put(connection, "a")
        with pytest.raises(LookupError), savepoint(connection):
            put(connection, "b")
            LOOK.value(connection)
            raise LookupError
        put(connection, "c")
    assert kept(engine) == 2


def test_a_statement_is_known_again_after_a_rollback(engine: Engine) -> None:
    """psycopg drops what it has prepared at a rollback; ours must stay."""
    with engine.connect() as connection:
        for number in range(8):
            connection.execute(insert(_key), {"key": str(number), "at": MONDAY_NINE})
            assert LOOK.value(connection) == 1
            connection.rollback()


def test_told_and_asked_are_one_round_trip(postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    trips: list[int] = []

    def exchange(line: PostgresLine, sayings: list[Any], through: Any = PostgresLine._exchange) -> Any:
        trips.append(len(sayings))
        return through(line, sayings)

    engine = open_writer(postgres)
    with engine.begin() as connection:
        assert SEE.change(connection, key="a", at=MONDAY_NINE) == 1
        monkeypatch.setattr(PostgresLine, "_exchange", exchange)
        with savepoint(connection):
            assert SEE.change(connection, key="b", at=MONDAY_NINE) == 1
            SEE.tell(connection, key="c", at=MONDAY_NINE)
            SEE.tell(connection, key="d", at=MONDAY_NINE)
    engine.dispose()
    assert trips == [2, 3]


def test_a_text_longer_than_the_line_takes_at_once_arrives(engine: Engine) -> None:
    names = [str(number) * 400_000 for number in range(8)]
    told = Hot(text("INSERT INTO conversation (key, locality_id, dialog, state, memory, prompt_no, seq, updated_at)"
                    " VALUES (:key, 'tc', '', '', :memory, 0, 0, '2026-11-23 02:00:00')"))  # fmt: skip
    with engine.begin() as connection:
        for name in names:
            told.tell(connection, key=name[:1], memory=f'"{name}"')
        found = Hot(text("SELECT memory FROM conversation ORDER BY key")).column(connection)
    assert found == [f'"{name}"' for name in names]


def test_a_connection_that_was_ended_is_given_up_with_sqlalchemys_error(postgres: str) -> None:
    engine = open_writer(postgres)
    with engine.connect() as connection, engine.connect() as other:
        pid = Hot(text("SELECT pg_backend_pid()")).value(connection)
        other.exec_driver_sql(f"SELECT pg_terminate_backend({pid}, 5000)")
        with pytest.raises(OperationalError) as ended:
            LOOK.value(connection)
        assert ended.value.connection_invalidated and connection.invalidated
    assert kept(engine) == 0
    engine.dispose()
