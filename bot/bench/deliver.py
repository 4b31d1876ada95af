"""`langnghe bench deliver`: a broadcast and a busy group under Telegram's limits, while people talk with the bot."""

import asyncio
import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import quantiles

from sqlalchemy import Connection

from bot.bench.telegram import TOKEN, BotApi
from bot.serve import build, with_telegram
from bot.service import Service
from bot.settings import DatabaseSection, FilesSection, PushSection, Settings, TelegramSection
from dialogs.words import Address, Part
from store import outbox

GROUP = -1001234567890
FIRST_CHAT, FIRST_PERSON = 500_000, 1_000
NEWS = "Thứ Ba 24/11, từ 7:00 đến 11:00, cắt điện để sửa đường dây ở các xóm 1, 2, 3."
TALK = ("den duong xom 5 thanh linh hong ca tuan nay roi", "huỷ")  # a card, and back
PAUSE = (4.0, 16.0)  # seconds in which a person reads and types
PATIENCE = 30.0  # seconds until an answer that has not come is a fault
SLICE = 200  # rows queued in one transaction

Announce = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Load:
    """How much of what goes on at the same time."""

    chats: int = 3000
    group: int = 300
    people: int = 50


@dataclass(frozen=True, slots=True)
class Figures:
    """What came of it. Times in seconds."""

    load: Load
    refused: int  # 429s
    private_per_second: float  # messages into private chats while the broadcast ran, answers included
    broadcast_seconds: float
    group_per_minute: float
    answers: int
    answer_p50: float
    answer_p95: float
    answer_worst: float
    unanswered: int


@dataclass
class Street:
    """Everybody's telephones."""

    load: Load
    to_groups: list[float] = field(default_factory=list)
    to_people: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)
    unanswered: int = 0
    left: set[int] = field(default_factory=set)  # chats that the broadcast has not reached yet
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    group_full: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: dict[int, asyncio.Event] = field(default_factory=dict)  # people who have asked something

    def hear(self, chat: int, at: float) -> None:
        """A message has arrived."""
        if chat < 0:
            self.to_groups.append(at)
            if len(self.to_groups) >= self.load.group:
                self.group_full.set()
            return
        if not self.reached.is_set():
            self.to_people.append(at)
        self.left.discard(chat)
        if not self.left:
            self.reached.set()
        if chat in self.waiting:
            self.waiting[chat].set()

    async def live(self, person: int, api: BotApi) -> None:
        """Talk with the bot for ever."""
        await asyncio.sleep(random.uniform(0.0, PAUSE[1]))  # noqa: S311
        while True:
            for text in TALK:
                await self._ask(person, text, api)
                await asyncio.sleep(random.uniform(*PAUSE))  # noqa: S311

    async def _ask(self, person: int, text: str, api: BotApi) -> None:
        self.waiting[person] = answer = asyncio.Event()
        asked = time.monotonic()
        api.say(person, text)
        try:
            async with asyncio.timeout(PATIENCE):
                await answer.wait()
        except TimeoutError:
            self.unanswered += 1
        else:
            self.answered.append(time.monotonic() - asked)
        del self.waiting[person]


async def measure(settings: Settings, folder: Path, load: Load, announce: Announce) -> Figures:
    """Run the load in real time against a new service; returns when everything has been delivered."""
    os.environ["NO_PROXY"] = "127.0.0.1"
    street = Street(load, left=set(range(FIRST_CHAT, FIRST_CHAT + load.chats)))
    api = BotApi(street.hear)
    await api.start()
    service = build(_settings(settings, folder, api.url), announce)
    with_telegram(service)
    await service.start()
    people = [asyncio.create_task(street.live(FIRST_PERSON + number, api)) for number in range(load.people)]
    try:
        begun = time.monotonic()
        await _queue(service, load)
        await _until_delivered(street, begun, announce)
        return _figures(street, api, begun)
    finally:
        for person in people:
            person.cancel()
        await asyncio.gather(*people, return_exceptions=True)
        await service.stop()
        await api.stop()


def _settings(settings: Settings, folder: Path, url: str) -> Settings:
    return settings.model_copy(
        update={
            "database": DatabaseSection(url=f"sqlite:///{folder / 'bench.db'}"),
            "files": FilesSection(media=str(folder / "media"), model=settings.files.model),
            "push": PushSection(quiet_from="0:00", quiet_until="0:00"),
            "telegram": TelegramSection(api_base_url=url),
            "telegram_token": TOKEN,
        }
    )


async def _queue(service: Service, load: Load) -> None:
    """All of it at once: the group's notices, and the broadcast to everybody."""
    rows = [(GROUP, f"Thẻ {number}", outbox.NOTICE) for number in range(load.group)]
    rows += [(FIRST_CHAT + number, NEWS, outbox.BROADCAST) for number in range(load.chats)]
    for first in range(0, len(rows), SLICE):
        await service.writer.write(partial(_queue_slice, rows=rows[first : first + SLICE], service=service))


def _queue_slice(connection: Connection, *, rows: list[tuple[int, str, int]], service: Service) -> None:
    for chat, text, lane in rows:
        outbox.queue_part(connection, Address("telegram", "main", str(chat)), Part(text), service.clock(), lane=lane)


async def _until_delivered(street: Street, begun: float, announce: Announce) -> None:
    if street.left:
        await street.reached.wait()
        announce(f"{street.load.chats} private messages after {time.monotonic() - begun:.0f} s")
    if street.load.group:
        await street.group_full.wait()
        announce(f"{street.load.group} messages to the group after {time.monotonic() - begun:.0f} s")


def _figures(street: Street, api: BotApi, begun: float) -> Figures:
    last = max(street.to_people, default=begun + 1)
    minutes = (max(street.to_groups, default=begun) - begun) / 60
    hundredths = quantiles(street.answered, n=100) if len(street.answered) > 1 else [0.0] * 99
    return Figures(
        street.load,
        api.refused,
        round(len(street.to_people) / (last - begun), 2),
        round(last - begun, 1),
        round(len(street.to_groups) / minutes if minutes else 0.0, 2),
        len(street.answered),
        round(hundredths[49], 3),
        round(hundredths[94], 3),
        round(max(street.answered, default=0.0), 3),
        street.unanswered,
    )


def as_text(figures: Figures) -> str:
    """The figures beside what is wanted."""
    load = figures.load
    return "\n".join(
        (
            f"{load.chats} private chats, {load.group} messages to one group, {load.people} people talking",
            f"429 answers            {figures.refused} (wanted 0)",
            f"private messages/s     {figures.private_per_second} over {figures.broadcast_seconds} s (wanted ≥ 28)",
            f"group messages/min     {figures.group_per_minute} (wanted 18 to 20)",
            f"answers                {figures.answers}, never {figures.unanswered}",
            f"answered within, s     p50 {figures.answer_p50}, p95 {figures.answer_p95} (wanted ≤ 1.5), "
            f"worst {figures.answer_worst}",
        )
    )
