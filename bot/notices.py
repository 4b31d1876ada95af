"""Telling a staff room something: a row that the browser shows, and a message if a chat group is bound to the room."""

from datetime import datetime

from sqlalchemy import Connection

from bot.cases import agency_name
from bot.perform import tell
from bot.town import Town
from dialogs.texts import say
from dialogs.words import Media, Outgoing
from store import outbox
from store.notices import add_notice, group_of


def post(
    connection: Connection, town: Town, room_id: str, kind: str, text: str, now: datetime, *, media: str = ""
) -> None:
    """Tell a room. `media` is our id of a picture."""
    add_notice(connection, town.locality.id, room_id, kind, text, now, media)
    group = group_of(connection, room_id)
    if group and group.channel in town.capabilities:
        pictures = (Media("image", media, "image/png"),) if media else ()
        tell(connection, town, group, Outgoing(text, media=pictures), now, 0, lane=outbox.NOTICE)


def where(town: Town, agency_id: str, commune_code: str) -> str:
    """Whose matter a report is, for a line in a notice: the unit, and the commune if its name does not say it."""
    commune = town.locality.communes.get(commune_code)
    agency = agency_name(town, agency_id) if agency_id else ""
    if commune is None:
        return agency or say("clock.no_commune")
    place = f"{commune.name[:1].lower()}{commune.name[1:]}"
    return agency if place in agency else ", ".join(filter(None, (place, agency)))
