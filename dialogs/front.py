"""The front door of a citizen's conversation: which dialog hears a message, and what is said when none does."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from dialogs.answer import AnswerDialog
from dialogs.answers import (
    fold,
    is_no,
    is_offered,
    is_yes,
    match_choice,
    match_label,
    match_press,
    read_number,
    says_nothing,
)
from dialogs.context import Context, Heard
from dialogs.deep_links import place_of
from dialogs.dialog import Dialog
from dialogs.effects import Effect, ForgetMe, Say
from dialogs.lookup import LookupDialog
from dialogs.over import is_over, meant
from dialogs.presses import command_of_press, is_press
from dialogs.privacy import PrivacyDialog
from dialogs.rate import RateDialog
from dialogs.report import ReportDialog
from dialogs.spoken import SPOKEN, command_of, is_afterthought, is_content, is_impatient, wants_facts
from dialogs.subscribe import SubscribeDialog
from dialogs.texts import say
from dialogs.track import LISTED, TrackDialog, menu_choices
from dialogs.where import names_only
from dialogs.words import OPEN_STATUSES, Choice, Incoming, Outgoing, Prompt, Talk

DRAFT_LIFE = timedelta(hours=24)
AFTERTHOUGHT = timedelta(minutes=30)  # after filing, "à quên …" belongs to what was filed

DIALOGS: dict[str, type[Dialog]] = {
    dialog.name: dialog
    for dialog in (ReportDialog, TrackDialog, RateDialog, AnswerDialog, LookupDialog, PrivacyDialog, SubscribeDialog)
}

# command → dialog, trigger. A command holds for ever; its argument follows after a space.
COMMANDS: dict[str, tuple[str, str]] = {
    "/new": ("report", "begin"),
    "/mine": ("track", "mine"),
    "/track": ("track", "track"),
    "/add": ("track", "add"),
    "/withdraw": ("track", "withdraw"),
    "/rate": ("rate", "rate"),
    "/reopen": ("rate", "reopen"),
    "/ask": ("lookup", "ask"),
    "/faq": ("lookup", "faq"),
    "/forget": ("privacy", "forget"),
    "/theodoi": ("subscribe", "follow"),
    "/botheodoi": ("subscribe", "unfollow"),
}

IN_DIALOG = {"/cancel": "cancel", "/back": "back", "/skip": "skip"}

# where people answer in words of their own: "Nam" and "Ba" are names there, and a number is an answer
OPEN_QUESTIONS = {("report", "name"), ("answer", "waiting"), ("rate", "reason"), ("track", "adding")}

YES_MEANS = ("send", "yes", "agree")

UNSAID = ("follow", "unfollow", "migrated")  # what happened to the chat itself; nobody has said anything

# dialogs that are over when nobody has come back to them for a day; a draft says so, a question stays open
LEFT_LYING = ("track", "rate", "lookup", "privacy", "subscribe")

# states that ask for something else than a report; who tells of a problem there is reporting it
LEAVES_FOR_REPORT = {
    ("track", "code"), ("track", "well"), ("lookup", "question"), ("privacy", "asking"), ("rate", "solved"),
    ("rate", "satisfaction"), ("rate", "unsolved"), ("subscribe", "following"), ("subscribe", "commune"),
    ("subscribe", "category"),
}  # fmt: skip

# a message that begins no dialog: kind → what is said
SMALL_TALK = {"thanks": "front.thanks", "greeting": "front.greeting", "spam": "front.spam", "chatter": "front.chatter"}
A_GREETING = 6  # words; what is longer says something, though we have not understood it
UNHAPPY = ("complaint_about_answer", "status", "chatter")  # what "chưa xong" may be taken for
WITH_HOTLINE = ("front.help",)
BEGINS = {"report": "report", "proposal": "report", "question": "lookup"}


def hear(incoming: Incoming, talk: Talk, context: Context) -> tuple[Talk, list[Effect]]:
    """Take one turn of a citizen: the new memory of the conversation, and what is to be done.

    A whole album gets one answer: its further parts are taken in silence and leave the open prompt as it is.
    """
    after, effects = _hear(incoming, talk, context)
    if incoming.continues and not incoming.text.strip():
        return replace(after, prompt=talk.prompt), [effect for effect in effects if not isinstance(effect, Say)]
    return after, effects


def _hear(incoming: Incoming, talk: Talk, context: Context) -> tuple[Talk, list[Effect]]:
    said: list[Effect] = []
    if incoming.kind in UNSAID:
        return talk, []
    if talk.dialog == "report" and talk.updated_at and context.now - talk.updated_at > DRAFT_LIFE:
        talk = Talk(prompt=Prompt(no=talk.prompt.no))
        if incoming.kind != "media_ready":
            said.append(Say(Outgoing(say("report.expired"))))
    if incoming.kind == "erase_request":  # asked for where Zalo keeps consents: there is nobody to ask back
        return Talk(prompt=Prompt(no=talk.prompt.no)), [ForgetMe(), Say(Outgoing(say("privacy.forgotten")))]
    if (incoming.kind == "choice" and is_stale(incoming.choice, talk)) or _is_old_press(incoming, talk, context):
        return _repeat(talk, context, [*said, Say(Outgoing(say("front.stale")))])
    heard = _read(incoming, talk, context)
    if _is_left_lying(heard, talk, context):
        talk = Talk(prompt=Prompt(no=talk.prompt.no))
    command, _, argument = _linked(incoming, talk, context) or heard.choice.partition(" ")
    if command in COMMANDS:
        name, trigger = COMMANDS[command]
        return _begin(name, Heard(incoming, f"{trigger}:{argument.strip()}", heard.text), talk, context, said)
    if command == "/help" or (incoming.kind == "start" and not talk.dialog):
        return _small_talk("front.help" if command == "/help" else "front.welcome", talk, context, said)
    if talk.dialog and not _leaves_for_report(heard, talk, context):
        return _go_on(heard, talk, context, said)
    return _begin_by_kind(heard, talk, context, said)


def is_stale(wire: str, talk: Talk) -> bool:
    """Whether a button is of an earlier question; a command holds for ever."""
    return not (wire.startswith("/") or is_offered(wire, talk.prompt))


def is_for_bot(incoming: Incoming, talk: Talk) -> bool:
    """Whether the person speaks to the machine, though an officer is talking with them: a command or a button."""
    text = incoming.text.strip()
    if incoming.kind in ("choice", "start", "erase_request") or text.startswith("/"):
        return True
    return bool(command_of(text) or match_press(text, talk.prompt.choices) or command_of_press(text, SPOKEN))


def begin(name: str, trigger: str, talk: Talk, context: Context) -> tuple[Talk, list[Effect]]:
    """Open a dialog from our side, e.g. when an officer's question is pushed."""
    return _begin(name, Heard(choice=trigger), talk, context, [])


def remind(text: str, talk: Talk, context: Context) -> tuple[Talk, list[Effect]]:
    """Ask the open question once more from our side, under `text`; what was begun grows no younger by it."""
    after, effects = _repeat(talk, context, [])
    asked = [effect.outgoing for effect in effects if isinstance(effect, Say)]
    said: list[Effect] = [Say(replace(outgoing, text=f"{text}\n{outgoing.text}")) for outgoing in asked]
    return replace(after, updated_at=talk.updated_at), said


# ---------------------------------------------------------------- reading what was said


def _is_old_press(incoming: Incoming, talk: Talk, context: Context) -> bool:
    """A button of an earlier prompt where buttons come back as text, and no command that holds for ever."""
    text = incoming.text.strip()
    if incoming.kind != "text" or match_press(text, talk.prompt.choices) or command_of_press(text, SPOKEN):
        return False
    return is_press(text, context.locality)


def _read(incoming: Incoming, talk: Talk, context: Context) -> Heard:
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


def _linked(incoming: Incoming, talk: Talk, context: Context) -> tuple[str, str, str] | None:
    """The command that a link's payload stands for: a report's code, or a place to report about."""
    if incoming.kind != "start":
        return None
    if context.lookup.code_in(incoming.text):
        return "/track", " ", incoming.text
    drafting = talk.dialog == "report"  # then it is asked first whether to go on with that one
    return ("/new", " ", incoming.text) if not drafting and place_of(incoming.text, context.locality) else None


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
    return next((choice for choice in choices if choice.id in ("no", "refuse", "none")), None) if is_no(text) else None


def _is_left_lying(heard: Heard, talk: Talk, context: Context) -> bool:
    """Words or a picture that come a day after the question they would answer by chance."""
    if heard.choice or talk.dialog not in LEFT_LYING or talk.updated_at is None:
        return False
    return context.now - talk.updated_at > DRAFT_LIFE


def _leaves_for_report(heard: Heard, talk: Talk, context: Context) -> bool:
    incoming, seen = heard.incoming, context.prediction
    if heard.choice or incoming is None or (talk.dialog, talk.state) not in LEAVES_FOR_REPORT:
        return False
    if incoming.kind in ("media", "location"):
        return talk.dialog != "rate" and not (_is_sticker(incoming) or says_nothing(incoming))
    if incoming.kind != "text" or seen is None:
        return False
    if (code := _rated(talk)) and _seems_not_done(heard.text, seen.kind, code, context):
        return True
    if BEGINS.get(seen.kind) != "report":
        return False
    return context.lookup.code_in(heard.text) is None and not context.lookup.faq(heard.text)


# ---------------------------------------------------------------- dialogs


def _begin_by_kind(heard: Heard, talk: Talk, context: Context, said: list[Effect]) -> tuple[Talk, list[Effect]]:
    incoming = heard.incoming
    assert incoming is not None
    if heard.choice in IN_DIALOG:
        return _small_talk("front.nothing_open", talk, context, said)
    if incoming.kind in ("media", "location") and not _is_sticker(incoming):
        return _begin("report", heard, talk, context, said)
    if incoming.kind == "media_ready":
        return talk, said
    if incoming.kind == "edited":
        return _small_talk("front.edited", talk, context, said)
    if incoming.kind != "text":
        return _small_talk("front.unsupported", talk, context, said)
    if talk.prompt.choices and read_number(heard.text) is not None:
        return _small_talk("front.no_such_number", talk, context, said)
    seen = context.prediction
    kind = seen.kind if seen else "chatter"
    spelt = context.lookup.code_in(heard.text)
    if spelt or (spelt is False and BEGINS.get(kind) != "report"):  # "tc nuoc ban": what looks like one may be words
        return _begin("track", Heard(incoming, "track:", heard.text), talk, context, said)
    if (code := _rated(talk) or _offered(talk, "/reopen ")) and _seems_not_done(heard.text, kind, code, context):
        return _begin("rate", Heard(incoming, f"doubt:{code}", heard.text), talk, context, said)
    if kind in ("thanks", "chatter") and is_content(heard.text) and (rate := _offered(talk, "/rate ")):
        return _begin("rate", Heard(incoming, f"rate:{rate}", heard.text), talk, context, said)
    if which := _over(heard.text, kind, context):
        return _begin("track", Heard(incoming, which, heard.text), talk, context, said)
    if code := _just_filed(context) if is_afterthought(heard.text) else "":
        return _begin("track", Heard(incoming, f"more:{code}", heard.text), talk, context, said)
    if _waits(heard.text, kind, context) or kind in ("status", "complaint_about_answer"):
        return _begin("track", Heard(incoming, "status:", heard.text), talk, context, said)
    if name := _begun_by(heard.text, kind, context):
        return _begin(name, heard, talk, context, said)
    is_long = kind in ("greeting", "chatter") and len(heard.text.split()) > A_GREETING
    return _small_talk("front.unclear" if is_long else SMALL_TALK[kind], talk, context, said)


def _begun_by(text: str, kind: str, context: Context) -> str:
    """The dialog that words begin: what seems small talk may have its answer in the FAQ, or be a place alone."""
    place = context.prediction.place if context.prediction else None
    if kind in SMALL_TALK and names_only(text, place, context.locality):
        return "report"
    is_question = wants_facts(text) and not place
    if is_question or (kind in SMALL_TALK and context.lookup.faq(text)):
        return "lookup"
    return BEGINS.get(kind, "")


def _waits(text: str, kind: str, context: Context) -> bool:
    """Whether somebody asks when what they reported will be done: "sao lâu rứa", "bao giờ thì có nước"."""
    if not is_impatient(text):
        return False
    newest, seen = next(iter(context.lookup.my_reports(1)), None), context.prediction
    if newest is None:
        return False
    return kind in SMALL_TALK or (seen is not None and not seen.place and seen.category == newest.category)


def _over(text: str, kind: str, context: Context) -> str:
    """What to ask when somebody says that it is well again: about that report, or which one; "" if not to ask."""
    opened = [it for it in context.lookup.my_reports(LISTED) if it.status in OPEN_STATUSES] if is_over(text) else []
    if report := meant(text, context.prediction, opened):
        return f"well:{report.code}"
    return "mine:" if opened and BEGINS.get(kind) == "report" else ""


def _just_filed(context: Context) -> str:
    """The open report that this person filed a moment ago, "" if none."""
    newest = next(iter(context.lookup.my_reports(1)), None)
    fresh = newest is not None and context.now - newest.created_at <= AFTERTHOUGHT
    return newest.code if newest and fresh and newest.status in OPEN_STATUSES else ""


def _begin(name: str, heard: Heard, talk: Talk, context: Context, said: list[Effect]) -> tuple[Talk, list[Effect]]:
    dialog = DIALOGS[name](context, "", {})
    understood = dialog.hear(heard)
    if talk.dialog == "report" and dialog.over and understood:  # a look aside: the draft goes on where it was
        return _repeat(talk, context, [*said, *dialog.effects])
    if talk.dialog == "report":
        said = [*said, Say(Outgoing(say("report.put_aside")))]
    return _after(dialog, understood, heard, talk, context, said)


def _go_on(heard: Heard, talk: Talk, context: Context, said: list[Effect]) -> tuple[Talk, list[Effect]]:
    heard = Heard(heard.incoming, IN_DIALOG.get(heard.choice, heard.choice), heard.text)
    dialog = DIALOGS[talk.dialog](context, talk.state, dict(talk.memory))
    incoming = heard.incoming
    assert incoming is not None
    if _is_sticker(incoming) or incoming.kind == "unsupported":
        return _repeat(talk, context, [*said, Say(Outgoing(say("front.unsupported")))])
    if says_nothing(incoming):
        return _repeat(talk, context, [*said, Say(Outgoing(say("front.not_understood")))])
    if talk.prompt.choices and not heard.choice and read_number(heard.text) is not None and not _takes_numbers(dialog):
        return _repeat(talk, context, [*said, Say(Outgoing(say("front.no_such_number")))])
    return _after(dialog, dialog.hear(heard), heard, talk, context, said)


def _offered(talk: Talk, command: str) -> str:
    """The report for which this command stands under the last thing we said here: "/reopen ", "/rate "."""
    ids = [choice.id for choice in talk.prompt.choices]
    return next((one.removeprefix(command) for one in ids if one.startswith(command)), "")


def _rated(talk: Talk) -> str:
    """The report that is being rated."""
    return str(talk.memory.get("code", "")) if talk.dialog == "rate" else ""


def _seems_not_done(text: str, kind: str, code: str, context: Context) -> bool:
    """Whether the words are about what was just reported as done: the same field again, or "chưa …"."""
    seen, report = context.prediction, context.lookup.report(code)
    if kind == "report":
        return seen is not None and report is not None and seen.category == report.category and not seen.place
    return kind in UNHAPPY and bool({"chua", "van"} & set(fold(text).split()))


def _takes_numbers(dialog: Dialog) -> bool:
    """Whether a bare number is an answer here (a phone, a house number) and not a wrong choice."""
    return dialog.state in ("phone", "name", "waiting", "reason", "adding", "code")


def _after(
    dialog: Dialog, understood: bool, heard: Heard, talk: Talk, context: Context, said: list[Effect]
) -> tuple[Talk, list[Effect]]:
    if not understood:
        incoming = heard.incoming
        if incoming is not None and incoming.kind == "media_ready":
            return talk, said
        if not talk.dialog:
            return _small_talk("front.chatter", talk, context, said)
        polite = context.prediction is not None and context.prediction.kind in ("thanks", "greeting")
        said = [*said, Say(Outgoing(say("front.still_open" if polite else "front.not_understood")))]
    asked = dialog.question()
    effects = [*said, *dialog.effects, *([Say(asked)] if asked else [])]
    if dialog.silent:
        return Talk(dialog.name, dialog.state, _memory(dialog), talk.prompt, context.now), effects
    prompt = _prompt(effects, talk.prompt)
    if dialog.over:
        return Talk(prompt=prompt, updated_at=context.now), effects
    return Talk(dialog.name, dialog.state, _memory(dialog), prompt, context.now), effects


def _memory(dialog: Dialog) -> dict[str, Any]:
    return dialog.saved() if isinstance(dialog, ReportDialog) else dialog.memory


def _repeat(talk: Talk, context: Context, said: list[Effect]) -> tuple[Talk, list[Effect]]:
    """Ask the open question once more under a new number, so that old buttons stay old."""
    if not talk.dialog:
        return _small_talk("front.menu", talk, context, said)
    dialog = DIALOGS[talk.dialog](context, talk.state, dict(talk.memory))
    asked = dialog.question()
    effects = [*said, *([Say(asked)] if asked else [])]
    return Talk(talk.dialog, talk.state, talk.memory, _prompt(effects, talk.prompt), context.now), effects


def _small_talk(key: str, talk: Talk, context: Context, said: list[Effect]) -> tuple[Talk, list[Effect]]:
    """A short answer that begins nothing; an open dialog goes on with its question."""
    locality = context.locality
    text = say(key, bot=locality.bot_name, town=locality.name)
    if key in WITH_HOTLINE and locality.hotline:
        text = f"{text}\n{say('front.hotline', hotline=locality.hotline)}"
    if talk.dialog:
        return _repeat(talk, context, [*said, Say(Outgoing(text))])
    effects = [*said, Say(Outgoing(text, menu_choices()))]
    return Talk(prompt=_prompt(effects, talk.prompt), updated_at=context.now), effects


def _prompt(effects: list[Effect], before: Prompt) -> Prompt:
    """The choices last offered become the open prompt; a turn without any closes the one before."""
    offered = [effect.outgoing for effect in effects if isinstance(effect, Say) and effect.outgoing.choices]
    if not offered:
        return Prompt(before.no)
    return Prompt(before.no + 1, offered[-1].text, offered[-1].choices)


def _is_sticker(incoming: Incoming) -> bool:
    return bool(incoming.media) and all(item.kind == "sticker" for item in incoming.media)
