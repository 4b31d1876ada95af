"""What people say in words of their own is read for what it is: a command, giving up, a question, a correction."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs.answers import fold, is_call, is_no, is_yes, says_little
from dialogs.dialog import choice
from dialogs.spoken import (
    SPOKEN,
    asks,
    command_of,
    gives_up,
    holds,
    is_afraid,
    is_afterthought,
    is_content,
    is_impatient,
    set_right,
    wants_facts,
)
from dialogs.staff import StaffDialog
from dialogs.where import corrected, names_only, spot_of
from dialogs.words import FaqEntry, Place, Prediction
from nlp.examples import CORPUS
from tests.talking import DAI_DONG, Conversation, FakeLookup, a_context, a_report
from tests.town import places, thanh_chuong

DARK = Prediction("report", "lighting_greenery", 0.93, (("lighting_greenery", 0.93),), place=Place("xóm 5", DAI_DONG))
CHATTER = Prediction("chatter")

# ---------------------------------------------------------------- yes and no


@pytest.mark.parametrize(
    "said",
    ["dung roi chau", "ừ cháu", "phai roi", "a gui di", "GỬI ĐI EM", "ok em", "the thi gui", "👍", "đúng, gửi đi"],
)
def test_a_yes_may_call_somebody_and_be_polite(said: str) -> None:
    assert is_yes(said)


@pytest.mark.parametrize(
    "said", ["dừng", "dừng lại", "đừng", "đừng gửi", "dung gui", "gửi chưa?", "có gửi không", "gui lam chi", "…", "👎"]
)
def test_what_may_mean_the_opposite_is_no_yes(said: str) -> None:
    assert not is_yes(said)


def test_broken_is_no_no() -> None:
    assert is_no("hông")
    assert not is_no("hỏng rồi")


@pytest.mark.parametrize(("said", "calls"), [("em ơi", True), ("dạ cháu", True), ("ở nhà", False), ("", False)])
def test_who_only_calls_has_said_nothing_yet(said: str, calls: bool) -> None:
    assert is_call(said) is calls


@pytest.mark.parametrize(
    ("said", "little"), [("ok em", True), ("?", True), ("xong rồi nhé", True), ("đã thay bóng", False), ("", True)]
)
def test_what_says_little_is_told_from_an_outcome(said: str, little: bool) -> None:
    assert says_little(said) is little


# ---------------------------------------------------------------- commands and giving up


@pytest.mark.parametrize(
    ("said", "command"),
    [
        ("phan anh cua toi voi em", "/mine"),
        ("em muốn rút lại phản ánh", "/mine"),
        ("xoa het thong tin cua toi di", "/forget"),
        ("hướng dẫn tôi với", "/help"),
        ("cho toi nhan tin cat dien", "/theodoi"),
        ("nhận tin mất nước", "/theodoi"),
        ("nhan tin hom qua ma bot hoi di hoi lai cai dia chi 3 lan", ""),
        ("nhận thông báo nộp phạt trong khi nhà em ở quê", ""),
        ("chưa nhận thông báo tiền điện", ""),
        ("thoi khong can nua", "/cancel"),
        ("thôi đi ngủ", ""),
        ("không có nước", ""),
        ("bỏ rác bừa bãi", ""),
        ("", ""),
    ],
)
def test_a_command_is_understood_with_what_is_said_around_it(said: str, command: str) -> None:
    assert command_of(said) == command


def test_no_report_of_the_corpus_is_taken_for_a_command() -> None:
    reports = [line for file in CORPUS.glob("*.txt") for line in file.read_text(encoding="utf-8").splitlines()]
    assert len(reports) > 10_000
    assert [report for report in reports if command_of(report)] == []


def test_the_spoken_commands_are_written_as_they_are_compared() -> None:
    assert {fold(said) for said in SPOKEN} == set(SPOKEN)
    assert all(command_of(said) == command for said, command in SPOKEN.items())


@pytest.mark.parametrize(
    ("said", "up"), [("à mà thôi", True), ("đừng gửi", True), ("dung gui", False), ("thôi?", False)]
)
def test_giving_up_is_never_guessed(said: str, up: bool) -> None:
    assert gives_up(said) is up


def test_who_wants_to_wait_has_not_given_up() -> None:
    assert holds("khoan đã")
    assert not gives_up("khoan đã")


# ---------------------------------------------------------------- questions


@pytest.mark.parametrize("said", ["cái ni ai xử lý", "sao phải hỏi", "mấy giờ thì có", "chi", "bao giờ sửa", "ở mô?"])
def test_a_question_is_seen_without_its_mark(said: str) -> None:
    assert asks(said)


@pytest.mark.parametrize("said", ["gần trường tiểu học", "xóm 5 Thanh Lĩnh", "trước nhà ông Hùng"])
def test_a_place_is_no_question(said: str) -> None:
    assert not asks(said)
    assert not wants_facts(said)


def test_impatience_and_afterthoughts_are_told_apart() -> None:
    assert is_impatient("sao lau rua")
    assert is_impatient("bao giờ thì có nước")
    assert not is_impatient("đèn hỏng")
    assert is_afterthought("à quên, cả xóm 4 nữa")
    assert not is_afterthought("quên hết cả")


@pytest.mark.parametrize(
    ("said", "content"),
    [("sáng rồi em", True), ("tốt lắm", True), ("xong rồi mà vẫn tối", False), ("chưa xong", False)],
)
def test_who_is_content_is_told_from_who_is_not(said: str, content: bool) -> None:
    assert is_content(said) is content


def test_who_fears_to_be_named_is_told_what_is_kept_secret() -> None:
    assert is_afraid("sợ bị trả thù lắm")
    talk = Conversation(FakeLookup(entries=[FaqEntry("an-danh", "Phản ánh có bị lộ tên không?", "Không ạ.")]))
    talk.say("cán bộ đòi tiền", Prediction("report", "officer_conduct", 0.9, (("officer_conduct", 0.9),)))
    talk.say("sợ bị trả thù lắm", Prediction("report", "officer_conduct", 0.4, denunciation=True))
    assert talk.talk.state == "place"
    assert "place" not in talk.talk.memory["draft"]


# ---------------------------------------------------------------- setting right


@pytest.mark.parametrize(
    ("said", "right"),
    [
        ("khong phai xom 5 ma la xom 6", "xom 6"),
        ("không phải xóm 5, xóm 6 cơ", "xóm 6"),
        ("ko phai xom 5 la xom 6", "xom 6"),
        ("xóm 6 chứ không phải xóm 5", "xóm 6"),
        ("a nham, o thanh mai co", "thanh mai"),
        ("ý em là xóm 6", "xóm 6"),
        ("sửa lại xóm 6 nhé", "xóm 6"),
        ("xóm 6 mới đúng", "xóm 6"),
        ("không phải", ""),
        ("nhầm rồi", ""),
        ("lợn chết trôi ở xóm 6", ""),
        ("sai phạm của cán bộ xóm 6", ""),
    ],
)
def test_only_what_is_right_is_taken_of_a_correction(said: str, right: str) -> None:
    assert set_right(said) == right


@given(st.text(max_size=80))
def test_any_text_is_read_without_an_error(said: str) -> None:
    for read in (set_right, command_of, gives_up, holds, asks, wants_facts, is_impatient, is_afterthought, says_little):
        read(said)


def test_another_hamlet_stays_in_the_commune_and_another_commune_keeps_the_hamlet() -> None:
    town = thanh_chuong()
    known = Place("xóm 5, xã Đại Đồng (Thanh Lĩnh cũ)", DAI_DONG, "Thanh Lĩnh")
    assert spot_of(known, town) == "xóm 5"
    assert corrected(known, Place("xóm 6"), town) == Place("xóm 6", DAI_DONG, "Thanh Lĩnh")
    thanh_mai = places().place_in("thanh mai")
    assert thanh_mai
    assert corrected(known, thanh_mai, town).text == "xóm 5, xã Bích Hào (Thanh Mai cũ)"


@pytest.mark.parametrize(("said", "only"), [("em ở xóm 1 Thanh Mai", True), ("đèn xóm 1 Thanh Mai hỏng", False)])
def test_a_place_alone_is_told_from_a_matter(said: str, only: bool) -> None:
    assert names_only(said, places().place_in(said), thanh_chuong()) is only


def test_the_field_is_set_right_at_the_card() -> None:
    talk = Conversation()
    talk.say("đường vào xóm 5 tối om", DARK)
    talk.lookup.wholes["đường hỏng"] = Prediction("report", "road_infrastructure", 0.9, (("road_infrastructure", 0.9),))
    talk.say("không phải đèn mà là đường hỏng", CHATTER)
    assert (talk.talk.state, talk.talk.memory["draft"]["category"]) == ("confirm", "road_infrastructure")


def test_several_short_messages_are_weighed_together() -> None:
    talk = Conversation()
    unsure = Prediction("report", "land", 0.4, (("land", 0.4),), place=Place("xóm 5", DAI_DONG))
    talk.say("đường nhà anh xóm 5", unsure)
    talk.lookup.wholes["đường nhà anh xóm 5\ncó ổ gà to"] = Prediction(alternatives=(("road_infrastructure", 0.9),))
    talk.say("có ổ gà to", CHATTER)
    assert (talk.talk.state, talk.talk.memory["draft"]["category"]) == ("confirm", "road_infrastructure")


def test_a_report_is_not_forwarded_to_where_it_is() -> None:
    report = a_report()
    dialog = StaffDialog(a_context(FakeLookup({report.code: report})), "all_agencies", {"code": report.code})
    asked = dialog.question()
    assert asked and len(asked.choices) > 40
    assert f"to:{report.agency}" not in {offered.id for offered in asked.choices}
    assert choice("cancel", "staff.choice.cancel") in asked.choices
