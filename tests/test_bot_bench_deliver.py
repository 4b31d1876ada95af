"""The bench of deliveries: its Bot API is as strict as Telegram, and a small load runs through the real service."""

from pathlib import Path

import pytest

from bot.bench.deliver import Load, as_text, measure
from bot.bench.telegram import BotApi
from bot.settings import FilesSection, Settings


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> BotApi:
    now = [100.0]
    monkeypatch.setattr("bot.bench.telegram.time.monotonic", lambda: now[0])
    made = BotApi(lambda chat, at: None)
    made.now = now  # type: ignore[attr-defined]
    return made


def statuses(api: BotApi, chats: list[int], apart: float) -> list[int]:
    """What each message is answered with, one after another."""
    answers = []
    for chat in chats:
        answers.append(api._send(chat).status)
        api.now[0] += apart  # type: ignore[attr-defined]
    return answers


def test_thirty_a_second_and_not_one_more(api: BotApi) -> None:
    assert statuses(api, [*range(1, 32)], 0.0) == [200] * 30 + [429]
    api.now[0] += 1.0  # type: ignore[attr-defined]
    assert statuses(api, [40], 0.0) == [200]
    assert api.refused == 1


def test_one_a_second_in_a_chat(api: BotApi) -> None:
    assert statuses(api, [7, 7, 7], 0.5) == [200, 429, 200]


def test_twenty_a_minute_in_a_group(api: BotApi) -> None:
    assert statuses(api, [-7] * 21, 1.0) == [200] * 20 + [429]
    api.now[0] += 39.0  # type: ignore[attr-defined]
    assert statuses(api, [-7], 1.0) == [200]


async def test_a_small_load_is_delivered_whole_and_meets_no_limit(tmp_path: Path, model_folder: Path) -> None:
    settings = Settings(files=FilesSection(model=str(model_folder)))
    found = await measure(settings, tmp_path, Load(chats=6, group=1, people=0), lambda line: None)
    assert (found.refused, found.unanswered) == (0, 0)
    assert "429 answers            0" in as_text(found)
