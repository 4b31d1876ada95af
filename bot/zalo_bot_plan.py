"""How much of a Zalo bot's plan is used, and telling the operators before it ends."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import NamedTuple

from sqlalchemy import Connection

from bot.jobs_task import Claim, Desk, Task
from bot.notices import post
from bot.town import Town
from connectors.zalo_bot import ZaloBot
from connectors.zalo_bot_send import plan
from dialogs.texts import say
from dialogs.words import TOWN_TIME
from store.channel_use import use_since
from store.due import claimed

ACCOUNT = "main"
JOB = "zalo_bot_plan"
# the Basic plan, the only one whose figures are published (docs/zalo.md)
MOST_PEOPLE, MOST_MESSAGES = 50, 3000
WARN_AT = (80, 100)  # per cent


class Standing(NamedTuple):
    """What is used of one thing the plan limits. `slot` names it and, if it begins anew each month, the month."""

    slot: str
    text: str
    used: int
    most: int

    @property
    def percent(self) -> int:
        return 100 * self.used // self.most

    @property
    def passed(self) -> list[str]:
        """The slots of the warnings that are due."""
        return [f"{self.slot}:{level}" for level in WARN_AT if self.percent >= level]


def standings(connection: Connection, now: datetime) -> list[Standing]:
    """People ever, and messages this month. Sources differ on whether messages in count too: we count them."""
    local = now.astimezone(TOWN_TIME)
    month = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    use = use_since(connection, ZaloBot.name, ACCOUNT, month)
    messages = use.heard + sum(len(plan(part)) for part in use.said)
    return [
        Standing("people", "zalo_bot.plan_people", use.people, MOST_PEOPLE),
        Standing(f"{local:%Y-%m}:messages", "zalo_bot.plan_messages", messages, MOST_MESSAGES),
    ]


def find_plan_warnings(connection: Connection, desk: Desk, now: datetime) -> list[Task]:
    """A notice for the operators' room at 80 % and at 100 % of each limit, once each."""
    if ZaloBot.name not in desk.town.capabilities:
        return []
    return list(_warnings(connection, desk.town, now))


def _warnings(connection: Connection, town: Town, now: datetime) -> Iterator[Task]:
    for standing in standings(connection, now):
        passed = standing.passed
        if passed and passed[-1] not in claimed(connection, JOB, passed):
            yield Task(passed[-1], partial(_warn, town=town, standing=standing, now=now))


def _warn(connection: Connection, claim: Claim, *, town: Town, standing: Standing, now: datetime) -> bool:
    room = town.locality.room_of_kind("operators")
    if room is None or not [claim(slot) for slot in standing.passed][-1]:
        return False
    text = say(standing.text, used=standing.used, most=standing.most, percent=standing.percent)
    post(connection, town, room.id, "reminder", text, now)
    return True
