"""A locality pack is loaded whole or refused with everything that is wrong in it."""

import json
import shutil
import unicodedata
from collections.abc import Callable
from datetime import date, time
from itertools import pairwise
from pathlib import Path

import pytest

from dialogs.words import Commune, Locality
from store.locality import LocalityError, bundled, load_locality, owner_of, warnings
from store.public_holidays import Days, days_of

# a point in the middle of each commune, from the table of units
MIDDLES = {
    "17728": (105.243, 18.86),
    "17743": (105.238, 18.8092),
    "17722": (105.075, 18.8006),
    "17759": (105.162, 18.7294),
    "17770": (105.287, 18.7541),
    "17791": (105.289, 18.6622),
    "17818": (105.409, 18.6325),
    "17713": (105.34, 18.7969),
    "17779": (105.406, 18.7264),
}


@pytest.fixture(scope="module")
def town() -> Locality:
    return load_locality(bundled())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the bundled pack, to spoil."""
    return Path(shutil.copytree(bundled(), tmp_path / "pack"))


def change(folder: Path, name: str, old: str, new: str) -> None:
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text, f"{name} has no {old!r}"
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")


def add(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.write_text(path.read_text(encoding="utf-8") + "\n" + text, encoding="utf-8")


def errors_of(folder: Path) -> tuple[str, ...]:
    with pytest.raises(LocalityError) as caught:
        load_locality(folder)
    assert str(caught.value).splitlines() == list(caught.value.errors)
    return caught.value.errors


def spoil_outline(folder: Path, spoil: Callable[[dict], None]) -> None:
    path = folder / "communes.geojson"
    content = json.loads(path.read_text(encoding="utf-8"))
    spoil(content["features"][0])
    path.write_text(json.dumps(content), encoding="utf-8")


def holds(commune: Commune, lon: float, lat: float) -> bool:
    """Tell by the even-odd rule whether a point lies inside."""
    crossings = 0
    for ring in commune.rings:
        for (x1, y1), (x2, y2) in pairwise(ring):
            crossings += (y1 > lat) != (y2 > lat) and lon < (x2 - x1) * (lat - y1) / (y2 - y1) + x1
    return crossings % 2 == 1


def unaccented(text: str) -> str:
    letters = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


# ---------------------------------------------------------------- the bundled pack


def test_the_bundled_pack_is_thanh_chuong_with_nine_communes_and_twenty_categories(town: Locality) -> None:
    assert (town.id, town.bot_name) == ("thanh_chuong", "Lắng Nghe")
    assert (len(town.communes), len(town.categories)) == (9, 20)
    assert [number.number for number in town.emergency_numbers] == ["113", "114", "115", "112", "111"]


def test_every_category_has_exactly_one_agency_in_every_commune(town: Locality) -> None:
    for category in town.categories:
        for commune in town.communes:
            owners = [a for a in town.agencies.values() if category in a.categories]
            owners = [a for a in owners if not a.communes or commune in a.communes]
            assert owners == [owner_of(town, category, commune)], (category, commune)


def test_an_agency_of_each_commune_is_named_after_its_commune(town: Locality) -> None:
    agency = town.agencies["kinh-te-17713"]
    assert agency.name == "Phòng Kinh tế xã Đại Đồng"
    assert (agency.room, town.rooms[agency.room].name) == ("ubnd-17713", "UBND xã Đại Đồng")
    assert town.agencies["cong-an-17791"].name == "Công an xã Kim Bảng"


def test_each_commune_has_its_six_offices_and_electricity_is_one_for_all(town: Locality) -> None:
    offices = ("kinh-te", "van-hoa-xa-hoi", "hanh-chinh-cong", "van-phong", "cong-an", "tram-y-te")
    assert {f"{office}-{commune}" for office in offices for commune in town.communes} <= set(town.agencies)
    assert {owner_of(town, "electricity", commune) for commune in town.communes} == {town.agencies["dien-luc"]}


def test_reports_about_officers_are_worked_in_the_sensitive_room_alone(town: Locality) -> None:
    owners = [a for a in town.agencies.values() if a.room == "sensitive"]
    assert [a.categories for a in owners] == [frozenset({"officer_conduct"})]
    assert town.rooms["sensitive"].kind == "sensitive"


def test_security_and_social_reports_are_sensitive_but_go_to_their_own_agency(town: Locality) -> None:
    for category, room in (("public_security", "cong-an-17713"), ("social_policy", "ubnd-17713")):
        owner = owner_of(town, category, "17713")
        assert town.categories[category].sensitive
        assert owner is not None and owner.room == room


def test_nobody_owns_an_unknown_category_and_an_unknown_commune_finds_only_the_towns_agencies(town: Locality) -> None:
    assert owner_of(town, "foo", "17713") is None
    assert owner_of(town, "land", "") is None
    assert owner_of(town, "electricity", "") == town.agencies["dien-luc"]


@pytest.mark.parametrize(("year", "units"), [(2019, 40), (2020, 38), (2024, 29)])
def test_all_old_units_of_a_year_are_there_once(town: Locality, year: int, units: int) -> None:
    names = [old.name for c in town.communes.values() for old in c.old_units if year in old.years]
    assert len(names) == len(set(names)) == units


def test_a_point_in_the_middle_of_a_commune_lies_in_its_outline_alone(town: Locality) -> None:
    for code, (lon, lat) in MIDDLES.items():
        assert [c.code for c in town.communes.values() if holds(c, lon, lat)] == [code]


def test_every_answer_is_short_and_can_be_asked_for_without_diacritics(town: Locality) -> None:
    for entry in town.faq:
        assert len(entry.answer.split()) <= 90, entry.id
        assert len(entry.wordings) >= 3, entry.id
        assert any(wording == unaccented(wording) for wording in entry.wordings), entry.id
        assert "  " not in entry.answer and "\\" not in entry.answer, entry.id


def test_one_can_ask_for_every_old_unit_and_hears_todays_commune(town: Locality) -> None:
    answers = {wording: entry.answer for entry in town.faq for wording in entry.wordings}
    for commune in town.communes.values():
        for old in commune.old_units:
            name = unaccented(old.name).removeprefix("xa ")
            answer = next(text for wording, text in answers.items() if f"{name} cu nay thuoc xa nao" in wording)
            assert answer.startswith(commune.name)
            assert old.name.split(" ", 1)[1].removeprefix("trấn ") in answer


def test_the_office_hours_told_are_those_that_count(town: Locality) -> None:
    spans = ((time(7, 30), time(11, 30)), (time(13, 30), time(17, 0)))
    assert town.office_hours.spans == dict.fromkeys(range(5), spans)
    answer = next(entry.answer for entry in town.faq if entry.id == "gio-lam-viec")
    assert "7 giờ 30 đến 11 giờ 30" in answer and "13 giờ 30 đến 17 giờ" in answer


def test_a_short_name_fits_on_a_button_and_no_two_are_alike(town: Locality) -> None:
    shorts = [category.short for category in town.categories.values()]
    assert len(set(shorts)) == 20 and max(map(len, shorts)) <= 24


@pytest.mark.parametrize(
    ("day", "off"),
    [
        (date(2026, 1, 2), True),
        (date(2026, 2, 16), True),
        (date(2026, 2, 20), True),
        (date(2026, 2, 23), False),
        (date(2026, 4, 27), True),
        (date(2026, 8, 31), True),
        (date(2026, 11, 24), True),
        (date(2027, 2, 5), True),
        (date(2027, 2, 10), True),
        (date(2027, 5, 3), True),
        (date(2030, 9, 3), True),
    ],
)
def test_public_holidays_with_tet_and_their_substitutes_are_days_off(town: Locality, day: date, off: bool) -> None:
    assert (day in town.office_hours.days_off) is off


def test_saturdays_worked_in_exchange_are_known(town: Locality) -> None:
    assert list(town.office_hours.swapped_workdays) == [date(2025, 4, 26), date(2026, 1, 10), date(2026, 8, 22)]


def test_the_bundled_pack_lacks_only_a_hotline(town: Locality) -> None:
    assert [line.split(": ")[:2] for line in warnings(town)] == [["locality.toml", "hotline"]]


# ---------------------------------------------------------------- what is refused


def test_all_errors_are_told_at_once_one_a_line(folder: Path) -> None:
    change(folder, "agencies.toml", '"telecom"', '"foo"')
    change(folder, "landmarks.toml", 'commune = "17779"', 'commune = "1"')
    change(folder, "categories.toml", "accept_hours = 4", 'accept_hours = "bốn"')
    (folder / "faq.toml").unlink()
    spoil_outline(folder, lambda feature: feature["geometry"].update(type="Point"))
    errors = errors_of(folder)
    assert [error.split(":")[0] for error in errors] == [
        "faq.toml",
        "categories.toml",
        "communes.geojson",
        "agencies.toml",
        "landmarks.toml",
    ]
    assert "agencies.toml: agency[2].categories: unknown category 'foo'" in errors


@pytest.mark.parametrize(
    ("name", "old", "new", "error"),
    [
        ("agencies.toml", '"telecom", ', "", "agency: category 'telecom' has no agency in any commune"),
        ("agencies.toml", 'room = "ubnd"', 'room = "x"', "agency[1].room: unknown room 'x'"),
        ("agencies.toml", 'room = "sensitive"', 'room = "ubnd"', "agency[9].room: unknown room 'ubnd'"),
        (
            "agencies.toml",
            'room = "sensitive"',
            'room = "dien-luc"',
            "agency[9].room: 'officer_conduct' must not be worked in an agency room ('dien-luc')",
        ),
        ("agencies.toml", 'head = "Chánh', 'haed = "Chánh', "agency[4].haed: unknown key"),
        (
            "agencies.toml",
            'head = "Lãnh đạo',
            'heads = { 17713 = "A" }\nhead = "Lãnh đạo',
            "agency[8]: heads and phones by commune need each_commune = true",
        ),
        ("agencies.toml", 'id = "dien-luc"', 'id = "nhay-cam"', "agency[9].id: 'nhay-cam' already in agency[8]"),
        (
            "rooms.toml",
            'kind = "intake"',
            'kind = "leaders"',
            "room: no room is of kind 'intake'; new reports would have nowhere to go",
        ),
        ("rooms.toml", 'id = "leaders"', 'id = "intake"', "room[3].id: 'intake' already in room[1]"),
        (
            "rooms.toml",
            'kind = "intake"',
            'kind = "intak"',
            "room[1].kind: Input should be 'agency', 'intake', 'sensitive', 'leaders' or 'operators'",
        ),
        ("communes.toml", 'code = "17728"', 'code = "17713"', "commune[2].code: '17713' already in commune[1]"),
        (
            "communes.toml",
            "years = [2019, 2020]",
            "years = []",
            "commune[1].old_units.1.years: List should have at least 1 item after validation, not 0",
        ),
        (
            "categories.toml",
            "answer_hours = 56",
            "answer_hours = 1",
            "category[1]: accept_hours is longer than answer_hours",
        ),
        ("categories.toml", "answer_hours = 56\n", "", "category[1].answer_hours: Field required"),
        ("categories.toml", 'id = "other"', 'id = "land"', "category[20].id: 'land' already in category[8]"),
        (
            "landmarks.toml",
            'name = "sông Rộ"',
            'name = "sông Lam"',
            "landmark[3].name: 'sông Lam' already in landmark[1]",
        ),
        (
            "faq.toml",
            '"lam giay khai sinh cho con o dau"',
            '"khai tử"',
            "faq[5].wordings: 'khai tử' already in faq[1]",
        ),
        ("locality.toml", "13:30-17:00", "17:00-13:30", "office_hours[1].spans.2: '17:00-13:30' ends before it begins"),
        (
            "locality.toml",
            "13:30-17:00",
            "13h30-17h",
            "office_hours[1].spans.2: '13h30-17h' is no time span like '7:30-11:30'",
        ),
        ("locality.toml", "13:30-17:00", "11:00-17:00", "office_hours[1]: two spans overlap"),
        (
            "locality.toml",
            "13:30-17:00",
            "13:30-24:00",
            "office_hours[1].spans.2: '13:30-24:00' is no time span like '7:30-11:30'",
        ),
        (
            "locality.toml",
            '"mon", ',
            '"monday", ',
            "office_hours[1].days.1: Input should be 'mon', 'tue', 'wed', 'thu', 'fri', 'sat' or 'sun'",
        ),
        ("locality.toml", "bot_name", "botname", "bot_name: Field required"),
        (
            "locality.toml",
            'hotline = ""',
            'hotline = "hỏi xã"',
            "hotline: String should match pattern '^[0-9+ .()-]*$'",
        ),
        ("locality.toml", '"114"', '"113"', "emergency_number[2].number: '113' already in emergency_number[1]"),
        (
            "holidays.toml",
            "date = 2026-01-10",
            "date = 2026-01-02",
            "workday[1].date: '2026-01-02' already in day_off[1]",
        ),
        (
            "holidays.toml",
            "date = 2026-01-10",
            'date = "10/1"',
            "workday[1].date: Input should be a valid date or datetime, input is too short",
        ),
        ("holidays.toml", "[[workday]]\ndate = 2026-01-10", "[[work]]\ndate = 2026-01-10", "work: unknown key"),
    ],
)
def test_a_fault_is_told_with_its_file_and_key(folder: Path, name: str, old: str, new: str, error: str) -> None:
    change(folder, name, old, new)
    assert f"{name}: {error}" in errors_of(folder)


def test_an_agency_that_stands_twice_in_each_commune_is_one_error(folder: Path) -> None:
    change(folder, "agencies.toml", 'id = "mat-tran"', 'id = "cong-an"')
    (error,) = errors_of(folder)
    assert error.startswith("agencies.toml: agency[7].id: 'cong-an-17713', ") and error.endswith(
        " already in agency[5]"
    )


def test_two_agencies_for_one_category_are_refused_with_both_names(folder: Path) -> None:
    new = '[[agency]]\nid = "thuy-loi"\nname = "Thủy lợi"\nroom = "dien-luc"\ncategories = ["water_supply"]\n'
    add(folder, "agencies.toml", new + 'communes = ["17713"]\n')
    category = "category 'water_supply'"
    assert errors_of(folder) == (
        f"agencies.toml: agency: {category} has two agencies in 17713: kinh-te-17713, thuy-loi",
    )


def test_a_category_without_agency_in_one_commune_is_refused(folder: Path) -> None:
    codes = ", ".join(f'"{code}"' for code in MIDDLES if code != "17779")
    change(folder, "agencies.toml", 'id = "tram-y-te"\n', f'id = "tram-y-te"\ncommunes = [{codes}]\n')
    assert errors_of(folder) == ("agencies.toml: agency: category 'health_food_safety' has no agency in 17779",)


@pytest.mark.parametrize("name", sorted(path.name for path in bundled().iterdir()))
def test_a_missing_file_is_one_error_and_not_a_hundred(folder: Path, name: str) -> None:
    (folder / name).unlink()
    missing = f"{name}: the file is missing"
    assert missing in errors_of(folder)
    assert len(errors_of(folder)) <= 2


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    assert errors_of(tmp_path / "none") == (f"{tmp_path / 'none'}: there is no such folder",)


@pytest.mark.parametrize("content", ["[[category]\n", "category = 1\n", "\ufeff", "category = [1]\n"])
def test_a_file_that_is_no_pack_file_is_told_by_name(folder: Path, content: str) -> None:
    (folder / "categories.toml").write_text(content, encoding="utf-8")
    assert errors_of(folder)[0].startswith("categories.toml: ")


def test_a_file_that_is_not_utf_8_is_told_by_name(folder: Path) -> None:
    (folder / "faq.toml").write_bytes("# hỏi đáp".encode("utf-16"))
    assert errors_of(folder)[0].startswith("faq.toml: no valid TOML in UTF-8")


@pytest.mark.parametrize(
    ("spoil", "error"),
    [
        (lambda f: f["geometry"]["coordinates"][0].pop(), "a ring is not closed"),
        (lambda f: f["geometry"].update(coordinates=[[[105, 18], [105.1, 18], [105, 18]]]), "fewer than four points"),
        (lambda f: f["geometry"].update(coordinates=[[[105, 18]] * 4]), "a ring has no area"),
        (lambda f: [p.reverse() for p in f["geometry"]["coordinates"][0]], "are lon and lat swapped?"),
        (lambda f: f["geometry"].update(coordinates=[[[105], [106], [107], [105]]]), "a point is not [lon, lat]"),
        (lambda f: f["geometry"].update(coordinates=[[105, 18]]), "no lists of [lon, lat] points"),
        (lambda f: f["geometry"].update(coordinates=[]), "is empty"),
        (lambda f: f.update(geometry=None), "nothing is neither Polygon nor MultiPolygon"),
        (lambda f: f.update(id="1", properties={"code": "1"}), "unknown commune '1'"),
        (lambda f: f.update(properties={"code": "17722"}), "commune '17722' has an outline already"),
        (lambda f: (f.pop("id"), f.pop("properties")), "properties.code: is missing"),
    ],
)
def test_a_bad_outline_is_refused(folder: Path, spoil: Callable[[dict], None], error: str) -> None:
    spoil_outline(folder, spoil)
    errors = errors_of(folder)
    assert len(errors) == 1
    assert errors[0].startswith("communes.geojson: features[") and error in errors[0]


@pytest.mark.parametrize("content", ["{", "[]", '{"features": 1}'])
def test_an_outline_file_that_is_no_geojson_is_refused(folder: Path, content: str) -> None:
    (folder / "communes.geojson").write_text(content, encoding="utf-8")
    assert errors_of(folder)[0].startswith("communes.geojson: ")


# ---------------------------------------------------------------- what is allowed


def test_heads_and_phones_go_by_commune(folder: Path) -> None:
    change(
        folder,
        "agencies.toml",
        'id = "kinh-te"\n',
        'id = "kinh-te"\nheads = { 17713 = "Bà A" }\nphones = { 17713 = "113" }\n',
    )
    town = load_locality(folder)
    assert (town.agencies["kinh-te-17713"].head, town.agencies["kinh-te-17713"].phone) == ("Bà A", "113")
    assert (town.agencies["kinh-te-17728"].head, town.agencies["kinh-te-17728"].phone) == ("Trưởng phòng Kinh tế", "")


def test_the_towns_own_days_stand_above_the_public_holidays(folder: Path) -> None:
    add(folder, "holidays.toml", '[[workday]]\ndate = 2027-02-04\nname = "Vẫn làm việc"\n')
    add(folder, "holidays.toml", '[[day_off]]\ndate = 2026-08-22\nname = "Nghỉ bão"\n')
    hours = load_locality(folder).office_hours
    assert date(2027, 2, 4) not in hours.days_off and hours.swapped_workdays[date(2027, 2, 4)] == "Vẫn làm việc"
    assert date(2026, 8, 22) not in hours.swapped_workdays and hours.days_off[date(2026, 8, 22)] == "Nghỉ bão"


def test_decomposed_letters_in_a_file_are_composed(folder: Path) -> None:
    path = folder / "communes.toml"
    path.write_text(unicodedata.normalize("NFD", path.read_text(encoding="utf-8")), encoding="utf-8")
    assert load_locality(folder).communes["17713"].name == "Xã Đại Đồng"


def test_an_outline_of_several_parts_keeps_them_all(folder: Path) -> None:
    spoil_outline(
        folder, lambda f: f.update(geometry={"type": "MultiPolygon", "coordinates": [f["geometry"]["coordinates"]] * 2})
    )
    assert len(load_locality(folder).communes["17713"].rings) == 2


def test_what_is_wished_for_and_missing_is_a_warning(folder: Path) -> None:
    for kind in ("sensitive", "leaders", "operators"):
        change(folder, "rooms.toml", f'kind = "{kind}"', 'kind = "intake"')
    change(folder, "agencies.toml", 'head = "Chánh Văn phòng"\n', "")
    change(folder, "holidays.toml", "date = 2026-01-10", "date = 2062-01-10")
    (folder / "communes.geojson").write_text('{"features": []}', encoding="utf-8")
    found = warnings(load_locality(folder))
    assert sum("no room of kind" in line for line in found) == 3
    assert sum("no head is named" in line for line in found) == 9
    assert sum("no outline" in line for line in found) == 9
    assert "holidays.toml: 2062-01-10 is outside 2025-2030" in found


def test_the_holidays_of_every_country_are_read_when_a_day_is_asked_for_and_not_before() -> None:
    asked: list[str] = []
    days = Days(lambda: asked.append("asked") or {date(2026, 2, 17): "Mùng một Tết"})  # type: ignore[func-returns-value]
    assert not asked
    assert date(2026, 2, 17) in days and days[date(2026, 2, 17)] == "Mùng một Tết" and len(days) == 1
    assert asked == ["asked"]


def test_what_the_town_says_of_a_day_holds_above_the_law() -> None:
    tet, saturday = date(2027, 2, 6), date(2026, 8, 22)
    days_off, workdays = days_of({saturday: "Nghỉ bão"}, {tet: "Trực Tết"})
    assert tet not in days_off and workdays[tet] == "Trực Tết"
    assert saturday not in workdays and days_off[saturday] == "Nghỉ bão"
