"""The Zalo Bot connector against a server that behaves like the Zalo Bot Platform, and misbehaves like it."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.spool import FolderSpool
from connectors import zalo_bot
from connectors.body import BODY_LIMIT
from connectors.zalo_bot import MOST_BYTES, ZaloBot
from connectors.zalo_bot_send import PATIENCE, Piece, plan
from connectors.zalo_bot_wire import CannotFetch, CannotReach
from dialogs.texts import say
from dialogs.words import Address, Connector, Gone, Incoming, Media, Paced, Part, SendError
from tests.fakes.server import Time, let_in, running
from tests.fakes.zalo_bot import TOKEN, FakeZaloBot, Person
from tests.test_bot_pictures import picture

SOON = 10.0  # seconds; only a failing test waits so long
SECRET = "derived-from-our-own-key"
PHOTO = Media("image", "7", "image/jpeg", 9, "a.jpg", "https://phananh.example.vn/media/7/x")


class Town:
    """What stands behind the connector; may be away for a while."""

    def __init__(self) -> None:
        self.taken: list[Incoming] = []
        self.seen: set[str] = set()
        self.kept: list[tuple[Any, str]] = []
        self.failures = 0
        self.cannot_keep = False
        self.gate: asyncio.Event | None = None
        self.waiting = False

    async def receive(self, incoming: Incoming) -> bool:
        if self.gate:
            self.waiting = True
            await self.gate.wait()
        if self.failures:
            self.failures -= 1
            raise RuntimeError("the database is away")
        fresh = incoming.dedupe_key not in self.seen
        self.seen.add(incoming.dedupe_key)
        self.taken += [incoming] if fresh else []
        return fresh

    async def keep_unread(self, raw: str, why: str) -> None:
        if self.cannot_keep:
            raise RuntimeError("the database is away")
        self.kept.append((json.loads(raw), why))

    @property
    def texts(self) -> list[str]:
        return [incoming.text for incoming in self.taken]


class Street:
    """The fake platform, a town, and a connector between them."""

    def __init__(self, api: FakeZaloBot, folder: Path) -> None:
        self.api, self.town, self.time = api, Town(), Time()
        self.spool = FolderSpool(folder)
        self.photos_at: dict[str, str] = {}
        self.connector = self.connect()
        self.server: TestServer | None = None

    def connect(self, **settings: Any) -> ZaloBot:
        usual: dict[str, Any] = {
            "token": TOKEN,
            "receive": self.town.receive,
            "keep_unread": self.town.keep_unread,
            "photo_url": lambda photo: self.photos_at.get(photo.ref, ""),
            "spool": self.spool,
            "clock": lambda: datetime(2026, 11, 23, 2, 0, tzinfo=UTC),
            "words": say,
            "api_base_url": self.api.url,
            "sleep": self.time.sleep,
            "monotonic": self.time.monotonic,
        }
        return ZaloBot(**(usual | settings))

    async def by_webhook(self) -> None:
        """Serve the connector's door and let the platform know of it."""
        await self.connector.stop()
        app = web.Application()
        self.server = TestServer(app)
        door = self.connect(mode="webhook", public_url="http://127.0.0.1:1", webhook_secret=SECRET)
        app.add_routes(door.routes())
        await self.server.start_server()
        public = str(self.server.make_url("")).rstrip("/")
        door._webhook = f"{public}/zalo_bot/main"  # the port is known only now
        self.connector = door
        await door.start()
        await until(lambda: self.api.webhook)

    async def send(self, part: Part, to: Person, message_id: int = 1) -> str:
        return await self.connector.send(Address("zalo_bot", "main", to.id), part, message_id)

    async def refusal(self, part: Part, to: Person, message_id: int = 1) -> SendError:
        with pytest.raises(SendError) as caught:
            await self.send(part, to, message_id)
        assert TOKEN not in f"{caught.value!r} {caught.value.__cause__!r}"
        return caught.value


async def until(find: Callable[[], Any]) -> Any:
    async with asyncio.timeout(SOON):
        while not (found := find()):
            await asyncio.sleep(0.001)
    return found


@pytest.fixture
async def api(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeZaloBot]:
    monkeypatch.setenv("NO_PROXY", "*")
    async with running(FakeZaloBot()) as fake:
        yield fake


@pytest.fixture
async def street(api: FakeZaloBot, tmp_path: Path) -> AsyncIterator[Street]:
    opened = Street(api, tmp_path / "spool")
    await opened.connector.start()
    yield opened
    await opened.connector.stop()
    if opened.server:
        await let_in()
        await opened.server.close()


@pytest.fixture
def hoa(api: FakeZaloBot) -> Person:
    return api.person()


def test_it_is_a_connector(street: Street) -> None:
    connector: Connector = street.connector
    assert (connector.name, connector.capabilities.buttons) == ("zalo_bot", 0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"token": "no token"},
        {"mode": "webhook"},
        {"mode": "webhook", "public_url": "https://x.vn", "webhook_secret": "short"},
    ],
)
def test_what_cannot_work_is_said_before_it_starts(street: Street, wrong: dict[str, Any]) -> None:
    with pytest.raises(CannotReach) as told:
        street.connect(**wrong)
    assert str(told.value).startswith("zalo_bot: ") and "no token" not in str(told.value)


# ---------------------------------------------------------------- polling


async def test_people_are_heard_in_their_order_one_a_call(street: Street, hoa: Person, api: FakeZaloBot) -> None:
    tu = api.person(2, "Tú")
    hoa.say("một")
    tu.say("hai")
    hoa.say("ba")
    await until(lambda: len(street.town.taken) == 3)
    assert street.town.texts == ["một", "hai", "ba"]
    assert [one.sender.name for one in street.town.taken] == ["Hoa", "Tú", "Hoa"]
    assert all(params == {"timeout": 30} for params in api.called("getUpdates")), "no offset: there is none"


async def test_between_two_polls_at_least_a_second_passes(street: Street, hoa: Person, api: FakeZaloBot) -> None:
    begun, before = street.time.now, len(api.called("getUpdates"))
    for number in range(5):
        hoa.say(str(number))
    await until(lambda: len(street.town.taken) == 5)
    polls = len(api.called("getUpdates")) - before
    assert street.time.now - begun >= polls - 1


async def test_an_idle_poll_is_no_trouble(street: Street, api: FakeZaloBot, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    await until(lambda: len(api.called("getUpdates")) >= 4)
    assert [record.levelname for record in caplog.records if record.name == "langnghe.zalo_bot"] == ["INFO"]
    assert set(street.time.slept) <= {1.0}, "it does not slow down"


@pytest.mark.parametrize(("status", "words"), [(408, ""), (408, "Request timeout"), (200, "Request timeout")])
async def test_nothing_new_is_told_in_several_ways(
    street: Street, hoa: Person, api: FakeZaloBot, caplog: pytest.LogCaptureFixture, status: int, words: str
) -> None:
    api.fail("getUpdates", status, words, times=3)
    hoa.say("một")
    await until(lambda: street.town.taken)
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_what_comes_again_and_again_counts_once_and_hides_nothing(
    street: Street, hoa: Person, api: FakeZaloBot
) -> None:
    api.replays = True
    hoa.say("một")
    await until(lambda: len(api.called("getUpdates")) >= 6)
    hoa.say("hai")
    await until(lambda: street.town.texts == ["một", "hai"])
    assert len({one.dedupe_key for one in street.town.taken}) == 2


async def test_an_update_is_tried_until_it_is_taken_for_zalo_may_not_send_it_again(street: Street, hoa: Person) -> None:
    street.town.failures = 3
    hoa.say("một")
    hoa.say("hai")
    await until(lambda: len(street.town.taken) == 2)
    assert street.town.texts == ["một", "hai"]
    assert [second for second in street.time.slept if second > 1.0] == [2.0, 4.0]


async def test_an_update_whose_turn_fails_for_long_is_kept_and_the_next_one_taken(street: Street, hoa: Person) -> None:
    street.town.failures = 5
    hoa.say("không ai đọc nổi")
    hoa.say("vẫn nghe")
    await until(lambda: street.town.taken)
    ((update, why),) = street.town.kept
    assert (update["message"]["text"], why, street.town.texts) == ("không ai đọc nổi", "RuntimeError", ["vẫn nghe"])


async def test_while_the_database_is_away_nothing_is_passed_over(street: Street, hoa: Person) -> None:
    street.town.failures, street.town.cannot_keep = 20, True
    hoa.say("một")
    await until(lambda: street.town.taken)
    assert street.town.texts == ["một"] and max(street.time.slept) == 60.0


async def test_stopping_waits_for_the_turn_that_is_being_taken(street: Street, hoa: Person) -> None:
    street.town.gate = asyncio.Event()
    hoa.say("một")
    await until(lambda: street.town.waiting)
    stopping = asyncio.create_task(street.connector.stop())
    await asyncio.sleep(0)
    street.town.gate.set()
    await stopping
    assert street.town.texts == ["một"]


async def test_an_unknown_event_is_kept_as_it_came(street: Street, hoa: Person) -> None:
    hoa.does("message.of_the_next_year.received", hologram="x")
    hoa.say("vẫn nghe")
    await until(lambda: street.town.taken)
    ((update, why),) = street.town.kept
    assert update["message"]["hologram"] == "x" and "next_year" in why


async def test_photos_picked_together_are_one_thing(street: Street, hoa: Person, api: FakeZaloBot) -> None:
    tu = api.person(2, "Tú")
    for person in (hoa, tu, hoa):
        person.photo()
    await until(lambda: len(street.town.taken) == 3)
    hoa_first, tu_first, hoa_second = (one.album for one in street.town.taken)
    assert hoa_first == hoa_second != tu_first
    api.numbers = iter(range(100, 1000))
    hoa.photo()
    await until(lambda: len(street.town.taken) == 4)
    assert street.town.taken[3].album not in (hoa_first, tu_first, "")


# ---------------------------------------------------------------- trouble on the way


async def test_zalo_unreachable_at_the_start_is_one_line_and_tried_ever_more_slowly(
    street: Street, caplog: pytest.LogCaptureFixture
) -> None:
    lost = street.connect(api_base_url="http://127.0.0.1:1")
    await lost.start()
    await until(lambda: 60.0 in street.time.slept)
    await lost.stop()
    lines = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert lines == ["zalo_bot main: Zalo cannot be reached (ClientConnectorError); trying again"]


async def test_a_wrong_token_is_one_line_without_the_token(street: Street, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    wrong = "1:not-the-token"
    stranger = street.connect(token=wrong)
    await stranger.start()
    await until(lambda: 8.0 in street.time.slept)
    await stranger.stop()
    lines = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert lines == ["zalo_bot main: Zalo refuses the bot's token; trying again"]
    assert wrong not in caplog.text and TOKEN not in caplog.text


async def test_no_library_logs_the_token_and_no_traceback_holds_it(
    street: Street, hoa: Person, api: FakeZaloBot, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await street.send(Part("Dạ"), hoa)
    api.misbehave("sendMessage", "drop")
    with pytest.raises(SendError) as caught:
        await street.send(Part("Dạ"), hoa, 2)
    assert TOKEN not in caplog.text
    error: BaseException | None = caught.value
    while error:
        assert TOKEN not in f"{error!r} {error}"
        assert error.__cause__ is None and (error.__suppress_context__ or error.__context__ is None)
        error = error.__cause__


async def test_a_failing_poll_is_tried_again_and_nothing_is_lost(street: Street, hoa: Person, api: FakeZaloBot) -> None:
    api.fail("getUpdates", 500, "Internal server error")
    api.misbehave("getUpdates", "garble")
    hoa.say("một")
    await until(lambda: street.town.taken)
    assert street.town.texts == ["một"]


async def test_a_webhook_set_elsewhere_does_not_keep_the_poll_out(
    street: Street, hoa: Person, api: FakeZaloBot
) -> None:
    await until(lambda: api.called("getUpdates"))
    api.webhook = {"url": "http://127.0.0.1:1/elsewhere", "secret_token": "x" * 8}
    await until(lambda: not api.webhook)
    hoa.say("một")
    await until(lambda: street.town.taken)
    assert len(api.called("deleteWebhook")) >= 2


async def test_a_bot_that_has_no_webhook_to_take_away_starts_all_the_same(
    street: Street, hoa: Person, api: FakeZaloBot
) -> None:
    await street.connector.stop()
    api.fail("deleteWebhook", 404, "Not Found")
    street.connector = street.connect()
    await street.connector.start()
    hoa.say("một")
    await until(lambda: street.town.taken)
    assert street.connector.username == "bot.VDKyGxQvc"


# ---------------------------------------------------------------- the webhook


@pytest.mark.parametrize("wrapped", [False, True])
async def test_through_the_webhook_people_are_heard(
    street: Street, hoa: Person, api: FakeZaloBot, wrapped: bool
) -> None:
    await street.by_webhook()
    api.wrapped = wrapped
    hoa.say("một")
    await until(lambda: street.town.taken)
    await until(lambda: len(api.webhook_answers) == 2)
    assert (street.town.texts, api.webhook_answers) == (["một"], [200, 200]), "the probe, then the message"
    assert api.called("setWebhook")[-1]["secret_token"] == SECRET


async def test_the_webhook_answers_200_only_after_the_commit(street: Street, hoa: Person, api: FakeZaloBot) -> None:
    await street.by_webhook()
    street.town.gate = asyncio.Event()
    hoa.say("một")
    await until(lambda: street.town.waiting)
    assert api.webhook_answers == [200], "the probe alone"
    street.town.gate.set()
    await until(lambda: api.webhook_answers == [200, 200])
    assert street.town.texts == ["một"]


async def test_what_the_webhook_could_not_take_is_on_the_disk_and_taken_even_if_it_never_comes_again(
    street: Street, hoa: Person, api: FakeZaloBot
) -> None:
    await street.by_webhook()
    street.town.failures = 2
    hoa.say("một")
    await until(lambda: street.town.taken)
    assert api.webhook_answers == [200, 200]
    await until(lambda: not street.spool.names())
    assert street.town.texts == ["một"]


async def test_without_a_disk_the_webhook_answers_503_and_tries_all_the_same(
    street: Street, hoa: Person, api: FakeZaloBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(name: str, raw: bytes) -> None:
        raise OSError(28, "No space left on device")

    await street.by_webhook()
    monkeypatch.setattr(street.spool, "keep", full)
    street.town.failures = 2
    hoa.say("một")
    await until(lambda: street.town.taken)
    await until(lambda: api.webhook_answers == [200, 503])


@pytest.mark.parametrize("webhook", [False, True])
async def test_what_was_heard_but_not_taken_when_we_stopped_is_taken_at_the_next_start(
    street: Street, hoa: Person, monkeypatch: pytest.MonkeyPatch, webhook: bool
) -> None:
    monkeypatch.setattr(zalo_bot, "LAST_TURNS", 0.01)
    if webhook:
        await street.by_webhook()
    street.town.failures = 1_000
    street.town.cannot_keep = True
    hoa.say("một")
    await until(street.spool.names)
    await street.connector.stop()
    street.town.failures = 0
    assert street.town.taken == [] and len(street.spool.names()) == 1
    await street.connector.start()
    await until(lambda: not street.spool.names())
    assert street.town.texts == ["một"]


async def test_an_unknown_event_at_the_webhook_is_kept_and_answered_200(
    street: Street, hoa: Person, api: FakeZaloBot
) -> None:
    await street.by_webhook()
    hoa.does("message.of_the_next_year.received")
    await until(lambda: api.webhook_answers == [200, 200])
    assert len(street.town.kept) == 1


@pytest.mark.parametrize(
    ("body", "secret", "status"),
    [
        (b"", None, 200),
        (b"", "wrong", 200),
        (b'{"event_name": "message.text.received"}', "wrong", 403),
        (b'{"event_name": "message.text.received"}', "", 403),
        (b"{", None, 400),
        (b"\xff", None, 400),
        (b"[" * 100_000, None, 400),
        (b"x" * (BODY_LIMIT + 1), None, 413),
        (b"[]", None, 200),
        (b"null", None, 200),
    ],
    ids=["probe", "probe unsigned", "wrong secret", "no secret", "cut", "no text", "deep", "huge", "list", "null"],
)
async def test_the_webhooks_door(
    street: Street, api: FakeZaloBot, body: bytes, secret: str | None, status: int
) -> None:
    await street.by_webhook()
    await api.post(None, raw=body, secret=secret)
    assert api.webhook_answers[-1] == status
    assert street.town.taken == []


async def test_a_webhook_that_zalo_cannot_reach_is_said(
    street: Street, api: FakeZaloBot, caplog: pytest.LogCaptureFixture
) -> None:
    api.verifies = False
    await street.by_webhook()
    await until(lambda: "Zalo cannot reach the webhook (err.tls)" in caplog.text)
    assert SECRET not in caplog.text


# ---------------------------------------------------------------- sending


@pytest.mark.parametrize(
    ("part", "pieces"),
    [
        (Part("Dạ"), [Piece("Dạ")]),
        (Part("Xong", media=(PHOTO,)), [Piece("Xong", PHOTO)]),
        (Part("1. Một", media=(PHOTO, PHOTO)), [Piece(photo=PHOTO), Piece("1. Một", PHOTO)]),
    ],
    ids=["words", "photo", "photos"],
)
def test_a_part_becomes_pieces_with_the_numbers_last(part: Part, pieces: list[Piece]) -> None:
    assert plan(part) == pieces


async def test_words_arrive_as_they_are(street: Street, hoa: Person) -> None:
    text = "Chọn:\n1. *Gửi* <b>\n2. Sửa 😀"
    assert await street.send(Part(text), hoa) == "out0000000000000001"
    assert (hoa.got, hoa.sent[0].params.keys()) == ([text], {"chat_id", "text"}), "no parse_mode: nothing is markup"


async def test_photos_are_fetched_by_zalo_and_the_words_stand_under_the_last(
    street: Street, hoa: Person, api: FakeZaloBot
) -> None:
    street.photos_at["7"] = api.file(picture())
    await street.send(Part("Xong ạ", media=(PHOTO, PHOTO)), hoa)
    assert [call.method for call in hoa.sent] == ["sendPhoto", "sendPhoto"]
    assert (hoa.got, api.photos) == (["", "Xong ạ"], [picture(), picture()])


async def test_a_photo_that_zalo_does_not_take_becomes_a_link_and_the_words_arrive(
    street: Street, hoa: Person, api: FakeZaloBot
) -> None:
    street.photos_at["7"] = f"{api.url}/files/none"
    await street.send(Part("Xong ạ", media=(PHOTO,)), hoa)
    assert hoa.got == [f"Ảnh: {PHOTO.url}", "Xong ạ"]


async def test_without_a_public_address_a_photo_is_named_and_the_words_arrive(street: Street, hoa: Person) -> None:
    local = Media("image", "7", "image/jpeg", 9, "a.jpg", "/media/7/x")
    await street.send(Part("Xong ạ", media=(local,)), hoa)
    assert hoa.got == ["(kèm 1 tệp ở đây không mở được; cán bộ xã có bản đầy đủ, cần xem xin hỏi xã)", "Xong ạ"]


async def test_what_has_arrived_of_a_part_is_not_sent_again(street: Street, hoa: Person, api: FakeZaloBot) -> None:
    street.photos_at["7"] = api.file(picture())
    part = Part("Xong ạ", media=(PHOTO, PHOTO))
    api.fail("sendPhoto", 500, "Internal server error", after=1)
    assert (await street.refusal(part, hoa)).kind == "retry"
    assert len(hoa.sent) == 1
    await street.send(part, hoa)
    assert hoa.got == ["", "Xong ạ"]


async def test_an_empty_part_is_refused(street: Street, hoa: Person) -> None:
    assert (await street.refusal(Part(" "), hoa)).kind == "bad_request"


@pytest.mark.parametrize(
    ("status", "words", "kind"),
    [
        (400, "Bad Request: invalid parameter", "bad_request"),
        (400, "Bad Request: chat not found", "recipient_gone"),
        (401, "Unauthorized", "config"),
        (403, "Forbidden", "recipient_gone"),
        (403, "Internal server error", "retry"),
        (404, "Not Found", "config"),
        (408, "Request timeout", "unknown"),
        (429, "Quota exceeded", "throttled"),
        (500, "Internal server error", "retry"),
    ],
)
async def test_a_refusal_means(
    street: Street, hoa: Person, api: FakeZaloBot, status: int, words: str, kind: str
) -> None:
    api.fail("sendMessage", status, words)
    assert (await street.refusal(Part("Dạ"), hoa)).kind == kind
    assert hoa.got == []


@pytest.mark.parametrize("does", ["drop", "drop_after"])
async def test_a_request_without_an_answer_may_have_arrived(
    street: Street, hoa: Person, api: FakeZaloBot, does: Any
) -> None:
    api.misbehave("sendMessage", does)
    assert (await street.refusal(Part("Dạ"), hoa)).kind == "unknown"


async def test_an_answer_that_does_not_come_may_have_arrived(
    street: Street, hoa: Person, api: FakeZaloBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.zalo_bot_wire.CONNECT", -19.95)  # twenty seconds less these
    api.misbehave("sendMessage", "hang")
    assert (await street.refusal(Part("Dạ"), hoa)).kind == "unknown"


async def test_a_proxys_error_page_is_no_answer_of_zalos(street: Street, hoa: Person, api: FakeZaloBot) -> None:
    api.misbehave("sendMessage", "garble")
    assert (await street.refusal(Part("Dạ"), hoa)).kind == "retry"


async def test_nobody_there_is_a_retry_and_after_stopping_too(street: Street, hoa: Person) -> None:
    lost = street.connect(api_base_url="http://127.0.0.1:1")
    await lost.start()
    with pytest.raises(SendError) as caught:
        await lost.send(Address("zalo_bot", "main", hoa.id), Part("Dạ"), 1)
    await lost.stop()
    assert caught.value.kind == "retry"
    await street.connector.stop()
    assert (await street.refusal(Part("Dạ"), hoa)).kind == "retry"


async def test_after_a_429_the_whole_bot_rests_twice_as_long_each_time_up_to_a_minute(
    street: Street, hoa: Person, api: FakeZaloBot
) -> None:
    api.fail("sendMessage", 429, "Quota exceeded", times=8)
    waits = []
    for number in range(8):
        error = await street.refusal(Part("Dạ"), hoa, number)
        waits.append(error.retry_after)
        if (error.retry_after or 0.0) > PATIENCE:
            rests = await street.refusal(Part("Dạ"), api.person(2), 100 + number)
            assert (rests.kind, rests.retry_after) == ("throttled", error.retry_after), "nobody else is served either"
        street.time.now += error.retry_after or 0.0
    assert waits == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]
    await street.send(Part("Dạ"), hoa, 9)
    api.fail("sendMessage", 429, "Quota exceeded")
    assert (await street.refusal(Part("Dạ"), hoa, 10)).retry_after == 1.0, "a success forgives"


async def test_a_chat_gets_one_message_a_second_and_the_bot_sends_ten(street: Street, api: FakeZaloBot) -> None:
    begun = street.time.now
    people = [api.person(number) for number in range(30)]
    await asyncio.gather(*(street.send(Part("Dạ"), one, number) for number, one in enumerate(people)))
    assert street.time.now - begun >= 1.9
    begun = street.time.now
    for number in range(3):
        await street.send(Part("Dạ"), people[0], 100 + number)
    assert street.time.now - begun >= 2.0


async def test_an_answer_goes_before_a_broadcast_and_an_unused_turn_is_given_back(
    street: Street, api: FakeZaloBot
) -> None:
    """As dialogs.words.Paced promises; the deliverer takes a turn first, then sends."""
    assert isinstance(street.connector, Paced)
    order: list[str] = []

    async def send(name: str, lane: int, person: Person) -> None:
        async with street.connector.turn(Address("zalo_bot", "main", person.id), Part(name), lane):
            order.append(name)
            await street.send(Part(name), person)

    bulk = [send("broadcast", 2, api.person(number)) for number in range(30)]
    await asyncio.gather(*bulk, send("answer", 0, api.person(99)))
    assert order.index("answer") < 10, "only those that went at once, before it came: ten a second"
    begun, hoa = street.time.now, api.person(100)
    async with street.connector.turn(Address("zalo_bot", "main", hoa.id), Part("x"), 0):
        pass
    await street.send(Part("Dạ"), hoa)
    assert hoa.got == ["Dạ"] and street.time.now - begun <= 1.1


# ---------------------------------------------------------------- fetching


async def test_a_photo_is_fetched_by_its_address(street: Street, hoa: Person) -> None:
    hoa.photo(picture())
    await until(lambda: street.town.taken)
    assert await street.connector.fetch(street.town.taken[0].media[0]) == picture()


async def test_a_file_whose_address_has_expired_is_gone(street: Street, hoa: Person, api: FakeZaloBot) -> None:
    hoa.voice()
    await until(lambda: street.town.taken)
    api.lose_files()
    with pytest.raises(Gone):
        await street.connector.fetch(street.town.taken[0].media[0])


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/secret", "file:///etc/passwd", "no address", "http://[", ""])
async def test_an_address_that_is_none_of_zalos_is_not_asked(street: Street, url: str) -> None:
    with pytest.raises(Gone, match="not an address"):
        await street.connector.fetch(Media("image", url))


async def test_a_file_too_large_is_gone_and_one_that_does_not_come_now_may_come_later(
    street: Street, api: FakeZaloBot
) -> None:
    with pytest.raises(Gone, match="too large"):
        await street.connector.fetch(Media("image", api.file(bytes(MOST_BYTES + 1))))
    with pytest.raises(CannotFetch):
        await street.connector.fetch(Media("image", "https://127.0.0.1:1/jpg"))
