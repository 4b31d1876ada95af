"""The weights of duplicates are fitted on pairs, and never made worse than the house's."""

import json
from pathlib import Path

import pytest
from marisa_trie import Trie

from nlp.concepts import parsed
from nlp.duplicates import HOUSE, SAME, Matter, Signs, likeness
from nlp.matters import matter_of
from nlp.model import Model
from nlp.normalise import clean
from nlp.pairs import LEAST, Pair, fitted, read_pairs
from nlp.reading import read as read_text
from nlp.senses import Senses

NOTHING = Senses(Trie(), b"", parsed(""))


def matter(field: str, *troubles: str, hamlet: str = "") -> Matter:
    hamlets = frozenset({hamlet} if hamlet else ())
    return Matter({"khe": 5.0}, frozenset(troubles), {field: 1.0}, None, hamlets, frozenset(), NOTHING)


WATER, WASTE = matter("water_supply", "=state_cạn"), matter("waste_sanitation", "=state_hôi")
HOLE, ALSO_HOLE = matter("road_infrastructure", "=state_hố"), matter("traffic_order", "=state_hố", "xe")
DARK = matter("road_infrastructure", "=state_tắt")


def pairs(one: Matter, other: Matter, same: bool, times: int = 1) -> list[tuple[Matter, Matter, Pair]]:
    return [(one, other, Pair("", "", same, times))] * 20


def test_pairs_that_only_their_trouble_tells_apart_make_the_field_weigh_less_and_the_trouble_more() -> None:
    told = [*pairs(HOLE, DARK, same=False), *pairs(HOLE, ALSO_HOLE, same=True), *pairs(WATER, WASTE, same=False)]
    weights = fitted(told)
    assert weights.troubles > HOUSE.troubles and weights.field < HOUSE.field
    assert all(weight >= least for weight, least in zip(weights, LEAST, strict=True))


def test_without_pairs_or_with_misleading_ones_the_houses_weights_stay() -> None:
    assert fitted([]) == HOUSE
    assert fitted(pairs(WATER, WATER, same=False)) == HOUSE


def test_a_pair_that_a_veto_decides_is_left_out() -> None:
    here, there = matter("waste_sanitation", hamlet="xom 3"), matter("waste_sanitation", hamlet="xom 7")
    assert fitted(pairs(here, there, same=True)) == HOUSE


def test_what_officers_decided_about_pairs_counts_more_than_ours(tmp_path: Path) -> None:
    decided = tmp_path / "corrections.jsonl"
    rows = [{"text": "đèn tắt", "category": "electricity"}, {"a": "đèn tắt", "b": "đèn hỏng", "same": True}]
    decided.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    ours, last = read_pairs()[:-1], read_pairs(corrections=decided)[-1]
    assert (last.one, last.other, last.same) == ("đèn tắt", "đèn hỏng", True)
    assert last.times > max(pair.times for pair in ours) and len(ours) > 300


@pytest.mark.parametrize("kept", [None, [1.0, 2.0], [1.0, 2.0, 3.0, float("nan")], "weights", [3.0, 0.5, 0.5, -2.0]])
def test_the_models_own_weights_count_if_they_are_sound(model_folder: Path, kept: object) -> None:
    model = Model.load(model_folder)
    model = Model(model._classifiers, model._concepts, model.senses, {**model.manifest, "alike": kept})
    expected = Signs(3.0, 0.5, 0.5, -2.0) if isinstance(kept, list) and len(kept) == 4 and kept[3] == -2.0 else HOUSE
    assert model.alike == expected
    read = matter_of(model, read_text(model, clean("đèn đường tắt")), None)
    assert read.weighed == expected and likeness(read, read) > SAME
