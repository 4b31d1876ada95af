"""The web chat over a real WebSocket: nothing acknowledged too early, nothing shown twice, nobody gets too much."""

import asyncio
import json
import logging
import unicodedata
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse, FormData, WSMsgType, WSServerHandshakeError, web
from aiohttp.test_utils import TestClient, TestServer

from connectors.webchat import WebChat
from connectors.webchat_frames import Sent
from connectors.webchat_limits import Limits, Rate, Refused
from connectors.webchat_uploads import UploadRefused, Uploads
from dialogs.words import Address, Choice, Connector, Incoming, Media, Part

SOON = 2.0  # seconds; only a failing test waits so long
JPEG = b"\xff\xd8\xff picture"


class Town:
    """What stands behind the connector: a store in memory, a clock that goes only when told."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
        self.taken: list[Incoming] = []
        self.sent: dict[str, list[Sent]] = {}
        self.uploads: list[bytes] = []
        self.commit = asyncio.Event()
        self.commit.set()
        self.began = asyncio.Event()
        self.receive_fails: Exception | None = None
        self.read_fails: Exception | None = None
        self.keep_fails: Exception | None = None
        self.read = asyncio.Event()

    async def receive(self, incoming: Incoming) -> bool:
        self.began.set()
        await self.commit.wait()
        if self.receive_fails:
            raise self.receive_fails
        if any(known.dedupe_key == incoming.dedupe_key for known in self.taken):
            return False
        self.taken.append(incoming)
        return True

    async def sent_after(self, key: str, seq: int) -> list[Sent]:
        self.read.set()
        if self.read_fails:
            raise self.read_fails
        return [sent for sent in self.sent.get(key, []) if sent.seq > seq]

    async def keep_upload(self, pieces: AsyncIterable[bytes]) -> Media:
        raw = b"".join([piece async for piece in pieces])
        await self.commit.wait()
        if self.keep_fails:
            raise self.keep_fails
        if not raw.startswith(b"\xff\xd8\xff"):
            raise UploadRefused("type")
        self.uploads.append(raw)
        return Media("image", f"upload-{len(self.uploads)}", "image/jpeg", len(raw))

    def clock(self) -> datetime:
        return self.now

    def store(self, address: Address, *texts: str) -> None:
        """Write messages down as sent, without waking anybody."""
        rows = self.sent.setdefault(address.key, [])
        for text in texts:
            rows.append(Sent(len(rows) + 1, Part(text)))


class Page:
    """An open page, as the script in the browser would use it."""

    def __init__(self, ws: ClientWebSocketResponse) -> None:
        self.ws = ws
        self.session = ""

    async def hello(self, session: object = None, last: object = 0) -> dict[str, Any]:
        await self.say(type="hello", session=session, last=last)
        welcome = await self.hear()
        self.session = welcome.get("session", "")
        return welcome

    async def say(self, **frame: object) -> None:
        await self.ws.send_json(frame)

    async def hear(self) -> dict[str, Any]:
        frame = await self.ws.receive_json(timeout=SOON)
        assert isinstance(frame, dict)
        return frame

    async def hears_nothing_more(self) -> bool:
        """A ping is answered with nothing before the pong."""
        await self.say(type="ping")
        return await self.hear() == {"type": "pong"}

    async def closed_with(self) -> int | None:
        message = await self.ws.receive(timeout=SOON)
        assert message.type in (WSMsgType.CLOSE, WSMsgType.CLOSED), message
        return self.ws.close_code

    @property
    def address(self) -> Address:
        return Address("webchat", "main", sha256(self.session.encode()).hexdigest()[:32])


class Street:
    """A running server with the connector in it, and ways to open pages."""

    def __init__(self, town: Town, client: TestClient[web.Request, web.Application], chat: WebChat) -> None:
        self.town, self.client, self.chat = town, client, chat

    async def door(self, **headers: str) -> Page:
        """An open socket that has not said hello."""
        return Page(await self.client.ws_connect("/chat/ws", headers=headers))

    async def page(self, session: object = None, last: object = 0) -> Page:
        page = await self.door()
        assert (await page.hello(session, last))["type"] == "welcome"
        return page

    async def upload(self, session: str, raw: bytes = JPEG, **headers: str) -> tuple[int, dict[str, Any]]:
        form = FormData()
        form.add_field("session", session)
        form.add_field("file", raw, filename="anh.jpg", content_type="image/jpeg")
        return await self.post(form, **headers)

    async def post(self, form: object, **headers: str) -> tuple[int, dict[str, Any]]:
        async with self.client.post("/chat/media", data=form, headers=headers) as answer:
            return answer.status, await answer.json() if answer.content_type == "application/json" else {}

    async def push(self, page: Page, *texts: str) -> None:
        """Write down and wake, as the outbox does."""
        self.town.store(page.address, *texts)
        await self.chat.send(page.address, Part(texts[-1]), 1)


Open = Callable[..., Awaitable[Street]]


@pytest.fixture
async def open_street() -> AsyncIterator[Open]:
    clients: list[TestClient[web.Request, web.Application]] = []

    async def opened(limits: Limits | None = None, origins: tuple[str, ...] = ()) -> Street:
        town = Town()
        chat = WebChat(
            receive=town.receive,
            sent_after=town.sent_after,
            keep_upload=town.keep_upload,
            clock=town.clock,
            words=lambda key: f"lời của {key}",
            limits=limits or Limits(poll_seconds=60),
            origins=origins,
        )
        app = web.Application()
        app.add_routes(chat.routes())
        client = TestClient(TestServer(app))
        await client.start_server()
        clients.append(client)
        return Street(town, client, chat)

    yield opened
    for client in clients:
        await client.close()


@pytest.fixture
async def street(open_street: Open) -> Street:
    return await open_street()


def refusal(code: str, **more: object) -> dict[str, object]:
    return {"type": "error", "code": code, "text": f"lời của webchat.{code}"} | more


async def until(true: Callable[[], bool]) -> None:
    """Let the server get on until it is so."""
    async with asyncio.timeout(SOON):
        while not true():
            await asyncio.sleep(0)


# ---------------------------------------------------------------- hello


async def test_the_connector_is_one(street: Street) -> None:
    connector: Connector = street.chat
    assert (connector.name, connector.account) == ("webchat", "main")
    assert connector.capabilities.ask_location and connector.capabilities.edit


async def test_a_first_hello_gets_a_session_that_nobody_can_guess(street: Street) -> None:
    first, second = await (await street.door()).hello(), await (await street.door()).hello()
    assert first.keys() == {"type", "session"} and first["type"] == "welcome"
    assert len(first["session"]) == 43 and first["session"] != second["session"]


async def test_a_returning_session_is_the_same_person_and_the_secret_stays_with_the_page(street: Street) -> None:
    first = await street.page()
    again = await street.page(first.session)
    assert again.session == first.session
    for number, page in enumerate((first, again)):
        await page.say(type="message", id=str(number), text="đèn hỏng")
        assert (await page.hear())["type"] == "ack"
    assert [incoming.address for incoming in street.town.taken] == [first.address, first.address]
    assert street.town.taken[0].sender.id == first.address.chat
    assert first.session not in str(street.town.taken)


@pytest.mark.parametrize("token", ["", "x", "a" * 42 + "!", "a" * 44, 7, True, ["a" * 43], {"a": 1}])
async def test_a_malformed_token_gets_a_fresh_session_and_starts_at_the_beginning(
    street: Street, token: object
) -> None:
    page = await street.door()
    welcome = await page.hello(token, last=5)
    assert len(welcome["session"]) == 43 and welcome["session"] != token
    assert welcome["last"] == 0


@pytest.mark.parametrize("last", [-1, "3", None, True, 1.5, 10**30, [1]])
async def test_a_nonsense_last_means_the_beginning(street: Street, last: object) -> None:
    page = await street.page()
    street.town.store(page.address, "chào")
    again = await street.page(page.session, last)
    assert (await again.hear())["seq"] == 1


@pytest.mark.parametrize("frame", ['{"type":"message","id":"1","text":"a"}', "hello", "[]", '{"type":["hello"]}'])
async def test_who_does_not_say_hello_first_is_turned_away(street: Street, frame: str) -> None:
    page = await street.door()
    await page.ws.send_str(frame)
    assert await page.hear() == refusal("bad_frame")
    assert await page.closed_with() == 1002
    assert street.town.taken == []


async def test_who_never_says_hello_is_turned_away(open_street: Open) -> None:
    page = await (await open_street(Limits(hello_seconds=0.01))).door()
    assert await page.hear() == refusal("bad_frame")
    assert await page.closed_with() == 1002


async def test_a_second_hello_is_refused_and_changes_nothing(street: Street) -> None:
    page = await street.page()
    await page.say(type="hello", session=None, last=0)
    assert await page.hear() == refusal("bad_frame")
    await page.say(type="message", id="1", text="a")
    assert await page.hear() == {"type": "ack", "id": "1"}
    assert street.town.taken[0].address == page.address


async def test_a_store_that_does_not_answer_at_hello_is_told_and_the_page_comes_back(street: Street) -> None:
    session = (await street.page()).session
    street.town.read_fails = RuntimeError("locked")
    page = await street.door()
    assert await page.hello(session, 3) == refusal("broken")
    assert await page.closed_with() == 1013


# ---------------------------------------------------------------- what comes in


async def test_a_text_arrives_composed_with_the_clients_id(street: Street) -> None:
    page = await street.page()
    await page.say(type="message", id="b7-1", text=unicodedata.normalize("NFD", "đường hỏng ở Thanh Lĩnh"))
    assert await page.hear() == {"type": "ack", "id": "b7-1"}
    (taken,) = street.town.taken
    assert taken == Incoming(page.address, taken.sender, "text", "b7-1", street.town.now, "đường hỏng ở Thanh Lĩnh")


@pytest.mark.parametrize(
    ("text", "kind", "payload"),
    [
        ("/start", "start", ""),
        (" /start xom-5 ", "start", "xom-5"),
        ("/startle", "text", "/startle"),
        ("bấm /start", "text", "bấm /start"),
        ("", "text", ""),
        ("a\x00b", "text", "ab"),
        ("a\ud800b", "text", "a?b"),
        ("😀" * 3, "text", "😀" * 3),
    ],
)
async def test_a_text_becomes_what_it_is(street: Street, text: str, kind: str, payload: str) -> None:
    page = await street.page()
    await page.say(type="message", id="1", text=text)
    assert (await page.hear())["type"] == "ack"
    assert (street.town.taken[0].kind, street.town.taken[0].text) == (kind, payload)


async def test_a_text_too_long_for_the_door_is_cut(street: Street) -> None:
    page = await street.page()
    await page.ws.send_str(json.dumps({"type": "message", "id": "1", "text": "ế" * 20_500}, ensure_ascii=False))
    assert (await page.hear())["type"] == "ack"
    assert street.town.taken[0].text == "ế" * 20_000


async def test_a_choice_and_a_place_arrive(street: Street) -> None:
    page = await street.page()
    await page.say(type="choice", id="1", choice="12:send")
    await page.say(type="location", id="2", lat=18.77, lon=105)
    assert [(await page.hear())["id"], (await page.hear())["id"]] == ["1", "2"]
    choice, place = street.town.taken
    assert (choice.kind, choice.choice) == ("choice", "12:send")
    assert (place.kind, place.lat, place.lon) == ("location", 18.77, 105.0)


async def test_the_ack_comes_after_the_commit_and_never_before(street: Street) -> None:
    page = await street.page()
    street.town.commit.clear()
    await page.say(type="message", id="1", text="a")
    await asyncio.wait_for(street.town.began.wait(), SOON)
    await street.push(page, "đẩy tới trong lúc chờ")
    assert (await page.hear())["type"] == "message"
    street.town.commit.set()
    assert await page.hear() == {"type": "ack", "id": "1"}


async def test_the_messages_of_a_page_are_taken_one_after_the_other(street: Street) -> None:
    page = await street.page()
    street.town.commit.clear()
    for number in range(5):
        await page.say(type="message", id=str(number), text=str(number))
    await asyncio.wait_for(street.town.began.wait(), SOON)
    assert street.town.taken == []
    street.town.commit.set()
    assert [(await page.hear())["id"] for _ in range(5)] == list("01234")
    assert [taken.text for taken in street.town.taken] == list("01234")


async def test_the_same_id_twice_is_one_turn_and_two_acks(street: Street) -> None:
    page = await street.page()
    for _ in range(2):
        await page.say(type="message", id="1", text="đèn hỏng")
        assert await page.hear() == {"type": "ack", "id": "1"}
    assert len(street.town.taken) == 1


async def test_a_message_that_could_not_be_committed_is_not_acknowledged_and_can_be_sent_again(
    street: Street, caplog: pytest.LogCaptureFixture
) -> None:
    page = await street.page()
    street.town.receive_fails = ValueError("số điện thoại 0912345678")
    with caplog.at_level(logging.DEBUG, "connectors.webchat"):
        await page.say(type="message", id="1", text="gọi 0912345678")
        assert await page.hear() == refusal("broken", id="1")
    assert "ValueError" in caplog.text and "0912345678" not in caplog.text and page.session not in caplog.text
    street.town.receive_fails = None
    await page.say(type="message", id="1", text="gọi 0912345678")
    assert await page.hear() == {"type": "ack", "id": "1"}


BAD_FRAMES = [
    "không phải JSON",
    "",
    "[]",
    "7",
    "null",
    "[" * 50_000,
    '{"id":"1","lat":' + "9" * 5000 + "}",
    "{}",
    '{"type":"nothing","id":"1"}',
    '{"type":["message"],"id":"1","text":"a"}',
    '{"type":"message","text":"a"}',
    '{"type":"message","id":"","text":"a"}',
    '{"type":"message","id":7,"text":"a"}',
    '{"type":"message","id":"' + "x" * 65 + '","text":"a"}',
    '{"type":"message","id":"a b","text":"a"}',
    '{"type":"message","id":"1"}',
    '{"type":"message","id":"1","text":null}',
    '{"type":"message","id":"1","text":["a"]}',
    '{"type":"choice","id":"1","choice":""}',
    '{"type":"choice","id":"1","choice":5}',
    '{"type":"choice","id":"1","choice":"' + "x" * 201 + '"}',
    '{"type":"location","id":"1","lat":"18","lon":"105"}',
    '{"type":"location","id":"1","lat":true,"lon":1}',
    '{"type":"location","id":"1","lat":91,"lon":1}',
    '{"type":"location","id":"1","lat":1,"lon":-181}',
    '{"type":"location","id":"1","lat":NaN,"lon":1}',
    '{"type":"location","id":"1","lat":1}',
    '{"type":"media","id":"1"}',
    '{"type":"media","id":"1","upload":7}',
    '{"type":"media","id":"1","uploads":"a"}',
    '{"type":"media","id":"1","uploads":[]}',
    '{"type":"media","id":"1","uploads":[["a"]]}',
    '{"type":"media","id":"1","uploads":["0","1","2","3","4","5","6","7","8","9","10"]}',
    '{"type":"media","id":"1","upload":"a","text":9}',
]


@pytest.mark.parametrize("frame", BAD_FRAMES, ids=lambda frame: frame[:50])
async def test_a_bad_frame_is_refused_and_the_page_goes_on(street: Street, frame: str) -> None:
    page = await street.page()
    await page.ws.send_str(frame)
    answer = await page.hear()
    assert answer == refusal("bad_frame") | ({"id": "1"} if "id" in answer else {})
    await page.say(type="message", id="2", text="a")
    assert await page.hear() == {"type": "ack", "id": "2"}
    assert len(street.town.taken) == 1


async def test_a_binary_frame_is_refused_and_the_page_goes_on(street: Street) -> None:
    page = await street.page()
    await page.ws.send_bytes(b'{"type":"message","id":"1","text":"a"}')
    assert await page.hear() == refusal("bad_frame")
    assert await page.hears_nothing_more()


async def test_a_huge_frame_closes_the_page_and_the_next_one_is_served(street: Street) -> None:
    page = await street.page()
    await page.say(type="message", id="1", text="a" * 70_000)
    assert await page.closed_with() == 1009
    assert street.town.taken == []
    assert await (await street.page(page.session)).hears_nothing_more()


async def test_a_page_that_sends_only_rubbish_is_closed(open_street: Open) -> None:
    page = await (await open_street(Limits(refused_frames=3))).page()
    for _ in range(4):
        await page.ws.send_str("rác")
        assert (await page.hear())["code"] == "bad_frame"
    assert await page.closed_with() == 1008


# ---------------------------------------------------------------- what goes out


async def test_a_push_arrives_by_itself_on_every_page_of_the_chat_and_nowhere_else(street: Street) -> None:
    first = await street.page()
    second, other = await street.page(first.session), await street.page()
    await street.push(first, "Cán bộ đã nhận việc.")
    for page in (first, second):
        said = await page.hear()
        assert said == {
            "type": "message",
            "seq": 1,
            "text": "Cán bộ đã nhận việc.",
            "choices": [],
            "media": [],
            "edit_of": None,
        }
    assert await other.hears_nothing_more()


async def test_a_message_carries_its_choices_pictures_question_and_time(street: Street) -> None:
    page = await street.page()
    part = Part(
        "Xong chưa ạ?",
        (Choice("12:yes", "Rồi"), Choice("/web", "Xem", "https://thanhchuong.example/x")),
        (Media("image", "9", "image/jpeg", 1200, "sau.jpg", "/media/9"),),
        ask="location",
        edit_of="3",
    )
    street.town.sent[page.address.key] = [Sent(4, part, street.town.now)]
    assert await street.chat.send(page.address, part, 77) == "77"
    assert await page.hear() == {
        "type": "message",
        "seq": 4,
        "text": "Xong chưa ạ?",
        "choices": [
            {"id": "12:yes", "label": "Rồi"},
            {"id": "/web", "label": "Xem", "url": "https://thanhchuong.example/x"},
        ],
        "media": [{"kind": "image", "url": "/media/9", "mime": "image/jpeg", "size": 1200, "name": "sau.jpg"}],
        "edit_of": 3,
        "ask": "location",
        "at": "2026-11-20T08:00:00+00:00",
    }


async def test_a_message_for_a_person_who_is_away_waits_in_the_store(street: Street) -> None:
    page = await street.page()
    await page.ws.close()
    await street.push(page, "một", "hai")
    again = await street.page(page.session)
    assert [(await again.hear())["text"] for _ in range(2)] == ["một", "hai"]
    assert await street.chat.send(Address("webchat", "main", "nobody"), Part("a"), 5) == "5"


async def test_a_reconnect_gets_exactly_what_was_missed(street: Street) -> None:
    page = await street.page()
    street.town.store(page.address, *(str(number) for number in range(1, 8)))
    again = await street.page(page.session, last=4)
    assert [(await again.hear())["seq"] for _ in range(3)] == [5, 6, 7]
    assert await again.hears_nothing_more()
    up_to_date = await street.page(page.session, last=7)
    assert await up_to_date.hears_nothing_more()


async def test_a_page_that_remembers_more_than_the_store_starts_again(street: Street) -> None:
    page = await street.page()
    street.town.store(page.address, "một", "hai")
    again = await street.door()
    assert await again.hello(page.session, 40) == {"type": "welcome", "session": page.session, "last": 0}
    assert [(await again.hear())["seq"] for _ in range(2)] == [1, 2]


async def test_many_pushes_in_a_burst_arrive_once_each_and_in_order(street: Street) -> None:
    page = await street.page()
    for number in range(60):
        await street.push(page, str(number))
        if number % 7 == 0:
            await asyncio.sleep(0)
    assert [(await page.hear())["seq"] for _ in range(60)] == list(range(1, 61))
    assert await page.hears_nothing_more()


async def test_a_number_that_the_store_tells_twice_is_shown_once(street: Street) -> None:
    page = await street.page()
    street.town.sent[page.address.key] = [Sent(1, Part("a")), Sent(1, Part("a")), Sent(2, Part("b"))]
    await street.chat.send(page.address, Part("b"), 2)
    assert [(await page.hear())["seq"] for _ in range(2)] == [1, 2]
    assert await page.hears_nothing_more()


async def test_a_message_of_which_nobody_told_us_is_found_by_looking(open_street: Open) -> None:
    street = await open_street(Limits(poll_seconds=0.01))
    page = await street.page()
    street.town.store(page.address, "từ một máy khác")
    assert (await page.hear())["text"] == "từ một máy khác"


async def test_a_store_that_fails_for_a_while_loses_no_push(open_street: Open) -> None:
    street = await open_street(Limits(poll_seconds=0.01))
    page = await street.page()
    street.town.read_fails = ConnectionRefusedError("no database")
    street.town.read.clear()
    await street.push(page, "một")
    await asyncio.wait_for(street.town.read.wait(), SOON)
    assert await page.hears_nothing_more()
    street.town.read_fails = None
    assert (await page.hear())["text"] == "một"


async def test_a_text_that_no_wire_can_carry_does_not_stop_the_chat(street: Street) -> None:
    page = await street.page()
    await street.push(page, "lạ \ud83d", "hai")
    assert [(await page.hear())["text"] for _ in range(2)] == ["lạ ?", "hai"]


async def test_answers_come_while_a_slow_turn_is_still_running(street: Street) -> None:
    page = await street.page()
    street.town.commit.clear()
    await page.say(type="message", id="1", text="a")
    await asyncio.wait_for(street.town.began.wait(), SOON)
    await street.push(page, "đẩy tới")
    assert (await page.hear())["text"] == "đẩy tới"
    street.town.commit.set()
    assert (await page.hear())["type"] == "ack"


# ---------------------------------------------------------------- uploads


async def test_uploads_travel_with_a_message_in_the_order_given_and_with_its_caption(street: Street) -> None:
    page = await street.page()
    tokens = [(await street.upload(page.session, JPEG + bytes([number])))[1]["upload"] for number in range(2)]
    await page.say(type="media", id="1", uploads=[tokens[1], tokens[0], tokens[1]], text="ảnh đây")
    assert await page.hear() == {"type": "ack", "id": "1"}
    (taken,) = street.town.taken
    assert (taken.kind, taken.text) == ("media", "ảnh đây")
    assert [(media.kind, media.ref, media.mime) for media in taken.media] == [
        ("image", "upload-2", "image/jpeg"),
        ("image", "upload-1", "image/jpeg"),
    ]


async def test_an_upload_tells_its_token_and_what_it_is(street: Street) -> None:
    page = await street.page()
    status, answer = await street.upload(page.session)
    assert status == 200
    assert answer == {"upload": answer["upload"], "kind": "image", "mime": "image/jpeg", "size": len(JPEG)}
    assert len(answer["upload"]) > 64, "signed, not to be guessed"
    assert street.town.uploads == [JPEG]


def test_the_token_of_an_upload_is_good_on_another_worker_and_for_its_session_only() -> None:
    town = Town()
    keys = (b"of all workers", b"of all workers", b"of another town")
    ours, other, stranger = (Uploads(key, timedelta(hours=2), lambda: town.now) for key in keys)
    picture = Media("image", "upload:1", "image/jpeg", 1000)
    token = ours.token_of("hoa", picture)
    assert other.of("hoa", token) == picture
    body, _, seal = token.rpartition(".")
    for uploads, chat, given in (
        (other, "nam", token),
        (stranger, "hoa", token),
        (other, "hoa", f"{body[:-4]}AAAA.{seal}"),
        (other, "hoa", ""),
    ):
        with pytest.raises(Refused, match="upload_gone"):
            uploads.of(chat, given)
    town.now += timedelta(hours=2)
    with pytest.raises(Refused, match="upload_gone"):
        other.of("hoa", token)


async def test_one_upload_may_be_named_again_because_a_frame_may_come_twice(street: Street) -> None:
    page = await street.page()
    token = (await street.upload(page.session))[1]["upload"]
    again = await street.page(page.session)
    for open_page in (page, again):
        await open_page.say(type="media", id="1", upload=token)
        assert await open_page.hear() == {"type": "ack", "id": "1"}


async def test_an_upload_of_somebody_else_is_refused(street: Street) -> None:
    owner, thief = await street.page(), await street.page()
    token = (await street.upload(owner.session))[1]["upload"]
    await thief.say(type="media", id="1", upload=token)
    assert await thief.hear() == refusal("upload_gone", id="1")
    assert street.town.taken == []


async def test_an_upload_is_forgotten_after_its_time(street: Street) -> None:
    page = await street.page()
    token = (await street.upload(page.session))[1]["upload"]
    street.town.now += timedelta(hours=2)
    await page.say(type="media", id="1", upload=token)
    assert await page.hear() == refusal("upload_gone", id="1")


async def test_what_is_no_photo_film_sound_or_pdf_is_refused(street: Street) -> None:
    page = await street.page()
    assert await street.upload(page.session, b"MZ program") == (415, refusal("bad_type"))
    street.town.keep_fails = UploadRefused("size")
    assert await street.upload(page.session) == (413, refusal("too_large"))


@pytest.mark.parametrize("size", [101, 200_000])
async def test_an_upload_over_the_limit_is_refused_before_it_is_kept(open_street: Open, size: int) -> None:
    street = await open_street(Limits(upload_bytes=100))
    page = await street.page()
    status, fitting = await street.upload(page.session, JPEG + b"x" * 80)
    assert (status, fitting["size"]) == (200, len(JPEG) + 80)
    assert await street.upload(page.session, b"x" * size) == (413, refusal("too_large"))
    assert len(street.town.uploads) == 1


async def test_an_upload_that_hides_its_length_is_cut_off(open_street: Open) -> None:
    street = await open_street(Limits(upload_bytes=100))
    session = (await street.page()).session

    async def body() -> AsyncIterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="session"\r\n\r\n' + session.encode() + b"\r\n"
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        for _ in range(20):
            yield b"y" * 50
        yield b"\r\n--x--\r\n"

    answer = await street.post(body(), **{"Content-Type": "multipart/form-data; boundary=x"})
    assert answer == (413, refusal("too_large"))


async def test_an_upload_without_a_good_session_is_refused(street: Street) -> None:
    assert await street.upload("x") == (400, refusal("bad_frame"))
    form = FormData()
    form.add_field("file", JPEG, filename="a.jpg")
    form.add_field("session", (await street.page()).session)
    assert await street.post(form) == (400, refusal("bad_frame"))
    assert street.town.uploads == []


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/plain", b"a"),
        ("multipart/form-data", b"a"),
        ("multipart/form-data; boundary=x", b""),
        ("multipart/form-data; boundary=x", b"--x\r\nrubbish"),
        ("multipart/form-data; boundary=x", b"--x--"),
    ],
)
async def test_a_broken_form_is_refused(street: Street, content_type: str, body: bytes) -> None:
    assert await street.post(body, **{"Content-Type": content_type}) == (400, refusal("bad_frame"))


async def test_an_upload_that_never_ends_is_given_up(open_street: Open) -> None:
    street = await open_street(Limits(upload_seconds=0.05))
    session = (await street.page()).session
    go_on = asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="session"\r\n\r\n' + session.encode() + b"\r\n"
        await go_on.wait()

    answer = await street.post(body(), **{"Content-Type": "multipart/form-data; boundary=x"})
    assert answer == (400, refusal("bad_frame"))


async def test_a_store_that_cannot_keep_an_upload_is_told_as_our_fault(
    street: Street, caplog: pytest.LogCaptureFixture
) -> None:
    page = await street.page()
    street.town.keep_fails = OSError("disk full at /secret")
    assert await street.upload(page.session) == (503, refusal("broken"))
    assert "/secret" not in caplog.text


# ---------------------------------------------------------------- limits


async def test_who_writes_too_fast_is_asked_to_wait_and_then_heard(open_street: Open) -> None:
    street = await open_street(Limits(session_messages=Rate(2, 3.0)))
    page = await street.page()
    for number in range(3):
        await page.say(type="message", id=str(number), text="a")
    assert [(await page.hear())["type"] for _ in range(2)] == ["ack", "ack"]
    assert await page.hear() == refusal("too_fast", id="2", retry_after=3.0)
    street.town.now += timedelta(seconds=3)
    await page.say(type="message", id="2", text="a")
    assert await page.hear() == {"type": "ack", "id": "2"}
    assert len(street.town.taken) == 3


async def test_a_second_page_of_the_same_session_shares_its_rate(open_street: Open) -> None:
    street = await open_street(Limits(session_messages=Rate(1, 60.0)))
    page = await street.page()
    again, other = await street.page(page.session), await street.page()
    codes = []
    for number, open_page in enumerate((page, again, other)):
        await open_page.say(type="message", id=str(number), text="a")
        codes.append((await open_page.hear()).get("code", "ack"))
    assert codes == ["ack", "too_fast", "ack"]


async def test_fresh_sessions_do_not_get_around_the_rate_of_their_address(open_street: Open) -> None:
    street = await open_street(Limits(address_messages=Rate(2, 60.0)))
    answers = []
    for _ in range(3):
        page = await street.page()
        await page.say(type="message", id="1", text="a")
        answers.append((await page.hear()).get("code", "ack"))
    assert answers == ["ack", "ack", "too_fast"]


async def test_a_clock_that_is_set_back_blocks_nobody(open_street: Open) -> None:
    street = await open_street(Limits(session_messages=Rate(2, 1.0)))
    page = await street.page()
    for number in range(2):
        await page.say(type="message", id=str(number), text="a")
        street.town.now -= timedelta(hours=1)
        assert (await page.hear())["type"] == "ack"


async def test_the_rates_of_thousands_of_passing_visitors_are_forgotten(open_street: Open) -> None:
    street = await open_street(Limits(address_messages=Rate(10_000, 1.0), session_messages=Rate(5, 1.0)))
    buckets = street.chat._messages[0]
    for number in range(2500):
        buckets.take(f"visitor {number}")
        street.town.now += timedelta(seconds=1)
    assert len(buckets._levels) <= 1001


async def test_the_uploads_of_a_session_are_counted_by_the_hour(open_street: Open) -> None:
    street = await open_street(Limits(session_uploads=Rate(2, 1800.0)))
    page, other = await street.page(), await street.page()
    statuses = [(await street.upload(page.session))[0] for _ in range(2)]
    assert statuses == [200, 200]
    assert await street.upload(page.session) == (429, refusal("too_many_uploads", retry_after=1800.0))
    assert (await street.upload(other.session))[0] == 200
    street.town.now += timedelta(minutes=30)
    assert (await street.upload(page.session))[0] == 200


async def test_the_uploads_of_an_address_are_counted_over_its_sessions(open_street: Open) -> None:
    street = await open_street(Limits(address_uploads=Rate(2, 1800.0)))
    statuses = [(await street.upload((await street.page()).session))[0] for _ in range(3)]
    assert statuses == [200, 200, 429]


async def test_only_so_many_uploads_are_taken_at_once(open_street: Open) -> None:
    street = await open_street(Limits(uploads_at_once=1))
    page = await street.page()
    street.town.commit.clear()
    first = asyncio.create_task(street.upload(page.session))
    await until(street.chat._upload_door._slots.locked)
    assert await street.upload(page.session) == (429, refusal("too_many_uploads", retry_after=5.0))
    street.town.commit.set()
    assert (await first)[0] == 200
    assert (await street.upload(page.session))[0] == 200


async def test_one_address_opens_only_so_many_pages_and_a_closed_one_makes_room(open_street: Open) -> None:
    street = await open_street(Limits(sockets_per_address=2))
    first = await street.page()
    await street.page()
    third = await street.door()
    assert await third.hear() == refusal("too_many", retry_after=30.0)
    assert await third.closed_with() == 1013
    await first.ws.close()
    await until(lambda: len(street.chat._open["127.0.0.1"]) == 1)
    assert await (await street.page()).hears_nothing_more()


async def test_a_page_that_went_leaves_nothing_behind(street: Street) -> None:
    page = await street.page()
    await page.ws.close()
    await until(lambda: not street.chat._open)
    assert street.chat._pages == {}


# ---------------------------------------------------------------- who may knock


def own_origin(street: Street) -> str:
    return f"http://{street.client.host}:{street.client.port}"


async def test_our_own_page_may_open_a_chat(street: Street) -> None:
    page = await street.door(Origin=own_origin(street))
    assert (await page.hello())["type"] == "welcome"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://[", "http://127.0.0.1", ""])
async def test_a_page_of_another_site_may_not(street: Street, origin: str) -> None:
    with pytest.raises(WSServerHandshakeError) as refused:
        await street.door(Origin=origin)
    assert refused.value.status == 403
    session = (await street.page()).session
    assert (await street.upload(session, Origin=origin))[0] == 403


async def test_a_portal_on_the_list_may_open_a_chat(open_street: Open) -> None:
    street = await open_street(origins=("https://daidong.example",))
    page = await street.door(Origin="https://daidong.example")
    assert (await page.hello())["type"] == "welcome"


# ---------------------------------------------------------------- stopping


async def test_stopping_closes_every_page_at_once_and_takes_no_new_one(street: Street) -> None:
    greeted, silent = await street.page(), await street.door()
    stopping = asyncio.create_task(street.chat.stop())
    assert await greeted.closed_with() == 1001
    assert await silent.closed_with() == 1001
    await asyncio.wait_for(stopping, SOON)
    late = await street.door()
    assert (await late.hear())["code"] == "too_many"
    await street.chat.start()
    assert await (await street.page()).hears_nothing_more()


async def test_stopping_in_the_middle_of_a_turn_waits_for_nothing_and_acknowledges_nothing(street: Street) -> None:
    page = await street.page()
    street.town.commit.clear()
    await page.say(type="message", id="1", text="a")
    await asyncio.wait_for(street.town.began.wait(), SOON)
    stopping = asyncio.create_task(street.chat.stop())
    assert await page.closed_with() == 1001
    await asyncio.wait_for(stopping, SOON)
    street.town.commit.set()
