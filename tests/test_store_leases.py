"""What one worker alone may do: taken, renewed, taken over when its holder is gone; who wakes too late has lost it."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine

from store.database import open_writer
from store.leases import LIFE, return_lease, stands, take_lease
from tests.town import MONDAY_NINE

NOW = MONDAY_NINE
A_SECOND = timedelta(seconds=1)


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    opened = open_writer(database)
    yield opened
    opened.dispose()


@pytest.fixture
def ask(engine: Engine) -> Callable[..., Any]:
    """Ask the store something in a transaction of its own."""

    def run(what: Callable[..., Any], *given: Any) -> Any:
        with engine.begin() as connection:
            return what(connection, "telegram:main", *given)

    return run


def test_a_lease_that_nobody_has_is_taken_and_no_second_worker_gets_it(ask: Callable[..., Any]) -> None:
    assert ask(take_lease, "A", NOW) == 1
    assert ask(take_lease, "B", NOW) is None


def test_renewing_keeps_the_token_and_moves_the_end(ask: Callable[..., Any]) -> None:
    ask(take_lease, "A", NOW)
    assert ask(take_lease, "A", NOW + LIFE - A_SECOND) == 1
    assert ask(take_lease, "B", NOW + LIFE + A_SECOND) is None


def test_a_lease_that_was_not_renewed_is_taken_over_within_ten_seconds(ask: Callable[..., Any]) -> None:
    ask(take_lease, "A", NOW)
    assert ask(take_lease, "B", NOW + timedelta(seconds=10) - 3 * A_SECOND) == 2


def test_who_was_asleep_has_lost_it_and_can_tell(ask: Callable[..., Any]) -> None:
    ask(take_lease, "A", NOW)
    ask(take_lease, "B", NOW + LIFE)
    assert not ask(stands, 1)
    assert ask(stands, 2)
    assert ask(take_lease, "A", NOW + LIFE) is None


def test_who_slept_through_the_end_of_their_own_lease_gets_another_token(ask: Callable[..., Any]) -> None:
    """Somebody may have taken and returned it meanwhile: what was begun under the old token must be settled."""
    ask(take_lease, "A", NOW)
    assert ask(take_lease, "A", NOW + LIFE) == 2
    assert not ask(stands, 1)


def test_a_lease_given_back_is_free_at_once(ask: Callable[..., Any]) -> None:
    ask(take_lease, "A", NOW)
    ask(return_lease, 1, NOW)
    assert ask(take_lease, "B", NOW) == 2


def test_a_lease_given_back_too_late_takes_nothing_from_the_next_holder(ask: Callable[..., Any]) -> None:
    ask(take_lease, "A", NOW)
    ask(take_lease, "B", NOW + LIFE)
    ask(return_lease, 1, NOW + LIFE)
    assert ask(take_lease, "C", NOW + LIFE) is None


def test_leases_of_different_names_know_nothing_of_each_other(engine: Engine) -> None:
    with engine.begin() as connection:
        tokens = [take_lease(connection, name, holder, NOW) for name, holder in (("media", "A"), ("zalo", "B"))]
    assert tokens == [1, 1]


def test_who_looks_in_vain_keeps_the_holder_from_nothing(postgres: str) -> None:
    """The other workers ask each second, and their transactions may be long."""
    engine = open_writer(postgres)
    with engine.begin() as first:
        take_lease(first, "media", "A", NOW)
    with engine.begin() as other, engine.begin() as ours:
        ours.exec_driver_sql("SET LOCAL lock_timeout = '100ms'")
        assert take_lease(other, "media", "B", NOW) is None
        assert stands(ours, "media", 1)
        assert take_lease(ours, "media", "A", NOW + A_SECOND) == 1
    engine.dispose()


def test_nobody_takes_over_in_the_middle_of_what_is_done_under_a_lease_and_nobody_waits(postgres: str) -> None:
    engine = open_writer(postgres)
    with engine.begin() as first:
        take_lease(first, "media", "A", NOW)
    late = NOW + LIFE + A_SECOND

    def take_over(connection: Connection) -> int | None:
        return take_lease(connection, "media", "B", late)

    with engine.begin() as ours, engine.begin() as other:
        assert stands(ours, "media", 1)
        assert take_over(other) is None
    with engine.begin() as other:
        assert take_over(other) == 2
    engine.dispose()
