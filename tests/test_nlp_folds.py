"""Cross-validation of a flag: more margin, less that passes; what is told plainly is found."""

from itertools import pairwise
from pathlib import Path

from nlp.folds import MARGINS, cross_validated

WITH = ["cháy nhà rồi cứu với", "nhà đang cháy to", "cháy lan sang nhà bên", "có người đuối nước", "đuối nước ở khe"]
WITHOUT = ["rác không ai dọn", "đèn đường hỏng", "nước yếu", "đường ổ gà", "loa ồn quá", "xe đậu sai chỗ"]
ALIKE = ["cháy bóng đèn đường", "rác ngập đầu", "nóng như cháy da"]


def corpus_of(folder: Path) -> Path:
    for place in ("flags", "kinds", "not_reports"):
        (folder / place).mkdir()
    lines = {"flags/urgent.txt": WITH, "flags/not_urgent.txt": ALIKE, "other.txt": WITHOUT}
    for name, rows in lines.items():
        many = [
            f"{row} {number}" for row in rows for number in ("xóm một", "xóm hai", "xóm ba", "đầu làng", "cuối làng")
        ]
        (folder / name).write_text("\n".join(many), encoding="utf-8")
    return folder


def test_what_is_told_plainly_is_found_and_what_only_sounds_so_is_counted_apart(tmp_path: Path) -> None:
    rows = cross_validated("urgent", corpus_of(tmp_path))
    assert [row.margin for row in rows] == list(MARGINS)
    at_zero = next(row for row in rows if row.margin == 0)
    assert at_zero.found > 0.9 > 0.1 > at_zero.others
    assert all(one.found >= two.found and one.others >= two.others for one, two in pairwise(rows))
