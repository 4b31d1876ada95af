"""The part of the officers' dialog in which a colleague was first: the step is kept, and still taken with one press."""

from typing import Any

from dialogs.answers import says_little
from dialogs.dialog import Dialog, Row, choice
from dialogs.effects import Step
from dialogs.texts import say
from dialogs.words import Outgoing, ReportView

OVERTAKEN_ROWS = [
    Row("overtaken", "*", "overtaken"),
    Row("again", "overtaken", "card", "take_again"),
    Row("words", "overtaken", None, "say_still_kept", "is_bare"),
    Row("words", "overtaken", "overtaken", "change_words"),
]


class OvertakenDialog(Dialog):
    """Its state is among those of StaffDialog. What was to be done stands in the memory, the uploads too."""

    report: ReportView

    def is_bare(self) -> bool:
        """Whether there are no words to be changed, or none that say anything."""
        return not self.memory.get("note") or says_little(self.said)

    def say_still_kept(self) -> None:
        self.say("staff.not_understood")

    def change_words(self) -> None:
        self.memory["note"] = self.said

    def take_again(self) -> None:
        kept = self.memory
        self.effects.append(
            Step(
                self.report.code,
                int(kept["version"]),
                str(kept["step"]),
                note=str(kept["note"]),
                agency=str(kept["agency"]),
                media=tuple(kept["media"]),
                no_photo_reason=str(kept["reason"]),
            )
        )

    def ask_overtaken(self) -> Outgoing:
        kept, code = self.memory, self.report.code
        status, step = say(f"status.name.{self.report.status}"), say(f"staff.step.{kept['step']}")
        rows = [
            say("staff.overtaken", told=kept["told"], code=code, status=status, step=step),
            kept["note"],
            kept["reason"],
            say("staff.overtaken_files", count=len(kept["media"])) if kept["media"] else "",
        ]
        choices = (choice("again", "staff.choice.again"), choice("cancel", "staff.choice.cancel"))
        return Outgoing("\n".join(filter(None, rows)), choices)


def kept_step(step: Step, report: ReportView, told: str) -> dict[str, Any]:
    """What is remembered of a step that came too late, to be taken from the report as it stands now."""
    return {
        "version": report.version,
        "step": step.step,
        "note": step.note,
        "agency": step.agency,
        "media": list(step.media),
        "reason": step.no_photo_reason,
        "told": told,
    }
