"""What a citizen's message says to the dialogs: a choice that was offered, a command, or plain words."""

from dialogs.answers import fold, is_no, is_offered, is_yes, match_choice, match_label, match_press
from dialogs.context import Context, Heard
from dialogs.deep_links import place_of
from dialogs.presses import command_of_press, is_press
from dialogs.spoken import SPOKEN, command_of
from dialogs.words import Choice, Incoming, Talk

# where people answer in words of their own: "Nam" and "Ba" are names there, and a number is an answer
OPEN_QUESTIONS = {("report", "name"), ("answer", "waiting"), ("rate", "reason"), ("track", "adding")}

IN_DIALOG = {"/cancel": "cancel", "/back": "back", "/skip": "skip"}  # a command that means the open question

YES_MEANS = ("send", "yes", "agree", "separate")
NO_MEANS = ("no", "refuse", "none", "together")


def read(incoming: Incoming, talk: Talk, context: Context) -> Heard:
    """The message with the choice or command that it stands for, if any."""
    text = incoming.text.strip()
    if incoming.kind == "choice":
        wire = incoming.choice
        return Heard(incoming, wire if wire.startswith("/") else wire.partition(":")[2], text)
    if incoming.kind != "text" or not text:
        return Heard(incoming, "", text)
    if text.startswith("/"):
        return Heard(incoming, text.split("@")[0] if " " not in text else text, text)
    chosen = _chosen(text, talk, context)
    if chosen is not None:
        return Heard(incoming, chosen.id, text)
    return Heard(incoming, command_of(text) or command_of_press(text, SPOKEN), text)


def linked(incoming: Incoming, talk: Talk, context: Context) -> tuple[str, str, str] | None:
    """The command that a link's payload stands for: a report's code, or a place to report about."""
    if incoming.kind != "start":
        return None
    if context.lookup.code_in(incoming.text):
        return "/track", " ", incoming.text
    drafting = talk.dialog == "report"  # then it is asked first whether to go on with that one
    return ("/new", " ", incoming.text) if not drafting and place_of(incoming.text, context.locality) else None


def is_stale(wire: str, talk: Talk) -> bool:
    """Whether a button is of an earlier question; a command holds for ever."""
    return not (wire.startswith("/") or is_offered(wire, talk.prompt))


def is_old_press(incoming: Incoming, talk: Talk, context: Context) -> bool:
    """A button of an earlier prompt where buttons come back as text, and no command that holds for ever."""
    text = incoming.text.strip()
    if incoming.kind != "text" or match_press(text, talk.prompt.choices) or command_of_press(text, SPOKEN):
        return False
    return is_press(text, context.locality)


def is_for_bot(incoming: Incoming, talk: Talk) -> bool:
    """Whether the person speaks to the machine, though an officer is talking with them: a command or a button."""
    text = incoming.text.strip()
    if incoming.kind in ("choice", "start", "erase_request") or text.startswith("/"):
        return True
    return bool(command_of(text) or match_press(text, talk.prompt.choices) or command_of_press(text, SPOKEN))


def _chosen(text: str, talk: Talk, context: Context) -> Choice | None:
    """The choice that was meant: by its label, by its number, by a yes or a no."""
    choices = talk.prompt.choices
    if (talk.dialog, talk.state) in OPEN_QUESTIONS:
        by_number = len(choices) > context.buttons and fold(text).isdecimal()
        if chosen := match_choice(text, choices) if by_number else match_label(text, choices):
            return chosen
        return next((choice for choice in choices if choice.id == "skip"), None) if is_no(text) else None
    if chosen := match_choice(text, choices):
        return chosen
    if choices and choices[0].id in YES_MEANS and is_yes(text):
        by_sending = choices[0].id == "agree" and "gui" in fold(text).split()  # no consent to anything but to send
        return None if by_sending else choices[0]
    same = [choice for choice in choices if choice.id.startswith("same:")]
    if len(same) == 1 and is_yes(text):
        return same[0]
    return next((choice for choice in choices if choice.id in NO_MEANS), None) if is_no(text) else None
