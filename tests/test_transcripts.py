"""Every transcript, replayed through the real turn with the state saved and loaded between every two turns."""

import os
from pathlib import Path

import pytest

from tests.town import CAPABILITIES, TestTown
from tests.transcript import Player, read, write

FOLDER = Path(__file__).parent / "transcripts"
FILES = sorted(FOLDER.glob("*.txt"))


def test_there_are_transcripts() -> None:
    assert len(FILES) >= 40


# every channel; on PostgreSQL one of them, since what differs between channels is no matter of the database
PLAYED = [*((channel, "sqlite") for channel in sorted(CAPABILITIES)), ("webchat", "postgresql")]


@pytest.mark.parametrize(("channel", "database"), PLAYED, indirect=["database"])
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_transcript(file: Path, channel: str, town: TestTown, request: pytest.FixtureRequest) -> None:
    head, steps = read(file.read_text(encoding="utf-8"))
    assert head, "a transcript begins with a sentence that says what it shows"
    happened = await Player(town, channel).play(steps)
    if request.config.getoption("--update-transcripts") and channel == "webchat" and town.url.startswith("sqlite"):
        assert not os.environ.get("CI"), "transcripts are never rewritten in CI"
        file.write_text(write(head, steps, happened), encoding="utf-8")
        return
    assert write(head, steps, happened) == write(head, steps, [step.expected for step in steps])
