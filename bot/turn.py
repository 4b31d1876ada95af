"""One turn: a message becomes new memory, effects and answers, in one transaction, once."""

from datetime import datetime

from sqlalchemy import Connection

from bot.arrivals import join_filed_report, keep_media
from bot.by_hand import leaves_it_to_officer, note_by_hand
from bot.lookup import StoreLookup
from bot.officer_turn import browser_turn
from bot.outcome import ROOM, Outcome
from bot.perform import Turn, perform, tell
from bot.room_turn import is_room_matter, room_turn
from bot.town import Town
from dialogs import front
from dialogs.answers import is_offered
from dialogs.context import Context
from dialogs.reading import is_stale
from dialogs.texts import say
from dialogs.words import Incoming, Outgoing, Prediction, Talk
from store import conversations, outbox
from store.codes import new_code


def take_turn(
    connection: Connection, incoming: Incoming, prediction: Prediction | None, town: Town, now: datetime
) -> Outcome:
    """Take a citizen's or an officer's turn. Everything it does is in this transaction.

    A message older than our keys reach back is refused: some channels bring what was heard again for ever.
    """
    if now - incoming.at > conversations.STALE or not conversations.first_time(connection, dedupe_key(incoming), now):
        return Outcome(fresh=False)
    if incoming.address.channel == ROOM:
        return browser_turn(connection, incoming, town, now)
    if incoming.kind == "by_hand":
        return note_by_hand(connection, incoming, now)
    if is_room_matter(incoming):
        return room_turn(connection, incoming, town, now)
    return _citizen_turn(connection, incoming, prediction, town, now)


def dedupe_key(incoming: Incoming) -> str:
    """Unique over all channels: the account, the chat where ids are per chat, and the channel's own id."""
    return f"{incoming.address.key}|{incoming.dedupe_key}"


def fail_turn(connection: Connection, error: Exception, incoming: Incoming, town: Town, now: datetime) -> Outcome:
    """In place of a turn that raised: keep the update and its error, say sorry, acknowledge."""
    if not conversations.first_time(connection, dedupe_key(incoming), now):
        return Outcome(fresh=False)
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
    incoming = keep_media(connection, incoming, key, town, now)
    conversations.record_incoming(connection, key, incoming, now)
    if incoming.kind == "unfollow":
        conversations.mark_gone(connection, key, now)
        return Outcome(fresh=True)
    if join_filed_report(connection, incoming, key):
        return Outcome(fresh=True)
    talk = conversations.load_talk(connection, key)
    if town.capabilities[incoming.address.channel].window:
        if outbox.window_opened(connection, key, now):
            conversations.cards_of_chat_changed(connection, key)
        if leaves_it_to_officer(connection, incoming, talk, person.citizen_id, town, now):
            return Outcome(fresh=True)
    context = Context(
        now=now,
        locality=town.locality,
        lookup=StoreLookup(connection, town, person.citizen_id, now),
        code=new_code(town.locality.code_prefix),
        prediction=prediction,
        buttons=town.capabilities[incoming.address.channel].buttons,
    )
    after, effects = front.hear(incoming, talk, context)
    conversations.save_talk(connection, key, after, town.locality.id, now)
    turn = Turn(connection, town, now, incoming.address, key, after.prompt.no, person.citizen_id)
    turn.edits = _answered_in_place(connection, incoming, talk)
    perform(turn, effects)
    pressed_late = incoming.kind == "choice" and is_stale(incoming.choice, talk)
    return Outcome(fresh=True, replies=tuple(turn.replies), refused=pressed_late)


def _answered_in_place(connection: Connection, incoming: Incoming, talk: Talk) -> str:
    """Our message whose button was pressed, "" if none: the next step of a dialog takes its place.

    A command's button and an old one stand under a record that stays.
    """
    if incoming.kind != "choice" or incoming.choice.startswith("/") or not is_offered(incoming.choice, talk.prompt):
        return ""
    return str(conversations.message_shown(connection, incoming.address.key, incoming.reply_to) or "")
