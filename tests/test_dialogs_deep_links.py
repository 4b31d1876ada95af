"""What stands behind `?start=`: it fits a link, leads back to the same place, and nonsense leads nowhere."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs.deep_links import LONGEST, place_of, place_payload
from dialogs.words import Place
from tests.town import thanh_chuong

printable = st.text(st.characters(categories=["L", "N"], include_characters=" ,.-/"), max_size=12)


@given(st.sampled_from(sorted(thanh_chuong().communes)), printable.map(str.strip))
def test_a_place_comes_back_as_it_was_and_fits_a_link(commune: str, place: str) -> None:
    try:
        payload = place_payload(commune, place)
    except ValueError:
        return
    assert re.fullmatch(rf"[A-Za-z0-9_-]{{1,{LONGEST}}}", payload)
    found = place_of(payload, thanh_chuong())
    assert found is not None
    assert place_payload(found.commune, found.text) == payload


@given(st.text(max_size=80))
def test_anything_else_is_no_place_and_no_error(payload: str) -> None:
    found = place_of(payload, thanh_chuong())
    assert found is None or found.commune in thanh_chuong().communes


@pytest.mark.parametrize("payload", ["xa-17713-____", "xa-17713-AAAA", "xa-17713-Cg"])
def test_words_that_cannot_be_read_leave_the_commune(payload: str) -> None:
    assert place_of(payload, thanh_chuong()) == Place("", "17713")


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="too long"):
        place_payload("17713", "x" * 60)
