"""`langnghe zalo connect` from the address to the tokens in the store; every way to fail names its cause."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.settings import Settings
from bot.zalo_consent import CannotConnect, redirect_of, tokens_for
from connectors.zalo_oa import CannotServe
from connectors.zalo_oa_token import Consent
from store import zalo
from store.database import migrated_reader
from tests.fakes.server import running
from tests.fakes.zalo_oa import APP_ID, APP_SECRET, OA_ID, OA_SECRET, FakeZaloOa
from tests.fakes.zalo_oa import NOW as NOW_AT_ZALO

PUBLIC = "https://phananh.example.vn"


@pytest.fixture
async def api(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeZaloOa]:
    monkeypatch.setenv("NO_PROXY", "*")
    async with running(FakeZaloOa()) as fake:
        yield fake


def settings(api: FakeZaloOa, **what: object) -> Settings:
    section = {"app_id": APP_ID, "oa_id": OA_ID, "api_base_url": api.url, "oauth_base_url": api.url}
    plain = {"zalo_oa_secret": OA_SECRET, "zalo_app_secret": APP_SECRET, "web": {"public_url": PUBLIC}}
    section |= what.pop("zalo_oa", {})  # type: ignore[call-overload]
    return Settings.model_validate({**plain, "zalo_oa": section, **what})


async def connected(api: FakeZaloOa, used: Settings, pasted: str | None = None) -> str:
    """What the terminal would say: an access token, or why not."""
    from bot.zalo import login_of

    consent = Consent.begin()
    back = api.oauth.agree(consent.url(login_of(used), redirect_of(used)))
    return (await tokens_for(used, consent, back if pasted is None else pasted, NOW_AT_ZALO)).access


async def test_the_whole_walk_in_a_terminal(api: FakeZaloOa, tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'town.db'}"
    (tmp_path / "config.toml").write_text(
        f'[database]\nurl = "{database}"\n[web]\npublic_url = "{PUBLIC}"\n'
        f'[zalo_oa]\napp_id = "{APP_ID}"\noa_id = "{OA_ID}"\napi_base_url = "{api.url}"\noauth_base_url = "{api.url}"\n'
    )
    secrets = {"LANGNGHE_ZALO_OA_SECRET": OA_SECRET, "LANGNGHE_ZALO_APP_SECRET": APP_SECRET}
    here = {"PYTHONPATH": str(Path(__file__).parent.parent), "PYTHONUNBUFFERED": "1"}
    pipe = asyncio.subprocess.PIPE
    walk = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "zalo", "connect", "--config", "config.toml"),
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        cwd=tmp_path,
        env={**os.environ, **secrets, **here},
    )
    assert walk.stdin and walk.stdout
    async with asyncio.timeout(60):
        url = (await walk.stdout.readline()).decode().strip()
        _, said = await walk.communicate(f"{api.oauth.agree(url)}\n".encode())
    assert walk.returncode == 0, said
    assert f"{PUBLIC}/zalo/oa/agreed" in said.decode() and "connected: Xã Đại Đồng" in said.decode()
    assert not any(secret in said.decode() for secret in (APP_SECRET, OA_SECRET, api.oauth.access, api.oauth.refresh))
    with migrated_reader(database) as connection:
        row = zalo.tokens_of(connection, "main")
    assert row and (row.access, row.refresh, row.spent) == (api.oauth.access, api.oauth.refresh, False)


async def test_the_challenge_is_pkce(api: FakeZaloOa) -> None:
    consent = Consent.begin()
    assert len(consent.verifier) == 43 and consent.verifier not in repr(consent)
    assert await connected(api, settings(api)) == api.oauth.access


CAUSES = {
    "an unverified domain": ({"web": {"public_url": "https://other.vn"}}, None, "verify the domain"),
    "the OA secret in the app secret's place": ({"zalo_app_secret": "of the OA"}, None, "LANGNGHE_ZALO_APP_SECRET"),
    "another account consented": ({"zalo_oa": {"oa_id": "1"}}, None, "zalo_oa.oa_id"),
    "an address without a code": ({}, f"{PUBLIC}/zalo/oa/agreed", "no code"),
    "an address of another walk": ({}, f"{PUBLIC}/?code=1&state=x", "another run"),
    "no address at all": ({}, "dạ", "no code"),
}


@pytest.mark.parametrize("case", sorted(CAUSES))
async def test_what_goes_wrong_is_a_line_that_names_the_cause(api: FakeZaloOa, case: str) -> None:
    what, pasted, words = CAUSES[case]
    with pytest.raises(CannotConnect, match=words):
        await connected(api, settings(api, **what), pasted)


async def test_a_code_that_was_used_is_told(api: FakeZaloOa) -> None:
    from bot.zalo import login_of

    used, consent = settings(api), Consent.begin()
    back = api.oauth.agree(consent.url(login_of(used), redirect_of(used)))
    await tokens_for(used, consent, back, NOW_AT_ZALO)
    with pytest.raises(CannotConnect, match="begin again"):
        await tokens_for(used, consent, back, NOW_AT_ZALO)


async def test_a_login_that_is_away_is_told(api: FakeZaloOa) -> None:
    api.misbehave("token", "fail")
    with pytest.raises(CannotConnect, match="does not answer"):
        await connected(api, settings(api))


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ({"zalo_app_secret": ""}, "LANGNGHE_ZALO_APP_SECRET"),
        ({"web": {"public_url": ""}}, "web.public_url"),
        ({"zalo_oa": {"app_id": ""}}, "zalo_oa.app_id"),
        ({"zalo_app_secret": OA_SECRET}, "OA Secret Key"),
    ],
)
async def test_what_is_missing_is_told_before_anything_is_opened(
    api: FakeZaloOa, what: dict[str, object], words: str
) -> None:
    with pytest.raises((CannotConnect, CannotServe), match=words):
        redirect_of(settings(api, **what))
