"""What happens to reports: filing, an officer's steps, the citizen's answers. Every change goes through here."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from bot.deadline import begun_anew, calm_due, urgent_due
from bot.kept_back import take_back
from bot.similar import find_anew, remember
from bot.town import Town
from dialogs.cards import moment
from dialogs.effects import (
    AddNote,
    CorrectCategory,
    FileReport,
    SendAnswer,
    SetSensitive,
    SetUrgent,
    ShowSender,
    Step,
)
from dialogs.texts import say
from dialogs.words import OPEN_STATUSES, Address, ReportView, Status
from store.codes import new_code
from store.consents import keep_contact
from store.conversations import address_of
from store.corrections import add_correction
from store.hot import savepoint
from store.notices import group_of
from store.report_cards import hide_cards, show_card
from store.report_media import attach_media, share_media
from store.report_notes import add_note
from store.report_record import Actor, changes_of
from store.report_views import report_by_code, report_row
from store.reports import change_fields, change_status, insert_report
from store.routing import room_of, route
from store.staff import OfficerView, log_access


@dataclass(frozen=True, slots=True)
class Filed:
    """What the citizen is told after filing."""

    code: str
    agency_name: str


# ---------------------------------------------------------------- filing


def file_report(
    connection: Connection, town: Town, effect: FileReport, citizen_id: int, address: Address, now: datetime
) -> Filed:
    """File a report, hand it to the unit that owns it, and show it in that unit's room."""
    agency, room = route(town.locality, effect.category, effect.place.commune, sensitive=effect.sensitive)
    place = effect.place
    values: dict[str, Any] = {
        "locality_id": town.locality.id,
        "code": effect.code,
        "citizen_id": citizen_id,
        "address_key": address.key,
        "text": effect.text,
        "public_text": effect.public_text,
        "category": effect.category,
        "predicted_category": effect.predicted_category,
        "confidence": effect.confidence,
        "why": list(effect.why),
        "place_text": place.text,
        "commune": place.commune,
        "old_name": place.old_name,
        "lat": place.lat,
        "lon": place.lon,
        "urgent": effect.urgent,
        "sensitive": effect.sensitive,
        "anonymous": effect.anonymous,
        "reporter_name": effect.name,
        "reporter_phone": effect.phone,
        "phone_verified": effect.phone_verified,
        "created_at": now,
        "due_at": town.accept_by(effect.category, effect.urgent, now),
    }
    sender = Actor("citizen", str(citizen_id))
    report_id, code = _insert(connection, values, sender, agency, town.locality.code_prefix)
    share_media(connection, report_id, effect.media, address.key)
    attach_media(connection, report_id, effect.media, address.key)
    show_card(connection, report_id, room, now)
    if not effect.sensitive:
        remember(connection, town, report_id, effect, now)
    if not effect.anonymous:
        keep_contact(connection, citizen_id, effect.name, effect.phone)
    return Filed(code, agency_name(town, agency) if agency else town.locality.rooms[room].name)


def _insert(connection: Connection, values: dict[str, Any], actor: Actor, agency: str, prefix: str) -> tuple[int, str]:
    for _ in range(20):  # the reserved code is free but for one chance in millions
        try:
            with savepoint(connection):
                return insert_report(connection, values, actor, agency), str(values["code"])
        except IntegrityError:
            values = {**values, "code": new_code(prefix)}
    raise RuntimeError("no free report code found")


def agency_name(town: Town, agency_id: str) -> str:
    """The unit as citizens read it."""
    agency = town.locality.agencies.get(agency_id)
    return agency.name if agency else say("push.somebody")


# ---------------------------------------------------------------- an officer's steps


def take_step(
    connection: Connection, town: Town, effect: Step, actor: Actor, conversation_key: str, now: datetime
) -> str:
    """Take one step; returns the line the officer reads. Raises TooLate or NotAllowed."""
    report = _found(connection, effect.code)
    values = STEP_VALUES[effect.step](town, report, effect, now) if effect.step in STEP_VALUES else {}
    note = effect.note
    change_status(
        connection, report.id, effect.version, effect.step, actor, now, note=note, agency_id=effect.agency, **values
    )
    if effect.step == "forward":
        room = room_of(town.locality, effect.agency)
        if report.sensitive:  # whoever asks for it: only the room named for it
            room = route(town.locality, report.category, report.place.commune, sensitive=True)[1]
        show_card(connection, report.id, room, now)
    if effect.media:
        attach_media(connection, report.id, effect.media, conversation_key, side="after")
    due = values.get("due_at") or report.due_at
    if effect.step == "reopen":
        find_anew(connection, town, report.code)
    agency = agency_name(town, effect.agency)
    line = say(f"staff.{TOLD[effect.step]}", code=report.code, agency=agency, due=moment(due) if due else "")
    return f"{line}{held_note(town, report, now)}"


def held_note(town: Town, report: ReportView, now: datetime) -> str:
    """For the officer, under what was done at night: when the citizen will hear of it; "" by day."""
    if report.urgent or not town.quiet.at(now):
        return ""
    return "\n" + say("clock.held", at=moment(town.quiet.until(now)))


def _on_accept(town: Town, report: ReportView, effect: Step, now: datetime) -> dict[str, Any]:
    return {"accepted_at": now, "due_at": town.due_at(report, now)}


def _on_forward(town: Town, report: ReportView, effect: Step, now: datetime) -> dict[str, Any]:
    return {
        "accepted_at": None,
        "paused_at": None,
        "question": "",
        "due_at": town.accept_by(report.category, report.urgent, now),
    }


def _on_ask(town: Town, report: ReportView, effect: Step, now: datetime) -> dict[str, Any]:
    """Who asks has taken the report on: after the answer it is in progress, with the deadline of an accepted one."""
    taken = {} if report.accepted_at else _on_accept(town, report, effect, now)
    return {**taken, "question": effect.note, "paused_at": now}


def _on_resolve(town: Town, report: ReportView, effect: Step, now: datetime) -> dict[str, Any]:
    return {
        "outcome": effect.note,
        "no_photo_reason": effect.no_photo_reason,
        "resolved_at": now,
        "paused_at": None,
        "question": "",
    }


def _on_reopen(town: Town, report: ReportView, effect: Step, now: datetime) -> dict[str, Any]:
    """The officer's own way back from a slip: pressed too early, refused by mistake."""
    return begun_anew(town, report, now)


def _on_reject(town: Town, report: ReportView, effect: Step, now: datetime) -> dict[str, Any]:
    return {"outcome": effect.note, "closed_at": now, "paused_at": None, "question": ""}


STEP_VALUES = {
    "accept": _on_accept,
    "forward": _on_forward,
    "ask": _on_ask,
    "resolve": _on_resolve,
    "reject": _on_reject,
    "reopen": _on_reopen,
}
TOLD = {  # step → the line the officer reads
    "accept": "accepted",
    "forward": "forwarded",
    "ask": "asked",
    "resolve": "resolved",
    "reject": "rejected",
    "reopen": "reopened",
}


def note_answer(
    connection: Connection, effect: SendAnswer, officer: OfficerView, now: datetime
) -> tuple[ReportView, Address | None]:
    """Keep a progress answer; returns the report and where its citizen is."""
    report = _found(connection, effect.code)
    add_note(connection, report.id, "answer", effect.text, officer.name, now, officer.id)
    row = report_row(connection, report.id)
    return report, address_of(connection, row["address_key"])


def note_internal(connection: Connection, effect: AddNote, officer: OfficerView, now: datetime) -> None:
    """Keep a word among officers."""
    report = _found(connection, effect.code)
    add_note(connection, report.id, "internal", effect.text, officer.name, now, officer.id)


def correct_category(connection: Connection, town: Town, effect: CorrectCategory, actor: Actor, now: datetime) -> str:
    """Put the field right: a correction row, and the unit that owns the new field if nobody has accepted yet.

    Returns the line the officer reads: who has it now, if another unit owns the new field.
    """
    report = _found(connection, effect.code)
    if effect.category not in town.locality.categories:
        return say("staff.stale")
    values: dict[str, Any] = {"category": effect.category, "why": []}  # the machine's reasons were for another field
    sensitive = report.sensitive or town.locality.categories[effect.category].restricted
    agency, room = route(town.locality, effect.category, report.place.commune, sensitive=sensitive)
    moves = report.status in (Status.RECEIVED, Status.ASSIGNED) or (sensitive and not report.sensitive)
    if moves:
        values |= {"agency_id": agency, "sensitive": sensitive}
    change_fields(connection, report.id, effect.version, "correct", actor, now, **values)
    if moves:
        _move_card(connection, town, report, room, sensitive=sensitive, now=now)
    officer_id = int(actor.id) if actor.kind == "officer" else None
    add_correction(connection, report.id, officer_id, "category", report.category, effect.category, now)
    find_anew(connection, town, effect.code)
    line = say("staff.corrected", category=town.locality.categories[effect.category].short)
    if not agency or agency == report.agency:
        return line
    key, holder = ("staff.moved", agency) if moves else ("staff.not_moved", report.agency)
    return f"{line}\n{say(key, agency=agency_name(town, holder))}"


def _move_card(
    connection: Connection, town: Town, report: ReportView, room: str, *, sensitive: bool, now: datetime
) -> None:
    for shown in hide_cards(connection, report.id) if sensitive else ():
        if group := group_of(connection, shown):
            take_back(connection, town, group, report, now)
    show_card(connection, report.id, room, now)


def set_urgent(connection: Connection, town: Town, effect: SetUrgent, actor: Actor, now: datetime) -> None:
    """Set or clear the urgent flag; an open report's deadline follows."""
    report = _found(connection, effect.code)
    values: dict[str, Any] = {"urgent": effect.urgent}
    if report.status in OPEN_STATUSES:
        changes = changes_of(connection, report.id)
        values["due_at"] = urgent_due(report, town, now) if effect.urgent else calm_due(report, changes, town)
    change_fields(connection, report.id, effect.version, "urgent", actor, now, **values)
    officer_id = int(actor.id) if actor.kind == "officer" else None
    was, now_is = str(report.urgent).lower(), str(effect.urgent).lower()
    add_correction(connection, report.id, officer_id, "urgent", was, now_is, now)


def set_sensitive(connection: Connection, town: Town, effect: SetSensitive, actor: Actor, now: datetime) -> str:
    """Restrict a report to the sensitive room, or let it out; returns the unit that has it from now on."""
    report = _found(connection, effect.code)
    agency, room = route(town.locality, report.category, report.place.commune, sensitive=effect.sensitive)
    values: dict[str, Any] = {"sensitive": effect.sensitive, "agency_id": agency}
    change_fields(connection, report.id, effect.version, "guard", actor, now, **values)
    _move_card(connection, town, report, room, sensitive=effect.sensitive, now=now)
    officer_id = int(actor.id) if actor.kind == "officer" else None
    was, now_is = str(report.sensitive).lower(), str(effect.sensitive).lower()
    add_correction(connection, report.id, officer_id, "sensitive", was, now_is, now)
    find_anew(connection, town, effect.code)
    return agency


def look_at_sender(connection: Connection, effect: ShowSender, officer: OfficerView, now: datetime) -> ReportView:
    """The report with who sent it; the look is written down."""
    report = _found(connection, effect.code)
    log_access(connection, report.id, officer.id, now)
    return report


def _found(connection: Connection, code: str) -> ReportView:
    report = report_by_code(connection, code)
    assert report is not None, "rights are checked before any effect"
    return report
