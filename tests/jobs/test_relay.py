"""What is written down where it became true is delivered, in order, whatever happens to whoever delivers."""

import asyncio
import datetime as dt
import os
import signal
import subprocess
import sys
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from db import outbox
from db.database import Database, DatabaseOptions, open_database
from db.outbox import Entry, State
from domain.backoff import Backoff
from domain.facts import Fact, RegistrationConfirmed
from jobs.relay import GivenUp, Relay
from tests.plugins.graph import Graph

ROOT = Path(__file__).parents[2]
SOON = Backoff(first=dt.timedelta(milliseconds=40), longest=dt.timedelta(milliseconds=80), attempts=4)


@dataclass(slots=True)
class Post:
    """A consumer that notes what it is given, and fails where it is told to."""

    got: list[int] = field(default_factory=list)
    failures: dict[int, list[Exception]] = field(default_factory=dict)
    seconds: float = 0.0

    async def deliver(self, entry: Entry, fact: Fact) -> None:
        assert fact.registration_id == entry.registration_id
        self.got.append(entry.sequence)
        await asyncio.sleep(self.seconds)
        if self.failures.get(entry.sequence):
            raise self.failures[entry.sequence].pop(0)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """As a worker has it, under the roles that own nothing."""
    async with open_database(DatabaseOptions(database_url, pool_size=6, under_roles=True)) as database:
        yield database


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def relay(database: Database, post: Post) -> Relay:
    return Relay(
        database=database, consumers={RegistrationConfirmed: (post.deliver,)}, backoff=SOON, poll=0.02, at_once=4
    )


async def write(database: Database, registrations: list[uuid.UUID], each: int = 1) -> None:
    """So many facts of each registration, one after the other."""
    for number in range(each):
        async with database.write(sells=True) as transaction:
            for registration in registrations:
                fact = RegistrationConfirmed(registration_id=registration, confirmation_number=f"N{number}")
                await outbox.record(transaction, fact)


async def orders(graph: Graph, count: int) -> list[uuid.UUID]:
    made = [graph.registration() for _ in range(count)]
    await graph.flush()
    return made


async def entries(database: Database, state: State) -> list[Entry]:
    async with database.write(sells=True) as transaction:
        return (await outbox.listed(transaction, state, at_most=1000))[::-1]


@asynccontextmanager
async def delivering(*relays: Relay) -> AsyncIterator[None]:
    stopping = asyncio.Event()
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        for relay in relays:
            group.create_task(relay.run(stopping))
        try:
            yield
        finally:
            stopping.set()


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while not await condition():  # noqa: ASYNC110 - it comes about in the database
            await asyncio.sleep(0.02)


async def done(database: Database) -> bool:
    return not await entries(database, State.PENDING)


async def test_facts_are_delivered_once_each_where_nothing_fails(
    graph: Graph, database: Database, relay: Relay, post: Post
) -> None:
    await write(database, await orders(graph, 5), each=3)
    async with delivering(relay, replace(relay)):
        await until(lambda: done(database))

    assert sorted(post.got) == [entry.sequence for entry in await entries(database, State.DELIVERED)]
    assert relay.counters.delivered == 15


async def test_a_fact_that_was_not_committed_was_not(
    graph: Graph, database: Database, relay: Relay, post: Post
) -> None:
    (registration,) = await orders(graph, 1)
    async with database.write(sells=True) as transaction:
        await outbox.record(transaction, RegistrationConfirmed(registration_id=registration, confirmation_number="N"))
        await transaction.rollback()
    await write(database, [registration])
    async with delivering(relay):
        await until(lambda: done(database))

    assert len(post.got) == 1


async def test_those_of_one_registration_come_in_order_and_wait_for_one_that_fails(
    graph: Graph, database: Database, relay: Relay, post: Post
) -> None:
    slow, quick = await orders(graph, 2)
    await write(database, [slow, quick], each=4)
    first = (await entries(database, State.PENDING))[0]
    post.failures[first.sequence] = [OSError("no"), OSError("no"), OSError("no")]
    async with delivering(relay, replace(relay)):
        await until(lambda: done(database))

    of = {entry.sequence: entry.registration_id for entry in await entries(database, State.DELIVERED)}
    came: dict[uuid.UUID | None, list[int]] = {each: [s for s in post.got if of[s] == each] for each in (slow, quick)}
    assert came[quick] == sorted(came[quick])
    assert len(came[quick]) == 4
    assert came[slow] == sorted(came[slow])
    assert came[slow][:4] == [first.sequence] * 4
    assert post.got.index(came[quick][-1]) < post.got.index(came[slow][-1])
    assert relay.counters.failed == 3


async def test_one_that_fails_too_often_is_dead_and_those_behind_it_go_on(
    graph: Graph, database: Database, relay: Relay, post: Post
) -> None:
    await write(database, await orders(graph, 1), each=2)
    first, last = await entries(database, State.PENDING)
    post.failures[first.sequence] = [OSError("no route to ada@example.org")] * 4
    async with delivering(relay):
        await until(lambda: done(database))

    assert post.got == [first.sequence] * 4 + [last.sequence]
    (dead,) = await entries(database, State.DEAD)
    assert (dead.sequence, dead.attempts, dead.last_error) == (first.sequence, 4, "OSError: no route to [address]")
    assert relay.counters.dead == 1


async def test_one_that_is_of_no_use_is_dead_at_once_and_delivered_when_it_is_replayed(
    graph: Graph, database: Database, relay: Relay, post: Post
) -> None:
    await write(database, await orders(graph, 1))
    (entry,) = await entries(database, State.PENDING)
    post.failures[entry.sequence] = [GivenUp("there is no address")]
    async with delivering(relay):
        await until(lambda: done(database))
        (dead,) = await entries(database, State.DEAD)
        async with database.write(sells=True) as transaction:
            assert await outbox.replay(transaction, [dead.sequence, 999_999]) == [dead.sequence]
        await until(lambda: done(database))

    assert (dead.attempts, dead.last_error) == (1, "there is no address")
    assert post.got == [entry.sequence] * 2
    assert await entries(database, State.DEAD) == []


async def test_what_is_delivered_is_not_replayed(graph: Graph, database: Database, relay: Relay, post: Post) -> None:
    await write(database, await orders(graph, 1))
    async with delivering(relay):
        await until(lambda: done(database))
    async with database.write(sells=True) as transaction:
        assert await outbox.replay(transaction) == []


async def test_what_no_program_here_can_read_waits_for_one_that_can(
    graph: Graph, database: Database, relay: Relay, post: Post
) -> None:
    await write(database, await orders(graph, 1))
    await graph.sql("UPDATE outbox SET topic = 'registration.painted'")
    async with delivering(relay):
        await until(lambda: _failed_once(database))
        await graph.sql("UPDATE outbox SET topic = 'registration.confirmed'")
        await until(lambda: done(database))

    assert len(post.got) == 1


async def _failed_once(database: Database) -> bool:
    return any(entry.last_error for entry in await entries(database, State.PENDING))


async def test_one_that_kills_whoever_delivers_it_does_not_do_so_for_ever(
    graph: Graph, database: Database, relay: Relay, post: Post
) -> None:
    await write(database, await orders(graph, 1), each=2)
    await graph.sql("UPDATE outbox SET attempts = 4 WHERE sequence = (SELECT min(sequence) FROM outbox)")
    async with delivering(relay):
        await until(lambda: done(database))

    (dead,) = await entries(database, State.DEAD)
    assert dead.last_error == "whoever delivered it ended before saying how it went, 4 times"
    assert len(post.got) == 1


async def test_whoever_was_overtaken_settles_nothing(graph: Graph, database: Database) -> None:
    await write(database, await orders(graph, 1))
    nothing = dt.timedelta()

    async def take(lease: dt.timedelta) -> list[Entry]:
        async with database.write(sells=True) as transaction:
            return await outbox.take(transaction, at_most=9, lease=lease)

    (late,) = await take(nothing)
    (holder,) = await take(dt.timedelta(minutes=1))
    assert await take(nothing) == []
    async with database.write(sells=True) as transaction:
        assert not await outbox.settle(transaction, late)
        assert not await outbox.put_back(transaction, late, wait=nothing, error="late")
        assert not await outbox.bury(transaction, late, "late")
        assert await outbox.settle(transaction, holder)
        assert not await outbox.settle(transaction, holder)


async def test_what_is_under_way_is_finished_before_the_end(
    graph: Graph, database: Database, relay: Relay, post: Post
) -> None:
    post.seconds = 0.3
    await write(database, await orders(graph, 1))
    async with delivering(relay):
        await until(lambda: _begun(post))

    assert await done(database)


async def _begun(post: Post) -> bool:
    return bool(post.got)


async def test_a_delivery_without_an_end_is_given_up_in_time(
    graph: Graph, database: Database, relay: Relay, post: Post
) -> None:
    post.seconds = 60
    await write(database, await orders(graph, 1))
    async with delivering(replace(relay, limit=dt.timedelta(milliseconds=100))):
        await until(lambda: _failed_once(database))
        post.seconds = 0
        await until(lambda: done(database))


async def test_a_database_that_goes_away_is_waited_for(
    graph: Graph, database: Database, relay: Relay, post: Post
) -> None:
    (registration,) = await orders(graph, 1)
    async with delivering(relay):
        await write(database, [registration], each=3)
        await graph.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await until(lambda: done(graph.owner))

    assert post.got == sorted(post.got)
    assert len(set(post.got)) == 3


async def test_delivered_entries_are_removed_by_their_age_and_others_never(
    graph: Graph, database: Database, relay: Relay
) -> None:
    await write(database, await orders(graph, 3))
    async with delivering(relay):
        await until(lambda: done(database))
    await write(database, await orders(graph, 1))
    await graph.sql(
        "UPDATE outbox SET created_at = now() - interval '9 days', delivered_at = now() - interval '8 days' "
        "WHERE delivered_at IS NOT NULL AND sequence <> (SELECT min(sequence) FROM outbox)"
    )
    async with database.write(sells=True) as transaction:
        assert await outbox.prune(transaction, older_than=dt.timedelta(days=7), at_most=100) == 2
        assert await outbox.backlog(transaction) == outbox.Backlog(1, 0, oldest=(await _oldest(database)))


async def _oldest(database: Database) -> dt.datetime:
    return (await entries(database, State.PENDING))[0].created_at


async def test_nothing_is_lost_and_order_holds_whenever_workers_are_killed(
    graph: Graph, database: Database, database_url: str, tmp_path: Path
) -> None:
    """Two processes deliver; again and again one is killed in the midst of it, and another takes its place."""
    registrations = await orders(graph, 10)
    log = tmp_path / "deliveries"
    log.touch()
    command = [sys.executable, "-m", "tests.jobs.relaying", database_url, os.fspath(log), "0.1"]

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)

    def is_delivering(worker: subprocess.Popen[bytes]) -> bool:
        lines = [line for line in log.read_text().splitlines() if line.startswith(f"{worker.pid} ")]
        return sum(line.endswith("begins") for line in lines) > sum(line.endswith("ends") for line in lines)

    async def any_is_delivering() -> bool:
        return any(map(is_delivering, workers))

    workers = [start(), start()]
    try:
        for _ in range(3):
            await write(database, registrations, each=3)
            await until(any_is_delivering)  # whichever was the first to be ready
            victim = next(filter(is_delivering, workers), workers[0])
            victim.send_signal(signal.SIGKILL)
            victim.wait(10)
            workers.remove(victim)
            workers.append(await asyncio.to_thread(start))
        await until(lambda: done(database))
    finally:
        for worker in workers:
            worker.kill()
            worker.wait(10)

    begun: dict[str, list[int]] = defaultdict(list)
    ended: dict[str, set[int]] = defaultdict(set)
    for line in log.read_text().splitlines():
        _, registration, sequence, what = line.split()
        if what == "begins":
            assert {each for each in begun[registration] if each < int(sequence)} <= ended[registration]
            begun[registration].append(int(sequence))
        else:
            ended[registration].add(int(sequence))
    assert await entries(database, State.DEAD) == []
    assert {str(each) for each in registrations} == set(begun)
    for registration, sequences in begun.items():
        assert sequences == sorted(sequences), "none comes after one that stands behind it"
        assert len(ended[registration]) == 9
    assert any(len(sequences) > 9 for sequences in begun.values()), "what was cut off was delivered again"
