"""The part of the citizen's report that deals with a second matter: two fields in one message, another at the card."""

from dialogs.draft import SURE, Draft
from dialogs.report_questions import ReportQuestions


class ReportSecond(ReportQuestions):
    """Conditions and actions of the rows in dialogs/report.py that are about a second matter."""

    def has_second(self) -> bool:
        return bool(self.memory.get("both"))

    def has_other(self) -> bool:
        return bool(self.memory.get("other"))

    def is_other_matter(self) -> bool:
        """Words that surely belong to another field, or make a plain report a denunciation or an emergency."""
        seen = self.context.prediction
        if seen is None or seen.kind not in ("report", "proposal") or self.has_other():
            return False
        other_field = seen.confidence >= SURE and seen.category != self.draft.category
        in_danger = self.draft.is_urgent(self.context.locality)
        return other_field or seen.denunciation != self.draft.denunciation or (seen.urgent and not in_danger)

    def keep_other(self) -> None:
        other = Draft()
        other.take_words(self.said, self.context.prediction, self.message_id)
        self.memory["other"] = other.save()

    def say_other_later(self) -> None:
        self.say("report.other_later")

    def join_other(self) -> None:
        other = Draft.load(self.memory.pop("other", {}))
        self.draft.join(other)

    def begin_other(self) -> None:
        self.draft = Draft.load(self.memory.pop("other", {}))
        self.memory["second"], self.trail = True, []
        self.say("report.second")
        if self.draft.denunciation:
            self.say("report.legal_door")

    def begin_second(self) -> None:
        self.draft.category, self.draft.second_category = self.memory.pop("both"), ""
        self.memory["second"], self.trail = True, []  # no way back to what has been sent
        self.say("report.second")
