"""People with Telegram on their phones, and the chats in which they meet the bot."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from tests.fakes.telegram_rules import Json, Refusal

BOT = {"id": 110201543, "is_bot": True, "first_name": "Lắng Nghe", "username": "langnghe_bot"}
ANONYMOUS = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
NOW = 1795420800  # seconds since 1970; 2026-11-23 in Viet Nam


class Api(Protocol):
    """What people need of the server."""

    chats: dict[int, Chat]

    def push(self, **update: Any) -> int: ...

    def message(self, chat: Chat, author: Json, **content: Any) -> Json: ...

    def file(self, content: bytes, **what: Any) -> Json: ...

    def number(self) -> int: ...


@dataclass
class Chat:
    """A private chat or a group, and the messages that stand in it."""

    info: Json
    messages: dict[int, Json] = field(default_factory=dict)
    topics: set[int] = field(default_factory=set)
    members: dict[int, str] = field(default_factory=dict)  # user id → status
    closed: Refusal | None = None  # why the bot may not write here
    keyboard: Json | None = None  # the reply keyboard that is open

    @property
    def id(self) -> int:
        return int(self.info["id"])


class Person:
    """Somebody with Telegram on their phone; writes to the bot, or in a group."""

    def __init__(self, api: Api, user: Json) -> None:
        self.api, self.user = api, user

    @property
    def id(self) -> int:
        return int(self.user["id"])

    @property
    def chat(self) -> Chat:
        return self.api.chats[self.id]

    def say(self, text: str = "", *, to: Chat | None = None, thread: int = 0, **content: Any) -> int:
        """A message of any content; returns the update's id."""
        content |= {"text": text} if text else {}
        content |= {"message_thread_id": thread, "is_topic_message": True} if thread else {}
        return self.api.push(message=self.api.message(to or self.chat, self.user, **content))

    def photo(self, content: bytes = b"\xff\xd8\xff photo", *, to: Chat | None = None, **more: Any) -> int:
        """A photo in two sizes, the larger one with this content."""
        small = self.api.file(content[:4], width=90, height=67)
        return self.say(to=to, photo=[small, self.api.file(content, width=1280, height=960)], **more)

    def album(self, *captions: str, to: Chat | None = None) -> list[int]:
        """Photos sent together: one update each, joined by nothing but the album's id."""
        album = f"139{self.api.number()}"
        return [
            self.photo(to=to, **({"media_group_id": album} | ({"caption": caption} if caption else {})))
            for caption in captions
        ]

    def edit(self, message: Json, text: str) -> int:
        """New words for an earlier message."""
        message |= {"text": text, "edit_date": NOW + 60}
        return self.api.push(edited_message=message)

    def press(self, message: Json, label: str) -> str:
        """Press a button under a message of the bot's; returns the callback query's id."""
        buttons = [button for row in message["reply_markup"]["inline_keyboard"] for button in row]
        data = next(button["callback_data"] for button in buttons if button["text"] == label)
        query = f"query-{self.api.number()}"
        self.api.push(
            callback_query={
                "id": query,
                "from": self.user,
                "message": shown(message),
                "chat_instance": "1",
                "data": data,
            }
        )
        return query

    def block(self) -> int:
        """Block the bot."""
        self.chat.closed = Refusal(403, "Forbidden: bot was blocked by the user")
        return self._membership("member", "kicked")

    def unblock(self) -> int:
        """Let the bot write again."""
        self.chat.closed = None
        return self._membership("kicked", "member")

    def _membership(self, was: str, now_is: str) -> int:
        def state(status: str) -> Json:
            return {"user": BOT, "status": status} | ({"until_date": 0} if status == "kicked" else {})

        change = {"chat": self.chat.info, "from": self.user, "date": NOW}
        return self.api.push(my_chat_member=change | {"old_chat_member": state(was), "new_chat_member": state(now_is)})


def shown(message: Json) -> Json:
    """A message as the bot gets to see it."""
    return {name: value for name, value in message.items() if not name.startswith("_")}
