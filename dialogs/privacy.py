"""The dialog in which a citizen takes back the name and phone they left."""

from typing import Any

from dialogs.context import Context
from dialogs.dialog import Dialog, Row, choice
from dialogs.effects import ForgetMe
from dialogs.texts import say
from dialogs.words import Outgoing

ROWS = [
    Row("forget", "new", "asking"),
    Row("yes", "asking", "done", "erase"),
    Row("no", "asking", "cancelled", "say_kept"),
    Row("start", "asking", "cancelled", "say_kept"),
    Row("cancel", "*", "cancelled", "say_kept"),
]


class PrivacyDialog(Dialog):
    """The right to withdraw a consent (Law 91/2025/QH15), in one question."""

    name = "privacy"
    states = ["new", "asking"]
    rows = ROWS

    def __init__(self, context: Context, state: str, memory: dict[str, Any]) -> None:
        super().__init__(context, state or "new", memory)

    def erase(self) -> None:
        self.effects.append(ForgetMe())
        self.say("privacy.forgotten")

    def say_kept(self) -> None:
        self.say("privacy.kept")

    def ask_asking(self) -> Outgoing:
        return Outgoing(say("privacy.ask"), (choice("yes", "privacy.choice.forget"), choice("no", "choice.back")))
