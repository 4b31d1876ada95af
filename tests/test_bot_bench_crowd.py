"""`langnghe bench crowd` in small: everybody is answered, nothing is lost, one who floods is taken too."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.bench.crowd import Load, as_text, run
from bot.settings import Settings
from tests.test_bot_bench_faults import TEXTS


async def test_a_small_crowd_is_answered_and_nothing_is_lost(
    tmp_path: Path, model_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.bench.crowd.WATCHED", 0.2)
    monkeypatch.setattr("bot.bench.crowd.SETTLES", 0.1)
    settings = Settings.model_validate({"files": {"model": str(model_folder)}})
    url = f"sqlite:///{tmp_path / 'crowd.db'}"
    load = Load(chats=30, flood=40, others=3, lines=10)
    found = await run(settings, url, tmp_path, TEXTS, load, lambda line: None)
    assert (len(found.at_once.acknowledged), len(found.at_once.answered)) == (30, 30)
    assert (len(found.flood.acknowledged), found.lost, found.faults) == (40, 0, 0)
    assert "lost 0 · faults 0" in as_text(found)
    assert "lost 1" in as_text(replace(found, lost=1))
