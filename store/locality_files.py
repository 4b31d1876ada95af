"""Reading the files of a locality pack, without stopping at the first error."""

import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from store.locality_entries import (
    AgencyEntry,
    CategoryEntry,
    CommuneEntry,
    DayEntry,
    EmergencyNumberEntry,
    Entry,
    FaqFileEntry,
    LandmarkEntry,
    LocalityEntry,
    OfficeHoursEntry,
    RoomEntry,
)

# the lists each file may hold; True: at least one entry is needed
FILES: Mapping[str, Mapping[str, bool]] = {
    "locality.toml": {"office_hours": True, "emergency_number": False},
    "categories.toml": {"category": True},
    "communes.toml": {"commune": True},
    "agencies.toml": {"agency": True},
    "rooms.toml": {"room": True},
    "landmarks.toml": {"landmark": False},
    "faq.toml": {"faq": False},
    "holidays.toml": {"day_off": False, "workday": False},
}

T = TypeVar("T")
M = TypeVar("M", bound=Entry)
Raw = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Row(Generic[T]):
    """An entry and where it stands: "agencies.toml: agency[3]", counted from 1."""

    where: str
    entry: T


@dataclass(frozen=True, slots=True)
class Pack:
    """All that could be read; `raw` also holds the entries that are broken, `broken` names files with errors."""

    raw: Raw
    broken: frozenset[str]
    town: LocalityEntry | None
    office_hours: list[Row[OfficeHoursEntry]]
    emergency_numbers: list[Row[EmergencyNumberEntry]]
    categories: list[Row[CategoryEntry]]
    communes: list[Row[CommuneEntry]]
    agencies: list[Row[AgencyEntry]]
    rooms: list[Row[RoomEntry]]
    landmarks: list[Row[LandmarkEntry]]
    faq: list[Row[FaqFileEntry]]
    days_off: list[Row[DayEntry]]
    workdays: list[Row[DayEntry]]

    def ids(self, name: str, key: str, id_key: str = "id") -> set[str]:
        """Return the ids in one file, those of broken entries too, so that one error does not make ten."""
        entries = self.raw[name].get(key, [])
        return {str(e.get(id_key)) for e in entries if isinstance(e, dict)} if isinstance(entries, list) else set()


def read_pack(folder: Path, errors: list[str]) -> Pack:
    """Read every file of the pack; what is wrong in shape is appended to `errors`, what is right is returned."""
    raw = {name: _toml(folder / name, errors) for name in FILES}
    for name in FILES:
        _check_lists(name, raw[name], errors)
    return Pack(
        town=_town(raw["locality.toml"], errors),
        office_hours=_rows(raw, "locality.toml", "office_hours", OfficeHoursEntry, errors),
        emergency_numbers=_rows(raw, "locality.toml", "emergency_number", EmergencyNumberEntry, errors),
        categories=_rows(raw, "categories.toml", "category", CategoryEntry, errors),
        communes=_rows(raw, "communes.toml", "commune", CommuneEntry, errors),
        agencies=_rows(raw, "agencies.toml", "agency", AgencyEntry, errors),
        rooms=_rows(raw, "rooms.toml", "room", RoomEntry, errors),
        landmarks=_rows(raw, "landmarks.toml", "landmark", LandmarkEntry, errors),
        faq=_rows(raw, "faq.toml", "faq", FaqFileEntry, errors),
        days_off=_rows(raw, "holidays.toml", "day_off", DayEntry, errors),
        workdays=_rows(raw, "holidays.toml", "workday", DayEntry, errors),
        raw={name: content or {} for name, content in raw.items()},
        broken=frozenset(error.split(":")[0] for error in errors),  # last: all files have been read by now
    )


def _toml(path: Path, errors: list[str]) -> dict[str, Any] | None:
    try:
        return tomllib.loads(unicodedata.normalize("NFC", path.read_text(encoding="utf-8-sig")))
    except FileNotFoundError:
        errors.append(f"{path.name}: the file is missing")
    except OSError as error:
        errors.append(f"{path.name}: cannot be read: {error.strerror}")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        errors.append(f"{path.name}: no valid TOML in UTF-8: {error}")
    return None


def _check_lists(name: str, content: dict[str, Any] | None, errors: list[str]) -> None:
    if content is None:
        return
    for key, needed in FILES[name].items():
        if needed and not content.get(key):
            errors.append(f"{name}: {key}: there is no [[{key}]]")
        elif not isinstance(content.get(key, []), list):
            errors.append(f"{name}: {key}: write [[{key}]], in double brackets")
    if name != "locality.toml":
        errors += [f"{name}: {key}: unknown key" for key in content if key not in FILES[name]]


def _town(content: dict[str, Any] | None, errors: list[str]) -> LocalityEntry | None:
    if content is None:
        return None
    plain = {key: value for key, value in content.items() if key not in FILES["locality.toml"]}
    return _entry("locality.toml: ", plain, LocalityEntry, errors)


def _rows(
    raw: Mapping[str, dict[str, Any] | None], name: str, key: str, model: type[M], errors: list[str]
) -> list[Row[M]]:
    entries = (raw[name] or {}).get(key, [])
    found = []
    for number, value in enumerate(entries if isinstance(entries, list) else [], start=1):
        where = f"{name}: {key}[{number}]"
        entry = _entry(where + ".", value, model, errors)
        if entry is not None:
            found.append(Row(where, entry))
    return found


def _entry(where: str, value: object, model: type[M], errors: list[str]) -> M | None:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        for fault in error.errors():
            key = ".".join(str(part + 1) if isinstance(part, int) else part for part in fault["loc"])
            errors.append(f"{where}{key}".rstrip(".: ") + f": {_plainly(fault['type'], fault['msg'])}")
        return None


def _plainly(kind: str, message: str) -> str:
    return "unknown key" if kind == "extra_forbidden" else message.removeprefix("Value error, ")
