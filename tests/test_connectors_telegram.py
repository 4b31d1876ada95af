"""Telegram over a Bot API of ours: nothing acknowledged too early, nothing sent twice, no limit met, no token told."""

import asyncio
import io
import logging
import socket
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any, Literal

import pytest
from aiohttp import ClientSession, web
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    TelegramError,
    TimedOut,
)

from connectors import telegram_http, telegram_intake
from connectors.telegram import Telegram
from connectors.telegram_http import CannotReach
from connectors.telegram_plan import plan, rows_of
from connectors.telegram_wire import CannotFetch, Failed, Line, send_error, trouble
from dialogs.texts import say
from dialogs.words import Address, Choice, Connector, Gone, Incoming, Media, Part, SendError
from tests.fakes.bot_api import MEGABYTE, TOKEN, FakeBotApi
from tests.fakes.server import Time
from tests.fakes.telegram_people import ANONYMOUS, Person
from tests.fakes.telegram_rules import Refusal

SECRET = "a-secret-of-the-webhook"
CARD = (Choice("12:send", "Gửi"), Choice("12:edit", "Sửa"), Choice("12:more", "Thêm ảnh"))
SOON = 5.0  # seconds; only a failing test waits so long


class Town:
    """What stands behind the connector: remembers what was received, and refuses when told to."""

    def __init__(self) -> None:
        self.taken: list[Incoming] = []
        self.offered = 0
        self.kept: list[tuple[str, str]] = []
        self.media: dict[str, tuple[bytes, str]] = {}
        self.fails: Callable[[Incoming], bool] = lambda incoming: False
        self.cannot_keep = False
        self.old_button = ""
        self.commit = asyncio.Event()
        self.commit.set()

    async def receive(self, incoming: Incoming) -> str:
        self.offered += 1
        await self.commit.wait()
        if self.fails(incoming):
            raise RuntimeError("the database is away")
        if any(known.dedupe_key == incoming.dedupe_key for known in self.taken):
            return ""
        self.taken.append(incoming)
        return "Nút đó đã cũ rồi ạ." if incoming.choice == self.old_button else ""

    async def keep_unread(self, raw: str, why: str) -> None:
        if self.cannot_keep:
            raise RuntimeError("the database is away")
        self.kept.append((raw, why))

    async def read_media(self, ref: str) -> tuple[bytes, str]:
        return self.media[ref]

    def photo(self, ref: str, content: bytes = b"\xff\xd8\xff", kind: Any = "image", mime: str = "image/jpeg") -> Media:
        self.media[ref] = (content, mime)
        return Media(kind, ref, mime, len(content))

    @property
    def texts(self) -> list[str]:
        return [incoming.text for incoming in self.taken]


class Street:
    """The fake Bot API, a town, and a connector between them."""

    def __init__(self, api: FakeBotApi, town: Town, time: Time) -> None:
        self.api, self.town, self.time = api, town, time
        self.connector = self.connect()

    def connect(self, **settings: Any) -> Telegram:
        """A connector to this Bot API."""
        usual: dict[str, Any] = {
            "token": TOKEN,
            "receive": self.town.receive,
            "read_media": self.town.read_media,
            "keep_unread": self.town.keep_unread,
            "clock": lambda: datetime(2026, 11, 23, 2, 0, tzinfo=UTC),
            "words": say,
            "api_base_url": self.api.url,
            "sleep": self.time.sleep,
            "monotonic": self.time.monotonic,
        }
        return Telegram(**(usual | settings))

    async def restart(self, **settings: Any) -> None:
        """Another connector in place of this one, which knows nothing of it; a minute later."""
        await self.connector.stop()
        self.connector = self.connect(**settings)
        self.time.now += 60.0

    async def send(self, part: Part, chat: str = "1001", message_id: int = 1, thread: str = "") -> str:
        return await self.connector.send(Address("telegram", "main", chat, thread), part, message_id)

    async def refusal(self, part: Part, chat: str = "1001", thread: str = "") -> SendError:
        with pytest.raises(SendError) as caught:
            await self.send(part, chat, thread=thread)
        assert TOKEN not in f"{caught.value!r} {caught.value.__cause__!r}"
        assert caught.value.__suppress_context__ or caught.value.__context__ is None
        return caught.value


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
async def street() -> AsyncIterator[Street]:
    time = Time()
    api = FakeBotApi(limits=True, monotonic=time.monotonic)
    await api.start()
    made = Street(api, Town(), time)
    yield made
    await made.connector.stop()
    await api.stop()


@pytest.fixture
def hoa(street: Street) -> Person:
    return street.api.person()


async def until(true: Callable[[], object]) -> None:
    """Let everything run until this is so."""
    async with asyncio.timeout(SOON):
        while not true():
            await asyncio.sleep(0.001)


# ---------------------------------------------------------------- the connector as such


def test_it_is_a_connector(street: Street) -> None:
    connector: Connector = street.connector
    assert (connector.name, connector.account) == ("telegram", "main")
    assert connector.capabilities.media_out == {"image", "video", "audio", "file"}


async def test_starting_and_stopping_twice_is_once(street: Street, hoa: Person) -> None:
    for _ in range(2):
        await street.connector.start()
        await street.connector.start()
        await until(lambda: street.connector.username)
        await street.connector.stop()
        await street.connector.stop()
    await street.connector.start()
    hoa.say("vẫn nghe")
    await until(lambda: street.town.texts == ["vẫn nghe"])


@pytest.mark.parametrize(
    "settings",
    [
        {"token": "secret"},
        {"token": ""},
        {"mode": "webhook", "public_url": "https://x.vn"},
        {"mode": "webhook", "webhook_secret": SECRET},
        {"proxy": "gopher://x"},
    ],
)
def test_what_cannot_work_is_said_before_it_starts_and_without_the_secret(
    street: Street, settings: dict[str, Any]
) -> None:
    with pytest.raises(CannotReach) as caught:
        street.connect(**settings)
    assert "secret" not in str(caught.value).replace("a secret of", "")


# ---------------------------------------------------------------- taking updates by polling


async def test_people_are_heard_in_their_order(street: Street, hoa: Person) -> None:
    binh = street.api.person(1002, "Bình")
    for number in range(5):
        hoa.say(f"hoa {number}")
        binh.say(f"bình {number}")
    await street.connector.start()
    await until(lambda: len(street.town.taken) == 10)
    assert [text for text in street.town.texts if "hoa" in text] == [f"hoa {number}" for number in range(5)]
    assert [text for text in street.town.texts if "bình" in text] == [f"bình {number}" for number in range(5)]


async def test_an_update_is_acknowledged_only_after_its_commit(street: Street, hoa: Person) -> None:
    street.town.commit.clear()
    hoa.say("đèn hỏng")
    await street.connector.start()
    await until(lambda: street.town.offered)
    assert len(street.api.pending) == 1
    street.town.commit.set()
    await until(lambda: not street.api.pending)
    assert street.town.texts == ["đèn hỏng"]


async def test_what_was_not_taken_comes_again_and_its_neighbours_count_once(street: Street, hoa: Person) -> None:
    binh = street.api.person(1002, "Bình")
    refused = iter([True, True])
    street.town.fails = lambda incoming: incoming.text == "đèn hỏng" and next(refused, False)
    hoa.say("đèn hỏng")
    hoa.say("ở xóm 5")
    binh.say("rác đầy chợ")
    await street.connector.start()
    await until(lambda: not street.api.pending)
    assert sorted(street.town.texts) == ["rác đầy chợ", "đèn hỏng", "ở xóm 5"]
    assert street.town.texts.index("đèn hỏng") < street.town.texts.index("ở xóm 5")
    assert street.town.kept == []


async def test_an_unreadable_update_is_kept_its_sender_answered_and_the_next_one_taken(
    street: Street, hoa: Person
) -> None:
    hoa.say(contact={"first_name": "không có số"})
    hoa.say("đèn hỏng")
    await street.connector.start()
    await until(lambda: not street.api.pending)
    assert [incoming.kind for incoming in street.town.taken] == ["unsupported", "text"]
    [(raw, why)] = street.town.kept
    assert ("không có số" in raw, why) == (True, "KeyError")


async def test_an_update_whose_turn_fails_again_and_again_is_kept_and_passed_over(street: Street, hoa: Person) -> None:
    street.town.fails = lambda incoming: incoming.text == "thuốc độc"
    hoa.say("thuốc độc")
    hoa.say("đèn hỏng")
    await street.connector.start()
    await until(lambda: not street.api.pending)
    assert street.town.texts == ["đèn hỏng"]
    assert [why for _, why in street.town.kept] == ["RuntimeError"]


async def test_while_the_database_is_away_nothing_is_passed_over(street: Street, hoa: Person) -> None:
    street.town.fails, street.town.cannot_keep = lambda incoming: True, True
    hoa.say("đèn hỏng")
    await street.connector.start()
    await until(lambda: street.town.offered >= 20)
    assert len(street.api.pending) == 1
    street.town.fails = lambda incoming: False
    await until(lambda: not street.api.pending)
    assert street.town.texts == ["đèn hỏng"]


async def test_a_restart_takes_up_what_was_not_acknowledged(street: Street, hoa: Person) -> None:
    street.town.fails = lambda incoming: True
    hoa.say("đèn hỏng")
    await street.connector.start()
    await until(lambda: street.town.offered)
    await street.restart()
    street.town.fails = lambda incoming: False
    await street.connector.start()
    await until(lambda: street.town.texts == ["đèn hỏng"])


async def test_stopping_waits_for_the_turn_that_is_being_taken(street: Street, hoa: Person) -> None:
    street.town.commit.clear()
    hoa.say("đèn hỏng")
    await street.connector.start()
    await until(lambda: street.town.offered)
    stopping = asyncio.create_task(street.connector.stop())
    await asyncio.sleep(0)
    street.town.commit.set()
    await stopping
    assert street.town.texts == ["đèn hỏng"]


async def test_an_album_arrives_as_its_parts_under_one_name(street: Street, hoa: Person) -> None:
    hoa.album("Rác đầy chợ Rộ", "", "")
    await street.connector.start()
    await until(lambda: len(street.town.taken) == 3)
    assert [incoming.text for incoming in street.town.taken] == ["Rác đầy chợ Rộ", "", ""]
    assert len({incoming.album for incoming in street.town.taken}) == 1
    assert street.town.taken[0].album


async def test_an_edit_says_which_message_it_changes(street: Street, hoa: Person) -> None:
    hoa.say("xóm 5")
    message = next(iter(hoa.chat.messages.values()))
    hoa.edit(message, "xóm 6")
    await street.connector.start()
    await until(lambda: len(street.town.taken) == 2)
    said, edited = street.town.taken
    assert (edited.kind, edited.text, edited.message_id) == ("edited", "xóm 6", said.message_id)


async def test_blocking_and_coming_back_are_heard(street: Street, hoa: Person) -> None:
    await street.connector.start()
    hoa.block()
    hoa.unblock()
    await until(lambda: [incoming.kind for incoming in street.town.taken] == ["unfollow", "follow"])


async def test_a_group_that_becomes_a_supergroup_is_heard_under_its_old_id(street: Street) -> None:
    group = street.api.group(-4567)
    street.api.migrate(group, -1004567)
    await street.connector.start()
    await until(lambda: street.town.taken and not street.api.pending)
    [moved] = street.town.taken
    assert (moved.kind, moved.address.chat, moved.text) == ("migrated", "-4567", "-1004567")


async def test_an_anonymous_admin_is_known_as_one(street: Street) -> None:
    group = street.api.group()
    Person(street.api, ANONYMOUS).say("/danhsach", to=group, sender_chat=group.info)
    await street.connector.start()
    await until(lambda: street.town.taken)
    assert street.town.taken[0].sender.anonymous


# ---------------------------------------------------------------- buttons


async def pressed(street: Street, hoa: Person, label: str = "Gửi") -> str:
    await street.send(Part("Gửi đi được chưa ạ?", CARD))
    [card] = street.api.sent(1001)
    return hoa.press(card, label)


async def test_a_pressed_button_comes_with_its_card_and_is_answered(street: Street, hoa: Person) -> None:
    query = await pressed(street, hoa)
    await street.connector.start()
    await until(lambda: street.api.answered)
    assert street.api.answered == {query: ""}
    [choice] = street.town.taken
    [card] = street.api.sent(1001)
    assert (choice.kind, choice.choice, choice.reply_to) == ("choice", "12:send", str(card["message_id"]))


async def test_a_button_is_answered_before_a_slow_turn_is_over(
    street: Street, hoa: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telegram_intake, "ANSWER_WITHIN", 0.01)
    street.town.commit.clear()
    query = await pressed(street, hoa)
    await street.connector.start()
    await until(lambda: street.api.answered == {query: ""})
    assert street.town.taken == []
    street.town.commit.set()
    await until(lambda: not street.api.pending)
    assert len(street.town.taken) == 1
    assert len(street.api.called("answerCallbackQuery")) == 1


async def test_a_stale_button_says_so(street: Street, hoa: Person) -> None:
    street.town.old_button = "12:send"
    query = await pressed(street, hoa)
    await street.connector.start()
    await until(lambda: street.api.answered)
    assert street.api.answered == {query: "Nút đó đã cũ rồi ạ."}


async def test_a_button_that_can_no_longer_be_answered_counts_all_the_same(street: Street, hoa: Person) -> None:
    await pressed(street, hoa)
    words = "Bad Request: query is too old and response timeout expired or query ID is invalid"
    street.api.fail("answerCallbackQuery", 400, words)
    await street.connector.start()
    await until(lambda: not street.api.pending)
    assert len(street.town.taken) == 1


# ---------------------------------------------------------------- Telegram out of reach


async def test_telegram_unreachable_at_the_start_is_one_line_and_tried_ever_more_slowly(
    street: Street, hoa: Person, caplog: pytest.LogCaptureFixture
) -> None:
    port = int(street.api.url.rsplit(":", 1)[1])
    await street.api.stop()
    with caplog.at_level(logging.DEBUG):
        await street.connector.start()
        await until(lambda: len(street.time.slept) >= 8)
    assert street.time.slept[:8] == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]
    said = [record.getMessage() for record in caplog.records if record.name == "langnghe.telegram"]
    assert said == ["telegram main: Telegram cannot be reached (ClientConnectorError); trying again"]
    assert (await street.refusal(Part("chào"))).kind == "retry"
    await street.api.start(port)
    hoa.say("nghe chưa")
    await until(lambda: street.town.texts == ["nghe chưa"])


async def test_a_wrong_token_is_one_line_without_the_token(street: Street, caplog: pytest.LogCaptureFixture) -> None:
    street.api.token = "another:token"
    with caplog.at_level(logging.DEBUG):
        await street.connector.start()
        await until(lambda: len(street.time.slept) >= 5)
        error = await street.refusal(Part("chào"))
    assert error.kind == "config"
    said = [record.getMessage() for record in caplog.records if record.name == "langnghe.telegram"]
    assert said == ["telegram main: Telegram refuses the bot's token; trying again"]
    assert TOKEN not in caplog.text


async def test_no_library_logs_the_token_even_when_all_goes_well(
    street: Street, hoa: Person, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        hoa.photo(b"a picture")
        await street.connector.start()
        await until(lambda: street.town.taken)
        await street.send(Part("Đã gửi"))
        await street.connector.fetch(street.town.taken[0].media[0])
        await street.connector.stop()
    assert TOKEN not in caplog.text
    assert "Đã gửi" not in caplog.text


async def test_a_failing_poll_is_tried_again_and_nothing_is_lost(street: Street, hoa: Person) -> None:
    street.api.fail("getUpdates", 502, "Bad Gateway", times=3)
    hoa.say("đèn hỏng")
    await street.connector.start()
    await until(lambda: street.town.texts == ["đèn hỏng"])


async def test_a_worker_polls_only_when_it_is_its_turn(street: Street, hoa: Person) -> None:
    ours = asyncio.Event()
    await street.restart(may_poll=ours.wait)
    hoa.say("đèn hỏng")
    await street.connector.start()
    await until(lambda: street.connector.username)
    assert "getUpdates" not in [call.method for call in street.api.calls]
    ours.set()
    await until(lambda: street.town.texts == ["đèn hỏng"])


async def test_a_webhook_left_behind_does_not_keep_the_poll_out(street: Street, hoa: Person) -> None:
    street.api.webhook = {"url": "http://127.0.0.1:1/gone"}
    await street.connector.start()
    await until(lambda: street.connector.username)
    street.api.webhook = {"url": "http://127.0.0.1:1/set-again-by-another-program"}
    hoa.say("đèn hỏng")
    street.api._wake()
    await until(lambda: street.town.texts == ["đèn hỏng"])
    assert street.api.webhook == {}


async def test_a_second_reader_of_the_same_bot_is_said_once(
    street: Street, hoa: Person, caplog: pytest.LogCaptureFixture
) -> None:
    words = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
    street.api.fail("getUpdates", 409, words, times=6)
    with caplog.at_level(logging.INFO):
        await street.connector.start()
        hoa.say("đèn hỏng")
        await until(lambda: street.town.taken)
        await until(lambda: "listening" in caplog.text)
    said = [record.getMessage() for record in caplog.records if record.name == "langnghe.telegram"]
    assert said == [
        "telegram main: another program reads this bot's messages, or a webhook is set elsewhere; trying again",
        "telegram main: @langnghe_bot is listening (polling)",
    ]


async def test_commands_are_shown_to_citizens_and_to_officers(street: Street) -> None:
    await street.restart(citizen_commands=[("mine", "Phản ánh của tôi")], staff_commands=[("danhsach", "Việc đang mở")])
    await street.connector.start()
    await until(lambda: len(street.api.commands) == 2)
    assert street.api.commands == {
        "all_private_chats": [{"command": "mine", "description": "Phản ánh của tôi"}],
        "all_group_chats": [{"command": "danhsach", "description": "Việc đang mở"}],
    }


# ---------------------------------------------------------------- the webhook


class Door:
    """The connector's routes on a server of their own."""

    def __init__(self, street: Street) -> None:
        self.street = street
        self.runner = web.AppRunner(web.Application(), access_log=None, shutdown_timeout=0.1)

    async def __aenter__(self) -> "Door":
        listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        await self.street.restart(mode="webhook", webhook_secret=SECRET, public_url=self.url)
        self.runner.app.add_routes(self.street.connector.routes())
        await self.runner.setup()
        await web.SockSite(self.runner, listening).start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.runner.cleanup()

    async def post(self, body: bytes, secret: str | None = SECRET) -> int:
        headers = {} if secret is None else {"X-Telegram-Bot-Api-Secret-Token": secret}
        async with (
            ClientSession() as session,
            session.post(f"{self.url}/telegram/main", data=io.BytesIO(body), headers=headers) as answer,
        ):
            return answer.status


def test_without_a_webhook_there_is_no_door(street: Street) -> None:
    assert street.connector.routes() == []


async def test_through_the_webhook_people_are_heard_in_their_order(street: Street, hoa: Person) -> None:
    async with Door(street):
        await street.connector.start()
        await until(lambda: street.api.webhook)
        assert street.api.webhook["secret_token"] == SECRET
        assert "callback_query" in street.api.webhook["allowed_updates"]
        for number in range(5):
            hoa.say(str(number))
        await until(lambda: not street.api.pending)
        assert street.town.texts == ["0", "1", "2", "3", "4"]
        assert street.api.called("getUpdates") == []


async def test_the_webhook_answers_200_only_after_the_commit(street: Street, hoa: Person) -> None:
    async with Door(street):
        await street.connector.start()
        await until(lambda: street.api.webhook)
        street.town.commit.clear()
        hoa.say("đèn hỏng")
        await until(lambda: street.town.offered)
        assert street.api.webhook_answers == []
        street.town.commit.set()
        await until(lambda: street.api.webhook_answers == [200])


async def test_a_button_is_answered_in_the_webhooks_own_response(street: Street, hoa: Person) -> None:
    street.town.old_button = "12:send"
    async with Door(street):
        await street.connector.start()
        await until(lambda: street.api.webhook)
        query = await pressed(street, hoa)
        await until(lambda: street.api.answered)
        assert street.api.answered == {query: "Nút đó đã cũ rồi ạ."}
        assert len(street.api.called("answerCallbackQuery")) == 1


async def test_a_second_start_sets_the_webhook_again(street: Street) -> None:
    async with Door(street):
        for _ in range(2):
            street.api.webhook = {}
            await street.connector.start()
            await until(lambda: street.api.webhook)
            await street.connector.stop()


async def test_what_the_webhook_could_not_take_comes_again(street: Street, hoa: Person) -> None:
    refused = iter([True, True])
    street.town.fails = lambda incoming: next(refused, False)
    async with Door(street):
        await street.connector.start()
        hoa.say("đèn hỏng")
        await until(lambda: street.town.taken)
        await until(lambda: street.api.webhook_answers == [503, 503, 200])


@pytest.mark.parametrize(
    ("body", "secret", "status"),
    [
        (b'{"update_id": 1}', "wrong", 403),
        (b'{"update_id": 1}', None, 403),
        (b'{"update_id": 1}', "bí mật".encode().decode("latin-1"), 403),
        (b'{"update_id": 1, "mess', SECRET, 400),
        (b"[1]", SECRET, 400),
        (b'{"no": "id"}', SECRET, 400),
        (b"[" * 100_000, SECRET, 400),
        (b'{"update_id": 1, "telepathy": {"thought": "?"}}', SECRET, 200),
        (b" " * (MEGABYTE + 1), SECRET, 413),
    ],
)
async def test_the_webhooks_door(street: Street, body: bytes, secret: str | None, status: int) -> None:
    async with Door(street) as door:
        assert await door.post(body, secret) == status
    assert street.town.taken == []


# ---------------------------------------------------------------- what parts become

A, B = Media("image", "1"), Media("image", "2")
LONG = "dài " * 300


@pytest.mark.parametrize(
    ("part", "pieces"),
    [
        (Part("chữ"), [("chữ", 0, False)]),
        (Part("chữ", CARD, (A,)), [("chữ", 1, False)]),
        (Part("chữ", (), (A, B)), [("chữ", 2, False)]),
        (Part("chữ", CARD, (A, B)), [("", 2, False), ("chữ", 0, False)]),
        (Part(LONG, (), (A,)), [("", 1, False), (LONG, 0, False)]),
        (Part("", (), (A,)), [("", 1, False)]),
        (Part("chữ", (), (A,) * 12), [("", 10, False), ("", 2, False), ("chữ", 0, False)]),
        (Part("chữ", (), (A, Media("file", "3"))), [("", 1, False), ("", 1, False), ("chữ", 0, False)]),
        (Part("chữ", (), (A, Media("video", "3"))), [("chữ", 2, False)]),
        (Part("chữ", CARD, edit_of="5"), [("chữ", 0, True)]),
        (Part("chữ", CARD, (A,), edit_of="5"), [("chữ", 1, True)]),
        (Part("chữ", CARD, (A, B), edit_of="5"), [("chữ", 0, True), ("", 2, False)]),
        (Part(LONG, CARD, (A,), edit_of="5"), [(LONG, 0, True), ("", 1, False)]),
        (Part("chữ", CARD, (Media("sticker", "4"),)), [("chữ", 0, False)]),
        (Part("chữ", CARD, (Media("sticker", "4"),), edit_of="5"), [("chữ", 0, True)]),
    ],
)
def test_a_part_becomes_pieces(part: Part, pieces: list[tuple[str, int, bool]]) -> None:
    assert [(piece.text, len(piece.media), piece.edits) for piece in plan(part)] == pieces


def test_short_labels_stand_side_by_side_and_keep_their_order() -> None:
    labels = ["Gửi", "Sửa", "Thêm ảnh", "Quay lại", "Ủy ban nhân dân xã Đại Đồng", "Huỷ"]
    rows = rows_of([Choice(label, label) for label in labels])
    assert [[choice.label for choice in row] for row in rows] == [
        ["Gửi", "Sửa", "Thêm ảnh"],
        ["Quay lại"],
        ["Ủy ban nhân dân xã Đại Đồng", "Huỷ"],
    ]


# ---------------------------------------------------------------- sending


async def test_a_text_with_choices_arrives_as_it_is_with_buttons(street: Street, hoa: Person) -> None:
    sent = await street.send(Part("Gửi đi được <chưa> ạ?", (*CARD, Choice("/map", "Bản đồ", "https://example.vn/x"))))
    [message] = street.api.sent(1001)
    assert (sent, message["text"]) == (str(message["message_id"]), "Gửi đi được <chưa> ạ?")
    assert message["reply_markup"]["inline_keyboard"] == [
        [
            {"text": "Gửi", "callback_data": "12:send"},
            {"text": "Sửa", "callback_data": "12:edit"},
            {"text": "Thêm ảnh", "callback_data": "12:more"},
        ],
        [{"text": "Bản đồ", "url": "https://example.vn/x"}],
    ]


async def test_a_link_brings_no_preview_of_a_page(street: Street, hoa: Person) -> None:
    await street.send(Part("Ở đây: https://example.vn/b?q=18.78,105.33"))
    [call] = street.api.called("sendMessage")
    assert call.params["link_preview_options"] == {"is_disabled": True}


@pytest.mark.parametrize(
    ("kind", "mime", "method", "field"),
    [
        ("image", "image/jpeg", "sendPhoto", "photo"),
        ("video", "video/mp4", "sendVideo", "video"),
        ("audio", "audio/mpeg", "sendAudio", "audio"),
        ("file", "application/pdf", "sendDocument", "document"),
    ],
)
async def test_one_medium_carries_the_text_and_the_buttons(
    street: Street, hoa: Person, kind: str, mime: str, method: str, field: str
) -> None:
    media = street.town.photo("7", b"its content", kind, mime)
    sent = await street.send(Part("Đã xong", CARD, (media,)))
    [call] = street.api.called(method)
    assert call.files == {field: b"its content"}
    [message] = street.api.sent(1001)
    assert (sent, message["caption"]) == (str(message["message_id"]), "Đã xong")
    assert message["reply_markup"]["inline_keyboard"][0][0]["text"] == "Gửi"


async def test_a_photo_too_heavy_for_a_photo_goes_as_a_file(street: Street, hoa: Person) -> None:
    await street.send(Part("", (), (street.town.photo("7", b"x" * (10 * MEGABYTE + 1)),)))
    assert [call.method for call in street.api.calls] == ["sendDocument"]


async def test_several_photos_are_an_album_with_the_text_under_the_first(street: Street, hoa: Person) -> None:
    photos = tuple(street.town.photo(ref, ref.encode()) for ref in ("before", "after"))
    sent = await street.send(Part("Trước và sau", (), photos))
    first, second = street.api.sent(1001)
    assert first["media_group_id"] == second["media_group_id"]
    assert (first["caption"], sent) == ("Trước và sau", str(second["message_id"]))
    [call] = street.api.called("sendMediaGroup")
    assert sorted(call.files.values()) == [b"after", b"before"]


async def test_an_album_with_choices_is_followed_by_the_text_with_its_buttons(street: Street, hoa: Person) -> None:
    photos = tuple(street.town.photo(ref) for ref in ("1", "2"))
    sent = await street.send(Part("Hài lòng không ạ?", CARD, photos))
    *album, text = street.api.sent(1001)
    assert len(album) == 2
    assert (text["text"], sent) == ("Hài lòng không ạ?", str(text["message_id"]))
    assert "reply_markup" in text


async def test_photos_that_are_no_more_do_not_keep_the_words_back(street: Street, hoa: Person) -> None:
    await street.send(Part("Đã xong", CARD, (Media("image", "erased"), Media("image", "erased too"))))
    [message] = street.api.sent(1001)
    assert message["text"] == "Đã xong"


async def test_a_part_of_which_nothing_is_left_is_refused(street: Street, hoa: Person) -> None:
    assert (await street.refusal(Part("", (), (Media("image", "erased"),)))).kind == "bad_request"


async def test_what_has_arrived_of_a_part_is_not_sent_again(street: Street, hoa: Person) -> None:
    photos = tuple(street.town.photo(ref) for ref in ("1", "2"))
    street.api.fail("sendMessage", 502, "Bad Gateway")
    assert (await street.refusal(Part("Hài lòng không ạ?", CARD, photos))).kind == "retry"
    await street.send(Part("Hài lòng không ạ?", CARD, photos))
    assert len(street.api.called("sendMediaGroup")) == 1
    assert [message.get("text") for message in street.api.sent(1001)] == [None, None, "Hài lòng không ạ?"]
    await street.send(Part("Hài lòng không ạ?", CARD, photos))  # said anew, the same number by chance
    assert len(street.api.sent(1001)) == 6


async def test_into_a_topic_and_into_the_group_when_the_topic_is_gone(street: Street) -> None:
    group = street.api.group(topics=[12])
    await street.send(Part("trong chủ đề"), str(group.id), thread="12")
    group.topics.clear()
    await street.send(Part("ngoài chủ đề"), str(group.id), thread="12")
    inside, outside = street.api.sent(group.id)
    assert (inside["message_thread_id"], inside["text"]) == (12, "trong chủ đề")
    assert (outside.get("message_thread_id"), outside["text"]) == (None, "ngoài chủ đề")


# ---------------------------------------------------------------- editing


async def test_an_edit_changes_the_message_and_keeps_its_id(street: Street, hoa: Person) -> None:
    first = await street.send(Part("Chờ nhận", CARD))
    assert await street.send(Part("Đã nhận", CARD[:1], edit_of=first)) == first
    [message] = street.api.sent(1001)
    assert message["text"] == "Đã nhận"
    assert message["reply_markup"]["inline_keyboard"] == [[{"text": "Gửi", "callback_data": "12:send"}]]


async def test_an_edit_without_choices_takes_the_buttons_away(street: Street, hoa: Person) -> None:
    first = await street.send(Part("Gửi đi được chưa ạ?", CARD))
    await street.send(Part("Đã gửi", edit_of=first))
    [message] = street.api.sent(1001)
    assert "reply_markup" not in message


async def test_an_edit_that_changes_nothing_has_succeeded(street: Street, hoa: Person) -> None:
    first = await street.send(Part("Chờ nhận", CARD))
    assert await street.send(Part("Chờ nhận", CARD, edit_of=first)) == first


async def test_an_edit_of_a_photos_words_changes_its_caption(street: Street, hoa: Person) -> None:
    first = await street.send(Part("Chờ nhận", CARD, (street.town.photo("1"),)))
    await street.send(Part("Đã nhận", CARD, edit_of=first))
    await street.restart()  # it remembers nothing
    await street.send(Part("Đã xong", CARD, edit_of=first))
    await street.send(Part("Đã đóng", CARD, edit_of=first))
    await street.send(Part("Đã đóng", CARD, edit_of=first))
    [message] = street.api.sent(1001)
    assert (message["caption"], "photo" in message) == ("Đã đóng", True)
    assert len(street.api.called("editMessageText")) == 1


async def test_an_edit_may_bring_a_photo(street: Street, hoa: Person) -> None:
    first = await street.send(Part("Chờ ảnh", CARD))
    assert await street.send(Part("Có ảnh", CARD, (street.town.photo("1"),), edit_of=first)) == first
    [message] = street.api.sent(1001)
    assert (message["caption"], "photo" in message, "text" in message) == ("Có ảnh", True, False)


async def test_an_edit_of_the_buttons_alone(street: Street, hoa: Person) -> None:
    first = await street.send(Part("Chờ nhận", CARD))
    await street.send(Part("", CARD[:1], edit_of=first))
    [message] = street.api.sent(1001)
    assert (message["text"], len(message["reply_markup"]["inline_keyboard"][0])) == ("Chờ nhận", 1)


@pytest.mark.parametrize("which", ["999", "not-a-number"])
async def test_an_edit_of_a_message_that_is_gone_says_so(street: Street, hoa: Person, which: str) -> None:
    error = await street.refusal(Part("Đã nhận", edit_of=which))
    assert (error.kind, str(error)) == ("bad_request", "bad_request: gone")


async def test_words_that_outgrow_their_photo_ask_for_a_new_message(street: Street, hoa: Person) -> None:
    first = await street.send(Part("Chờ nhận", CARD, (street.town.photo("1"),)))
    assert str(await street.refusal(Part(LONG, CARD, edit_of=first))) == "bad_request: gone"


async def test_a_message_is_taken_away(street: Street, hoa: Person) -> None:
    photo = await street.send(Part("Ảnh của TC-7K3F-2F", media=(street.town.photo("1"),)))
    for _ in range(2):  # a second time: somebody was faster
        assert await street.send(Part("Được giữ kín", edit_of=photo, removes=True)) == photo
    assert street.api.sent(1001) == []


async def test_where_a_message_cannot_be_taken_away_the_words_stand_under_its_photo(
    street: Street, hoa: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = await street.send(Part("Ảnh của TC-7K3F-2F", media=(street.town.photo("1"),)))
    monkeypatch.setattr(street.api, "_deleteMessage", too_old)  # 48 hours
    await street.send(Part("Được giữ kín", edit_of=photo, removes=True))
    [message] = street.api.sent(1001)
    assert message["caption"] == "Được giữ kín"


def too_old(call: object) -> bool:
    raise Refusal(400, "Bad Request: message can't be deleted for everyone")


# ---------------------------------------------------------------- asking for a place or a number


async def asked(street: Street, ask: Literal["location", "contact"] = "location", chat: str = "1001") -> None:
    await street.send(Part("Ở chỗ nào ạ?", (Choice("13:skip", "Bỏ qua"),), ask=ask), chat)


@pytest.mark.parametrize(("ask", "wish"), [("location", "request_location"), ("contact", "request_contact")])
async def test_asking_opens_a_key_that_shares_it_with_the_choices_as_keys(
    street: Street, hoa: Person, ask: Any, wish: str
) -> None:
    await asked(street, ask)
    assert hoa.chat.keyboard is not None
    first, second = hoa.chat.keyboard["keyboard"]
    [key] = first
    assert (key["text"], [wish for wish, wanted in key.items() if wanted is True]) == (
        say(f"telegram.ask_{ask}"),
        [wish],
    )
    assert second == [{"text": "Bỏ qua"}]


async def test_the_key_is_taken_away_with_the_next_plain_message(street: Street, hoa: Person) -> None:
    await asked(street)
    await street.send(Part("Dạ, em ghi nhận."))
    assert hoa.chat.keyboard is None
    assert [message["text"] for message in street.api.sent(1001)] == ["Ở chỗ nào ạ?", "Dạ, em ghi nhận."]


async def test_before_a_message_with_buttons_the_key_is_taken_away_and_leaves_no_trace(
    street: Street, hoa: Person
) -> None:
    await asked(street)
    sent = await street.send(Part("Gửi đi được chưa ạ?", CARD))
    assert hoa.chat.keyboard is None
    _, card = street.api.sent(1001)
    assert (card["text"], sent) == ("Gửi đi được chưa ạ?", str(card["message_id"]))
    assert await street.send(Part("Đã gửi", edit_of=sent)) == sent
    assert len(street.api.called("deleteMessage")) == 1


async def test_the_next_question_of_that_kind_replaces_the_key(street: Street, hoa: Person) -> None:
    await asked(street)
    await asked(street, "contact")
    assert street.api.called("deleteMessage") == []


async def test_in_a_group_nobody_is_asked_that_way(street: Street) -> None:
    group = street.api.group()
    await asked(street, chat=str(group.id))
    [message] = street.api.sent(group.id)
    assert (group.keyboard, message["reply_markup"]["inline_keyboard"][0][0]["text"]) == (None, "Bỏ qua")


# ---------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("status", "words", "kind"),
    [
        (403, "Forbidden: bot was blocked by the user", "recipient_gone"),
        (403, "Forbidden: user is deactivated", "recipient_gone"),
        (403, "Forbidden: bot was kicked from the supergroup chat", "recipient_gone"),
        (400, "Bad Request: chat not found", "recipient_gone"),
        (400, "Bad Request: not enough rights to send text messages to the chat", "config"),
        (400, "Bad Request: CHAT_WRITE_FORBIDDEN", "config"),
        (400, "Bad Request: can't parse entities", "bad_request"),
        (401, "Unauthorized", "config"),
        (404, "Not Found", "config"),
        (409, "Conflict: terminated by other getUpdates request", "config"),
        (500, "Internal Server Error", "retry"),
        (502, "Bad Gateway", "retry"),
    ],
)
async def test_a_refusal_means(street: Street, hoa: Person, status: int, words: str, kind: str) -> None:
    street.api.fail("sendMessage", status, words)
    assert (await street.refusal(Part("chào"))).kind == kind


async def test_too_many_requests_says_how_long_to_wait_and_the_chat_waits_too(street: Street, hoa: Person) -> None:
    street.api.fail("sendMessage", 429, "Too Many Requests: retry after 17", retry_after=17)
    error = await street.refusal(Part("chào"))
    assert (error.kind, error.retry_after) == ("throttled", 17.0)
    with pytest.raises(SendError) as held:
        async with street.connector.turn(Address("telegram", "main", "1001"), Part("chào"), 1):
            raise AssertionError("no turn of its own")
    assert held.value.retry_after == 17.0
    error = await street.refusal(Part("chào"))
    assert (error.kind, len(street.api.called("sendMessage"))) == ("throttled", 1)


async def test_a_group_with_a_new_id_tells_it(street: Street) -> None:
    group = street.api.group(-4567)
    street.api.migrate(group, -1004567)
    error = await street.refusal(Part("chào"), "-4567")
    assert (error.kind, error.new_chat) == ("bad_request", "-1004567")


async def test_a_blocked_citizen_is_gone(street: Street, hoa: Person) -> None:
    hoa.block()
    assert (await street.refusal(Part("chào"))).kind == "recipient_gone"


async def test_a_chat_that_is_none_is_gone(street: Street) -> None:
    assert (await street.refusal(Part("chào"), "hoa")).kind == "recipient_gone"
    assert (await street.refusal(Part("chào"), "424242")).kind == "recipient_gone"


@pytest.mark.parametrize("does", ["drop", "drop_after"])
async def test_a_request_without_an_answer_may_have_arrived(street: Street, hoa: Person, does: Any) -> None:
    street.api.misbehave("sendMessage", does)
    assert (await street.refusal(Part("chào"))).kind == "unknown"


async def test_an_answer_that_does_not_come_may_have_arrived(
    street: Street, hoa: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telegram_http, "ANSWER", 0.1)
    await street.restart()
    street.api.misbehave("sendMessage", "hang")
    assert (await street.refusal(Part("chào"))).kind == "unknown"
    assert [message["text"] for message in street.api.sent(1001)] == ["chào"]


async def test_a_proxys_error_page_is_no_answer_of_telegrams(street: Street) -> None:
    async def page(request: web.Request) -> web.Response:
        return web.Response(status=404, text="<html>blocked by your administrator</html>")

    app = web.Application()
    app.router.add_route("*", "/{any:.*}", page)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    await street.restart(api_base_url=f"http://127.0.0.1:{runner.addresses[0][1]}")
    error = await street.refusal(Part("chào"))
    await runner.cleanup()
    assert (error.kind, str(error)) == ("retry", "retry: HTTP 404, and not from the Bot API")


async def test_after_stopping_a_message_waits_for_the_next_start(street: Street, hoa: Person) -> None:
    await street.connector.stop()
    assert (await street.refusal(Part("chào"))).kind == "retry"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (Failed("throttled", "HTTP 429", 3.0), "throttled"),
        (Forbidden("blocked"), "recipient_gone"),
        (ChatMigrated(-1007), "bad_request"),
        (InvalidToken(TOKEN), "config"),
        (Conflict("two"), "config"),
        (BadRequest("Message to edit not found"), "bad_request"),
        (BadRequest("Have no rights to send a message"), "config"),
        (TimedOut(), "unknown"),
        (NetworkError("?"), "unknown"),
        (TelegramError("Invalid server response"), "unknown"),
    ],
)
def test_what_the_libraries_errors_mean(error: TelegramError, kind: str) -> None:
    meaning = send_error(error)
    assert meaning.kind == kind
    assert (meaning.retry_after == 3.0) == (kind == "throttled")
    assert TOKEN not in str(meaning)
    assert TOKEN not in trouble(error)


# ---------------------------------------------------------------- pace


async def test_a_chat_gets_one_message_a_second(street: Street, hoa: Person) -> None:
    for number in range(5):
        await street.send(Part(str(number)))
    assert street.api.refused == []
    assert 4.0 <= sum(street.time.slept) <= 5.0


async def test_a_group_gets_twenty_messages_a_minute_edits_counted_and_the_rest_waits_outside(street: Street) -> None:
    group = street.api.group()
    card = await street.send(Part("0", CARD), str(group.id))
    for number in range(1, 20):
        await street.send(Part(str(number), CARD, edit_of=card), str(group.id))
    error = await street.refusal(Part("20", CARD, edit_of=card), str(group.id))
    assert error.kind == "throttled"
    assert error.retry_after is not None
    assert 30 < error.retry_after < 61
    assert len(street.api.calls) == 20
    street.time.now += error.retry_after
    await street.send(Part("20", CARD, edit_of=card), str(group.id))
    assert street.api.refused == []


async def test_a_broadcast_meets_no_limit(street: Street) -> None:
    people = [street.api.person(number) for number in range(3000, 3150)]
    sends = [street.send(Part("Ngày mai cắt nước"), str(person.id), person.id) for person in people]
    await asyncio.gather(*sends)
    assert street.api.refused == []
    assert all(len(street.api.sent(person.id)) == 1 for person in people)


async def test_while_a_group_waits_others_are_served(street: Street, hoa: Person) -> None:
    group = street.api.group()
    for number in range(20):
        await street.send(Part(str(number)), str(group.id))
    assert (await street.refusal(Part("nữa"), str(group.id))).kind == "throttled"
    await street.send(Part("chào"))
    assert len(street.api.sent(1001)) == 1


async def test_an_answer_overtakes_a_broadcast(street: Street, hoa: Person) -> None:
    people = [street.api.person(number) for number in range(3000, 3100)]

    async def push(person: Person) -> None:
        address = Address("telegram", "main", str(person.id))
        async with street.connector.turn(address, Part("Ngày mai cắt nước"), 2):
            await street.connector.send(address, Part("Ngày mai cắt nước"), person.id)

    pushes = [asyncio.create_task(push(person)) for person in people]
    await until(lambda: len(street.api.calls) >= 40)
    before = len(street.api.calls)
    await street.send(Part("Dạ em nghe ạ."))
    answered = next(number for number, call in enumerate(street.api.calls) if call.params["chat_id"] == 1001)
    await asyncio.gather(*pushes)
    assert answered - before < 10  # those that had their turn already, not the sixty others
    assert street.api.refused == []


async def test_in_a_full_group_there_is_a_place_left_for_an_answer(street: Street) -> None:
    group = street.api.group()
    address = Address("telegram", "main", str(group.id))
    with pytest.raises(SendError, match="throttled"):
        for number in range(21):
            async with street.connector.turn(address, Part(f"tin {number}"), 1):
                await street.connector.send(address, Part(f"tin {number}"), number)
    assert len(street.api.sent(group.id)) == 19
    await street.send(Part("đáp"), str(group.id))
    assert len(street.api.sent(group.id)) == 20
    assert street.api.refused == []


async def test_a_turn_that_is_not_used_is_given_back(street: Street, hoa: Person) -> None:
    async with street.connector.turn(Address("telegram", "main", "1001"), Part("chào"), 1):
        pass
    street.time.now += 1.1
    async with street.connector.turn(Address("telegram", "main", "1001"), Part("chào"), 1):
        before = street.time.now
        await street.send(Part("chào"))
        assert street.time.now == before
    assert len(street.api.sent(1001)) == 1


# ---------------------------------------------------------------- files


async def test_a_photo_is_fetched_by_its_id(street: Street, hoa: Person) -> None:
    hoa.photo(b"the larger one")
    await street.connector.start()
    await until(lambda: street.town.taken)
    assert await street.connector.fetch(street.town.taken[0].media[0]) == b"the larger one"


async def test_a_file_too_large_for_bots_is_gone(street: Street) -> None:
    file = street.api.file(b"x" * (20 * MEGABYTE + 1))
    with pytest.raises(Gone):
        await street.connector.fetch(Media("video", file["file_id"]))


@pytest.mark.parametrize("method", ["getFile", "download"])
async def test_a_file_that_does_not_come_now_may_come_later(street: Street, method: str) -> None:
    file = street.api.file(b"content")
    if method == "getFile":
        street.api.fail("getFile", 400, "Bad Request: wrong file_id or the file is temporarily unavailable")
    else:
        street.api.lost_files.add(file["file_id"])
    with pytest.raises(CannotFetch) as caught:
        await street.connector.fetch(Media("image", file["file_id"]))
    assert TOKEN not in str(caught.value)
    street.api.lost_files.clear()
    assert await street.connector.fetch(Media("image", file["file_id"])) == b"content"


def test_a_local_bot_api_is_just_another_address() -> None:
    line = Line(TOKEN, "http://10.0.0.5:8081/", "")
    assert line.base_url == f"http://10.0.0.5:8081/bot{TOKEN}"
    assert line.base_file_url == f"http://10.0.0.5:8081/file/bot{TOKEN}"
