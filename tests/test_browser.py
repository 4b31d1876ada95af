"""A real chromium drives the demo: a citizen reports on a phone, an officer answers in another window."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

ROOT = Path(__file__).parent.parent
CHROMIUM, CHROMEDRIVER = shutil.which("chromium"), shutil.which("chromedriver")
REQUIRED = bool(os.environ.get("LANGNGHE_REQUIRE_BROWSER"))  # CI: absent browser is a failure, not a skip
PICTURES = os.environ.get("LANGNGHE_PICTURES", "")  # a folder to keep the screenshots in
PHONE, DESK = (390, 844), (1280, 900)
PATIENCE = 30  # seconds until a test gives up

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not REQUIRED and not (CHROMIUM and CHROMEDRIVER),
        reason="needs chromium and chromedriver (Debian: apt install chromium chromium-driver)",
    ),
    # selenium leaves sockets of its own to the garbage collector
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]


class Window:
    """One browser window of one person."""

    def __init__(self, size: tuple[int, int], profile: Path) -> None:
        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM or ""
        quiet = ["background-networking", "component-update", "sync", "gpu", "quic"]
        flags = ["headless=new", "no-sandbox", "no-first-run", "hide-scrollbars", *(f"disable-{it}" for it in quiet)]
        for flag in flags:
            options.add_argument(f"--{flag}")
        options.add_argument(f"--user-data-dir={profile}")
        self.driver = webdriver.Chrome(options=options, service=Service(CHROMEDRIVER))
        metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": size[0] < 600}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def opens(self, address: str) -> None:
        self.driver.get(address)

    def sees(self, words: str, within: str = "body") -> str:
        """Wait until the page says so; returns the text there."""

        def said(driver: webdriver.Chrome) -> str | None:
            texts = (found.text for found in driver.find_elements(By.CSS_SELECTOR, within))
            return next((text for text in texts if words in text), None)

        # the page may draw itself anew while we read it
        waiting = WebDriverWait(self.driver, PATIENCE, ignored_exceptions=(StaleElementReferenceException,))
        return str(waiting.until(said, f"never saw {words!r}"))

    def presses(self, label: str, within: str = "body") -> None:
        """Press the last enabled button with that label."""

        def pressed(driver: webdriver.Chrome) -> bool:
            buttons = driver.find_elements(By.CSS_SELECTOR, f"{within} button, {within} summary")
            wanted = [one for one in buttons if one.text.strip() == label and one.is_displayed() and one.is_enabled()]
            if wanted:
                wanted[-1].click()
            return bool(wanted)

        WebDriverWait(self.driver, PATIENCE, ignored_exceptions=(Exception,)).until(pressed, f"no button {label!r}")

    def writes(self, words: str, css: str, *, enter: bool = False) -> None:
        """Write into the last field that shows."""

        def wrote(driver: webdriver.Chrome) -> bool:
            fields = driver.find_elements(By.CSS_SELECTOR, css)
            shown = next((one for one in reversed(fields) if one.is_displayed()), None)
            if shown:
                shown.send_keys(words, *([Keys.ENTER] if enter else []))
            return shown is not None

        waiting = WebDriverWait(self.driver, PATIENCE, ignored_exceptions=(StaleElementReferenceException,))
        waiting.until(wrote, f"no field {css}")

    def picture(self, name: str) -> None:
        if PICTURES:
            self.driver.save_screenshot(str(Path(PICTURES) / f"{name}.png"))

    def fits(self) -> bool:
        """Nothing makes the page scroll sideways."""
        script = "return document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        return bool(self.driver.execute_script(script))


@pytest.fixture
def demo(tmp_path: Path, model_folder: Path) -> Iterator[dict[str, str]]:
    """The demo's addresses: chat, room, health."""
    shutil.copytree(model_folder, tmp_path / "var" / "model")
    command = [sys.executable, "-m", "bot", "demo", "--reports", "12"]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=tmp_path, env=env, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        printed = ""
        while "Ctrl-C" not in printed and (line := process.stdout.readline()):
            printed += line
        found = re.findall(r"http://127\.0\.0\.1:\d+/\S*", printed)
        yield dict(zip(("chat", "room", "health"), found, strict=True))
        process.send_signal(signal.SIGINT)


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

    officer.driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": PHONE[0], "height": PHONE[1], "deviceScaleFactor": 1, "mobile": True},
    )
    officer.opens(f"{demo['health'].removesuffix('/health')}/staff")
    officer.sees(code)
    assert officer.fits(), "the room works at phone size"
    officer.picture("room_phone")
