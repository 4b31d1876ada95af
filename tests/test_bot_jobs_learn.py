"""The nightly lesson: once a night, only if there is something new, and only a better challenger is told of."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection

from bot.jobs import job_named
from bot.learning import Proposal
from dialogs.words import TOWN_TIME
from nlp.train import TrainingFailed
from store.corrections import add_correction
from store.due import claim
from tests.clockwork import A_DAY, a_report, read_in, run
from tests.town import TestTown, run_due

NIGHT = datetime(2026, 11, 25, 2, 0, tzinfo=TOWN_TIME)
BETTER = Proposal(0.853, 0.871, 640, (), True)
WORSE = Proposal(0.871, 0.853, 640, ("telecom",), False)


class FakeTrainer:
    """Finds what it is told to find, or fails; remembers what it was given."""

    def __init__(self, found: Proposal | Exception) -> None:
        self.found, self.given = found, list[Sequence[dict[str, Any]]]()

    def __call__(self, rows: Sequence[dict[str, Any]]) -> Proposal:
        self.given.append(rows)
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


@pytest.fixture
def trainer(town: TestTown) -> FakeTrainer:
    town.clock.now = NIGHT
    town.challenge = trainer = FakeTrainer(BETTER)
    return trainer


def put_right(town: TestTown, field: str = "category", now_is: str = "electricity") -> None:
    def correct(connection: Connection) -> None:
        add_correction(connection, a_report(connection, text="dây sà xuống"), None, field, "", now_is, NIGHT)

    town.write(correct)


def won(connection: Connection, slot: str) -> bool:
    return claim(connection, "learn", slot, NIGHT)


async def test_a_better_challenger_is_one_line_to_the_leaders(town: TestTown, trainer: FakeTrainer) -> None:
    put_right(town)
    await run(town, "learn")
    assert trainer.given == [[{"text": "dây sà xuống", "category": "electricity"}]]
    (line,) = read_in(town, "leaders")
    assert "87,1%" in line and "85,3%" in line and "640" in line and "promote" in line


async def test_a_challenger_that_is_not_better_is_told_to_nobody(town: TestTown, trainer: FakeTrainer) -> None:
    trainer.found = WORSE
    put_right(town)
    await run(town, "learn")
    assert len(trainer.given) == 1 and read_in(town, "leaders") == []


async def test_nothing_is_learnt_twice(town: TestTown, trainer: FakeTrainer) -> None:
    put_right(town)
    await run(town, "learn")
    put_right(town)
    await run(town, "learn")
    assert len(trainer.given) == 1, "once a night"
    town.clock.forward(A_DAY)
    await run(town, "learn")
    assert [len(rows) for rows in trainer.given] == [1, 2]
    town.clock.forward(A_DAY)
    await run(town, "learn")
    assert len(trainer.given) == 2, "nobody has put anything right since"


async def test_a_training_that_fails_is_one_log_line_and_tried_again_next_night(
    town: TestTown, trainer: FakeTrainer, caplog: pytest.LogCaptureFixture
) -> None:
    trainer.found = TrainingFailed("dây sà xuống: no")
    put_right(town)
    await run(town, "learn")
    await run(town, "learn")
    assert len(trainer.given) == 1
    (record,) = caplog.records
    assert "TrainingFailed" in record.getMessage() and "dây" not in record.getMessage()
    trainer.found = BETTER
    town.clock.forward(A_DAY)
    await run(town, "learn")
    assert len(trainer.given) == 2 and len(read_in(town, "leaders")) == 1


async def test_of_two_workers_one_trains(town: TestTown, trainer: FakeTrainer) -> None:
    put_right(town)
    job = job_named("learn")
    assert job
    mine, theirs = (town.read(lambda connection: job.find(connection, town.desk, NIGHT)) for _ in range(2))
    for task in (mine[0], theirs[0], mine[1], theirs[1]):
        task.before()
        town.write(lambda connection, task=task: task.do(connection, partial(won, connection)))  # type: ignore[misc]
    assert len(trainer.given) == 1


async def test_what_no_classifier_learns_from_starts_no_lesson(town: TestTown, trainer: FakeTrainer) -> None:
    put_right(town, "duplicate", "false")
    await run(town, "learn")
    assert trainer.given == []


async def test_by_day_nobody_trains(town: TestTown, trainer: FakeTrainer) -> None:
    put_right(town)
    town.clock.now = NIGHT.replace(hour=9)
    await run_due(town.desk, town.clock())
    assert trainer.given == []


async def test_the_writer_is_free_while_a_challenger_is_trained(town: TestTown, trainer: FakeTrainer) -> None:
    put_right(town)
    written = []

    def train(rows: Sequence[dict[str, Any]]) -> Proposal:
        written.append(town.write(lambda connection: connection.in_transaction()))
        return BETTER

    town.challenge = train
    await run(town, "learn")
    assert written == [True]
