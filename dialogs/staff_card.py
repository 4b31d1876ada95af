"""What an officers' card offers: its buttons, and the units to which it may be sent."""

from dialogs.context import Context
from dialogs.dialog import choice
from dialogs.texts import say
from dialogs.words import OPEN_STATUSES, Agency, Choice, ReportView

BUTTONS = [  # on the card, in this order; shown if the report's life allows the step
    ("accept", "accept"),
    ("forward", "forward"),
    ("ask", "ask"),
    ("finish", "resolve"),
    ("refuse", "reject"),
    ("reopen", "reopen"),
]
PROTECTED = ("sensitive", "operators")  # kinds of rooms that may see a sensitive report


def card_buttons(report: ReportView) -> tuple[Choice, ...]:
    """The card's buttons: what the state allows, bound to the version shown."""
    allowed = [name for name, step in BUTTONS if step in report.steps]
    return tuple(choice(f"/case {report.code} {name}:{report.version}", f"staff.button.{name}") for name in allowed)


def group_buttons(report: ReportView) -> tuple[Choice, ...]:
    """The buttons of a card in a chat group: those of the card, and one for everything rarer."""
    more = choice(f"/case {report.code} others:{report.version}", "staff.button.others")
    return (*card_buttons(report), *((more,) if report.status in OPEN_STATUSES else ()))


def likely_agencies(report: ReportView, context: Context) -> list[Agency]:
    """Where a report may belong: units of its commune first, those for its field before the others, not its own."""
    others = [agency for agency in open_to(report, context) if agency.id != report.agency]

    def distance(agency: Agency) -> tuple[bool, bool]:
        near = not agency.communes or report.place.commune in agency.communes
        return (not near, report.category not in agency.categories)

    return sorted(others, key=distance)


def open_to(report: ReportView, context: Context) -> list[Agency]:
    """The units that may get the report: a sensitive one never reaches the room of a unit."""
    locality = context.locality
    protected = {room.id for room in locality.rooms.values() if room.kind in PROTECTED}
    return [agency for agency in locality.agencies.values() if not report.sensitive or agency.room in protected]


def agency_name(report: ReportView, context: Context) -> str:
    """The owning unit's name as citizens read it."""
    agency = context.locality.agencies.get(report.agency)
    return agency.name if agency else say("push.somebody")
