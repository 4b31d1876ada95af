"""Text as people type it comes out in one spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.normalise import CLOCK, LINK, MONEY, NUMBER, PHONE, clean, fold, has_accents, words


def test_composed_and_decomposed_text_are_the_same() -> None:
    assert words("đường hỏng") == words("đường hỏng")


@pytest.mark.parametrize(
    ("typed", "meant"), [("hoà", "hòa"), ("thuỷ", "thủy"), ("khoẻ", "khỏe"), ("quý", "quý"), ("hoàn", "hoàn")]
)
def test_the_tone_mark_stands_where_the_old_rule_puts_it(typed: str, meant: str) -> None:
    assert words(typed) == [meant]


def test_teencode_is_written_out() -> None:
    assert words("ko dc j, mn ơi") == ["không", "được", "gì", "mọi", "người", "ơi"]


def test_road_numbers_are_roads_and_not_telephones() -> None:
    assert words("dt 533 hỏng") == ["đường", "tỉnh", NUMBER, "hỏng"]
    assert words("QL46 ngập")[:2] == ["quốc", "lộ"]
    assert words("cho tôi xin đt") == ["cho", "tôi", "xin", "điện", "thoại"]


@pytest.mark.parametrize(
    ("typed", "mark"),
    [
        ("gọi 0912 345 678", PHONE),
        ("lúc 2h30", CLOCK),
        ("thu 500k", MONEY),
        ("xóm 5", NUMBER),
        ("xem https://a.b/c", LINK),
    ],
)
def test_numbers_and_links_become_placeholders(typed: str, mark: str) -> None:
    assert words(typed)[-1] == mark


def test_emergency_numbers_stay_words() -> None:
    assert words("gọi 114") == ["gọi", "114"]


def test_dialect_is_understood_but_not_inside_standard_words() -> None:
    assert words("đàng hư răng chưa sửa") == ["đường", "hư", "sao", "chưa", "sửa"]
    assert words("mô hình đàng hoàng, đau răng, rú ga") == ["mô", "hình", "đàng", "hoàng", "đau", "răng", "rú", "ga"]


def test_failed_telex_is_read_folded() -> None:
    assert words("dduwowngf bij hongr") == ["duong", "bi", "hong"]
    assert words("hoa sen nam") == ["hoa", "sen", "nam"]


def test_drawn_out_letters_are_squeezed() -> None:
    assert words("quáaaa lắmmmm") == ["quá", "lắm"]


def test_folding_strips_accents_and_keeps_the_length() -> None:
    assert fold("Đường ấy") == "Duong ay"
    assert len(fold(clean("Thuỷ ở Đại Đồng"))) == len("Thuỷ ở Đại Đồng")


def test_a_message_has_accents_or_has_not() -> None:
    assert has_accents("đường hỏng rồi") and not has_accents("duong hong roi")


@given(st.text())
def test_any_text_is_cleaned_and_split(text: str) -> None:
    assert all(word == word.strip() and word for word in words(text))
    assert clean(text).encode() is not None
