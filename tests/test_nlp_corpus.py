"""The bundled corpus is wide enough, and the check that says so sees what it should."""

from pathlib import Path

from nlp.corpus_check import check, near_duplicates
from tests.town import thanh_chuong


def test_the_bundled_corpus_has_no_fault_and_covers_every_category_of_the_pack() -> None:
    figures, faults = check()
    assert faults == []
    assert sum(one["messages"] for one in figures["categories"].values()) > 5000
    assert set(figures["categories"]) == set(thanh_chuong().categories)


def test_a_line_told_twice_is_found_whatever_its_accents() -> None:
    lines = ["Đèn đường xóm 5 hỏng cả tuần nay", "rác không ai gom", "den duong xom 5 hong ca tuan nay roi"]
    assert near_duplicates(lines) == [(lines[0], lines[2])]


def test_a_thin_corpus_is_told_its_faults(tmp_path: Path) -> None:
    (tmp_path / "land.txt").write_text("sổ đỏ\nsổ đỏ sai\n", encoding="utf-8")
    (tmp_path / "keywords.tsv").write_text("land\tsổ đỏ\n", encoding="utf-8")
    (tmp_path / "gold.tsv").write_text("land\tSổ đỏ\n", encoding="utf-8")
    _, faults = check(tmp_path)
    assert any("2 messages" in fault for fault in faults)
    assert any("keyword" in fault for fault in faults)
    assert any("gold.tsv" in fault for fault in faults)
