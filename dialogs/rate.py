"""The dialog after a report is done: the two ratings, and reopening what is not solved."""

from typing import Any

from dialogs.context import Context
from dialogs.dialog import Dialog, Row, choice, ways_out
from dialogs.effects import Rate, Reopen
from dialogs.texts import say
from dialogs.words import Choice, Outgoing, ReportView, Status

RATEABLE = (Status.RESOLVED, Status.CLOSED)
REOPENABLE = (Status.RESOLVED, Status.CLOSED, Status.REJECTED)
NOT_SOLVED, PARTLY, SOLVED = 1, 2, 3

ROWS = [
    Row("rate", "new", "solved", "keep_code", "may_rate"),
    Row("rate", "new", "done", "say_cannot_rate"),
    Row("solved", "solved", "satisfaction", "keep_solved"),
    Row("satisfied", "satisfaction", "unsolved", "keep_rating", "was_not_solved"),
    Row("satisfied", "satisfaction", "done", ["keep_rating", "say_thanks"], "is_done"),
    Row("satisfied", "satisfaction", "done", "say_cannot_rate"),
    Row("yes", "unsolved", "reason"),
    Row("no", "unsolved", "done", "say_thanks"),
    Row("doubt", "new", "doubt", "keep_words", "may_reopen"),
    Row("yes", "doubt", "done", "reopen_with_words", "may_reopen"),
    Row("yes", "doubt", "done", "say_cannot_reopen"),
    Row("no", "doubt", "done", "say_new"),
    Row("reopen", "new", "reason", "keep_code", "may_reopen"),
    Row("reopen", "new", "done", "say_cannot_reopen"),
    Row("words", "reason", "done", "open_again", "may_reopen"),
    Row("words", "reason", "done", "say_cannot_reopen"),
    Row("photo", "reason", "done", "open_again", "may_reopen"),
    Row("photo", "reason", "done", "say_cannot_reopen"),
    Row("back", ["satisfaction", "unsolved"], None, "go_back"),
    Row("back", "reason", None, "go_back", "has_rated"),
    Row("back", ["solved", "reason"], "cancelled", "say_later"),
    Row("photo_ready", "*", None, "stay_silent"),
    Row("start", ["doubt", "solved", "satisfaction", "unsolved", "reason"], "cancelled", "say_later"),
    Row("cancel", "*", "cancelled", "say_later"),
]


class RateDialog(Dialog):
    """Was it solved, how satisfied are you; not solved leads back to the agency."""

    name = "rate"
    states = ["new", "doubt", "solved", "satisfaction", "unsolved", "reason"]
    rows = ROWS

    def __init__(self, context: Context, state: str, memory: dict[str, Any]) -> None:
        super().__init__(context, state or "new", memory)

    def _code(self) -> str:
        return str(self.memory.get("code", "")) or self.argument

    def _mine(self) -> ReportView | None:
        report = self.context.lookup.report(self._code())
        return report if report and report.mine else None

    def is_done(self) -> bool:
        report = self._mine()
        return report is not None and report.status in RATEABLE

    def may_rate(self) -> bool:
        report = self._mine()
        return report is not None and self.is_done() and report.satisfaction is None

    def may_reopen(self) -> bool:
        report = self._mine()
        return report is not None and report.status in REOPENABLE

    def was_not_solved(self) -> bool:
        return int(self.memory["solved"]) < SOLVED and self.is_done()

    def has_rated(self) -> bool:
        return "solved" in self.memory

    def keep_code(self) -> None:
        report = self._mine()
        assert report is not None
        self.memory["code"] = report.code  # as the store spells it, however it was typed

    def keep_solved(self) -> None:
        self.memory["solved"] = int(self.argument)

    def keep_rating(self) -> None:
        self.effects.append(Rate(self._code(), int(self.memory["solved"]), int(self.argument)))

    def open_again(self) -> None:
        media = tuple(item.ref for item in self.heard.incoming.media) if self.heard.incoming else ()
        self.effects.append(Reopen(self._code(), self.said or say("rate.only_photos"), media))

    def keep_words(self) -> None:
        self.memory |= {"code": self.argument, "words": self.said}

    def reopen_with_words(self) -> None:
        self.effects.append(Reopen(self._code(), str(self.memory.get("words", ""))))

    def say_new(self) -> None:
        self.say("rate.other", choices=(choice("/new", "choice.new_report"),))

    def say_thanks(self) -> None:
        self.say("rate.thanks")

    def say_cannot_rate(self) -> None:
        self.say("rate.cannot")

    def say_cannot_reopen(self) -> None:
        self.say("rate.cannot_reopen")

    def say_later(self) -> None:
        self.say("rate.later")

    def stay_silent(self) -> None:
        self.silent = True

    def ask_doubt(self) -> Outgoing:
        choices = (choice("yes", "track.choice.reopen"), choice("no", "answer.choice.other"))
        return Outgoing(say("rate.ask_doubt", code=self._code()), choices)

    def ask_solved(self) -> Outgoing:
        names = ((SOLVED, "yes"), (PARTLY, "partly"), (NOT_SOLVED, "no"))
        choices = tuple(choice(f"solved:{value}", f"rate.choice.solved_{name}") for value, name in names)
        return Outgoing(say("rate.ask_solved", code=self._code()), (*choices, *ways_out("back")))

    def ask_satisfaction(self) -> Outgoing:
        choices = tuple(
            Choice(f"satisfied:{stars}", say(f"rate.choice.satisfied_{stars}")) for stars in range(5, 0, -1)
        )
        return Outgoing(say("rate.ask_satisfaction"), (*choices, *ways_out("back")))

    def ask_unsolved(self) -> Outgoing:
        return Outgoing(
            say("rate.ask_unsolved"), (choice("yes", "rate.choice.reopen"), choice("no", "rate.choice.leave"))
        )

    def ask_reason(self) -> Outgoing:
        return Outgoing(say("rate.ask_reason"), ways_out("cancel"))
