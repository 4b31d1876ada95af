"""Real browsers in tests: windows of people, the demo they look at, what axe-core says."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

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
PHONE, SMALL_PHONE, DESK = (390, 844), (360, 640), (1280, 900)
PATIENCE = 30  # seconds until a test gives up

BROWSER_MARKS = [
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
        self.resizes(size)

    def resizes(self, size: tuple[int, int]) -> None:
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

    def runs(self, script: str, *given: object) -> Any:
        """What a script in the page returns."""
        return self.driver.execute_script(script, *given)

    def waits_until(self, script: str, why: str = "") -> None:
        """Wait until the script returns something true."""
        WebDriverWait(self.driver, PATIENCE).until(lambda driver: driver.execute_script(script), why or script)

    def types(self, *keys: str) -> None:
        """Press keys wherever the focus is."""
        webdriver.ActionChains(self.driver).send_keys(*keys).perform()

    def focus(self) -> str:
        """The id, else the text, of what has the focus."""
        return str(self.runs("const it = document.activeElement; return it.id || it.textContent.trim()"))

    def serious_faults(self) -> list[str]:
        """What axe-core finds here that is serious or worse: rule, how bad, where."""
        if not self.runs("return Boolean(window.axe)"):
            self.runs(axe())
        found = self.driver.execute_async_script(
            "const done = arguments[arguments.length - 1];"
            # what still fades in is not yet as people read it
            "const moving = document.getAnimations().filter(it => it.effect.getTiming().iterations !== Infinity);"
            "Promise.allSettled(moving.map(it => it.finished))"
            ".then(() => axe.run(document, {resultTypes: ['violations']}))"
            ".then(found => done(found.violations), error => done([{id: String(error)}]))"
        )
        bad = [one for one in found if one.get("impact", "critical") in ("serious", "critical")]
        return [f"{one['id']}: {node['html'][:120]}" for one in bad for node in one.get("nodes", [{"html": ""}])]


@cache
def axe() -> str:
    """The accessibility checker, from the package that carries it."""
    return files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")


@contextmanager
def demo_in(
    folder: Path, model_folder: Path, *, reports: int = 12, port: int = 0, **env: str
) -> Iterator[dict[str, str]]:
    """The demo's addresses: chat, room, health."""
    shutil.copytree(model_folder, folder / "var" / "model", dirs_exist_ok=True)
    command = [sys.executable, "-m", "bot", "demo", "--reports", str(reports), "--port", str(port)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **env}
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        printed = ""
        while "Ctrl-C" not in printed and (line := process.stdout.readline()):
            printed += line
        found = re.findall(r"http://127\.0\.0\.1:\d+/\S*", printed)
        yield dict(zip(("chat", "room", "health"), found, strict=True))
        process.send_signal(signal.SIGINT)
