"""The part of the officers' dialog in which a report is merged with another about the same thing."""

from dialogs.cards import similar_line
from dialogs.dialog import Dialog, Row, choice
from dialogs.effects import KeepApart, MergeInto
from dialogs.texts import say
from dialogs.words import OPEN_STATUSES, Choice, Locality, Outgoing, ReportView

# the other report is shown first, and merged on a second yes
MERGE_STATES = ["duplicates", "merging"]
MERGE_ROWS = [
    Row("duplicate", "*", "card", "say_stays_alone", "stays_alone"),
    Row("duplicate", "*", "duplicates", ["begin", "find_duplicates"]),
    Row("other", "duplicates", "merging", "keep_other", "names_another"),
    Row("other", "duplicates", "duplicates", "say_no_other"),
    Row("words", "duplicates", "merging", "keep_other", "names_another"),
    Row("words", "duplicates", "duplicates", "say_no_other"),
    Row("merge", "merging", "card", "merge_them"),
    Row("apart", "duplicates", "card", "keep_all_apart"),
    Row("apart", "merging", "card", "keep_apart"),
]


class MergeDialog(Dialog):
    """Its states are among those of StaffDialog. Whether both may be merged is looked at again when it is done."""

    report: ReportView

    @property
    def version(self) -> int:
        """The version the officer saw when they began; a change since then makes the step too late."""
        return int(self.memory.get("version", self.report.version))

    def stays_alone(self) -> bool:
        return not can_be_merged(self.report, self.context.locality)

    def say_stays_alone(self) -> None:
        self.say("staff.stays_alone", code=self.report.code)

    def find_duplicates(self) -> None:
        found = self.context.lookup.lookalikes(self.report.code)
        self.memory["alike"] = [other.code for other in found if self._fits(other)]

    def _fits(self, other: ReportView) -> bool:
        return can_be_merged(other, self.context.locality)

    def _named(self) -> ReportView | None:
        return self.context.lookup.report(self.argument or self.said)

    def names_another(self) -> bool:
        other = self._named()
        return other is not None and other.code != self.report.code and self._fits(other)

    def keep_other(self) -> None:
        other = self._named()
        assert other is not None, "the row's condition has seen it"
        self.memory["other"] = other.code

    def say_no_other(self) -> None:
        self.say("staff.no_other")

    def merge_them(self) -> None:
        self.effects.append(MergeInto(self.report.code, self.version, str(self.memory["other"])))

    def keep_all_apart(self) -> None:
        self.effects.append(KeepApart(self.report.code, tuple(self.memory["alike"])))

    def keep_apart(self) -> None:
        self.effects.append(KeepApart(self.report.code, (str(self.memory["other"]),)))

    def ask_duplicates(self) -> Outgoing:
        found = [self.context.lookup.report(code) for code in self.memory["alike"]]
        lines = [similar_line(other, self.context.locality) for other in found if other]
        choices = [Choice(f"other:{other.code}", other.code) for other in found if other]
        choices += [choice("apart", "staff.choice.apart")] if choices else []
        asked = say("staff.ask_duplicate" if choices else "staff.ask_duplicate_code", code=self.report.code)
        return Outgoing("\n".join((asked, *lines)), (*choices, choice("cancel", "staff.choice.cancel")))

    def ask_merging(self) -> Outgoing:
        other = self.context.lookup.report(str(self.memory["other"]))
        assert other is not None, "reports are never deleted"
        line = similar_line(other, self.context.locality)
        text = say("staff.ask_merge", code=self.report.code, other=other.code, line=line)
        choices = (choice(name, f"staff.choice.{name}") for name in ("merge", "apart", "cancel"))
        return Outgoing(text, tuple(choices))


def can_be_merged(report: ReportView, locality: Locality) -> bool:
    """Open, and of no field kept from public pages: who joins a report hears what becomes of it."""
    private = report.sensitive or locality.categories[report.category].sensitive
    return report.status in OPEN_STATUSES and not private
