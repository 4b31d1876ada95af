"""What a Zalo bot is told, in every shape that docs, real traffic and other people's code show it."""

import json
import unicodedata
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.zalo_bot_parse import Parsed, Reader, parse, updates_in
from dialogs.words import Address, Incoming, Media, Sender

PAYLOADS = Path(__file__).parent / "payloads" / "zalo_bot"
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
READER = Reader("main", NOW)
TED = "6ede9afa66b88fe6d6a9"
PHOTO = Media("image", "https://photo-stal-12.zdn.vn/jpg/b2c1.jpg", "image/jpeg")
VOICE = Media("audio", "https://f2-voice-aac-dl.zdn.vn/871/2c.aac", "audio/aac")

# file → kind, text, media; None: nothing to answer
READ: dict[str, tuple[Any, ...] | None] = {
    "real_text": ("text", "Xin chào", ()),
    "docs_text": ("text", "Xin chào", ()),
    "real_photo": ("media", "ổ gà trước chợ", (PHOTO,)),
    "docs_photo": ("media", "ổ gà trước chợ", (PHOTO,)),
    "real_voice": ("media", "", (VOICE,)),
    "docs_sticker": ("media", "", (Media("sticker", "0e078a2fb46a5d34047b"),)),
    "real_unsupported": ("unsupported", "", ()),
    "real_unsupported_bare": None,
    "real_group": None,
    "code_reaction": None,
    "code_link": ("text", "https://maps.app.goo.gl/x", ()),
}


def payload(name: str) -> Any:
    return json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))


def read(body: Any) -> Incoming:
    (update,) = updates_in(body)
    incoming, trouble = parse(update, READER)
    assert incoming is not None and not trouble
    return incoming


def changed(**what: Any) -> Any:
    body = payload("real_text")
    body["message"] |= what
    return body


def test_every_recorded_payload_is_read_here() -> None:
    assert {path.stem for path in PAYLOADS.glob("*.json")} == set(READ)


@pytest.mark.parametrize("name", sorted(READ))
def test_a_recorded_payload(name: str) -> None:
    (update,) = updates_in(payload(name))
    incoming, trouble = parse(update, READER)
    assert trouble == ""
    if READ[name] is None:
        assert incoming is None
    else:
        assert incoming is not None
        assert (incoming.kind, incoming.text, incoming.media) == READ[name]


def test_docs_and_real_traffic_mean_the_same() -> None:
    assert read(payload("docs_text")) == read(payload("real_text"))
    assert read(payload("docs_photo")) == read(payload("real_photo"))


def test_who_wrote_where_and_when() -> None:
    incoming = read(payload("real_text"))
    assert (incoming.address, incoming.sender) == (Address("zalo_bot", "main", TED), Sender(TED, "Ted"))
    assert incoming.at == datetime(2025, 6, 19, 6, 55, 31, 602000, tzinfo=UTC)
    assert incoming.dedupe_key == incoming.message_id == "2d758cb5e222177a4e35"


@pytest.mark.parametrize(("date", "year"), [(1750316131602, 2025), (1750316131, 2025), (None, 2026), ("x", 2026)])
def test_a_date_is_in_milliseconds_or_seconds_or_now(date: Any, year: int) -> None:
    assert read(changed(date=date)).at.year == year


def test_a_message_without_an_id_is_told_by_its_moment() -> None:
    assert read(changed(message_id=None)).dedupe_key == "at:1750316131.602"


def test_words_are_composed_and_start_is_a_beginning() -> None:
    assert read(changed(text=unicodedata.normalize("NFD", "đèn hỏng ạ"))).text == "đèn hỏng ạ"
    assert (read(changed(text="/start xom5")).kind, read(changed(text="/start xom5")).text) == ("start", "xom5")


def test_a_bot_is_not_answered() -> None:
    (update,) = updates_in(changed(**{"from": {"id": "1", "is_bot": True}}))
    assert parse(update, READER) == Parsed()


@pytest.mark.parametrize(
    "update",
    [
        {"event_name": "message.of_the_next_year.received", "message": payload("real_text")["message"]},
        {"event_name": "user.follow", "follower": {"id": "1"}},
        {"event_name": "message.text.received", "message": {"text": "from nobody"}},
        {"event_name": "message.text.received", "message": "no object"},
        {"no": "event"},
        changed(chat={"id": "a:b", "chat_type": "PRIVATE"}),
        changed(date=10**30),
        "text",
        None,
        7,
    ],
    ids=str,
)
def test_what_cannot_be_read_is_trouble_and_never_raises(update: Any) -> None:
    incoming, trouble = parse(update, READER)
    assert incoming is None and trouble


KEYS = st.sampled_from(["event_name", "message", "from", "chat", "id", "text", "date", "photo", "voice_url", "result"])
LEAVES = st.none() | st.booleans() | st.floats() | st.text() | st.sampled_from(["message.text.received"])


@given(st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=12))
def test_nothing_at_all_makes_it_raise(body: Any) -> None:
    for update in updates_in(body):
        assert isinstance(parse(update, READER), Parsed)
