"""The dialog in which a citizen answers an officer's question about their report."""

from typing import Any

from dialogs.context import Context
from dialogs.dialog import Dialog, Row, choice, ways_out
from dialogs.effects import AnswerQuestion
from dialogs.texts import say
from dialogs.words import Outgoing, Place

ROWS = [
    Row("open", "new", "waiting", "keep_code"),
    Row("words", "waiting", "waiting", "say_polite", "is_only_polite"),
    Row("words", "waiting", "done", "answer"),
    Row("photo", "waiting", "done", "answer"),
    Row("pin", "waiting", "done", "answer_with_pin"),
    Row("cannot", "waiting", "done", "answer_unknown"),
    Row("skip", "waiting", "done", "answer_unknown"),
    Row("other", "waiting", "cancelled", "say_other"),
    Row("photo_ready", "*", None, "stay_silent"),
    Row("start", "waiting", "waiting"),
    Row("cancel", "*", "cancelled", "say_later"),
]


class AnswerDialog(Dialog):
    """Opened by the push of a question; the next words are the answer unless they are only polite."""

    name = "answer"
    states = ["new", "waiting"]
    rows = ROWS

    def __init__(self, context: Context, state: str, memory: dict[str, Any]) -> None:
        super().__init__(context, state or "new", memory)

    def keep_code(self) -> None:
        self.memory["code"] = self.argument

    def is_only_polite(self) -> bool:
        seen = self.context.prediction
        return seen is not None and seen.kind in ("thanks", "greeting") and seen.place is None

    def answer(self) -> None:
        media = tuple(item.ref for item in self.heard.incoming.media) if self.heard.incoming else ()
        self._send(self.said, media)

    def answer_with_pin(self) -> None:
        incoming = self.heard.incoming
        assert incoming is not None
        point = Place(lat=incoming.lat, lon=incoming.lon)
        self._send(say("answer.pin", lat=f"{point.lat:.5f}", lon=f"{point.lon:.5f}"))

    def answer_unknown(self) -> None:
        self._send(say("answer.unknown"))

    def _send(self, text: str, media: tuple[str, ...] = ()) -> None:
        self.effects.append(AnswerQuestion(str(self.memory["code"]), text, media))

    def say_polite(self) -> None:
        self.say("answer.polite")

    def say_other(self) -> None:
        self.say("answer.other", choices=(choice("/new", "choice.new_report"),))

    def say_later(self) -> None:
        self.say("answer.later", code=self.memory.get("code", ""))

    def stay_silent(self) -> None:
        self.silent = True

    def ask_waiting(self) -> Outgoing:
        report = self.context.lookup.report(str(self.memory["code"]))
        question = report.question if report else ""
        choices = (choice("cannot", "answer.choice.cannot"), choice("other", "answer.choice.other"))
        return Outgoing(say("answer.ask", code=self.memory["code"], question=question), (*choices, *ways_out("cancel")))
