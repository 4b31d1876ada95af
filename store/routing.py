"""Which unit and which room a report goes to."""

from dialogs.words import Locality
from store.locality import owner_of


def route(locality: Locality, category: str, commune: str, *, sensitive: bool) -> tuple[str, str]:
    """(agency id or "", room id). No owner or no room: the intake desk; sensitive: only the room named for it."""
    intake = locality.room_of_kind("intake")
    assert intake is not None, "the pack is checked to have an intake room"
    if sensitive:
        room = locality.room_of_kind("sensitive") or locality.room_of_kind("operators") or intake
        return "", room.id
    agency = owner_of(locality, category, commune) if commune else None
    if agency is None:
        return "", intake.id
    return agency.id, room_of(locality, agency.id)


def room_of(locality: Locality, agency_id: str) -> str:
    """The room in which an agency works; the intake desk's if it has none."""
    agency, intake = locality.agencies.get(agency_id), locality.room_of_kind("intake")
    assert intake is not None
    return agency.room if agency and agency.room else intake.id
