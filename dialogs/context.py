"""What a dialog may read: the time, the town, what nlp made of the text, and a few named look-ups."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from dialogs.words import FaqEntry, Incoming, Locality, Place, Prediction, ReportView
from dialogs.words import Prompt as Prompt
from dialogs.words import Talk as Talk


class Lookup(Protocol):
    """The named reads a dialog needs; tests pass a fake."""

    def my_reports(self, limit: int) -> list[ReportView]:
        """The reports of this citizen, newest first."""

    def report(self, code: str) -> ReportView | None:
        """The report with that code; `mine` tells whether this citizen filed it."""

    def code_in(self, text: str) -> bool | None:
        """Whether `text` holds a report code; False if its check character is wrong, None if there is none."""

    def faq(self, text: str) -> list[FaqEntry]:
        """Entries that answer the question, best first; empty if none is near enough."""

    def subscriptions(self) -> list[tuple[str, str]]:
        """Of which commune's news in which field this citizen is told; "" means all."""

    def similar(self, text: str, category: str, place: Place) -> list[ReportView]:
        """Open reports of others that may be about the same thing, the likeliest first; at most three."""

    def lookalikes(self, code: str) -> list[ReportView]:
        """Open reports that the report of that code looks like, for an officer to judge."""

    def commune_at(self, lat: float, lon: float) -> str:
        """The code of the commune around a point, or ""."""

    def place_in(self, text: str) -> Place | None:
        """The place that a part of a message names, None if it names none."""

    def understand(self, text: str) -> Prediction:
        """What nlp makes of a text that was put together from several messages, or of a part of one."""


@dataclass(frozen=True, slots=True)
class Context:
    """Read-only. `code` is reserved for the report that this turn may file."""

    now: datetime
    locality: Locality
    lookup: Lookup
    code: str
    prediction: Prediction | None = None
    buttons: int = 0  # how many choices this channel shows as buttons; more are numbered


@dataclass(frozen=True, slots=True)
class Heard:
    """An Incoming after the open prompt has been consulted: which choice it is, if any."""

    incoming: Incoming | None = None
    choice: str = ""
    text: str = ""
