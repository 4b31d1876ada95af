"""Taking back what a chat group was shown of a report that is guarded from now on."""

from datetime import datetime

from sqlalchemy import Connection

from bot.town import Town
from dialogs.texts import say
from dialogs.words import Address, Part, ReportView
from store import outbox, shown


def take_back(connection: Connection, town: Town, group: Address, report: ReportView, now: datetime) -> None:
    """Put one line in place of its card, and take everything else of ours about it away.

    What officers wrote or sent themselves is theirs: a bot may not change it.
    """
    shown.drop_waiting(connection, group.key, report.id, now)
    capabilities = town.capabilities.get(group.channel)
    line = say("group.card.kept_from_here", code=report.code)
    messages = shown.standing(connection, group.key, report.id) if capabilities and capabilities.edit else []
    for message_id in messages:
        gone = Part(line, edit_of=str(message_id), removes=message_id != messages[0])  # the first of them is the card
        outbox.queue_part(connection, group, gone, now, lane=outbox.NOTICE)
