"""The front door of a staff room: which card an officer's button or words belong to."""

from dialogs.answers import is_offered, match_choice, says_nothing
from dialogs.context import Context, Heard
from dialogs.effects import Effect, Say, Step
from dialogs.spoken import command_of
from dialogs.staff import StaffDialog
from dialogs.staff_overtaken import kept_step
from dialogs.texts import say
from dialogs.words import Incoming, Outgoing, Prompt, Talk

# these stay on the card
CARD_BUTTONS = (
    "accept", "forward", "ask", "finish", "refuse", "reopen", "correct", "urgent", "guard", "duplicate", "others",
)  # fmt: skip

CALLS_OFF = ("/cancel", "/back")  # "quay lại", "huỷ": never what a citizen is to read


def hear(code: str, incoming: Incoming, talk: Talk, context: Context) -> tuple[Talk, list[Effect]]:
    """Take one turn of an officer on the card of the report `code`."""
    if incoming.kind == "choice" and _is_stale(incoming.choice, talk):
        return talk, [Say(Outgoing(say("staff.stale")))]
    dialog = StaffDialog(context, talk.state, {**talk.memory, "code": code})
    understood = not says_nothing(incoming) and dialog.hear(_read(incoming, talk))
    problem = "staff.too_large" if incoming.kind == "too_large" else "staff.not_understood"
    said: list[Effect] = [] if understood else [Say(Outgoing(say(problem)))]
    asked = dialog.question()
    effects = [*said, *dialog.effects, *([Say(asked)] if asked else [])]
    if dialog.silent:
        return talk, effects
    prompt = Prompt(talk.prompt.no + 1, asked.text, asked.choices) if asked else Prompt(talk.prompt.no + 1)
    memory = {} if dialog.state == "card" else dialog.memory
    return Talk("staff", dialog.state, memory, prompt, context.now), effects


def overtaken(step: Step, told: str, talk: Talk, context: Context) -> tuple[Talk, Outgoing]:
    """A colleague was first: ask whether what was to be done is to be done all the same; words and files are kept."""
    report = context.lookup.report(step.code)
    assert report is not None, "reports are never deleted"
    dialog = StaffDialog(context, "", {"code": step.code, **kept_step(step, report, told)})
    dialog.hear(Heard(choice="overtaken"))
    asked = dialog.question()
    assert asked is not None, "the state has a question"
    prompt = Prompt(talk.prompt.no + 1, asked.text, asked.choices)
    return Talk("staff", dialog.state, dialog.memory, prompt, context.now), asked


def _is_stale(wire: str, talk: Talk) -> bool:
    """A prompt's button after the prompt has gone; the card's own buttons (`/case CODE accept:7`) carry a version."""
    if wire.startswith("/"):
        return wire.split(" ")[-1].partition(":")[0] not in CARD_BUTTONS
    return not is_offered(wire, talk.prompt)


def _read(incoming: Incoming, talk: Talk) -> Heard:
    text = incoming.text.strip()
    if incoming.kind == "choice":
        wire = incoming.choice
        return Heard(incoming, wire.split(" ")[-1] if wire.startswith("/") else wire.partition(":")[2], text)
    if incoming.kind != "text":
        return Heard(incoming, "", text)
    if chosen := match_choice(text, talk.prompt.choices):
        return Heard(incoming, chosen.id, text)
    calls_off = talk.prompt.choices and command_of(text) in CALLS_OFF
    return Heard(incoming, "cancel" if calls_off else "", text)
