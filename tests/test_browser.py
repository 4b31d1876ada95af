"""A real chromium drives the demo: a citizen reports on a phone, an officer answers in another window."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browsing import BROWSER_MARKS, DESK, PHONE, Window, demo_in

pytestmark = BROWSER_MARKS


@pytest.fixture
def demo(tmp_path: Path, model_folder: Path) -> Iterator[dict[str, str]]:
    with demo_in(tmp_path, model_folder) as addresses:
        yield addresses


@pytest.fixture
def citizen(tmp_path: Path) -> Iterator[Window]:
    window = Window(PHONE, tmp_path / "citizen")
    yield window
    window.driver.quit()


@pytest.fixture
def officer(tmp_path: Path) -> Iterator[Window]:
    window = Window(DESK, tmp_path / "officer")
    yield window
    window.driver.quit()


def test_a_citizen_reports_on_a_phone_and_an_officer_answers_in_another_window(
    demo: dict[str, str], citizen: Window, officer: Window
) -> None:
    citizen.opens(demo["chat"])
    citizen.sees("Có chuyện gì ạ?")
    citizen.writes("den duong xom 5 thanh linh hong ca tuan nay", "#words", enter=True)
    citizen.sees("Gửi đi được chưa ạ?")
    assert citizen.fits()
    citizen.presses("Gửi")
    filed = citizen.sees("Mã phản ánh", within="#messages li:last-child")
    citizen.picture("chat")
    code = filed.partition("Mã phản ánh: ")[2].split()[0]

    officer.opens(demo["room"])
    officer.presses("Vào phòng")
    officer.sees(code)
    officer.picture("room")
    officer.opens(f"{demo['health'].removesuffix('/health')}/staff/card/{code}")
    officer.presses("Nhận")
    citizen.sees("đã nhận phản ánh")
    officer.sees("đang xử lý")
    officer.writes("Tổ điện sẽ thay bóng sáng thứ Tư.", "textarea[name=text]")
    officer.presses("Xem trước")
    officer.sees("Người dân sẽ đọc như sau")
    officer.picture("draft")
    officer.presses("Gửi người dân")
    citizen.sees("Tổ điện sẽ thay bóng sáng thứ Tư.")
    citizen.picture("answer")

    officer.resizes(PHONE)
    officer.opens(f"{demo['health'].removesuffix('/health')}/staff")
    officer.sees(code)
    assert officer.fits(), "the room works at phone size"
    officer.picture("room_phone")
