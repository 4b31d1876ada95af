"""What a Telegram update says, as Incoming. Pure; an update is read as the plain JSON it is.

Not through `telegram.Update.de_json`: that refuses a whole message when a part of it that is nothing to us has a new
shape, and one refused update in a batch loses its neighbours.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import NamedTuple

from connectors.clean_text import clean
from connectors.telegram_content import Json, content_of
from dialogs.words import Address, Incoming, Sender

ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")  # what we ask Telegram for
ANONYMOUS_ADMIN = 1087968824  # @GroupAnonymousBot, in whose name they write
PRESENT = frozenset({"member", "administrator", "creator", "restricted"})

# told about a chat by Telegram, said by nobody
SERVICE = frozenset({
    "new_chat_members", "left_chat_member", "new_chat_title", "new_chat_photo", "delete_chat_photo",
    "group_chat_created", "supergroup_chat_created", "channel_chat_created", "message_auto_delete_timer_changed",
    "pinned_message", "connected_website", "write_access_allowed", "users_shared", "user_shared", "chat_shared",
    "web_app_data", "passport_data", "proximity_alert_triggered", "forum_topic_created", "forum_topic_edited",
    "forum_topic_closed", "forum_topic_reopened", "general_forum_topic_hidden", "general_forum_topic_unhidden",
    "video_chat_scheduled", "video_chat_started", "video_chat_ended", "video_chat_participants_invited",
    "boost_added", "chat_background_set", "giveaway_created", "giveaway_completed", "successful_payment",
    "refunded_payment", "gift", "unique_gift", "gift_upgrade_sent", "paid_message_price_changed",
    "direct_message_price_changed", "checklist_tasks_done", "checklist_tasks_added", "suggested_post_approved",
    "suggested_post_approval_failed", "suggested_post_declined", "suggested_post_paid", "suggested_post_refunded",
    "chat_owner_left", "chat_owner_changed", "managed_bot_created",
})  # fmt: skip
# as much of a message as can be trusted when the rest could not be read
WHERE_AND_WHO = frozenset({"chat", "from", "sender_chat", "message_id", "message_thread_id", "is_topic_message"})


class Parsed(NamedTuple):
    """What an update comes to. `trouble` names the error when it could not be read as it should be."""

    incomings: list[Incoming]
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: our account, the bot's user name (empty: not known yet), and the time for what carries none."""

    account: str
    bot: str
    now: datetime

    def address(self, chat: Json, message: Json) -> Address:
        """The chat; a thread only for a real topic, ordinary replies have thread ids too."""
        topic = message.get("message_thread_id") if message.get("is_topic_message") else None
        return Address("telegram", self.account, str(chat["id"]), "" if topic is None else str(topic))


def parse(update: Json, reader: Reader) -> Parsed:
    """Read one update; never raises. None of our business: nothing. Unreadable: `unsupported`, if the chat is known."""
    try:
        return Parsed(_read(update, reader))
    except Exception as error:
        return Parsed(_salvage(update, reader), type(error).__name__)


def callback_of(update: Json) -> str:
    """The id by which a button press wants to be answered; empty for everything else."""
    query = update.get("callback_query")
    return str(query.get("id", "")) if isinstance(query, dict) else ""


def chat_of(update: Json) -> str:
    """The chat an update comes from, in whose order it stands; empty when there is none."""
    try:
        body = next(update[kind] for kind in ALLOWED_UPDATES if kind in update)
        return str(body.get("message", body)["chat"]["id"])
    except Exception:
        return ""


# ---------------------------------------------------------------- the kinds of updates


def _read(update: Json, reader: Reader) -> list[Incoming]:
    for kind, read in READERS.items():
        if kind in update:
            return read(update[kind], str(int(update["update_id"])), reader)
    return []


def _read_message(message: Json, key: str, reader: Reader) -> list[Incoming]:
    if moved := _migration(message, reader):
        return [moved]
    if message.keys() & SERVICE or message.get("is_automatic_forward"):
        return []
    blank = _blank(message, key, reader)
    return content_of(message, blank, reader.bot) if blank else []


def _read_edit(message: Json, key: str, reader: Reader) -> list[Incoming]:
    """New words for an old message. A live location moves by edits: its first point is enough."""
    blank = _blank(message, key, reader)
    words = message.get("text", message.get("caption"))
    if blank is None or not words:
        return []
    at = datetime.fromtimestamp(message["edit_date"], UTC)
    return [replace(blank, kind="edited", text=clean(words), at=at)]


def _read_press(query: Json, key: str, reader: Reader) -> list[Incoming]:
    message = query.get("message")
    if not message or "data" not in query:  # of an inline message or a game: none of ours
        return []
    address = reader.address(message["chat"], message)
    sender = _sender(query["from"], None)
    return [
        Incoming(
            address,
            sender,
            "choice",
            key,
            reader.now,
            choice=clean(query["data"]),
            reply_to=str(message["message_id"]),
            in_group=_is_group(message["chat"]),
        )
    ]


def _read_membership(change: Json, key: str, reader: Reader) -> list[Incoming]:
    """Blocked or unblocked by a person; taken into a group or put out of it."""
    was, now_is = _is_present(change["old_chat_member"]), _is_present(change["new_chat_member"])
    if was == now_is or change["chat"]["type"] == "channel":
        return []
    kind = "follow" if now_is else "unfollow"
    at = datetime.fromtimestamp(change["date"], UTC)
    address, sender = reader.address(change["chat"], {}), _sender(change["from"], None)
    return [Incoming(address, sender, kind, key, at, in_group=_is_group(change["chat"]))]  # type: ignore[arg-type]


READERS: dict[str, Callable[[Json, str, Reader], list[Incoming]]] = {
    "message": _read_message,
    "edited_message": _read_edit,
    "callback_query": _read_press,
    "my_chat_member": _read_membership,
}


# ---------------------------------------------------------------- who wrote where


def _blank(message: Json, key: str, reader: Reader) -> Incoming | None:
    """Where, who and when, as yet without content; None if no person wrote it."""
    author, speaks_as = message.get("from"), message.get("sender_chat")
    if author is None or (author.get("is_bot") and speaks_as is None and author["id"] != ANONYMOUS_ADMIN):
        return None
    answered = message.get("reply_to_message") or {}
    is_answer = "forum_topic_created" not in answered  # every message of a topic "answers" the one that opened it
    return Incoming(
        reader.address(message["chat"], message),
        _sender(author, speaks_as),
        "unsupported",
        key,
        datetime.fromtimestamp(message["date"], UTC),
        album=str(message.get("media_group_id", "")),
        reply_to=str(answered.get("message_id", "")) if is_answer else "",
        message_id=str(message["message_id"]),
        in_group=_is_group(message["chat"]),
    )


def _sender(author: Json, speaks_as: Json | None) -> Sender:
    if speaks_as is not None:  # an anonymous admin writes as the group, others as a channel of theirs
        return Sender(str(author["id"]), clean(speaks_as.get("title", "")), anonymous=True)
    name = " ".join(filter(None, (author.get("first_name"), author.get("last_name"))))
    return Sender(str(author["id"]), clean(name), anonymous=author["id"] == ANONYMOUS_ADMIN)


# ---------------------------------------------------------------- chats


def _migration(message: Json, reader: Reader) -> Incoming | None:
    """A group that became a supergroup says so in both chats; both mean the same and have the same key."""
    if "migrate_to_chat_id" in message:
        old, new = message["chat"]["id"], message["migrate_to_chat_id"]
    elif "migrate_from_chat_id" in message:
        old, new = message["migrate_from_chat_id"], message["chat"]["id"]
    else:
        return None
    return Incoming(
        reader.address({"id": old}, {}),
        _sender(message.get("from", {"id": 0}), message.get("sender_chat")),
        "migrated",
        f"migrated:{new}",
        datetime.fromtimestamp(message["date"], UTC),
        text=str(new),
        in_group=True,
    )


def _is_group(chat: Json) -> bool:
    return chat["type"] in ("group", "supergroup")


def _is_present(member: Json) -> bool:
    return member["status"] in PRESENT and member.get("is_member", True)


def _salvage(update: Json, reader: Reader) -> list[Incoming]:
    """Enough of an unreadable message to tell the person that it was not understood."""
    try:
        kept = {field: value for field, value in update["message"].items() if field in WHERE_AND_WHO}
        blank = _blank(kept | {"date": reader.now.timestamp()}, str(int(update["update_id"])), reader)
    except Exception:
        return []
    return [] if blank is None else [blank]
