"""`langnghe jobs`: the clock's work, by hand."""

from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli_base import BAD_USAGE, ConfigOption, announce, clear_errors, fail, load

if TYPE_CHECKING:
    pass

jobs_app = typer.Typer(help="Scheduled work, by hand.", no_args_is_help=True)


@jobs_app.command("list")
def jobs_list() -> None:
    """List the jobs, when they run, and what they do."""
    from bot.jobs import JOBS

    for job in JOBS:
        typer.echo(f"{job.name}\t{job.schedule}\t{job.sentence}")


@jobs_app.command("run")
def jobs_run(
    name: str,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
    at: Annotated[str, typer.Option(help="As if it were then: 2026-11-23T07:30, town time.")] = "",
    config: ConfigOption = None,
) -> None:
    """Do what one job finds due, and print it. What has been done once is not done again."""
    import asyncio

    with clear_errors():
        from bot.jobs import JOBS, job_named
        from bot.jobs_beside import at_time, run_beside
        from store.database import utc_now

        job = job_named(name)
        if job is None:
            raise fail(f"{name}: no such job; there are {', '.join(job.name for job in JOBS)}", BAD_USAGE)
        now = at_time(at) if at else utc_now()
        for line in asyncio.run(run_beside(job, load(config), now, announce, dry=dry_run)):
            typer.echo(line)
