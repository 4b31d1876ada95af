"""The fake of Zalo's OpenAPI is one that somebody else's client accepts: zalo-sdk by Connext, from PyPI."""

import asyncio
import base64
import hashlib
import sys
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
import requests
import zalo_sdk
from zalo_sdk.oa import Client, ZaloAttachment, ZaloMessageBody, ZaloRecipient

from tests.fakes.zalo_oa import APP_ID, APP_SECRET, FakeZaloOa
from tests.test_bot_pictures import picture

HOA = "4572947693969771653"
HOST = "https://oauth.zaloapp.com"  # written into the client


@pytest.fixture
async def api(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeZaloOa]:
    monkeypatch.setenv("NO_PROXY", "*")
    fake = FakeZaloOa()
    fake.seen[HOA] = fake.clock()
    await fake.start()

    def post(url: str, **what: Any) -> requests.Response:
        return requests.post(url.replace(HOST, fake.url), timeout=10, **what)

    module = sys.modules[zalo_sdk.BaseClient.__module__]
    monkeypatch.setattr(module, "requests", SimpleNamespace(post=post, get=requests.get, Response=requests.Response))
    yield fake
    await fake.stop()


def client(api: FakeZaloOa, access: str = "access-0") -> Client:
    return Client(APP_ID, APP_SECRET, access, "refresh-0", endpoint_prefix=api.url)


async def test_it_sends_words_with_buttons(api: FakeZaloOa) -> None:
    buttons = [{"title": "Gửi", "type": "oa.query.show", "payload": "1. Gửi"}]
    body = ZaloMessageBody("Gửi nhé?", ZaloAttachment("template", {"template_type": "list", "buttons": buttons}))
    answer = await asyncio.to_thread(client(api).send_message, ZaloRecipient(user_id=HOA), body)
    (sent,) = api.sent(HOA)
    assert answer["data"]["message_id"] == sent.id
    assert answer["data"]["quota"]["quota_type"] == "reply"
    assert (sent.text, sent.buttons) == ("Gửi nhé?", buttons)


async def test_it_uploads_a_picture_and_sends_it(api: FakeZaloOa) -> None:
    upload = await asyncio.to_thread(client(api).upload_file, picture(), "image", "a.jpg", "image/jpeg")
    elements = [{"media_type": "image", "attachment_id": upload["data"]["attachment_id"]}]
    body = ZaloMessageBody(attachment=ZaloAttachment("template", {"template_type": "media", "elements": elements}))
    await asyncio.to_thread(client(api).send_message, ZaloRecipient(user_id=HOA), body)
    assert api.sent(HOA)[0].image == picture()


async def test_it_reads_the_quota(api: FakeZaloOa) -> None:
    answer = await asyncio.to_thread(client(api).get_zalo_oa_quotas, "OA", "cs", "sub_quota")
    assert answer["data"][0]["remain"] == 2000


async def test_it_spends_a_refresh_token_once(api: FakeZaloOa) -> None:
    first = client(api)
    access, refresh, _ = await asyncio.to_thread(first.refresh_acccess_token)
    assert (access, refresh) == (api.oauth.access, api.oauth.refresh)
    with pytest.raises(zalo_sdk.ZaloOAException, match="-14020"):
        await asyncio.to_thread(client(api).refresh_acccess_token)
    with pytest.raises(zalo_sdk.ZaloOAException, match="Invalid Access Token"):
        await asyncio.to_thread(client(api).get_zalo_oa_quotas, "OA")


async def test_it_walks_through_the_consent(api: FakeZaloOa) -> None:
    verifier = "v" * 43
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    url = client(api).request_authoriation_code_url("https://phananh.example.vn/zalo/oa/agreed", challenge, "s1")
    back = api.oauth.agree(url)
    assert "state=s1" in back
    code = back.partition("code=")[2].partition("&")[0]
    access, _, _ = await asyncio.to_thread(client(api).get_access_token_from_authorization_code, code, verifier)
    assert access == api.oauth.access


async def test_it_names_the_errors_as_zalo_does(api: FakeZaloOa) -> None:
    body = ZaloMessageBody("x" * 2001)
    with pytest.raises(zalo_sdk.ZaloOAException, match="-210"):
        await asyncio.to_thread(client(api).send_message, ZaloRecipient(user_id=HOA), body)
    with pytest.raises(zalo_sdk.ZaloOAException, match="-213"):
        await asyncio.to_thread(client(api).send_message, ZaloRecipient(user_id="nobody"), ZaloMessageBody("x"))
