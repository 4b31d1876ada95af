"""The dialog in which a citizen asks something: procedures, hotlines, hours, from the locality's FAQ."""

from typing import Any

from dialogs.context import Context
from dialogs.dialog import Dialog, Row, choice, ways_out
from dialogs.texts import say
from dialogs.words import Choice, Outgoing, Prompt

OFFERED = 3

ROWS = [
    Row("ask", "new", "question"),
    Row("words", "new", "done", "answer", "has_answer"),
    Row("words", "new", "done", "say_unknown"),
    Row("words", "question", "done", "answer", "has_answer"),
    Row("words", "question", "question", "say_unknown"),
    Row("faq", "new", "done", "answer_entry"),
    Row("photo_ready", "*", None, "stay_silent"),
    Row("start", "question", "cancelled", "say_back"),
    Row("cancel", "*", "cancelled", "say_back"),
]


class LookupDialog(Dialog):
    """Answers from the FAQ, or says honestly that it does not know and who does."""

    name = "lookup"
    states = ["new", "question"]
    rows = ROWS

    def __init__(self, context: Context, state: str, memory: dict[str, Any]) -> None:
        super().__init__(context, state or "new", memory)

    def has_answer(self) -> bool:
        return bool(self.context.lookup.faq(self.said))

    def answer(self) -> None:
        best, *others = self.context.lookup.faq(self.said)
        choices = [Choice(f"/faq {entry.id}", entry.question) for entry in others[:OFFERED]]
        self.say("lookup.answer", question=best.question, answer=best.answer, choices=[*choices, *_after()])

    def answer_entry(self) -> None:
        entry = next((entry for entry in self.context.locality.faq if entry.id == self.argument), None)
        if entry is None:
            self.say("lookup.gone")
        else:
            self.say("lookup.answer", question=entry.question, answer=entry.answer, choices=_after())

    def say_unknown(self) -> None:
        self.say("lookup.unknown", choices=_after())
        if hotline := self.context.locality.hotline:
            self.say("front.hotline", hotline=hotline)

    def say_back(self) -> None:
        self.say("front.back", choices=_after())

    def stay_silent(self) -> None:
        self.silent = True

    def ask_question(self) -> Outgoing:
        return Outgoing(say("lookup.ask"), ways_out("cancel"))


def has_just_answered(prompt: Prompt) -> bool:
    """Whether the last thing said here was an answer of this dialog's, or that there is none."""
    return prompt.choices[-2:] == _after()


def _after() -> tuple[Choice, ...]:
    return (choice("/ask", "lookup.choice.again"), choice("/new", "choice.new_report"))
