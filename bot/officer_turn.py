"""An officer's turn on a card, from the browser room or from a chat group that is a room."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from bot.arrivals import join_filed_report, keep_media
from bot.cases import agency_name
from bot.lookup import StoreLookup
from bot.outcome import Outcome, refuse
from bot.perform import Turn, perform
from bot.town import Town
from dialogs import staff_front
from dialogs.cards import moment
from dialogs.context import Context
from dialogs.effects import Effect, Step
from dialogs.texts import say
from dialogs.words import Incoming, Outgoing, ReportView, Status, Talk
from store import conversations, staff
from store.codes import find_code
from store.columns import our_id
from store.report_cards import rooms_showing
from store.report_record import Change, changes_of
from store.report_views import report_by_code
from store.reports import NotAllowed, TooLate
from store.routing import room_of
from store.staff import OfficerView

FORWARDING = ("forwarding", "all_agencies")  # what an officer is in the middle of while choosing a unit


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
    key = staff_key(incoming.address.key, officer.id, report.code)
    talk = conversations.load_talk(connection, key)
    if not may_act(officer, report, town):
        takes_back = _is_about_forwarding(incoming, talk) and may_take_back(
            officer, report, changes_of(connection, report.id)
        )
        if not takes_back:
            return refuse("staff.sent_on", code=report.code, agency=agency_name(town, report.agency))
    incoming = keep_media(connection, incoming, key, town, now)
    joined = join_filed_report(connection, incoming, key, side="after")
    if joined or (incoming.continues and not incoming.text.strip()):  # a whole album gets one answer
        return Outcome(fresh=True, told=True)
    context = Context(now, town.locality, StoreLookup(connection, town, None, now), code="")
    after, effects = staff_front.hear(report.code, incoming, talk, context)
    turn = Turn(connection, town, now, incoming.address, key, after.prompt.no, officer=officer, report_id=report.id)
    turn.sender = incoming.sender.id
    refused = False
    try:
        with connection.begin_nested():
            perform(turn, effects)
    except (TooLate, NotAllowed) as refusal:
        turn.replies.clear()
        if step := _can_still_be_taken(refusal, effects, officer, context, town):
            after, asked = staff_front.overtaken(step, _who_did_what(refusal), after, context)
            turn.prompt_no = after.prompt.no
            turn.say(asked)
        else:
            refused, after = True, Talk(prompt=replace(after.prompt, choices=()))
            turn.say(_why(refusal, report))
    conversations.save_talk(connection, key, after, town.locality.id, now)
    return Outcome(fresh=True, replies=tuple(turn.replies), refused=refused, told=True)


def may_act(officer: OfficerView, report: ReportView, town: Town) -> bool:
    """The room of the unit that has it, or one that watches over all; whoever sent it on only follows it."""
    rooms = town.locality.rooms
    watching = {room for room in officer.rooms if room in rooms and rooms[room].kind != "agency"}
    return not report.agency or bool(watching) or room_of(town.locality, report.agency) in officer.rooms


def may_take_back(officer: OfficerView, report: ReportView, changes: Sequence[Change]) -> bool:
    """Whoever sent a report to the wrong unit may send it elsewhere, as long as nobody there has touched it."""
    mine = [change for change in changes[-1:] if change.actor_kind == "officer" and change.actor_id == str(officer.id)]
    return report.status is Status.ASSIGNED and [change.trigger for change in mine] == ["forward"]


def _is_about_forwarding(incoming: Incoming, talk: Talk) -> bool:
    return talk.state in FORWARDING or " forward:" in incoming.choice


def _can_still_be_taken(
    refusal: TooLate | NotAllowed, effects: Sequence[Effect], officer: OfficerView, context: Context, town: Town
) -> Step | None:
    """The step that came too late, if the report as it stands now allows it to this officer."""
    step = next((effect for effect in effects if isinstance(effect, Step)), None)
    report = context.lookup.report(step.code) if step and isinstance(refusal, TooLate) else None
    return step if step and report and step.step in report.steps and may_act(officer, report, town) else None


def _why(refusal: TooLate | NotAllowed, report: ReportView) -> Outgoing:
    if isinstance(refusal, NotAllowed):
        return Outgoing(say("staff.not_allowed", code=report.code, status=say(f"status.name.{refusal.status}")))
    return Outgoing(say("staff.too_late", told=_who_did_what(refusal)))


def _who_did_what(refusal: TooLate | NotAllowed) -> str:
    assert isinstance(refusal, TooLate)
    who, what = refusal.who or say("staff.citizen"), say(f"staff.step.{refusal.step}")
    return say("staff.was_first", who=who, what=what, at=moment(refusal.at))


def staff_key(address_key: str, officer_id: int, code: str) -> str:
    """What an officer is in the middle of: by room, officer and card."""
    return f"{address_key}|{officer_id}|{code}"
