"""Jobs on a real database."""

import asyncio
import datetime as dt
import re
from pathlib import Path

import pytest
from sqlalchemy import text

from commands.clients import create_client
from commands.registering import Author
from commands.registry import publish
from commands.webhooks import InProgress
from db.contention import Transaction
from db.database import Database
from domain.registry import POLICIES
from jobs.scheduled import JOBS, Figures, Job, Upkeep, run
from persisted_queries.compiling import Candidate
from schema.target import target

UPKEEP = Upkeep(
    keep_deliveries=dt.timedelta(days=2), keep_usage=dt.timedelta(days=90), keep_outbox=dt.timedelta(days=7)
)
PAGE = Path(__file__).parents[2] / "docs" / "webhooks.md"


@pytest.mark.parametrize("job", JOBS.values(), ids=list(JOBS))
async def test_every_job_runs_on_an_empty_database(database: Database, job: Job) -> None:
    figures = await run(database, job, UPKEEP)

    assert figures
    assert all(figure == 0 for figure in figures.values())


@pytest.mark.parametrize("job", JOBS.values(), ids=list(JOBS))
def test_every_job_is_documented_and_can_stand_in_an_address(job: Job) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", job.name)
    assert f"| `{job.name}` | {job.summary} |" in PAGE.read_text()


async def test_deliveries_are_forgotten_by_their_age(database: Database) -> None:
    async with database.write() as transaction:
        await transaction.execute(
            text(
                "INSERT INTO webhook_deliveries (source, delivery_id, type, received_at) "
                "SELECT 'shop', hours::text, 'paid', now() - make_interval(hours => hours) "
                "FROM unnest(ARRAY[1, 47, 49, 1000]) AS hours"
            )
        )

    assert await run(database, JOBS["prune-webhook-deliveries"], UPKEEP) == {"removed": 2}
    assert await run(database, JOBS["prune-webhook-deliveries"], UPKEEP) == {"removed": 0}


async def test_revocations_go_once_no_token_they_are_about_is_valid(database: Database) -> None:
    async with database.write() as transaction:
        await transaction.execute(
            text(
                "INSERT INTO revocations (token_id, expires_at) "
                "SELECT hours::text, now() + make_interval(hours => hours) FROM unnest(ARRAY[-2, -1, 1]) AS hours"
            )
        )

    assert await run(database, JOBS["sweep-revocations"], UPKEEP) == {"removed": 2}


async def test_a_job_runs_once_at_a_time_and_others_beside_it(database: Database) -> None:
    started, may_end = asyncio.Event(), asyncio.Event()

    async def work(_transaction: Transaction, _upkeep: Upkeep) -> Figures:
        started.set()
        await may_end.wait()
        return {"done": 1}

    slow = Job("slow", "Waits.", work)
    async with asyncio.timeout(20):
        first = asyncio.create_task(run(database, slow, UPKEEP))
        await started.wait()
        with pytest.raises(InProgress, match="slow is running"):
            await run(database, slow, UPKEEP)
        beside = await run(database, JOBS["prune-webhook-deliveries"], UPKEEP)
        may_end.set()

        assert beside == {"removed": 0}
        assert await first == {"done": 1}
        assert await run(database, slow, UPKEEP) == {"done": 1}


async def test_releases_that_nobody_uses_are_collected(database: Database) -> None:
    author = Author("someone")
    await create_client(database, "web", POLICIES["ids-only"], author)
    await publish(database, target(), "web", "1.0", [Candidate("name", "{ __typename }")], author, activate=False)
    async with database.write() as connection:
        await connection.execute(text("UPDATE releases SET published_at = now() - interval '91 days'"))

    assert await run(database, JOBS["collect-releases"], UPKEEP) == {"releases": 1, "operations": 0}
    assert await run(database, JOBS["collect-releases"], UPKEEP) == {"releases": 0, "operations": 0}
