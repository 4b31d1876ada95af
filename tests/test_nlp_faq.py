"""Finding an answer: the right entry first, and beside it only what is near the question."""

import pytest

from nlp.faq import FaqIndex
from tests.town import thanh_chuong

# what people ask → the entry that answers, and those that may be offered beside it
ASKED = {
    "làm lại giấy khai sinh cần gì": ("Mất giấy khai sinh", "khai sinh cho con"),
    "giờ làm việc của xã": ("Xã làm việc giờ nào",),
    "so dien thoai cong an xa": ("Đường dây nóng",),
    "gọi cấp cứu số mấy": ("Cấp cứu",),
    "làm căn cước ở đâu": ("Làm căn cước ở đâu",),
    "bảo hiểm y tế làm ở đâu": ("bảo hiểm y tế",),
    "đăng ký tạm trú thế nào": ("tạm trú",),
    "xin giấy xác nhận độc thân": ("độc thân",),
    "trợ cấp người cao tuổi": ("Người già",),
    "cấp sổ đỏ": ("Mất sổ đỏ", "chưa có sổ đỏ"),
    "bị chó cắn": ("Bị chó cắn",),
    "em muon hoi lam giay khai sinh cho con can nhung gi a": ("khai sinh cho con",),
    "mat nuoc goi ai": ("Mất nước", "Mất điện"),
    "hoi lam giay khai sinh cho chau noi thi can giay chi": ("khai sinh cho con",),
    "ba muon lam lai cai the can cuoc thi ra mo": ("Làm căn cước ở đâu",),
    "chau oi lam the bao hiem y te cho ba thi den dau": ("bảo hiểm y tế",),
    "xin giay xac nhan ho ngheo": ("Xin xét hộ nghèo",),
    "80 tuoi duoc nhan tien chi khong": ("Người già",),
    "khai tu cho ong nha tui mat thi mang giay chi ra xa": ("",),
}


@pytest.fixture(scope="module")
def index() -> FaqIndex:
    return FaqIndex(thanh_chuong().faq)


@pytest.mark.parametrize("asked", ASKED)
def test_a_question_finds_its_entry_and_nothing_that_has_nothing_to_do_with_it(index: FaqIndex, asked: str) -> None:
    found = [entry.question for entry in index.search(asked)]
    assert len(found) == len(ASKED[asked])
    for question, words in zip(found, ASKED[asked], strict=True):
        assert words in question


@pytest.mark.parametrize(
    "asked",
    [
        "tieng viet la gi",
        "ai lam chu tich xa",
        "hom nay troi dep qua",
        "ờ",
        "",
        "nha toi o xom 5",
        "em chao chau",
        "con toi hoc lop 3 khong co ban ghe",
        "chau oi ba muon hoi cai ni",
        "nha ba mat dien",
        "duong xom 5 hong",
    ],
)
def test_what_no_entry_answers_is_not_answered(index: FaqIndex, asked: str) -> None:
    assert index.search(asked) == []
