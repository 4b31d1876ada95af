"""Reports as the command line prints them."""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace

from dialogs.cards import moment, report_details, shorten
from dialogs.texts import say
from dialogs.words import Locality, ReportView
from store.report_record import Change

PRIVATE = ("mine", "steps")


def as_line(report: ReportView) -> str:
    """One report in one line."""
    flags = "".join(mark for mark, on in (("!", report.urgent), ("*", report.sensitive)) if on)
    filed, text = moment(report.created_at), shorten(report.text, 60)
    return "\t".join((report.code + flags, report.status, report.category, filed, text))


def as_text(report: ReportView, changes: Sequence[Change], locality: Locality) -> str:
    """One report with its life."""
    whole = replace(report, mine=True)  # who sits at the machine may see what the citizen sees
    return "\n".join([report_details(whole, locality), report.text, "", *map(_change_line, changes)])


def _change_line(change: Change) -> str:
    what = say(f"staff.step.{change.trigger}")
    return f"{moment(change.created_at)}  {what}  {change.actor_name}  {change.note}".rstrip()


def as_json_line(report: ReportView, changes: Sequence[Change] = ()) -> str:
    """One report as JSON."""
    values = {key: value for key, value in asdict(report).items() if key not in PRIVATE}
    if changes:
        values["changes"] = [asdict(change) for change in changes]
    return json.dumps(values, ensure_ascii=False, default=str)
