"""A chat is one worker's at a time: tried, never waited for, free again with the end of the transaction."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from store.database import open_writer
from store.locks import held_elsewhere, number_of, take


@pytest.fixture
def engine(postgres: str) -> Iterator[Engine]:
    opened = open_writer(postgres)
    yield opened
    opened.dispose()


def test_a_chat_held_by_one_transaction_is_refused_to_another_until_the_first_ends(engine: Engine) -> None:
    with engine.connect() as other:
        with engine.begin() as ours:
            assert held_elsewhere(ours, ["hoa", "nam"]) == set()
            assert held_elsewhere(other, ["hoa", "lan"]) == {"hoa"}
        assert held_elsewhere(other, ["hoa", "nam"]) == set()


def test_what_is_ours_already_is_not_refused_to_us(engine: Engine) -> None:
    with engine.begin() as ours:
        assert take(ours, "hoa") and take(ours, "hoa")


def test_asking_for_nothing_asks_nobody(engine: Engine) -> None:
    with engine.begin() as ours:
        assert held_elsewhere(ours, []) == set()


def test_a_file_has_one_service_and_everything_is_its_own(tmp_path: object) -> None:
    engine = open_writer(f"sqlite:///{tmp_path}/town.db")
    with engine.begin() as ours:
        assert held_elsewhere(ours, ["hoa"]) == set()
    engine.dispose()


def test_a_key_has_the_same_number_in_every_process() -> None:
    assert number_of("webchat:main:hoa") == 4883420532699292267
