"""What each entry of a locality pack may contain; one pydantic model for each kind of TOML table."""

from datetime import date, time
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from dialogs.words import RoomKind

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Text = Annotated[str, StringConstraints(min_length=1)]
Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
Number = Annotated[str, StringConstraints(pattern=r"^[0-9]{3,12}$")]
PhoneOrNone = Annotated[str, StringConstraints(pattern=r"^[0-9+ .()-]*$")]
Hours = Annotated[float, Field(gt=0, le=2000)]
Year = Annotated[int, Field(ge=1945, le=2100)]


def _span(text: str) -> tuple[time, time]:
    """Read "7:30-11:30"; the end must come after the beginning, on the same day."""
    try:
        begin, end = (_clock(part) for part in text.replace("–", "-").split("-"))
    except ValueError:
        raise ValueError(f"'{text}' is no time span like '7:30-11:30'") from None
    if begin >= end:
        raise ValueError(f"'{text}' ends before it begins")
    return begin, end


def _clock(text: str) -> time:
    hour, minute = text.split(":")
    return time(int(hour), int(minute))


def _is_span(text: str) -> str:
    _span(text)
    return text


class Entry(BaseModel):
    """One table of a TOML file; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class LocalityEntry(Entry):
    """The plain keys of locality.toml."""

    id: Id
    name: Text
    bot_name: Text
    hotline: PhoneOrNone = ""
    urgent_accept_hours: Hours
    urgent_answer_hours: Hours


class OfficeHoursEntry(Entry):
    """The hours of some weekdays: `days = ["mon", "tue"]`, `spans = ["7:30-11:30", "13:30-17:00"]`."""

    days: list[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]] = Field(min_length=1)
    spans: list[Annotated[str, AfterValidator(_is_span)]] = Field(min_length=1)

    def times(self) -> tuple[tuple[time, time], ...]:
        """Return the spans, earliest first."""
        return tuple(sorted(map(_span, self.spans)))

    @model_validator(mode="after")
    def _no_overlap(self) -> "OfficeHoursEntry":
        times = self.times()
        if any(earlier[1] > later[0] for earlier, later in pairwise(times)):
            raise ValueError("two spans overlap")
        return self


class EmergencyNumberEntry(Entry):
    number: Number
    name: Text


class CategoryEntry(Entry):
    id: Id
    name: Text
    short: Text
    accept_hours: Hours
    answer_hours: Hours
    sensitive: bool = False
    restricted: bool = False
    emergency: bool = False
    legal_door: str = ""

    @model_validator(mode="after")
    def _accept_comes_first(self) -> "CategoryEntry":
        if self.accept_hours > self.answer_hours:
            raise ValueError("accept_hours is longer than answer_hours")
        return self


class OldUnitEntry(Entry):
    name: Text
    years: list[Year] = Field(min_length=1)


class CommuneEntry(Entry):
    code: Id
    name: Text
    old_units: list[OldUnitEntry] = []


class AgencyEntry(Entry):
    """`each_commune` makes one agency per commune (of `communes`, or all); `heads` and `phones` go by commune code."""

    id: Id
    name: Text
    room: Id
    categories: list[str] = []
    communes: list[str] = []
    each_commune: bool = False
    head: str = ""
    phone: PhoneOrNone = ""
    heads: dict[str, Text] = {}
    phones: dict[str, PhoneOrNone] = {}

    @model_validator(mode="after")
    def _heads_need_communes(self) -> "AgencyEntry":
        if (self.heads or self.phones) and not self.each_commune:
            raise ValueError("heads and phones by commune need each_commune = true")
        return self


class RoomEntry(Entry):
    id: Id
    name: Text
    kind: RoomKind = "agency"
    each_commune: bool = False


class LandmarkEntry(Entry):
    name: Text
    commune: str = ""


class FaqFileEntry(Entry):
    id: Id
    question: Text
    answer: Text
    wordings: list[Text] = []


class DayEntry(Entry):
    date: date
    name: Text
