"""Officers get in by a link that works once, stay in for a while, and see the rooms they belong to."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, update

from store import staff, staff_chat
from store.due import heads_of
from store.hot import driver
from store.staff_chat import new_code, spend_code
from store.tables.base import table
from store.tables.staff import Agency, LoginLink, Officer, StaffRoom, StaffSession
from tests.stored import count, row_of
from tests.town import MONDAY_NINE, TestTown, thanh_chuong

SOON = MONDAY_NINE + timedelta(minutes=5)


@pytest.fixture
def connection(town: TestTown) -> Any:
    with town.engine.begin() as opened:
        yield opened
        opened.rollback()


@pytest.fixture
def hung(connection: Connection) -> int:
    return staff.add_officer(connection, "tc", "Hùng", "Phó phòng", ["ubnd-17713", "intake"], MONDAY_NINE)


# ---------------------------------------------------------------- links


def test_a_link_opens_the_room_once(connection: Connection, hung: int) -> None:
    link = staff.new_login_link(connection, hung, MONDAY_NINE)
    token = staff.use_login_link(connection, link, SOON)
    assert token is not None
    session = staff.session_of(connection, token, SOON)
    assert session is not None and session.officer.name == "Hùng"
    assert staff.use_login_link(connection, link, SOON) is None


def test_a_link_expires(connection: Connection, hung: int) -> None:
    link = staff.new_login_link(connection, hung, MONDAY_NINE)
    assert staff.use_login_link(connection, link, MONDAY_NINE + staff.LINK_LIFE) is None
    assert staff.use_login_link(connection, link, MONDAY_NINE + staff.LINK_LIFE - timedelta(seconds=1)) is not None


@pytest.mark.parametrize("link", ["", "x", "ố", "a" * 10_000])
def test_an_unknown_link_opens_nothing(connection: Connection, link: str) -> None:
    assert staff.use_login_link(connection, link, SOON) is None


def test_the_link_of_an_officer_who_has_left_opens_nothing(connection: Connection, hung: int) -> None:
    link = staff.new_login_link(connection, hung, MONDAY_NINE)
    connection.execute(update(table(Officer)).values(active=False))
    assert staff.use_login_link(connection, link, SOON) is None


def test_who_is_removed_keeps_no_way_in_and_leaves_the_name(connection: Connection, hung: int) -> None:
    lan = staff.add_officer(connection, "tc", "Lan", "", ["intake"], MONDAY_NINE)
    session = staff.use_login_link(connection, staff.new_login_link(connection, hung, MONDAY_NINE), SOON)
    link, hers = (staff.new_login_link(connection, one, MONDAY_NINE) for one in (hung, lan))
    code = staff_chat.new_code(connection, hung, "intake", MONDAY_NINE)
    staff_chat.bind_person(connection, hung, "telegram:main:5", MONDAY_NINE)
    assert staff.remove_officer(connection, hung) == "Hùng"
    assert session and staff.session_of(connection, session, SOON) is None
    assert staff.use_login_link(connection, link, SOON) is None
    assert staff_chat.spend_code(connection, code, SOON) is None, "or a stranger's group would become a room"
    assert staff_chat.officer_behind(connection, "telegram:main:5") is None
    assert row_of(connection, table(Officer), id=hung)["name"] == "Hùng"
    assert staff.remove_officer(connection, hung) is None
    assert staff.use_login_link(connection, hers, SOON) is not None


def test_of_a_link_and_a_session_only_the_hash_is_kept(connection: Connection, hung: int) -> None:
    link = staff.new_login_link(connection, hung, MONDAY_NINE)
    token = staff.use_login_link(connection, link, SOON)
    assert token is not None
    kept = [
        *connection.execute(table(LoginLink).select()).one(),
        *connection.execute(table(StaffSession).select()).one(),
    ]
    assert link not in kept and token not in kept
    assert staff.hashed(link) in kept and staff.hashed(token) in kept


# ---------------------------------------------------------------- sessions


@pytest.fixture
def token(connection: Connection, hung: int) -> str:
    session = staff.use_login_link(connection, staff.new_login_link(connection, hung, MONDAY_NINE), MONDAY_NINE)
    assert session is not None
    return session


def test_a_session_lasts_as_long_as_it_says(connection: Connection, token: str) -> None:
    ends = MONDAY_NINE + staff.SESSION_LIFE
    assert staff.session_of(connection, token, ends - timedelta(seconds=1)) is not None
    assert staff.session_of(connection, token, ends) is None


def test_a_session_ends_when_the_officer_leaves_the_room(connection: Connection, token: str) -> None:
    staff.end_session(connection, token)
    assert staff.session_of(connection, token, SOON) is None
    staff.end_session(connection, token)


def test_a_session_ends_when_the_officer_leaves_the_office(connection: Connection, token: str) -> None:
    connection.execute(update(table(Officer)).values(active=False))
    assert staff.session_of(connection, token, SOON) is None


def test_locking_an_officer_out_ends_sessions_and_every_unused_way_in(
    connection: Connection, hung: int, token: str
) -> None:
    other = staff.add_officer(connection, "tc", "Lan", "", ["intake"], MONDAY_NINE)
    theirs = staff.new_login_link(connection, other, MONDAY_NINE)
    link, code = staff.new_login_link(connection, hung, MONDAY_NINE), new_code(connection, hung, "intake", MONDAY_NINE)
    assert staff.lock_out(connection, hung) == 1
    assert staff.session_of(connection, token, SOON) is None
    assert staff.use_login_link(connection, link, SOON) is None
    assert spend_code(connection, code, SOON) is None
    assert staff.use_login_link(connection, theirs, SOON) is not None
    again = staff.use_login_link(connection, staff.new_login_link(connection, hung, SOON), SOON)
    assert again is not None, "a new link lets them in again"


def test_the_head_of_a_room_is_named_there_and_nowhere_else(connection: Connection) -> None:
    rooms = ["ubnd-17713", "intake"]
    staff.add_officer(connection, "tc", "Nguyễn Thị Mai", "", rooms, MONDAY_NINE, heads=["ubnd-17713"])
    assert heads_of(connection, "ubnd-17713") == ["Nguyễn Thị Mai"] and heads_of(connection, "intake") == []


def test_each_session_has_a_secret_of_its_own_for_its_forms(connection: Connection, hung: int) -> None:
    secrets = set()
    for _ in range(3):
        token = staff.use_login_link(connection, staff.new_login_link(connection, hung, MONDAY_NINE), SOON)
        session = staff.session_of(connection, token or "", SOON)
        assert session is not None
        secrets.add(session.csrf)
    assert len(secrets) == 3
    assert all(len(secret) >= 24 for secret in secrets)


def test_secrets_are_compared_whole() -> None:
    assert staff.same("ấm", "ấm")
    assert not staff.same("ấm", "ấ")
    assert not staff.same("", "x")


# ---------------------------------------------------------------- officers and rooms


def test_an_officer_is_known_with_their_rooms(connection: Connection, hung: int) -> None:
    officer = staff.officer(connection, hung)
    assert officer is not None
    assert (officer.name, officer.title, officer.rooms) == ("Hùng", "Phó phòng", ("intake", "ubnd-17713"))
    assert staff.officers(connection) == [officer]
    assert staff.officer(connection, hung + 1) is None


def test_an_officer_who_has_left_is_no_officer(connection: Connection, hung: int) -> None:
    connection.execute(update(table(Officer)).where(table(Officer).c.id == hung).values(active=False))
    assert staff.officer(connection, hung) is None
    assert staff.officers(connection) == []


def test_an_officer_cannot_be_put_into_a_room_that_there_is_not(connection: Connection) -> None:
    from sqlalchemy.exc import IntegrityError

    with pytest.raises(IntegrityError):
        staff.add_officer(connection, "tc", "Hùng", "", ["nowhere"], MONDAY_NINE)


def test_the_pack_is_entered_as_often_as_one_likes(connection: Connection) -> None:
    pack = thanh_chuong()
    for _ in range(2):
        staff.sync_pack(connection, pack)
    assert count(connection, table(StaffRoom)) == len(pack.rooms)
    assert count(connection, table(Agency)) == len(pack.agencies)
    assert row_of(connection, table(StaffRoom), id="intake")["kind"] == "intake"


def test_a_room_that_the_pack_has_lost_stays_for_the_old_reports(connection: Connection) -> None:
    connection.execute(table(StaffRoom).insert().values(id="old", locality_id="tc", name="Cũ", kind="agency"))
    staff.sync_pack(connection, thanh_chuong())
    assert row_of(connection, table(StaffRoom), id="old")["name"] == "Cũ"


# ---------------------------------------------------------------- cards in groups


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_looking_for_cards_to_write_reads_none_of_a_room_without_a_group(connection: Connection) -> None:
    asked: list[str] = []
    driver(connection).set_trace_callback(asked.append)
    assert staff_chat.stale_cards(connection, 50) == []
    driver(connection).set_trace_callback(None)
    plan = driver(connection).execute(f"EXPLAIN QUERY PLAN {asked[-1]}").fetchall()
    read = [row[-1] for row in plan if "staff_card" in row[-1]]
    assert read == ["SEARCH staff_card USING INDEX ix_staff_card_stale (room_id=?)"]
