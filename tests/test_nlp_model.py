"""A model folder is checked before it is used, and our reading of it agrees with the library's."""

import json
import math
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from underthesea_core import TextClassifier

from nlp.examples import CORPUS, fingerprint, read_examples, read_gold
from nlp.model import PARTS, Model, NoModel, read_manifest, softmax
from nlp.normalise import words
from nlp.train import TrainingFailed, train_in_subprocess
from nlp.winners import Winners

TEXTS = ["đèn đường xóm 5 tắt cả tuần", "rac chat dong truoc cho", "thu tiền quỹ lớp mà không họp", "xyz", ""]


@pytest.fixture
def copied(model_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(model_folder, tmp_path / "model"))


def fields(model: Model, text: str) -> list[tuple[str, float]]:
    return model.fields(model.margins(model.features(words(text)))["category"])


def test_our_margins_name_the_same_winner_as_the_library(model_folder: Path) -> None:
    model = Model.load(model_folder)
    for name, entry in read_manifest(model_folder)["classifiers"].items():
        theirs = TextClassifier.load(str(model_folder / entry["file"]))
        for text in TEXTS:
            features = model.features(words(text))
            margins = model.margins(features)[name]
            label, score = theirs.predict_with_score(" ".join(features.elements()))
            assert margins[label] == pytest.approx(max(margins.values()), abs=1e-3)
            assert margins[label] == pytest.approx(math.log(score / (1 - score)), abs=1e-3)


def test_probabilities_sum_to_one_and_come_best_first(model_folder: Path) -> None:
    model = Model.load(model_folder)
    for text in TEXTS:
        shares = [share for _, share in fields(model, text)]
        assert sum(shares) == pytest.approx(1.0) and shares == sorted(shares, reverse=True)


def test_softmax_stands_huge_margins() -> None:
    assert softmax([1000.0, 0.0], 0.1) == [1.0, 0.0]


def test_no_folder_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(NoModel):
        Model.load(tmp_path / "nowhere")


@pytest.mark.parametrize("named", [*(part.replace(".", "-*.") for part in PARTS), "model.json"])
def test_a_damaged_file_is_noticed_before_it_is_used(copied: Path, named: str) -> None:
    (victim,) = copied.glob(named)
    raw = bytearray(victim.read_bytes())
    raw[len(raw) // 2] ^= 1
    victim.write_bytes(bytes(raw) if named != "model.json" else b"{")
    with pytest.raises(NoModel):
        Model.load(copied)


def test_a_file_cut_short_is_noticed(copied: Path) -> None:
    victim = max(copied.glob("*.bin"), key=lambda file: file.stat().st_size)
    victim.write_bytes(victim.read_bytes()[:1000])
    with pytest.raises(NoModel):
        Model.load(copied)


def test_another_layout_falls_back_to_the_library_itself(copied: Path) -> None:
    manifest = read_manifest(copied)
    manifest["checks"][0][1]["category"][1] = 0.999
    (copied / "model.json").write_text(json.dumps(manifest), encoding="utf-8")
    model = Model.load(copied)
    assert isinstance(model._classifiers, Winners)
    assert fields(model, "đèn đường tắt tối om")[0][0] == "lighting_greenery"
    victim = next(copied.glob("kind-*.bin"))
    victim.write_bytes(victim.read_bytes()[:-1])
    with pytest.raises(NoModel):  # the library aborts the process on a corrupt file
        Model.load(copied)


def test_the_manifest_tells_what_the_model_was_made_from(model_folder: Path) -> None:
    manifest = read_manifest(model_folder)
    assert manifest["corpus"] == fingerprint(CORPUS)
    assert manifest["examples"]["category"] == len(read_examples(CORPUS)["category"])


def test_nothing_stale_is_left_beside_the_model(model_folder: Path) -> None:
    entries = read_manifest(model_folder)["classifiers"].values()
    parts = read_manifest(model_folder)["parts"].values()
    assert {file.name for file in model_folder.glob("*-*")} == {entry["file"] for entry in (*entries, *parts)}


def test_training_without_a_corpus_fails_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    with pytest.raises(TrainingFailed, match="examples of at least two classes"):
        train_in_subprocess(tmp_path / "model", tmp_path / "corpus")


def test_a_correction_is_learnt(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    for name, lines in {
        "land.txt": "sổ đỏ sai diện tích\nđo lại thửa đất",
        "telecom.txt": "mất sóng điện thoại\nmạng chậm quá",
        "not_reports/thanks.txt": "cảm ơn nhiều",
        "kinds/report.txt": "đường hỏng rồi",
        "kinds/proposal.txt": "đề nghị lắp thêm đèn",
        "flags/urgent.txt": "cháy nhà",
        "flags/not_urgent.txt": "mạng chậm",
        "flags/denunciation.txt": "trưởng xóm nhận tiền",
        "flags/not_denunciation.txt": "cán bộ hẹn lại",
    }.items():
        (corpus / name).parent.mkdir(parents=True, exist_ok=True)
        (corpus / name).write_text(lines, encoding="utf-8")
    corrections = tmp_path / "corrections.jsonl"
    corrections.write_text(json.dumps({"text": "cái cột lạ ngoài đồng", "category": "telecom"}), encoding="utf-8")
    train_in_subprocess(tmp_path / "model", corpus, corrections)
    model = Model.load(tmp_path / "model")
    assert fields(model, "cột lạ ngoài đồng")[0][0] == "telecom"


def test_gold_messages_are_never_learnt_from() -> None:
    gold = {row.text for row in read_gold()}
    learnt = {row.text for rows in read_examples(CORPUS).values() for row in rows}
    assert len(gold) >= 90 and not gold & learnt


def test_understanding_imports_no_heavy_library() -> None:
    script = "import sys, nlp.understand; print([m for m in ('underthesea', 'numpy', 'sklearn') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("text", ["k " * 3000, "hđnd " * 1200, "rác điện nước cháy " * 300])
def test_no_margin_overflows_into_the_next_however_much_is_repeated(model_folder: Path, text: str) -> None:
    model = Model.load(model_folder)
    features = model.features(words(text))
    margins = model.margins(features)
    for name, entry in read_manifest(model_folder)["classifiers"].items():
        label, score = TextClassifier.load(str(model_folder / entry["file"])).predict_with_score(
            " ".join(features.elements())
        )
        assert margins[name][label] == pytest.approx(math.log(score / (1 - score)), abs=1e-3)
