"""What a public page must not show is masked; what the town itself publishes stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.privacy import public_text


@pytest.mark.parametrize(
    "number",
    [
        "0912345678",
        "0912.345.678",
        "0912 345 678",
        "+84 912 345 678",
        "84912345678",
        "(+84)912345678",
        "o912 345 678",
        "0238 382 1234",
    ],
)
def test_telephone_numbers_go_however_they_are_written(number: str) -> None:
    assert "345" not in public_text(f"gọi em số {number} nhé") and "382" not in public_text(f"gọi {number}")


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("CCCD 040123456789 của tôi", "040123456789"),
        ("stk 1903 4567 8901 ở ngân hàng", "8901"),
        ("gửi về lan.nguyen@example.com", "lan.nguyen"),
        ("xe 37C-123.45 chở đất", "123.45"),
        ("biển số 37h1 12345", "12345"),
        ("facebook.com/ai.do.123 nhắn", "ai.do"),
        ("ông Hùng xả nước", "Hùng"),
        ("chị nguyễn thị hoa ở cuối xóm", "nguyễn thị hoa"),
        ("ong hung ban tap hoa", "hung"),
        ("cô giáo Mai quát cháu", "Mai"),
        ("chủ tịch xã Trần Văn Bình", "Bình"),
        ("tôi tên Lê Văn Nam", "Lê Văn Nam"),
        ("nhà em ở số nhà 45 ngõ 12", "45"),
        ("mẹ tôi sinh năm 1950", "1950"),
        ("không chín một hai ba bốn năm sáu bảy tám", "bốn năm"),
        ("0912 ba bốn năm sáu bảy tám", "bốn năm"),
        ("0912345678/0987654321", "0987654321"),
        ("0912345678 (Hùng)", "Hùng"),
        ("hoanguyen85 a cong gmail cham com", "hoanguyen85"),
        ("tiktok @hoaxinh99", "hoaxinh99"),
        ("thẻ bảo hiểm DN 4 40 40 123 45678", "45678"),
        ("so tai khoan agribank 3600 2051 23456", "2051"),
        ("xe 37 H8 1234", "1234"),
        ("Tôi là Nguyễn Đình Chiến", "Chiến"),  # mostly capitals, and not shouted
        ("toi la nguyen dinh chien o xom 3", "dinh chien"),
        ("gia đình chị Xuân", "Xuân"),  # not the communal house
        ("tên con tôi là Bảo Anh", "Bảo"),
        ("minh la Thảo", "Thảo"),
        ("Alo tôi Hưng ở xóm 6", "Hưng"),
        ("bà cố cháu tên Mạo", "Mạo"),
        ("kế toán Thuý", "Thuý"),
        ("cán bộ địa chính Hoàn nhận tiền", "Hoàn"),
        ("chi Hoa va anh Binh", "Binh"),
        ("ông hòa bà thắm", "hòa"),
        ("lão Tám", "Tám"),
        ("fb Hoa Nguyễn", "Hoa"),
        ("nha toi so 15 duong le loi", "15"),
        ("nhà ở số 18 khối 2", "18"),
        ("địa chỉ: 35 Nguyễn Thị Minh Khai", "35"),
    ],
)
def test_what_points_to_a_person_is_masked(text: str, secret: str) -> None:
    assert secret not in public_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "QL46 và ĐT533 ngập 40cm từ năm 2024",
        "gọi 113, 1022 hay 1900 6769",
        "mã TC-7K3F-2Q báo ba lần",
        "thu 1.250.000đ và 500k một hộ",
        "đường Bà Triệu, cầu Ông Đồ, ngã ba Cô Bốn",
        "trường THPT Nguyễn Sỹ Sách ở xã Xuân Lâm",
        "đường Hồ Chí Minh km 12+500",
        "bà con anh em xóm 7, bác sĩ và cô giáo",
        "chú bảo em đăng ký, thầy trung tâm hẹn lại",
        "biên nhận 0123456789123 hẹn ngày 12/11/2026",
        "ho chi minh, chi phi, con duong, o dong xom",
        "Công ty TNHH Hoàng Anh, công ty Minh Khai",
        "tên đường Lê Lợi, biển tên Đường bị mất",
        "cán bộ Thanh tra, bác Bảo vệ, bà bình thường, em là Sinh viên",
        "quê tôi là Thanh Lĩnh, tu Do Luong ve, ngoai Con Cuong",
        "mã hồ sơ 0123456789",
        "tôi là người xóm 3, gia đình chính sách",
        "địa chỉ, 2 địa chỉ khác nhau",
    ],
)
def test_roads_hotlines_prices_places_and_common_words_stay(text: str) -> None:
    assert public_text(text) == text


def test_the_cue_before_a_name_stays_so_that_the_sentence_reads() -> None:
    assert public_text("Ông Hùng đổ rác") == "Ông [tên] đổ rác"


@given(st.text())
def test_any_text_has_a_public_version(text: str) -> None:
    assert isinstance(public_text(text), str)
