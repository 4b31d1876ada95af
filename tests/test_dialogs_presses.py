"""Buttons that come back as text: the right choice, a lasting command, or an old button; never a guess, never words."""

import pytest

from dialogs.answers import match_choice, match_press, split_press
from dialogs.presses import command_of_press, is_press
from dialogs.reading import is_for_bot
from dialogs.spoken import SPOKEN
from dialogs.words import Choice, Prompt, Talk
from tests.talking import CODE, Conversation, FakeLookup, a_report, an_incoming
from tests.town import report_prediction, thanh_chuong

CHOICES = (Choice("send", "Gửi"), Choice(f"/rate {CODE}", "Đánh giá"), Choice(f"/track {CODE}", CODE))


def test_a_choice_says_its_number_its_label_and_the_report_it_is_about() -> None:
    said = [choice.as_words(number) for number, choice in enumerate(CHOICES, 1)]
    assert said == ["1. Gửi", f"2. Đánh giá {CODE}", f"3. {CODE}"]


@pytest.mark.parametrize("index", [0, 1, 2])
def test_what_a_button_says_is_that_choice(index: int) -> None:
    assert match_choice(CHOICES[index].as_words(index + 1), CHOICES) == CHOICES[index]


@pytest.mark.parametrize("text", ["1. gui", "1.  GỬI", f"2. danh gia {CODE.lower()}"])
def test_and_so_it_is_when_somebody_types_it(text: str) -> None:
    assert match_press(text, CHOICES)


@pytest.mark.parametrize("text", ["2. Gửi", "1. Đánh giá", "4. Gửi", "1. Gửi ngay", "11. Gửi", f"2. Đánh giá {CODE}9"])
def test_number_and_label_must_both_be_its_own(text: str) -> None:
    assert match_choice(text, CHOICES) is None


@pytest.mark.parametrize(
    ("text", "parts"),
    [("2. Đánh giá", (2, "Đánh giá")), ("2.Đánh giá", None), ("2", None), ("1. a\n2. b", None), ("", None)],
)
def test_what_is_made_like_a_press(text: str, parts: object) -> None:
    assert split_press(text) == parts


# ---------------------------------------------------------------- old ones


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("1. Gửi phản ánh", "/new"),
        ("3. Phản ánh của tôi", "/mine"),
        (f"1. Đánh giá {CODE}", f"/rate {CODE}"),
        (f"2. Chưa xong, mở lại {CODE}", f"/reopen {CODE}"),
        ("5. Huỷ", ""),
        ("1. Gửi", ""),
        ("1. Đánh giá xong", ""),
        ("đánh giá", ""),
    ],
)
def test_a_command_on_a_button_holds_for_ever(text: str, command: str) -> None:
    assert command_of_press(text, SPOKEN) == command


@pytest.mark.parametrize("text", ["1. Gửi", "5. Huỷ", "2. Đúng rồi", "1. Đèn đường, cây xanh", "3. Xã Đại Đồng"])
def test_an_old_button_is_told_from_words(text: str) -> None:
    assert is_press(text, thanh_chuong())


@pytest.mark.parametrize("text", ["1. đường hỏng ở xóm 5", "1. Đèn hỏng\n2. Rác đầy", "Gửi", "2026. Gửi"])
def test_words_that_a_person_numbered_are_words(text: str) -> None:
    assert not is_press(text, thanh_chuong())


def test_an_old_button_is_said_to_be_old_and_the_question_asked_again() -> None:
    talk = Conversation()
    talk.say("phản ánh mới")
    asked = talk.talk.state
    texts = talk.say("2. Rất hài lòng")
    assert "cũ rồi" in texts[0]
    assert (talk.talk.dialog, talk.talk.state) == ("report", asked)


def test_an_old_button_under_a_report_still_begins_what_it_says() -> None:
    from dialogs.words import Status

    talk = Conversation(FakeLookup({CODE: a_report(status=Status.RESOLVED)}))
    talk.say("chào em")
    talk.say(f"1. Đánh giá {CODE}")
    assert talk.talk.dialog == "rate"


def test_a_numbered_list_of_troubles_is_a_report() -> None:
    talk = Conversation()
    text = "1. đèn đường hỏng ở xóm 5"
    talk.say(text, report_prediction("lighting_greenery", place="xóm 5", commune="17713"))
    assert talk.talk.dialog == "report"


# ---------------------------------------------------------------- while an officer talks

OPEN = Talk("report", "card", prompt=Prompt(3, "Gửi đi được chưa ạ?", (Choice("send", "Gửi"),)))


@pytest.mark.parametrize("text", ["/mine", "menu", "1. Gửi", "2. Phản ánh của tôi"])
def test_a_command_or_a_button_is_for_the_bot(text: str) -> None:
    assert is_for_bot(an_incoming(text), OPEN)


@pytest.mark.parametrize("text", ["1", "ok", "dạ cột số 12", "có", "gửi"])
def test_a_short_answer_is_for_the_officer(text: str) -> None:
    assert not is_for_bot(an_incoming(text), OPEN)


# ---------------------------------------------------------------- a consent that is taken back elsewhere


def test_an_erase_request_is_done_at_once_and_drops_the_draft() -> None:
    from dialogs.effects import ForgetMe

    talk = Conversation()
    talk.say("phản ánh mới")
    texts = talk.hear(an_incoming(kind="erase_request"))
    assert talk.effects[0] == ForgetMe()
    assert "đã xoá" in texts[0]
    assert talk.talk.dialog == "" and talk.talk.memory == {}
