"""What `boxoffice jobs` does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from db import periodic
from jobs.periodic import PERIODIC
from jobs.scheduled import Job, run
from server.console import moment, say, table
from server.registry_database import registry_database
from server.settings import Settings


async def run_job(settings: Settings, job: Job) -> None:
    """Run a job, and tell what it came to."""
    async with registry_database(settings) as database:
        figures = await run(database, job, settings.upkeep)
    say(f"{job.name}: " + ", ".join(f"{figure} {name}" for name, figure in figures.items()))


async def show_status(settings: Settings) -> None:
    """Show when each periodic job was done, what it came to, and when it is due."""
    async with registry_database(settings) as database, database.write() as transaction:
        known = await periodic.all_jobs(transaction)
    rows = [_status(each.name, known.get(each.name)) for each in PERIODIC.values()]
    table(("JOB", "DONE", "CAME TO", "DUE", "FAILURES"), rows, "There are no periodic jobs.")
    for name, row in known.items():
        if row["last_error"]:
            say(f"{name}: {row['last_error']}")


def _status(name: str, row: Mapping[str, Any] | None) -> Sequence[object]:
    if row is None:
        return (name, "never", "", "as soon as a worker runs", 0)
    figures = ", ".join(f"{figure} {what}" for what, figure in (row["figures"] or {}).items())
    return (name, moment(row["finished_at"]) or "never", figures, moment(row["due_at"]), row["failures"])
