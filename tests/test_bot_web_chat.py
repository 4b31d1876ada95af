"""The chat's pages as a browser or a portal gets them: small, kept, framed only by whom we allow, no cookie."""

import gzip
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import ClientSession
from pydantic import ValidationError
from yarl import URL

from bot.settings import Settings
from tests.room import RoomInTest, open_room

STATIC = Path(__file__).parent.parent / "bot/web/static"
PORTAL = "https://daidong.nghean.gov.vn"
BUDGET = 30 * 1024  # bytes over the line for the widget's script and the whole page, packed


@dataclass(frozen=True)
class Answer:
    """What came over the line, still packed."""

    status: int
    headers: Mapping[str, str]
    raw: bytes

    @property
    def text(self) -> str:
        packed = self.headers.get("Content-Encoding") == "gzip"
        return (gzip.decompress(self.raw) if packed else self.raw).decode()

    @property
    def policy(self) -> dict[str, str]:
        """The content policy: directive → what it allows."""
        parts = (part.partition(" ") for part in self.headers["Content-Security-Policy"].split("; "))
        return {name: allowed for name, _, allowed in parts}

    @property
    def files(self) -> set[str]:
        """What the page asks our host for."""
        return set(re.findall(r'(?:href|src)="(/[^"#]+)"', self.text))


Get = Callable[..., Awaitable[Answer]]


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[RoomInTest]:
    async with open_room(tmp_path) as opened:
        yield opened


@pytest.fixture
async def get(room: RoomInTest) -> AsyncIterator[Get]:
    async with ClientSession(auto_decompress=False, headers={"Accept-Encoding": "gzip"}) as session:

        async def answer(path: str, headers: Mapping[str, str] | None = None) -> Answer:
            url = URL(str(room.server.make_url("/")).rstrip("/") + path, encoded=True)
            async with session.get(url, headers=headers) as got:
                return Answer(got.status, got.headers, await got.read())

        yield answer


# ---------------------------------------------------------------- small and kept


async def test_the_widget_and_its_whole_page_weigh_no_more_than_thirty_kilobytes(get: Get) -> None:
    files = {path for path in (await get("/widget")).files if not path.endswith((".png", ".webmanifest"))}
    assert sum(path.endswith(".js") for path in files) > 5 and sum(path.endswith(".css") for path in files) == 2
    weights = {path: len((await get(path)).raw) for path in {*files, "/widget", "/widget.js"}}
    assert 0 < sum(weights.values()) <= BUDGET, weights


async def test_every_file_of_the_page_is_there_and_nothing_comes_from_another_host(get: Get) -> None:
    page = await get("/")
    assert len(page.files) > 8
    assert {(await get(path)).status for path in page.files} == {200}
    assert not re.findall(r'(?:href|src)="(?:https?:)?//', page.text)


async def test_every_module_of_the_chat_is_named_ahead_so_that_a_slow_line_fetches_all_at_once(get: Get) -> None:
    modules = {path.rsplit("/", 1)[1] for path in (await get("/")).files if path.endswith(".js")}
    assert modules == {path.name for path in STATIC.glob("chat*.js")}


async def test_a_file_under_its_mark_is_kept_for_good_and_under_a_plain_name_asked_about(get: Get) -> None:
    script = next(path for path in (await get("/")).files if path.endswith("/chat.js"))
    assert "immutable" in (await get(script)).headers["Cache-Control"]
    plain = await get("/static/chat.js")
    assert plain.headers["Cache-Control"] == "no-cache"
    again = await get("/static/chat.js", {"If-None-Match": plain.headers["ETag"]})
    assert (again.status, again.raw) == (304, b"")
    old = await get("/static/000000000000/chat.js")
    assert old.headers["Cache-Control"] == "no-cache", "an old page may ask for the new file, but not keep it so"


async def test_a_browser_that_cannot_unpack_gets_the_file_as_it_is(get: Get) -> None:
    plain, packed = await get("/static/chat.css", {"Accept-Encoding": "identity"}), await get("/static/chat.css")
    assert "Content-Encoding" not in plain.headers and packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.raw) == plain.raw


@pytest.mark.parametrize("path", ["/static/nothing.js", "/static/..%2Fpages.py", "/static/x/..%2F..%2Fchat.py"])
async def test_what_is_no_file_of_the_pages_is_not_found(get: Get, path: str) -> None:
    assert (await get(path)).status == 404


async def test_the_icon_and_the_home_screen_are_answered(get: Get) -> None:
    icon, manifest = await get("/favicon.ico"), await get("/manifest.webmanifest")
    assert icon.status == 200 and icon.headers["Content-Type"] == "image/x-icon" and icon.raw
    described = json.loads(manifest.text)
    assert described["start_url"] == "/"
    assert {(await get(one["src"])).status for one in described["icons"]} == {200}


async def test_what_is_kept_for_a_dead_line_is_the_page_and_all_its_files(get: Get) -> None:
    script = (await get("/offline.js")).text
    kept = set(json.loads(re.findall(r"const FILES = (\[.*\]);", script)[0]))
    page = {path for path in (await get("/")).files if path.endswith((".js", ".css", ".svg"))}
    assert kept == page and len(page) > 8


# ---------------------------------------------------------------- who may frame us


async def test_the_chats_own_page_is_framed_by_nobody(get: Get) -> None:
    policy = (await get("/")).policy
    assert policy["frame-ancestors"] == "'none'"
    assert policy["default-src"] == "'self'"


async def test_the_widget_is_framed_by_us_and_by_the_portals_on_the_list(room: RoomInTest, get: Get) -> None:
    assert (await get("/widget")).policy["frame-ancestors"] == "'self'"
    room.service.settings.webchat.origins = [PORTAL, "https://*.example.vn"]
    listed = await get("/widget")
    assert listed.policy["frame-ancestors"] == f"'self' {PORTAL} https://*.example.vn"
    assert "X-Frame-Options" not in listed.headers
    assert (await get("/staff/enter")).policy["frame-ancestors"] == "'none'"
    assert (await get("/health")).policy["frame-ancestors"] == "'none'"


BAD = ["*", "daidong.vn", "https://a.vn/path", "https://a.vn; script-src *", "javascript:x", "https://"]


@pytest.mark.parametrize("bad", BAD)
def test_an_origin_that_is_no_site_is_refused(bad: str) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate({"webchat": {"origins": [bad]}})


@pytest.mark.parametrize("good", [PORTAL, "http://127.0.0.1:8000", "https://*.nghean.gov.vn"])
def test_an_origin_that_is_a_site_is_taken(good: str) -> None:
    assert Settings.model_validate({"webchat": {"origins": [good]}}).webchat.origins == [good]


@pytest.mark.parametrize("path", ["/", "/widget", "/widget.js", "/static/chat.js", "/favicon.ico"])
async def test_no_page_of_the_chat_sets_a_cookie(get: Get, path: str) -> None:
    answer = await get(path)
    assert answer.status == 200
    assert "Set-Cookie" not in answer.headers


async def test_the_widgets_script_speaks_our_words(get: Get) -> None:
    script = await get("/widget.js")
    assert script.headers["Content-Type"].startswith("text/javascript")
    words = json.loads(re.findall(r"const words = ({.*});", script.text)[0])
    assert words["widget.open"] == "Phản ánh với xã"
    assert "{{" not in script.text
