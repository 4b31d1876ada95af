"""Where people answer with numbers: one that does not fit the open prompt is never guessed."""

import pytest

from dialogs.effects import FileReport
from dialogs.texts import say
from dialogs.words import Place
from tests.talking import DAI_DONG, Conversation, done
from tests.town import report_prediction

DARK = "đèn đường xóm 5 hỏng cả tuần nay"


@pytest.fixture
def at_the_card() -> Conversation:
    hoa = Conversation()
    hoa.say(DARK, report_prediction("lighting_greenery", place=Place("xóm 5", DAI_DONG)))
    assert hoa.offered[0] == "send"
    return hoa


@pytest.mark.parametrize("number", ["0", "9", "12", "99.", "số 9", "so 9", "chín", "chọn số 8", "999", "7)"])
def test_a_number_beyond_the_choices_changes_nothing_and_the_question_is_asked_again(
    at_the_card: Conversation, number: str
) -> None:
    offered, before = at_the_card.offered, at_the_card.talk
    assert at_the_card.say(number)[0] == say("front.no_such_number")
    assert done(at_the_card.effects) == []
    assert (at_the_card.offered, at_the_card.talk.memory) == (offered, before.memory)


@pytest.mark.parametrize("words", ["1 2", "1,5", "11h đêm", "1 cái nữa hỏng", "số nhà 1", "1/2"])
def test_words_with_a_number_in_them_are_words(at_the_card: Conversation, words: str) -> None:
    at_the_card.say(words)
    assert not any(isinstance(effect, FileReport) for effect in at_the_card.effects)


@pytest.mark.parametrize("number", ["1", "1.", "số 1", "một", "so mot"])
def test_a_number_that_fits_is_the_choice(at_the_card: Conversation, number: str) -> None:
    at_the_card.say(number)
    assert isinstance(done(at_the_card.effects)[0], FileReport)


def test_a_number_counts_for_the_list_that_is_open_and_for_no_older_one(at_the_card: Conversation) -> None:
    edit = at_the_card.offered.index("edit") + 1
    at_the_card.say(str(edit))
    rows = at_the_card.offered
    assert rows[0] != "send"
    at_the_card.say("1")
    assert done(at_the_card.effects) == [], "1 is the first row now, and not to send"


def test_a_number_when_nothing_is_asked_is_no_answer(at_the_card: Conversation) -> None:
    at_the_card.say("1")
    assert at_the_card.offered == []
    at_the_card.say("1")
    assert done(at_the_card.effects) == []
