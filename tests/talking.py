"""A dialog in a test without any store: look-ups that answer what they were told, reports, and people who talk."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from dialogs import front, staff_front
from dialogs.context import Context
from dialogs.effects import Effect, Say
from dialogs.words import (
    Address,
    FaqEntry,
    Incoming,
    Media,
    Outgoing,
    Place,
    Prediction,
    ReportView,
    Sender,
    Status,
    Talk,
)
from store.codes import find_code
from store.lifecycle import allowed_steps
from tests.town import MONDAY_NINE, places, thanh_chuong

DAI_DONG = "17713"
IN_DAI_DONG, FAR_AWAY = (18.7969, 105.34), (21.03, 105.85)
CODE, OTHER_CODE, UNKNOWN_CODE = "TC-7K3F-2F", "TC-0A1B-28", "TC-9999-9S"


@dataclass
class FakeLookup:
    """dialogs.context.Lookup over a few reports and FAQ entries."""

    reports: dict[str, ReportView] = field(default_factory=dict)
    entries: list[FaqEntry] = field(default_factory=list)
    followed: list[tuple[str, str]] = field(default_factory=list)
    alike: list[ReportView] = field(default_factory=list)
    wholes: dict[str, Prediction] = field(default_factory=dict)  # what nlp makes of words from several messages

    def my_reports(self, limit: int) -> list[ReportView]:
        return [report for report in self.reports.values() if report.mine][:limit]

    def report(self, code: str) -> ReportView | None:
        found = find_code(code, "TC")
        return self.reports.get(found[0]) if found else None

    def code_in(self, text: str) -> bool | None:
        found = find_code(text, "TC")
        return found[1] if found else None

    def faq(self, text: str) -> list[FaqEntry]:
        return self.entries

    def subscriptions(self) -> list[tuple[str, str]]:
        return self.followed

    def lookalikes(self, code: str) -> list[ReportView]:
        return [report for report in self.reports.values() if report.code != code]

    def similar(self, text: str, category: str, place: Place) -> list[ReportView]:
        return self.alike

    def commune_at(self, lat: float, lon: float) -> str:
        return DAI_DONG if (lat, lon) == IN_DAI_DONG else ""

    def place_in(self, text: str) -> Place | None:
        return places().place_in(text)

    def understand(self, text: str) -> Prediction:
        return self.wholes.get(text, Prediction(public_text=text))


def a_report(code: str = CODE, status: Status = Status.ASSIGNED, **what: Any) -> ReportView:
    """A report as dialogs read it."""
    plain = ReportView(
        id=1,
        code=code,
        status=status,
        version=2,
        category="lighting_greenery",
        text="đèn đường xóm 5 hỏng cả tuần nay",
        public_text="đèn đường xóm 5 hỏng cả tuần nay",
        place=Place("xóm 5", DAI_DONG, "Thanh Lĩnh"),
        agency="kinh-te-17713",
        created_at=MONDAY_NINE,
        mine=True,
        steps=allowed_steps(status),
    )
    return replace(plain, **what)


def a_context(lookup: FakeLookup | None = None, prediction: Prediction | None = None, **what: Any) -> Context:
    """What a dialog may read in this test: the real pack, a fake everything else."""
    what = {"now": MONDAY_NINE, "locality": thanh_chuong(), "code": "TC-AAAA-AE", **what}
    return Context(lookup=lookup or FakeLookup(), prediction=prediction, **what)


def an_incoming(text: str = "", kind: Any = "text", **what: Any) -> Incoming:
    """Something a person did."""
    what = {"at": MONDAY_NINE, "dedupe_key": "1", **what}
    return Incoming(Address("webchat", "main", "hoa"), Sender("hoa", "Hoa"), kind, text=text, **what)


def a_photo(ref: str = "1") -> Media:
    return Media("image", ref, "image/jpeg", 1000, "anh.jpg")


@dataclass
class Conversation:
    """A citizen who talks to the front door; what is remembered goes through JSON's hands in the store's tests."""

    lookup: FakeLookup = field(default_factory=FakeLookup)
    talk: Talk = field(default_factory=Talk)
    now: datetime = MONDAY_NINE
    effects: list[Effect] = field(default_factory=list)

    def hear(self, incoming: Incoming, prediction: Prediction | None = None) -> list[str]:
        """One turn; returns the texts said."""
        context = a_context(self.lookup, prediction, now=self.now)
        self.talk, self.effects = front.hear(incoming, self.talk, context)
        return texts_of(self.effects)

    def say(self, text: str, prediction: Prediction | None = None) -> list[str]:
        return self.hear(an_incoming(text), prediction)

    def press(self, choice_id: str) -> list[str]:
        """Press a button of the open prompt, or one with a command."""
        wire = choice_id if choice_id.startswith("/") else f"{self.talk.prompt.no}:{choice_id}"
        return self.hear(an_incoming(kind="choice", choice=wire))

    @property
    def offered(self) -> list[str]:
        """The ids of the open prompt's choices."""
        return [choice.id for choice in self.talk.prompt.choices]


@dataclass
class Card:
    """An officer at work on one card."""

    report: ReportView = field(default_factory=a_report)
    talk: Talk = field(default_factory=Talk)
    effects: list[Effect] = field(default_factory=list)

    def hear(self, incoming: Incoming) -> list[str]:
        """One turn; returns the texts said."""
        context = a_context(FakeLookup({self.report.code: self.report}))
        self.talk, self.effects = staff_front.hear(self.report.code, incoming, self.talk, context)
        return texts_of(self.effects)

    def say(self, text: str) -> list[str]:
        return self.hear(an_incoming(text))

    def press(self, choice_id: str) -> list[str]:
        return self.hear(an_incoming(kind="choice", choice=f"{self.talk.prompt.no}:{choice_id}"))

    def button(self, name: str) -> list[str]:
        """Press one of the card's own buttons."""
        wire = f"/case {self.report.code} {name}:{self.report.version}"
        return self.hear(an_incoming(kind="choice", choice=wire))

    @property
    def offered(self) -> list[str]:
        return [choice.id for choice in self.talk.prompt.choices]


def said(effects: list[Effect]) -> list[Outgoing]:
    return [effect.outgoing for effect in effects if isinstance(effect, Say)]


def texts_of(effects: list[Effect]) -> list[str]:
    return [outgoing.text for outgoing in said(effects)]


def done(effects: list[Effect]) -> list[Effect]:
    """What is done besides talking."""
    return [effect for effect in effects if not isinstance(effect, Say)]
