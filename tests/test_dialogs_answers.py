"""Short answers are read as people write them: a number, a label without its accents, one of the ways to say yes."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs.answers import YES_WORDS, fold, is_offered, is_yes, match_choice, read_number, says_nothing
from dialogs.phones import read_phone
from dialogs.words import Choice, Incoming, Prompt
from tests.talking import a_photo, an_incoming

CHOICES = (
    Choice("send", "Gửi"),
    Choice("edit", "Sửa"),
    Choice("commune:17713", "Xã Đại Đồng"),
    Choice("cancel", "Huỷ"),
)
LABELS = ["Gửi", "Đồng ý", "Quay lại", "Để lại tên, số điện thoại", "Xã Đại Đồng", "Hạnh Lâm", "Đơn vị khác…"]


def chosen(text: str) -> str:
    found = match_choice(text, CHOICES)
    return found.id if found else ""


# ---------------------------------------------------------------- numbers and labels


@pytest.mark.parametrize("said", ["3", "3.", "3)", " 3 ", "số 3", "So 3", "chọn 3", "chon so 3", "ba", "số ba", "BA"])
def test_a_number_is_understood_in_the_ways_people_write_it(said: str) -> None:
    assert chosen(said) == "commune:17713"


@pytest.mark.parametrize("said", ["Xã Đại Đồng", "xa dai dong", "XÃ ĐẠI ĐỒNG", " xã  đại đồng. ", "Xa Đai Dong!"])
def test_a_label_is_understood_with_or_without_accents(said: str) -> None:
    assert chosen(said) == "commune:17713"


@pytest.mark.parametrize("said", ["0", "5", "99", "3 4", "3a", "đường 3", "dai dong", "", "   ", "…", "?"])
def test_what_fits_no_choice_is_never_guessed(said: str) -> None:
    assert chosen(said) == ""


def test_the_first_words_of_a_long_label_are_enough_if_only_one_begins_so() -> None:
    choices = (Choice("name", "Để lại tên, số điện thoại"), Choice("a", "Công an xã"), Choice("b", "Công an tỉnh"))
    assert match_choice("để lại tên", choices) == match_choice("de lai", choices) == choices[0]
    assert match_choice("công an", choices) is None
    assert match_choice("để", choices) is None, "one word is too little"


def test_both_ways_of_placing_a_tone_are_the_same_label() -> None:
    assert chosen("hủy") == chosen("huỷ") == "cancel"


def test_a_label_that_is_a_number_goes_before_the_place_in_the_list() -> None:
    choices = (Choice("a", "2"), Choice("b", "1"))
    assert match_choice("1", choices) == choices[1]


@pytest.mark.parametrize(
    ("said", "number"),
    [("1", 1), ("số 10", 10), ("mười", 10), ("tư", 4), ("bốn", 4), ("999", 999), ("1000", None), ("0912345678", None)],
)
def test_only_a_whole_short_number_is_a_number(said: str, number: int | None) -> None:
    assert read_number(said) == number


@given(st.text(max_size=60))
def test_any_text_is_read_without_an_error(said: str) -> None:
    read_number(said)
    is_yes(said)
    found = match_choice(said, CHOICES)
    assert found is None or found in CHOICES


@given(st.sampled_from(LABELS), st.sampled_from([str.upper, str.lower, str.title]), st.sampled_from(["NFC", "NFD"]))
def test_a_label_is_found_however_it_is_typed(label: str, case: object, form: str) -> None:
    typed = unicodedata.normalize(form, case(label))  # type: ignore[arg-type,operator]
    assert match_choice(f" {typed} ", (Choice("x", "khác"), Choice("it", label))) == Choice("it", label)


# ---------------------------------------------------------------- folding


@given(st.text(max_size=80))
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text("aăâeêioôơuưyđĐ áàảãạếỗữýỵ.,!/", max_size=40))
def test_a_folded_text_has_no_accent_no_capital_and_single_spaces(text: str) -> None:
    folded = fold(text)
    assert folded.isascii()
    assert folded == folded.lower() == " ".join(folded.split())


# ---------------------------------------------------------------- yes


@pytest.mark.parametrize(
    "said", ["ok", "Oke ạ", "vâng", "dạ vâng", "đúng rồi", "Đồng ý!", "ừ", "gửi đi", "có nhé", "dc"]
)
def test_yes_is_understood(said: str) -> None:
    assert is_yes(said)


@pytest.mark.parametrize("said", ["không", "ko", "chưa", "ok nhưng sửa lại chỗ kia", "có gì đâu", "", "gửi cho ai"])
def test_only_a_whole_yes_is_a_yes(said: str) -> None:
    assert not is_yes(said)


def test_the_words_for_yes_are_written_as_they_are_compared() -> None:
    assert {fold(word) for word in YES_WORDS} == set(YES_WORDS)


# ---------------------------------------------------------------- what is no answer


@pytest.mark.parametrize(
    ("wire", "offered"),
    [
        ("7:send", True),
        ("7:commune:17713", True),
        ("6:send", False),
        ("8:send", False),
        ("7:file", False),
        ("7:", False),
        ("send", False),
        ("", False),
        ("07:send", False),
    ],
)
def test_only_a_button_of_the_open_prompt_is_offered(wire: str, offered: bool) -> None:
    assert is_offered(wire, Prompt(7, "Gửi được chưa ạ?", CHOICES)) is offered


@pytest.mark.parametrize(
    ("incoming", "nothing"),
    [
        (an_incoming(""), True),
        (an_incoming(" \n"), True),
        (an_incoming("", "edited"), True),
        (an_incoming("", "media"), True),
        (an_incoming("", "location"), True),
        (an_incoming("", "location", lat=18.0, lon=105.0), False),
        (an_incoming("", "location", lat=0.0, lon=0.0), False),
        (an_incoming("", "media", media=(a_photo(),)), False),
        (an_incoming("lời", "media"), False),
        (an_incoming("a"), False),
        (an_incoming("", "choice", choice="1:send"), False),
        (an_incoming("", "start"), False),
        (an_incoming("", "contact"), False),
    ],
)
def test_an_empty_message_says_nothing(incoming: Incoming, nothing: bool) -> None:
    assert says_nothing(incoming) is nothing


# ---------------------------------------------------------------- phones


@pytest.mark.parametrize(
    "typed",
    ["0912345678", "0912 345 678", "0912.345.678", "+84912345678", "84 912 345 678", "o912345678", "số 0912345678 ạ"],
)
def test_a_phone_is_read_in_the_ways_people_type_it(typed: str) -> None:
    assert read_phone(typed).replace(" ", "") == "0912345678"


@pytest.mark.parametrize("typed", ["", "123", "không có", "0912", "09123456789999", "113", "5"])
def test_what_is_no_phone_is_none(typed: str) -> None:
    assert read_phone(typed) == ""


@given(st.text("0123456789.+- oO()", max_size=200))
def test_any_digits_are_read_without_an_error(typed: str) -> None:
    assert isinstance(read_phone(typed), str)
