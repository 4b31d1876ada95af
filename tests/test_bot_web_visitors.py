"""Behind a proxy each visitor has an address of their own, and nobody can lend themselves another."""

from ipaddress import ip_network
from pathlib import Path

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse

from bot.settings import Settings
from bot.web.visitors import first_beyond
from connectors.webchat import WebChat
from connectors.webchat_limits import Limits
from dialogs.texts import say
from tests.room import RoomInTest

OURS = [ip_network("127.0.0.0/8"), ip_network("10.1.0.0/16"), ip_network("::1/128")]

HOPS = [
    (["203.0.113.7", "127.0.0.1"], "203.0.113.7"),
    (["203.0.113.7", "10.1.2.3", "127.0.0.1"], "203.0.113.7"),  # two proxies of ours
    (["1.1.1.1", "203.0.113.7", "127.0.0.1"], "203.0.113.7"),  # the visitor told a lie before
    (["1.1.1.1", "198.51.100.9"], "198.51.100.9"),  # nobody of ours in between: not believed
    (["2001:db8::7", "::1"], "2001:db8::7"),
    (["not an address", "127.0.0.1"], "127.0.0.1"),
    (["", "127.0.0.1"], "127.0.0.1"),
    (["127.0.0.1"], "127.0.0.1"),
    (["10.1.2.3", "127.0.0.1"], "10.1.2.3"),
]


@pytest.mark.parametrize(("hops", "visitor"), HOPS)
def test_the_visitor_is_the_last_hop_that_is_no_proxy_of_ours(hops: list[str], visitor: str) -> None:
    assert first_beyond(hops, OURS) == visitor


def test_a_proxy_that_is_no_address_is_refused() -> None:
    with pytest.raises(ValueError, match="proxies"):
        Settings.model_validate({"web": {"proxies": ["nginx"]}})


async def test_a_full_village_behind_one_proxy_does_not_lock_out_the_next(tmp_path: Path) -> None:
    room = RoomInTest(tmp_path)
    service = room.service
    chat = WebChat(
        receive=service.receive,
        sent_after=service.sent_after,
        keep_upload=service.keep_upload,
        clock=room.clock,
        words=say,
        limits=Limits(sockets_per_address=1),
    )
    room.app.add_routes(chat.routes())
    await room.server.start_server()
    async with ClientSession() as session:

        async def hello(visitor: str) -> tuple[ClientWebSocketResponse, dict[str, str]]:
            page = await session.ws_connect(room.server.make_url("/chat/ws"), headers={"X-Forwarded-For": visitor})
            await page.send_json({"type": "hello"})
            return page, await page.receive_json()

        first, welcome = await hello("203.0.113.7")
        _, other = await hello("203.0.113.8")
        _, again = await hello("203.0.113.7")
        assert (welcome["type"], other["type"]) == ("welcome", "welcome")
        assert again["code"] == "too_many"
        await first.close()
    await room.server.close()
    await service.stop()
