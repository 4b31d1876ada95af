"""Zalo's events: believed only when signed, committed or on the disk before Zalo's two seconds are over, in order."""

import asyncio
import io
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from bot.spool import FolderSpool
from connectors.zalo_oa import CannotServe, ZaloOa
from connectors.zalo_oa_intake import MOST_TRIES
from tests.fakes.zalo_oa import APP_SECRET, NOW, OA_SECRET
from tests.zalo_desk import CHAT, HOA, Desk, zalo_desk

SOON = 0.05  # seconds in place of the one and a half


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with zalo_desk(tmp_path, commit_within=SOON) as opened:
        yield opened


async def post(desk: Desk, raw: bytes, **headers: str) -> int:
    async with (
        aiohttp.ClientSession() as client,
        client.post(desk.url, data=io.BytesIO(raw), headers=headers) as answer,
    ):
        return answer.status


# ---------------------------------------------------------------- who is believed


@pytest.mark.parametrize("raw", [b"{}", b"", b" {} \n"])
async def test_the_consoles_unsigned_probe_is_answered_and_means_nothing(desk: Desk, raw: bytes) -> None:
    assert await post(desk, raw) == 200
    assert desk.behind.taken == [] and desk.spool.names() == []


async def test_a_person_who_opens_the_address_sees_that_it_is_right(desk: Desk) -> None:
    async with aiohttp.ClientSession() as client, client.get(desk.url) as answer:
        assert "Zalo OA" in await answer.text()


@pytest.mark.parametrize("raw", [b"[]", b"{", b'"x"', b"[" * 100_000])
async def test_what_is_no_event_is_refused(desk: Desk, raw: bytes) -> None:
    assert await post(desk, raw) == 400


async def test_a_body_that_never_ends_is_cut_off(desk: Desk) -> None:
    assert await post(desk, b'{"x":"' + b"x" * 1_100_000 + b'"}') == 413


async def test_a_signed_event_is_taken_and_answered_after_the_commit(desk: Desk) -> None:
    desk.api.person(HOA).say("alo")
    assert await desk.api.posted() == 200
    assert [(one.address, one.text) for one in desk.behind.taken] == [(CHAT, "alo")]
    assert desk.spool.names() == []


async def test_a_signature_over_the_headers_time_is_good_too(desk: Desk) -> None:
    desk.api.stamp_in_header = NOW + timedelta(seconds=3)
    desk.api.person(HOA).say("alo")
    assert await desk.api.posted() == 200
    assert desk.behind.texts == ["alo"]


CAUSES = {
    "the app's secret in place of the account's": ({"secret": "yet another"}, "must be the OA Secret Key"),
    "the two secrets swapped": ({"secret": APP_SECRET}, "are swapped"),
}


@pytest.mark.parametrize("case", sorted(CAUSES))
async def test_a_wrong_signature_is_refused_and_its_cause_is_named_once(
    desk: Desk, caplog: pytest.LogCaptureFixture, case: str
) -> None:
    what, words = CAUSES[case]
    desk.api.secret = what["secret"]
    for _ in range(3):
        desk.api.person(HOA).say("bí mật")
        assert await desk.api.posted() == 403
    said = [record.getMessage() for record in caplog.records if record.name == "langnghe.zalo_oa"]
    assert len(said) == 1 and words in said[0]
    assert desk.behind.taken == []
    assert not any(secret in caplog.text for secret in (OA_SECRET, APP_SECRET, "yet another", "bí mật"))


async def test_events_of_another_app_are_refused_by_name(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    raw = b'{"app_id":"1","event_name":"user_send_text","timestamp":"1"}'
    assert await post(desk, raw, **{"X-ZEvent-Signature": "mac=00"}) == 403
    assert "zalo_oa.app_id" in caplog.text


async def test_an_event_without_a_signature_is_refused(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    assert await post(desk, b'{"event_name":"user_send_text"}') == 403
    assert "without a signature" in caplog.text


@pytest.mark.parametrize(
    ("what", "words"),
    [({"oa_secret": "same", "app_secret": "same"}, "OA Secret Key"), ({"app_id": ""}, "zalo_oa.app_id")],
)
async def test_what_can_never_work_is_told_at_the_start(tmp_path: Path, what: dict[str, str], words: str) -> None:
    with pytest.raises(CannotServe, match=words):
        async with zalo_desk(tmp_path, **what):
            pass


# ---------------------------------------------------------------- two seconds


async def test_an_event_that_takes_too_long_is_on_the_disk_and_answered(desk: Desk) -> None:
    desk.behind.open.clear()
    desk.api.person(HOA).say("chậm")
    assert await desk.api.posted() == 200
    assert len(desk.spool.names()) == 1
    desk.behind.open.set()
    await emptied(desk)
    assert desk.behind.texts == ["chậm"], "taken once, though it was tried twice"


async def test_while_something_waits_on_the_disk_the_next_ones_queue_up_behind_it(desk: Desk) -> None:
    hoa = desk.api.person(HOA)
    desk.behind.refuses = 1
    desk.behind.open.clear()
    for text in ("một", "hai", "ba"):
        hoa.say(text)
        assert await desk.api.posted() == 200
    desk.behind.open.set()
    await desk.behind.until(lambda: len(desk.behind.taken) == 3)
    assert desk.behind.texts == ["một", "hai", "ba"]
    await emptied(desk)
    desk.connector._intake._within = 60.0  # a busy machine is no slow database
    hoa.say("bốn")
    assert await desk.api.posted() == 200
    assert desk.behind.texts[-1] == "bốn" and desk.spool.names() == []


async def test_an_event_that_the_database_refuses_is_on_the_disk_and_tried_again(desk: Desk) -> None:
    desk.behind.refuses = 3
    desk.api.person(HOA).say("alo")
    assert await desk.api.posted() == 200
    await desk.behind.until(lambda: desk.behind.taken)
    await emptied(desk)
    assert desk.naps.taken[-2:] == [2.0, 4.0]


async def test_one_that_can_never_be_taken_is_kept_for_the_operator_and_holds_nobody_up(desk: Desk) -> None:
    hoa = desk.api.person(HOA)
    desk.behind.refuses = MOST_TRIES + 1
    hoa.say("hỏng")
    await desk.api.posted()
    hoa.say("lành")
    await desk.api.posted()
    await desk.behind.until(lambda: desk.behind.taken)
    assert desk.behind.texts == ["lành"]
    ((raw, why),) = desk.behind.unread
    assert "hỏng" in raw and why


async def test_what_was_left_on_the_disk_is_taken_in_order_after_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.zalo_oa_intake.LAST_TURNS", 0.01)
    async with zalo_desk(tmp_path, commit_within=SOON) as desk:
        desk.behind.open.clear()
        for text in ("một", "hai"):
            desk.api.person(HOA).say(text)
            assert await desk.api.posted() == 200
        await desk.connector.stop()
        assert len(desk.spool.names()) == 2
    async with zalo_desk(tmp_path) as desk:
        desk.api.person(HOA).does("user_send_text", message={"text": "ba", "msg_id": "after the restart"})
        assert await desk.api.posted() == 200
        await desk.behind.until(lambda: len(desk.behind.taken) == 3)
        assert desk.behind.texts == ["một", "hai", "ba"]


async def test_a_disk_that_is_full_is_the_one_thing_that_refuses_an_event(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Full(FolderSpool):
        def keep(self, name: str, raw: bytes) -> None:
            raise OSError(28, "No space left on device")

    async with zalo_desk(tmp_path, commit_within=SOON, spool=Full(tmp_path / "full")) as desk:
        desk.behind.refuses = 1
        desk.api.person(HOA).say("alo")
        assert await desk.api.posted() == 503
        assert "neither committed nor spooled" in caplog.text


async def test_the_same_event_twice_is_one(desk: Desk) -> None:
    event = desk.api.person(HOA).say("alo")
    desk.api.post(event)
    assert await desk.api.posted() == 200
    assert desk.behind.texts == ["alo"]


async def test_an_event_that_cannot_be_read_is_kept_and_answered(desk: Desk) -> None:
    desk.api.post(desk.api.event("user_send_text", message={"text": "ai đấy", "msg_id": "1"}))
    assert await desk.api.posted() == 200
    assert len(desk.behind.unread) == 1


async def emptied(desk: Desk) -> None:
    """Until nothing is left on the disk, and the intake has seen that; the last file goes after its turn."""
    async with asyncio.timeout(10):
        while desk.spool.names() or desk.connector._intake._behind:
            await asyncio.sleep(0.001)


# ---------------------------------------------------------------- pictures


async def test_a_picture_that_a_person_sent_is_fetched_by_its_address(desk: Desk) -> None:
    desk.api.person(HOA).photo(b"\xff\xd8 picture")
    await desk.api.posted()
    (item,) = desk.behind.taken[0].media
    assert await desk.connector.fetch(item) == b"\xff\xd8 picture"


async def test_routes_stand_under_the_account(tmp_path: Path) -> None:
    async with zalo_desk(tmp_path, account="second") as desk:
        assert isinstance(desk.connector, ZaloOa)
        assert {route.path for route in desk.connector.routes()} == {"/zalo/oa/second"}  # type: ignore[attr-defined]
