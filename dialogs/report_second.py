"""The part of the citizen's report that deals with a second matter: two fields in one message, another at the card."""

from dialogs.answers import POLITE, fold
from dialogs.draft import SURE, Draft
from dialogs.report_questions import ReportQuestions
from dialogs.two_matters import second_matter

OF_SENDING = frozenset(["gui", "bao", "la", "mot", "ca", "hai", "chuyen", "viec", "cai", "ra", "vao"])


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

    def tells_another(self) -> bool:
        """Whether what is sent now holds a second matter; asked once, and never of what is kept private."""
        draft = self.draft
        if self.memory.get("second") or draft.is_sensitive(self.context.locality):
            return False
        return second_matter(draft.text, draft.category, self.context.lookup.understand) is not None

    def keep_another(self) -> None:
        """From here on the second matter is the draft: at the same place if it names none, by the same person."""
        first = self.draft
        found = second_matter(first.text, first.category, self.context.lookup.understand)
        assert found is not None, "the row's condition has seen it"
        self.draft = Draft(name=first.name, phone=first.phone, place=first.place, place_settled=True)
        self.draft.commune_settled = first.commune_settled
        self.draft.take_words(*found)
        self.memory["second"], self.trail = True, []

    def say_second(self) -> None:
        self.say("report.second")

    def say_one_only(self) -> None:
        self.say("report.one_only")

    def say_thanks(self) -> None:
        self.say("front.thanks")

    def keep_other(self) -> None:
        other = Draft()
        other.take_words(self.said, self.context.prediction, self.message_id)
        self.memory["other"] = other.save()

    def wants_it_apart(self) -> bool:
        return self._says_only("rieng", "khac")

    def wants_it_joined(self) -> bool:
        return self._says_only("chung", "cung", "gop")

    def _says_only(self, *core: str) -> bool:
        """Whether the words answer how to send it, and say nothing else: "gửi riêng đi cháu"."""
        said = set(fold(self.said).split())
        return not said.isdisjoint(core) and said <= POLITE | OF_SENDING | set(core)

    def add_to_other(self) -> None:
        """People write in several messages: what comes before the answer goes on with the other matter."""
        other = Draft.load(self.memory["other"])
        other.take_words(self.said, self.context.prediction, self.message_id)
        self.memory["other"] = other.save()
        self.say("report.noted")

    def say_other_later(self) -> None:
        self.say("report.other_later")

    def join_other(self) -> None:
        other = Draft.load(self.memory.pop("other", {}))
        self.draft.join(other)

    def begin_other(self) -> None:
        self.memory["place_before"] = self.draft.place
        self.draft = Draft.load(self.memory.pop("other", {}))
        self.memory.pop("place_asked_again", None)
        self.memory["second"], self.trail = True, []
        self.say("report.second")
        if self.draft.denunciation:
            self.say("report.legal_door")

    def begin_second(self) -> None:
        self.draft.category, self.draft.second_category = self.memory.pop("both"), ""
        self.memory["second"], self.trail = True, []  # no way back to what has been sent
        self.say("report.second")
