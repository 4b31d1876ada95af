"""The front door of a citizen's conversation: which dialog hears a message, and what is said when none does."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from dialogs.answer import AnswerDialog
from dialogs.answers import read_number, says_nothing
from dialogs.context import Context, Heard
from dialogs.dialog import Dialog
from dialogs.effects import Effect, ForgetMe, Say
from dialogs.lookup import LookupDialog
from dialogs.openings import is_sticker, leaves_for_report, opening_of
from dialogs.privacy import PrivacyDialog
from dialogs.rate import RateDialog
from dialogs.reading import IN_DIALOG, is_old_press, is_stale, linked, read
from dialogs.report import ReportDialog
from dialogs.subscribe import SubscribeDialog
from dialogs.texts import say
from dialogs.track import TrackDialog, menu_choices
from dialogs.words import Incoming, Outgoing, Prompt, Talk

DRAFT_LIFE = timedelta(hours=24)

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

UNSAID = ("follow", "unfollow", "migrated")  # what happened to the chat itself; nobody has said anything

# dialogs that are over when nobody has come back to them for a day; a draft says so, a question stays open
LEFT_LYING = ("track", "rate", "lookup", "privacy", "subscribe")

WITH_HOTLINE = ("front.help", "front.lost")


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
        if incoming.kind not in ("media_ready", "media_refused"):
            said.append(Say(Outgoing(say("report.expired"))))
    if incoming.kind == "media_refused":
        return _refused(incoming, talk, context)
    if incoming.kind == "too_large":  # the file stays away, the words under it count
        said.append(Say(Outgoing(say("front.too_large"))))
        if not incoming.text.strip():
            return _repeat(talk, context, said)
        incoming = replace(incoming, kind="text")
    if incoming.kind == "erase_request":  # asked for where Zalo keeps consents: there is nobody to ask back
        return Talk(prompt=Prompt(no=talk.prompt.no)), [ForgetMe(), Say(Outgoing(say("privacy.forgotten")))]
    if (incoming.kind == "choice" and is_stale(incoming.choice, talk)) or is_old_press(incoming, talk, context):
        return _repeat(talk, context, [*said, Say(Outgoing(say("front.stale")))])
    heard = read(incoming, talk, context)
    if _is_left_lying(heard, talk, context):
        talk = Talk(prompt=Prompt(no=talk.prompt.no))
    command, _, argument = linked(incoming, talk, context) or heard.choice.partition(" ")
    if command in COMMANDS:
        name, trigger = COMMANDS[command]
        return _begin(name, Heard(incoming, f"{trigger}:{argument.strip()}", heard.text), talk, context, said)
    if command == "/help" or (incoming.kind == "start" and not talk.dialog):
        return _small_talk("front.help" if command == "/help" else "front.welcome", talk, context, said)
    if talk.dialog and not leaves_for_report(heard, talk, context):
        return _go_on(heard, talk, context, said)
    opening = opening_of(heard, talk, context)
    if opening is None:
        return talk, said
    if opening.dialog:
        return _begin(opening.dialog, Heard(incoming, opening.trigger or heard.choice, heard.text), talk, context, said)
    return _small_talk(opening.says, talk, context, said)


def begin(name: str, trigger: str, talk: Talk, context: Context) -> tuple[Talk, list[Effect]]:
    """Open a dialog from our side, e.g. when an officer's question is pushed."""
    return _begin(name, Heard(choice=trigger), talk, context, [])


def remind(text: str, talk: Talk, context: Context) -> tuple[Talk, list[Effect]]:
    """Ask the open question once more from our side, under `text`; what was begun grows no younger by it."""
    after, effects = _repeat(talk, context, [])
    asked = [effect.outgoing for effect in effects if isinstance(effect, Say)]
    said: list[Effect] = [Say(replace(outgoing, text=f"{text}\n{outgoing.text}")) for outgoing in asked]
    return replace(after, updated_at=talk.updated_at), said


def _is_left_lying(heard: Heard, talk: Talk, context: Context) -> bool:
    """Words or a picture that come a day after the question they would answer by chance."""
    if heard.choice or talk.dialog not in LEFT_LYING or talk.updated_at is None:
        return False
    return context.now - talk.updated_at > DRAFT_LIFE


# ---------------------------------------------------------------- dialogs


def _begin(name: str, heard: Heard, talk: Talk, context: Context, said: list[Effect]) -> tuple[Talk, list[Effect]]:
    dialog = DIALOGS[name](context, "", {})
    understood = dialog.hear(heard)
    is_aside = dialog.over or heard.choice.startswith("mine")
    if talk.dialog == "report" and is_aside and understood:  # a look aside: the draft goes on where it was
        return _repeat(talk, context, [*said, *dialog.effects])
    if talk.dialog == "report":
        said = [*said, Say(Outgoing(say("report.put_aside")))]
    return _after(dialog, understood, heard, talk, context, said)


def _go_on(heard: Heard, talk: Talk, context: Context, said: list[Effect]) -> tuple[Talk, list[Effect]]:
    heard = Heard(heard.incoming, IN_DIALOG.get(heard.choice, heard.choice), heard.text)
    dialog = DIALOGS[talk.dialog](context, talk.state, dict(talk.memory))
    incoming = heard.incoming
    assert incoming is not None
    if is_sticker(incoming) or incoming.kind == "unsupported":
        return _repeat(talk, context, [*said, Say(Outgoing(say("front.unsupported")))])
    if says_nothing(incoming):
        return _repeat(talk, context, [*said, Say(Outgoing(say("front.not_understood")))])
    if talk.prompt.choices and not heard.choice and read_number(heard.text) is not None and not _takes_numbers(dialog):
        return _repeat(talk, context, [*said, Say(Outgoing(say("front.no_such_number")))])
    return _after(dialog, dialog.hear(heard), heard, talk, context, said)


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


def _refused(incoming: Incoming, talk: Talk, context: Context) -> tuple[Talk, list[Effect]]:
    """A file that they think we have is none that we can open: told at once, and a draft counts it no more."""
    told: list[Effect] = [Say(Outgoing(say("front.file_refused")))]
    if talk.dialog != "report":
        return talk, told
    dialog = ReportDialog(context, talk.state, dict(talk.memory))
    dialog.draft.drop_media(incoming)
    return _repeat(replace(talk, memory=dialog.saved()), context, told)


def _prompt(effects: list[Effect], before: Prompt) -> Prompt:
    """The choices last offered become the open prompt; a turn without any closes the one before."""
    offered = [effect.outgoing for effect in effects if isinstance(effect, Say) and effect.outgoing.choices]
    if not offered:
        return Prompt(before.no)
    return Prompt(before.no + 1, offered[-1].text, offered[-1].choices)
