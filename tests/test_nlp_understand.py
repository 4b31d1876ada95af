"""What a message is about, end to end: kind, category, flags, place, public text, and an answer to anything at all."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogs.words import Prediction
from nlp.model import Model
from nlp.understand import Understanding
from tests.town import thanh_chuong


@pytest.fixture(scope="session")
def understanding(model_folder: Path) -> Understanding:
    return Understanding(thanh_chuong(), Model.load(model_folder))


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("đèn đường xóm 5 Thanh Lĩnh hỏng cả tuần nay rồi", "lighting_greenery"),
        ("den duong xom 5 thanh linh hong ca tuan nay roi", "lighting_greenery"),
        ("rác chất đống trước chợ bốn ngày không ai gom", "waste_sanitation"),
        ("mất nước sinh hoạt từ sáng tới giờ", "water_supply"),
        ("karaoke ồn ào tới nửa đêm không ai ngủ được", "noise_nuisance"),
        ("ổ gà to giữa đường vào trường, mấy người ngã rồi", "road_infrastructure"),
        ("cán bộ một cửa quát nạt dân, hách dịch", "officer_conduct"),
        ("mat nuoc", "water_supply"),
        ("den tat", "lighting_greenery"),
        ("duong hong", "road_infrastructure"),
    ],
)
def test_a_plain_report_finds_its_category(understanding: Understanding, text: str, category: str) -> None:
    seen = understanding.understand(text)
    assert (seen.kind in ("report", "proposal"), seen.category) == (True, category)
    assert seen.alternatives[0] == (category, seen.confidence) and seen.why


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("cảm ơn các anh chị nhiều ạ", "thanks"),
        ("xin chào", "greeting"),
        ("an com chua", "chatter"),
        ("troi nong qua", "chatter"),
        ("cho em hỏi làm giấy khai sinh cần những giấy tờ gì ạ?", "question"),
        ("vay tiền nhanh không thế chấp giải ngân trong ngày, liên hệ zalo", "spam"),
        ("phản ánh của tôi gửi tuần trước xử lý đến đâu rồi", "status"),
    ],
)
def test_what_is_no_report_has_no_category(understanding: Understanding, text: str, kind: str) -> None:
    seen = understanding.understand(text)
    assert (seen.kind, seen.category, seen.confidence) == (kind, "", 0.0)


@pytest.mark.parametrize(
    "text",
    [
        "cháy nhà bà Tư, lửa bốc lên mái rồi, có người mắc kẹt bên trong",
        "chay nha roi, lua boc len mai, con nguoi ket ben trong cuu voi",
        "có cháu bé đuối nước ở bến đò, chưa vớt lên được",
        "xe cháy ở cầu Rộ",
        "cứu với bà ơi",
        "bo em bi ran can",
    ],
)
def test_danger_now_is_urgent(understanding: Understanding, text: str) -> None:
    assert understanding.understand(text).urgent


@pytest.mark.parametrize(
    "text",
    [
        "bóng đèn nhà văn hóa bị cháy từ tuần trước",
        "cá chết nổi trên hồ",
        "cho vay lãi cắt cổ",
        "rác ngập đầu ngõ",
        "nuoc chay khong ra xom 3 thanh mai",
        "duong vao nha no hu roi",
        "xe chay ao ao qua cong truong",
        "may bom chay yeu qua",
        "xe chạy ở cầu Rộ",
        "có bơm nước ở ruộng mà không chạy",
        "em chào cô",
        "đang bận",
        "ba noi nham roi",
    ],
)
def test_words_of_danger_in_calm_messages_are_not(understanding: Understanding, text: str) -> None:
    assert not understanding.understand(text).urgent


def test_an_accused_official_opens_the_legal_door(understanding: Understanding) -> None:
    assert understanding.understand(
        "trưởng xóm nhận tiền của dân rồi ký khống danh sách hộ nghèo cho anh ruột"
    ).denunciation
    assert not understanding.understand("chị tiếp dân nói năng hơi gắt, chờ lâu").denunciation


def test_the_why_is_made_of_the_writers_own_words(understanding: Understanding) -> None:
    text = "đèn đường tối om cả xóm"
    assert all(phrase in text for phrase in understanding.explain(text))


@pytest.mark.parametrize(
    "text",
    [
        "nuoc chay khong ra xom 3 thanh mai",
        "Xóm 5 Thanh Lĩnh nợ 200k tiền điện từ 7h tối",
        "rác ở chợ Rộ xóm 12, gọi 0912345678",
    ],
)
def test_a_place_or_a_number_is_no_reason(understanding: Understanding, text: str) -> None:
    why = understanding.explain(text)
    assert why and not any(word in phrase for phrase in why for word in ("⟨", "xóm", "xom", "thanh", "Rộ"))


def test_water_that_does_not_run_is_no_fire(understanding: Understanding) -> None:
    assert understanding.understand("nuoc chay khong ra xom 3 thanh mai").category == "water_supply"
    assert understanding.understand("chay nha o xom 3 thanh mai roi").category == "emergency_disaster"


def test_the_public_text_and_the_place_come_along(understanding: Understanding) -> None:
    seen = understanding.understand("ông Hùng xóm 5 Thanh Lĩnh đổ rác ra mương, gọi 0912345678")
    assert seen.place is not None and seen.place.commune == "17713"
    assert "Hùng" not in seen.public_text and "0912345678" not in seen.public_text


BAD = [
    "",
    " ",
    "\x00\x00",
    "\ud800\udfff",
    "🙂🙂🙂",
    "السلام عليكم",
    "你好吗",
    "a" * 1_000_000,
    "đ" * 200_000,
    "\n\t\r",
    "1",
    "?!…",
    "İ" * 50,
]


@pytest.mark.parametrize("text", BAD)
def test_bad_input_gets_an_answer(understanding: Understanding, text: str) -> None:
    assert isinstance(understanding.understand(text), Prediction)


@pytest.mark.parametrize("text", ["", "\x00", "\ud800", "🙂", "12345", "…"])
def test_what_says_nothing_is_chatter_without_a_category(understanding: Understanding, text: str) -> None:
    seen = understanding.understand(text)
    assert (seen.kind, seen.category) == ("chatter", "")


@settings(max_examples=150, deadline=None)
@given(text=st.text(st.characters(), max_size=300))
def test_any_text_at_all_is_understood_somehow(understanding: Understanding, text: str) -> None:
    seen = understanding.understand(text)
    assert bool(seen.category) == (seen.kind in ("report", "proposal"))
    assert 0.0 <= seen.confidence <= 1.0


def test_many_threads_get_the_answers_of_one(understanding: Understanding) -> None:
    texts = ["đèn đường tắt", "mat nuoc", "cảm ơn", "cháy rừng keo", "ổ gà xóm 5 Võ Liệt"] * 20
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(understanding.understand, texts)) == [understanding.understand(text) for text in texts]


@pytest.mark.parametrize("text", ["asdkjh qweqwe zxczxc", "fdsjkl", "qwpoeiruty mnbvcx"])
def test_letters_that_are_no_words_have_no_field(understanding: Understanding, text: str) -> None:
    seen = understanding.understand(text)
    assert (seen.kind, seen.category) == ("chatter", "")
