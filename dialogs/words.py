"""The plain values every room speaks in; this file imports nothing of ours."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Literal, Protocol, runtime_checkable
from zoneinfo import ZoneInfo

TOWN_TIME = ZoneInfo("Asia/Ho_Chi_Minh")


class Expected(Exception):
    """A failure that the person at the terminal can mend; its text says how, in a line a fault."""

    exit_code = 1


# ---------------------------------------------------------------- what comes in and goes out

IncomingKind = Literal[
    "text",
    "choice",
    "media",
    "location",
    "contact",
    "start",
    "edited",
    "follow",
    "unfollow",
    "erase_request",
    "media_ready",  # our own fetcher: bytes are stored and clean
    "media_refused",  # our own fetcher: it is nothing that we take, or it is gone
    "too_large",  # a file that the channel does not let us have; its words are the text
    "by_hand",  # an officer answered in the channel's own app (Zalo OA Chat); `address` is the person's chat
    "migrated",  # the group has a new id, which is the text; `address` is the old one
    "unsupported",
]
MediaKind = Literal["image", "video", "audio", "file", "sticker"]
Purpose = Literal["reply", "notice", "broadcast"]


@dataclass(frozen=True, slots=True)
class Address:
    """Where a conversation takes place. `chat` is the channel's own id; `thread` a forum topic."""

    channel: str
    account: str
    chat: str
    thread: str = ""

    @property
    def key(self) -> str:
        """One string, stable, unique over all channels: `telegram:main:-100123:7`."""
        return ":".join(filter(None, (self.channel, self.account, self.chat, self.thread)))

    @classmethod
    def of(cls, key: str) -> "Address":
        """The address behind its key; only a thread may hold a colon."""
        return cls(*key.split(":", 3))


@dataclass(frozen=True, slots=True)
class Sender:
    """Who wrote: the channel's own id of the person, and the name shown there."""

    id: str
    name: str = ""
    anonymous: bool = False


@dataclass(frozen=True, slots=True)
class Media:
    """A photo, film, voice or file. `ref` is the channel's id, our upload token, or (once stored) our media id."""

    kind: MediaKind
    ref: str
    mime: str = ""
    size: int = 0
    name: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One thing that a person did on a channel, the same shape for all channels."""

    address: Address
    sender: Sender
    kind: IncomingKind
    dedupe_key: str
    at: datetime
    text: str = ""
    media: tuple[Media, ...] = ()
    album: str = ""
    lat: float | None = None
    lon: float | None = None
    phone: str = ""
    phone_verified: bool = False
    choice: str = ""  # the wire id of a pressed button, see dialogs/render.py
    reply_to: str = ""  # the channel's id of the message answered; a report code in the browser room
    message_id: str = ""  # the channel's own id of this message; of an edit, of the message edited
    in_group: bool = False  # many people share this chat
    continues: bool = False  # a further part of an album whose first part has been heard


@dataclass(frozen=True, slots=True)
class Choice:
    """A button, or a line of a numbered list.

    An id that begins with "/" is a command and holds for ever; any other id belongs to the prompt it was shown with.
    """

    id: str
    label: str
    url: str = ""

    def as_words(self, number: int) -> str:
        """What a press on it says where buttons come back as text (Zalo OA): `2. Đánh giá TC-7K3F-2F`."""
        argument = self.id.partition(" ")[2] if self.id.startswith("/") else ""
        return f"{number}. {self.label}" if argument in self.label else f"{number}. {self.label} {argument}"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What we say: one thought, its choices, its pictures."""

    text: str
    choices: tuple[Choice, ...] = ()
    media: tuple[Media, ...] = ()
    ask: Literal["", "location", "contact"] = ""
    edit_of: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One native message: what `render` made of an Outgoing for one channel. Choice ids are wire ids here.

    `removes`: the message `edit_of` is taken away; where the channel refuses, the text stands in place of its words.
    """

    text: str
    choices: tuple[Choice, ...] = ()
    media: tuple[Media, ...] = ()
    ask: Literal["", "location", "contact"] = ""
    edit_of: str = ""
    removes: bool = False


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a channel can do. Lengths in characters, sizes in bytes; `buttons` 0 means none at all."""

    max_text: int = 4096
    max_caption: int = 1024
    buttons: int = 8
    label_len: int = 60
    ask_location: bool = False
    ask_contact: bool = False
    edit: bool = False
    media_in: frozenset[str] = frozenset()
    media_out: frozenset[str] = frozenset()
    max_media_bytes: int = 20 * 1024 * 1024
    threads: bool = False
    repeats_safely: bool = False  # sending a part twice shows it once
    free_window: timedelta | None = None
    window: timedelta | None = None


SendErrorKind = Literal["retry", "throttled", "recipient_gone", "window_closed", "bad_request", "config", "unknown"]


class SendError(Exception):
    """A message could not be delivered, or nobody knows whether it was.

    retry: try again later (connect error, 5xx); throttled: 429, wait `retry_after` seconds; recipient_gone: the person
    left or blocked us; window_closed: kept for the person's next message; bad_request: ours to mend, never retried;
    config: wrong token or rights; unknown: the request left and no answer came, it may have been delivered.
    `new_chat`: the chat lives on under this id; queue the message again for it.
    """

    def __init__(
        self, kind: SendErrorKind, why: str = "", retry_after: float | None = None, *, new_chat: str = ""
    ) -> None:
        super().__init__(f"{kind}: {why}" if why else kind)
        self.kind: SendErrorKind = kind
        self.retry_after = retry_after
        self.new_chat = new_chat


class Gone(Exception):
    """What a person sent is not to be had any more, or too large; trying again is of no use."""


# A connector's way in: returns after the commit, with the words to show on a pressed button that did nothing, else "".
Receive = Callable[[Incoming], Awaitable[str]]


class Connector(Protocol):
    """One channel. `send` delivers one Part and returns the channel's id of the message; it raises only SendError."""

    name: str
    account: str
    capabilities: Capabilities

    async def send(self, address: Address, part: Part, message_id: int) -> str: ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


@runtime_checkable
class Paced(Protocol):
    """A connector whose platform has limits: who would send waits for a turn, the lowest lane first.

    Entering raises SendError (`throttled`) when the chat's turn is a long way off. A turn may be left unused.
    """

    def turn(self, address: Address, part: Part, lane: int) -> AbstractAsyncContextManager[None]: ...


# ---------------------------------------------------------------- what is remembered of a conversation


@dataclass(frozen=True, slots=True)
class Prompt:
    """The open question of a conversation: its number, its words, its choices in the order of their numbers."""

    no: int = 0
    text: str = ""
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Talk:
    """What is remembered of a conversation between two turns."""

    dialog: str = ""
    state: str = ""
    memory: Mapping[str, Any] = field(default_factory=dict)
    prompt: Prompt = Prompt()
    updated_at: datetime | None = None


# ---------------------------------------------------------------- what a message is about


@dataclass(frozen=True, slots=True)
class Place:
    """A place as understood: the words for it, and the commune of today if they decide it.

    `candidates` holds commune codes when a name fits several; `old_name` the former unit the person named.
    """

    text: str = ""
    commune: str = ""
    old_name: str = ""
    candidates: tuple[str, ...] = ()
    lat: float | None = None
    lon: float | None = None


MessageKind = Literal[
    "report",
    "proposal",
    "question",
    "status",
    "thanks",
    "greeting",
    "spam",
    "chatter",
    "complaint_about_answer",
]


@dataclass(frozen=True, slots=True)
class Prediction:
    """What nlp makes of one text, alone. `category` is "" and `confidence` 0.0 when it is no report.

    `alternatives` ranks the fields in any case: within a dialog we may know better than the text alone.
    """

    kind: MessageKind = "chatter"
    category: str = ""
    confidence: float = 0.0
    alternatives: tuple[tuple[str, float], ...] = ()  # best first, calibrated, `category` included
    urgent: bool = False
    denunciation: bool = False
    place: Place | None = None
    public_text: str = ""
    why: tuple[str, ...] = ()  # the words that spoke for the category


# ---------------------------------------------------------------- the report


class Status(StrEnum):
    """Where a report stands in its life (store/lifecycle.py)."""

    RECEIVED = "received"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    NEED_INFO = "need_info"
    RESOLVED = "resolved"
    CLOSED = "closed"
    REJECTED = "rejected"
    MERGED = "merged"
    WITHDRAWN = "withdrawn"


OPEN_STATUSES = (Status.RECEIVED, Status.ASSIGNED, Status.IN_PROGRESS, Status.NEED_INFO)


@dataclass(frozen=True, slots=True)
class ReportView:
    """A report as dialogs and pages may read it; a copy, never a database row."""

    id: int
    code: str
    status: Status
    version: int
    category: str
    text: str
    public_text: str
    place: Place
    agency: str
    created_at: datetime
    confidence: float = 0.0
    why: tuple[str, ...] = ()
    urgent: bool = False
    sensitive: bool = False
    anonymous: bool = True
    reporter_name: str = ""
    reporter_phone: str = ""
    phone_verified: bool = False
    due_at: datetime | None = None
    accepted_at: datetime | None = None
    paused_at: datetime | None = None
    resolved_at: datetime | None = None
    outcome: str = ""
    no_photo_reason: str = ""
    question: str = ""
    media: tuple[Media, ...] = ()  # what the citizen sent
    outcome_media: tuple[Media, ...] = ()  # the after-photos
    solved_rating: int | None = None
    satisfaction: int | None = None
    mine: bool = False
    followers: int = 0  # other citizens who reported the same
    steps: tuple[str, ...] = ()  # what store/lifecycle.py allows from this status


# ---------------------------------------------------------------- the locality pack


@dataclass(frozen=True, slots=True)
class Category:
    """A field of work. Hours are working hours (office calendar) except when the report is urgent."""

    id: str
    name: str
    short: str
    accept_hours: float
    answer_hours: float
    sensitive: bool = False  # never on public pages
    restricted: bool = False  # read and worked in the sensitive room only, whoever is accused
    emergency: bool = False
    legal_door: str = ""


@dataclass(frozen=True, slots=True)
class Agency:
    """A unit that owns reports: `categories` it handles, in `communes` (empty: all), worked in `room`."""

    id: str
    name: str
    categories: frozenset[str]
    communes: frozenset[str] = frozenset()
    room: str = ""
    head: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class OldUnit:
    """A former commune or township and the years in which it carried that name."""

    name: str
    years: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune of today; `rings` are its outlines as (lon, lat) points."""

    code: str
    name: str
    old_units: tuple[OldUnit, ...] = ()
    rings: tuple[tuple[tuple[float, float], ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Landmark:
    """A known place name (market, bridge, river, hill) and its commune, if one commune holds it."""

    name: str
    commune: str = ""


RoomKind = Literal["agency", "intake", "sensitive", "leaders", "operators"]


@dataclass(frozen=True, slots=True)
class Room:
    """A staff room: where officers see and work reports."""

    id: str
    name: str
    kind: RoomKind = "agency"


@dataclass(frozen=True, slots=True)
class EmergencyNumber:
    """A number to call first, with what it is for."""

    number: str
    name: str


@dataclass(frozen=True, slots=True)
class FaqEntry:
    """A question people ask, its other wordings, and the answer."""

    id: str
    question: str
    answer: str
    wordings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """When offices work: `spans` by weekday (0 Monday), days off, and Saturdays worked in exchange."""

    spans: Mapping[int, tuple[tuple[time, time], ...]]
    days_off: Mapping[date, str] = field(default_factory=dict)
    swapped_workdays: Mapping[date, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Locality:
    """A town's pack, loaded and checked by store/locality.py. Mappings keep the order of the files."""

    id: str
    name: str
    bot_name: str
    hotline: str
    urgent_accept_hours: float
    urgent_answer_hours: float
    categories: Mapping[str, Category]
    communes: Mapping[str, Commune]
    agencies: Mapping[str, Agency]
    rooms: Mapping[str, Room]
    emergency_numbers: tuple[EmergencyNumber, ...]
    faq: tuple[FaqEntry, ...]
    landmarks: tuple[Landmark, ...]
    office_hours: OfficeHours
    code_prefix: str = "TC"

    def room_of_kind(self, kind: RoomKind) -> Room | None:
        """The first room of that kind, or None."""
        return next((room for room in self.rooms.values() if room.kind == kind), None)
