"""What a dialog wants done. Imperative, plain, performed by bot/perform.py in the turn's transaction."""

from dataclasses import dataclass

from dialogs.words import Outgoing, Place


@dataclass(frozen=True, slots=True)
class Say:
    """Answer in this conversation."""

    outgoing: Outgoing


@dataclass(frozen=True, slots=True)
class FileReport:
    """File what the citizen has confirmed, under the code that the context reserved."""

    code: str
    text: str
    category: str
    predicted_category: str
    confidence: float
    place: Place
    media: tuple[str, ...] = ()
    public_text: str = ""
    why: tuple[str, ...] = ()
    urgent: bool = False
    sensitive: bool = False
    anonymous: bool = True
    name: str = ""
    phone: str = ""
    phone_verified: bool = False


@dataclass(frozen=True, slots=True)
class GiveConsent:
    """Record what the person agreed to, in the words they were shown."""

    purpose: str
    wording: str


@dataclass(frozen=True, slots=True)
class ForgetMe:
    """Take back the consent: name and phone are erased, from the open reports too."""


@dataclass(frozen=True, slots=True)
class AddToReport:
    """The citizen adds words or pictures to a report of theirs."""

    code: str
    text: str = ""
    media: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerQuestion:
    """The citizen answers what an officer asked; the clock runs again."""

    code: str
    text: str = ""
    media: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rate:
    """The two ratings: solved 1 no, 2 partly, 3 yes; satisfaction 1 to 5."""

    code: str
    solved: int
    satisfaction: int


@dataclass(frozen=True, slots=True)
class Reopen:
    """Not solved after all: back to the agency, with the reason."""

    code: str
    reason: str
    media: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FollowReport:
    """The citizen says that somebody has reported it already: they are told of every step, their words are added."""

    code: str
    text: str = ""
    media: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Withdraw:
    """The citizen takes an open report back."""

    code: str


@dataclass(frozen=True, slots=True)
class Subscribe:
    """The citizen asks to be told of a commune's news ("": the whole town's) in a field ("": in all)."""

    commune: str
    category: str


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """The citizen wants no more news."""


# ---------------------------------------------------------------- officers


@dataclass(frozen=True, slots=True)
class Step:
    """A step in a report's life by an officer, only if the report still has `version`.

    `step` is a trigger of store/lifecycle.py; `note` is what the citizen may read (question, outcome, reason).
    """

    code: str
    version: int
    step: str
    note: str = ""
    agency: str = ""
    media: tuple[str, ...] = ()
    no_photo_reason: str = ""


@dataclass(frozen=True, slots=True)
class SendAnswer:
    """A progress answer to the citizen that changes no status."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class AddNote:
    """A word among officers; the citizen never sees it."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class CorrectCategory:
    """The officer says which field it really is; the classifier learns from it."""

    code: str
    version: int
    category: str


@dataclass(frozen=True, slots=True)
class SetUrgent:
    """The officer sets or clears the urgent flag."""

    code: str
    version: int
    urgent: bool


@dataclass(frozen=True, slots=True)
class SetSensitive:
    """The officer restricts a report to the sensitive room, or lets it out to the unit that owns its field."""

    code: str
    version: int
    sensitive: bool


@dataclass(frozen=True, slots=True)
class MergeInto:
    """The officer says that a report is about the same thing as `other`, which goes on for both."""

    code: str
    version: int
    other: str


@dataclass(frozen=True, slots=True)
class KeepApart:
    """The officer says that these look the same and are not."""

    code: str
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShowSender:
    """Tell this officer alone who reported; that they looked is written down."""

    code: str


Effect = (
    Say
    | FileReport
    | GiveConsent
    | ForgetMe
    | AddToReport
    | AnswerQuestion
    | Rate
    | Reopen
    | FollowReport
    | Withdraw
    | Subscribe
    | Unsubscribe
    | Step
    | SendAnswer
    | AddNote
    | CorrectCategory
    | SetUrgent
    | SetSensitive
    | MergeInto
    | KeepApart
    | ShowSender
)
