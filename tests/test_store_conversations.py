"""A conversation is remembered as it was left; a person is known by their address, and forgotten when they ask."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select

from dialogs.words import Address, Choice, Incoming, Media, Part, Prompt, Sender, Talk
from store import conversations, outbox
from store.consents import give_consent, keep_contact, withdraw_consent
from store.tables.base import table
from store.tables.people import Citizen, Consent, Identity
from store.tables.reports import Report
from store.tables.talk import InboxFailure, InboxKey, Message
from tests.stored import HOA, NAM, a_person, a_stored_report, an_open_chat, count, row_of
from tests.town import MONDAY_NINE, TestTown

SOON = MONDAY_NINE + timedelta(minutes=5)
CHOICES = (Choice("send", "Gửi"), Choice("/mine", "Phản ánh của tôi"), Choice("map", "Bản đồ", "https://x.vn"))


@pytest.fixture
def connection(town: TestTown) -> Any:
    with town.engine.begin() as opened:
        yield opened
        opened.rollback()


def an_incoming(address: Address = HOA, **what: Any) -> Incoming:
    return Incoming(address, Sender("hoa", "Hoa Nguyễn"), what.pop("kind", "text"), "m1", MONDAY_NINE, **what)


# ---------------------------------------------------------------- seen before


def test_a_message_is_new_the_first_time_only(connection: Connection) -> None:
    assert conversations.first_time(connection, "webchat:main:hoa|m1", MONDAY_NINE)
    assert not conversations.first_time(connection, "webchat:main:hoa|m1", SOON)
    assert conversations.first_time(connection, "webchat:main:nam|m1", SOON)


def test_a_repeated_key_leaves_the_transaction_usable(connection: Connection) -> None:
    conversations.first_time(connection, "x", MONDAY_NINE)
    conversations.first_time(connection, "x", MONDAY_NINE)
    an_open_chat(connection)
    assert conversations.load_talk(connection, HOA.key).updated_at == MONDAY_NINE


def test_keys_are_forgotten_when_they_are_old_and_not_before(connection: Connection) -> None:
    conversations.first_time(connection, "old", MONDAY_NINE)
    conversations.first_time(connection, "new", SOON)
    assert conversations.purge_keys(connection, SOON) == 1
    assert row_of(connection, table(InboxKey), key="new")["at"] == SOON


# ---------------------------------------------------------------- memory


def test_a_new_conversation_is_empty(connection: Connection) -> None:
    assert conversations.load_talk(connection, HOA.key) == Talk()


@pytest.mark.parametrize(
    "talk",
    [
        Talk(updated_at=SOON),
        Talk("report", "confirm", {"draft": {"text": "đèn hỏng"}, "trail": ["confirm"]}, Prompt(3, "?", CHOICES), SOON),
        Talk(prompt=Prompt(9), updated_at=SOON),
    ],
)
def test_a_conversation_comes_back_as_it_was_left(connection: Connection, talk: Talk) -> None:
    for _ in range(2):  # opened, then written over
        conversations.save_talk(connection, HOA.key, talk, "tc", MONDAY_NINE)
        assert conversations.load_talk(connection, HOA.key) == talk


def test_two_conversations_do_not_know_of_each_other(connection: Connection) -> None:
    conversations.save_talk(connection, HOA.key, Talk("report", "confirm", updated_at=SOON), "tc", MONDAY_NINE)
    conversations.save_talk(connection, f"{HOA.key}|1|TC", Talk("staff", "asking", updated_at=SOON), "tc", MONDAY_NINE)
    assert conversations.load_talk(connection, HOA.key).dialog == "report"


def test_saving_a_conversation_leaves_the_numbers_of_its_messages_alone(connection: Connection) -> None:
    an_open_chat(connection)
    outbox.queue_part(connection, HOA, Part("một"), MONDAY_NINE)
    (message,) = outbox.waiting(connection, "webchat", "main", SOON, 9)
    outbox.claim(connection, message)
    conversations.save_talk(connection, HOA.key, Talk("report", "confirm", updated_at=SOON), "tc", SOON)
    outbox.queue_part(connection, HOA, Part("hai"), SOON)
    (message,) = outbox.waiting(connection, "webchat", "main", SOON, 9)
    outbox.claim(connection, message)
    assert [(seq, part.text) for seq, _, part in conversations.sent_after(connection, HOA.key, 0)] == [
        (1, "một"),
        (2, "hai"),
    ]


# ---------------------------------------------------------------- people


def test_a_newcomer_is_entered_and_known_the_next_time(connection: Connection) -> None:
    first = conversations.person_at(connection, an_incoming(), "tc", MONDAY_NINE)
    again = conversations.person_at(connection, an_incoming(), "tc", SOON)
    assert first == again
    assert (first.name, first.phone) == ("", "")
    assert count(connection, table(Citizen)) == 1
    assert row_of(connection, table(Identity), address_key=HOA.key)["display_name"] == "Hoa Nguyễn"


def test_two_addresses_are_two_people(connection: Connection) -> None:
    assert a_person(connection, HOA) != a_person(connection, NAM)


def test_who_blocked_us_is_back_with_their_next_message(connection: Connection) -> None:
    a_person(connection)
    conversations.mark_gone(connection, HOA.key, MONDAY_NINE)
    assert row_of(connection, table(Identity), address_key=HOA.key)["gone_at"] == MONDAY_NINE
    a_person(connection)
    assert row_of(connection, table(Identity), address_key=HOA.key)["gone_at"] is None


def test_an_address_is_found_by_its_key(connection: Connection) -> None:
    group = Address("telegram", "main", "-100123", "7")
    a_person(connection, group)
    assert conversations.address_of(connection, group.key) == group
    assert conversations.address_of(connection, "nobody") is None


def test_name_and_phone_are_kept_with_a_consent_and_erased_everywhere_without(connection: Connection) -> None:
    hoa, nam = a_person(connection), a_person(connection, NAM)
    mine = a_stored_report(connection, anonymous=False, reporter_name="Hoa", reporter_phone="0912 345 678")
    other = a_stored_report(connection, NAM, anonymous=False, reporter_name="Nam", reporter_phone="0900 000 001")
    for citizen, name in ((hoa, "Hoa"), (nam, "Nam")):
        give_consent(connection, citizen, "contact", "Đồng ý để lại không ạ?", MONDAY_NINE)
        keep_contact(connection, citizen, name, "0912 345 678")
    withdraw_consent(connection, hoa, "contact", SOON)
    assert row_of(connection, table(Citizen), id=hoa)["phone"] == ""
    erased = row_of(connection, table(Report), id=mine)
    assert (erased["reporter_name"], erased["reporter_phone"], erased["anonymous"]) == ("", "", True)
    assert row_of(connection, table(Report), id=other)["reporter_name"] == "Nam"
    assert row_of(connection, table(Citizen), id=nam)["name"] == "Nam"
    assert row_of(connection, table(Consent), citizen_id=hoa)["withdrawn_at"] == SOON
    assert row_of(connection, table(Consent), citizen_id=nam)["withdrawn_at"] is None


def test_the_wording_of_a_consent_is_kept_as_it_was_shown(connection: Connection) -> None:
    hoa = a_person(connection)
    give_consent(connection, hoa, "contact", "Để cán bộ gọi lại khi cần…", SOON)
    kept = row_of(connection, table(Consent), citizen_id=hoa)
    assert (kept["purpose"], kept["wording"], kept["given_at"]) == ("contact", "Để cán bộ gọi lại khi cần…", SOON)


# ---------------------------------------------------------------- messages


@pytest.mark.parametrize(
    "part",
    [
        Part(""),
        Part("Đã gửi ạ", CHOICES, (Media("image", "7", "image/jpeg", 9, "a.jpg", "/media/7/x"),), "location", "55"),
    ],
)
def test_a_part_comes_back_from_its_json_as_it_was(part: Part) -> None:
    assert conversations.part_from(conversations.part_json(part)) == part


def test_the_json_of_a_part_leaves_out_what_is_empty() -> None:
    assert conversations.part_json(Part("a")) == {"text": "a"}


def test_what_was_said_to_us_is_recorded(connection: Connection) -> None:
    incoming = an_incoming(text="đèn hỏng", media=(Media("image", "7"),))
    conversations.record_incoming(connection, HOA.key, incoming, MONDAY_NINE)
    kept = row_of(connection, table(Message), conversation_key=HOA.key)
    assert kept["direction"] == "in" and kept["seq"] is None
    assert kept["part"] == {"kind": "text", "text": "đèn hỏng", "choice": "", "media": ["7"]}


def test_only_what_a_person_was_sent_after_a_number_is_read_again(connection: Connection) -> None:
    an_open_chat(connection)
    an_open_chat(connection, NAM)
    for text, address in (("một", HOA), ("hai", HOA), ("của Nam", NAM), ("chưa gửi", HOA)):
        outbox.queue_part(connection, address, Part(text), MONDAY_NINE)
    for message in outbox.waiting(connection, "webchat", "main", SOON, 9)[:3]:
        outbox.claim(connection, message)
    conversations.record_incoming(connection, HOA.key, an_incoming(text="dạ"), SOON)
    assert [part.text for _, _, part in conversations.sent_after(connection, HOA.key, 0)] == ["một", "hai"]
    assert [part.text for _, _, part in conversations.sent_after(connection, HOA.key, 1)] == ["hai"]
    assert conversations.sent_after(connection, HOA.key, 2) == []


def test_an_update_that_failed_is_kept_whole_with_its_error(connection: Connection) -> None:
    incoming = replace(an_incoming(text="🇻🇳 {x}", media=(Media("image", "7"),)), lat=18.5)
    conversations.record_failure(connection, incoming, "ValueError: x", SOON)
    kept = connection.execute(select(table(InboxFailure))).mappings().one()
    assert (kept["address_key"], kept["dedupe_key"], kept["error"]) == (HOA.key, "m1", "ValueError: x")
    assert kept["incoming"]["text"] == "🇻🇳 {x}"
    assert kept["incoming"]["media"][0]["ref"] == "7"
    assert kept["incoming"]["at"] == MONDAY_NINE.isoformat()
