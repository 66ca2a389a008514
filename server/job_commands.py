"""What `boxoffice jobs` does."""

from __future__ import annotations

from jobs.scheduled import Job, run
from server.console import say
from server.registry_database import registry_database
from server.settings import Settings


async def run_job(settings: Settings, job: Job) -> None:
    """Run a job, and tell what it came to."""
    async with registry_database(settings) as database:
        figures = await run(database, job, settings.upkeep)
    say(f"{job.name}: " + ", ".join(f"{figure} {name}" for name, figure in figures.items()))
