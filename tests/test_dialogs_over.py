"""Telling from a few words that a matter is over, and which of a person's reports they are about."""

import pytest

from dialogs.over import is_over, meant
from dialogs.words import Prediction
from tests.talking import CODE, OTHER_CODE, a_report

WATER = a_report(category="water_supply", text="mất nước cả xóm 3")
LAMP = a_report(OTHER_CODE, text="đèn đường xóm 3 hỏng")


@pytest.mark.parametrize(
    "said",
    [
        "co nuoc lai roi",
        "nước có lại rồi em",
        "dien co roi",
        "nuoc chay lai roi",
        "đèn sáng lại rồi",
        "hết ngập rồi",
        "het mui roi e",
        "họ sửa xong rồi ạ",
        "rác dọn sạch rồi",
        "đường thông rồi",
        "ổn rồi em",
        "thợ thay bóng xong rồi, cảm ơn em",
        "xã đã sửa rồi",
    ],
)
def test_it_is_well_again(said: str) -> None:
    assert is_over(said)


@pytest.mark.parametrize(
    "said",
    [
        "mất nước lại rồi",
        "hết nước rồi",
        "có nước rồi mà vẫn đục",
        "đèn lại hỏng rồi",
        "sửa xong rồi lại hỏng",
        "họ sửa rồi bỏ đấy",
        "chưa có nước",
        "có nước lại chưa em?",
        "nước chảy ra đường rồi",
        "co rac lai roi",
        "đường hỏng lâu rồi",
        "cảm ơn em",
    ],
)
def test_it_is_not(said: str) -> None:
    assert not is_over(said)


def test_the_report_is_known_by_its_field_by_its_words_or_by_being_the_only_one() -> None:
    water = Prediction("report", "water_supply", 0.99)
    assert meant("có nước lại rồi", water, [LAMP, WATER]) is WATER
    assert meant("đèn sáng rồi", Prediction("thanks"), [WATER, LAMP]) is LAMP
    assert meant("họ sửa xong rồi", Prediction("report", "road_infrastructure", 0.96), [WATER]) is WATER
    assert meant("họ sửa xong rồi", Prediction("chatter"), [WATER, LAMP]) is None
    assert meant("có nước lại rồi", water, [LAMP]) is None
    assert {WATER.code, LAMP.code} == {CODE, OTHER_CODE}
