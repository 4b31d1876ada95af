"""From the entries of a pack to the values of dialogs/words.py, once per commune where the pack says so."""

from collections.abc import Mapping

from dialogs.words import Agency, Category, Commune, EmergencyNumber, FaqEntry, Landmark, OfficeHours, OldUnit, Room
from store.locality_entries import DAYS, AgencyEntry, CommuneEntry
from store.locality_files import Pack, Row
from store.locality_outlines import Ring
from store.public_holidays import days_of


def categories_of(pack: Pack) -> dict[str, Category]:
    """Build the categories in the order of the file."""
    return {row.entry.id: Category(**row.entry.model_dump()) for row in pack.categories}


def communes_of(pack: Pack, outlines: Mapping[str, tuple[Ring, ...]]) -> dict[str, Commune]:
    """Build the communes with their old names and outlines."""
    return {row.entry.code: _commune(row.entry, outlines.get(row.entry.code, ())) for row in pack.communes}


def _commune(entry: CommuneEntry, rings: tuple[Ring, ...]) -> Commune:
    old = tuple(OldUnit(unit.name, tuple(sorted(unit.years))) for unit in entry.old_units)
    return Commune(entry.code, entry.name, old, rings)


def rooms_of(pack: Pack, communes: Mapping[str, Commune]) -> list[Row[Room]]:
    """Build the rooms, `each_commune` ones once per commune: `ubnd-17713`, "UBND xã Đại Đồng"."""
    rooms = []
    for row in pack.rooms:
        entry = row.entry
        if not entry.each_commune:
            rooms.append(Row(row.where, Room(entry.id, entry.name, entry.kind)))
            continue
        for code, commune in communes.items():
            rooms.append(Row(row.where, Room(f"{entry.id}-{code}", _named(entry.name, commune), entry.kind)))
    return rooms


def agencies_of(pack: Pack, communes: Mapping[str, Commune]) -> list[Row[Agency]]:
    """Build the agencies, `each_commune` ones once per commune: `kinh-te-17713`, "Phòng Kinh tế xã Đại Đồng"."""
    rooms_each = {row.entry.id for row in pack.rooms if row.entry.each_commune}
    agencies = []
    for row in pack.agencies:
        entry = row.entry
        if not entry.each_commune:
            agencies.append(Row(row.where, _agency(entry)))
            continue
        for code in entry.communes or communes:
            if code in communes:
                agencies.append(Row(row.where, _agency_in(entry, communes[code], entry.room in rooms_each)))
    return agencies


def _agency(entry: AgencyEntry) -> Agency:
    return Agency(
        id=entry.id,
        name=entry.name,
        categories=frozenset(entry.categories),
        communes=frozenset(entry.communes),
        room=entry.room,
        head=entry.head,
        phone=entry.phone,
    )


def _agency_in(entry: AgencyEntry, commune: Commune, own_room: bool) -> Agency:
    return Agency(
        id=f"{entry.id}-{commune.code}",
        name=_named(entry.name, commune),
        categories=frozenset(entry.categories),
        communes=frozenset({commune.code}),
        room=f"{entry.room}-{commune.code}" if own_room else entry.room,
        head=entry.heads.get(commune.code, entry.head),
        phone=entry.phones.get(commune.code, entry.phone),
    )


def _named(name: str, commune: Commune) -> str:
    """Join "Phòng Kinh tế" and "Xã Đại Đồng" as one says it: "Phòng Kinh tế xã Đại Đồng"."""
    return f"{name} {commune.name[:1].lower()}{commune.name[1:]}"


def emergency_numbers_of(pack: Pack) -> tuple[EmergencyNumber, ...]:
    """Build the numbers to call first."""
    return tuple(EmergencyNumber(row.entry.number, row.entry.name) for row in pack.emergency_numbers)


def landmarks_of(pack: Pack) -> tuple[Landmark, ...]:
    """Build the landmarks."""
    return tuple(Landmark(row.entry.name, row.entry.commune) for row in pack.landmarks)


def faq_of(pack: Pack) -> tuple[FaqEntry, ...]:
    """Build the questions and answers."""
    entries = (row.entry for row in pack.faq)
    return tuple(FaqEntry(e.id, e.question, e.answer.strip(), tuple(e.wordings)) for e in entries)


def office_hours_of(pack: Pack) -> OfficeHours:
    """Build the calendar: the week, Vietnam's public holidays, and above them the town's own days."""
    spans = {DAYS.index(day): row.entry.times() for row in pack.office_hours for day in row.entry.days}
    days_off, workdays = ({row.entry.date: row.entry.name for row in rows} for rows in (pack.days_off, pack.workdays))
    return OfficeHours(spans, *days_of(days_off, workdays))
