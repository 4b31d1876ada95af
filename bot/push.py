"""The one path from a report's life to its citizen: a StatusChange row becomes a message in their own chat."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from bot.cases import agency_name
from bot.links import with_urls
from bot.lookup import StoreLookup
from bot.others import for_others
from bot.perform import tell
from bot.town import Town
from dialogs import front
from dialogs.cards import moment
from dialogs.context import Context
from dialogs.dialog import choice
from dialogs.effects import Say
from dialogs.texts import say
from dialogs.words import Address, Outgoing, Prompt, ReportView, Status, Talk
from nlp.privacy import public_text
from store import conversations, locks, media, outbox, similar
from store.report_record import Change, changes_to_push, mark_pushed
from store.report_views import report_row, view_of

SWEEP = 200  # changes looked at in one go
MOST = 500  # changes told in one transaction: each holds a lock of its chat
PICTURE_WAIT = timedelta(minutes=10)  # for how long a result waits for its after-photo


def push_changes(connection: Connection, town: Town, now: datetime) -> int:
    """Queue what citizens have not been told yet; returns how many changes were dealt with.

    In quiet hours only what is urgent. Several changes of one report that had to wait become one message. A notice
    that asks something waits while a dialog is open in that chat, so that "1" never answers the wrong question.
    """
    done, last = 0, 0
    # those that must wait hold nobody up
    while done < MOST and (waiting := waiting_changes(connection, town, now, SWEEP, last)):
        last = waiting[-1].id
        by_report: dict[int, list[Change]] = {}
        for change in waiting:
            by_report.setdefault(change.report_id, []).append(change)
        done += sum(_push(connection, town, changes, now) for changes in by_report.values())
    return done


def waiting_changes(connection: Connection, town: Town, now: datetime, most: int, after: int = 0) -> list[Change]:
    """What might be told now, oldest first, past the change `after`."""
    served = town.capabilities
    return changes_to_push(connection, most, after, urgent_only=town.quiet.at(now), channels=served)


def _push(connection: Connection, town: Town, changes: list[Change], now: datetime) -> int:
    """Tell the citizen of one report; how many changes are settled by it, 0 if they must wait."""
    row = report_row(connection, changes[0].report_id)
    report = view_of(connection, row, row["citizen_id"])
    states = media.states_of(connection, report.id)
    if _awaits_pictures(changes, report, states, now):
        return 0
    report = _with_stored(report, states)
    address = conversations.address_of(connection, row["address_key"])
    news = [change for change in changes if _is_news(change, report, town)]
    if address and news and not _may_speak(connection, town, news[-1], report, address, now):
        return 0
    mine = [change for change in changes if mark_pushed(connection, change.id, now)]
    news = [change for change in news if change in mine]
    if address and news:
        _tell(connection, town, news, report, address, row["citizen_id"], now)
    if news:
        _tell_followers(connection, town, news[-1], report, now)
    return len(mine)


def _awaits_pictures(changes: list[Change], report: ReportView, states: Mapping[str, str], now: datetime) -> bool:
    """The after-photo is still being fetched and cleaned; without it the citizen would never see it."""
    fresh = any(change.trigger == "resolve" and now - change.created_at < PICTURE_WAIT for change in changes)
    return fresh and any(states.get(item.ref) == "pending" for item in report.outcome_media)


def _with_stored(report: ReportView, states: Mapping[str, str]) -> ReportView:
    before, after = (
        tuple(item for item in items if states.get(item.ref) == "stored")
        for items in (report.media, report.outcome_media)
    )
    return replace(report, media=before, outcome_media=after)


def _is_news(change: Change, report: ReportView, town: Town) -> bool:
    if change.trigger == "ask":  # answered or overtaken before it could be asked: nothing to tell
        return report.status is Status.NEED_INFO and change.note == report.question
    return notice_of(change, report, town) is not None


def _may_speak(
    connection: Connection, town: Town, last: Change, report: ReportView, address: Address, now: datetime
) -> bool:
    """The chat is free, and ours for now: looked at again once we have its lock, which a busy chat does not cost us."""
    asked = partial(_must_wait, connection, town, last, report, address, now)
    return not asked() and locks.take(connection, address.key) and not asked()


def _must_wait(
    connection: Connection, town: Town, last: Change, report: ReportView, address: Address, now: datetime
) -> bool:
    """The chat is busy and we would ask something."""
    notice = notice_of(last, report, town)
    asks = last.trigger == "ask" or (notice is not None and bool(notice.choices))
    return asks and is_busy(conversations.load_talk(connection, address.key), now, report.code)


def _tell(
    connection: Connection,
    town: Town,
    news: list[Change],
    report: ReportView,
    address: Address,
    citizen_id: int,
    now: datetime,
) -> None:
    """One message: the last change in full, under a line for each that it overtook."""
    lines = [say("clock.happened", at=moment(it.created_at), what=_in_short(it, town)) for it in news[:-1]]
    head = say("clock.merged", code=report.code, lines="\n".join(lines)) if lines else ""
    last = news[-1]
    if last.trigger == "ask":
        _ask(connection, town, report, address, citizen_id, head, now)
    elif notice := notice_of(last, report, town):
        offer(connection, town, address, _under(head, notice), now, report.id, report.code)


def offer(
    connection: Connection,
    town: Town,
    address: Address,
    notice: Outgoing,
    now: datetime,
    report_id: int | None = None,
    code: str = "",
) -> bool:
    """Queue a notice; False, and nothing queued, if it asks something while a dialog is open in that chat."""
    talk = conversations.load_talk(connection, address.key)
    if notice.choices:
        if is_busy(talk, now, code):
            return False
        talk = Talk(prompt=Prompt(talk.prompt.no + 1, notice.text, notice.choices), updated_at=now)
        conversations.save_talk(connection, address.key, talk, town.locality.id, now)
    tell(connection, town, address, notice, now, talk.prompt.no, lane=outbox.NOTICE, report_id=report_id)
    return True


def _tell_followers(connection: Connection, town: Town, last: Change, report: ReportView, now: datetime) -> None:
    """Who reported the same reads the same news, but for what only the report's own citizen may see or decide."""
    public = replace(last, note=public_text(last.note))
    if report.sensitive or last.trigger == "ask" or not (notice := notice_of(public, for_others(report), town)):
        return
    for key in similar.followers(connection, report.id):
        if address := conversations.address_of(connection, key):
            offer(connection, town, address, Outgoing(notice.text), now, report.id)


IN_SHORT = {
    "forward": "clock.step.forward",
    "accept": "clock.step.accept",
    "resolve": "clock.step.resolve",
    "reject": "clock.step.reject",
    "merge": "clock.step.merge",
    "close": "clock.step.close",
    "reopen": "clock.step.reopen",
}


def _in_short(change: Change, town: Town) -> str:
    return say(IN_SHORT[change.trigger], agency=agency_name(town, change.agency_id))


def _under(head: str, notice: Outgoing) -> Outgoing:
    return replace(notice, text=f"{head}\n{notice.text}") if head else notice


def notice_of(change: Change, report: ReportView, town: Town) -> Outgoing | None:
    """What the citizen reads about a change; None if there is nothing to tell."""
    agency = agency_name(town, change.agency_id)
    if change.trigger == "forward":
        return Outgoing(say("push.assigned", code=report.code, agency=agency))
    if change.trigger == "accept":
        key = "push.in_progress" if report.due_at else "push.in_progress_undated"
        return Outgoing(say(key, code=report.code, agency=agency, due=moment(report.due_at) if report.due_at else ""))
    if change.trigger == "resolve":
        return _resolved(change, report, agency, town)
    if change.trigger == "reject":
        choices = (choice(f"/reopen {report.code}", "track.choice.reopen"),)
        return Outgoing(say("push.rejected", code=report.code, agency=agency, reason=change.note), choices)
    if change.trigger == "close":
        return _closed(change, report)
    if change.trigger == "reopen":  # by an officer; a citizen who reopens is answered at once
        return Outgoing(say("push.reopened", code=report.code, agency=agency, reason=change.note))
    if change.trigger == "merge":
        return Outgoing(say("push.merged", code=report.code, other=change.note))
    return None


def _resolved(change: Change, report: ReportView, agency: str, town: Town) -> Outgoing:
    choices = (
        choice(f"/rate {report.code}", "track.choice.rate"),
        choice(f"/reopen {report.code}", "track.choice.reopen"),
    )
    before_and_after = with_urls((*report.media[:1], *report.outcome_media), town) if report.outcome_media else ()
    key = "push.resolved_no_photo" if report.no_photo_reason else "push.resolved"
    text = say(key, code=report.code, agency=agency, outcome=change.note, reason=report.no_photo_reason)
    return Outgoing(text, choices, before_and_after)


def _closed(change: Change, report: ReportView) -> Outgoing:
    if change.actor_kind != "system":
        return Outgoing(say("push.closed", code=report.code))
    choices = (choice(f"/reopen {report.code}", "track.choice.reopen"),)
    return Outgoing(say("clock.closed", code=report.code), choices)


def _ask(
    connection: Connection,
    town: Town,
    report: ReportView,
    address: Address,
    citizen_id: int,
    head: str,
    now: datetime,
) -> None:
    """Open the dialog in which the citizen answers the officer's question."""
    talk = conversations.load_talk(connection, address.key)
    context = Context(now, town.locality, StoreLookup(connection, town, citizen_id, now), code="")
    after, effects = front.begin("answer", f"open:{report.code}", talk, context)
    conversations.save_talk(connection, address.key, after, town.locality.id, now)
    said = [effect.outgoing for effect in effects if isinstance(effect, Say)]
    tell_all(connection, town, address, [_under(head, said[0]), *said[1:]], after.prompt.no, now, report.id)


def tell_all(
    connection: Connection,
    town: Town,
    address: Address,
    notices: Iterable[Outgoing],
    prompt_no: int,
    now: datetime,
    report_id: int | None = None,
) -> None:
    """Queue what a dialog says when we begin to speak; its conversation has been saved with that prompt."""
    for notice in notices:
        tell(connection, town, address, notice, now, prompt_no, lane=outbox.NOTICE, report_id=report_id)


def is_busy(talk: Talk, now: datetime, code: str = "") -> bool:
    """A dialog is open, not left lying for longer than a draft lives, and no older question on that same report."""
    if code and talk.dialog == "answer" and talk.memory.get("code") == code:
        return False
    return bool(talk.dialog) and talk.updated_at is not None and now - talk.updated_at <= front.DRAFT_LIFE
