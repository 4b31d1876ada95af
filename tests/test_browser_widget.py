"""The widget in a real chromium, on a portal of another site: one tag, nothing before it is opened, unread, shrunk."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.browsing import BROWSER_MARKS, DESK, SMALL_PHONE, Window, demo_in
from tests.network import portal
from tests.telegram_life import free_port

pytestmark = BROWSER_MARKS

GREETING = "Có chuyện gì ạ?"
# of a field that is never shown to others: nobody is asked whether it is the same as the last test's
REPORT = "nha tui xom 5 thanh linh mat trom 2 con ga dem qua"
HOST = "document.querySelector('langnghe-chat')"
LAUNCHER = f"{HOST}.shadowRoot.querySelector('button')"
PANEL = f"{HOST}.shadowRoot.querySelector('[role=dialog]')"
FRAME = f"{HOST}.shadowRoot.querySelector('iframe')"

Portal = Callable[..., str]


@pytest.fixture(scope="module")
def port() -> int:
    """The portal's port: the chat must know the portal's address before it starts."""
    return free_port()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, model_folder: Path, port: int) -> Iterator[str]:
    """The chat's address; only the portal on `port` may frame it."""
    allowed = f'["http://localhost:{port}"]'
    with demo_in(tmp_path_factory.mktemp("demo"), model_folder, LANGNGHE_WEBCHAT__ORIGINS=allowed) as addresses:
        yield addresses["chat"].rstrip("/")


@pytest.fixture
def site(home: str, port: int) -> Iterator[Portal]:
    """Open the portal with the widget's tag; `port=0`: another portal, which is not on the list."""
    with ExitStack() as stack:

        def opened(attributes: str = "", policy: str = "", port: int = port) -> str:
            tag = f"<script src='{home}/widget.js' {attributes} defer></script>"
            return stack.enter_context(portal(tag, policy=policy, port=port))

        yield opened


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Window]:
    opened = Window(DESK, tmp_path / "visitor")
    yield opened
    opened.driver.quit()


def into_the_chat(window: Window) -> None:
    window.waits_until(f"return {HOST} && {FRAME} !== null")
    window.driver.switch_to.frame(window.runs(f"return {FRAME}"))


def back_to_the_portal(window: Window) -> None:
    window.driver.switch_to.default_content()


def press_launcher(window: Window) -> None:
    window.waits_until(f"return {HOST} && {LAUNCHER}.checkVisibility()")
    window.runs(f"return {LAUNCHER}").click()


@pytest.mark.parametrize("size", [SMALL_PHONE, DESK], ids=["phone", "desk"])
def test_a_visitor_of_a_portal_reports_without_leaving_it(window: Window, site: Portal, size: tuple[int, int]) -> None:
    window.resizes(size)
    window.opens(site())
    window.waits_until(f"return {HOST} && {LAUNCHER}.innerText.includes('Phản ánh với xã')")
    window.picture(f"widget_closed_{size[0]}")
    assert window.serious_faults() == []
    press_launcher(window)
    into_the_chat(window)
    window.sees(GREETING)
    window.writes(REPORT, "#words", enter=True)
    window.sees("Gửi đi được chưa ạ?")
    window.picture(f"widget_open_{size[0]}")
    assert window.fits()
    assert window.serious_faults() == []
    window.presses("Gửi")
    window.sees("Mã phản ánh", within="#messages li:last-child")
    back_to_the_portal(window)
    assert window.serious_faults() == []


def test_until_it_is_opened_the_widget_is_one_script_and_remembers_nothing(
    window: Window, site: Portal, home: str
) -> None:
    window.opens(site())
    window.waits_until(f"return {HOST} && {LAUNCHER}.checkVisibility()")
    asked = "return performance.getEntriesByType('resource').map(it => it.name)"
    assert [one for one in window.runs(asked) if one.startswith(home)] == [f"{home}/widget.js"]
    assert [one for one in window.runs(asked) if not one.startswith((home, window.driver.current_url))] == []
    press_launcher(window)
    into_the_chat(window)
    window.sees(GREETING)
    assert window.runs("return Object.keys(localStorage)") == [], "opened, but nothing said yet"
    back_to_the_portal(window)
    assert window.runs("return Object.keys(localStorage)") == []
    assert window.driver.get_cookies() == []


def test_the_chat_is_shrunk_by_key_or_button_and_the_focus_comes_back(window: Window, site: Portal) -> None:
    window.opens(site())
    window.waits_until(f"return {HOST} && {LAUNCHER}.checkVisibility()")
    window.types(Keys.TAB)
    assert window.runs(f"return {HOST}.shadowRoot.activeElement === {LAUNCHER}"), "the keyboard reaches it"
    window.types(Keys.ENTER)
    into_the_chat(window)
    window.sees(GREETING)
    window.waits_until("return document.activeElement.id === 'words'", "one can write at once")
    window.types(Keys.ESCAPE)
    back_to_the_portal(window)
    window.waits_until(f"return {PANEL}.hidden && {HOST}.shadowRoot.activeElement === {LAUNCHER}")
    press_launcher(window)
    into_the_chat(window)
    window.driver.find_element(By.ID, "close").click()
    back_to_the_portal(window)
    window.waits_until(f"return {PANEL}.hidden && {LAUNCHER}.getAttribute('aria-expanded') === 'false'")


def test_an_answer_that_comes_while_it_is_shrunk_is_counted_also_on_the_next_page(window: Window, site: Portal) -> None:
    address = site()
    window.opens(address)
    press_launcher(window)
    into_the_chat(window)
    window.sees(GREETING)
    window.writes("xin chào", "#words")
    window.driver.find_element(By.ID, "close").click()
    back_to_the_portal(window)
    window.waits_until(f"return {PANEL}.hidden")
    into_the_chat(window)
    window.runs("document.getElementById('compose').requestSubmit()")  # the answer finds nobody looking
    back_to_the_portal(window)
    badge = f"{HOST}.shadowRoot.querySelector('b')"
    window.waits_until(f"return !{badge}.hidden && {badge}.textContent === '1'")
    assert window.runs(f"return {LAUNCHER}.getAttribute('aria-label')") == "Phản ánh với xã, 1 tin chưa đọc"
    window.picture("widget_unread")
    assert window.serious_faults() == []
    press_launcher(window)
    window.waits_until(f"return {badge}.hidden")
    window.opens(address)
    into_the_chat(window)
    window.waits_until(
        "return document.body.innerText.includes('xin chào')", "the chat listens on the portal's next page"
    )
    back_to_the_portal(window)
    assert window.runs(f"return {PANEL}.hidden"), "but does not stand in the way"


def test_a_portal_with_a_strict_policy_of_its_own_needs_our_host_and_nothing_else(
    window: Window, site: Portal, home: str
) -> None:
    window.opens(site(policy=f"default-src 'self'; script-src {home}; frame-src {home}"))
    press_launcher(window)
    assert window.runs(f"return getComputedStyle({PANEL}).position") == "fixed", "its styles are not blocked"
    into_the_chat(window)
    window.sees(GREETING)


def test_a_site_that_is_not_on_the_list_cannot_show_the_chat(window: Window, site: Portal) -> None:
    window.opens(site(port=0))
    press_launcher(window)
    into_the_chat(window)
    window.waits_until("return document.readyState === 'complete' && location.href !== 'about:blank'")
    assert window.driver.find_elements(By.ID, "words") == []


def test_the_tag_may_say_what_stands_on_the_button_and_on_which_side(window: Window, site: Portal) -> None:
    window.opens(site("data-side='left' data-label='Góp ý'"))
    window.waits_until(f"return {HOST} && {LAUNCHER}.innerText.trim() === 'Góp ý'")
    assert window.runs(f"return {LAUNCHER}.getBoundingClientRect().left") < 40
