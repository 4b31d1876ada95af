"""Has somebody reported it already: the store finds candidates by their words, nlp judges, nobody is merged."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Connection

from bot.town import Town
from dialogs.effects import FileReport
from dialogs.staff_merge import can_be_merged
from dialogs.texts import say
from dialogs.words import OPEN_STATUSES, TOWN_TIME, Place, ReportView
from nlp.duplicates import SAME, Matter, confusable_with, likeness
from nlp.understand import Understanding
from store import similar
from store.report_cards import cards_changed
from store.report_views import place_of, report_by_code, reports_by_id
from store.report_words import candidates, forget_words, keep_words

LOOKED_AT, SHOWN = 10, 3  # candidates that nlp judges, and of those offered
KEPT = 2_000  # matters at hand
RAREST = 8  # words by which candidates are found; of our own pairs in a crowd of 1,200, 12 find no more
Told = tuple[str, Place]  # a report's text and place
NOBODY = 0  # no citizen's id: officers see also what one person has reported twice


def similar_reports(
    connection: Connection, town: Town, citizen_id: int, text: str, category: str, place: Place, now: datetime
) -> list[ReportView]:
    """Open reports of others that are likely to be about the same thing, the likeliest first."""
    found = _likely(connection, town, citizen_id, text, category, place, now)
    return reports_by_id(connection, found, citizen_id)


def _likely(
    connection: Connection, town: Town, citizen_id: int, text: str, category: str, place: Place, now: datetime
) -> list[int]:
    """The ids. None of a field that is kept from public pages: what is told there is for officers alone."""
    fields = [field for field in confusable_with(category) if not town.locality.categories[field].sensitive]
    matter = _matter(town.understanding, text, place)
    rows = candidates(connection, town.locality.id, fields, matter.rarest[:RAREST], citizen_id, now, LOOKED_AT)
    ours, reader = (text, place), town.understanding
    judged = [(_likeness(reader, ours, (row["text"], place_of(row))), row["id"]) for row in rows]
    likely = sorted((pair for pair in judged if pair[0] >= SAME), key=lambda pair: -pair[0])
    return [report_id for _, report_id in likely[:SHOWN]]


@lru_cache(10 * KEPT)
def _likeness(understanding: Understanding, one: Told, other: Told) -> float:
    """Kept at hand: what is asked when a text has come is asked again when it is filed."""
    return likeness(_matter(understanding, *one), _matter(understanding, *other))


@lru_cache(KEPT)
def _matter(understanding: Understanding, text: str, place: Place) -> Matter:
    """What of a report is compared; kept at hand, for open reports are compared again and again."""
    return understanding.matter(text, place)


def remember(connection: Connection, town: Town, report_id: int, effect: FileReport, now: datetime) -> None:
    """Let a new report be found by later ones, and show on the cards which open ones it looks like itself."""
    found = _likely(connection, town, NOBODY, effect.text, effect.category, effect.place, now)
    keep_words(connection, report_id, effect.category, _matter(town.understanding, effect.text, effect.place).rarest)
    similar.keep_alike(connection, report_id, found)
    for other_id in found:
        cards_changed(connection, other_id)


def find_anew(connection: Connection, town: Town, code: str) -> None:
    """After its field, its room or its status has changed: let a report be found as what it is now, or no more."""
    report = report_by_code(connection, code)
    assert report is not None, "it was changed in this very turn"
    forget_words(connection, report.id)
    if report.status in OPEN_STATUSES and not report.sensitive:
        matter = _matter(town.understanding, report.text, report.place)
        keep_words(connection, report.id, report.category, matter.rarest)


def alike_line(others: Sequence[ReportView], town: Town, now: datetime) -> str:
    """`Có thể trùng: TC-7K3F-2F (xóm 5, 2 ngày)`, or "" if it looks like no other."""
    items = [_alike(other, town, now) for other in others if can_be_merged(other, town.locality)][:SHOWN]
    return say("staff.alike", others="; ".join(items)) if items else ""


def _alike(other: ReportView, town: Town, now: datetime) -> str:
    commune = town.locality.communes.get(other.place.commune)
    place = other.place.text or (commune.name if commune else say("card.no_place"))
    days = (now.astimezone(TOWN_TIME).date() - other.created_at.astimezone(TOWN_TIME).date()).days
    return f"{other.code} ({place}, {say('room.days', count=days) if days else say('staff.today')})"
