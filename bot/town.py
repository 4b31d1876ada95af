"""What every turn needs and none may change: the locality, the channels' capabilities, the settings that bear on it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.quiet import QuietHours
from dialogs.words import Capabilities, Locality, OfficeHours, ReportView
from nlp.faq import FaqIndex
from nlp.understand import Understanding
from store.worktime import add_working_hours


@dataclass(frozen=True, slots=True)
class Calendar:
    """A locality's hours and limits: all that a deadline depends on."""

    locality: Locality

    def due_at(self, report: ReportView, accepted_at: datetime) -> datetime:
        """When an accepted report must be answered: urgent by the calendar, others in working hours."""
        if report.urgent:
            return accepted_at + timedelta(hours=self.locality.urgent_answer_hours)
        hours = self.locality.categories[report.category].answer_hours
        return add_working_hours(accepted_at, hours, self.office_hours)

    def accept_by(self, category: str, urgent: bool, filed_at: datetime) -> datetime:
        """When a new report must have been accepted or forwarded."""
        if urgent:
            return filed_at + timedelta(hours=self.locality.urgent_accept_hours)
        return add_working_hours(filed_at, self.locality.categories[category].accept_hours, self.office_hours)

    @property
    def office_hours(self) -> OfficeHours:
        """The town's working time."""
        return self.locality.office_hours


@dataclass(frozen=True, slots=True)
class Town(Calendar):
    """One locality, ready to serve."""

    understanding: Understanding
    faq: FaqIndex
    capabilities: Mapping[str, Capabilities] = field(default_factory=dict)
    public_url: str = ""
    media_key: bytes = b""  # signs the addresses of pictures
    quiet: QuietHours = field(default_factory=QuietHours)  # when citizens are not woken
