"""What a process serves: as new as the database, and only while that is known."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
import structlog
from graphql import GraphQLField, GraphQLObjectType, build_schema, print_schema
from redis.asyncio import Redis

from commands import clients, grants, registry
from commands.announcing import CacheAway, NotEverywhere, announced
from commands.registering import Author
from db.cache import open_cache
from db.database import Database, DatabaseOptions, open_database
from db.serving import open_signals, processes_in_database
from db.statements.registry import OPERATIONS
from domain.registry import POLICIES
from persisted_queries import loading
from persisted_queries.analysis import FieldFacts
from persisted_queries.compiling import Candidate, Target, text_sha256
from persisted_queries.live import LiveRegistry, StaleRegistry, open_registry
from persisted_queries.loading import load_registry
from persisted_queries.registry import BreakingSchema
from schema.target import target

PERSON = Author("someone")
COUNT = Candidate("count-1", "query Count { functions { totalCount } }")
NAMES = Candidate("names", "query Names { functions { nodes { name } } }")
PATIENCE = 15.0
NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"


@pytest.fixture
async def cache(redis_url: str) -> AsyncIterator[Redis]:
    async with open_cache(redis_url, 1.0) as opened:
        yield opened


@pytest.fixture
async def web(database: Database) -> uuid.UUID:
    await clients.create_client(database, "web", POLICIES["ids-only"], PERSON)
    return (await load_registry(database, target())).clients["web"].client_id


async def publish(database: Database, release: str, *operations: Candidate, **more: Any) -> None:
    await registry.publish(database, target(), "web", release, operations, PERSON, **more)


@asynccontextmanager
async def process(database: Database, cache: Redis, *, lease: float = 5.0) -> AsyncIterator[LiveRegistry]:
    """A process that asks by itself only once in a long while."""
    async with open_registry(database, target(), cache, lease=lease, seconds=3600) as live:
        yield live


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110 - other tasks bring it about
            await asyncio.sleep(0.02)


async def cut_off(live: LiveRegistry) -> None:
    """Let a process reach neither the database nor the cache from now on."""
    async with open_database(DatabaseOptions(NOWHERE, timeout=0.1)) as away:
        live.database = away
    async with open_cache("redis://127.0.0.1:1/0", 0.1) as nothing:
        signals = live._signals
        assert signals is not None
        live._signals = type(signals)(nothing, signals.namespace)


async def fails(asking: Awaitable[None]) -> bool:
    try:
        await asking
    except Exception:  # noqa: BLE001 - however it fails
        return True
    return False


async def test_a_process_does_not_start_on_a_schema_that_breaks_operations(
    database: Database, cache: Redis, web: uuid.UUID
) -> None:
    await publish(database, "1.0", COUNT)
    other = Target(broken_schema(), target().facts_of, "0" * 64)

    with pytest.raises(BreakingSchema, match=r"(?s)web 1\.0 count-1.*ALLOW_BREAKING_SCHEMA"):
        async with open_registry(database, other, cache):
            pass
    assert await processes_in_database(database) == []
    async with open_registry(database, other, cache, allow_breaking=True) as live:
        assert len(live.served().broken) == 1


async def test_nor_on_one_that_closes_to_a_partner_what_its_operations_touch(database: Database, cache: Redis) -> None:
    await clients.create_client(database, "acme", POLICIES["ids-only"], PERSON, is_partner=True)
    await registry.publish(database, target(), "acme", "1.0", [COUNT, NAMES], PERSON)
    closed = Target(target().schema, names_for_staff, "0" * 64)

    for _ in range(2):  # to have been allowed once is not to be forgotten
        with pytest.raises(
            BreakingSchema, match=r"1:35: acme 1\.0 names \(Names\): `Function\.name` is not granted"
        ) as breaking:
            async with open_registry(database, closed, cache):
                pass
        assert len(breaking.value.faults) == 1
        async with open_registry(database, closed, cache, allow_breaking=True) as live:
            acme = live.served().clients["acme"].client_id
            assert live.served().find(acme, "names").ungranted == ("Function.name",)  # type: ignore[union-attr]
            await stored(database, COUNT, closed)
    await grants.grant(database, closed, "acme", ["Function.name"], PERSON)
    async with open_registry(database, closed, cache) as live:
        assert live.served().find(acme, "names").operation is not None  # type: ignore[union-attr]
        await stored(database, NAMES, closed)
    await grants.revoke_grants(database, "acme", ["Function.name"], PERSON, force=True)
    async with open_registry(database, closed, cache) as live:  # someone has decided that, and not the schema
        assert live.served().broken == ()


async def stored(database: Database, operation: Candidate, under: Target) -> None:
    """Wait until what was prepared of an operation is stored."""
    async with asyncio.timeout(PATIENCE):
        while (text_sha256(operation.text), under.sha256) not in {  # noqa: ASYNC110 - another task does it
            (row["text_sha256"], row["schema_sha256"]) for row in await database.fetch(OPERATIONS, {})
        }:
            await asyncio.sleep(0.02)


def names_for_staff(parent: GraphQLObjectType, name: str, definition: GraphQLField) -> FieldFacts:
    facts = target().facts_of(parent, name, definition)
    return replace(facts, permission="STAFF") if (parent.name, name) == ("Function", "name") else facts


def broken_schema() -> Any:
    return build_schema(print_schema(target().schema).replace("totalCount: Int", "howMany: Int"))


async def test_a_process_serves_what_is_published_within_moments(
    database: Database, cache: Redis, web: uuid.UUID
) -> None:
    """Though nobody announced it."""
    async with open_registry(database, target(), cache, seconds=0.05) as live:
        before = live.served()
        await publish(database, "1.0", COUNT)
        await until(lambda: live.served().find(web, "count-1") is not None)

        assert before.find(web, "count-1") is None  # a snapshot never changes


async def test_what_is_announced_is_served_by_every_process_at_once(
    database: Database, cache: Redis, web: uuid.UUID
) -> None:
    async with process(database, cache) as one, process(database, cache) as other:
        await until(lambda: one._signals is not None and other._signals is not None)
        await asyncio.sleep(0.1)  # they listen
        async with announced(database, cache):
            await publish(database, "1.0", COUNT)

        assert one.served().find(web, "count-1") is not None
        assert other.served().find(web, "count-1") is not None


async def test_what_one_process_prepares_for_its_schema_the_next_loads_without_validating(
    database: Database, cache: Redis, web: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    await publish(database, "1.0", COUNT, NAMES)
    other = Target(target().schema, target().facts_of, "0" * 64)
    validated: list[Candidate] = []
    compiling = loading.compile_operation
    monkeypatch.setattr(
        loading, "compile_operation", lambda target, each: validated.append(each) or compiling(target, each)
    )

    with structlog.testing.capture_logs() as logs:
        async with open_registry(database, other, cache) as live:
            assert live.served().find(web, "count-1") is not None
            await until(lambda: any(line.get("done") == 2 for line in logs))
    async with open_registry(database, other, cache) as live:
        assert live.served().find(web, "count-1") is not None

    assert {each.text for each in validated} == {COUNT.text, NAMES.text}
    assert len(validated) == 2


async def test_asking_without_a_change_keeps_the_snapshot(database: Database, cache: Redis, web: uuid.UUID) -> None:
    async with process(database, cache) as live:
        before = live.served()
        await live.ask_database()

        assert live.served() is before


async def test_a_process_starts_while_the_database_is_away_and_serves_nothing(cache: Redis) -> None:
    async with open_database(DatabaseOptions(NOWHERE, timeout=1)) as away, process(away, cache) as live:
        with pytest.raises(StaleRegistry):
            live.served()


async def test_either_witness_lets_a_process_serve(database: Database, cache: Redis, web: uuid.UUID) -> None:
    await publish(database, "1.0", COUNT)
    live = LiveRegistry(database, target(), cache, 0.5)
    await live.ask_database()
    assert live.served().find(web, "count-1") is not None
    await live.ask_cache()  # puts what was not announced in its place
    await asyncio.sleep(0.6)
    with pytest.raises(StaleRegistry):
        live.served()

    await live.ask_cache()

    assert live.served().find(web, "count-1") is not None


async def test_the_cache_confirms_nothing_once_something_newer_was_announced(
    database: Database, cache: Redis, web: uuid.UUID
) -> None:
    live = LiveRegistry(database, target(), cache, 0.5)
    await live.ask_database()
    signals = await open_signals(database, cache)
    await signals.raise_version(live.current.version + 1)
    await asyncio.sleep(0.6)

    await live.ask_cache()

    with pytest.raises(StaleRegistry):
        live.served()


async def test_a_change_waits_until_the_lease_of_a_process_that_is_cut_off_has_ended(
    database: Database, cache: Redis, web: uuid.UUID
) -> None:
    async with process(database, cache, lease=1.0) as live, process(database, cache, lease=1.0) as other:
        await live.ask_cache()
        await live.ask_database()
        await cut_off(live)
        assert await fails(live.ask_database())
        assert live.served().find(web, "count-1") is None
        async with announced(database, cache):
            await publish(database, "1.0", COUNT)

        with pytest.raises(StaleRegistry):
            live.served()
        assert other.current.find(web, "count-1") is not None
        live.database = database
        await live.ask_database()
        assert live.served().find(web, "count-1") is not None


async def test_a_process_that_stopped_is_not_waited_for(database: Database, cache: Redis, web: uuid.UUID) -> None:
    async with process(database, cache, lease=20) as live:
        await live.ask_cache()
    async with asyncio.timeout(5), announced(database, cache):
        await publish(database, "1.0", COUNT)


async def test_a_process_that_does_not_take_a_change_over_is_named(
    database: Database, cache: Redis, web: uuid.UUID
) -> None:
    live = LiveRegistry(database, target(), cache, 20)
    await live.ask_database()

    with pytest.raises(NotEverywhere, match=f"The change is made.*{live._name}"):
        async with announced(database, cache, patience=0.3):
            await publish(database, "1.0", COUNT)


async def test_without_the_cache_nothing_is_changed_and_serving_goes_on(
    database: Database, cache: Redis, web: uuid.UUID
) -> None:
    async with process(database, cache) as live, open_cache("redis://127.0.0.1:1/0", 0.2) as away:
        with pytest.raises(CacheAway, match="Nothing was changed"):
            async with announced(database, away):
                await publish(database, "1.0", COUNT)

        assert live.served().find(web, "count-1") is None
        assert (await load_registry(database, target())).find(web, "count-1") is None
