"""A card of the officers' room as the page lays it out: every word decided here, none in the template."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from bot.cases import agency_name
from bot.due import Due, due_of
from bot.explain import explain_deadline
from bot.officer_turn import may_act, may_take_back
from bot.room_reports import taken_by, was_corrected
from bot.similar import alike_line
from bot.town import Town
from bot.web.staff_prompt import PromptView, prompt_of
from bot.web.staff_record import Word, last_word, record_of
from bot.web.staff_standing import standing_room, talk_key
from dialogs.cards import moment, place_line, shorten
from dialogs.staff_card import card_buttons
from dialogs.staff_merge import can_be_merged
from dialogs.texts import say
from dialogs.words import OPEN_STATUSES, Choice, Media, ReportView, Status, Talk
from store.conversations import load_talk
from store.report_record import Change
from store.report_views import report_by_code
from store.rooms import Around, around, begun_talks
from store.similar import alike
from store.staff import OfficerView

ON_LIST = 260  # characters of a text in the list; the page of the card has all
PICTURES_ON_LIST = 3


@dataclass(frozen=True, slots=True)
class Picture:
    """Something sent along. `state` is pending, stored or refused."""

    ref: str
    kind: str
    state: str
    label: str


@dataclass(frozen=True, slots=True)
class Gist:
    """What a report is about, and who has it."""

    category: str
    sure: str  # how sure the machine was, or that an officer put it right
    why: str
    place: str
    point: str
    text: str
    cut: bool
    agency: str
    filed: str
    taken_by: str
    others: tuple[str, ...]  # how many reported the same, which reports look the same


@dataclass(frozen=True, slots=True)
class Doing:
    """What the officer can do now: the card's buttons, or the question that is open."""

    buttons: tuple[Choice, ...]
    correct: Choice | None
    urgency: Choice | None
    guard: Choice | None
    duplicate: Choice | None
    prompt: PromptView | None
    prompt_no: int
    only_follows: str  # why nothing can be done here, or only the sending on be put right


@dataclass(frozen=True, slots=True)
class Ending:
    """How it ended, as the citizen was told, and what they think of it."""

    outcome: str
    no_photo: str
    pictures: tuple[Picture, ...]
    ratings: str


@dataclass(frozen=True, slots=True)
class CardView:
    """One card. `stamp` differs whenever anything that is shown differs."""

    code: str
    status: str
    status_name: str
    urgent: bool
    sensitive: bool
    gist: Gist
    due: Due
    pictures: tuple[Picture, ...]
    more_pictures: int
    question: str
    unreached: str  # why the citizen does not read what we say
    last: Word | None
    ending: Ending | None
    doing: Doing
    has_sender: bool
    record: tuple[Word, ...]
    why_due: str  # the deadline's arithmetic, on the card's own page
    whole: bool
    stamp: str = ""


def card_of(
    connection: Connection, town: Town, code: str, officer: OfficerView, now: datetime, *, whole: bool
) -> CardView | None:
    """The card of that code as this officer sees it; None if it is not in a room of theirs."""
    report = report_by_code(connection, code)
    cards = view_cards(connection, town, [report], officer, now, whole=whole) if report else []
    return cards[0] if cards else None


def view_cards(
    connection: Connection,
    town: Town,
    reports: list[ReportView],
    officer: OfficerView,
    now: datetime,
    *,
    whole: bool = False,
) -> list[CardView]:
    """Reports as cards, without those that no room of the officer shows. `whole` shortens nothing, adds the record."""
    near = around(connection, (report.id for report in reports))
    keys: dict[str, ReportView] = {}
    for report in reports:
        if room := standing_room(officer, near.rooms[report.id]):
            keys[talk_key(room, officer, report)] = report
    begun = begun_talks(connection, keys)
    talks = {key: load_talk(connection, key) for key in begun}
    others = alike(connection, [report.id for report in keys.values() if can_be_merged(report, town.locality)])
    return [
        _card(report, officer, talks.get(key, Talk()), near, others.get(report.id, []), town, now, whole=whole)
        for key, report in keys.items()
    ]


def _card(
    report: ReportView,
    officer: OfficerView,
    talk: Talk,
    near: Around,
    others: list[ReportView],
    town: Town,
    now: datetime,
    *,
    whole: bool,
) -> CardView:
    changes, notes = near.changes[report.id], near.notes[report.id]
    pictures = _pictures(report.media, near.media)
    shown = pictures if whole else pictures[:PICTURES_ON_LIST]
    view = CardView(
        code=report.code,
        status=report.status.value,
        status_name=say(f"room.status.{report.status}"),
        urgent=report.urgent,
        sensitive=report.sensitive,
        gist=_gist(report, changes, _others(report, others, town, now), town, whole=whole),
        due=due_of(report, town.office_hours, now),
        pictures=shown,
        more_pictures=len(pictures) - len(shown),
        question=report.question if report.status is Status.NEED_INFO else "",
        unreached=say(f"group.card.{near.unreached[report.id]}") if report.id in near.unreached else "",
        last=last_word(changes, notes),
        ending=None if report.status in OPEN_STATUSES else _ending(report, near.media),
        doing=_doing(report, officer, changes, talk, town),
        has_sender=bool(report.reporter_name or report.reporter_phone),
        record=record_of(changes, notes, town) if whole else (),
        why_due=explain_deadline(report, changes, town) if whole and report.status in OPEN_STATUSES else "",
        whole=whole,
    )
    return replace(view, stamp=hashlib.sha256(repr(view).encode()).hexdigest()[:16])


def _gist(report: ReportView, changes: list[Change], others: tuple[str, ...], town: Town, *, whole: bool) -> Gist:
    place, text = report.place, report.text.strip()
    shown = text if whole else shorten(text, ON_LIST)
    return Gist(
        category=town.locality.categories[report.category].short,
        sure=_sureness(report, changes),
        why=say("room.why", words=", ".join(report.why)) if report.why and not was_corrected(changes) else "",
        place=place_line(place, town.locality) or say("card.no_place"),
        point=f"{place.lat:.5f},{place.lon:.5f}" if place.lat is not None and place.lon is not None else "",
        text=shown,
        cut=shown != text,
        agency=agency_name(town, report.agency) if report.agency else say("room.no_agency"),
        filed=moment(report.created_at),
        taken_by=taken_by(report, changes),
        others=others,
    )


def _others(report: ReportView, others: list[ReportView], town: Town, now: datetime) -> tuple[str, ...]:
    more = say("similar.more", count=report.followers) if report.followers else ""
    return tuple(filter(None, (more, alike_line(others, town, now))))


def _doing(report: ReportView, officer: OfficerView, changes: list[Change], talk: Talk, town: Town) -> Doing:
    prompt, buttons = prompt_of(talk, report), card_buttons(report)
    if not may_act(officer, report, town):
        wrongly_sent = may_take_back(officer, report, changes)
        forward = tuple(button for button in buttons if wrongly_sent and " forward:" in button.id)
        told = say(
            "staff.sent_by_you" if wrongly_sent else "staff.sent_on",
            code=report.code,
            agency=agency_name(town, report.agency),
        )
        return Doing(forward, None, None, None, None, prompt if wrongly_sent else None, talk.prompt.no, told)
    correct = urgency = guard = duplicate = None
    if report.status in OPEN_STATUSES:
        correct = _extra(report, "correct", "room.correct")
        urgency = _extra(report, "urgent", "room.not_urgent" if report.urgent else "room.urgent")
        guard = _extra(report, "guard", "room.unguard" if report.sensitive else "room.guard")
    if can_be_merged(report, town.locality):
        duplicate = _extra(report, "duplicate", "staff.other.duplicate")
    return Doing(buttons, correct, urgency, guard, duplicate, prompt, talk.prompt.no, "")


def _ending(report: ReportView, states: dict[str, str]) -> Ending:
    pictures = _pictures(report.outcome_media, states)
    return Ending(report.outcome, report.no_photo_reason, pictures, _ratings(report))


def _pictures(media: tuple[Media, ...], states: dict[str, str]) -> tuple[Picture, ...]:
    return tuple(
        Picture(item.ref, item.kind, states.get(item.ref, "pending"), say(f"room.media.{item.kind}", number=number))
        for number, item in enumerate(media, 1)
    )


def _sureness(report: ReportView, changes: list[Change]) -> str:
    if was_corrected(changes):
        return say("room.corrected")
    return say("room.percent", percent=round(report.confidence * 100)) if report.confidence else ""


def _ratings(report: ReportView) -> str:
    if report.solved_rating is None:
        return ""
    solved = {1: "no", 2: "partly", 3: "yes"}[report.solved_rating]
    return say(
        "room.ratings",
        solved=say(f"rate.choice.solved_{solved}"),
        satisfied=say(f"rate.choice.satisfied_{report.satisfaction}"),
    )


def _extra(report: ReportView, step: str, key: str) -> Choice:
    return Choice(f"/case {report.code} {step}:{report.version}", say(key))
