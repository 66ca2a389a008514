"""Automatic persisted queries, alone and over a real Valkey."""

import asyncio
import time

import pytest

from db.automatic_queries import SharedTexts
from db.cache import open_cache
from persisted_queries.automatic import AutomaticQueries
from persisted_queries.identifiers import sha256_of
from tests.plugins.measuring import least_awaited

TEXT = "{ homepage { upcoming { name } } }"
HASH = sha256_of(TEXT)


async def test_what_was_registered_is_found_by_the_same_client_alone() -> None:
    queries = AutomaticQueries(None, "schema", 60)

    await queries.register("web", HASH, TEXT)

    assert await queries.find("web", HASH) == TEXT
    assert await queries.find("partner", HASH) is None
    assert await queries.find(None, HASH) is None


async def test_what_was_asked_for_last_stays_within_the_bound() -> None:
    queries = AutomaticQueries(None, "schema", 60, capacity=2500)
    texts = {sha256_of(text): text for text in ("{a}", "{b}", "{c}", "{d}", "{e}")}
    first, *others = texts
    await queries.register(None, first, texts[first])
    for hash_ in others:
        await queries.register(None, hash_, texts[hash_])
        assert await queries.find(None, first) == texts[first]

    assert await queries.find(None, others[0]) is None
    assert await queries.find(None, others[-1]) == texts[others[-1]]


async def test_a_text_larger_than_the_bound_forgets_nothing() -> None:
    queries = AutomaticQueries(None, "schema", 60, capacity=2500)
    await queries.register(None, HASH, TEXT)

    await queries.register(None, sha256_of(TEXT * 100), TEXT * 100)

    assert await queries.find(None, HASH) == TEXT
    assert await queries.find(None, sha256_of(TEXT * 100)) is None


async def test_a_text_is_forgotten_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    queries = AutomaticQueries(None, "schema", 60)
    await queries.register(None, HASH, TEXT)
    now = time.monotonic()

    monkeypatch.setattr(time, "monotonic", lambda: now + 31)

    assert await queries.find(None, HASH) is None


async def test_another_process_finds_it_on_the_same_schema(redis_url: str) -> None:
    async with open_cache(redis_url, 3) as client:
        shared = SharedTexts(client)
        await AutomaticQueries(shared, "schema", 60).register("web", HASH, TEXT)

        assert await AutomaticQueries(shared, "schema", 60).find("web", HASH) == TEXT
        assert await AutomaticQueries(shared, "schema", 60).find("partner", HASH) is None
        assert await AutomaticQueries(shared, "other", 60).find("web", HASH) is None


async def test_the_shared_cache_forgets_it_and_asking_puts_that_off(redis_url: str) -> None:
    async with open_cache(redis_url, 3) as client:
        await AutomaticQueries(SharedTexts(client), "schema", 60).register("web", HASH, TEXT)
        (key,) = await client.keys("*")
        assert 0 < await client.ttl(key) <= 60

        await AutomaticQueries(SharedTexts(client), "schema", 600).find("web", HASH)

        assert 60 < await client.ttl(key) <= 600


async def test_what_the_shared_cache_has_is_believed_only_by_its_hash(redis_url: str) -> None:
    async with open_cache(redis_url, 3) as client:
        await AutomaticQueries(SharedTexts(client), "schema", 60).register("web", HASH, TEXT)
        (key,) = await client.keys("*")
        for planted in (b"{ other }", b"\xff\xfe"):
            await client.set(key, planted)

            assert await AutomaticQueries(SharedTexts(client), "schema", 60).find("web", HASH) is None


async def test_without_the_shared_cache_each_process_serves_what_it_has_seen() -> None:
    async with open_cache("redis://127.0.0.1:1/0", 0.5) as client:
        queries = AutomaticQueries(SharedTexts(client), "schema", 60)
        started = time.monotonic()

        await queries.register("web", HASH, TEXT)

        assert await queries.find("web", HASH) == TEXT
        assert await AutomaticQueries(SharedTexts(client), "schema", 60).find("web", HASH) is None
        assert time.monotonic() - started < 3


@pytest.mark.quiet
async def test_a_cache_that_hangs_is_waited_for_once_and_no_longer_than_its_limit() -> None:
    """It takes connections and answers nothing, as a machine does that swaps."""

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(say_nothing, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        async with open_cache(f"redis://{host}:{port}/0", 0.2) as cache:
            queries = AutomaticQueries(SharedTexts(cache), "schema", 60)
            began = time.monotonic()
            unknown = await queries.find("web", HASH)
            await queries.register("web", HASH, TEXT)
            waited = time.monotonic() - began

            async def measure(_: int) -> float:
                began = time.monotonic()
                assert await queries.find("web", HASH) == TEXT
                return time.monotonic() - began

            assert await least_awaited(measure, 0.1) < 0.1

    assert unknown is None
    assert waited < 2
