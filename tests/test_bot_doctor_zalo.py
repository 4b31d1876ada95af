"""`langnghe doctor` on a Zalo Official Account: each way in which it cannot work has its cause and its mend."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from bot.finding import BAD, OK, WARN
from bot.spool import FolderSpool
from store import zalo
from tests.fakes.server import running
from tests.fakes.zalo_oa import APP_ID, APP_SECRET, OA_ID, OA_SECRET, FakeZaloOa
from tests.test_bot_doctor import House, house  # noqa: F401 - the fixture
from tests.town import MONDAY_NINE

PUBLIC = "https://phananh.example.vn"


@pytest.fixture
async def oa(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeZaloOa]:
    monkeypatch.setenv("NO_PROXY", "*")
    async with running(FakeZaloOa(lambda: MONDAY_NINE)) as fake:
        yield fake


@pytest.fixture
def zalo_house(house: House, oa: FakeZaloOa) -> House:  # noqa: F811
    """A house with a connected account, all well."""
    house.environment.setenv("LANGNGHE_ZALO_OA_SECRET", OA_SECRET)
    house.environment.setenv("LANGNGHE_ZALO_APP_SECRET", APP_SECRET)
    house.tables["web"]["public_url"] = PUBLIC
    house.tables["files"]["spool"] = str(house.folder / "spool")
    house.tables["zalo_oa"] = {"app_id": APP_ID, "oa_id": OA_ID, "api_base_url": oa.url, "oauth_base_url": oa.url}
    later = MONDAY_NINE + timedelta(hours=20)
    house.write(lambda connection: zalo.keep_tokens(connection, "main", "access-0", "refresh-0", later))
    return house


async def test_without_the_secret_it_is_not_used(house: House) -> None:  # noqa: F811
    await house.finds("zalo_oa", OK, "not used")


async def test_a_connected_account_answers_and_tells_its_quota(zalo_house: House, oa: FakeZaloOa) -> None:
    await zalo_house.finds("zalo_oa", OK, "Xã Đại Đồng answers")
    await zalo_house.finds("zalo_oa", OK, "2000 of 2000 messages left")
    await zalo_house.finds("zalo_oa", OK, f"{PUBLIC}/zalo/oa/main")
    assert not [path for path, _ in oa.calls if path == "token"], "it changes nothing"


async def test_a_package_that_is_nearly_used_up_is_a_warning(zalo_house: House, oa: FakeZaloOa) -> None:
    oa.quota = 100
    await zalo_house.finds("zalo_oa", WARN, "100 of 2000")


async def test_the_app_secret_in_the_oa_secrets_place_is_named(zalo_house: House) -> None:
    zalo_house.environment.setenv("LANGNGHE_ZALO_OA_SECRET", APP_SECRET)
    await zalo_house.finds("zalo_oa", BAD, "must be the OA Secret Key")


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no app id": ({"zalo_oa": {"app_id": ""}}, "zalo_oa.app_id"),
    "no https": ({"web": {"public_url": "http://phananh.example.vn"}}, "https only"),
    "another account": ({"zalo_oa": {"oa_id": "1"}}, "not of 1"),
}


@pytest.mark.parametrize("case", sorted(WRONG))
async def test_what_is_wrong_in_the_file_is_named(zalo_house: House, case: str) -> None:
    tables, words = WRONG[case]
    for name, values in tables.items():
        zalo_house.tables[name] |= values
    await zalo_house.finds("zalo_oa", BAD, words)


async def test_a_missing_app_secret_is_named(zalo_house: House) -> None:
    zalo_house.environment.delenv("LANGNGHE_ZALO_APP_SECRET")
    await zalo_house.finds("zalo_oa", BAD, "LANGNGHE_ZALO_APP_SECRET is not set")


async def test_an_account_that_never_consented_is_named(zalo_house: House) -> None:
    zalo_house.write(lambda connection: connection.exec_driver_sql("DELETE FROM zalo_token"))
    finding = await zalo_house.finds("zalo_oa", BAD, "not consented yet")
    assert "langnghe zalo connect" in finding.mend_en


async def test_an_expired_consent_is_named(zalo_house: House) -> None:
    zalo_house.write(lambda connection: zalo.end_renewal(connection, "main", "refresh-0", spent=True))
    await zalo_house.finds("zalo_oa", BAD, "consent has expired")


async def test_an_access_token_that_nobody_renews_is_a_warning(zalo_house: House) -> None:
    zalo_house.now = MONDAY_NINE + timedelta(days=2)
    await zalo_house.finds("zalo_oa", WARN, "was not renewed")


@pytest.mark.parametrize(("code", "words"), [(-221, "not verified"), (-224, "package"), (-216, "access token")])
async def test_what_zalo_says_is_told(zalo_house: House, oa: FakeZaloOa, code: int, words: str) -> None:
    oa.misbehave("getoa", "refuse", times=9, code=code)
    await zalo_house.finds("zalo_oa", BAD, words)


async def test_an_account_that_zalo_has_not_verified_is_named(zalo_house: House, oa: FakeZaloOa) -> None:
    oa.verified = False
    await zalo_house.finds("zalo_oa", BAD, "not verified the account")


async def test_a_zalo_that_cannot_be_reached_is_told(zalo_house: House, oa: FakeZaloOa) -> None:
    await oa.stop()
    await zalo_house.finds("zalo_oa", BAD, "Zalo says: retry")


async def test_events_left_on_the_disk_are_a_warning(zalo_house: House) -> None:
    spool = FolderSpool(zalo_house.folder / "spool" / "zalo_oa")
    spool.keep(spool.new_name(), b"{}")
    await zalo_house.finds("zalo_oa", WARN, "1 events of Zalo wait")


def test_no_secret_is_in_what_the_doctor_says() -> None:
    from bot.settings import SECRETS

    assert {"zalo_oa_secret", "zalo_app_secret"} <= set(SECRETS)
