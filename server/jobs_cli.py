"""`boxoffice jobs`: what a scheduler starts."""

from __future__ import annotations

from typing import Annotated

import typer

from server.console import fail, run_to_end, say, settings_or_exit

jobs = typer.Typer(help="Run what is done by the clock; docs/webhooks.md has the way over HTTP.", no_args_is_help=True)


@jobs.command("list")
def jobs_list() -> None:
    """Show all jobs, and what each does."""
    from jobs.scheduled import JOBS

    for job in JOBS.values():
        say(f"{job.name}  {job.summary}")


@jobs.command("status")
def jobs_status() -> None:
    """Show what workers do every so often: when it was done, what it came to, and when it is due."""
    from server.job_commands import show_status

    settings = settings_or_exit()
    run_to_end(show_status(settings), settings)


@jobs.command("run")
def jobs_run(name: Annotated[str, typer.Argument(metavar="JOB", help="The job's name; see `jobs list`.")]) -> None:
    """Run a job now, unless it is running. One that fails has done nothing."""
    from jobs.scheduled import JOBS
    from server.job_commands import run_job

    if name not in JOBS:
        raise fail(f"there is no job {name!r}; there are {', '.join(JOBS)}")
    settings = settings_or_exit()
    run_to_end(run_job(settings, JOBS[name]), settings)
