"""What people other than a report's own citizen and the officers may read of an officer's words."""

from dataclasses import replace

from dialogs.words import ReportView
from nlp.privacy import public_text


def for_others(report: ReportView) -> ReportView:
    """The report with what officers wrote to its citizen masked, as on a public page."""
    outcome, no_photo_reason = public_text(report.outcome), public_text(report.no_photo_reason)
    return replace(report, outcome=outcome, no_photo_reason=no_photo_reason)
