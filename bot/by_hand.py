"""An officer answers in the channel's own app (OA Chat): kept on the report, and the bot steps back for a while."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.cases_citizen import add_to_report
from bot.outcome import Outcome
from bot.town import Town
from dialogs.effects import AddToReport
from dialogs.reading import is_for_bot
from dialogs.texts import say
from dialogs.words import Incoming, Talk
from store import zalo
from store.report_notes import add_note
from store.report_views import report_row

STEPS_BACK = timedelta(minutes=30)  # since the officer's last word
SAID = ("text", "media", "location")


def note_by_hand(connection: Connection, incoming: Incoming, now: datetime) -> Outcome:
    """Keep the officer's words as an answer on the chat's newest open report, and be silent there for half an hour."""
    key = incoming.address.key
    report_id = zalo.newest_open_report(connection, key)
    if report_id:
        words = incoming.text or say("zalo_oa.by_hand_media")
        add_note(connection, report_id, "answer", words, say("zalo_oa.by_hand"), now)
    zalo.step_back(connection, key, now + STEPS_BACK, report_id)
    return Outcome(fresh=True)


def leaves_it_to_officer(
    connection: Connection, incoming: Incoming, talk: Talk, citizen_id: int, town: Town, now: datetime
) -> bool:
    """Whether these words are for the officer who is talking: kept on the report, and nothing is said to them.

    A command or a button is for the bot, which is back from then on.
    """
    talking, report_id = zalo.officer_talks(connection, incoming.address.key, now)
    if not talking or incoming.kind not in (*SAID, "choice", "start"):
        return False
    if is_for_bot(incoming, talk):
        zalo.step_forward(connection, incoming.address.key)
        return False
    if report_id:
        _add(connection, incoming, report_id, citizen_id, town, now)
    return True


def _add(
    connection: Connection, incoming: Incoming, report_id: int, citizen_id: int, town: Town, now: datetime
) -> None:
    row = report_row(connection, report_id)
    words = incoming.text
    if incoming.kind == "location":
        words = say("answer.pin", lat=f"{incoming.lat:.5f}", lon=f"{incoming.lon:.5f}")
    addition = AddToReport(row["code"], words, tuple(item.ref for item in incoming.media if item.kind != "sticker"))
    if addition.text or addition.media:
        add_to_report(connection, town, addition, citizen_id, incoming.address.key, now)
