"""The dialog in which a citizen follows their reports: list, look up by code, add, take back."""

from typing import Any

from dialogs.cards import report_details, report_line, shorten
from dialogs.context import Context
from dialogs.dialog import Dialog, Row, choice, ways_out
from dialogs.effects import AddToReport, Withdraw
from dialogs.texts import say
from dialogs.words import OPEN_STATUSES, Choice, Outgoing, ReportView, Status

LISTED = 8  # reports in "phản ánh của tôi"

ROWS = [
    Row("status", "new", "done", "show", "has_one_report"),
    Row("status", "new", "done", "show_mine", "has_reports"),
    Row("status", "new", "code", "say_none"),
    Row("mine", "new", "done", "show_mine", "has_reports"),
    Row("mine", "new", "code", "say_none"),
    Row("track", "new", "done", "show", "is_known"),
    Row("track", "new", "code", "say_unknown"),
    Row("words", "code", "done", "show", "is_known"),
    Row("words", "code", "code", "say_unknown"),
    # --- adding to a report
    Row("more", "new", "done", ["keep_code", "pass_on"], "may_change"),
    Row("more", "new", "done", "say_not_open"),
    Row("add", "new", "adding", "keep_code", "may_change"),
    Row("add", "new", "done", "say_not_open"),
    Row("words", "adding", "done", "pass_on"),
    Row("photo", "adding", "done", "pass_on"),
    # --- taking one back
    Row("withdraw", "new", "withdrawing", "keep_code", "may_change"),
    Row("withdraw", "new", "done", "say_not_open"),
    Row("yes", "withdrawing", "done", "take_back", "may_change"),
    Row("yes", "withdrawing", "done", "say_not_open"),
    Row("no", "withdrawing", "done", "say_kept"),
    # --- the matter is over by itself
    Row("well", "new", "well", ["keep_code", "keep_words"], "may_change"),
    Row("well", "new", "done", "say_not_open"),
    Row("yes", "well", "done", ["pass_on_words", "take_back"], "may_change"),
    Row("yes", "well", "done", "say_not_open"),
    Row("no", "well", "done", ["pass_on_words", "say_added"], "may_change"),
    Row("no", "well", "done", "say_not_open"),
    Row("photo_ready", "*", None, "stay_silent"),
    Row("start", ["code", "adding", "withdrawing", "well"], "cancelled", "say_back"),
    Row("back", ["code", "adding", "withdrawing", "well"], "cancelled", "say_back"),
    Row("cancel", "*", "cancelled", "say_back"),
]


class TrackDialog(Dialog):
    """Follow a report. Somebody else's report shows only what the public record shows."""

    name = "track"
    states = ["new", "code", "adding", "withdrawing", "well"]
    rows = ROWS

    def __init__(self, context: Context, state: str, memory: dict[str, Any]) -> None:
        super().__init__(context, state or "new", memory)

    def _code(self) -> str:
        return self.argument or str(self.memory.get("code", "")) or self.said

    def _report(self) -> ReportView | None:
        return self.context.lookup.report(self._code())

    # ------------------------------------------------------------ conditions

    def has_reports(self) -> bool:
        return bool(self.context.lookup.my_reports(1))

    def has_one_report(self) -> bool:
        """Then there is nothing to choose, and it is shown at once."""
        mine = self.context.lookup.my_reports(2)
        if len(mine) == 1:
            self.memory["code"] = mine[0].code
        return len(mine) == 1

    def is_known(self) -> bool:
        return self._report() is not None

    def may_change(self) -> bool:
        report = self._report()
        return report is not None and report.mine and report.status in OPEN_STATUSES

    # ------------------------------------------------------------ answers

    def show_mine(self) -> None:
        reports = self.context.lookup.my_reports(LISTED)
        lines = "\n".join(report_line(report, self.context.locality) for report in reports)
        choices = [Choice(f"/track {report.code}", report.code) for report in reports]
        self.say("track.mine", lines=lines, choices=[*choices, choice("/new", "choice.new_report")])

    def say_none(self) -> None:
        self.say("track.none")

    def show(self) -> None:
        report = self._report()
        assert report is not None
        text = report_details(report, self.context.locality)
        media = (*report.media, *report.outcome_media) if report.mine else ()
        self.say("track.details", details=text, media=media, choices=track_choices(report))

    def say_unknown(self) -> None:
        known = self.context.lookup.code_in(self._code())
        self.say({None: "track.no_code", True: "track.unknown", False: "track.mistyped"}[known])

    def keep_code(self) -> None:
        report = self._report()
        assert report is not None
        self.memory["code"] = report.code  # as the store spells it, however it was typed

    def say_not_open(self) -> None:
        self.say("track.not_open")

    def pass_on(self) -> None:
        media = tuple(item.ref for item in self.heard.incoming.media) if self.heard.incoming else ()
        self.effects.append(AddToReport(self._code(), self.said, media))
        self.say("track.added", code=self._code())

    def keep_words(self) -> None:
        self.memory["words"] = self.said

    def pass_on_words(self) -> None:
        """Whatever the citizen decides, the officer reads what they saw."""
        self.effects.append(AddToReport(self._code(), str(self.memory.get("words", ""))))

    def say_added(self) -> None:
        self.say("track.added", code=self._code())

    def take_back(self) -> None:
        self.effects.append(Withdraw(self._code()))

    def say_kept(self) -> None:
        self.say("track.kept")

    def say_back(self) -> None:
        self.say("front.menu", choices=menu_choices())

    def stay_silent(self) -> None:
        self.silent = True

    # ------------------------------------------------------------ questions

    def ask_code(self) -> Outgoing:
        mine = (choice("/mine", "choice.mine"),) if self.has_reports() else ()
        return Outgoing(say("track.ask_code"), (*mine, *ways_out("cancel")))

    def ask_adding(self) -> Outgoing:
        return Outgoing(say("track.ask_adding", code=self._code()), ways_out("cancel"))

    def ask_withdrawing(self) -> Outgoing:
        choices = (choice("yes", "track.choice.withdraw"), choice("no", "choice.back"))
        return Outgoing(say("track.ask_withdrawing", code=self._code()), choices)

    def ask_well(self) -> Outgoing:
        report = self._report()
        assert report is not None, "reports are never deleted"
        choices = (choice("yes", "track.choice.withdraw"), choice("no", "track.choice.leave"))
        return Outgoing(say("track.ask_well", code=report.code, text=shorten(report.text, 60)), choices)


def track_choices(report: ReportView) -> tuple[Choice, ...]:
    """What the reporter can do with this report now; nothing for anybody else."""
    if not report.mine:
        return (choice("/new", "choice.new_report"),)
    names = []
    if report.status in OPEN_STATUSES:
        names = ["add", "withdraw"]
    elif report.status in (Status.RESOLVED, Status.CLOSED):
        names = ["rate", "reopen"] if report.satisfaction is None else ["reopen"]
    elif report.status is Status.REJECTED:
        names = ["reopen"]
    return (
        *(choice(f"/{name} {report.code}", f"track.choice.{name}") for name in names),
        choice("/mine", "choice.mine"),
    )


def menu_choices() -> tuple[Choice, ...]:
    """The main menu."""
    commands = {"/new": "new_report", "/mine": "mine", "/ask": "ask", "/theodoi": "follow"}
    return tuple(choice(command, f"choice.{name}") for command, name in commands.items())
