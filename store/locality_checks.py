"""What must hold between the files of a locality pack: references, duplicates, one owner for everything."""

from collections.abc import Iterable, Mapping
from itertools import chain

from dialogs.words import Agency, Category, Commune, Room
from store.locality_files import Pack, Row

# never worked where colleagues of the person complained about read along
NOT_FOR_AGENCY_ROOMS = frozenset({"officer_conduct"})


def handles(agency: Agency, category: str, commune: str) -> bool:
    """Tell whether the agency owns that category in that commune."""
    return category in agency.categories and (not agency.communes or commune in agency.communes)


def check_all(
    pack: Pack,
    categories: Mapping[str, Category],
    communes: Mapping[str, Commune],
    agencies: list[Row[Agency]],
    rooms: list[Row[Room]],
    errors: list[str],
) -> None:
    """Append every error between the files to `errors`."""
    _check_references(pack, errors)
    _check_duplicates(pack, agencies, rooms, errors)
    _check_rooms(pack, agencies, rooms, errors)
    _check_owners(pack, categories, communes, agencies, errors)


def _check_references(pack: Pack, errors: list[str]) -> None:
    """Append an error for each name that nothing answers to."""
    categories = pack.ids("categories.toml", "category")
    communes = pack.ids("communes.toml", "commune", "code")
    for row in pack.agencies:
        entry = row.entry
        errors += _unknown(f"{row.where}.categories", "category", entry.categories, categories)
        for key, codes in (("communes", entry.communes), ("heads", entry.heads), ("phones", entry.phones)):
            errors += _unknown(f"{row.where}.{key}", "commune", codes, communes)
        rooms = _room_ids(pack, communes, expands=entry.each_commune)
        errors += _unknown(f"{row.where}.room", "room", [entry.room], rooms)
    for mark in pack.landmarks:
        if mark.entry.commune:
            errors += _unknown(f"{mark.where}.commune", "commune", [mark.entry.commune], communes)


def _room_ids(pack: Pack, communes: set[str], expands: bool) -> set[str]:
    """Return the rooms an agency may name; `ubnd`, once per commune, only if the agency is once per commune too."""
    each = {row.entry.id for row in pack.rooms if row.entry.each_commune}
    plain = pack.ids("rooms.toml", "room")
    expanded = {f"{room}-{code}" for room in each for code in communes}
    return (plain if expands else plain - each) | expanded


def _unknown(where: str, what: str, names: Iterable[str], known: set[str]) -> list[str]:
    """Say which names are unknown; if nothing at all is known, the file is missing and that has been said."""
    return [f"{where}: unknown {what} '{name}'" for name in names if known and name not in known]


def _check_duplicates(pack: Pack, agencies: list[Row[Agency]], rooms: list[Row[Room]], errors: list[str]) -> None:
    """Append an error for each thing that stands twice where once is meant."""
    errors += _twice("id", ((row.where, row.entry.id) for row in pack.categories))
    errors += _twice("code", ((row.where, row.entry.code) for row in pack.communes))
    errors += _twice("name", ((row.where, row.entry.name) for row in pack.communes))
    errors += _twice("id", ((row.where, row.entry.id) for row in agencies))
    errors += _twice("id", ((row.where, row.entry.id) for row in rooms))
    errors += _twice("id", ((row.where, row.entry.id) for row in pack.faq))
    errors += _twice("number", ((row.where, row.entry.number) for row in pack.emergency_numbers))
    errors += _twice("days", ((row.where, day) for row in pack.office_hours for day in row.entry.days))
    errors += _twice("date", ((row.where, str(row.entry.date)) for row in chain(pack.days_off, pack.workdays)))
    errors += _twice("name", ((row.where, f"{row.entry.name} {row.entry.commune}".strip()) for row in pack.landmarks))
    for row in pack.communes:
        errors += _twice("old_units", ((row.where, unit.name) for unit in row.entry.old_units))
    wordings = ((row.where, word) for row in pack.faq for word in (row.entry.question, *row.entry.wordings))
    errors += _twice("wordings", ((where, word.casefold()) for where, word in wordings))


def _twice(key: str, pairs: Iterable[tuple[str, str]]) -> list[str]:
    first: dict[str, str] = {}
    again: dict[tuple[str, str], list[str]] = {}
    for where, name in pairs:
        if name in first:
            again.setdefault((where, first[name].split(": ")[-1]), []).append(f"'{name}'")
        first.setdefault(name, where)
    return [f"{where}.{key}: {', '.join(names)} already in {earlier}" for (where, earlier), names in again.items()]


def _check_rooms(pack: Pack, agencies: list[Row[Agency]], rooms: list[Row[Room]], errors: list[str]) -> None:
    """Append an error if new reports have no intake room, or a sensitive category is worked in an agency's room."""
    if "rooms.toml" not in pack.broken and not any(row.entry.kind == "intake" for row in rooms):
        errors.append("rooms.toml: room: no room is of kind 'intake'; new reports would have nowhere to go")
    open_rooms = {row.entry.id for row in rooms if row.entry.kind == "agency"}
    faults = {
        f"{row.where}.room: '{category}' must not be worked in an agency room ('{row.entry.room}')"
        for row in agencies
        if row.entry.room in open_rooms
        for category in row.entry.categories & NOT_FOR_AGENCY_ROOMS
    }
    errors += sorted(faults)


def _check_owners(
    pack: Pack,
    categories: Mapping[str, Category],
    communes: Mapping[str, Commune],
    agencies: list[Row[Agency]],
    errors: list[str],
) -> None:
    """Append an error for each category that has no agency, or two, in a commune; broken files are not judged."""
    if pack.broken & {"categories.toml", "communes.toml", "agencies.toml"}:
        return
    for category in categories:
        owners = {code: _owners(agencies, category, code) for code in communes}
        orphaned = [code for code, found in owners.items() if not found]
        if orphaned:
            where = "any commune" if len(orphaned) == len(communes) else ", ".join(orphaned)
            errors.append(f"agencies.toml: agency: category '{category}' has no agency in {where}")
        shared = {tuple(found): code for code, found in owners.items() if len(found) > 1}
        for found, code in shared.items():
            errors.append(
                f"agencies.toml: agency: category '{category}' has two agencies in {code}: {', '.join(found)}"
            )


def _owners(agencies: list[Row[Agency]], category: str, commune: str) -> list[str]:
    return [row.entry.id for row in agencies if handles(row.entry, category, commune)]
