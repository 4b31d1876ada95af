"""The clock of the running service: APScheduler ticks, bot/jobs.py knows what is to be done."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot.background import Reads
from bot.jobs import JOBS, run_job
from bot.jobs_task import Challenge, Desk, Job
from bot.town import Town
from dialogs.words import TOWN_TIME
from store.media import MediaStore
from store.writer import Writer

log = logging.getLogger("langnghe.clock")


class Serves(Protocol):
    """What the clock needs of bot/service.py."""

    @property
    def town(self) -> Town: ...
    @property
    def media(self) -> MediaStore: ...
    @property
    def writer(self) -> Writer: ...
    @property
    def read(self) -> Reads: ...
    @property
    def clock(self) -> Callable[[], datetime]: ...
    @property
    def challenge(self) -> Challenge | None: ...


class Clock:
    """Asks every job in its own rhythm. Nothing is remembered here: the next tick makes up for one that was missed."""

    def __init__(self, service: Serves) -> None:
        self._service = service
        self._scheduler: AsyncIOScheduler | None = None
        self._running: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Tick at once, then in each job's rhythm; late ticks are made one, a job never runs beside itself."""
        scheduler = AsyncIOScheduler(timezone=TOWN_TIME)
        for job in JOBS:
            scheduler.add_job(
                self._tick,
                IntervalTrigger(seconds=int(job.schedule.tick.total_seconds()), timezone=TOWN_TIME),
                args=[job],
                id=job.name,
                next_run_time=datetime.now(TOWN_TIME),
                coalesce=True,
                max_instances=1,
                misfire_grace_time=None,
            )
        scheduler.start()
        self._scheduler = scheduler

    async def stop(self) -> None:
        """Stop ticking; a piece of work that is being written is still written."""
        scheduler, self._scheduler = self._scheduler, None
        if scheduler is None:
            return
        scheduler.shutdown(wait=False)
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await asyncio.sleep(0)  # the scheduler ends itself in the loop's next round

    async def _tick(self, job: Job) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        try:
            await self._run(job)
        except asyncio.CancelledError:
            if self._scheduler is not None:
                raise
        except Exception as error:  # the door: a database hiccup must not end the clock
            log.error("job %s failed: %s", job.name, type(error).__name__)
        finally:
            self._running.discard(task)

    async def _run(self, job: Job) -> None:
        service, now = self._service, self._service.clock()
        if job.schedule.is_due(now, service.town.office_hours):
            desk = Desk(service.town, service.media, service.read, service.writer.write, service.challenge)
            done = await run_job(job, desk, now)
            if done:
                log.info("job %s: %d done", job.name, len(done))
