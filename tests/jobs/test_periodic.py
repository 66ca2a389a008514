"""What is done every so often is done by one process at a time, and again after a failure."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from db import periodic
from db.database import Database, DatabaseOptions, open_database
from jobs.periodic import PERIODIC, Clockwork, Periodic, Workshop
from jobs.scheduled import Figures, Upkeep
from tests.plugins.graph import Graph

UPKEEP = Upkeep(
    keep_deliveries=dt.timedelta(days=2), keep_usage=dt.timedelta(days=90), keep_outbox=dt.timedelta(days=7)
)
MOMENT = dt.timedelta(milliseconds=30)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
async def shop(database_url: str) -> AsyncIterator[Workshop]:
    async with open_database(DatabaseOptions(database_url, pool_size=5, under_roles=True)) as database:
        yield Workshop(database=database, upkeep=UPKEEP)


@dataclass(slots=True)
class Work:
    """Work that counts how often it is done, and how many are at it at once."""

    seconds: float = 0.0
    failures: int = 0
    left: int = 0
    begun: int = 0
    at_it: int = 0
    most_at_once: int = 0
    done: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, _shop: Workshop) -> Figures:
        self.begun += 1
        self.at_it += 1
        self.most_at_once = max(self.most_at_once, self.at_it)
        try:
            await asyncio.sleep(self.seconds)
            if self.begun <= self.failures:
                raise OSError("the provider's mail, help@example.org, did not answer")
            self.left -= 1
            self.done.set()
            return {"done": 1, "left": max(self.left, 0)}
        finally:
            self.at_it -= 1


def job(work: Work, *, every: dt.timedelta = HOUR, limit: dt.timedelta = HOUR) -> Periodic:
    return Periodic(name="job", summary="Works.", every=every, limit=limit, work=work)


@asynccontextmanager
async def running(shop: Workshop, periodic_job: Periodic, processes: int = 1) -> AsyncIterator[None]:
    stopping = asyncio.Event()
    clockwork = Clockwork(shop=shop, jobs={periodic_job.name: periodic_job}, look=0.02)
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        for _ in range(processes):
            group.create_task(clockwork.run(stopping))
        try:
            yield
        finally:
            stopping.set()


async def until(holds: Callable[[], bool] | Callable[[], Awaitable[object]]) -> None:
    while True:
        came = holds()
        if came if isinstance(came, bool) else await came:
            return
        await asyncio.sleep(0.02)


async def status(database: Database) -> dict[str, object]:
    async with database.write() as transaction:
        return dict((await periodic.all_jobs(transaction))["job"])


async def has_failed(shop: Workshop) -> bool:
    async with shop.database.write() as transaction:
        known = await periodic.all_jobs(transaction)
    return "job" in known and bool(known["job"]["failures"])


async def is_idle(shop: Workshop) -> bool:
    return (await status(shop.database))["running_until"] is None


async def test_a_new_job_is_done_at_once_and_then_when_it_is_due(shop: Workshop, graph: Graph) -> None:
    work = Work()
    async with running(shop, job(work)):
        await work.done.wait()
        work.done.clear()
        await asyncio.sleep(0.2)
        assert work.begun == 1
        await graph.sql("UPDATE periodic_jobs SET due_at = now()")
        await work.done.wait()

    assert work.begun == 2


async def test_of_many_processes_one_is_at_it(shop: Workshop) -> None:
    work = Work(seconds=0.02)
    async with running(shop, job(work, every=MOMENT), processes=4):
        await until(lambda: work.begun > 8)

    assert work.most_at_once == 1


async def test_what_is_left_is_done_without_waiting(shop: Workshop) -> None:
    work = Work(left=3)
    async with running(shop, job(work)):
        await until(lambda: work.begun == 3)
        await asyncio.sleep(0.1)

    assert work.begun == 3
    assert (await status(shop.database))["figures"] == {"done": 1, "left": 0}


async def test_one_that_fails_is_told_and_tried_again(shop: Workshop, graph: Graph) -> None:
    work = Work(failures=2)
    async with running(shop, job(work)):
        await until(lambda: has_failed(shop))
        failed = await status(shop.database)
        for begun in (2, 3):
            await graph.sql("UPDATE periodic_jobs SET due_at = now()")
            await until(lambda begun=begun: work.begun == begun)  # type: ignore[misc]  # mypy knows no defaults here
            await until(lambda: is_idle(shop))

    assert failed["last_error"] == "OSError: the provider's mail, [address], did not answer"
    assert (await status(shop.database))["last_error"] is None


async def test_one_that_does_not_end_is_ended_in_time(shop: Workshop) -> None:
    work = Work(seconds=60)
    async with running(shop, job(work, limit=dt.timedelta(milliseconds=100))):
        await until(lambda: has_failed(shop))

    assert work.at_it == 0


async def test_what_a_killed_process_was_at_falls_to_the_next_when_its_time_is_over(
    shop: Workshop, graph: Graph
) -> None:
    work = Work()
    await graph.sql(
        "INSERT INTO periodic_jobs (name, due_at, running_until, started_at) "
        "VALUES ('job', now() - interval '1 minute', now() + interval '400 milliseconds', now())"
    )
    started = asyncio.get_running_loop().time()
    async with running(shop, job(work)):
        await work.done.wait()

    assert asyncio.get_running_loop().time() - started > 0.25


async def test_whoever_was_overtaken_writes_nothing(shop: Workshop) -> None:
    nothing = dt.timedelta()
    async with shop.database.write() as transaction:
        await periodic.declare(transaction, ["job"])
    async with shop.database.write() as transaction:
        late = await periodic.take(transaction, "job", limit=nothing)
    async with shop.database.write() as transaction:
        holder = await periodic.take(transaction, "job", limit=HOUR)
    assert late is not None
    assert holder is not None
    async with shop.database.write() as transaction:
        await periodic.finish(transaction, late, after=nothing, figures={"done": 1})
        await periodic.fail(transaction, late, after=nothing, error="late")

    assert (await status(shop.database))["running_until"] == holder.until


@pytest.mark.parametrize("each", PERIODIC.values(), ids=list(PERIODIC))
async def test_every_periodic_job_runs_on_an_empty_database(shop: Workshop, each: Periodic) -> None:
    figures = await each.work(shop)

    assert all(figure == 0 for figure in figures.values())


async def test_the_stop_does_not_wait_for_a_job(shop: Workshop) -> None:
    work = Work(seconds=60)
    async with running(shop, job(work)):
        await until(lambda: work.begun == 1)

    assert work.at_it == 0
