"""The open question of an officer on a card: what to choose, what to write, what to add."""

from dataclasses import dataclass

from dialogs.render import wire_id
from dialogs.texts import say
from dialogs.words import Choice, ReportView, Talk

MANY = 24  # choices; more than that become a list to pick from

# state -> what may be given besides the choices, and the words on its button
INPUTS = {
    "asking": ("text", "room.send_question"),
    "outcome": ("text files", "room.send_outcome"),
    "photo": ("files", "room.send_photo"),
    "no_photo": ("text", "room.send_outcome"),
    "duplicates": ("text", "room.find_report"),
    "refusing": ("text", "room.send_refusal"),
    "reopening": ("text", "room.send_reopening"),
    "drafted": ("text", "room.change_draft"),
    "overtaken": ("text", "room.change_draft"),
}
SHOWN_FIRST = {"drafted": "draft", "overtaken": "note"}  # state → where its words stand, which are shown before they go


@dataclass(frozen=True, slots=True)
class PromptView:
    """An open question. `draft` is what stands in the box; `shown` is a draft as the citizen will read it."""

    state: str
    question: str
    shown: str
    choices: tuple[Choice, ...]  # wire ids
    way_out: Choice | None
    takes_text: bool
    takes_files: bool
    button: str
    draft: str
    stale: bool  # the card has changed since this began: the step will be refused

    @property
    def picks_from_list(self) -> bool:
        """Whether there are too many choices for buttons."""
        return len(self.choices) > MANY


def prompt_of(talk: Talk, report: ReportView) -> PromptView | None:
    """The question that is open, or None on a plain card."""
    if not talk.prompt.choices:
        return None
    inputs, button = INPUTS.get(talk.state, ("", ""))
    question, shown, draft = talk.prompt.text, "", ""
    if talk.state in SHOWN_FIRST:
        question, _, shown = talk.prompt.text.partition("\n")
        draft = str(talk.memory.get(SHOWN_FIRST[talk.state], ""))
    if talk.state == "overtaken" and not draft:
        inputs, button = "", ""
    wired = [Choice(wire_id(item, talk.prompt.no), item.label) for item in talk.prompt.choices]
    ways_out = [item for item in wired if item.id.endswith(":cancel")]
    return PromptView(
        state=talk.state,
        question=question,
        shown=shown,
        choices=tuple(item for item in wired if item not in ways_out),
        way_out=ways_out[0] if ways_out else None,
        takes_text="text" in inputs,
        takes_files="files" in inputs,
        button=say(button) if button else "",
        draft=draft,
        stale=talk.state != "drafted" and int(talk.memory.get("version", report.version)) != report.version,
    )
