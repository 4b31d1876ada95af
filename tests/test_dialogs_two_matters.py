"""Telling whether one message holds two matters: only at a joining word, only if both are plain."""

import pytest

from dialogs.two_matters import second_matter
from dialogs.words import Prediction

LAMP, RUBBISH, ROAD = "lighting_greenery", "waste_sanitation", "road_infrastructure"


def understand(text: str) -> Prediction:
    """By a word of each field, as a model would that shares a message of two between both."""
    found = [field for word, field in (("đèn", LAMP), ("rác", RUBBISH), ("ổ gà", ROAD)) if word in text]
    if not found:
        return Prediction("chatter")
    ranked = tuple((field, 0.99 / len(found)) for field in found)
    return Prediction("report", ranked[0][0], ranked[0][1], ranked)


@pytest.mark.parametrize(
    ("said", "field", "other"),
    [
        ("đèn đường hỏng với cả rác không ai dọn", LAMP, "rác không ai dọn"),
        ("đèn đường hỏng với cả rác không ai dọn", RUBBISH, "đèn đường hỏng"),
        ("đèn đường hỏng và cả đường đầy ổ gà", LAMP, "đường đầy ổ gà"),
        ("nhờ xã với ạ, đèn đường hỏng, ngoài ra rác không ai dọn", LAMP, "rác không ai dọn"),
    ],
)
def test_the_words_of_the_second_matter_are_found(said: str, field: str, other: str) -> None:
    found = second_matter(said, field, understand)
    assert found is not None
    assert found[0] == other


@pytest.mark.parametrize(
    "said",
    [
        "đèn đường hỏng cả tuần nay",
        "đèn đường hỏng với lại tối lắm ạ",  # the second part is no matter
        "đèn đường hỏng với cả đèn cầu cũng hỏng",  # the same field
        "đèn đường hỏng, rác không ai dọn",  # a comma joins too much else
        "đèn với cả rác",  # too little to tell
        "trước đèn đường và sau rác chất đống",  # joins parts of one matter as often
    ],
)
def test_one_matter_in_many_words_stays_one(said: str) -> None:
    assert second_matter(said, LAMP, understand) is None


def test_what_the_officer_or_the_person_chose_as_the_field_is_one_of_the_two() -> None:
    assert second_matter("đèn đường hỏng với cả rác không ai dọn", ROAD, understand) is None
