"""An officer's turn on a card, from the browser room or from a chat group that is a room."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from bot.arrivals import keep_media
from bot.cases import agency_name
from bot.lookup import StoreLookup
from bot.outcome import Outcome, refuse
from bot.perform import Turn, perform
from bot.town import Town
from dialogs import staff_front
from dialogs.cards import moment
from dialogs.context import Context
from dialogs.texts import say
from dialogs.words import Incoming, Outgoing, ReportView, Talk
from store import conversations, staff
from store.codes import find_code
from store.columns import our_id
from store.report_cards import rooms_showing
from store.report_views import report_by_code
from store.reports import NotAllowed, TooLate
from store.routing import room_of
from store.staff import OfficerView


def browser_turn(connection: Connection, incoming: Incoming, town: Town, now: datetime) -> Outcome:
    """A press, words or a file in the browser room; `reply_to` names the card by its report code."""
    officer_id = our_id(incoming.sender.id)
    officer = staff.officer(connection, officer_id) if officer_id is not None else None
    found = find_code(incoming.reply_to, town.locality.code_prefix)
    report = report_by_code(connection, found[0]) if found else None
    if officer is None or report is None:
        return refuse("staff.unknown_report")
    return work_card(connection, incoming, officer, report, town, now)


def work_card(
    connection: Connection, incoming: Incoming, officer: OfficerView, report: ReportView, town: Town, now: datetime
) -> Outcome:
    """Take the turn of this officer on this card, if a room of theirs shows it."""
    if not set(officer.rooms) & set(rooms_showing(connection, report.id)):
        return refuse("staff.no_rights")
    if not _may_act(officer, report, town):
        return refuse("staff.sent_on", code=report.code, agency=agency_name(town, report.agency))
    key = staff_key(incoming.address.key, officer.id, report.code)
    incoming = keep_media(connection, incoming, key, town, now)
    talk = conversations.load_talk(connection, key)
    context = Context(now, town.locality, StoreLookup(connection, town, None, now), code="")
    after, effects = staff_front.hear(report.code, incoming, talk, context)
    turn = Turn(connection, town, now, incoming.address, key, after.prompt.no, officer=officer, report_id=report.id)
    turn.sender = incoming.sender.id
    refused = False
    try:
        with connection.begin_nested():
            perform(turn, effects)
    except (TooLate, NotAllowed) as refusal:
        refused, after = True, Talk(prompt=replace(after.prompt, choices=()))
        turn.replies.clear()
        turn.say(_why(refusal, report))
    conversations.save_talk(connection, key, after, town.locality.id, now)
    return Outcome(fresh=True, replies=tuple(turn.replies), refused=refused, told=True)


def _may_act(officer: OfficerView, report: ReportView, town: Town) -> bool:
    """The room of the unit that has it, or one that watches over all; whoever sent it on only follows it."""
    rooms = town.locality.rooms
    watching = {room for room in officer.rooms if room in rooms and rooms[room].kind != "agency"}
    return not report.agency or bool(watching) or room_of(town.locality, report.agency) in officer.rooms


def _why(refusal: TooLate | NotAllowed, report: ReportView) -> Outgoing:
    if isinstance(refusal, NotAllowed):
        return Outgoing(say("staff.not_allowed", code=report.code, status=say(f"status.name.{refusal.status}")))
    who, what = refusal.who or say("staff.citizen"), say(f"staff.step.{refusal.step}")
    return Outgoing(say("staff.too_late", who=who, what=what, at=moment(refusal.at)))


def staff_key(address_key: str, officer_id: int, code: str) -> str:
    """What an officer is in the middle of: by room, officer and card."""
    return f"{address_key}|{officer_id}|{code}"
