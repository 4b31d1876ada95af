"""A challenger is proposed only if it is better and leaves no category behind."""

from pathlib import Path

from nlp.examples import Example, read_gold
from nlp.judge import Verdict, fallen, is_worth_proposing, judged
from nlp.model import Model


def verdict(**categories: tuple[int, int]) -> Verdict:
    return Verdict(sum(right for right, _ in categories.values()), sum(of for _, of in categories.values()), categories)


def test_better_everywhere_is_proposed() -> None:
    assert is_worth_proposing(verdict(land=(3, 5), other=(4, 5)), verdict(land=(4, 5), other=(4, 5)))


def test_equal_is_not_proposed() -> None:
    assert not is_worth_proposing(verdict(land=(3, 5)), verdict(land=(3, 5)))


def test_better_on_the_whole_but_worse_in_one_category_is_not_proposed() -> None:
    champion, challenger = verdict(land=(3, 20), other=(10, 10)), verdict(land=(10, 20), other=(9, 10))
    assert fallen(champion, challenger) == ["other"]
    assert not is_worth_proposing(champion, challenger)


def test_the_bundled_model_knows_ordinary_messages(model_folder: Path) -> None:
    seen = judged(Model.load(model_folder), {"category": read_gold()})
    assert seen.of == len(read_gold()) and seen.accuracy >= 0.85


def test_flags_are_judged_beside_the_fields(model_folder: Path) -> None:
    fire, calm = "cháy nhà rồi, lửa bốc lên mái, có người kẹt bên trong", "bóng đèn nhà văn hóa bị cháy từ tuần trước"
    seen = judged(Model.load(model_folder), {"urgent": [Example(fire, "yes"), Example(calm, "no")]})
    assert seen.categories == {"urgent yes": (1, 1), "urgent no": (1, 1)}
