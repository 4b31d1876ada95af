"""A report is written out for people: what was said, where, and nothing that is not theirs to see."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs.cards import (
    SHOWN_TEXT,
    confirmation_card,
    moment,
    place_line,
    report_details,
    report_line,
    sender_line,
    shorten,
)
from dialogs.draft import Draft
from dialogs.staff_card import card_buttons, likely_agencies
from dialogs.words import Place, Status
from tests.talking import CODE, DAI_DONG, a_context, a_report
from tests.town import thanh_chuong

PACK = thanh_chuong()

# ---------------------------------------------------------------- places


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (Place("xóm 5", DAI_DONG, "Thanh Lĩnh"), "xóm 5, xã Đại Đồng (Thanh Lĩnh cũ)"),
        (Place("xóm 5", DAI_DONG), "xóm 5, xã Đại Đồng"),
        (Place("", DAI_DONG), "xã Đại Đồng"),
        (Place("xóm 5"), "xóm 5"),
        (Place("xóm 5 xa dai dong", DAI_DONG), "xóm 5, xã Đại Đồng"),
        (Place("xom 3 xa dai dong", DAI_DONG), "xóm 3, xã Đại Đồng"),
        (Place("XÓM 3, XÃ ĐẠI ĐỒNG", DAI_DONG), "xóm 3, xã Đại Đồng"),
        (Place("truoc cho, thon 2 xa dai dong cu", DAI_DONG), "truoc cho, thôn 2, xã Đại Đồng cu"),
        (Place("xom 5, xã Đại Đồng (Thanh Lĩnh cũ)", DAI_DONG, "Thanh Lĩnh"), "xóm 5, xã Đại Đồng (Thanh Lĩnh cũ)"),
        (Place("xom moi", DAI_DONG), "xom moi, xã Đại Đồng"),
        (Place("xom 3"), "xóm 3"),
        (Place("o xa dai dong", DAI_DONG), "xã Đại Đồng"),
        (Place("ở Thanh Lĩnh", DAI_DONG, "Thanh Lĩnh"), "xã Đại Đồng (Thanh Lĩnh cũ)"),
        (Place("chợ Đại Đồng", DAI_DONG), "chợ Đại Đồng, xã Đại Đồng"),
        (Place("", "", lat=18.7969, lon=105.34), "18.7969, 105.3400"),
        (Place("cổng trường", "", lat=18.7969, lon=105.34), "cổng trường"),
        (Place("", "99999"), ""),
        (Place(), ""),
    ],
)
def test_a_place_is_told_in_the_persons_words_with_the_commune_of_today(place: Place, line: str) -> None:
    assert place_line(place, PACK) == line


# ---------------------------------------------------------------- the confirmation card


def test_the_card_shows_every_row_that_will_be_sent() -> None:
    place = {"text": "xóm 5", "commune": DAI_DONG}
    draft = Draft(text="đèn hỏng", category="lighting_greenery", place=place, media=["1", "2"], name="Hoa", phone="09")
    assert confirmation_card(draft, PACK).splitlines() == [
        "• Việc: đèn hỏng",
        "• Loại: Đèn đường, cây xanh",
        "• Nơi: xóm 5, xã Đại Đồng",
        "• Ảnh, tệp: 2",
        "• Người gửi: Hoa · 09",
    ]


def test_the_card_says_what_is_not_known() -> None:
    assert confirmation_card(Draft(), PACK).splitlines() == [
        "• Việc: (chưa có lời)",
        "• Loại: chưa rõ",
        "• Nơi: chưa rõ",
        "• Người gửi: không nêu tên",
    ]


@pytest.mark.parametrize(
    ("name", "phone", "line"),
    [("Hoa", "", "Hoa"), ("", "09", "09"), ("", "", "không nêu tên"), ("Hoa", "09", "Hoa · 09")],
)
def test_the_sender_is_what_they_left_of_themselves(name: str, phone: str, line: str) -> None:
    assert sender_line(name, phone) == line


@given(st.text(max_size=1000), st.integers(2, 400))
def test_a_shortened_text_is_a_beginning_of_it(text: str, limit: int) -> None:
    short = shorten(text, limit)
    assert len(short) <= limit + 1
    assert text.strip().startswith(short.removesuffix("…")) or short == text.strip()


def test_a_long_text_is_cut_at_a_word() -> None:
    assert shorten("đường hỏng nặng, lầy lội", 17) == "đường hỏng nặng…"
    assert len(shorten("a" * 5000)) == SHOWN_TEXT + 1


# ---------------------------------------------------------------- a report as it is followed


def test_the_own_report_is_shown_whole() -> None:
    report = a_report(
        status=Status.NEED_INFO,
        accepted_at=datetime(2026, 11, 23, 3, 0, tzinfo=UTC),
        due_at=datetime(2026, 11, 25, 9, 30, tzinfo=UTC),
        question="Cột số mấy ạ?",
        outcome="Đã thay bóng",
    )
    assert report_details(report, PACK).splitlines() == [
        f"{CODE}: chờ trả lời câu hỏi",
        "• Việc: đèn đường xóm 5 hỏng cả tuần nay",
        "• Loại: Đèn đường, cây xanh",
        "• Nơi: xóm 5, xã Đại Đồng (Thanh Lĩnh cũ)",
        "• Nơi xử lý: Phòng Kinh tế xã Đại Đồng",
        "• Gửi lúc: 09:00 thứ Hai 23/11",
        "• Hẹn trả lời: 16:30 thứ Tư 25/11",
        "• Cán bộ hỏi: Cột số mấy ạ?",
        "• Kết quả: Đã thay bóng",
    ]


def test_the_promised_date_is_told_only_when_somebody_has_accepted() -> None:
    assert "Hẹn trả lời" not in report_details(a_report(due_at=datetime(2026, 11, 25, tzinfo=UTC)), PACK)


def test_of_anothers_report_only_the_public_text_is_shown() -> None:
    report = a_report(mine=False, text="gọi 0912345678", public_text="gọi [số]", question="Nhà ở đâu?", outcome="Xong")
    details = report_details(report, PACK)
    assert "0912345678" not in details and "gọi [số]" in details
    assert "Nhà ở đâu?" not in details and "Xong" in details


def test_of_anothers_place_only_the_commune_is_shown() -> None:
    report = a_report(mine=False, place=Place("trước nhà chị Lan 0912345678", DAI_DONG, lat=18.79, lon=105.33))
    details = report_details(report, PACK)
    assert "• Nơi: xã Đại Đồng" in details.splitlines()
    assert "Lan" not in details and "0912" not in details and "18.79" not in details


def test_of_anothers_sensitive_report_neither_matter_nor_outcome_is_shown() -> None:
    report = a_report(mine=False, sensitive=True, text="bí mật", public_text="bí mật", outcome="kết luận", agency="")
    details = report_details(report, PACK)
    assert "bí mật" not in details and "kết luận" not in details


def test_of_anothers_report_in_a_field_kept_from_public_pages_nothing_is_told_either() -> None:
    told = {"text": "đánh vợ", "public_text": "đánh vợ", "outcome": "đã hoà giải"}
    report = a_report(mine=False, category="public_security", **told)
    shown = report_details(report, PACK)
    assert "đánh vợ" not in shown and "đã hoà giải" not in shown
    assert "đánh vợ" in report_details(replace(report, mine=True), PACK)


def test_the_place_of_anothers_sensitive_report_is_nobodys_business() -> None:
    place = Place("nhà ông trưởng xóm 5", DAI_DONG)
    report = a_report(mine=False, sensitive=True, place=place, category="officer_conduct")
    assert report_details(report, PACK).splitlines() == [
        f"{CODE}: đã chuyển nơi xử lý",
        "• Gửi lúc: 09:00 thứ Hai 23/11",
    ]
    assert "trưởng xóm" in report_details(replace(report, mine=True), PACK)


def test_a_line_of_a_list_is_one_line() -> None:
    line = report_line(a_report(text="đèn hỏng\n\nở xóm 5 " + "tối om " * 30), PACK)
    assert line.startswith(f"{CODE} · đã chuyển nơi xử lý · 23/11: đèn hỏng")
    assert "\n" not in line


@pytest.mark.parametrize("status", list(Status))
def test_every_status_can_be_shown(status: Status) -> None:
    report = a_report(status=status)
    assert report_line(report, PACK) and report_details(report, PACK)


def test_a_report_of_a_category_or_agency_that_the_pack_has_lost_can_still_be_shown() -> None:
    report = a_report(category="gone", agency="gone", place=Place("", "gone"))
    assert "gone" in report_details(report, PACK)


@pytest.mark.parametrize(
    ("at", "told"),
    [
        (datetime(2026, 11, 23, 2, 0, tzinfo=UTC), "09:00 thứ Hai 23/11"),
        (datetime(2026, 11, 28, 17, 30, tzinfo=UTC), "00:30 Chủ nhật 29/11"),
    ],
)
def test_times_are_told_in_the_towns_own_time(at: datetime, told: str) -> None:
    assert moment(at) == told


# ---------------------------------------------------------------- the officers' card


@pytest.mark.parametrize(
    ("status", "buttons"),
    [
        (Status.RECEIVED, ["accept", "forward", "ask", "refuse"]),
        (Status.ASSIGNED, ["accept", "forward", "ask", "refuse"]),
        (Status.IN_PROGRESS, ["forward", "ask", "finish", "refuse"]),
        (Status.NEED_INFO, ["forward", "finish", "refuse"]),
        (Status.RESOLVED, ["reopen"]),
        (Status.CLOSED, ["reopen"]),
        (Status.REJECTED, ["reopen"]),
        (Status.MERGED, []),
        (Status.WITHDRAWN, []),
    ],
)
def test_a_card_has_the_buttons_that_the_reports_life_allows(status: Status, buttons: list[str]) -> None:
    assert [choice.id for choice in card_buttons(a_report(status=status))] == [
        f"/case {CODE} {name}:2" for name in buttons
    ]


def test_units_of_the_same_commune_come_first_and_those_for_the_field_before_others() -> None:
    report = a_report(category="education_culture")
    likely = likely_agencies(report, a_context())
    assert likely[0].id == f"van-hoa-xa-hoi-{DAI_DONG}"
    assert report.agency not in {agency.id for agency in likely}
    near = [not agency.communes or DAI_DONG in agency.communes for agency in likely]
    assert near == sorted(near, reverse=True)


def test_for_a_report_without_a_commune_the_units_of_the_whole_town_come_first() -> None:
    report = replace(a_report(category="electricity", agency=""), place=Place("đâu đó"))
    assert likely_agencies(report, a_context())[0].id == "dien-luc"
