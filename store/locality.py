"""A town's pack: loading a folder of TOML files into a checked Locality, and asking it who owns what."""

from collections.abc import Sequence
from pathlib import Path

from dialogs.words import Agency, Expected, Locality
from store.locality_build import (
    agencies_of,
    categories_of,
    communes_of,
    emergency_numbers_of,
    faq_of,
    landmarks_of,
    office_hours_of,
    rooms_of,
)
from store.locality_checks import check_all, handles
from store.locality_files import read_pack
from store.locality_outlines import read_outlines
from store.public_holidays import HOLIDAY_YEARS

ROOMS_WISHED = {
    "sensitive": "reports about officers' conduct have no protected room",
    "leaders": "nobody sees the aggregate, the overdue and the spikes",
    "operators": "nobody is told when the service itself has trouble",
}


class LocalityError(Expected):
    """The locality pack has errors: one a line, each with its file and key; entries are counted from 1."""

    exit_code = 2

    def __init__(self, errors: Sequence[str]) -> None:
        super().__init__("\n".join(errors))
        self.errors = tuple(errors)


def bundled() -> Path:
    """Return the folder of the pack that comes with the program: the nine communes of old Thanh Chương."""
    return Path(__file__).parent / "localities" / "thanh_chuong"


def load_locality(folder: Path) -> Locality:
    """Read and check a pack; raise LocalityError with all that is wrong, or return the Locality."""
    if not folder.is_dir():
        raise LocalityError([f"{folder}: there is no such folder"])
    errors: list[str] = []
    pack = read_pack(folder, errors)
    communes = communes_of(pack, read_outlines(folder, pack.ids("communes.toml", "commune", "code"), errors))
    categories = categories_of(pack)
    rooms, agencies = rooms_of(pack, communes), agencies_of(pack, communes)
    check_all(pack, categories, communes, agencies, rooms, errors)
    if errors or pack.town is None:
        raise LocalityError(errors)
    return Locality(
        **pack.town.model_dump(),
        categories=categories,
        communes=communes,
        agencies={row.entry.id: row.entry for row in agencies},
        rooms={row.entry.id: row.entry for row in rooms},
        emergency_numbers=emergency_numbers_of(pack),
        faq=faq_of(pack),
        landmarks=landmarks_of(pack),
        office_hours=office_hours_of(pack),
    )


def owner_of(locality: Locality, category: str, commune: str) -> Agency | None:
    """Return the agency that owns a category in a commune; an unknown commune finds only agencies of the whole town."""
    return next((a for a in locality.agencies.values() if handles(a, category, commune)), None)


def warnings(locality: Locality) -> list[str]:
    """Return what a pack may lack and still work, one line each, for `langnghe doctor`."""
    found = [
        f"rooms.toml: no room of kind '{k}': {why}" for k, why in ROOMS_WISHED.items() if not _has_room(locality, k)
    ]
    if not locality.hotline:
        found.append("locality.toml: hotline: is empty; people who need a person to talk to get no number")
    if not locality.emergency_numbers:
        found.append("locality.toml: emergency_number: there is none to show in danger")
    found += [f"communes.geojson: no outline of {c.code} ({c.name})" for c in locality.communes.values() if not c.rings]
    found += [f"agencies.toml: {a.id}: no head is named" for a in locality.agencies.values() if not a.head]
    own_days = (*locality.office_hours.days_off, *locality.office_hours.swapped_workdays)
    found += [
        f"holidays.toml: {day} is outside {HOLIDAY_YEARS[0]}-{HOLIDAY_YEARS[-1]}"
        for day in own_days
        if day.year not in HOLIDAY_YEARS
    ]
    return found


def _has_room(locality: Locality, kind: str) -> bool:
    return any(room.kind == kind for room in locality.rooms.values())
