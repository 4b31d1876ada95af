"""Where it is: names of today and of before, prefixes, pins, and what is no place."""

from pathlib import Path

import pytest

from nlp.outlines import Outlines, point_in
from nlp.places import Places
from tests.town import places, thanh_chuong

DAI_DONG, KIM_BANG, BICH_HAO, HOA_QUAN = "17713", "17791", "17818", "17770"


def commune_of(text: str) -> str:
    place = places().place_in(text)
    return place.commune if place else ""


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("đèn đường xóm 5 Thanh Lĩnh hỏng", DAI_DONG),
        ("den duong xom 5 thanh linh hong", DAI_DONG),
        ("x. thanh linh", DAI_DONG),
        ("tt Dùng mất điện", DAI_DONG),
        ("XA DAI DONG MAT NUOC", DAI_DONG),
        ("xã Thanh Lih", DAI_DONG),
        ("trường tiểu học Thanh Mai", BICH_HAO),
        ("ubnd xa hoa quan", HOA_QUAN),
        ("nha toi o thanh linh", DAI_DONG),  # ở, not the aunt `o`
        ("tau o vo liet chu mo", KIM_BANG),
        ("đoạn Võ Liệt sạt lở", KIM_BANG),  # not the surname Đoàn
        ("Trường Thanh Lĩnh thu tiền", DAI_DONG),
        ("hồ Thanh Mai cạn", BICH_HAO),
        ("thanh giang mất điện", BICH_HAO),
        ("thanh lỉnh mất nước", DAI_DONG),
        ("võ liêt", KIM_BANG),
        ("xom5 thanhlinh hong", DAI_DONG),
        ("dduwowngf xom 3 thanh linhx hong", DAI_DONG),
        ("Thanh xuân xóm 4 rác không ai lấy", BICH_HAO),
        ("Tam Đồng", "17743"),
        ("cát ngạn oi den duong hong", "17728"),
        ("dong van xom 3 mat dien", DAI_DONG),
    ],
)
def test_a_commune_is_known_by_any_of_its_names(text: str, code: str) -> None:
    assert commune_of(text) == code


@pytest.mark.parametrize(
    "text",
    [
        "anh Thanh Tùng hát cả đêm",
        "Nguyễn Thị Thanh Hương",
        "tỉnh Thanh Hóa",
        "thanh long chin rung day vuon",
        "ở Thanh Chương mình",
        "cầu Dùng kẹt xe",
        "dung roi, dung lai",
        "cảm ơn nhiều",
        "vut rac thanh dong cao ngang dau nguoi",  # thành đống
        "hoan thanh tien do",
        "nha minh tien dien tang gap doi",
        "tro thanh phong tro het roi",
        "co giao thanh mai day lop 3",
        "Lê Thanh Tùng, bà Hồ Thanh Mai",
        "Thanh Hoá",
    ],
)
def test_people_fruit_provinces_and_common_words_are_no_communes(text: str) -> None:
    assert commune_of(text) == ""


def test_both_names_are_said() -> None:
    place = places().place_in("xóm 5 Thanh Lĩnh")
    assert place is not None
    assert place.text == "xóm 5, xã Đại Đồng (Thanh Lĩnh cũ)"
    assert place.old_name == "Thanh Lĩnh"


def test_where_it_happened_counts_and_not_where_the_writer_lives() -> None:
    assert commune_of("em ở Thanh Lâm, sáng nay qua Võ Liệt thấy cầu hỏng") == KIM_BANG
    assert commune_of("em ở Thanh Lâm, nhà mất điện") == BICH_HAO


def test_two_communes_are_candidates_to_ask_about() -> None:
    place = places().place_in("từ Đại Đồng lên Hạnh Lâm đường hỏng cả")
    assert place is not None and place.commune == "" and set(place.candidates) == {DAI_DONG, "17722"}
    assert place.text == "Đại Đồng, Hạnh Lâm"


@pytest.mark.parametrize("text", ["truong thanh linh thu tien", "cau thanh linh gay", "khoi 5 thi tran den tat"])
def test_what_may_be_a_person_or_another_town_is_asked_about(text: str) -> None:
    place = places().place_in(text)
    assert place is not None and (place.commune, place.candidates) == ("", (DAI_DONG,)) and place.text


def test_a_township_is_called_one() -> None:
    place = places().place_in("tt Dùng mất điện")
    assert place is not None and place.text == "xã Đại Đồng (thị trấn Dùng cũ)"


@pytest.mark.parametrize(
    ("text", "spot"),
    [
        ("xom5 mat nuoc", "xom5"),
        ("tdp so 4 mat nuoc", "tdp so 4"),
        ("đường tỉnh 533 hỏng", "đường tỉnh 533"),
        ("đt 091 234 5678 gọi em", None),
        ("doi 5 tieng khong ai tiep", None),
        ("bán 3 con bò, ban 3 con", None),
    ],
)
def test_hamlets_and_roads_are_told_from_telephones_and_counts(text: str, spot: str | None) -> None:
    place = places().place_in(text)
    assert (place.text if place else None) == spot


def test_a_landmark_alone_only_suggests_its_commune() -> None:
    place = places().place_in("rác đầy gần chợ Rộ")
    assert place is not None and (place.commune, place.candidates) == ("", (KIM_BANG,))


@pytest.mark.parametrize(
    "text",
    [
        "18.77, 105.33",
        "https://maps.google.com/?q=18.7712,105.3312",
        "/@18.7712,105.3312,17z",
        "https://www.google.com/maps/search/18.7712,+105.3312?entry=tts",
        "/maps/place/x/@18.60,105.40,17z/data=!3m1!4b1!8m2!3d18.7712!4d105.3312",
        "105.3312, 18.7712",
        "18,7712 105,3312",
        "18.7712N 105.3312E",
        "18°46'16\"N 105°19'52.1\"E",
        "lat: 18.7712, lng: 105.3312",
    ],
)
def test_a_point_or_a_map_link_decides_the_commune(text: str) -> None:
    place = places().place_in(text)
    assert place is not None and place.commune == DAI_DONG and place.lat is not None


def test_a_shortened_map_link_is_kept_for_whoever_can_open_it() -> None:
    place = places().place_in("o cho ni https://maps.app.goo.gl/abcDEF123 nha")
    assert place is not None and place.text == "https://maps.app.goo.gl/abcDEF123" and not place.commune


def test_a_point_outside_viet_nam_is_no_place() -> None:
    assert point_in("48.85, 2.35") is None
    assert point_in("giá 18.77 và 12.5") is None


def test_every_commune_holds_a_point_of_its_own() -> None:
    outlines = Outlines(thanh_chuong().communes)
    for code, commune in thanh_chuong().communes.items():
        lons = sorted(lon for lon, _ in commune.rings[0])
        lats = sorted(lat for _, lat in commune.rings[0])
        grid = [
            (lats[0] + (lats[-1] - lats[0]) * i / 20, lons[0] + (lons[-1] - lons[0]) * j / 20)
            for i in range(21)
            for j in range(21)
        ]
        assert any(outlines.commune_at(lat, lon) == code for lat, lon in grid), commune.name


def test_outside_all_outlines_there_is_no_commune() -> None:
    assert Places(thanh_chuong()).commune_at(0.0, 0.0) == ""


def test_nlp_never_opens_a_file_to_find_a_place() -> None:
    assert "open(" not in Path("nlp/places.py").read_text(encoding="utf-8")
