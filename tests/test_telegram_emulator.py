"""Our Telegram connector's requests against a Bot API server by other hands; whole lives in test_full_life_telegram."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.serve import Server
from connectors.telegram import Telegram
from connectors.telegram_wire import CannotFetch
from dialogs.words import Address, Choice, Gone, Media, Part, SendError
from store.report_views import all_reports
from tests.fakes.emulator import Emulator
from tests.telegram_life import PATIENCE, TEXT, last, seen, telegram_town
from tests.test_full_life import jpeg


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    made = Emulator()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture(params=["polling", "webhook"])
def mode(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture
async def server(
    emulator: Emulator, mode: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Server]:
    async with telegram_town(emulator, mode, tmp_path, monkeypatch) as opened:
        yield opened


async def test_a_citizens_photo_is_fetched_and_nothing_we_ask_is_refused(
    server: Server, emulator: Emulator, mode: str
) -> None:
    await seen(lambda: server.service.username("telegram") == "langnghe_bot")
    hoa = emulator.person()
    hoa.photo(jpeg("black"), caption=TEXT)
    hoa.press(await seen(lambda: last(emulator, hoa.id, "Gửi đi được chưa")), "Gửi")
    await seen(lambda: last(emulator, hoa.id, "Mã phản ánh: "))
    [report] = await server.service.read(lambda connection: all_reports(connection, 10, ""))
    assert await kept(server, report.media[0]), "the photo was fetched through getFile"
    assert emulator.refusals() == []
    wanted = {"getMe", "setMyCommands", "sendMessage", "editMessageText", "getFile"}
    if mode == "polling":  # a webhook answers a button in its own response
        wanted.add("answerCallbackQuery")
    await seen(lambda: wanted <= {request["method"] for request in emulator.requests})


async def test_what_the_emulator_refuses_is_told_apart_as_of_the_real_one(server: Server, emulator: Emulator) -> None:
    """A refusal of the contract is ours to mend: never tried again, never taken for a blocked chat."""
    with pytest.raises(SendError) as refused:
        await channel(server).send(Address("telegram", "main", "1001"), Part("x" * 64, (Choice("c" * 65, "Gửi"),)), 1)
    assert refused.value.kind == "bad_request"
    assert [request["status"] for request in emulator.refusals()] == [400]


async def test_a_file_that_is_not_there_is_gone_or_tried_again(server: Server, emulator: Emulator) -> None:
    whole = emulator.file(b"%PDF-1.4")["file_id"]
    assert await channel(server).fetch(Media("file", whole, "application/pdf")) == b"%PDF-1.4"
    with pytest.raises((Gone, CannotFetch)):
        await channel(server).fetch(Media("file", "nowhere", "application/pdf"))


def channel(server: Server) -> Telegram:
    """The connector that the service runs."""
    return next(one for one in server.service._connectors if isinstance(one, Telegram))


async def kept(server: Server, media: Media) -> bytes:
    """The bytes of a picture, once it has been fetched and cleaned."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                return (await server.service.stored_media(media.ref))[0]
            except KeyError:
                await asyncio.sleep(0.01)
