"""A report code survives being read aloud, typed on a phone and copied from paper, or is caught."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from store.codes import ALPHABET, BODY_LENGTH, LOOKALIKES, check_character, find_code, new_code, spell

bodies = st.text(ALPHABET, min_size=BODY_LENGTH, max_size=BODY_LENGTH)
sixes = bodies.map(lambda body: body + check_character(body))
TYPED = {chr(typed): str(meant) for typed, meant in LOOKALIKES.items()}


def test_a_new_code_is_well_formed_and_each_is_another() -> None:
    codes = {new_code("TC") for _ in range(200)}
    assert len(codes) > 190
    for code in codes:
        assert re.fullmatch(r"TC-[0-9A-Z]{4}-[0-9A-Z]{2}", code)
        assert find_code(code, "TC") == (code, True)


def test_the_alphabet_has_a_prime_number_of_characters_that_nobody_confuses() -> None:
    assert len(ALPHABET) == len(set(ALPHABET)) == 31
    assert not set(TYPED) & set(ALPHABET)
    assert set(TYPED.values()) <= set(ALPHABET)


@given(sixes)
def test_a_code_is_found_as_it_was_spelled(six: str) -> None:
    assert find_code(f"mã của em là {spell('TC', six)} ạ", "TC") == (spell("TC", six), True)


@given(sixes, st.integers(0, BODY_LENGTH), st.sampled_from(ALPHABET))
def test_every_single_typo_is_caught(six: str, at: int, typed: str) -> None:
    assume(six[at] != typed)
    wrong = six[:at] + typed + six[at + 1 :]
    assert find_code(spell("TC", wrong), "TC") == (spell("TC", wrong), False)


@given(sixes, st.integers(0, BODY_LENGTH - 1))
def test_every_swap_of_two_neighbours_is_caught(six: str, at: int) -> None:
    assume(six[at] != six[at + 1])
    wrong = six[:at] + six[at + 1] + six[at] + six[at + 2 :]
    assert find_code(spell("TC", wrong), "TC") == (spell("TC", wrong), False)


@given(sixes, st.integers(0, BODY_LENGTH), st.integers(0, BODY_LENGTH))
def test_every_swap_of_any_two_characters_is_caught(six: str, one: int, other: int) -> None:
    assume(six[one] != six[other])
    letters = list(six)
    letters[one], letters[other] = letters[other], letters[one]
    assert find_code(spell("TC", "".join(letters)), "TC") == (spell("TC", "".join(letters)), False)


@given(bodies, st.integers(0, BODY_LENGTH - 1), st.sampled_from(sorted(TYPED)))
def test_a_lookalike_is_understood(body: str, at: int, typed: str) -> None:
    meant = TYPED[typed]
    body = body[:at] + meant + body[at + 1 :]
    six = body + check_character(body)
    assert find_code(spell("TC", six.replace(meant, typed)), "TC") == (spell("TC", six), True)


@given(sixes, st.sampled_from(["{0}{1}{2}", "{0} {1} {2}", "{0}-{1}{2}", "{0} - {1} - {2}", "{0}{1}-{2}"]))
def test_hyphens_spaces_and_capitals_do_not_matter(six: str, shape: str) -> None:
    typed = shape.format("tc", six[:4].lower(), six[4:].lower())
    assert find_code(typed, "TC") == (spell("TC", six), True)


@pytest.mark.parametrize(
    "text", ["", "TC", "TC-", "TC-7K3F", "TC-7K3F-2", "đường TC", "7K3F-2F", "XTC-7K3F-2F", "TC-7K3F-2FF", "TC-7Đ3F-2F"]
)
def test_what_is_no_code_is_none(text: str) -> None:
    assert find_code(text, "TC") is None


def test_a_code_of_another_town_is_not_ours() -> None:
    assert find_code("DL-7K3F-2F", "TC") is None


@given(st.text(max_size=200))
def test_any_text_is_searched_without_an_error(text: str) -> None:
    found = find_code(text, "TC")
    assert found is None or found[0].startswith("TC-")
