"""Zalo's tokens: a refresh token is spent once by one process, its pair is written before use, trouble is told."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.zalo_tokens import TokenKeeper
from connectors.zalo_oa_token import Login
from dialogs.words import SendError
from store import zalo
from store.tables.base import table
from store.tables.workers import ZaloToken
from tests.fakes.zalo_oa import APP_ID, APP_SECRET, FakeZaloOa
from tests.town import Clock, TestTown, test_town

ROW = table(ZaloToken)


class House:
    """A database with one pair of tokens, and keepers that share it as processes do."""

    def __init__(self, town: TestTown, api: FakeZaloOa, clock: Clock) -> None:
        self.town, self.api, self.clock = town, api, clock
        self.alarms: list[str] = []
        self.broken = 0  # how many of the next writes of a pair fail

    def keeper(self, secret: str = APP_SECRET) -> TokenKeeper:
        return TokenKeeper(
            Login(self.api.url, APP_ID, secret), "main", self.read, self.write, self.alarm, self.clock, self.nap
        )

    async def read(self, work: Callable[[Any], Any]) -> Any:
        return self.town.read(work)

    async def write(self, work: Callable[[Any], Any]) -> Any:
        if self.broken and getattr(work, "func", None) is zalo.keep_tokens:
            self.broken -= 1
            raise OSError("no space left")
        return await self.town.writer.write(work)

    async def alarm(self, key: str) -> None:
        self.alarms.append(key)

    async def nap(self, seconds: float) -> None:
        await asyncio.sleep(0.001)

    def stored(self) -> tuple[str, str]:
        row = self.town.read(lambda connection: zalo.tokens_of(connection, "main"))
        assert row
        return row.access, row.refresh

    @property
    def refreshes(self) -> int:
        return len([form for path, form in self.api.calls if path == "token"])


@pytest.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    monkeypatch.setenv("NO_PROXY", "*")
    clock = Clock()
    api = FakeZaloOa(clock)
    await api.start()
    with test_town(tmp_path, clock) as town:
        expires = api.oauth.expires_at
        town.write(lambda connection: zalo.keep_tokens(connection, "main", "access-0", "refresh-0", expires))
        yield House(town, api, clock)
    await api.stop()


async def test_a_token_with_more_than_an_hour_to_live_is_used_as_it_is(house: House) -> None:
    house.clock.forward(timedelta(hours=23))
    assert await house.keeper().current() == "access-0"
    assert house.refreshes == 0


async def test_in_its_last_hour_it_is_renewed_although_nobody_writes(house: House) -> None:
    house.clock.forward(timedelta(hours=24, minutes=1))
    keeper = house.keeper()
    await keeper.tend()
    assert house.stored() == (house.api.oauth.access, house.api.oauth.refresh) != ("access-0", "refresh-0")
    assert await keeper.current() == house.api.oauth.access
    assert house.refreshes == 1


async def test_many_at_once_spend_the_refresh_token_once(house: House) -> None:
    keepers = [house.keeper() for _ in range(4)]
    given = await asyncio.gather(*(keeper.renew("access-0") for keeper in keepers for _ in range(5)))
    assert set(given) == {house.api.oauth.access}
    assert house.refreshes == 1


async def test_what_another_process_has_renewed_is_taken_from_the_store(house: House) -> None:
    one, other = house.keeper(), house.keeper()
    assert await one.current() == await other.current() == "access-0"
    fresh = await one.renew("access-0")
    assert await other.renew("access-0") == fresh
    assert house.refreshes == 1


async def test_the_pair_is_written_before_it_is_used_whatever_it_takes(house: House) -> None:
    house.broken = 3
    fresh = await house.keeper().renew("access-0")
    assert house.stored() == (fresh, house.api.oauth.refresh)
    assert house.broken == 0


async def test_a_renewal_that_is_cancelled_in_the_middle_still_keeps_its_pair(house: House) -> None:
    house.broken = 5
    task = asyncio.create_task(house.keeper().renew("access-0"))
    while not house.refreshes:
        await asyncio.sleep(0.001)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    while house.stored()[0] == "access-0":
        await asyncio.sleep(0.001)
    assert house.stored() == (house.api.oauth.access, house.api.oauth.refresh)


async def test_a_process_that_died_while_renewing_holds_the_others_up_for_a_minute_at_most(house: House) -> None:
    now = house.clock()
    assert house.town.write(lambda connection: zalo.begin_renewal(connection, "main", "refresh-0", now))
    task = asyncio.create_task(house.keeper().renew("access-0"))
    for _ in range(20):
        await asyncio.sleep(0.001)
    assert not task.done()
    house.clock.forward(zalo.RENEWAL + timedelta(seconds=1))
    assert await task == house.api.oauth.access


@pytest.mark.parametrize("does", ["fail", "drop"])
async def test_when_the_login_does_not_answer_the_old_token_is_used_to_its_end(house: House, does: str) -> None:
    house.clock.forward(timedelta(hours=24, minutes=30))
    house.api.misbehave("token", does)
    keeper = house.keeper()
    assert await keeper.current() == "access-0"
    assert await keeper.current() == house.api.oauth.access, "the next time it answers"
    assert house.alarms == []


async def test_a_spent_refresh_token_calls_the_operators_and_is_not_tried_again(house: House) -> None:
    house.api.oauth.refresh = "refresh-of-somebody-else"
    house.clock.forward(timedelta(hours=26))
    keeper = house.keeper()
    for _ in range(3):
        with pytest.raises(SendError, match="langnghe zalo connect") as caught:
            await keeper.current()
        assert caught.value.kind == "config"
    assert house.refreshes == 1
    assert set(house.alarms) == {"zalo_oa.alarm_consent"}


async def test_after_a_new_consent_the_running_service_goes_on_by_itself(house: House) -> None:
    house.api.oauth.refresh = "refresh-1"
    house.clock.forward(timedelta(hours=26))
    keeper = house.keeper()
    with pytest.raises(SendError):
        await keeper.current()
    later = house.clock() + timedelta(hours=25)
    house.town.write(lambda connection: zalo.keep_tokens(connection, "main", "access-9", "refresh-9", later))
    assert await keeper.current() == "access-9"


async def test_before_any_consent_the_operators_are_told(house: House) -> None:
    house.town.write(lambda connection: connection.execute(ROW.delete()))
    keeper = house.keeper()
    with pytest.raises(SendError, match="no consent yet"):
        await keeper.current()
    await keeper.tend()
    assert set(house.alarms) == {"zalo_oa.alarm_consent"}


async def test_a_wrong_app_secret_is_no_spent_consent(house: House) -> None:
    with pytest.raises(SendError, match="Invalid app secret key"):
        await house.keeper("oa-secret").renew("access-0")
    assert house.alarms == ["zalo_oa.alarm_config"]
    assert await house.keeper().renew("access-0") == house.api.oauth.access, "with the right one it goes on"


def test_tokens_are_never_shown(house: House) -> None:
    row = house.town.read(lambda connection: zalo.tokens_of(connection, "main"))
    assert "access-0" not in repr(row) and "refresh-0" not in repr(row)
    assert house.town.read(lambda connection: connection.execute(select(ROW.c.spent)).scalar_one()) is False
