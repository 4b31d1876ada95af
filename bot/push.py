"""The one path from a report's life to its citizen: a StatusChange row becomes a message in their own chat."""

from datetime import datetime

from sqlalchemy import Connection

from bot.cases import agency_name
from bot.links import with_urls
from bot.lookup import StoreLookup
from bot.perform import tell
from bot.town import Town
from dialogs import front
from dialogs.cards import moment
from dialogs.context import Context, Prompt, Talk
from dialogs.dialog import choice
from dialogs.effects import Say
from dialogs.texts import say
from dialogs.words import Address, Outgoing, ReportView, Status
from store import conversations, outbox, reports
from store.reports import Change

SWEEP = 200  # changes looked at in one go


def push_changes(connection: Connection, town: Town, now: datetime) -> int:
    """Queue what citizens have not been told yet; returns how many changes were dealt with.

    A notice that asks something waits while a dialog is open in that chat, so that "1" never answers the wrong question.
    """
    done = 0
    for change in reports.changes_to_push(connection, SWEEP):
        row = connection.execute(reports.BY_ID, {"id": change.report_id}).mappings().one()
        report = reports.view_of(connection, row, row["citizen_id"])
        address = conversations.address_of(connection, row["address_key"])
        if address is None or _push(connection, town, change, report, address, row["citizen_id"], now):
            reports.mark_pushed(connection, change.id, now)
            done += 1
    return done


def _push(
    connection: Connection,
    town: Town,
    change: Change,
    report: ReportView,
    address: Address,
    citizen_id: int,
    now: datetime,
) -> bool:
    """Queue one notice. False if it must wait for the chat to be free."""
    if change.trigger == "ask":
        return _push_question(connection, town, report, address, citizen_id, now)
    notice = notice_of(change, report, town)
    if notice is None:
        return True
    talk = conversations.load_talk(connection, address.key)
    if notice.choices:
        if _is_busy(talk, now):
            return False
        talk = Talk(prompt=Prompt(talk.prompt.no + 1, notice.text, notice.choices), updated_at=now)
        conversations.save_talk(connection, address.key, talk, town.locality.id, now)
    tell(connection, town, address, notice, now, talk.prompt.no, lane=outbox.NOTICE, report_id=report.id)
    return True


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
    if change.to_status is Status.CLOSED and change.trigger == "close":
        return Outgoing(say("push.closed", code=report.code))
    if change.trigger == "merge":
        return Outgoing(say("push.merged", code=report.code))
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


def _push_question(
    connection: Connection, town: Town, report: ReportView, address: Address, citizen_id: int, now: datetime
) -> bool:
    if report.status is not Status.NEED_INFO:
        return True  # answered or overtaken before it could be asked
    talk = conversations.load_talk(connection, address.key)
    if _is_busy(talk, now):
        return False
    context = Context(now, town.locality, StoreLookup(connection, town, citizen_id), code="")
    after, effects = front.begin("answer", f"open:{report.code}", talk, context)
    conversations.save_talk(connection, address.key, after, town.locality.id, now)
    for effect in effects:
        if isinstance(effect, Say):
            tell(
                connection,
                town,
                address,
                effect.outgoing,
                now,
                after.prompt.no,
                lane=outbox.NOTICE,
                report_id=report.id,
            )
    return True


def _is_busy(talk: Talk, now: datetime) -> bool:
    """A dialog is open, and not left lying for longer than a draft lives."""
    return bool(talk.dialog) and talk.updated_at is not None and now - talk.updated_at <= front.DRAFT_LIFE
