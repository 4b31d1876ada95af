"""Zalo in the running service: an officer in the account's own chat, alarms, the spool, two small pages."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.by_hand import STEPS_BACK
from bot.serve import Server
from bot.service import Service
from bot.settings import Settings, WebSection
from bot.spool import FolderSpool
from bot.zalo import _asking, token_keeper
from dialogs.words import Address, Media
from store.notices import notices_of
from store.report_notes import notes_of
from tests.fakes.zalo_oa import APP_ID, APP_SECRET, OA_SECRET
from tests.stored import a_stored_report, view
from tests.town import Clock, ScriptedUnderstanding, TestTown, thanh_chuong

CHAT = Address("zalo_oa", "main", "hoa")


# ---------------------------------------------------------------- an officer in the account's own chat


class Chat:
    """Hoa's chat with the account, in which an officer may write too."""

    def __init__(self, town: TestTown) -> None:
        self.town = town

    async def says(self, text: str = "", **what: Any) -> tuple[str, ...]:
        """What the bot answers to Hoa."""
        outcome = await self.town.hear(self.town.incoming(text, channel="zalo_oa", **what))
        return tuple(reply.text for reply in outcome.replies)

    async def officer(self, text: str) -> None:
        await self.town.hear(self.town.incoming(text, channel="zalo_oa", kind="by_hand", dedupe_key=f"hand {text}"))

    def notes(self, report: int) -> list[tuple[str, str]]:
        found = self.town.read(lambda connection: notes_of(connection, report))
        return [(note.kind, note.text) for note in found]


@pytest.fixture
def chat(town: TestTown) -> Chat:
    return Chat(town)


@pytest.fixture
def report(town: TestTown) -> int:
    return town.write(lambda connection: a_stored_report(connection, CHAT))


async def test_what_an_officer_writes_there_stands_on_the_report(chat: Chat, report: int) -> None:
    await chat.officer("Anh em ra xem ngay")
    assert chat.notes(report) == [("answer", "Anh em ra xem ngay")]
    await chat.officer("")
    assert chat.notes(report)[1][1], "a picture is named"


async def test_of_several_reports_it_is_the_newest_open_one(chat: Chat, town: TestTown, report: int) -> None:
    newer = town.write(lambda connection: a_stored_report(connection, CHAT))
    closed = town.write(lambda connection: a_stored_report(connection, CHAT))
    town.write(lambda connection: connection.exec_driver_sql(f"UPDATE report SET status='closed' WHERE id={closed}"))
    await chat.officer("Anh em ra xem ngay")
    assert (len(chat.notes(report)), len(chat.notes(newer)), len(chat.notes(closed))) == (0, 1, 0)


async def test_the_bot_is_silent_for_half_an_hour_and_keeps_what_is_said(chat: Chat, report: int) -> None:
    await chat.officer("Cột nào hỏng ạ?")
    assert await chat.says("cột trước nhà văn hoá") == ()
    assert await chat.says(kind="location", lat=18.7969, lon=105.34) == ()
    photo = Media("image", "https://x.zdn.vn/1.jpg", "image/jpeg")
    assert await chat.says(kind="media", media=(photo,)) == ()
    assert [kind for kind, _ in chat.notes(report)] == ["answer", "addition", "addition", "addition"]
    assert len(chat.town.read(lambda connection: view(connection, report)).media) == 1
    chat.town.clock.forward(STEPS_BACK + timedelta(seconds=1))
    assert await chat.says("alo") != ()


async def test_each_word_of_the_officer_begins_the_half_hour_anew(chat: Chat, report: int) -> None:
    await chat.officer("một")
    chat.town.clock.forward(STEPS_BACK - timedelta(minutes=1))
    await chat.officer("hai")
    chat.town.clock.forward(STEPS_BACK - timedelta(minutes=1))
    assert await chat.says("dạ") == ()


@pytest.mark.parametrize("text", ["phản ánh của tôi", "/mine", "2. Phản ánh của tôi"])
async def test_a_command_brings_the_bot_back(chat: Chat, report: int, text: str) -> None:
    await chat.officer("Cột nào hỏng ạ?")
    assert await chat.says(text) != ()
    assert await chat.says("dạ alo") != (), "and it stays"


async def test_without_a_report_the_bot_is_silent_too(chat: Chat) -> None:
    await chat.officer("Chào chị")
    assert await chat.says("chào em") == ()


async def test_the_officers_words_are_no_words_of_the_citizen(chat: Chat, town: TestTown) -> None:
    await chat.officer("Chào chị")
    said = town.read(lambda connection: connection.exec_driver_sql("SELECT count(*) FROM message").scalar_one())
    assert said == 0


async def test_on_other_channels_nobody_steps_back(town: TestTown) -> None:
    outcome = await town.hear(town.incoming("alo", channel="webchat"))
    assert outcome.replies


# ---------------------------------------------------------------- the spool


def test_the_spool_gives_back_what_it_was_given_in_order(tmp_path: Path) -> None:
    spool = FolderSpool(tmp_path / "spool")
    assert spool.names() == []
    names = [spool.new_name() for _ in range(20)]
    for name in reversed(names):
        spool.keep(name, name.encode())
    assert FolderSpool(tmp_path / "spool").names() == names
    assert spool.read(names[3]) == names[3].encode()
    for _ in range(2):
        spool.drop(names[0])
    assert spool.names() == names[1:]


def test_half_a_file_is_never_seen(tmp_path: Path) -> None:
    spool = FolderSpool(tmp_path)
    (tmp_path / "1.json.part").write_bytes(b"{")
    assert spool.names() == []


# ---------------------------------------------------------------- alarms and pages


def settings(tmp_path: Path, **section: str) -> Settings:
    return Settings.model_validate(
        {
            "database": {"url": f"sqlite:///{tmp_path / 'town.db'}"},
            "web": {"port": 0},
            "files": {"media": str(tmp_path / "media"), "spool": str(tmp_path / "spool")},
            "zalo_oa": {"app_id": APP_ID, "api_base_url": "http://127.0.0.1:9", **section},
            "zalo_oa_secret": OA_SECRET,
            "zalo_app_secret": APP_SECRET,
            "secret_key": "k",
        }
    )


async def test_the_operators_are_told_once_a_day_that_consent_is_needed(tmp_path: Path) -> None:
    understanding: Any = ScriptedUnderstanding()
    clock = Clock()
    server = Server(Service(settings(tmp_path), thanh_chuong(), understanding, clock))
    await server.start()
    try:
        for _ in range(2):  # two processes, and each of them twice
            keeper = token_keeper(server.service)
            await keeper.tend()
            await keeper.tend()
        told = await server.service.read(lambda connection: notices_of(connection, ["operators"]))
        assert [notice.kind for notice in told] == ["alarm"]
        assert "langnghe zalo connect" in told[0].text
        clock.forward(timedelta(days=1))
        await token_keeper(server.service).tend()
        told = await server.service.read(lambda connection: notices_of(connection, ["operators"]))
        assert len(told) == 2
    finally:
        await server.stop()


@pytest.mark.parametrize(
    ("public", "own", "picture"),
    [
        ("https://a.vn", "", "https://a.vn/static/icon-192.png"),
        ("https://a.vn", "https://b.vn/x.png", "https://b.vn/x.png"),
        ("http://a.vn", "", None),
        ("", "", None),
    ],
)
def test_the_card_that_asks_for_a_phone_needs_an_https_picture(
    tmp_path: Path, public: str, own: str, picture: str | None
) -> None:
    used = settings(tmp_path, info_image=own).model_copy(update={"web": WebSection(public_url=public)})
    asking = _asking(used)
    assert (asking.image_url if asking else None) == picture


async def test_the_pages_of_consent_and_of_the_domain_are_served(tmp_path: Path) -> None:
    understanding: Any = ScriptedUnderstanding()
    used = settings(tmp_path, site_verification="QCxs9AdSR_XBqvLx")
    server = Server(Service(used, thanh_chuong(), understanding, Clock()))
    await server.start()
    try:
        async with aiohttp.ClientSession() as client:
            async with client.get(f"{server.address}/zalo_verifierQCxs9AdSR_XBqvLx.html") as answer:
                page = await answer.text()
                assert answer.status == 200 and 'content="QCxs9AdSR_XBqvLx"' in page
            async with client.get(f"{server.address}/zalo/oa/agreed?code=secret&state=x") as answer:
                page = await answer.text()
                assert answer.status == 200 and "langnghe zalo connect" in page and "secret" not in page
            async with client.post(f"{server.address}/zalo/oa/main", data=b"{}") as answer:
                assert answer.status == 200
    finally:
        await server.stop()
