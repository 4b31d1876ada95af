"""Doing what a dialog decided, inside the turn's transaction. One function an effect."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from bot import cases, cases_citizen, merging
from bot.links import with_urls
from bot.outcome import ROOM
from bot.town import Town
from dialogs.effects import (
    AddNote,
    AddToReport,
    AnswerQuestion,
    CorrectCategory,
    Effect,
    FileReport,
    FollowReport,
    ForgetMe,
    GiveConsent,
    KeepApart,
    MergeInto,
    Rate,
    Reopen,
    Say,
    SendAnswer,
    SetSensitive,
    SetUrgent,
    ShowSender,
    Step,
    Subscribe,
    Unsubscribe,
    Withdraw,
)
from dialogs.render import render
from dialogs.texts import say
from dialogs.words import Address, Capabilities, Outgoing
from store import outbox, subscriptions
from store.consents import give_consent, withdraw_consent
from store.report_record import Actor
from store.staff import OfficerView
from store.staff_chat import citizen_gone

PLAIN = Capabilities(buttons=0)  # for a notice to a channel that another process serves, or nobody at the moment


@dataclass(slots=True)
class Turn:
    """One turn under way: who, where, when, and what has been said so far."""

    connection: Connection
    town: Town
    now: datetime
    address: Address
    conversation_key: str
    prompt_no: int
    citizen_id: int = 0
    officer: OfficerView | None = None
    report_id: int | None = None  # the card that is worked; an answer to our message belongs to it
    sender: str = ""  # the channel's own id of the officer
    edits: str = ""  # our message in whose place the first answer comes, where the channel can edit
    replies: list[Outgoing] = field(default_factory=list)

    @property
    def actor(self) -> Actor:
        """Who acts, for the record. A citizen's name is not written there."""
        if self.officer:
            return Actor("officer", str(self.officer.id), self.officer.name)
        return Actor("citizen", str(self.citizen_id))

    def say(self, outgoing: Outgoing) -> None:
        """Queue an answer; in the browser room the page itself shows it. In a group it names whom it is for."""
        self.replies.append(outgoing)
        if self.address.channel == ROOM:
            return
        outgoing, self.edits = replace(outgoing, edit_of=self.edits), ""
        if self.officer:
            outgoing = replace(outgoing, text=say("group.to", officer=self.officer.name, text=outgoing.text))
        tell(self.connection, self.town, self.address, outgoing, self.now, self.prompt_no, report_id=self.report_id)


def perform(turn: Turn, effects: list[Effect]) -> None:
    """Perform the effects in order; a refusal (TooLate, NotAllowed) ends the turn and is the caller's to tell."""
    for effect in effects:
        PERFORMERS[type(effect)](turn, effect)


def tell(
    connection: Connection,
    town: Town,
    address: Address,
    outgoing: Outgoing,
    now: datetime,
    prompt_no: int,
    *,
    lane: int = outbox.REPLY,
    report_id: int | None = None,
    not_before: datetime | None = None,
) -> None:
    """Render for the channel and queue every part."""
    outgoing = replace(outgoing, media=with_urls(outgoing.media, town))
    known = town.capabilities
    capabilities = known[address.channel] if lane == outbox.REPLY else known.get(address.channel, PLAIN)
    for part in render(outgoing, capabilities, prompt_no):
        outbox.queue_part(connection, address, part, now, lane=lane, report_id=report_id, not_before=not_before)


# ---------------------------------------------------------------- the citizen's effects


def _say(turn: Turn, effect: Say) -> None:
    turn.say(effect.outgoing)


def _file(turn: Turn, effect: FileReport) -> None:
    filed = cases.file_report(turn.connection, turn.town, effect, turn.citizen_id, turn.address, turn.now)
    key = "report.filed_urgent" if effect.urgent else "report.filed"
    if effect.sensitive:
        key = "report.filed_sensitive"
    turn.say(Outgoing(say(key, code=filed.code, agency=filed.agency_name)))


def _consent(turn: Turn, effect: GiveConsent) -> None:
    give_consent(turn.connection, turn.citizen_id, effect.purpose, effect.wording, turn.now)


def _forget(turn: Turn, effect: ForgetMe) -> None:
    withdraw_consent(turn.connection, turn.citizen_id, "contact", turn.now)


def _add(turn: Turn, effect: AddToReport) -> None:
    cases_citizen.add_to_report(turn.connection, turn.town, effect, turn.citizen_id, turn.conversation_key, turn.now)


def _answer_question(turn: Turn, effect: AnswerQuestion) -> None:
    cases_citizen.answer_question(turn.connection, turn.town, effect, turn.citizen_id, turn.conversation_key, turn.now)
    turn.say(Outgoing(say("answer.sent")))


def _rate(turn: Turn, effect: Rate) -> None:
    cases_citizen.rate(turn.connection, effect, turn.citizen_id, turn.now)


def _reopen(turn: Turn, effect: Reopen) -> None:
    cases_citizen.reopen(turn.connection, turn.town, effect, turn.citizen_id, turn.conversation_key, turn.now)
    turn.say(Outgoing(say("rate.reopened", code=effect.code)))


def _follow(turn: Turn, effect: FollowReport) -> None:
    cases_citizen.follow(turn.connection, effect, turn.citizen_id, turn.address, turn.now)
    turn.say(Outgoing(say("similar.joined", code=effect.code)))


def _withdraw(turn: Turn, effect: Withdraw) -> None:
    cases_citizen.withdraw(turn.connection, effect, turn.citizen_id, turn.now)
    turn.say(Outgoing(say("track.withdrawn", code=effect.code)))


def _subscribe(turn: Turn, effect: Subscribe) -> None:
    subscriptions.subscribe(
        turn.connection, turn.citizen_id, turn.address, turn.town.locality.id, effect.commune, effect.category, turn.now
    )


def _unsubscribe(turn: Turn, effect: Unsubscribe) -> None:
    subscriptions.unsubscribe(turn.connection, turn.citizen_id)


# ---------------------------------------------------------------- the officer's effects


def _step(turn: Turn, effect: Step) -> None:
    text = cases.take_step(turn.connection, turn.town, effect, turn.actor, turn.conversation_key, turn.now)
    turn.say(Outgoing(text))


def _send_answer(turn: Turn, effect: SendAnswer) -> None:
    assert turn.officer
    report, address = cases.note_answer(turn.connection, effect, turn.officer, turn.now)
    if address:
        text = say(
            "push.answer", code=report.code, agency=cases.agency_name(turn.town, report.agency), text=effect.text
        )
        later = None if report.urgent else turn.town.quiet.until(turn.now)
        tell(
            turn.connection,
            turn.town,
            address,
            Outgoing(text),
            turn.now,
            0,
            lane=outbox.NOTICE,
            report_id=report.id,
            not_before=later,
        )
    if address is None or citizen_gone(turn.connection, address.key):
        turn.say(Outgoing(say("staff.not_reached")))
    else:
        turn.say(Outgoing(say("staff.answered") + cases.held_note(turn.town, report, turn.now)))


def _note(turn: Turn, effect: AddNote) -> None:
    assert turn.officer
    cases.note_internal(turn.connection, effect, turn.officer, turn.now)
    turn.say(Outgoing(say("staff.noted")))


def _correct(turn: Turn, effect: CorrectCategory) -> None:
    turn.say(Outgoing(cases.correct_category(turn.connection, turn.town, effect, turn.actor, turn.now)))


def _urgent(turn: Turn, effect: SetUrgent) -> None:
    cases.set_urgent(turn.connection, turn.town, effect, turn.actor, turn.now)
    turn.say(Outgoing(say("staff.urgent_on" if effect.urgent else "staff.urgent_off")))


def _sensitive(turn: Turn, effect: SetSensitive) -> None:
    agency = cases.set_sensitive(turn.connection, turn.town, effect, turn.actor, turn.now)
    key = "staff.guarded" if effect.sensitive else "staff.unguarded"
    turn.say(Outgoing(say(key, code=effect.code, agency=cases.agency_name(turn.town, agency))))


def _merge(turn: Turn, effect: MergeInto) -> None:
    turn.say(Outgoing(merging.merge_report(turn.connection, turn.town, effect, turn.actor, turn.now)))


def _keep_apart(turn: Turn, effect: KeepApart) -> None:
    assert turn.officer
    merging.keep_apart(turn.connection, effect, turn.officer, turn.now)
    turn.say(Outgoing(say("staff.kept_apart")))


def _sender(turn: Turn, effect: ShowSender) -> None:
    """To the officer's own chat with the bot, never into the group."""
    assert turn.officer
    report = cases.look_at_sender(turn.connection, effect, turn.officer, turn.now)
    text = say("staff.sender", code=report.code, name=report.reporter_name, phone=report.reporter_phone).strip()
    if report.phone_verified:
        text = f"{text}\n{say('staff.sender_verified')}"
    alone = replace(turn.address, chat=turn.sender, thread="")
    tell(turn.connection, turn.town, alone, Outgoing(text), turn.now, 0)
    turn.say(Outgoing(say("staff.sender_told")))


PERFORMERS: dict[type[Any], Callable[[Turn, Any], None]] = {
    Say: _say,
    FileReport: _file,
    GiveConsent: _consent,
    ForgetMe: _forget,
    AddToReport: _add,
    AnswerQuestion: _answer_question,
    Rate: _rate,
    Reopen: _reopen,
    FollowReport: _follow,
    Withdraw: _withdraw,
    Subscribe: _subscribe,
    Unsubscribe: _unsubscribe,
    Step: _step,
    SendAnswer: _send_answer,
    AddNote: _note,
    CorrectCategory: _correct,
    SetUrgent: _urgent,
    SetSensitive: _sensitive,
    MergeInto: _merge,
    KeepApart: _keep_apart,
    ShowSender: _sender,
}
