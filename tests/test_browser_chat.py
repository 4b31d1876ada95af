"""The chat in a real chromium: small phone and desktop, a line that breaks, large text, keyboard alone, axe-core."""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.browsing import BROWSER_MARKS, DESK, SMALL_PHONE, Window, demo_in
from tests.network import Line
from tests.room import jpeg

pytestmark = BROWSER_MARKS

GREETING = "Có chuyện gì ạ?"
# of a field that is never shown to others: nobody is asked whether it is the same as the last test's
REPORT = "nha tui xom 5 thanh linh mat trom 2 con ga dem qua"
DRAFT = "Gửi đi được chưa ạ?"
REMEMBERED = "return Object.keys(localStorage)"
LAST_IS_SENT = "return document.querySelector('.msg.me:last-of-type .meta.sent, .msg.me .meta.sent') !== null"

Open = Callable[..., Window]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, model_folder: Path) -> Iterator[str]:
    """The demo's chat, one for all tests here: each comes with a browser that has never been there."""
    with demo_in(tmp_path_factory.mktemp("demo"), model_folder) as addresses:
        yield addresses["chat"]


@pytest.fixture
def opens(tmp_path: Path) -> Iterator[Open]:
    """Open a window of the given size; the same name is the same browser, with what it remembers."""
    windows: list[Window] = []

    def opened(size: tuple[int, int], name: str = "one") -> Window:
        windows.append(Window(size, tmp_path / name))
        return windows[-1]

    yield opened
    for window in windows:
        window.driver.quit()


@pytest.fixture
def line(address: str) -> Iterator[Line]:
    cable = Line(urlsplit(address).port or 0)
    yield cable
    cable.close()


# ---------------------------------------------------------------- phone and desktop


@pytest.mark.parametrize("size", [SMALL_PHONE, DESK], ids=["phone", "desk"])
def test_a_report_is_filed_and_nothing_is_cut_off_or_unreadable(
    opens: Open, address: str, size: tuple[int, int]
) -> None:
    window = opens(size)
    window.opens(address)
    window.sees(GREETING)
    window.picture(f"chat_greeting_{size[0]}")
    assert window.fits()
    assert window.serious_faults() == []
    window.writes(REPORT, "#words", enter=True)
    window.sees(DRAFT)
    window.picture(f"chat_draft_{size[0]}")
    assert window.fits()
    assert window.serious_faults() == []
    window.presses("Gửi")
    window.sees("Mã phản ánh", within="#messages li:last-child")
    window.picture(f"chat_filed_{size[0]}")
    assert window.serious_faults() == []


def test_large_text_is_larger_fits_a_small_phone_and_is_remembered(opens: Open, address: str) -> None:
    window = opens(SMALL_PHONE)
    window.opens(address)
    window.sees(GREETING)
    size = "return parseFloat(getComputedStyle(document.querySelector('.bubble')).fontSize)"
    before = window.runs(size)
    window.runs("document.getElementById('large').click()")
    assert window.runs(size) > 1.25 * before
    window.writes(REPORT, "#words", enter=True)
    window.sees(DRAFT)
    window.picture("chat_large")
    assert window.fits()
    assert window.serious_faults() == []
    window.opens(address)
    window.sees(DRAFT)
    assert window.runs(size) > 1.25 * before
    assert window.runs("return document.getElementById('large').getAttribute('aria-pressed')") == "true"


def test_a_report_is_filed_with_the_keyboard_alone(opens: Open, address: str) -> None:
    window = opens(DESK)
    window.opens(address)
    window.sees(GREETING)
    assert window.focus() == "words", "one can write at once"
    window.types(REPORT, Keys.ENTER)
    window.sees(DRAFT)
    steps = 0
    while window.focus() != "Gửi" and steps < 30:
        window.types(Keys.SHIFT + Keys.TAB + Keys.SHIFT)
        steps += 1
    assert window.runs("return document.activeElement.matches('.choices .button:focus-visible')")
    outline = window.runs("return getComputedStyle(document.activeElement).outlineWidth")
    assert float(outline.removesuffix("px")) >= 2, "one sees where one is"
    window.types(Keys.ENTER)
    window.sees("Mã phản ánh", within="#messages li:last-child")


def test_the_tab_key_goes_through_the_page_in_its_order_and_every_stop_has_a_name(opens: Open, address: str) -> None:
    window = opens(DESK)
    window.opens(address)
    window.sees(GREETING)
    window.runs("document.activeElement.blur(); document.querySelector('.skip').focus()")
    seen = []
    while "words" not in seen and len(seen) < 30:
        window.types(Keys.TAB)
        seen.append(window.focus())
        assert window.runs("const it = document.activeElement; return it.ariaLabel || it.textContent.trim()"), seen
    kept = [name for name in seen if name in ("large", "more", "log", "photo", "place", "words")]
    assert kept == ["large", "more", "log", "photo", "place", "words"]


def test_news_is_read_out_and_what_is_old_is_not(opens: Open, address: str) -> None:
    window = opens(DESK)
    window.opens(address)
    window.sees(GREETING)
    live = "return document.getElementById('log').ariaLive"
    assert window.runs(live) == "polite"
    assert window.runs("return document.getElementById('log').role") == "log"
    window.writes("xin chào", "#words", enter=True)
    window.waits_until(LAST_IS_SENT)
    assert window.runs("return document.querySelector('.msg.me').ariaLive") == "off", "what one wrote oneself is not"


# ---------------------------------------------------------------- what the device remembers


def test_nothing_is_kept_before_the_first_message_and_one_is_told_so(opens: Open, address: str) -> None:
    window = opens(DESK)
    window.opens(address)
    window.sees(GREETING)
    window.sees("máy này sẽ nhớ", within="#promise")
    assert window.runs(REMEMBERED) == []
    assert window.driver.get_cookies() == []
    databases = "const done = arguments[0]; indexedDB.databases().then(found => done(found.length))"
    assert window.driver.execute_async_script(databases) == 0
    window.writes("xin chào", "#words", enter=True)
    window.waits_until(LAST_IS_SENT)
    assert "langnghe.session" in window.runs(REMEMBERED)
    assert not window.runs("return document.getElementById('promise').checkVisibility()")
    assert window.driver.get_cookies() == []


def test_the_chat_goes_on_after_the_browser_was_closed(opens: Open, address: str) -> None:
    first = opens(SMALL_PHONE)
    first.opens(address)
    first.writes(REPORT, "#words", enter=True)
    first.sees(DRAFT)
    first.driver.quit()
    again = opens(SMALL_PHONE)
    again.opens(address)
    again.sees(REPORT)
    again.sees(DRAFT)
    again.presses("Gửi")
    again.sees("Mã phản ánh", within="#messages li:last-child")


def test_a_borrowed_phone_forgets_when_told_to(opens: Open, address: str) -> None:
    window = opens(DESK)
    window.opens(address)
    window.writes(REPORT, "#words", enter=True)
    window.sees(DRAFT)
    window.runs("document.getElementById('more').click()")
    window.sees("Dùng chung máy?")
    assert window.serious_faults() == []
    window.presses("Xoá khỏi máy này")
    window.sees("máy này sẽ nhớ", within="#promise")
    window.sees(GREETING)
    assert window.runs(REMEMBERED) == []
    assert window.driver.execute_async_script("caches.keys().then(arguments[0])") == []
    assert DRAFT not in window.runs("return document.body.innerText")


# ---------------------------------------------------------------- a line that breaks


def test_what_is_written_without_a_network_is_sent_when_it_is_back(opens: Open, line: Line) -> None:
    window = opens(SMALL_PHONE)
    window.opens(f"http://127.0.0.1:{line.port}/")
    window.sees(GREETING)
    line.cut()
    window.writes(REPORT, "#words", enter=True)
    window.sees("Chờ mạng để gửi")
    window.sees("Đang mất mạng", within="#state")
    window.picture("chat_offline")
    assert window.serious_faults() == []
    line.mend()
    window.sees(DRAFT)
    assert window.runs("return document.querySelectorAll('.msg.me').length") == 1


def test_what_is_written_without_a_network_survives_closing_the_browser(opens: Open, line: Line) -> None:
    first = opens(SMALL_PHONE)
    first.opens(f"http://127.0.0.1:{line.port}/")
    first.sees(GREETING)
    line.cut()
    first.writes(REPORT, "#words", enter=True)
    first.sees("Chờ mạng để gửi")
    first.driver.quit()
    line.mend()
    again = opens(SMALL_PHONE)
    again.opens(f"http://127.0.0.1:{line.port}/")
    again.sees(DRAFT)
    assert again.runs("return document.querySelectorAll('.msg.me').length") == 1


def test_the_page_itself_opens_without_a_network_once_one_has_written(opens: Open, line: Line) -> None:
    window = opens(SMALL_PHONE)
    window.opens(f"http://127.0.0.1:{line.port}/")
    window.writes("xin chào", "#words", enter=True)
    window.waits_until(LAST_IS_SENT)
    ready = "const done = arguments[0]; navigator.serviceWorker.ready.then(() => caches.keys()).then(done)"
    assert len(window.driver.execute_async_script(ready)) == 1
    line.cut()
    window.opens(f"http://127.0.0.1:{line.port}/")
    window.sees("xin chào", within=".msg.me")
    window.writes(REPORT, "#words", enter=True)
    window.sees("Chờ mạng để gửi")
    line.mend()
    window.sees(DRAFT)


def test_a_photo_chosen_without_a_network_waits_on_the_phone_and_arrives_later(
    opens: Open, line: Line, tmp_path: Path
) -> None:
    photo = tmp_path / "den.jpg"
    photo.write_bytes(jpeg())
    window = opens(SMALL_PHONE)
    window.opens(f"http://127.0.0.1:{line.port}/")
    window.sees(GREETING)
    line.cut()
    window.driver.find_element(By.ID, "pick").send_keys(str(photo))
    window.waits_until("return document.querySelector('#tray .thumb') !== null")
    window.picture("chat_photo")
    assert window.serious_faults() == []
    window.writes(REPORT, "#words", enter=True)
    window.sees("Chờ mạng để gửi")
    window.driver.quit()
    line.mend()
    again = opens(SMALL_PHONE)
    again.opens(f"http://127.0.0.1:{line.port}/")
    again.waits_until("return document.querySelector('.msg.me .meta.sent') !== null")
    again.waits_until("return document.querySelector('.msg.me .thumb') !== null", "one still sees what one sent")
    again.sees(DRAFT)
    again.picture("chat_photo_sent")


# ---------------------------------------------------------------- camera, voice, place, unread


def test_a_phone_offers_its_camera_and_its_album(opens: Open, address: str) -> None:
    window = opens(SMALL_PHONE)
    window.driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True})
    window.opens(address)
    window.sees(GREETING)
    assert window.focus() != "words", "no keyboard jumps up before one asks for it"
    window.driver.find_element(By.ID, "photo").click()
    window.sees("Chụp ảnh mới", within="#photo-sheet")
    window.sees("Chọn ảnh, phim có sẵn", within="#photo-sheet")
    window.picture("chat_photo_sheet")
    assert window.serious_faults() == []
    assert window.runs("return document.getElementById('shoot').getAttribute('capture')") == "environment"
    window.types(Keys.ESCAPE)
    window.waits_until("return !document.getElementById('photo-sheet').open")
    assert window.focus() == "photo", "one is back where one was"


# a microphone that hears one sentence; the real one needs Google
EAR = """
window.webkitSpeechRecognition = window.SpeechRecognition = class {
  start() {
    window.asked = this.lang;
    setTimeout(() => this.onresult({results: [[{transcript: 'đèn đường hỏng'}]]}), 50);
  }
  stop() { this.onend(); }
};"""
BADGE = "window.badges = []; navigator.setAppBadge = async (count) => { badges.push(count); };"
DEAF = "delete window.SpeechRecognition; delete window.webkitSpeechRecognition;"


def before_the_page(window: Window, script: str) -> None:
    window.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": script})


def test_one_can_speak_in_vietnamese_and_read_it_before_it_is_sent(opens: Open, address: str) -> None:
    window = opens(SMALL_PHONE)
    before_the_page(window, EAR)
    window.opens(address)
    window.sees(GREETING)
    window.runs("document.getElementById('voice').click()")
    window.waits_until("return document.getElementById('words').value === 'đèn đường hỏng'")
    assert window.runs("return window.asked") == "vi-VN"
    assert window.runs("return document.getElementById('voice').getAttribute('aria-pressed')") == "true"
    window.picture("chat_voice")
    window.runs("document.getElementById('voice').click()")
    assert window.runs("return document.getElementById('voice').hidden")
    assert window.runs("return document.querySelectorAll('.msg.me').length") == 0
    window.runs("document.getElementById('send').click()")
    window.sees("đèn đường hỏng", within=".msg.me")


def test_where_the_browser_cannot_hear_there_is_no_microphone(opens: Open, address: str) -> None:
    window = opens(SMALL_PHONE)
    before_the_page(window, DEAF)
    window.opens(address)
    window.sees(GREETING)
    assert window.runs("return document.getElementById('voice').hidden && !document.getElementById('send').hidden")


def test_a_place_is_sent_with_one_press(opens: Open, address: str) -> None:
    window = opens(SMALL_PHONE)
    window.driver.execute_cdp_cmd("Browser.grantPermissions", {"permissions": ["geolocation"]})
    place = {"latitude": 18.77, "longitude": 105.33, "accuracy": 12}
    window.driver.execute_cdp_cmd("Emulation.setGeolocationOverride", place)
    window.opens(address)
    window.sees(GREETING)
    window.runs("document.getElementById('place').click()")
    window.sees("Vị trí của tôi", within=".msg.me")
    window.waits_until(LAST_IS_SENT)


def test_an_answer_that_comes_while_one_looks_elsewhere_is_counted_in_the_title(opens: Open, address: str) -> None:
    window = opens(DESK)
    before_the_page(window, BADGE)
    window.opens(address)
    window.sees(GREETING)
    chat = window.driver.current_window_handle
    window.runs("Object.defineProperty(document, 'hidden', {get: () => window.away}); window.away = true")
    window.writes("xin chào", "#words", enter=True)
    window.waits_until("return document.title.startsWith('(1) ')")
    assert window.runs("return window.badges") == [1]
    window.runs("window.away = false; document.dispatchEvent(new Event('visibilitychange'))")
    assert not window.driver.title.startswith("(")
    assert window.driver.current_window_handle == chat
