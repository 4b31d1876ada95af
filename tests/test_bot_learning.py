"""Learning from officers: a challenger is trained and compared; only an operator puts it in the champion's place."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, select, update

from bot.learning import (
    CHOSEN,
    FORMER,
    KEPT,
    NoSuchModel,
    NothingToLearn,
    challenge,
    compare,
    former_models,
    listed,
    promote,
    rollback,
    split,
)
from bot.model import ready_model
from nlp.examples import Example, read_gold
from nlp.model import Model
from store.corrections import add_correction, corrected_texts
from store.report_views import report_by_code
from store.tables.base import table
from store.tables.reports import Report
from tests.stored import a_stored_report
from tests.town import MONDAY_NINE, TestTown, report_prediction

ROOM = "ubnd-17713"


async def corrected_report(town: TestTown, text: str) -> None:
    """A report whose field an officer puts right, twice; the last word counts."""
    town.understanding.scripted[text] = report_prediction("telecom", place="xóm 5", commune="17713")
    await town.hear(town.incoming(text))
    outcome = await town.hear(town.incoming("1"))
    code = outcome.replies[0].text.partition("Mã phản ánh: ")[2].split()[0]
    officer = town.officer("Hùng", ROOM, "dien-luc", "cong-an-17713")
    for category in ("noise_nuisance", "electricity"):
        report = town.read(lambda connection: report_by_code(connection, code))
        assert report
        await town.hear(town.staff_incoming(officer, ROOM, code, choice=f"/case {code} correct:{report.version}"))
        await town.hear(town.staff_incoming(officer, ROOM, code, kind="text", text=LABELS[category]))


LABELS = {"noise_nuisance": "Tiếng ồn", "electricity": "Điện"}


async def test_the_last_word_of_the_officers_is_what_is_learnt(town: TestTown) -> None:
    await corrected_report(town, "dây sà xuống đường, chạm vào tê tay")
    assert town.read(corrected_texts) == [{"text": "dây sà xuống đường, chạm vào tê tay", "category": "electricity"}]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # training is what takes time here
async def test_a_challenger_is_compared_promoted_and_rolled_back(
    town: TestTown, model_folder: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(model_folder, folder)
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    await corrected_report(town, "dây sà xuống đường, chạm vào tê tay")
    await corrected_report(town, "ổ cắm ngoài hiên cứ tóe lửa")
    proposal = challenge(town.read(corrected_texts), folder)
    assert proposal.messages == len(read_gold()) + 1
    assert 0.0 <= proposal.champion <= 1.0
    assert not list((folder / "challenger").glob("*.jsonl")), "citizens' words stay in the database"
    assert any(line.startswith("challenger") for line in listed(folder))
    promote(folder, MONDAY_NINE)
    Model.load(folder)
    assert len(former_models(folder)) == 1
    assert ready_model(folder, pytest.fail) is not None, "what an operator has chosen is not trained over"
    rollback(folder)
    Model.load(folder)
    assert {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()} == {**before, CHOSEN: b""}
    assert former_models(folder) == []


def test_without_corrections_there_is_nothing_to_learn(town: TestTown, tmp_path: Path) -> None:
    with pytest.raises(NothingToLearn):
        challenge(town.read(corrected_texts), tmp_path)
    with pytest.raises(NothingToLearn):
        challenge([{"text": "dây sà xuống đường", "category": "electricity"}], tmp_path)


def test_nothing_that_is_learnt_is_asked() -> None:
    rows = [{"text": f"dây sà {number}", "category": "electricity"} for number in range(9)]
    rows += [{"text": "dây sà 8", "urgent": False}, {"text": "ký khống danh sách", "denunciation": True}]
    pair = {"a": "dây sà", "b": "dây điện thấp", "same": True}
    learnt, exam = split([pair, *rows])
    assert learnt == [pair, *rows[:8]], "the latest fifth is held out, and whatever else was said of those texts"
    asked = {name: [(row.text, row.label) for row in exam[name]] for name in exam}
    assert asked["category"][len(read_gold()) :] == [("dây sà 8", "electricity")]
    assert asked["urgent"] == [("dây sà 8", "no")] and asked["denunciation"] == [("ký khống danh sách", "yes")]


@pytest.mark.parametrize(("field", "learnt"), [("urgent", "urgent"), ("sensitive", "denunciation")])
def test_a_flag_that_officers_put_right_is_learnt(town: TestTown, field: str, learnt: str) -> None:
    def correct(connection: Connection) -> None:
        report_id = a_stored_report(connection)
        add_correction(connection, report_id, None, field, "false", "true", MONDAY_NINE)
        add_correction(connection, report_id, None, field, "true", "false", MONDAY_NINE)

    town.write(correct)
    (row,) = town.read(corrected_texts)
    assert row[learnt] is False


def test_what_was_merged_and_what_was_kept_apart_are_pairs_to_learn(town: TestTown) -> None:
    def decide(connection: Connection) -> None:
        first, second, third = (a_stored_report(connection, text=text) for text in ("đèn tắt", "đèn hỏng", "rác"))
        connection.execute(update(table(Report)).where(table(Report).c.id == second).values(merged_into=first))
        code = connection.execute(select(table(Report).c.code).where(table(Report).c.id == first)).scalar_one()
        add_correction(connection, third, None, "duplicate", code, "", MONDAY_NINE)

    town.write(decide)
    assert town.read(corrected_texts) == [
        {"a": "đèn hỏng", "b": "đèn tắt", "same": True},
        {"a": "rác", "b": "đèn tắt", "same": False},
    ]


def test_nothing_to_promote_and_nothing_to_go_back_to_is_said(tmp_path: Path) -> None:
    with pytest.raises(NoSuchModel):
        promote(tmp_path, MONDAY_NINE)
    with pytest.raises(NoSuchModel):
        rollback(tmp_path)


def test_the_last_five_models_are_kept(model_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(model_folder, folder)
    for day in range(KEPT + 2):
        challenger = folder / "challenger"
        shutil.copytree(model_folder, challenger)
        (challenger / "verdict.json").write_text("{}")
        promote(folder, MONDAY_NINE + timedelta(days=day))
    assert len(list((folder / FORMER).iterdir())) == KEPT


def test_a_model_is_no_better_than_itself(model_folder: Path) -> None:
    model = Model.load(model_folder)
    exam = {"category": [Example("đèn đường tắt", "lighting_greenery"), Example("mất nước ba hôm", "water_supply")]}
    assert not compare(model, model, exam).worth
