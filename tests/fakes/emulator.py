"""A Bot API server by other hands, `lo-bot-api-emulator`, with people in it.

It checks every field of every request against its own manifest, and refuses what it does not know. It keeps no sent
text (the tap here does), its getMe lacks a user name, and it knows no topics, no edits by people, no getChat.
"""

import asyncio
from typing import Any

from aiohttp import web
from lo_bot_api_emulator import LoBotApiEmulator

from tests.fakes.bot_api import FakeBotApi
from tests.fakes.telegram_people import BOT
from tests.fakes.telegram_rules import Json

FIRST_NUMBER = 500_000  # of people's messages: the emulator counts the bot's from 1


class Emulator(LoBotApiEmulator, FakeBotApi):  # type: ignore[misc]
    """The world of our fake (people, chats, what stands in them), served by the emulator. `url` for `api_base_url`."""

    def __init__(self) -> None:
        FakeBotApi.__init__(self)
        LoBotApiEmulator.__init__(self, allow_insecure_loopback_webhooks=True)
        self._pushing: set[asyncio.Task[Any]] = set()

    async def start(self, port: int = 0) -> None:
        self._runner = web.AppRunner(self.app(), access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    def push(self, **update: Any) -> int:
        task = asyncio.get_running_loop().create_task(self.enqueue_update(update, token=self.token))
        self._pushing.add(task)
        task.add_done_callback(self._pushing.discard)
        return 0

    def number(self) -> int:
        return FIRST_NUMBER + super().number()

    def file(self, content: bytes, **what: Any) -> Json:
        sent = super().file(content, **what)
        self.assets[sent["file_id"]] = {"data": content, "size": len(content)}
        return sent

    def validate(self, method: str, fields: Any, uploads: Any) -> Any:
        """The emulator's verdict; what was sent or edited stands in the chat from now on."""
        result = super().validate(method, fields, uploads)
        if method == "getMe":
            return result | {"username": BOT["username"]}
        if method.startswith("send"):
            for message in result if isinstance(result, list) else [result]:
                chat = self.chats[message["chat"]["id"]]
                keyboard = {"reply_markup": self.decoded(fields["reply_markup"])} if "reply_markup" in fields else {}
                chat.messages[message["message_id"]] = message | keyboard | {"from": BOT, "chat": chat.info}
        if method.startswith("edit"):
            self._edit(result)
        return result

    def _edit(self, edited: Json) -> None:
        message = self.chats[edited["chat"]["id"]].messages[edited["message_id"]]
        message.pop("reply_markup", None)
        message.update({name: edited[name] for name in ("text", "caption", "reply_markup", "photo") if name in edited})

    def refusals(self) -> list[Any]:
        """The requests that the emulator refused."""
        return [request for request in self.requests if request["status"] >= 400]
