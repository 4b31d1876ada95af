"""What the clock does for citizens: telling what has changed, asking for the rating, closing, minding drafts."""

from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from bot.jobs_task import Claim, Desk, Task
from bot.lookup import StoreLookup
from bot.push import SWEEP, offer, push_changes, tell_all, waiting_changes
from bot.quiet import QuietHours
from bot.town import Town
from dialogs import front
from dialogs.cards import moment
from dialogs.context import Context
from dialogs.dialog import choice
from dialogs.effects import Say
from dialogs.texts import say
from dialogs.words import Outgoing, Prompt, Status, Talk
from store.conversations import address_of, load_talk, save_talk
from store.due import DraftLeft, Waiting, claimed, drafts_left, silent, unrated
from store.locks import take
from store.report_record import SYSTEM
from store.report_views import report_row
from store.reports import NotAllowed, TooLate, change_status

ASK_RATING_AFTER = timedelta(days=1)
CLOSE_AFTER = timedelta(days=7)
REMIND_DRAFT_AFTER = timedelta(hours=20)
TIME_TO_FINISH = timedelta(hours=1)  # a reminder in the morning must leave at least this much
BEFORE_QUIET = timedelta(minutes=30)


def find_pushes(connection: Connection, desk: Desk, now: datetime) -> list[Task]:
    """Everything that citizens have not been told yet, in one sweep."""
    waiting = waiting_changes(connection, desk.town, now, SWEEP)
    if not waiting:
        return []
    return [Task(f"{len(waiting)} changes", lambda connection, _: push_changes(connection, desk.town, now) > 0)]


# ---------------------------------------------------------------- after a report is done


def find_ratings(connection: Connection, desk: Desk, now: datetime) -> list[Task]:
    """Reports resolved a day ago, not yet rated, whose citizens have not been asked for it yet."""
    if desk.town.quiet.at(now):
        return []
    found = unrated(connection, desk.town.locality.id, now - ASK_RATING_AFTER, now - CLOSE_AFTER)
    asked = claimed(connection, "rating", [_slot(item) for item in found])
    return [
        Task(item.code, partial(_ask_rating, town=desk.town, item=item, now=now))
        for item in found
        if _slot(item) not in asked
    ]


def _slot(item: Waiting) -> str:
    return f"{item.code}:{item.version}"


def _ask_rating(connection: Connection, claim: Claim, *, town: Town, item: Waiting, now: datetime) -> bool:
    """Ask if the chat is free; once for each resolving."""
    row = report_row(connection, item.id)
    address = address_of(connection, row["address_key"])
    rateable = row["status"] == Status.RESOLVED.value and row["satisfaction"] is None
    if address is None or address.channel not in town.capabilities or not rateable or not claim(_slot(item)):
        return False
    if not take(connection, address.key):
        return False
    choices = (
        choice(f"/rate {item.code}", "track.choice.rate"),
        choice(f"/reopen {item.code}", "track.choice.reopen"),
    )
    text = say("clock.rating", code=item.code, at=moment(row["resolved_at"]))
    return offer(connection, town, address, Outgoing(text, choices), now, item.id)


def find_closings(connection: Connection, desk: Desk, now: datetime) -> list[Task]:
    """Resolved reports about which nobody has said anything for seven days."""
    found = silent(connection, desk.town.locality.id, now - CLOSE_AFTER)
    return [Task(item.code, partial(_close, item=item, now=now)) for item in found]


def _close(connection: Connection, _claim: Claim, *, item: Waiting, now: datetime) -> bool:
    """Close if nothing has happened since we looked; the report's version is the mark."""
    try:
        change_status(connection, item.id, item.version, "close", SYSTEM, now, closed_at=now)
    except (TooLate, NotAllowed):
        return False
    return True


# ---------------------------------------------------------------- drafts


def find_draft_reminders(connection: Connection, desk: Desk, now: datetime) -> list[Task]:
    """Drafts that will soon be dropped and whose writers have not been reminded yet."""
    if desk.town.quiet.at(now):
        return []
    begun_before = now - REMIND_DRAFT_AFTER + timedelta(hours=12)  # a reminder may come earlier, see reminds_at
    left = drafts_left(connection, desk.town.locality.id, begun_before)
    due = [
        draft
        for draft in left
        if reminds_at(draft.updated_at, desk.town.quiet) <= now < draft.updated_at + front.DRAFT_LIFE
    ]
    reminded = claimed(connection, "draft_reminder", [draft.slot for draft in due])
    return [
        Task(f"draft left {moment(draft.updated_at)}", partial(_remind, town=desk.town, draft=draft, now=now))
        for draft in due
        if draft.slot not in reminded
    ]


def reminds_at(left: datetime, quiet: QuietHours) -> datetime:
    """Twenty hours after a draft was left; at night: in the morning, or the evening before if that is too late."""
    usual = left + REMIND_DRAFT_AFTER
    morning = quiet.until(usual)
    if morning + TIME_TO_FINISH <= left + front.DRAFT_LIFE:
        return morning
    return quiet.since(usual) - BEFORE_QUIET


def _remind(connection: Connection, claim: Claim, *, town: Town, draft: DraftLeft, now: datetime) -> bool:
    """Ask the draft's open question once more; the draft does not grow younger by it."""
    if not take(connection, draft.key):
        return False
    talk = load_talk(connection, draft.key)
    address = address_of(connection, draft.key)
    if talk.updated_at != draft.updated_at or address is None or address.channel not in town.capabilities:
        return False
    if not claim(draft.slot):
        return False
    context = Context(now, town.locality, StoreLookup(connection, town, draft.citizen_id, now), code="")
    until = moment(draft.updated_at + front.DRAFT_LIFE)
    after, effects = front.remind(say("clock.draft", until=until), talk, context)
    save_talk(connection, draft.key, after, town.locality.id, now)
    said = [effect.outgoing for effect in effects if isinstance(effect, Say)]
    tell_all(connection, town, address, said, after.prompt.no, now)
    return True


def find_dropped_drafts(connection: Connection, desk: Desk, now: datetime) -> list[Task]:
    """Drafts older than a draft's life."""
    left = drafts_left(connection, desk.town.locality.id, now - front.DRAFT_LIFE)
    return [
        Task(f"draft left {moment(draft.updated_at)}", partial(_drop, town=desk.town, draft=draft, now=now))
        for draft in left
    ]


def _drop(connection: Connection, _claim: Claim, *, town: Town, draft: DraftLeft, now: datetime) -> bool:
    """Forget what was written. That there was something stays, so that the person hears of it when they come back."""
    if not take(connection, draft.key):
        return False
    talk = load_talk(connection, draft.key)
    if talk.updated_at != draft.updated_at or not talk.state:
        return False
    emptied = Talk(talk.dialog, "", {}, Prompt(talk.prompt.no), talk.updated_at)
    save_talk(connection, draft.key, emptied, town.locality.id, now)
    return True
