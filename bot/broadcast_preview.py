"""What `langnghe broadcast` shows: who would be told what, how far it is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import Connection

from bot.broadcast import message_of
from bot.quiet import QuietHours
from bot.settings import Settings
from dialogs.answers import fold
from dialogs.words import Expected, Locality
from store.broadcasts import BroadcastView, Progress, broadcast, progress
from store.database import utc_now
from store.subscriptions import count_subscribers

LONGEST = 3000  # characters; nobody reads more on a phone


class NotSendable(Expected):
    """The announcement cannot be sent like that."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Plan:
    """An announcement that has not been begun."""

    text: str
    commune: str
    category: str
    urgent: bool


def planned(locality: Locality, text: str, commune: str, category: str, *, urgent: bool) -> Plan:
    """Check what was asked for; communes go by code or name, fields by id or name. Raises NotSendable."""
    if not text.strip():
        raise NotSendable("the text is empty")
    if len(text) > LONGEST:
        raise NotSendable(f"the text has {len(text)} characters; {LONGEST} are the most")
    communes = {it.code: it.name for it in locality.communes.values()}
    fields = {it.id: it.short for it in locality.categories.values()}
    return Plan(text, _found("--commune", commune, communes), _found("--category", category, fields), urgent)


def _found(option: str, wanted: str, known: dict[str, str]) -> str:
    if not wanted or wanted in known:
        return wanted
    found = [key for key, name in known.items() if fold(wanted) in (fold(name), fold(name).removeprefix("xa "))]
    if len(found) != 1:
        raise NotSendable(f"{option}: unknown '{wanted}'; known: {', '.join(known.values())}")
    return found[0]


def preview(connection: Connection, plan: Plan, locality: Locality, settings: Settings) -> tuple[int, str]:
    """How many chats would get it, and all that should be read before it is sent."""
    count = count_subscribers(connection, locality.id, plan.commune, plan.category)
    where = locality.communes[plan.commune].name if plan.commune else "tất cả các xã"
    what = locality.categories[plan.category].short if plan.category else "không riêng lĩnh vực nào"
    quiet = QuietHours.between(settings.push.quiet_from, settings.push.quiet_until)
    lines = [f"Nơi: {where}. Lĩnh vực: {what}.", f"Người nhận: {count}."]
    if plan.urgent:
        lines.append("KHẨN: gửi cả trong giờ nghỉ.")
    elif quiet.at(utc_now()):
        lines.append(f"Đang giờ nghỉ: bắt đầu gửi lúc {settings.push.quiet_until}.")
    told = "\n".join(f"  {line}" for line in message_of(locality, plan.text, plan.commune).splitlines())
    return count, "\n".join([*lines, "Người dân đọc:", told])


def as_line(one: BroadcastView, far: Progress, locality: Locality) -> str:
    """One announcement for a list."""
    where = locality.communes[one.commune].name if one.commune in locality.communes else "tất cả các xã"
    head = one.text.strip().splitlines()[0][:40]
    told = f"{one.reached}/{one.total}"
    return (
        f"{one.id}\t{one.state}\t{told}\tsent {far.sent}\twaiting {far.waiting}\tfailed {far.failed}\t{where}\t{head}"
    )


def follow(read: Callable[[], tuple[BroadcastView | None, Progress]]) -> Iterator[tuple[int, int]]:
    """(settled, total) again and again until it has ended or been halted."""
    while True:
        one, far = read()
        if one is None:
            return
        yield far.sent + far.failed, max(one.total, 1)
        if one.state != "running":
            return


def standing(connection: Connection, number: int) -> tuple[BroadcastView | None, Progress]:
    """An announcement and how far it is."""
    return broadcast(connection, number), progress(connection, number)
