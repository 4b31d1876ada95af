"""What people say beside the point while they report: a question back, a courtesy, a correction, a bare place."""

from dataclasses import replace

from dialogs.answers import is_call, is_no, is_yes
from dialogs.report_questions import FEW_WORDS, ReportQuestions
from dialogs.spoken import asks, holds, is_afraid, set_right, wants_facts, wonders
from dialogs.where import names_only, spot_of
from dialogs.words import Place, Prediction

ASKING = ("question", "status", "complaint_about_answer")
TELLING = ("report", "proposal")
POLITE_KINDS = ("thanks", "greeting")
ABOUT_THE_SENDER = ("consent", "name", "phone")
SHORT = 4


class ReportAsides(ReportQuestions):
    """Conditions and answers of the rows in dialogs/report.py that take what was not asked for."""

    # ------------------------------------------------------------ questions and courtesies

    def asks_back(self) -> bool:
        """A question where an answer was asked for: the person is answered, and the question stays open."""
        seen = self.context.prediction
        if seen is None or seen.place is not None or seen.urgent:
            return False
        if is_afraid(self.said) and self.context.lookup.faq(self.said):
            return True
        if self.state == "ask_what":  # there a question may be the matter itself: "bao giờ có nước?"
            return seen.kind == "question" and bool(self.context.lookup.faq(self.said))
        if self.state == "name" and len(self.said.split()) < SHORT:  # "Chi" is a name
            return False
        wondering = seen.kind not in TELLING and wonders(self.said)
        return wondering or wants_facts(self.said) or (seen.kind in ASKING and asks(self.said))

    def answer_aside(self) -> None:
        """From the town's answers if it is there; else the officer is to answer it, or why we ask is told."""
        found, seen = self.context.lookup.faq(self.said), self.context.prediction
        if found:
            self.say("lookup.answer", question=found[0].question, answer=found[0].answer)
        elif self.state in ABOUT_THE_SENDER:
            self.say("report.why_sender")
        elif self.draft.text and (wants_facts(self.said) or (seen and seen.kind in ("question", "status"))):
            self.draft.note(self.said, seen, self.message_id)
            self.say("report.question_kept")
        else:
            self.say("report.why_photo" if self.state == "photos" else "report.why_ask")

    def is_only_polite(self) -> bool:
        """Thanks, a greeting, "dạ", "ok": no answer to where or what."""
        seen = self.context.prediction
        if is_call(self.said) or is_yes(self.said) or is_no(self.said):
            return True
        polite = seen is not None and seen.kind in POLITE_KINDS and seen.place is None
        return polite and len(self.said.split()) <= SHORT

    def say_still_open(self) -> None:
        self.say("front.still_open")

    def wants_to_wait(self) -> bool:
        return holds(self.said)

    def say_waiting(self) -> None:
        self.say("report.waiting")

    # ------------------------------------------------------------ setting right

    def sets_right(self) -> bool:
        """ "Không phải xóm 5 mà là xóm 6", or another place alone: the card was wrong there."""
        seen = self.context.prediction
        if seen is None or seen.denunciation != self.draft.denunciation:
            return False
        return self._right_place() is not None or self._right_field() is not None

    def correct(self) -> None:
        place, field, seen = self._right_place(), self._right_field(), self.context.prediction
        self.draft.note(self.said, seen, self.message_id)
        if place:
            self.draft.correct_place(place, self.context.locality)
        elif field:
            self.draft.correct_category(field)

    def _right_place(self) -> Place | None:
        if right := set_right(self.said):
            return self.context.lookup.place_in(right)
        return self._bare_place()

    def _right_field(self) -> Prediction | None:
        right = set_right(self.said)
        seen = self.context.lookup.understand(right) if right else None
        return seen if seen and self.draft.is_surely_another_field(seen) else None

    # ------------------------------------------------------------ a place alone

    def _bare_place(self) -> Place | None:
        seen = self.context.prediction
        place = seen.place if seen and not seen.urgent else None
        return place if names_only(self.said, place, self.context.locality) else None

    def names_only_a_place(self) -> bool:
        return self._bare_place() is not None

    def take_bare_place(self) -> None:
        if place := self._bare_place():
            self.draft.correct_place(place, self.context.locality)

    def names_a_finer_place(self) -> bool:
        """Asked for the commune, the person says more of the spot: "xóm 3"."""
        seen = self.context.prediction
        return seen is not None and seen.place is not None and len(self.said.split()) <= FEW_WORDS

    def take_finer_place(self) -> None:
        assert self.context.prediction and self.context.prediction.place
        known, named = self.draft.where(), self.context.prediction.place
        text = self._with_spot(known.text, self.said)
        self.draft.set_place(replace(known, text=text, candidates=named.candidates or known.candidates))

    def take_commune_words(self) -> None:
        assert self.context.prediction and self.context.prediction.place
        known, named = self.draft.where(), self.context.prediction.place
        text = self._with_spot(known.text, spot_of(named, self.context.locality))
        self.draft.set_place(replace(known, text=text, commune=named.commune, old_name=named.old_name, candidates=()))

    def _with_spot(self, known: str, more: str) -> str:
        return known if more.lower() in known.lower() else ", ".join(filter(None, (known, more)))[:200]
