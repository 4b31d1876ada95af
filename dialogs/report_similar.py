"""The part of the citizen's report that asks whether it is one that others have reported already."""

from dialogs.answers import fold
from dialogs.effects import FollowReport
from dialogs.report_asides import ReportAsides
from dialogs.words import ReportView


class ReportSimilar(ReportAsides):
    """Conditions and actions of the rows in dialogs/report.py that are about what others have reported."""

    def resembles_others(self) -> bool:
        """Asked once, and never where haste or secrecy goes first."""
        locality = self.context.locality
        if self.draft.similar_settled or self.draft.is_urgent(locality) or self.draft.is_sensitive(locality):
            return False
        return bool(self._alike())

    def is_offered_as_similar(self) -> bool:
        return self.argument in self.memory.get("similar", ())

    def remember_similar(self) -> None:
        self.memory["similar"] = [report.code for report in self._alike()]

    def settle_similar(self) -> None:
        self.draft.similar_settled = True

    def follow(self) -> None:
        self.effects.append(FollowReport(self.argument, self.draft.text, tuple(self.draft.media)))

    def is_not_the_same(self) -> bool:
        """ "Không phải, chỗ em ở xóm 6": not what others reported, and more of our own."""
        return fold(self.said).startswith(("khong phai ", "ko phai ", "khac ", "khong giong "))

    def tell_apart(self) -> None:
        self.draft.similar_settled = True
        self.draft.note(self.said, self.context.prediction, self.message_id)
        self.take_bare_place()

    def _alike(self) -> list[ReportView]:
        """Looked for once a turn, however often it is asked."""
        draft = self.draft
        return self.context.lookup.similar(draft.text, draft.category or "other", draft.where())
