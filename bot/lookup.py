"""The reads a dialog may ask for, on the turn's own connection."""

from datetime import datetime

from sqlalchemy import Connection

from bot.others import for_others
from bot.similar import similar_reports
from bot.town import Town
from dialogs.words import FaqEntry, Place, Prediction, ReportView
from store.codes import find_code
from store.report_views import report_by_code, reports_of
from store.similar import alike
from store.subscriptions import subscriptions_of


class StoreLookup:
    """dialogs.context.Lookup over the store, for one citizen (None: an officer)."""

    def __init__(self, connection: Connection, town: Town, citizen_id: int | None, now: datetime) -> None:
        self._connection, self._town, self._citizen, self._now = connection, town, citizen_id, now
        self._similar: dict[tuple[str, str, Place], list[ReportView]] = {}

    def my_reports(self, limit: int) -> list[ReportView]:
        """The reports of this citizen, newest first."""
        return reports_of(self._connection, self._citizen, limit) if self._citizen else []

    def report(self, code: str) -> ReportView | None:
        """The report whose code stands in the text; as others may read it, but for its citizen and for officers."""
        found = find_code(code, self._town.locality.code_prefix)
        report = report_by_code(self._connection, found[0], self._citizen) if found else None
        return for_others(report) if report and self._citizen and not report.mine else report

    def code_in(self, text: str) -> bool | None:
        """Whether the text holds a code, and a well-formed one."""
        found = find_code(text, self._town.locality.code_prefix)
        return found[1] if found else None

    def faq(self, text: str) -> list[FaqEntry]:
        """Entries that answer the question, best first."""
        return self._town.faq.search(text)

    def subscriptions(self) -> list[tuple[str, str]]:
        """Of which commune's news in which field the citizen is told."""
        return subscriptions_of(self._connection, self._citizen) if self._citizen else []

    def similar(self, text: str, category: str, place: Place) -> list[ReportView]:
        """Open reports of others that may be about the same thing, the likeliest first."""
        if (text, category, place) not in self._similar:  # a turn asks whether there are some, then which
            whose = (self._connection, self._town, self._citizen or 0)
            self._similar[text, category, place] = similar_reports(*whose, text, category, place, self._now)
        return self._similar[text, category, place]

    def lookalikes(self, code: str) -> list[ReportView]:
        """Open reports that this one looks like, as was seen when the newer of the two was filed."""
        report = report_by_code(self._connection, code)
        return alike(self._connection, [report.id])[report.id] if report else []

    def commune_at(self, lat: float, lon: float) -> str:
        """The commune around a point."""
        return self._town.understanding.commune_at(lat, lon)

    def place_in(self, text: str) -> Place | None:
        """The place that a part of a message names."""
        return self._town.understanding.place_in(text)

    def understand(self, text: str) -> Prediction:
        """What nlp makes of a text; some tenths of a millisecond, and asked only where one message was not enough."""
        return self._town.understanding.understand(text)
