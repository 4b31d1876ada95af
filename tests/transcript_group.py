"""Transcripts in which a room is a Telegram group.

@hùng [Nhận]   presses the newest button of that name    @hùng lời   answers the bot's newest message
@hùng (ảnh) lời   answers it with a photo                @hùng (nói) lời   talks in the group, answering nobody
@ẩn_danh …     an admin who hides who they are           @lạ …       somebody the town does not know
@hùng /xem …   a command                                 | +  a new message,  | ✎  one that was edited, ✗ taken away
= xoá thẻ      somebody deletes the newest card          = nhóm thành siêu nhóm   Telegram gives it a new id
"""

import re

from dialogs.words import Part
from tests.group_chat import ANONYMOUS, GroupChat
from tests.town import TestTown, photo

STRANGERS = {"ẩn_danh": ANONYMOUS, "lạ": "stranger"}
EVENTS = ("xoá thẻ", "nhóm thành siêu nhóm", "nhóm thành siêu nhóm, không báo")
CARD = "TC-"


class GroupScenes:
    """What happens in the group of a transcript, and what is seen there."""

    def __init__(self, town: TestTown, room: str) -> None:
        self.town, self.room, self.chat = town, room, GroupChat(town)
        self.known: set[str] = set()

    def knows(self, event: str) -> bool:
        """Whether that is something that can happen to a group."""
        return event in EVENTS

    async def happen(self, event: str) -> None:
        """It happens."""
        if event == "xoá thẻ":
            self.chat.delete(CARD)
        else:
            await self.chat.migrate("-100888", told="," not in event)

    async def act(self, name: str, what: str) -> None:
        """Somebody does something; an officer is connected at first sight."""
        sender = STRANGERS.get(name, name)
        if name not in STRANGERS and name not in self.known:
            self.known.add(name)
            await self.chat.connect(self.room, self.town.officer(name.capitalize(), self.room, "intake"), sender)
            await self.chat.deliver()
        action, words = re.fullmatch(r"(\[.+\]|\(.+?\)|)\s*(.*)", what, re.DOTALL).groups()  # type: ignore[union-attr]
        if action.startswith("["):
            await self.chat.press(action.strip("[]"), sender)
        elif action == "(nói)" or words.startswith("/"):
            await self.chat.hears(words, sender)
        else:
            with_photo = {"kind": "media", "media": (photo(),)} if action == "(ảnh)" else {}
            await self.chat.hears(words, sender, reply_to=next(self.chat.newest())[0], **with_photo)

    async def seen(self) -> list[str]:
        """What the group sees of it, as lines."""
        return [line for part in await self.chat.deliver() for line in _shown(part)]


def _shown(part: Part) -> list[str]:
    first, *more = [line for line in part.text.splitlines() if line.strip()] or [""]
    if part.removes:
        return [f"| ✗ {first}"]
    mark = "✎" if part.edit_of else "+"
    more += [f"(ảnh ×{len(part.media)})"] if part.media else []
    more += [" ".join(f"[{choice.label}]" for choice in part.choices)] if part.choices else []
    return [f"| {mark} {first}", *(f"|   {line}" for line in more)]
