"""Telegram's updates as they are recorded in tests/payloads/telegram: each means one thing to us, or nothing."""

import json
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from telegram import Update

from connectors.telegram_parse import Parsed, Reader, callback_of, chat_of, parse
from dialogs.words import Address, Incoming, Media, Sender

PAYLOADS = Path(__file__).parent / "payloads" / "telegram"
READER = Reader("main", "langnghe_bot", datetime(2026, 11, 23, 2, 0, tzinfo=UTC))

HOA, LAN = Sender("1001", "Hoa Nguyễn Thị"), Sender("2002", "Lan Trần Thị")
CHAT, GROUP = Address("telegram", "main", "1001"), Address("telegram", "main", "-1001234567890")
OLD_GROUP, TOPIC = Address("telegram", "main", "-4567890"), replace(GROUP, thread="12")
PHOTO = Media("image", "AgACAgUAAxkBAAI0Q3", "image/jpeg", 167232)
ANONYMOUS = Sender("1087968824", "Tổ tiếp nhận xã Đại Đồng", anonymous=True)

# recording → what it means: where, who, which kind, and whatever else is not empty
MEANS: dict[str, tuple[Address, Sender, str, dict[str, Any]]] = {
    "text": (CHAT, HOA, "text", {"text": "den duong xom 5 thanh linh hong ca tuan nay roi", "message_id": "57"}),
    "text_decomposed": (CHAT, HOA, "text", {"text": "Đường ngập ở Thanh Lĩnh"}),
    "text_in_group": (GROUP, LAN, "text", {"text": "ok anh em", "in_group": True}),
    "start": (CHAT, HOA, "start", {}),
    "start_payload": (CHAT, HOA, "start", {"text": "qr_TL05"}),
    "command": (CHAT, HOA, "text", {"text": "/mine"}),
    "command_in_group": (GROUP, LAN, "text", {"text": "/danhsach quá hạn", "in_group": True}),
    "button": (CHAT, HOA, "choice", {"choice": "12:send", "reply_to": "31", "message_id": "", "at": READER.now}),
    "button_in_topic": (TOPIC, LAN, "choice", {"choice": "/case TC-7K3F-2F accept:3", "reply_to": "401"}),
    "button_of_old_message": (GROUP, LAN, "choice", {"choice": "9:drop", "reply_to": "17"}),
    "photo": (CHAT, HOA, "media", {"media": (PHOTO,), "text": "Đèn đường hỏng chỗ này"}),
    "album_first": (CHAT, HOA, "media", {"album": "13912345678901234", "text": "Rác đầy chợ Rộ", "media": (PHOTO,)}),
    "album_second": (CHAT, HOA, "media", {"album": "13912345678901234", "text": ""}),
    "video": (
        CHAT,
        HOA,
        "media",
        {"media": (Media("video", "AgACAgUAAxkBAAI2V1", "video/mp4", 3145728, "VID_0001.mp4"),)},
    ),
    "video_too_large": (CHAT, HOA, "too_large", {"text": "Cầu sập", "media": ()}),
    "video_note": (CHAT, HOA, "media", {"media": (Media("video", "AgACAgUAAxkBAAI2N1", "video/mp4", 524288),)}),
    "voice": (CHAT, HOA, "media", {"media": (Media("audio", "AgACAgUAAxkBAAI3A1", "audio/ogg", 40321),)}),
    "audio": (
        CHAT,
        HOA,
        "media",
        {"media": (Media("audio", "AgACAgUAAxkBAAI3A2", "audio/mpeg", 981234, "tiếng ồn.mp3"),)},
    ),
    "animation": (CHAT, HOA, "media", {"media": (Media("video", "AgACAgUAAxkBAAI2G1", "video/mp4", 81234),)}),
    "document": (
        CHAT,
        HOA,
        "media",
        {"media": (Media("file", "AgACAgUAAxkBAAI1D1", "application/pdf", 345678, "don_kien_nghi.pdf"),)},
    ),
    "document_photo": (
        CHAT,
        HOA,
        "media",
        {"media": (Media("image", "AgACAgUAAxkBAAI1D1", "image/jpeg", 4404019, "IMG_2041.jpg"),)},
    ),
    "document_too_large": (CHAT, HOA, "too_large", {"text": "Toàn bộ hồ sơ", "media": ()}),
    "sticker": (CHAT, HOA, "media", {"media": (Media("sticker", "AgACAgUAAxkBAAI5S1", "", 23210),)}),
    "location": (CHAT, HOA, "location", {"lat": 18.7812, "lon": 105.3341}),
    "live_location": (CHAT, HOA, "location", {"lat": 18.7812, "lon": 105.3341}),
    "venue": (CHAT, HOA, "location", {"lat": 18.79, "lon": 105.36, "text": "Chợ Rộ, Võ Liệt"}),
    "contact_own": (CHAT, HOA, "contact", {"phone": "84912345678", "phone_verified": True, "reply_to": "33"}),
    "contact_of_another": (CHAT, HOA, "contact", {"phone": "+84 987 654 321", "phone_verified": False}),
    "contact_without_account": (CHAT, HOA, "contact", {"phone": "0383822113", "phone_verified": False}),
    "edited": (CHAT, HOA, "edited", {"text": "đèn đường xóm 6, không phải xóm 5", "message_id": "57"}),
    "edited_caption": (CHAT, HOA, "edited", {"text": "Rác đầy chợ Rộ, sáng nay", "message_id": "60", "media": ()}),
    "blocked": (CHAT, HOA, "unfollow", {"in_group": False}),
    "unblocked": (CHAT, HOA, "follow", {}),
    "added_to_group": (GROUP, LAN, "follow", {"in_group": True}),
    "put_out_of_group": (GROUP, LAN, "unfollow", {"in_group": True}),
    "migrated_to": (OLD_GROUP, LAN, "migrated", {"text": "-1001234567890", "in_group": True}),
    "migrated_from": (OLD_GROUP, ANONYMOUS, "migrated", {"text": "-1001234567890"}),
    "anonymous_admin": (GROUP, ANONYMOUS, "text", {"text": "/danhsach"}),
    "written_as_channel": (GROUP, Sender("136817688", "Tin xã nhà", anonymous=True), "text", {"text": "Xin chào"}),
    "topic": (TOPIC, LAN, "text", {"text": "chiều nay đi xem", "reply_to": ""}),
    "reply_to_card": (TOPIC, LAN, "text", {"reply_to": "401"}),
    "reply_in_plain_group": (GROUP, LAN, "text", {"reply_to": "401"}),
    "photo_as_reply": (GROUP, LAN, "media", {"reply_to": "401", "media": (PHOTO,)}),
    "poll": (CHAT, HOA, "unsupported", {}),
    "dice": (CHAT, HOA, "unsupported", {}),
    "something_new": (CHAT, HOA, "unsupported", {}),
    "unreadable": (CHAT, HOA, "unsupported", {"at": READER.now, "message_id": "57"}),
}
NOTHING_TO_US = {
    "command_for_another_bot",
    "button_of_game",
    "live_location_moves",
    "edited_photo_only",
    "made_admin",
    "forwarded_from_linked_channel",
    "from_a_bot",
    "pinned",
    "new_members",
    "topic_created",
    "channel_post",
    "inline_query",
    "update_of_the_future",
}


@cache
def recorded(name: str) -> dict[str, Any]:
    update: dict[str, Any] = json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))
    return update


def read(name: str, reader: Reader = READER) -> Incoming:
    [incoming] = parse(recorded(name), reader).incomings
    return incoming


def test_every_recording_is_known() -> None:
    assert {path.stem for path in PAYLOADS.glob("*.json")} == MEANS.keys() | NOTHING_TO_US


@pytest.mark.parametrize("name", MEANS)
def test_a_recorded_update_means(name: str) -> None:
    incoming, (address, sender, kind, more) = read(name), MEANS[name]
    assert (incoming.address, incoming.sender, incoming.kind) == (address, sender, kind)
    assert {field: getattr(incoming, field) for field in more} == more
    assert incoming.at.tzinfo is not None
    assert incoming.dedupe_key


@pytest.mark.parametrize("name", sorted(NOTHING_TO_US))
def test_a_recorded_update_is_nothing_to_us(name: str) -> None:
    assert parse(recorded(name), READER) == Parsed([])


@pytest.mark.parametrize("name", sorted(MEANS.keys() | NOTHING_TO_US - {"update_of_the_future"}))
def test_the_recordings_are_what_telegram_sends(name: str) -> None:
    """As far as python-telegram-bot knows it; the unreadable one is unreadable to it too."""
    if name == "unreadable":
        with pytest.raises(TypeError):
            Update.de_json(recorded(name), None)
    else:
        assert Update.de_json(recorded(name), None).update_id == recorded(name)["update_id"]


# ---------------------------------------------------------------- single rules


def test_the_dedupe_key_is_the_update_id() -> None:
    assert read("text").dedupe_key == str(recorded("text")["update_id"])


def test_both_sides_of_a_migration_are_one_event() -> None:
    there, here = read("migrated_to"), read("migrated_from")
    assert (there.address, there.dedupe_key) == (here.address, here.dedupe_key)


def test_the_time_is_the_messages_own_and_an_edits_is_that_of_the_edit() -> None:
    assert read("text").at == datetime.fromtimestamp(1795420803, UTC)
    assert read("edited").at == datetime.fromtimestamp(1795420899, UTC)


def test_a_venues_name_and_a_senders_name_are_composed_too() -> None:
    update = json.loads(unicodedata.normalize("NFD", json.dumps(recorded("venue"), ensure_ascii=False)))
    [incoming] = parse(update, READER).incomings
    assert (incoming.text, incoming.sender.name) == ("Chợ Rộ, Võ Liệt", "Hoa Nguyễn Thị")


def test_what_no_database_takes_is_taken_out_of_a_text() -> None:
    update = recorded("text") | {"message": recorded("text")["message"] | {"text": "rác\x00 \ud83d đầy"}}
    [incoming] = parse(update, READER).incomings
    assert incoming.text == "rác ? đầy"


def test_before_our_name_is_known_a_named_command_counts_as_ours() -> None:
    assert read("command_for_another_bot", replace(READER, bot="")).text == "/danhsach"


def test_in_a_private_chat_a_command_for_another_bot_is_just_words() -> None:
    message = recorded("text")["message"] | {"text": "/start@other_bot"}
    [incoming] = parse({"update_id": 1, "message": message}, READER).incomings
    assert (incoming.kind, incoming.text) == ("text", "/start@other_bot")


def test_an_unreadable_update_says_so_and_a_readable_one_does_not() -> None:
    assert parse(recorded("unreadable"), READER).trouble == "KeyError"
    assert parse(recorded("text"), READER).trouble == ""


def test_a_press_knows_how_it_wants_to_be_answered() -> None:
    assert callback_of(recorded("button")) == "4382bfdwdsb323b2d9"
    assert callback_of(recorded("button_of_game")) == "4382bfdwdsb323b2e2"
    assert callback_of(recorded("text")) == ""


@pytest.mark.parametrize(
    ("name", "chat"), [("text", "1001"), ("edited", "1001"), ("button_in_topic", "-1001234567890")]
)
def test_messages_edits_and_presses_of_one_chat_stand_in_one_order(name: str, chat: str) -> None:
    assert chat_of(recorded(name)) == chat


# ---------------------------------------------------------------- anything at all

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def spots(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) in a JSON value."""
    pairs = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    return [(value, key) for key, _ in pairs] + [spot for _, inner in pairs for spot in spots(inner)]


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(MEANS.keys() | NOTHING_TO_US)), st.data())
def test_whatever_is_in_an_update_it_is_read_or_refused_and_never_raises(name: str, data: st.DataObject) -> None:
    update = json.loads(json.dumps(recorded(name)))
    for _ in range(data.draw(st.integers(1, 3))):
        container, key = data.draw(st.sampled_from(spots(update)))
        if isinstance(container, dict) and key not in container:
            continue
        if isinstance(container, dict) and data.draw(st.booleans()):
            del container[key]
        else:
            container[key] = data.draw(JSON)
        if not update:
            return
    incomings, trouble = parse(update, READER)
    callback_of(update), chat_of(update)
    assert isinstance(trouble, str)
    for incoming in incomings:
        for text in (incoming.text, incoming.sender.name, incoming.choice, incoming.phone):
            assert unicodedata.is_normalized("NFC", text)
            assert "\x00" not in text
            text.encode()
        assert incoming.at.tzinfo is not None
        assert incoming.dedupe_key
