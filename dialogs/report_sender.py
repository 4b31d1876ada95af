"""The part of the citizen's report in which they may leave a name and a phone, after agreeing to it."""

from dialogs.effects import GiveConsent
from dialogs.phones import read_phone
from dialogs.report_questions import FEW_WORDS, ReportQuestions
from dialogs.texts import say


class ReportSender(ReportQuestions):
    """Conditions and actions of the rows in dialogs/report.py that are about who reports."""

    def is_phone(self) -> bool:
        return bool(read_phone(self.said))

    def give_consent(self) -> None:
        self.effects.append(GiveConsent("contact", say("report.consent")))
        if "phone" in self.memory:
            self._leave(str(self.memory.pop("phone")), verified=bool(self.memory.pop("phone_verified", False)))

    def stay_anonymous(self) -> None:
        self.memory.pop("phone", None)
        self.draft.name = ""
        self._leave("")

    def take_name(self) -> None:
        self.draft.name = " ".join(self.said.split())[:60]

    def take_phone(self) -> None:
        self._leave(read_phone(self.said))

    def say_bad_phone(self) -> None:
        self.say("report.bad_phone")

    def take_contact(self) -> None:
        assert self.heard.incoming is not None
        self._leave(read_phone(self.heard.incoming.phone), verified=self.heard.incoming.phone_verified)
        self.draft.name = self.draft.name or self.heard.incoming.sender.name[:60]

    def gives_a_phone(self) -> bool:
        """A number at the card is no part of the matter: it is kept only if the person agrees to that."""
        return bool(read_phone(self.said)) and len(self.said.split()) <= FEW_WORDS

    def hands_a_phone(self) -> bool:
        """A contact card with a number that we can read."""
        return self.heard.incoming is not None and bool(read_phone(self.heard.incoming.phone))

    def keep_contact(self) -> None:
        assert self.heard.incoming is not None
        self.memory["phone"] = read_phone(self.heard.incoming.phone)
        self.memory["phone_verified"] = self.heard.incoming.phone_verified

    def keep_phone(self) -> None:
        self.memory["phone"] = read_phone(self.said)
        self.memory.pop("phone_verified", None)

    def _leave(self, phone: str, *, verified: bool = False) -> None:
        self.draft.phone, self.draft.phone_verified = phone, verified

    def has_phone(self) -> bool:
        return bool(self.draft.phone)
