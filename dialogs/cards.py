"""How a report is written out for people: the citizen's card, a line in a list, the officers' card."""

import re
from dataclasses import replace
from datetime import datetime

from dialogs.answers import fold
from dialogs.draft import Draft
from dialogs.texts import say
from dialogs.words import TOWN_TIME, Commune, Locality, Place, ReportView

SHOWN_TEXT = 300  # of a long message on a card; the whole stays one tap away
WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")

# numbered ones, without accents or in capitals; "ban", "doi" and "lang" are other words too
HAMLETS = {"xom": "xóm", "thon": "thôn", "khoi": "khối"}
HAMLET = re.compile(r"\b(xom|xóm|thon|thôn|khoi|khối)(?= (?:số |so )?\d)", re.IGNORECASE)

# folded: who is asked where and says "o xa dai dong" has said nothing but the commune
BESIDE_A_NAME = frozenset({"o", "tai", "thuoc", "xa", "day", "em", "toi", "tui", "a", "cu"})


def confirmation_card(draft: Draft, locality: Locality) -> str:
    """What will be sent, row by row, as the citizen confirms it."""
    category = locality.categories.get(draft.category)
    rows = [
        say("card.matter", text=shorten(draft.text or say("card.no_words"))),
        say("card.category", category=category.short if category else say("card.unknown_category")),
        say("card.place", place=place_line(draft.where(), locality) or say("card.no_place")),
    ]
    if draft.media:
        rows.append(say("card.photos", count=len(draft.media)))
    rows.append(say("card.sender", sender=sender_line(draft.name, draft.phone)))
    return "\n".join(rows)


def place_line(place: Place, locality: Locality) -> str:
    """`xóm 5, xã Đại Đồng (Thanh Lĩnh cũ)`: the person's words, today's commune, the old name."""
    commune = locality.communes.get(place.commune)
    words, today = HAMLET.sub(lambda found: HAMLETS[fold(found[1])], place.text), ""
    if commune:
        today = today_name(commune)
        if place.old_name:
            today = say("place.old_name", commune=today, name=place.old_name)
        if words and _says_only(words, f"{commune.name} {place.old_name}"):
            return today
        if fold(commune.name) in fold(words):
            return _respelt(words, commune)
    elif place.lat is not None and not words:
        today = f"{place.lat:.4f}, {place.lon:.4f}"
    return ", ".join(filter(None, (words, today)))


def _says_only(words: str, names: str) -> bool:
    return BESIDE_A_NAME.issuperset(set(fold(words).split()) - set(fold(names).split()))


def _respelt(words: str, commune: Commune) -> str:
    """The commune among the words as it is written: `xom 3 xa dai dong` as `xom 3, xã Đại Đồng`."""
    said, name = words.split(), fold(commune.name).split()
    for start in range(len(said) - len(name) + 1):
        end = start + len(name)
        if [fold(word) for word in said[start:end]] == name:
            before = " ".join(said[:start]).rstrip(" ,")
            return " ".join([", ".join(filter(None, (before, today_name(commune)))), *said[end:]])
    return words


def today_name(commune: Commune) -> str:
    """`xã Đại Đồng`, as it stands within a sentence."""
    return f"{commune.name[0].lower()}{commune.name[1:]}"


def sender_line(name: str, phone: str) -> str:
    """Name and phone, or that the report is sent without."""
    return " · ".join(filter(None, (name, phone))) or say("card.anonymous")


def report_line(report: ReportView, locality: Locality) -> str:
    """One report in one line of a list."""
    return say(
        "track.line",
        code=report.code,
        status=say(f"status.name.{report.status}"),
        text=shorten(" ".join(report.text.split()), 60),
        day=f"{report.created_at.astimezone(TOWN_TIME):%d/%m}",
    )


def report_details(report: ReportView, locality: Locality) -> str:
    """A report as its own citizen reads it; for others only what the public record shows."""
    category = locality.categories.get(report.category)
    agency = locality.agencies.get(report.agency)
    private = report.sensitive or bool(category and category.sensitive)
    is_shown = report.mine or not private
    text = report.text if report.mine else report.public_text
    place = report.place if report.mine else replace(report.place, text="", lat=None, lon=None)  # "trước nhà chị Lan"
    matter = [
        say("card.matter", text=shorten(text)),
        say("card.category", category=category.short if category else report.category),
        say("card.place", place=place_line(place, locality) or say("card.no_place")),
    ]
    rows = [
        say("track.head", code=report.code, status=say(f"status.name.{report.status}")),
        *(matter if is_shown else ()),
        say("track.agency", agency=agency.name) if agency and not report.sensitive else "",
        say("track.filed", at=moment(report.created_at)),
        say("track.due", at=moment(report.due_at)) if report.due_at and report.accepted_at else "",
        say("track.question", question=report.question) if report.question and report.mine else "",
        say("track.outcome", outcome=report.outcome) if report.outcome and is_shown else "",
    ]
    return "\n".join(filter(None, rows))


def similar_line(report: ReportView, locality: Locality) -> str:
    """Somebody else's report as the public may read it: what, in which commune, since when."""
    place = place_line(replace(report.place, text="", lat=None, lon=None), locality)
    day = f"{report.created_at.astimezone(TOWN_TIME):%d/%m}"
    text = shorten(" ".join(report.public_text.split()), 120)
    return say("similar.line", code=report.code, text=text, place=place or say("card.no_place"), day=day)


def moment(at: datetime) -> str:
    """`15:40 thứ Hai 23/11`, town time."""
    local = at.astimezone(TOWN_TIME)
    return f"{local:%H:%M} {WEEKDAYS[local.weekday()]} {local:%d/%m}"


def shorten(text: str, limit: int = SHOWN_TEXT) -> str:
    """The beginning of a long text, cut at a word."""
    flat = text.strip()
    return flat if len(flat) <= limit else flat[:limit].rsplit(" ", 1)[0].rstrip(" ,.;") + "…"
