"""What every channel promises, whoever made it: one set of tests, run against each connector."""

import asyncio
import json
import unicodedata
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol, get_args

import pytest
from aiohttp import ClientWebSocketResponse, web
from aiohttp.test_utils import TestClient, TestServer

from bot.spool import FolderSpool
from connectors.console import BadLine, Console
from connectors.telegram import Telegram
from connectors.webchat import WebChat
from connectors.webchat_frames import Sent
from connectors.webchat_limits import Limits
from connectors.zalo_bot import ZaloBot
from connectors.zalo_oa import ZaloOa
from dialogs.answers import match_press
from dialogs.render import render
from dialogs.texts import say
from dialogs.words import Address, Choice, Connector, Incoming, IncomingKind, Media, Outgoing, Part, SendError
from tests.fakes import zalo_bot as zalo_bot_fake
from tests.fakes.bot_api import TOKEN, FakeBotApi
from tests.fakes.telegram_people import Person
from tests.fakes.zalo_bot import FakeZaloBot
from tests.fakes.zalo_oa import APP_ID, OA_ID, OA_SECRET, FakeZaloOa, TokensOfToday
from tests.test_bot_pictures import picture

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
SOON = 10.0  # seconds; only a failing test waits so long
PHOTO = picture()
DECOMPOSED = unicodedata.normalize("NFD", "đèn đường xóm Trại hỏng từ hôm kia ạ")

CHANNELS = ["console", "webchat", "telegram", "zalo_oa", "zalo_bot"]


class Door(Protocol):
    """A connector in a small world of its own, and a person who stands before it. None: it was refused, clearly."""

    connector: Connector
    here: Address  # the person's chat
    nobody: Address  # a chat that nobody has open

    async def say(self, text: str) -> Incoming | None: ...

    async def pin(self, lat: float, lon: float) -> Incoming | None:
        """A place; words, if this channel has no places."""

    async def photo(self) -> Incoming | None: ...

    async def press(self, choice: str) -> Incoming | None: ...

    def strange(self) -> list[Callable[[], Awaitable[Incoming | None]]]:
        """Things that this channel knows and we do not, or that cannot be."""


@dataclass
class Behind:
    """What stands behind a connector: remembers what came in."""

    taken: list[Incoming] = field(default_factory=list)

    async def receive(self, incoming: Incoming) -> str:
        self.taken.append(incoming)
        return ""

    async def newer(self, known: int) -> Incoming:
        async with asyncio.timeout(SOON):
            while len(self.taken) <= known:
                await asyncio.sleep(0.001)
        return self.taken[known]


# ---------------------------------------------------------------- the console


class ConsoleDoor:
    def __init__(self, folder: Path) -> None:
        self.shown: list[str] = []
        self.connector = Console(self.shown.append, lambda: NOW)
        self.here = self.nobody = Address("console", "main", "me")
        self.file = folder / "anh.jpg"
        self.file.write_bytes(PHOTO)

    async def say(self, text: str) -> Incoming | None:
        try:
            return self.connector.read_line(text)
        except BadLine:
            return None

    async def pin(self, lat: float, lon: float) -> Incoming | None:
        return await self.say(f":pin {lat},{lon}")

    async def photo(self) -> Incoming | None:
        return await self.say(f":photo {self.file}")

    async def press(self, choice: str) -> Incoming | None:
        raise AssertionError("no buttons here")

    def strange(self) -> list[Callable[[], Awaitable[Incoming | None]]]:
        lines = [
            ":",
            ":sticker",
            ":photo",
            ":photo /nowhere",
            ":pin",
            ":pin x",
            ":pin 1,2,3",
            ":pin 99,999",
            ":pin nan,1",
        ]
        return [lambda line=line: self.say(line) for line in lines]


@asynccontextmanager
async def console(folder: Path) -> AsyncIterator[Door]:
    yield ConsoleDoor(folder)


# ---------------------------------------------------------------- the web chat


class WebChatDoor:
    nobody = Address("webchat", "main", "0" * 32)

    def __init__(self, connector: WebChat, behind: Behind) -> None:
        self.connector, self.behind = connector, behind
        self.count = 0

    async def enter(self, ws: ClientWebSocketResponse, client: TestClient[web.Request, web.Application]) -> None:
        self.ws, self.client = ws, client
        await ws.send_json({"type": "hello", "session": None, "last": 0})
        self.session = (await ws.receive_json(timeout=SOON))["session"]
        incoming = await self.say("chào")
        assert incoming is not None
        self.here = incoming.address

    async def give(self, **frame: Any) -> Incoming | None:
        self.count += 1
        return await self.frame(json.dumps({"id": f"frame-{self.count}", **frame}))

    async def frame(self, raw: str) -> Incoming | None:
        known = len(self.behind.taken)
        await self.ws.send_str(raw)
        answer = await self.ws.receive_json(timeout=SOON)
        if answer["type"] == "error":
            assert answer["text"]
            return None
        assert answer["type"] == "ack"
        return self.behind.taken[known]

    async def say(self, text: str) -> Incoming | None:
        return await self.give(type="message", text=text)

    async def pin(self, lat: float, lon: float) -> Incoming | None:
        return await self.give(type="location", lat=lat, lon=lon)

    async def press(self, choice: str) -> Incoming | None:
        return await self.give(type="choice", choice=choice)

    async def photo(self) -> Incoming | None:
        from aiohttp import FormData

        form = FormData()
        form.add_field("session", self.session)
        form.add_field("file", PHOTO, filename="anh.jpg", content_type="image/jpeg")
        async with self.client.post("/chat/media", data=form) as answer:
            upload = (await answer.json())["upload"]
        return await self.give(type="media", upload=upload)

    def strange(self) -> list[Callable[[], Awaitable[Incoming | None]]]:
        frames: list[dict[str, Any]] = [
            {"type": "sticker"},
            {"type": "message"},
            {"type": "message", "text": 5},
            {"type": "location", "lat": 99, "lon": 999},
            {"type": "media", "upload": "not mine"},
            {"type": "choice", "choice": ""},
            {},
        ]
        given: list[Callable[[], Awaitable[Incoming | None]]] = [
            lambda frame=frame: self.give(**frame) for frame in frames
        ]
        return given + [
            lambda raw=raw: self.frame(raw) for raw in ("", "[]", "null", "{", '{"type":"message","text":"x"}')
        ]


@asynccontextmanager
async def webchat(folder: Path) -> AsyncIterator[Door]:
    behind = Behind()
    sent: list[Sent] = []

    async def sent_after(key: str, seq: int) -> list[Sent]:
        return [one for one in sent if one.seq > seq]

    async def keep_upload(pieces: AsyncIterable[bytes]) -> Media:
        return Media("image", "upload:1", "image/jpeg", sum([len(piece) async for piece in pieces]))

    connector = WebChat(
        receive=behind.receive,
        sent_after=sent_after,
        keep_upload=keep_upload,
        clock=lambda: NOW,
        words=say,
        limits=Limits(poll_seconds=60),
    )
    app = web.Application()
    app.add_routes(connector.routes())
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(TestClient(TestServer(app)))
        door = WebChatDoor(connector, behind)
        await door.enter(await client.ws_connect("/chat/ws"), client)
        yield door


# ---------------------------------------------------------------- Telegram


class TelegramDoor:
    here = Address("telegram", "main", "1001")
    nobody = Address("telegram", "main", "1999")

    def __init__(self, connector: Telegram, behind: Behind, hoa: Person) -> None:
        self.connector, self.behind, self.hoa = connector, behind, hoa

    async def give(self, **content: Any) -> Incoming | None:
        known = len(self.behind.taken)
        self.hoa.say(**content)
        return await self.behind.newer(known)

    async def say(self, text: str) -> Incoming | None:
        return await self.give(text=text)

    async def pin(self, lat: float, lon: float) -> Incoming | None:
        return await self.give(location={"latitude": lat, "longitude": lon})

    async def photo(self) -> Incoming | None:
        known = len(self.behind.taken)
        self.hoa.photo(PHOTO)
        return await self.behind.newer(known)

    async def press(self, choice: str) -> Incoming | None:
        known = len(self.behind.taken)
        await self.connector.send(self.here, Part("Gửi được chưa ạ?", (Choice(choice, "Gửi"),)), 1)
        shown = list(self.hoa.chat.messages.values())[-1]
        self.hoa.press(shown, "Gửi")
        return await self.behind.newer(known)

    def strange(self) -> list[Callable[[], Awaitable[Incoming | None]]]:
        things: list[dict[str, Any]] = [
            {"dice": {"emoji": "🎲", "value": 3}},
            {"game": {"title": "x", "description": "y", "photo": []}},
            {"story": {"chat": {"id": 1, "type": "private"}, "id": 2}},
            {"of_the_next_year": {"x": 1}},
        ]
        return [lambda thing=thing: self.give(**thing) for thing in things]


class Time:
    """Passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


@asynccontextmanager
async def telegram(folder: Path) -> AsyncIterator[Door]:
    behind, time, api = Behind(), Time(), FakeBotApi()
    await api.start()

    async def read_media(ref: str) -> tuple[bytes, str]:
        return PHOTO, "image/jpeg"

    async def keep_unread(raw: str, why: str) -> None:
        raise AssertionError(f"could not be read: {why}")

    connector = Telegram(
        token=TOKEN,
        receive=behind.receive,
        read_media=read_media,
        keep_unread=keep_unread,
        clock=lambda: NOW,
        words=say,
        api_base_url=api.url,
        sleep=time.sleep,
        monotonic=time.monotonic,
    )
    await connector.start()
    yield TelegramDoor(connector, behind, api.person(1001))
    await connector.stop()
    await api.stop()


# ---------------------------------------------------------------- Zalo Official Account


class ZaloOaDoor:
    here = Address("zalo_oa", "main", "4572947693969771653")
    nobody = Address("zalo_oa", "main", "999")

    def __init__(self, connector: ZaloOa, behind: Behind, api: FakeZaloOa) -> None:
        self.connector, self.behind, self.api = connector, behind, api
        self.hoa = api.person(self.here.chat)
        api.seen[self.hoa.id] = NOW

    async def give(self, do: Callable[[], Any]) -> Incoming | None:
        known = len(self.behind.taken)
        do()
        assert await self.api.posted() == 200
        return self.behind.taken[known] if len(self.behind.taken) > known else None

    async def say(self, text: str) -> Incoming | None:
        return await self.give(lambda: self.hoa.say(text))

    async def pin(self, lat: float, lon: float) -> Incoming | None:
        return await self.give(lambda: self.hoa.pin(lat, lon))

    async def photo(self) -> Incoming | None:
        return await self.give(lambda: self.hoa.photo(PHOTO))

    async def press(self, choice: str) -> Incoming | None:
        """Zalo gives back words. They stand for the one choice that was shown with this number and label."""
        shown = Choice(choice, "Gửi")
        await self.connector.send(self.here, Part("Gửi được chưa ạ?", (Choice("1:other", "Khác"), shown)), 1)
        incoming = await self.give(lambda: self.hoa.press("Gửi"))
        assert incoming and incoming.kind == "text"
        assert match_press(incoming.text, (Choice("1:other", "Khác"), shown)) == shown
        return replace(incoming, kind="choice", choice=choice)

    def strange(self) -> list[Callable[[], Awaitable[Incoming | None]]]:
        things: list[Callable[[], Any]] = [
            lambda: self.hoa.attach("hologram", {"type": "hologram", "payload": {}}),
            lambda: self.hoa.attach("location", {"type": "location", "payload": {"coordinates": {"latitude": "x"}}}),
            lambda: self.hoa.attach("image"),
            lambda: self.hoa.does("user_send_text"),
            lambda: self.hoa.does("user_seen_message", message={"msg_ids": ["1"]}),
            lambda: self.api.post(self.api.event("event_of_the_next_year", x=[1])),
            lambda: self.api.post({**self.api.event(""), "event_name": 5}),
        ]
        return [lambda thing=thing: self.give(thing) for thing in things]


@asynccontextmanager
async def zalo_oa(folder: Path) -> AsyncIterator[Door]:
    behind, api = Behind(), FakeZaloOa()
    await api.start()

    async def read_media(ref: str) -> tuple[bytes, str]:
        return PHOTO, "image/jpeg"

    unread: list[str] = []

    async def keep_unread(raw: str, why: str) -> None:
        unread.append(why)

    connector = ZaloOa(
        app_id=APP_ID,
        oa_secret=OA_SECRET,
        oa_id=OA_ID,
        tokens=TokensOfToday(api),
        spool=FolderSpool(folder / "spool"),
        receive=behind.receive,
        read_media=read_media,
        keep_unread=keep_unread,
        clock=lambda: NOW,
        api_url=api.url,
    )
    app = web.Application()
    app.add_routes(connector.routes())
    async with TestServer(app) as server:
        api.webhook = str(server.make_url("/zalo/oa/main"))
        await connector.start()
        yield ZaloOaDoor(connector, behind, api)
        await connector.stop()
    await api.stop()


# ---------------------------------------------------------------- Zalo Bot


class ZaloBotDoor:
    def __init__(self, connector: ZaloBot, behind: Behind, api: FakeZaloBot) -> None:
        self.connector, self.behind, self.hoa = connector, behind, api.person()
        self.here = Address("zalo_bot", "main", self.hoa.id)
        self.nobody = Address("zalo_bot", "main", "0" * 20)

    async def give(self, event: str, **content: Any) -> Incoming | None:
        known = len(self.behind.taken)
        self.hoa.does(event, **content)
        return await self.behind.newer(known)

    async def say(self, text: str) -> Incoming | None:
        return await self.give("message.text.received", text=text)

    async def pin(self, lat: float, lon: float) -> Incoming | None:
        return await self.say(f"{lat}, {lon}")

    async def photo(self) -> Incoming | None:
        known = len(self.behind.taken)
        self.hoa.photo(PHOTO)
        return await self.behind.newer(known)

    async def press(self, choice: str) -> Incoming | None:
        raise AssertionError("no buttons here")

    def strange(self) -> list[Callable[[], Awaitable[Incoming | None]]]:
        things: list[dict[str, Any]] = [
            {"event": "message.unsupported.received"},
            {"event": "message.text.received"},
            {"event": "message.image.received", "photo": {"of": "the next year"}},
            {"event": "message.voice.received", "voice_url": 7},
        ]
        return [lambda thing=thing: self.give(**thing) for thing in things]


@asynccontextmanager
async def zalo_bot(folder: Path) -> AsyncIterator[Door]:
    behind, time, api = Behind(), Time(), FakeZaloBot()
    await api.start()

    async def keep_unread(raw: str, why: str) -> None:
        raise AssertionError(f"could not be read: {why}")

    connector = ZaloBot(
        token=zalo_bot_fake.TOKEN,
        receive=behind.receive,
        keep_unread=keep_unread,
        photo_url=lambda photo: api.file(PHOTO),
        spool=FolderSpool(folder / "spool"),
        clock=lambda: NOW,
        words=say,
        api_base_url=api.url,
        sleep=time.sleep,
        monotonic=time.monotonic,
    )
    await connector.start()
    yield ZaloBotDoor(connector, behind, api)
    await connector.stop()
    await api.stop()


DOORS = {
    "console": console,
    "webchat": webchat,
    "telegram": telegram,
    "zalo_oa": zalo_oa,
    "zalo_bot": zalo_bot,
}


@pytest.fixture(params=CHANNELS)
async def door(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Door]:
    monkeypatch.setenv("NO_PROXY", "*")
    async with DOORS[request.param](tmp_path) as opened:
        yield opened


def test_every_connector_that_there_is_keeps_this_contract() -> None:
    folder = Path(__file__).parent.parent / "connectors"
    made = {path.stem for path in folder.glob("*.py") if "capabilities = Capabilities(" in path.read_text("utf-8")}
    assert made == set(CHANNELS)


# ---------------------------------------------------------------- what it is


class TestWhatItIs:
    def test_it_has_a_name_an_account_and_says_what_it_can(self, door: Door) -> None:
        connector = door.connector
        assert connector.name.isidentifier() and connector.account
        assert door.here.channel == connector.name and door.here.account == connector.account
        can = connector.capabilities
        assert can.max_text >= 160 and can.buttons >= 0 and can.label_len >= 10 and can.max_media_bytes > 0
        assert can.media_in | can.media_out <= {"image", "video", "audio", "file", "sticker"}

    async def test_starting_and_stopping_twice_is_once(self, door: Door) -> None:
        for _ in range(2):
            await door.connector.start()
        for _ in range(2):
            await door.connector.stop()


# ---------------------------------------------------------------- what it sends

LONG = "Đường hỏng nặng, mưa là lầy lội 😀 "
PARTS = {
    "a word": Part("Dạ"),
    "nothing but a picture": Part("", media=(Media("image", "7", "image/jpeg", 9, "a.jpg", "/media/7/x"),)),
    "words and a picture": Part("Xong ạ", media=(Media("image", "7", "image/jpeg", 9, "a.jpg", "/media/7/x"),)),
    "odd letters": Part("<b>&amp; {x} %s \u202eabc 🇻🇳 _*[`"),
    "a request": Part("Ở đâu ạ?", ask="location"),
    "an edit": Part("Đã đổi", edit_of="999999"),
}


class TestWhatItSends:
    @pytest.mark.parametrize("what", sorted(PARTS))
    async def test_a_part_is_sent_or_fails_in_a_way_that_has_a_name(self, door: Door, what: str) -> None:
        assert await sent(door, PARTS[what]) is not None

    async def test_a_text_as_long_as_it_says_is_sent(self, door: Door) -> None:
        parts = render(Outgoing(LONG * 2000), door.connector.capabilities, 1)
        for part in parts[:2]:
            assert isinstance(await sent(door, part), str)

    async def test_as_many_buttons_as_it_says_are_sent(self, door: Door) -> None:
        count = min(door.connector.capabilities.buttons, 30)
        label = "Đèn đường, cây xanh, chiếu sáng công cộng và vỉa hè các loại" * 2
        choices = tuple(Choice(f"category:{'x' * 30}{number}", label) for number in range(count))
        (part,) = render(Outgoing("Loại nào ạ?", choices), door.connector.capabilities, 12)
        assert isinstance(await sent(door, part), str)

    async def test_a_message_to_a_chat_that_nobody_has_open_never_raises_anything_else(self, door: Door) -> None:
        assert await sent(door, Part("Dạ"), door.nobody) is not None

    async def test_after_a_stop_nothing_but_a_send_error_comes(self, door: Door) -> None:
        await door.connector.stop()
        assert await sent(door, Part("Dạ")) is not None


async def sent(door: Door, part: Part, to: Address | None = None) -> str | SendError:
    try:
        sent_id = await door.connector.send(to or door.here, part, 17)
    except SendError as error:
        assert error.kind in (
            "retry",
            "throttled",
            "recipient_gone",
            "window_closed",
            "bad_request",
            "config",
            "unknown",
        )
        return error
    assert isinstance(sent_id, str)
    return sent_id


# ---------------------------------------------------------------- what comes in


def check(incoming: Incoming | None, door: Door) -> Incoming:
    """What is true of everything that comes in."""
    assert incoming is not None
    assert incoming.address == door.here
    assert incoming.kind in get_args(IncomingKind)
    assert incoming.dedupe_key and len(incoming.dedupe_key) <= 200
    assert incoming.at.tzinfo is not None and incoming.at.utcoffset() is not None
    assert incoming.sender.id
    for words in (incoming.text, incoming.choice, incoming.sender.name, incoming.reply_to):
        assert words == unicodedata.normalize("NFC", words)
        words.encode()
    return incoming


class TestWhatComesIn:
    async def test_words_are_composed_unicode(self, door: Door) -> None:
        incoming = check(await door.say(DECOMPOSED), door)
        assert (incoming.kind, incoming.text) == ("text", unicodedata.normalize("NFC", DECOMPOSED))

    @pytest.mark.parametrize("text", ["😀🇻🇳", "{0} %s <b>", "một\nhai", "x" * 4000, "/track TC-7K3F-2F", "1"])
    async def test_any_words_come_in_as_they_were_written(self, door: Door, text: str) -> None:
        incoming = check(await door.say(text), door)
        assert (incoming.kind, incoming.text) == ("text", text)

    async def test_start_is_a_beginning(self, door: Door) -> None:
        assert check(await door.say("/start"), door).kind == "start"

    async def test_two_messages_have_two_keys(self, door: Door) -> None:
        one, other = check(await door.say("dạ"), door), check(await door.say("dạ"), door)
        assert one.dedupe_key != other.dedupe_key
        assert one.sender.id == other.sender.id

    async def test_a_pin_is_a_place(self, door: Door) -> None:
        incoming = check(await door.pin(18.7969, 105.34), door)
        if incoming.kind == "text":
            assert incoming.text == "18.7969, 105.34"
            return
        assert (incoming.kind, incoming.lat, incoming.lon) == ("location", 18.7969, 105.34)

    async def test_a_photo_is_media_with_something_to_fetch_it_by(self, door: Door) -> None:
        incoming = check(await door.photo(), door)
        assert incoming.kind == "media"
        (item,) = incoming.media
        assert item.kind == "image" and item.ref
        assert item.kind in door.connector.capabilities.media_in

    async def test_a_button_comes_back_as_it_was_sent(self, door: Door) -> None:
        if door.connector.capabilities.buttons == 0:
            pytest.skip("this channel has no buttons")
        for wire in ("12:send", "/track TC-7K3F-2F"):
            incoming = check(await door.press(wire), door)
            assert (incoming.kind, incoming.choice) == ("choice", wire)

    async def test_what_we_do_not_know_is_unsupported_or_refused_and_the_next_message_comes_in(
        self, door: Door
    ) -> None:
        things = door.strange()
        assert len(things) >= 3
        for strange in things:
            incoming = await strange()
            if incoming is not None:
                assert check(incoming, door).kind == "unsupported"
        assert check(await door.say("vẫn nghe"), door).text == "vẫn nghe"
