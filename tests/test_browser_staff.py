"""What only a real browser can show of the officers' room: words that were being written are not lost."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from dialogs.texts import say
from tests.browsing import BROWSER_MARKS, DESK, Window, demo_in

pytestmark = BROWSER_MARKS

WORDS = "Tổ điện sẽ thay bóng sáng thứ Tư."


@pytest.fixture
def demo(tmp_path: Path, model_folder: Path) -> Iterator[dict[str, str]]:
    with demo_in(tmp_path, model_folder) as addresses:
        yield addresses


@pytest.fixture
def officer(demo: dict[str, str], tmp_path: Path) -> Iterator[Window]:
    window = Window(DESK, tmp_path / "officer")
    window.opens(demo["room"])
    window.presses(say("room.door.enter"))
    window.waits_until("return document.querySelector('.card') !== null")
    yield window
    window.driver.quit()


def test_words_half_written_when_the_session_ends_are_there_again_after_it(
    demo: dict[str, str], officer: Window, tmp_path: Path
) -> None:
    card = officer.runs("return document.querySelector('.card .code a').href")
    officer.opens(card)
    officer.writes(WORDS, "textarea[name=text]")
    with closing(sqlite3.connect(tmp_path / "var/demo/town.db", timeout=10)) as store, store:
        [kept] = store.execute("SELECT token_hash, officer_id, csrf, created_at, expires_at FROM staff_session")
        store.execute("DELETE FROM staff_session")
    officer.presses(say("room.preview"))
    officer.sees(say("room.door.ended"))
    with closing(sqlite3.connect(tmp_path / "var/demo/town.db", timeout=10)) as store, store:
        again = (
            "INSERT INTO staff_session (token_hash, officer_id, csrf, created_at, expires_at) VALUES (?, ?, ?, ?, ?)"
        )
        store.execute(again, kept)
    officer.opens(card)
    officer.waits_until(f"return document.querySelector('.reply textarea')?.value === {WORDS!r}")
    officer.presses(say("room.preview"))
    officer.sees(WORDS, within=".bubble")
