"""Two reports of the same thing: an officer merges them, or says that they are not the same."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from bot.cases import held_note
from bot.town import Town
from dialogs.effects import KeepApart, MergeInto
from dialogs.staff_merge import can_be_merged
from dialogs.texts import say
from dialogs.words import OPEN_STATUSES
from store import similar
from store.conversations import address_of
from store.corrections import add_correction
from store.report_cards import cards_changed
from store.report_media import share_media
from store.report_notes import add_note
from store.report_record import Actor
from store.report_views import FIND_BY_CODE, report_by_code, view_of
from store.reports import NotAllowed, change_status
from store.staff import OfficerView


def merge_report(connection: Connection, town: Town, effect: MergeInto, actor: Actor, now: datetime) -> str:
    """Close a report in favour of another; returns the line the officer reads. Raises TooLate or NotAllowed.

    Its citizen and those who joined it follow the other one from now on, and its words and pictures go to that card.
    """
    similar.hold(connection, (effect.code, effect.other))  # two officers may merge each into the other
    row, kept_row = _row(connection, effect.code), _row(connection, effect.other)
    report, kept = view_of(connection, row), view_of(connection, kept_row)
    free = all(can_be_merged(it, town.locality) for it in (report, kept))
    if not free or report.id == kept.id or row["locality_id"] != kept_row["locality_id"]:
        raise NotAllowed(report.status if kept.status in OPEN_STATUSES else kept.status, "merge")
    over: dict[str, Any] = {"merged_into": kept.id, "closed_at": now, "paused_at": None, "question": ""}
    over["outcome"] = say("staff.merged_outcome", other=kept.code)
    change_status(connection, report.id, effect.version, "merge", actor, now, note=kept.code, **over)
    address = address_of(connection, row["address_key"])
    if address and row["citizen_id"] != kept_row["citizen_id"]:
        similar.follow(connection, kept.id, row["citizen_id"], address, now)
    similar.follow_along(connection, report.id, kept.id, kept_row["citizen_id"], now)
    share_media(connection, kept.id, [item.ref for item in report.media], row["address_key"])
    add_note(connection, kept.id, "addition", report.text, say("similar.author"), now)
    _look_again(connection, similar.forget_alike(connection, report.id))
    return say("staff.merged", code=report.code, other=kept.code) + held_note(town, report, now)


def keep_apart(connection: Connection, effect: KeepApart, officer: OfficerView, now: datetime) -> None:
    """Remember that these are not the same: no card says so any more, and what learns may learn from it."""
    report = report_by_code(connection, effect.code)
    for code in effect.others:
        other = report_by_code(connection, code)
        if report and other:
            similar.forget_alike(connection, report.id, other.id)
            add_correction(connection, report.id, officer.id, "duplicate", other.code, "", now)
            _look_again(connection, (report.id, other.id))


def _row(connection: Connection, code: str) -> Any:
    row = FIND_BY_CODE.first(connection, code=code)
    assert row is not None, "rights are checked before any effect"
    return row


def _look_again(connection: Connection, report_ids: Iterable[int]) -> None:
    for report_id in report_ids:
        cards_changed(connection, report_id)
