"""A request that fails is one plain answer and one line of the log, with nobody's words in it."""

import logging
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from bot.links import signature
from store.database import open_reader, open_writer
from tests.room import RoomInTest, open_room

WORDS = "Lan 0912345678"
AWAY = OperationalError("SELECT 1", {"words": WORDS}, sqlite3.OperationalError("disk I/O error"))


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[RoomInTest]:
    async with open_room(tmp_path) as opened:
        yield opened


async def ask(room: RoomInTest, path: str) -> tuple[int, str]:
    async with ClientSession() as session, session.get(room.server.make_url(path)) as answer:
        return answer.status, await answer.text()


@pytest.fixture
def without_database(room: RoomInTest, monkeypatch: pytest.MonkeyPatch) -> None:
    async def read(*_: Any) -> None:
        raise AWAY

    monkeypatch.setattr(room.service, "read", read)


@pytest.mark.usefixtures("without_database")
async def test_without_its_database_the_health_page_says_so(room: RoomInTest) -> None:
    status, said = await ask(room, "/health")
    assert (status, "database_unusable" in said, room.service.town.locality.id in said) == (503, True, True)


async def test_a_request_that_fails_is_told_plainly_and_logged_without_words(
    room: RoomInTest, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path = f"/media/1/{signature('1', room.service.town.media_key)}"
    for failure, wanted in ((AWAY, 503), (ValueError(WORDS), 500)):

        async def read(*_: Any, failure: Exception = failure) -> None:
            raise failure

        monkeypatch.setattr(room.service, "read", read)
        with caplog.at_level(logging.ERROR):
            caplog.clear()
            status, said = await ask(room, path)
        assert status == wanted
        assert "thử lại" in said
        (line,) = [one.getMessage() for one in caplog.records]
        assert line.startswith(f"/media/{{ref}}/{{signature}} failed: {type(failure).__name__}")
        assert ("disk I/O error" in line) == (wanted == 503)
        assert WORDS not in caplog.text


@pytest.mark.parametrize("opened", [open_writer, open_reader])
def test_what_a_statement_was_given_is_no_part_of_its_error(tmp_path: Path, opened: Any) -> None:
    engine = opened(f"sqlite:///{tmp_path}/town.db")
    with engine.begin() as connection, pytest.raises(OperationalError) as failed:
        connection.execute(text("SELECT * FROM nowhere WHERE words = :words"), {"words": WORDS})
    engine.dispose()
    assert WORDS not in str(failed.value)
