"""The same matter at the same place is found in other words; another matter or place is told apart."""

from pathlib import Path

import pytest
from marisa_trie import Trie

from dialogs.words import Place
from nlp.concepts import parsed
from nlp.duplicates import SAME, Matter, confusable_with, likeness, said_by_places
from nlp.model import Model
from nlp.senses import Senses
from nlp.understand import Understanding
from tests.town import thanh_chuong

# Written for this test: two people about one thing, and two things at one place.
SAME_THING = [
    ("Xóm 3 Thanh Lĩnh mất nước từ hôm qua, không có giọt nào", "x3 thanh linh cup nuoc sinh hoat tu hom wa toi chu"),
    ("Cầu treo Khe Bò gãy hai tấm ván, đi rung lắm", "ván cầu treo khe bò bị mục rơi xuống, học sinh đi sợ"),
    ("Quán nhậu Hải Sản 68 mở loa tới 12h đêm", "quan 68 hat karaoke inh oi nua dem moi nghi, khong ai ngu duoc"),
    ("Cột điện trước nhà văn hóa xóm 5 Võ Liệt nghiêng", "xom 5 vo liet co cot dien sap do ngay san nha van hoa"),
    ("Trại lợn ông Ba xả phân ra khe Giai, nước đen ngòm", "khe Giai thối um vì trại heo thải xuống, cá chết"),
    ("Đường vào nghĩa trang Thanh Mai sụt một hố lớn", "duong len nghia dia thanh mai co ho sau giua duong"),
]
OTHER_THING = [
    ("Xóm 3 Thanh Lĩnh mất nước từ hôm qua", "Xóm 7 Thanh Lĩnh mất nước từ hôm qua"),
    ("Cầu treo Khe Bò gãy hai tấm ván", "dưới chân cầu treo Khe Bò người ta đổ rác thành đống"),
    ("Quán nhậu Hải Sản 68 mở loa tới 12h đêm", "Quán Hải Sản 68 bán đồ ôi, nhà em ăn xong đau bụng"),
    ("Cột điện trước nhà văn hóa xóm 5 Võ Liệt nghiêng", "Nhà văn hóa xóm 5 Võ Liệt bị mất trộm bộ loa"),
    ("Trại lợn ông Ba xả phân ra khe Giai", "Khe Giai mưa to nước lên nhanh, có người mắc kẹt bên kia"),
    ("Đường vào nghĩa trang Thanh Mai sụt một hố lớn", "Đường vào nghĩa trang Thanh Tùng sụt một hố lớn"),
]


@pytest.fixture(scope="module")
def understanding(model_folder: Path) -> Understanding:
    return Understanding(thanh_chuong(), Model.load(model_folder))


@pytest.mark.parametrize(("one", "other"), SAME_THING)
def test_one_thing_told_by_two_people_is_suggested(understanding: Understanding, one: str, other: str) -> None:
    assert understanding.likeness(one, other) >= SAME


@pytest.mark.parametrize(("one", "other"), OTHER_THING)
def test_two_things_at_one_place_are_told_apart(understanding: Understanding, one: str, other: str) -> None:
    assert understanding.likeness(one, other) < SAME


def test_likeness_does_not_depend_on_who_wrote_first(understanding: Understanding) -> None:
    for one, other in SAME_THING:
        assert understanding.likeness(one, other) == pytest.approx(understanding.likeness(other, one))


def matter(place: Place | None, hamlets: frozenset[str] = frozenset()) -> Matter:
    rare, nothing = {"khe": 5.0, "giai": 8.0}, Senses(Trie(), b"", parsed(""))
    return Matter(rare, frozenset(rare), {"waste_sanitation": 1.0}, place, hamlets, frozenset(), nothing)


def test_pins_far_apart_or_hamlets_that_contradict_are_a_veto() -> None:
    here, near, far = (Place(lat=18.77, lon=105.33 + step) for step in (0.0, 0.0005, 0.05))
    assert likeness(matter(here), matter(near)) > SAME > likeness(matter(here), matter(far))
    assert likeness(matter(None, frozenset({"xom 3"})), matter(None, frozenset({"xom 7"}))) < SAME


@pytest.mark.parametrize(
    ("one", "other", "contradict"),
    [
        ("rác đổ bừa ở Thanh Lĩnh", "rác đổ bừa ở thị trấn Dùng", False),  # joined the township in 2024
        ("rác đổ bừa ở Thanh Lĩnh", "rác đổ bừa ở Đồng Văn", True),  # side by side for years
        ("rác đổ bừa ở xóm 5 Thanh Lĩnh", "rác đổ bừa ở xóm 2 thị trấn Dùng", False),  # hamlets are numbered anew
        ("rác đổ bừa ở xóm 5 Thanh Lĩnh", "rác đổ bừa ở xóm 2 Thanh Lĩnh", True),
        ("rác đổ bừa ở Thanh Lĩnh", "rác đổ bừa ở Mai Giang", True),  # another commune
    ],
)
def test_an_old_name_does_not_contradict_the_one_that_came_after_it(
    understanding: Understanding, one: str, other: str, contradict: bool
) -> None:
    said = said_by_places(understanding.matter(one), understanding.matter(other))
    assert (said < 0) is contradict


def test_a_category_is_confusable_with_itself_and_its_neighbours() -> None:
    assert {"electricity", "lighting_greenery", "telecom"} <= confusable_with("electricity")
    assert confusable_with("other") == {"other"}
