"""A Telegram group that is a staff room, as the people in it see it: the real outbox delivers to a screen."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bot.outbox import Deliverer
from bot.outcome import Outcome
from bot.room_cards import post_cards
from connectors.telegram import Telegram
from dialogs.words import Address, Choice, Incoming, Part, Sender, SendError
from store import staff_chat
from tests.town import TestTown

GROUP = Address("telegram", "main", "-100777")
ANONYMOUS = "anonymous"


@dataclass
class Screen:
    """The connector's stand-in: every message that stands in any chat, and what came newly, edits too."""

    name: str = "telegram"
    account: str = "main"
    capabilities: Any = Telegram.capabilities
    messages: dict[tuple[str, str], Part] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)  # groups that became supergroups: old id → new
    fresh: list[tuple[str, Part]] = field(default_factory=list)  # (chat, part) since they were last looked at

    async def send(self, address: Address, part: Part, message_id: int) -> str:
        chat = address.chat
        if chat in self.moved:
            raise SendError("bad_request", "upgraded to a supergroup", new_chat=self.moved[chat])
        if part.edit_of and (chat, part.edit_of) not in self.messages:
            raise SendError("bad_request", "message to edit not found")
        if part.removes:
            taken_away = self.messages.pop((chat, part.edit_of))
            self.fresh.append((chat, Part(taken_away.text, edit_of=part.edit_of, removes=True)))
            return part.edit_of
        external = part.edit_of or f"x{message_id}"
        self.messages[chat, external] = part
        self.fresh.append((chat, part))
        return external

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


class GroupChat:
    """The group: what its people do, and what they get to see."""

    def __init__(self, town: TestTown, address: Address = GROUP, screen: Screen | None = None) -> None:
        self.town, self.address, self.screen = town, address, screen or Screen()
        self.count = 0

    async def connect(self, room: str, officer: int, sender: str) -> Outcome:
        """`/ketnoi` with a code of that officer's."""
        code = self.town.write(lambda connection: staff_chat.new_code(connection, officer, room, self.town.clock()))
        return await self.hears(f"/ketnoi {code}", sender)

    async def hears(self, text: str = "", sender: str = "hung", **what: Any) -> Outcome:
        """Somebody in the group does something."""
        self.count += 1
        what = {"kind": "text", "text": text, **what}
        who = Sender(sender, anonymous=sender == ANONYMOUS)
        incoming = Incoming(self.address, who, dedupe_key=f"g{self.count}", at=self.town.clock(), in_group=True, **what)
        return await self.town.hear(incoming)

    async def press(self, label: str, sender: str = "hung", **what: Any) -> Outcome:
        """Press the newest button of that label."""
        for external, part in self.newest():
            for choice in part.choices:
                if choice.label == label:
                    return await self.hears("", sender, kind="choice", choice=choice.id, reply_to=external, **what)
        raise AssertionError(f"no button [{label}] in the group")

    async def deliver(self) -> list[Part]:
        """Let the cards be written and everything that waits be sent; what the group saw of it, in order."""
        self.screen.fresh.clear()
        deliverer = Deliverer(self.screen, self.town.writer, self.town.desk.read, self.town.clock)
        while self._write_cards() + await deliverer.step():
            pass
        return [part for chat, part in self.screen.fresh if chat == self.address.chat]

    def _write_cards(self) -> int:
        return self.town.write(lambda connection: post_cards(connection, self.town.town, self.town.clock()))

    def newest(self) -> Iterator[tuple[str, Part]]:
        """(the channel's id, part) of what stands in the group, newest first."""
        standing = [(chat, external, part) for (chat, external), part in self.screen.messages.items()]
        return ((external, part) for chat, external, part in reversed(standing) if chat == self.address.chat)

    def id_of(self, words: str) -> str:
        """The channel's id of the newest message that says so."""
        return next(external for external, part in self.newest() if words in part.text)

    def button(self, label: str) -> Choice:
        """The newest button of that label."""
        return next(choice for _, part in self.newest() for choice in part.choices if choice.label == label)

    def delete(self, words: str) -> None:
        """Somebody deletes the newest message that says so."""
        del self.screen.messages[self.address.chat, self.id_of(words)]

    async def migrate(self, chat: str, *, told: bool = True) -> None:
        """The group becomes a supergroup; without `told` we learn of it only from the next refusal."""
        old, self.address = self.address, Address("telegram", "main", chat)
        self.screen.moved[old.chat] = chat
        if told:
            self.count += 1
            moved = Incoming(old, Sender(ANONYMOUS, anonymous=True), "migrated", f"g{self.count}", self.town.clock(),
                             text=chat, in_group=True)  # fmt: skip
            await self.town.hear(moved)
