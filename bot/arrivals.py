"""Pictures and files that come in with a message: entered as pending, fetched after the acknowledgement."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from bot.town import Town
from dialogs.words import Incoming
from store import media
from store.channel_use import OUR_OWN
from store.report_cards import cards_changed
from store.report_media import attach_media


def keep_media(connection: Connection, incoming: Incoming, key: str, town: Town, now: datetime) -> Incoming:
    """Enter what arrived as pending media; from here on `ref` is our id. Marks a further part of an album."""
    arrived = [item for item in incoming.media if item.kind != "sticker"]
    if not arrived or incoming.kind in OUR_OWN:
        return incoming
    album, locality = incoming.album, town.locality.id
    continues = bool(album) and bool(media.album_so_far(connection, key, album))
    kept = [media.insert_pending(connection, item, incoming.address, key, locality, now, album) for item in arrived]
    return replace(incoming, media=tuple(kept), continues=continues)


def join_filed_report(connection: Connection, incoming: Incoming, key: str, side: str = "before") -> bool:
    """A late part of an album goes where the others went, if their report has been filed (or done) meanwhile."""
    if not incoming.continues:
        return False
    report_id = next(filter(None, media.album_so_far(connection, key, incoming.album)), None)
    if report_id is None:
        return False
    attach_media(connection, report_id, [item.ref for item in incoming.media], key, side)
    cards_changed(connection, report_id)
    return not incoming.text.strip()
