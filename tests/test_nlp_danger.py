"""What names a danger outright, and what would only with other accents."""

import pytest

from nlp.danger import begs_for_help, cries_out, only_sounds_alike


@pytest.mark.parametrize(
    "text", ["cứu với", "cuu voi ba con oi", "có quả bom lòi ra", "xe cháy ở cầu Rộ", "day dien dut roi xuong duong"]
)
def test_a_danger_is_named_with_and_without_accents(text: str) -> None:
    assert cries_out(text)


@pytest.mark.parametrize("text", ["xe chạy ở cầu Rộ", "có bơm mà ruộng vẫn khô", "máy bơm chạy cả đêm", "nhà chạy lụt"])
def test_an_accented_message_is_taken_at_its_word(text: str) -> None:
    assert not cries_out(text) and only_sounds_alike(text)


@pytest.mark.parametrize("text", ["xe chay o cau ro", "may bom chay yeu", "nuoc chay khong ra"])
def test_without_accents_what_runs_and_pumps_is_no_cry(text: str) -> None:
    assert not cries_out(text) and not only_sounds_alike(text)


def test_who_cries_for_help_is_always_heard() -> None:
    assert begs_for_help("cứu với bà ơi") and begs_for_help("cuu em voi")
    assert not begs_for_help("xe cứu thương đến chậm")
