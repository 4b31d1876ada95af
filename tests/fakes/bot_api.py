"""Telegram's Bot API as a server in the test: what bots send is kept, what people do is pushed, and it can misbehave.

It refuses what the real one refuses, in the same words. `limits=True` also enforces Telegram's limits; times come from
`monotonic`, so that a test may turn the clock.
"""

import asyncio
import itertools
import json
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

from aiohttp import ClientError, ClientSession, web

from tests.fakes.server import MEGABYTE, FakeServer
from tests.fakes.telegram_people import ANONYMOUS, BOT, NOW, Chat, Person, shown
from tests.fakes.telegram_rules import (
    COUNTED,
    FILE_FIELDS,
    Flood,
    Json,
    Refusal,
    check_album,
    check_caption,
    check_markup,
    check_text,
)

TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"  # the example of Telegram's own documentation
PLAIN = {"text", "caption", "name", "url", "secret_token", "callback_query_id", "file_id"}  # never JSON
# what a photo, film or sound has besides its file
SIZES: dict[str, Json] = {
    "video": {"width": 640, "height": 480, "duration": 7},
    "audio": {"duration": 7},
    "voice": {"duration": 7},
}
RIGHTS = """can_be_edited is_anonymous can_manage_chat can_delete_messages can_manage_video_chats can_restrict_members
can_promote_members can_change_info can_invite_users can_post_stories can_edit_stories can_delete_stories"""


@dataclass(frozen=True)
class Call:
    """One request of the bot: its method, parameters, and uploaded files by field."""

    method: str
    params: Json
    files: dict[str, bytes]


@dataclass
class Lever:
    """One way of misbehaving, so many times, for one method, in one chat or everywhere."""

    method: str
    does: Literal["fail", "hang", "drop", "drop_after"]
    times: int = 1
    chat: int | None = None
    refusal: Refusal = field(default_factory=lambda: Refusal(500, "Internal Server Error"))

    def fits(self, call: Call) -> bool:
        return self.times > 0 and self.method == call.method and self.chat in (None, call.params.get("chat_id"))


class FakeBotApi(FakeServer):
    """The server. `url` is for `api_base_url`."""

    def __init__(self, *, limits: bool = False, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.calls: list[Call] = []
        self.refused: list[Refusal] = []
        self.chats: dict[int, Chat] = {}
        self.files: dict[str, bytes] = {}
        self.lost_files: set[str] = set()  # known, but not to be had
        self.commands: dict[str, list[Json]] = {}
        self.answered: dict[str, str] = {}  # callback query id → what was shown
        self.webhook: Json = {}
        self.webhook_answers: list[int] = []
        self.webhook_error: Json = {}  # last_error_date, last_error_message
        self.privacy = True  # the bot sees commands and replies to itself only
        self.pending: dict[int, Json] = {}  # updates not acknowledged yet, by their id
        self.token = TOKEN
        self._limits, self._flood = limits, Flood(monotonic)
        self._levers: list[Lever] = []
        self._numbers = itertools.count(1)
        self._update_ids = itertools.count(735012001)
        self._changed = asyncio.Event()
        self._poll = 0
        self._queues: dict[str, asyncio.Task[None]] = {}

    # ------------------------------------------------------------ running it

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            web.route("*", "/bot{token}/{method}", self._serve),
            web.get("/file/bot{token}/{path:.+}", self._serve_file),
        ]

    # ------------------------------------------------------------ the world

    def person(self, number: int = 1001, first: str = "Hoa", last: str = "Nguyễn Thị") -> "Person":
        """Somebody who has a chat with the bot."""
        user = {"id": number, "is_bot": False, "first_name": first, "last_name": last, "language_code": "vi"}
        info = {"id": number, "type": "private", "first_name": first, "last_name": last}
        self.chats.setdefault(number, Chat(info))
        return Person(self, user)

    def group(self, number: int = -1001234567890, *, topics: Iterable[int] = (), title: str = "Tổ tiếp nhận") -> Chat:
        """A group with the bot in it; with topics it is a forum."""
        kind = "supergroup" if str(number).startswith("-100") else "group"
        info: Json = {"id": number, "type": kind, "title": title}
        chat = Chat(info | ({"is_forum": True} if topics else {}), topics=set(topics))
        chat.members[BOT["id"]] = "administrator"  # type: ignore[index]
        self.chats[number] = chat
        return chat

    def migrate(self, old: Chat, new: int) -> Chat:
        """Turn a group into a supergroup, as Telegram does: both chats say so, the old one refuses."""
        fresh = self.group(new, title=old.info["title"])
        old.closed = Refusal(400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=new)
        self.push(message=self.message(old, ANONYMOUS, migrate_to_chat_id=new))
        self.push(message=self.message(fresh, ANONYMOUS, migrate_from_chat_id=old.id))
        return fresh

    def sent(self, chat: int) -> list[Json]:
        """The bot's messages in a chat as they stand, edits made."""
        return [message for message in self.chats[chat].messages.values() if message["from"] == BOT]

    def called(self, *methods: str) -> list[Call]:
        """The requests of these kinds, in order."""
        return [call for call in self.calls if call.method in methods]

    # ------------------------------------------------------------ misbehaving

    def fail(
        self, method: str, status: int, description: str, *, times: int = 1, chat: int | None = None, **parameters: Any
    ) -> None:
        """Refuse the next requests of that kind."""
        self._levers.append(Lever(method, "fail", times, chat, Refusal(status, description, **parameters)))

    def misbehave(self, method: str, does: Literal["hang", "drop", "drop_after"], *, times: int = 1) -> None:
        """hang: do it, never answer; drop: hang up without doing it; drop_after: do it, then hang up."""
        self._levers.append(Lever(method, does, times))

    def _lever(self, call: Call) -> Lever | None:
        lever = next((lever for lever in self._levers if lever.fits(call)), None)
        if lever:
            lever.times -= 1
        return lever

    # ------------------------------------------------------------ what people do

    def push(self, **update: Any) -> int:
        """An update as Telegram would make it; returns its id."""
        update_id = next(self._update_ids)
        self.pending[update_id] = json.loads(json.dumps({"update_id": update_id, **update}))
        self._tell()
        return update_id

    def number(self) -> int:
        """A number not used before."""
        return next(self._numbers)

    def message(self, chat: Chat, author: Json, **content: Any) -> Json:
        """A new message in a chat."""
        number = self.number()
        message: Json = {"message_id": number, "from": author, "chat": chat.info, "date": NOW + number, **content}
        chat.messages[number] = message
        return message

    def file(self, content: bytes, **what: Any) -> Json:
        """A file that somebody has sent, by its id."""
        file_id = f"BQACAgUAAxkBAAI{len(self.files):04d}"
        self.files[file_id] = content
        return {"file_id": file_id, "file_unique_id": f"AgAD{len(self.files):04d}", "file_size": len(content), **what}

    def _tell(self) -> None:
        """New updates: wake the long poll, or post them to the webhook, a queue for each chat."""
        self._wake()
        if self.webhook:
            for key in {queue_of(update) for update in self.pending.values()}:
                if key not in self._queues or self._queues[key].done():
                    self._queues[key] = task = asyncio.create_task(self._deliver(key))
                    self._posts.add(task)
                    task.add_done_callback(self._posts.discard)

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def _deliver(self, key: str) -> None:
        async with ClientSession() as session:
            while waiting := [update for update in self.pending.values() if queue_of(update) == key]:
                if not self.webhook:
                    return
                if await self._post(session, waiting[0]):
                    self.pending.pop(waiting[0]["update_id"], None)
                else:
                    await asyncio.sleep(0.01)

    async def _post(self, session: ClientSession, update: Json) -> bool:
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.webhook.get("secret_token", "")}
        try:
            async with session.post(self.webhook["url"], json=update, headers=headers) as answer:
                self.webhook_answers.append(answer.status)
                if answer.status < 300 and answer.content_type == "application/json":
                    self._do(await answer.json())
                return answer.status < 300
        except ClientError:
            return False

    def _do(self, asked: Json) -> None:
        """A call made in the webhook's own response; nobody hears what became of it."""
        method = asked.pop("method")
        call = Call(method, {name: read_value(name, value) for name, value in asked.items()}, {})
        self.calls.append(call)
        with suppress(Refusal):
            getattr(self, f"_{method}")(call)

    # ------------------------------------------------------------ serving

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        call = await read_call(request)
        self.calls.append(call)
        lever = self._lever(call)
        if lever and lever.does == "drop":
            return hang_up(request)
        try:
            if lever and lever.does == "fail":
                raise lever.refusal
            result = await self._answer(request.match_info["token"], call)
        except Refusal as refusal:
            self.refused.append(refusal)
            body = {"ok": False, "error_code": refusal.status, "description": refusal.description}
            more = {"parameters": refusal.parameters} if refusal.parameters else {}
            return web.json_response(body | more, status=refusal.status)
        if lever and lever.does == "drop_after":
            return hang_up(request)
        if lever:
            await asyncio.Event().wait()
        return web.json_response({"ok": True, "result": result})

    async def _answer(self, token: str, call: Call) -> Any:
        if token != self.token:
            raise Refusal(401, "Unauthorized")
        if call.method in COUNTED:
            self._flood.arrive(call.method, call.params, enforce=self._limits)
        if call.method == "getUpdates":
            return await self._get_updates(call.params)
        if call.method in FILE_FIELDS:
            return self._send_file(call, FILE_FIELDS[call.method])
        answer = getattr(self, f"_{call.method}", None)
        if answer is None:
            raise Refusal(404, "Not Found")
        return answer(call)

    async def _serve_file(self, request: web.Request) -> web.Response:
        file_id = request.match_info["path"].removeprefix("documents/")
        content = None if file_id in self.lost_files else self.files.get(file_id)
        if content is None or request.match_info["token"] != self.token:
            return web.json_response({"ok": False, "error_code": 404, "description": "Not Found"}, status=404)
        return web.Response(body=content)

    # ------------------------------------------------------------ updates

    async def _get_updates(self, params: Json) -> list[Json]:
        if self.webhook:
            raise Refusal(409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to "
                               "delete the webhook first")  # fmt: skip
        self._poll = mine = self._poll + 1
        self._wake()  # an older poll ends
        for update_id in [known for known in self.pending if known < params.get("offset", 0)]:
            del self.pending[update_id]
        with suppress(TimeoutError):
            async with asyncio.timeout(params.get("timeout", 0)):
                while not self.pending and mine == self._poll:
                    await self._changed.wait()
        if mine != self._poll:
            raise Refusal(409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance "
                               "is running")  # fmt: skip
        return list(self.pending.values())[:100]

    def _setWebhook(self, call: Call) -> bool:
        self.webhook = dict(call.params)
        self._tell()
        return True

    def _deleteWebhook(self, call: Call) -> bool:
        self.webhook = {}
        return True

    def _getWebhookInfo(self, call: Call) -> Json:
        info = {"url": self.webhook.get("url", ""), "pending_update_count": len(self.pending)}
        allowed = {"allowed_updates": self.webhook["allowed_updates"]} if "allowed_updates" in self.webhook else {}
        return info | {"has_custom_certificate": False} | allowed | self.webhook_error

    def _getMe(self, call: Call) -> Json:
        more = {"can_join_groups": True, "supports_inline_queries": False}
        more["can_read_all_group_messages"] = not self.privacy
        return BOT | more

    def _setMyCommands(self, call: Call) -> bool:
        scope = call.params.get("scope", {"type": "default"})
        if any(not command["command"].replace("_", "").isalnum() for command in call.params["commands"]):
            raise Refusal(400, "Bad Request: BOT_COMMAND_INVALID")
        self.commands[scope["type"]] = call.params["commands"]
        return True

    def _answerCallbackQuery(self, call: Call) -> bool:
        query = call.params["callback_query_id"]
        if query in self.answered or not query.startswith("query-"):
            raise Refusal(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        self.answered[query] = call.params.get("text", "")
        return True

    # ------------------------------------------------------------ sending

    def _writable(self, call: Call) -> Chat:
        chat = self.chats.get(call.params["chat_id"])
        if chat is None:
            raise Refusal(400, "Bad Request: chat not found")
        if chat.closed:
            raise chat.closed
        thread = call.params.get("message_thread_id")
        if thread is not None and thread not in chat.topics:
            raise Refusal(400, "Bad Request: message thread not found")
        return chat

    def _post_as_bot(self, chat: Chat, call: Call, **content: Any) -> Json:
        markup = call.params.get("reply_markup") or {}
        check_markup(markup)
        if "keyboard" in markup or "remove_keyboard" in markup:
            chat.keyboard = markup if "keyboard" in markup else None
            content["_reply_keyboard"] = True
        if "inline_keyboard" in markup:
            content["reply_markup"] = markup
        if thread := call.params.get("message_thread_id"):
            content |= {"message_thread_id": thread, "is_topic_message": True}
        message = self.message(chat, BOT, **content)
        return shown(message)

    def _sendMessage(self, call: Call) -> Json:
        chat, text = self._writable(call), call.params.get("text", "")
        check_text(text)
        return self._post_as_bot(chat, call, text=text)

    def _send_file(self, call: Call, name: str) -> Json:
        chat = self._writable(call)
        check_caption(call.params.get("caption", ""))
        if name not in call.files:
            raise Refusal(400, f"Bad Request: there is no {name} in the request")
        content = self._stored(name, call.files[name])
        caption = {"caption": call.params["caption"]} if call.params.get("caption") else {}
        return self._post_as_bot(chat, call, **content, **caption)

    def _sendMediaGroup(self, call: Call) -> list[Json]:
        chat, items = self._writable(call), call.params["media"]
        check_album(items)
        album, messages = f"1401{self.number()}", []
        for item in items:
            content = self._stored(item["type"], call.files[item["media"].removeprefix("attach://")])
            caption = {"caption": item["caption"]} if item.get("caption") else {}
            messages.append(self._post_as_bot(chat, call, media_group_id=album, **content, **caption))
        return messages

    def _stored(self, name: str, content: bytes) -> Json:
        if name == "photo":
            if len(content) > 10 * MEGABYTE:
                raise Refusal(413, "Request Entity Too Large")
            return {"photo": [self.file(content, width=90, height=60), self.file(content, width=1280, height=853)]}
        return {name: self.file(content, **SIZES.get(name, {}))}

    # ------------------------------------------------------------ editing

    def _edited(self, call: Call, **content: Any) -> Json:
        chat = self._writable(call)
        message = chat.messages.get(call.params["message_id"])
        if message is None or message["from"] != BOT:
            raise Refusal(400, "Bad Request: message to edit not found")
        if "_reply_keyboard" in message:
            raise Refusal(400, "Bad Request: message can't be edited")
        if "text" in content and "text" not in message:
            raise Refusal(400, "Bad Request: there is no text in the message to edit")
        if "caption" in content and "text" in message and "photo" not in content:
            raise Refusal(400, "Bad Request: there is no caption in the message to edit")
        markup = call.params.get("reply_markup") or {}
        check_markup(markup)
        before = dict(message)
        message.pop("reply_markup", None)
        if content.keys() & {"photo", "video", "document", "audio"}:
            for gone in ("text", "photo", "video", "document", "audio", "caption"):
                message.pop(gone, None)
        message.update(content, **({"reply_markup": markup} if markup else {}))
        if message == before:
            raise Refusal(400, "Bad Request: message is not modified: specified new message content and reply markup "
                               "are exactly the same as a current content and reply markup of the message")  # fmt: skip
        return shown(message | {"edit_date": NOW})

    def _editMessageText(self, call: Call) -> Json:
        check_text(call.params.get("text", ""))
        return self._edited(call, text=call.params["text"])

    def _editMessageCaption(self, call: Call) -> Json:
        check_caption(call.params.get("caption", ""))
        return self._edited(call, caption=call.params.get("caption", ""))

    def _editMessageReplyMarkup(self, call: Call) -> Json:
        return self._edited(call)

    def _editMessageMedia(self, call: Call) -> Json:
        item = call.params["media"]
        content = self._stored(item["type"], call.files[item["media"].removeprefix("attach://")])
        check_caption(item.get("caption", ""))
        return self._edited(call, **content, caption=item.get("caption", ""))

    def _deleteMessage(self, call: Call) -> bool:
        if self._writable(call).messages.pop(call.params["message_id"], None) is None:
            raise Refusal(400, "Bad Request: message to delete not found")
        return True

    # ------------------------------------------------------------ reading

    def _getFile(self, call: Call) -> Json:
        file_id = call.params["file_id"]
        if file_id not in self.files:
            raise Refusal(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        size = len(self.files[file_id])
        if size > 20 * MEGABYTE:
            raise Refusal(400, "Bad Request: file is too big")
        return {"file_id": file_id, "file_unique_id": "AgAD", "file_size": size, "file_path": f"documents/{file_id}"}

    def _getChat(self, call: Call) -> Json:
        chat = self.chats.get(call.params["chat_id"])
        if chat is None:
            raise Refusal(400, "Bad Request: chat not found")
        gifts = ["unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"]
        more = {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": dict.fromkeys(gifts, True)}
        return chat.info | more

    def _getChatMember(self, call: Call) -> Json:
        chat, user_id = self._writable(call), call.params["user_id"]
        user = BOT if user_id == BOT["id"] else {"id": user_id, "is_bot": False, "first_name": "?"}
        status = chat.members.get(user_id, "left")
        admin = dict.fromkeys(RIGHTS.split(), False) | {"can_manage_topics": True}
        more = admin if status == "administrator" else {}
        return {"status": status, "user": user, **more}

    def _createForumTopic(self, call: Call) -> Json:
        chat = self._writable(call)
        if not chat.info.get("is_forum"):
            raise Refusal(400, "Bad Request: the chat is not a forum")
        if not 1 <= len(call.params["name"]) <= 128:
            raise Refusal(400, "Bad Request: TOPIC_TITLE_INVALID")
        thread = self.number()
        chat.topics.add(thread)
        return {"message_thread_id": thread, "name": call.params["name"], "icon_color": 7322096}


# ---------------------------------------------------------------- small things


async def read_call(request: web.Request) -> Call:
    """A request in any of the forms that the Bot API takes."""
    params: Json = dict(request.query)
    files: dict[str, bytes] = {}
    if request.content_type == "application/json":
        params |= await request.json()
    else:
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                files[name] = value.file.read()
            else:
                params[name] = value
    return Call(request.match_info["method"], {name: read_value(name, value) for name, value in params.items()}, files)


def read_value(name: str, value: Any) -> Any:
    """Everything but plain texts may come as JSON in a string."""
    if name in PLAIN or not isinstance(value, str):
        return value
    with suppress(ValueError):
        return json.loads(value)
    return value


def hang_up(request: web.Request) -> web.StreamResponse:
    """Close the connection without a word."""
    if request.transport:
        request.transport.abort()
    return web.Response()


def queue_of(update: Json) -> str:
    """In whose order the webhook gets an update: messages and edits by chat, presses by person."""
    if "callback_query" in update:
        return f"press {update['callback_query']['from']['id']}"
    [body] = [value for value in update.values() if isinstance(value, dict)][:1] or [{}]
    return f"chat {body.get('chat', {}).get('id')}"
