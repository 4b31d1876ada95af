"""axe-core finds nothing serious in the officers' pages, in light and dark, on a phone and on a desk."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from tests.browsing import BROWSER_MARKS, DESK, PHONE, Window, demo_in

pytestmark = BROWSER_MARKS

Addresses = dict[str, str]
DARK = {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, model_folder: Path) -> Iterator[Addresses]:
    with demo_in(tmp_path_factory.mktemp("demo"), model_folder) as addresses:
        yield addresses


@pytest.fixture(scope="module")
def officer(demo: Addresses, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    """An officer in the room; the login page is looked at on the way in."""
    window = Window(DESK, tmp_path_factory.mktemp("officer"))
    window.opens(demo["room"])
    window.sees("Vào phòng")
    assert window.serious_faults() == []
    window.presses("Vào phòng")
    window.waits_until("return document.querySelector('.card') !== null")
    yield window
    window.driver.quit()


def host(demo: Addresses) -> str:
    return demo["health"].removesuffix("/health")


PAGES = [
    "/staff",
    "/staff?view=short",
    "/staff?q=khong-co-gi-nhu-the",
    "/staff/connect",
    "/staff/notices",
    "/staff/card/TC-0000-00",
    "/staff/enter",
]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_page_of_the_room_has_no_serious_fault(demo: Addresses, officer: Window, path: str, dark: bool) -> None:
    officer.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", DARK if dark else {"features": []})
    for size in (PHONE, DESK):
        officer.resizes(size)
        officer.opens(f"{host(demo)}{path}")
        officer.waits_until("return document.readyState === 'complete'")
        officer.picture(f"axe_{path.strip('/').replace('/', '_').replace('?', '_')}_{size[0]}{'_dark' if dark else ''}")
        assert officer.serious_faults() == []
        assert officer.fits()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_reports_page_has_no_serious_fault_while_it_is_worked_on(
    demo: Addresses, officer: Window, dark: bool
) -> None:
    officer.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", DARK if dark else {"features": []})
    officer.opens(f"{host(demo)}/staff")
    cards = officer.runs("return [...document.querySelectorAll('.card .code a')].slice(0, 2).map(it => it.href)")
    assert len(cards) == 2
    for size, card in product((PHONE, DESK), cards):
        officer.resizes(size)
        officer.opens(card)
        officer.waits_until("return document.querySelector('.card') !== null")
        officer.runs("document.querySelectorAll('details').forEach(it => { it.open = true; })")
        officer.picture(f"axe_card_{size[0]}{'_dark' if dark else ''}")
        assert officer.serious_faults() == []
        assert officer.fits()


def test_the_checker_itself_finds_what_is_wrong(officer: Window) -> None:
    officer.opens("data:text/html,<html><title>x</title><body><img src='a.png'><button></button></body></html>")
    rules = {fault.partition(":")[0] for fault in officer.serious_faults()}
    assert {"image-alt", "button-name", "html-has-lang"} <= rules
