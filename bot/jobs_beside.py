"""`langnghe jobs …` and `langnghe deadline`: the clock by hand, beside a running service or without one."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection

from bot.jobs import find_work, run_job
from bot.jobs_task import Desk, Job
from bot.learning import challenge
from bot.media_store import open_media
from bot.model import ready_model
from bot.pack import the_locality
from bot.quiet import QuietHours
from bot.service import secret_key
from bot.settings import Settings
from bot.town import Town
from connectors.console import Console
from connectors.webchat import WebChat
from dialogs.words import TOWN_TIME, Expected
from nlp.faq import FaqIndex
from nlp.understand import Understanding
from store.database import migrate, open_reader, open_writer
from store.staff import sync_pack
from store.writer import Writer

T = TypeVar("T")
Announce = Callable[[str], None]


class NotATime(Expected):
    """--at is not a time like 2026-11-23T07:30."""

    exit_code = 2


def at_time(text: str) -> datetime:
    """Read a moment; without a zone it is town time. Raises NotATime."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise NotATime(f"--at: '{text}' is not a time like 2026-11-23T07:30") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=TOWN_TIME)


def town_of(settings: Settings, announce: Announce) -> Town:
    """The town as the service has it; messages to channels it does not know here are left to the service."""
    locality = the_locality(settings)
    understanding = Understanding(locality, ready_model(Path(settings.files.model), announce))
    return Town(
        locality,
        understanding,
        FaqIndex(locality.faq),
        {connector.name: connector.capabilities for connector in (WebChat, Console)},
        settings.web.public_url,
        hashlib.sha256(secret_key(settings).encode()).digest(),
        QuietHours.between(settings.push.quiet_from, settings.push.quiet_until),
    )


async def run_beside(job: Job, settings: Settings, now: datetime, announce: Announce, *, dry: bool) -> list[str]:
    """Run a job once, whatever its schedule says; what was done, or with `dry` what would be."""
    url = settings.database.url
    migrate(url)
    town = town_of(settings, announce)
    reading, writing = open_reader(url), open_writer(url)
    writer = Writer(writing)

    async def read(work: Callable[[Connection], T]) -> T:
        with reading.connect() as connection:
            return work(connection)

    learn = partial(challenge, folder=Path(settings.files.model))
    desk = Desk(town, open_media(settings.files), read, writer.write, learn)
    try:
        if dry:
            return [task.what for task in await find_work(job, desk, now)]
        await writer.write(lambda connection: sync_pack(connection, town.locality))
        return await run_job(job, desk, now)
    finally:
        writer.close()
        reading.dispose()
        writing.dispose()
