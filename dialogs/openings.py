"""What a message begins when no dialog is open, or none that it answers: a dialog, or a few words."""

from dataclasses import dataclass
from datetime import timedelta

from dialogs.answers import fold, read_number, says_nothing
from dialogs.context import Context, Heard
from dialogs.draft import SURE
from dialogs.lookup import has_just_answered
from dialogs.over import is_over, meant
from dialogs.reading import IN_DIALOG
from dialogs.spoken import is_afterthought, is_content, is_impatient, wants_facts
from dialogs.track import LISTED
from dialogs.where import names_only
from dialogs.words import OPEN_STATUSES, Incoming, Prediction, Talk

AFTERTHOUGHT = timedelta(minutes=30)  # after filing, "à quên …" belongs to what was filed

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
BEGINS = {"report": "report", "proposal": "report", "question": "lookup"}


@dataclass(frozen=True, slots=True)
class Opening:
    """A dialog with its first trigger ("": what was said itself), or else the key of a short answer."""

    dialog: str = ""
    trigger: str = ""
    says: str = ""


def opening_of(heard: Heard, talk: Talk, context: Context) -> Opening | None:
    """What this begins; None if it is nothing that anybody said."""
    incoming = heard.incoming
    assert incoming is not None
    if heard.choice in IN_DIALOG:
        return Opening(says="front.nothing_open")
    if incoming.kind in ("media", "location") and not is_sticker(incoming):
        return Opening("report")
    if incoming.kind == "media_ready":
        return None
    if incoming.kind == "edited":
        return Opening(says="front.edited")
    if incoming.kind == "contact":
        return Opening(says="front.contact")
    if incoming.kind != "text":
        return Opening(says="front.unsupported")
    return _opening_of_words(heard, talk, context)


def _opening_of_words(heard: Heard, talk: Talk, context: Context) -> Opening:
    """What goes on with a report of theirs comes before what is new."""
    if talk.prompt.choices and read_number(heard.text) is not None:
        return Opening(says="front.no_such_number")
    seen = context.prediction
    kind = seen.kind if seen else "chatter"
    spelt = context.lookup.code_in(heard.text)
    if spelt or (spelt is False and BEGINS.get(kind) != "report"):  # "tc nuoc ban": what looks like one may be words
        return Opening("track", "track:")
    if (code := _rated(talk) or _offered(talk, "/reopen ")) and _seems_not_done(heard.text, kind, code, context):
        return Opening("rate", f"doubt:{code}")
    if kind in ("thanks", "chatter") and is_content(heard.text) and (rate := _offered(talk, "/rate ")):
        return Opening("rate", f"rate:{rate}")
    if which := _over(heard.text, kind, context):
        return Opening("track", which)
    if code := _just_filed(context) if is_afterthought(heard.text) else "":
        return Opening("track", f"more:{code}")
    if _waits(heard.text, kind, context) or kind in ("status", "complaint_about_answer"):
        return Opening("track", "status:")
    if has_just_answered(talk.prompt) and _may_be_anything(seen):
        return Opening(says="front.lost")
    if name := _begun_by(heard.text, kind, context):
        return Opening(name)
    is_long = kind in ("greeting", "chatter") and len(heard.text.split()) > A_GREETING
    return Opening(says="front.unclear" if is_long else SMALL_TALK[kind])


def leaves_for_report(heard: Heard, talk: Talk, context: Context) -> bool:
    """Whether somebody who was asked for something else reports a problem, or that it is not solved."""
    incoming, seen = heard.incoming, context.prediction
    if heard.choice or incoming is None or (talk.dialog, talk.state) not in LEAVES_FOR_REPORT:
        return False
    if incoming.kind in ("media", "location"):
        return talk.dialog != "rate" and not (is_sticker(incoming) or says_nothing(incoming))
    if incoming.kind != "text" or seen is None:
        return False
    if (code := _rated(talk)) and _seems_not_done(heard.text, seen.kind, code, context):
        return True
    if BEGINS.get(seen.kind) != "report" or (talk.dialog == "lookup" and _may_be_anything(seen)):
        return False
    return context.lookup.code_in(heard.text) is None and not context.lookup.faq(heard.text)


def _may_be_anything(seen: Prediction | None) -> bool:
    """Whether only the drift of a few words makes it a report: of no sure field, nowhere."""
    if seen is None or BEGINS.get(seen.kind) != "report":
        return False
    return seen.confidence < SURE and not (seen.place or seen.urgent or seen.denunciation)


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


def is_sticker(incoming: Incoming) -> bool:
    """A picture that says nothing of any problem."""
    return bool(incoming.media) and all(item.kind == "sticker" for item in incoming.media)
