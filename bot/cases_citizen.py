"""What the citizen does to reports: answers, adds, rates, reopens, joins, takes back. Only to their own."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from bot.deadline import begun_anew
from bot.similar import find_anew
from bot.town import Town
from dialogs.effects import AddToReport, AnswerQuestion, FollowReport, Rate, Reopen, Withdraw
from dialogs.texts import say
from dialogs.words import Address, ReportView, Status
from store import similar
from store.report_media import attach_media
from store.report_notes import add_note
from store.report_record import Actor
from store.report_views import report_by_code
from store.reports import change_fields, change_status
from store.worktime import add_working_hours, working_hours_between


class NotTheirs(Exception):
    """A citizen asked for a change of a report that is not theirs."""


def answer_question(
    connection: Connection, town: Town, effect: AnswerQuestion, citizen_id: int, conversation_key: str, now: datetime
) -> None:
    """Bring the answer back to the card and let the clock run again; if nobody waits any more it is an addition."""
    report = _theirs(connection, effect.code, citizen_id)
    add_note(connection, report.id, "addition", effect.text, "", now)
    attach_media(connection, report.id, effect.media, conversation_key, side="answer")
    if report.status is not Status.NEED_INFO:
        return
    actor = Actor("citizen", str(citizen_id))
    values = _resumed(town, report, now)
    change_status(
        connection, report.id, report.version, "answer_question", actor, now, note=effect.text, push=False, **values
    )


def add_to_report(
    connection: Connection, town: Town, effect: AddToReport, citizen_id: int, conversation_key: str, now: datetime
) -> None:
    """The citizen's afterthought, words and pictures on their own report; it answers a question that is open."""
    report = _theirs(connection, effect.code, citizen_id)
    if report.status is Status.NEED_INFO:
        answer = AnswerQuestion(effect.code, effect.text, effect.media)
        return answer_question(connection, town, answer, citizen_id, conversation_key, now)
    add_note(connection, report.id, "addition", effect.text, "", now)
    attach_media(connection, report.id, effect.media, conversation_key)


def rate(connection: Connection, effect: Rate, citizen_id: int, now: datetime) -> None:
    """Keep both ratings; a solved report is closed by them."""
    report = _theirs(connection, effect.code, citizen_id)
    values: dict[str, Any] = {"solved_rating": effect.solved, "satisfaction": effect.satisfaction}
    actor = Actor("citizen", str(citizen_id))
    if report.status is Status.RESOLVED and effect.solved == 3:
        change_status(connection, report.id, report.version, "close", actor, now, push=False, closed_at=now, **values)
    else:
        change_fields(connection, report.id, report.version, "rate", actor, now, **values)


def reopen(
    connection: Connection, town: Town, effect: Reopen, citizen_id: int, conversation_key: str, now: datetime
) -> None:
    """Back to the unit that had it, with the citizen's reason on the card."""
    report = _theirs(connection, effect.code, citizen_id)
    add_note(connection, report.id, "addition", effect.reason, "", now)
    attach_media(connection, report.id, effect.media, conversation_key)
    actor = Actor("citizen", str(citizen_id))
    again = begun_anew(town, report, now)
    change_status(connection, report.id, report.version, "reopen", actor, now, note=effect.reason, push=False, **again)
    find_anew(connection, town, effect.code)


def follow(connection: Connection, effect: FollowReport, citizen_id: int, address: Address, now: datetime) -> None:
    """Join a citizen to somebody else's report: a row, not a merge; their words and pictures go to its card."""
    report = report_by_code(connection, effect.code, citizen_id)
    assert report is not None, "only what was found is offered"
    if report.sensitive or report.mine or not similar.follow(connection, report.id, citizen_id, address, now):
        return
    add_note(connection, report.id, "addition", effect.text, say("similar.author"), now)
    attach_media(connection, report.id, effect.media, address.key)


def withdraw(connection: Connection, effect: Withdraw, citizen_id: int, now: datetime) -> None:
    """The citizen takes an open report back."""
    report = _theirs(connection, effect.code, citizen_id)
    actor = Actor("citizen", str(citizen_id))
    over: dict[str, Any] = {"closed_at": now, "paused_at": None, "question": ""}
    change_status(connection, report.id, report.version, "withdraw", actor, now, push=False, **over)


def _theirs(connection: Connection, code: str, citizen_id: int) -> ReportView:
    report = report_by_code(connection, code, citizen_id)
    if report is None or not report.mine:
        raise NotTheirs(code)
    return report


def _resumed(town: Town, report: ReportView, now: datetime) -> dict[str, Any]:
    """The clock stood while the citizen owed an answer: the deadline moves by the working time that passed."""
    values: dict[str, Any] = {"paused_at": None, "question": ""}
    if report.due_at is None or report.paused_at is None:
        return values
    if report.urgent:
        return {**values, "due_at": report.due_at + (now - report.paused_at)}
    stood = working_hours_between(report.paused_at, now, town.office_hours)
    return {**values, "due_at": add_working_hours(report.due_at, stood, town.office_hours)}
