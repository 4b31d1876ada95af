"""Scheduled work: the table of jobs, and how one is run. Due work lives in rows; the clock only asks for it."""

import asyncio
import logging
from datetime import datetime, time, timedelta
from functools import partial

from sqlalchemy import Connection

from bot.digest import MORNING, find_digests
from bot.jobs_citizens import (
    find_closings,
    find_draft_reminders,
    find_dropped_drafts,
    find_pushes,
    find_ratings,
)
from bot.jobs_keep import find_purge, find_sweep
from bot.jobs_learn import find_learning
from bot.jobs_rooms import find_escalations, find_reminders
from bot.jobs_task import Daily, Desk, Every, Job, Task
from bot.zalo_bot_plan import find_plan_warnings
from store.due import claim

log = logging.getLogger("langnghe.jobs")

A_MINUTE, FIVE_MINUTES, AN_HOUR = timedelta(minutes=1), timedelta(minutes=5), timedelta(hours=1)

# name, when, what finds the work, in a sentence; in the order in which they run when several are due
JOBS = (
    Job("push", Every(A_MINUTE), find_pushes, "Tell citizens what has changed; in quiet hours only what is urgent."),
    Job(
        "remind",
        Every(FIVE_MINUTES),
        find_reminders,
        "Remind rooms at half, 80 % and all of a report's time, once each.",
    ),
    Job("escalate", Every(FIVE_MINUTES), find_escalations, "Tell the head, then the leaders, of what stays overdue."),
    Job(
        "digest",
        Daily(MORNING, time(11, 30), workdays=True),
        find_digests,
        "Morning figures and chart for the leaders.",
    ),
    Job("rating", Every(FIVE_MINUTES), find_ratings, "Ask for the rating one day after a report was resolved, once."),
    Job("close", Every(AN_HOUR), find_closings, "Close resolved reports after seven days of silence."),
    Job("draft_reminder", Every(FIVE_MINUTES), find_draft_reminders, "Remind of a draft before it is dropped, once."),
    Job("drop_drafts", Every(FIVE_MINUTES), find_dropped_drafts, "Drop what was begun and left for 24 hours."),
    Job(
        "zalo_bot_plan", Every(AN_HOUR), find_plan_warnings, "Warn the operators before the Zalo bot's plan is used up."
    ),
    Job(
        "learn",
        Daily(time(1), time(4)),
        find_learning,
        "Train a challenger with what officers put right; tell the leaders if it is better.",
    ),
    Job("purge", Daily(time(2), time(5)), find_purge, "Forget the keys of updates older than 30 days."),
    Job("sweep", Daily(time(2), time(5)), find_sweep, "Forget pictures that no report has: given up, never sent."),
)


def job_named(name: str) -> Job | None:
    """The job of that name."""
    return next((job for job in JOBS if job.name == name), None)


async def find_work(job: Job, desk: Desk, now: datetime) -> list[Task]:
    """What the job would do now; a read."""
    return await desk.read(lambda connection: job.find(connection, desk, now))


async def run_job(job: Job, desk: Desk, now: datetime) -> list[str]:
    """Do what is due, one transaction each; returns what was done. Another worker may do the same at the same time.

    A piece that fails is rolled back alone and tried again at the next tick.
    """
    done = []
    for task in await find_work(job, desk, now):
        try:
            if await _run_task(job, task, desk, now):
                done.append(task.what)
        except Exception as error:  # the door: one bad row must not stop the rest
            log.error("job %s failed: %s", job.name, type(error).__name__)
    return done


async def _run_task(job: Job, task: Task, desk: Desk, now: datetime) -> bool:
    await asyncio.to_thread(task.before)
    return await desk.write(partial(_attempt, job=job.name, task=task, now=now))


def _attempt(connection: Connection, *, job: str, task: Task, now: datetime) -> bool:
    """Do a piece of work with its claims, or nothing at all."""
    savepoint = connection.begin_nested()
    done = task.do(connection, lambda slot: claim(connection, job, slot, now))
    if done:
        savepoint.commit()
    else:
        savepoint.rollback()
    return done
