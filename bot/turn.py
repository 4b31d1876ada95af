"""One turn: a message becomes new memory, effects and answers, in one transaction, once."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from bot.lookup import StoreLookup
from bot.perform import Turn, perform, tell
from bot.town import Town
from dialogs import front, staff_front
from dialogs.cards import moment
from dialogs.context import Context, Speaker
from dialogs.texts import say
from dialogs.words import Incoming, Outgoing, Prediction, Talk
from store import conversations, media, staff
from store.codes import find_code, new_code
from store.reports import NotAllowed, TooLate, report_by_code, rooms_showing

ROOM = "room"  # the channel name of the browser's staff rooms


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a turn came to. `fresh` is False if the message had been dealt with before."""

    fresh: bool
    replies: tuple[Outgoing, ...] = ()
    refused: bool = False


def take_turn(
    connection: Connection, incoming: Incoming, prediction: Prediction | None, town: Town, now: datetime
) -> Outcome:
    """Take a citizen's or an officer's turn. Everything it does is in this transaction."""
    if not conversations.first_time(connection, dedupe_key(incoming), now):
        return Outcome(fresh=False)
    if incoming.address.channel == ROOM:
        return _officer_turn(connection, incoming, town, now)
    return _citizen_turn(connection, incoming, prediction, town, now)


def dedupe_key(incoming: Incoming) -> str:
    """Unique over all channels: the account, the chat where ids are per chat, and the channel's own id."""
    return f"{incoming.address.key}|{incoming.dedupe_key}"


def fail_turn(connection: Connection, error: Exception, incoming: Incoming, town: Town, now: datetime) -> Outcome:
    """In place of a turn that raised: keep the update and its error, say sorry, acknowledge."""
    conversations.first_time(connection, dedupe_key(incoming), now)
    conversations.record_failure(connection, incoming, f"{type(error).__name__}: {error}"[:500], now)
    sorry = Outgoing(say("error.sorry"))
    if incoming.address.channel != ROOM:
        talk = conversations.load_talk(connection, incoming.address.key)
        if talk.updated_at is None:
            conversations.save_talk(connection, incoming.address.key, talk, town.locality.id, now)
        tell(connection, town, incoming.address, sorry, now, 0)
    return Outcome(fresh=True, replies=(sorry,), refused=True)


# ---------------------------------------------------------------- citizens


def _citizen_turn(
    connection: Connection, incoming: Incoming, prediction: Prediction | None, town: Town, now: datetime
) -> Outcome:
    key = incoming.address.key
    person = conversations.person_at(connection, incoming, town.locality.id, now)
    incoming = _keep_media(connection, incoming, key, town, now)
    conversations.record_incoming(connection, key, incoming, now)
    talk = conversations.load_talk(connection, key)
    context = Context(
        now=now,
        locality=town.locality,
        lookup=StoreLookup(connection, town, person.citizen_id),
        code=new_code(town.locality.code_prefix),
        prediction=prediction,
        speaker=Speaker(person.name, person.phone),
    )
    after, effects = front.hear(incoming, talk, context)
    conversations.save_talk(connection, key, after, town.locality.id, now)
    turn = Turn(connection, town, now, incoming.address, key, after.prompt.no, person.citizen_id)
    perform(turn, effects)
    return Outcome(fresh=True, replies=tuple(turn.replies))


def _keep_media(connection: Connection, incoming: Incoming, key: str, town: Town, now: datetime) -> Incoming:
    """Enter what arrived as pending media; from here on `ref` is our id."""
    if not incoming.media or incoming.kind == "media_ready" or incoming.media[0].kind == "sticker":
        return incoming
    kept = [
        media.insert_pending(connection, item, incoming.address, key, town.locality.id, now) for item in incoming.media
    ]
    return replace(incoming, media=tuple(kept))


# ---------------------------------------------------------------- officers


def _officer_turn(connection: Connection, incoming: Incoming, town: Town, now: datetime) -> Outcome:
    officer = staff.officer(connection, int(incoming.sender.id)) if incoming.sender.id.isdigit() else None
    found = find_code(incoming.reply_to, town.locality.code_prefix)
    report = report_by_code(connection, found[0]) if found else None
    if officer is None or report is None:
        return _refuse("staff.unknown_report")
    if not set(officer.rooms) & set(rooms_showing(connection, report.id)):
        return _refuse("staff.no_rights")
    key = staff_key(incoming.address.key, officer.id, report.code)
    incoming = _keep_media(connection, incoming, key, town, now)
    talk = conversations.load_talk(connection, key)
    context = Context(now, town.locality, StoreLookup(connection, town, None), code="")
    after, effects = staff_front.hear(report.code, incoming, talk, context)
    turn = Turn(connection, town, now, incoming.address, key, after.prompt.no, officer=officer)
    try:
        with connection.begin_nested():
            perform(turn, effects)
    except TooLate as late:
        after = Talk(prompt=replace(after.prompt, choices=()))
        what = say(f"staff.step.{late.step}")
        who = late.who or say("staff.citizen")
        refusal = _refuse("staff.too_late", who=who, what=what, at=moment(late.at))
    except NotAllowed as refused:
        after = Talk(prompt=replace(after.prompt, choices=()))
        refusal = _refuse("staff.not_allowed", code=report.code, status=say(f"status.name.{refused.status}"))
    else:
        refusal = Outcome(fresh=True, replies=tuple(turn.replies))
    conversations.save_talk(connection, key, after, town.locality.id, now)
    return refusal


def staff_key(address_key: str, officer_id: int, code: str) -> str:
    """What an officer is in the middle of: by room, officer and card."""
    return f"{address_key}|{officer_id}|{code}"


def _refuse(key: str, **values: object) -> Outcome:
    return Outcome(fresh=True, replies=(Outgoing(say(key, **values)),), refused=True)
