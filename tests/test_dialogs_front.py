"""The front door hears what was meant: names are names, numbers answer what was asked, nobody is caught in a dialog."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dialogs.answers import is_no
from dialogs.effects import AddToReport, AnswerQuestion, FileReport, Reopen
from dialogs.front import begin, hear
from dialogs.words import FaqEntry, Prediction, Status
from tests.talking import (
    CODE,
    DAI_DONG,
    Conversation,
    FakeLookup,
    a_context,
    a_photo,
    a_report,
    an_incoming,
    done,
)
from tests.town import report_prediction

DARK = report_prediction("lighting_greenery", place="xóm 5", commune=DAI_DONG)
TWO = report_prediction(
    "lighting_greenery",
    0.48,
    alternatives=(("lighting_greenery", 0.48), ("road_infrastructure", 0.44)),
    place="xóm 2",
    commune=DAI_DONG,
)
CHATTER = Prediction("chatter")


def at_the_name() -> Conversation:
    """Somebody who is asked for their name."""
    talk = Conversation()
    talk.say("đèn đường xóm 5 hỏng", DARK)
    talk.press("sender")
    talk.press("agree")
    assert talk.talk.state == "name"
    return talk


def asked(report_question: str = "Cột số mấy ạ?") -> Conversation:
    """Somebody whom an officer has asked something."""
    report = a_report(status=Status.NEED_INFO, question=report_question)
    talk = Conversation(FakeLookup({CODE: report}))
    talk.talk, _ = begin("answer", f"open:{CODE}", talk.talk, a_context(talk.lookup))
    return talk


# ---------------------------------------------------------------- names, numbers, yes and no


@pytest.mark.parametrize("name", ["Nam", "Ba", "Hai", "Tư", "Bảy", "Năm"])
def test_a_name_that_is_also_a_number_is_a_name(name: str) -> None:
    talk = at_the_name()
    talk.say(name, CHATTER)
    assert talk.talk.state == "phone"
    assert talk.talk.memory["draft"]["name"] == name


def test_a_digit_still_chooses_where_choices_are_numbered() -> None:
    talk = at_the_name()
    talk.say("1")
    assert (talk.talk.state, "name" in talk.talk.memory["draft"]) == ("phone", False)


@pytest.mark.parametrize("said", ["không", "thôi", "không cần ạ"])
def test_who_will_not_say_their_name_is_not_called_no(said: str) -> None:
    talk = at_the_name()
    talk.say(said, CHATTER)
    assert (talk.talk.state, "name" in talk.talk.memory["draft"]) == ("phone", False)


def test_a_number_answers_the_officers_question_where_choices_are_buttons() -> None:
    talk = asked()
    context = replace(a_context(talk.lookup, CHATTER), buttons=8)
    _, effects = hear(an_incoming("2"), talk.talk, context)
    assert done(effects) == [AnswerQuestion(CODE, "2")]


def test_a_number_in_words_answers_the_officers_question_everywhere() -> None:
    talk = asked("Mấy nhà bị ạ?")
    talk.say("hai", CHATTER)
    assert done(talk.effects) == [AnswerQuestion(CODE, "hai")]


@pytest.mark.parametrize("said", ["Không", "khong a", "không cần đâu ạ", "thôi"])
def test_no_is_understood_where_the_question_can_be_declined(said: str) -> None:
    talk = Conversation()
    talk.say("đèn đường xóm 5 hỏng", DARK)
    talk.press("sender")
    talk.say(said, CHATTER)
    assert talk.talk.state == "confirm"


@pytest.mark.parametrize(("said", "no"), [("không", True), ("KO", True), ("không có điện", False), ("có", False)])
def test_only_a_whole_no_is_a_no(said: str, no: bool) -> None:
    assert is_no(said) is no


# ---------------------------------------------------------------- nobody is caught


def test_who_tells_of_a_problem_when_asked_for_a_code_is_reporting_it() -> None:
    talk = Conversation()
    talk.say("phản ánh của tôi")
    assert (talk.talk.dialog, talk.talk.state) == ("track", "code")
    talk.say("đèn đường xóm 5 hỏng", DARK)
    assert (talk.talk.dialog, talk.talk.state) == ("report", "confirm")


def test_a_photo_when_asked_for_a_code_begins_a_report() -> None:
    talk = Conversation()
    talk.say("phản ánh của tôi")
    talk.hear(an_incoming(kind="media", media=(a_photo(),)))
    assert (talk.talk.dialog, talk.talk.state) == ("report", "ask_what")


def test_who_tells_of_a_problem_when_asked_for_a_question_is_reporting_it() -> None:
    talk = Conversation()
    talk.press("/ask")
    talk.say("đèn đường xóm 5 hỏng", DARK)
    assert (talk.talk.dialog, talk.talk.state) == ("report", "confirm")


def test_a_question_that_has_an_answer_is_answered_whatever_nlp_takes_it_for() -> None:
    talk = Conversation(FakeLookup(entries=[FaqEntry("hours", "Mấy giờ mở cửa?", "Từ 7 giờ 30.")]))
    talk.press("/ask")
    assert "Từ 7 giờ 30." in talk.say("xã mấy giờ mở cửa", DARK)[0]


def test_words_like_a_code_within_a_report_are_words() -> None:
    talk = Conversation()
    talk.say("ở tc ngay tu hôm qua tới giờ đèn tắt", DARK)
    assert talk.lookup.code_in("ở tc ngay tu hôm qua") is False
    assert talk.talk.dialog == "report"


@pytest.mark.parametrize("kind", ["follow", "unfollow", "migrated"])
def test_what_happens_to_the_chat_itself_is_not_answered(kind: str) -> None:
    talk = at_the_name()
    assert talk.hear(an_incoming(kind=kind)) == []
    assert talk.talk.state == "name"


# ---------------------------------------------------------------- what was left lying


@pytest.mark.parametrize(("command", "state"), [(f"/add {CODE}", "adding"), (f"/reopen {CODE}", "reason")])
def test_words_a_day_after_a_question_are_not_its_answer(command: str, state: str) -> None:
    status = Status.ASSIGNED if state == "adding" else Status.RESOLVED
    talk = Conversation(FakeLookup({CODE: a_report(status=status)}))
    talk.press(command)
    assert talk.talk.state == state
    talk.now += timedelta(hours=25)
    talk.say("trường học mất nước", DARK)
    assert not any(isinstance(effect, AddToReport | Reopen) for effect in talk.effects)
    assert talk.talk.dialog == "report"


def test_a_choice_a_day_later_still_counts() -> None:
    talk = Conversation(FakeLookup({CODE: a_report(status=Status.RESOLVED)}))
    talk.press(f"/rate {CODE}")
    talk.now += timedelta(hours=25)
    talk.say("1")
    assert talk.talk.state == "satisfaction"


def test_an_officers_question_may_be_answered_days_later() -> None:
    talk = asked()
    talk.now += timedelta(days=3)
    talk.say("cột số ba", CHATTER)
    assert done(talk.effects) == [AnswerQuestion(CODE, "cột số ba")]


# ---------------------------------------------------------------- two problems in one message


def after_the_first() -> Conversation:
    """Somebody who has sent the first of two problems."""
    talk = Conversation()
    talk.say("đèn tắt mà đường cũng nát", TWO)
    talk.press("both")
    talk.press("send")
    assert [effect.category for effect in done(talk.effects) if isinstance(effect, FileReport)] == ["lighting_greenery"]
    return talk


def test_from_the_second_problem_no_way_leads_back_to_the_first() -> None:
    talk = after_the_first()
    talk.say("quay lại")
    assert "both" not in talk.offered
    talk.say("quay lại")
    assert "both" not in talk.offered


def test_who_drops_the_second_problem_hears_that_the_first_was_sent() -> None:
    talk = after_the_first()
    assert talk.press("cancel") == ["Dạ, việc thứ hai em đã bỏ, chưa gửi. Việc thứ nhất đã gửi rồi ạ."]


# ---------------------------------------------------------------- pictures


def test_a_picture_of_what_is_not_done_reopens_the_report() -> None:
    talk = Conversation(FakeLookup({CODE: a_report(status=Status.RESOLVED)}))
    talk.press(f"/reopen {CODE}")
    talk.hear(an_incoming(kind="media", media=(a_photo("7"),)))
    assert done(talk.effects) == [Reopen(CODE, "Người dân gửi ảnh, không viết lời.", ("7",))]


def test_the_place_of_a_photo_that_was_given_up_is_not_offered_for_another_report() -> None:
    talk = Conversation()
    talk.hear(an_incoming(kind="media", media=(a_photo("7"),)))
    talk.press("cancel")
    talk.say("đèn đường hỏng", report_prediction("lighting_greenery"))
    assert talk.talk.state == "place"
    talk.hear(an_incoming(kind="media_ready", media=(a_photo("7"),), lat=18.7969, lon=105.34))
    assert talk.talk.state == "place"


def test_a_rated_report_is_not_offered_for_rating_again() -> None:
    report = a_report(status=Status.RESOLVED, solved_rating=2, satisfaction=3)
    talk = Conversation(FakeLookup({CODE: report}))
    talk.say(CODE)
    assert f"/rate {CODE}" not in talk.offered
    assert f"/reopen {CODE}" in talk.offered
