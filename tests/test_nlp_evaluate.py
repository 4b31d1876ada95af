"""The measuring rod itself is right."""

from dialogs.words import Place, Prediction
from nlp.evaluate import evaluate, evaluate_masking, evaluate_pairs
from tests.town import thanh_chuong

ROW = {
    "kind": "report",
    "category": "land",
    "also_ok": [],
    "urgent": False,
    "denunciation": False,
    "commune": None,
    "style": "standard",
}


def test_hits_also_ok_and_misses_are_counted() -> None:
    rows = [
        ROW | {"text": "a"},
        ROW | {"text": "b", "also_ok": ["telecom"]},
        ROW | {"text": "c", "urgent": True},
        ROW | {"text": "d", "kind": "thanks", "category": None, "commune": "Đại Đồng"},
    ]
    said = {
        "a": Prediction("report", "land", 0.9, (("land", 0.9),)),
        "b": Prediction("report", "telecom", 0.7, (("telecom", 0.7), ("land", 0.2))),
        "c": Prediction("report", "telecom", 0.5, (("telecom", 0.5), ("other", 0.3), ("land", 0.1))),
        "d": Prediction("thanks", urgent=True, place=Place(commune="17713")),
    }
    figures = evaluate(rows, said.__getitem__, thanh_chuong().communes)
    assert (figures["accuracy"], figures["top3"], figures["kind_accuracy"]) == (0.6667, 1.0, 1.0)
    assert (figures["coverage"], figures["sure_accuracy"]) == (0.6667, 1.0)
    assert figures["urgent"]["recall"] == 0.0 and figures["urgent"]["false"] == 1
    assert (figures["commune"]["right"], figures["commune"]["false"]) == (1.0, 0.0)
    assert figures["confusion"] == [("land", "telecom", 1)]


def test_nothing_to_measure_gives_zeros_and_no_error() -> None:
    assert evaluate([], lambda _: Prediction(), {})["accuracy"] == 0.0


def test_pairs_are_scored_as_a_yes_no_decision() -> None:
    rows = [{"a": "x", "b": "x", "same": True}, {"a": "x", "b": "y", "same": True}, {"a": "p", "b": "p", "same": False}]
    assert evaluate_pairs(rows, lambda a, b: a == b)["f1"] == 0.5


def test_masking_counts_what_went_and_what_stayed() -> None:
    rows = [{"text": "gọi 0912345678 ở QL46", "mask": ["0912345678"], "keep": ["QL46"]}]
    assert evaluate_masking(rows, lambda text: text) == {"mask_recall": 0.0, "keep_damaged": 0.0}
    assert evaluate_masking(rows, lambda _: "") == {"mask_recall": 1.0, "keep_damaged": 1.0}
