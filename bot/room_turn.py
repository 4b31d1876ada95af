"""A turn in a chat group that is a staff room: binding it, commands, and officers' answers to cards."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from bot.explain import explain_deadline
from bot.officer_turn import work_card
from bot.outcome import Outcome
from bot.perform import tell
from bot.room_cards import card_outgoing
from bot.room_list import list_text
from bot.town import Town
from dialogs.texts import say
from dialogs.words import Incoming, Outgoing, ReportView
from store import conversations, staff_chat
from store.codes import find_code
from store.report_cards import rooms_showing
from store.report_record import changes_of
from store.report_views import report_by_code, report_row, view_of
from store.staff import OfficerView
from store.staff_chat import RoomView

CONNECT = "/ketnoi"


def is_room_matter(incoming: Incoming) -> bool:
    """Groups are never a citizen's chat; a code may also be typed to the bot alone."""
    return incoming.in_group or (incoming.kind == "text" and incoming.text.split(" ")[0] == CONNECT)


@dataclass(frozen=True, slots=True)
class Desk:
    """A command under way."""

    connection: Connection
    town: Town
    now: datetime
    room: RoomView
    officer: OfficerView
    argument: str


def room_turn(connection: Connection, incoming: Incoming, town: Town, now: datetime) -> Outcome:
    """Take a turn in a group. Colleagues talking among themselves are left alone."""
    if incoming.kind == "migrated":
        new = replace(incoming.address, chat=incoming.text)
        staff_chat.move_room(connection, incoming.address, new)
        return Outcome(fresh=True)
    if incoming.kind in ("edited", "follow", "unfollow"):
        return Outcome(fresh=True)
    command, _, argument = incoming.text.strip().partition(" ") if incoming.kind == "text" else ("", "", "")
    room = staff_chat.room_at(connection, incoming.address.key)
    report = _report_of(connection, incoming, town)
    spoken_to = command.startswith("/") or incoming.kind == "choice" or (room and report)
    if not spoken_to:
        return Outcome(fresh=True)
    officer = None
    if not incoming.sender.anonymous:
        officer = staff_chat.officer_behind(connection, _account_key(incoming))
    if command == CONNECT and not incoming.sender.anonymous:
        return _answer(connection, incoming, town, now, _connect(connection, incoming, argument.strip(), now))
    if problem := _problem(incoming, room, officer):
        return _answer(connection, incoming, town, now, Outgoing(say(problem)), refused=True)
    assert room and officer
    if command in COMMANDS:
        desk = Desk(connection, town, now, room, officer, argument.strip())
        answered = COMMANDS[command](desk)
        return _answer(connection, incoming, town, now, answered[0], report_id=answered[1])
    return _on_card(connection, incoming, room, officer, report, town, now)


def _on_card(
    connection: Connection,
    incoming: Incoming,
    room: RoomView,
    officer: OfficerView,
    report: ReportView | None,
    town: Town,
    now: datetime,
) -> Outcome:
    """A button, or an answer to a card, of somebody who may work here."""
    if report is None:
        return _answer(connection, incoming, town, now, Outgoing(say("group.help")))
    if room.id not in rooms_showing(connection, report.id):  # whoever may see it elsewhere would work it before all
        kept = Outgoing(say("group.card.kept_from_here", code=report.code))
        return _answer(connection, incoming, town, now, kept, refused=True)
    outcome = work_card(connection, incoming, officer, report, town, now)
    if outcome.refused and not outcome.told:
        return _answer(connection, incoming, town, now, outcome.replies[0], refused=True)
    return outcome


def _problem(incoming: Incoming, room: RoomView | None, officer: OfficerView | None) -> str:
    if incoming.sender.anonymous:
        return "group.anonymous"
    if room is None:
        return "group.not_a_room"
    return "group.unknown" if officer is None or room.id not in officer.rooms else ""


def _report_of(connection: Connection, incoming: Incoming, town: Town) -> ReportView | None:
    """The card that a button stands on or that is answered."""
    if incoming.choice.startswith("/case ") and (found := find_code(incoming.choice, town.locality.code_prefix)):
        return report_by_code(connection, found[0])
    if not incoming.reply_to:
        return None
    report_id = staff_chat.report_of_message(connection, incoming.address.key, incoming.reply_to)
    row = report_row(connection, report_id) if report_id else None
    return view_of(connection, row) if row else None


def _account_key(incoming: Incoming) -> str:
    return f"{incoming.address.channel}:{incoming.address.account}:{incoming.sender.id}"


def _connect(connection: Connection, incoming: Incoming, code: str, now: datetime) -> Outgoing:
    spent = staff_chat.spend_code(connection, code, now)
    if spent is None:
        return Outgoing(say("group.bad_code"))
    officer_id, room_id = spent
    staff_chat.bind_person(connection, officer_id, _account_key(incoming), now)
    officer = staff_chat.officer_behind(connection, _account_key(incoming))
    name = officer.name if officer else ""
    if not room_id or not incoming.in_group:
        return Outgoing(say("group.person_connected", officer=name))
    room = staff_chat.bind_room(connection, room_id, incoming.address)
    return Outgoing(say("group.room_connected", officer=name, room=room.name if room else room_id))


def _answer(
    connection: Connection,
    incoming: Incoming,
    town: Town,
    now: datetime,
    outgoing: Outgoing,
    *,
    report_id: int | None = None,
    refused: bool = False,
) -> Outcome:
    key = incoming.address.key
    talk = conversations.load_talk(connection, key)
    conversations.save_talk(connection, key, replace(talk, updated_at=now), town.locality.id, now)
    tell(connection, town, incoming.address, outgoing, now, 0, report_id=report_id)
    return Outcome(fresh=True, replies=(outgoing,), refused=refused)


# ---------------------------------------------------------------- commands

Answered = tuple[Outgoing, int | None]  # what is said, and the report it is about


def _help(desk: Desk) -> Answered:
    return Outgoing(say("group.help")), None


def _list(desk: Desk) -> Answered:
    asked = (desk.room.id, desk.officer.id, desk.argument)
    return Outgoing(list_text(desk.connection, desk.town, *asked, desk.now)), None


def _show(desk: Desk) -> Answered:
    report = _asked(desk)
    if report is None:
        return _nothing_to_show(desk, "/xem"), None
    return card_outgoing(desk.connection, report, desk.room.id, desk.town, desk.now), report.id


def _why(desk: Desk) -> Answered:
    report = _asked(desk)
    if report is None:
        return _nothing_to_show(desk, "/vi_sao"), None
    changes = changes_of(desk.connection, report.id)
    return Outgoing(explain_deadline(report, changes, desk.town)), report.id


def _asked(desk: Desk) -> ReportView | None:
    """The report named, if this room shows it: nothing else may be seen here."""
    found = find_code(desk.argument, desk.town.locality.code_prefix)
    report = report_by_code(desk.connection, found[0]) if found else None
    return report if report and desk.room.id in rooms_showing(desk.connection, report.id) else None


def _nothing_to_show(desk: Desk, command: str) -> Outgoing:
    return Outgoing(say("staff.unknown_report") if desk.argument else say("group.which", command=command))


COMMANDS: dict[str, Callable[[Desk], Answered]] = {
    "/danhsach": _list,
    "/xem": _show,
    "/vi_sao": _why,
    "/trogiup": _help,
    "/help": _help,
    "/start": _help,
}
