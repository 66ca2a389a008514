"""Found, waited for, or made: and never given when it may be out of date."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from sqlalchemy import text

from db.cache import open_cache
from db.database import Database, DatabaseOptions, open_database
from db.shared_answers import SharedAnswers
from resolvers.context import Touched
from server.caching.counters import Counters
from server.caching.following import FRESH_SECONDS, Follower
from server.caching.responses import Found, ResponseCache
from server.caching.store import Store
from server.http.answer import Executed
from server.http.refusals import Refused

KEY = b"operation", b"{}"
GONE = Refused(503, "SERVICE_UNAVAILABLE", "The database is not available; try again.")


@dataclass(slots=True)
class Desk:
    """A response cache that follows changes when it is told to, and what its answers are made of."""

    cache: ResponseCache
    database: Database
    made: int = 0

    async def look(self) -> None:
        await self.cache.follower.look()

    async def change(self) -> None:
        async with self.database.write() as connection:
            values = {"key": uuid.uuid4(), "slug": f"o-{uuid.uuid4()}"}
            await connection.execute(
                text(
                    "INSERT INTO organisations (organisation_id, name, slug, timezone) VALUES (:key, 'A', :slug, 'UTC')"
                ),
                values,
            )

    async def make(self, touched: Touched | None, seconds: float = 0.0) -> Executed:
        self.made += 1
        number = self.made
        if touched is not None:
            touched.tags.add("organisations")
        await asyncio.sleep(seconds)
        return Executed({"number": number})

    async def ask(self, seconds: float = 0.0) -> str:
        """The body of the answer."""
        return body(await self.cache.answer(KEY, 60, lambda touched: self.make(touched, seconds)))


def body(found: Executed | Found) -> str:
    assert isinstance(found, Found)
    return found.entry.content.body.decode()


def answer(number: int) -> str:
    return f'{{"data":{{"number":{number}}}}}'


def cache_over(database: Database, shared: SharedAnswers | None = None) -> ResponseCache:
    store = Store(1_000_000, Counters())
    return ResponseCache(store, Follower(database, store, retention=900), shared, "schema", 300)


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    async with open_database(DatabaseOptions(database_url, pool_size=2)) as database:
        desk = Desk(cache_over(database), database)
        await desk.look()
        yield desk


async def test_an_answer_is_made_once_and_then_at_hand(desk: Desk) -> None:
    assert [await desk.ask(), await desk.ask()] == [answer(1)] * 2
    assert desk.cache.counters == Counters(hits=1, misses=1, stored=1)


async def test_a_change_drops_it(desk: Desk) -> None:
    await desk.ask()
    await desk.change()
    assert await desk.ask() == answer(1), "nobody has heard of it yet"

    await desk.look()

    assert await desk.ask() == answer(2)


async def test_before_anything_is_known_of_changes_nothing_is_kept(database_url: str) -> None:
    async with open_database(DatabaseOptions(database_url, pool_size=2)) as database:
        desk = Desk(cache_over(database), database)

        assert [await desk.ask(), await desk.ask()] == [answer(1), answer(2)]


async def test_what_changed_while_it_was_made_is_not_kept(desk: Desk) -> None:
    async def make(touched: Touched | None) -> Executed:
        made = await desk.make(touched)
        await desk.change()
        await desk.look()
        return made

    first = await desk.cache.answer(KEY, 60, make)

    assert body(first) == answer(1)
    assert await desk.ask() == answer(2)


async def test_what_is_heard_of_after_it_was_kept_drops_it_though_it_was_read_before(desk: Desk) -> None:
    async def make(touched: Touched | None) -> Executed:
        made = await desk.make(touched)
        await desk.change()
        return made

    await desk.cache.answer(KEY, 60, make)
    await desk.look()

    assert await desk.ask() == answer(2)


async def test_nothing_is_at_hand_for_who_has_not_looked_for_a_while(desk: Desk) -> None:
    await desk.ask()
    desk.cache.follower.as_of -= FRESH_SECONDS

    assert await desk.ask() == answer(2)


async def test_many_who_ask_at_once_get_one_answer(desk: Desk) -> None:
    answers = await asyncio.gather(*(desk.ask(0.05) for _ in range(20)))

    assert answers == [answer(1)] * 20
    assert (desk.made, desk.cache.counters.collapsed) == (1, 19)


async def test_who_leaves_takes_the_answer_from_nobody_else(desk: Desk) -> None:
    first, second = (asyncio.create_task(desk.ask(0.1)) for _ in range(2))
    await asyncio.sleep(0.02)
    first.cancel()

    assert await second == answer(1)


async def test_what_nobody_waits_for_any_more_is_not_made_to_its_end(desk: Desk) -> None:
    ended = asyncio.Event()

    async def make(_touched: Touched | None) -> Executed:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()
        raise AssertionError

    waiting = [asyncio.create_task(desk.cache.answer(KEY, 60, make)) for _ in range(2)]
    await asyncio.sleep(0.02)
    for each in waiting:
        each.cancel()
    await asyncio.wait_for(ended.wait(), 5)

    assert await desk.ask() == answer(1)


async def test_a_late_comer_does_not_get_what_changed_since_it_was_begun(desk: Desk) -> None:
    slow = asyncio.create_task(desk.ask(FRESH_SECONDS + 0.3))
    await asyncio.sleep(0.05)
    await desk.change()
    await asyncio.sleep(FRESH_SECONDS)
    late = asyncio.create_task(desk.ask())
    await desk.look()

    assert [await slow, await late] == [answer(1), answer(2)]


async def test_what_fails_fails_for_all_who_wait_and_is_tried_again_for_the_next(desk: Desk) -> None:
    async def fail(_touched: Touched | None) -> Executed:
        await asyncio.sleep(0.02)
        raise Refused(503, "DEADLINE_EXCEEDED", "Too long.")

    failures = await asyncio.gather(*(desk.cache.answer(KEY, 60, fail) for _ in range(3)), return_exceptions=True)

    assert all(isinstance(each, Refused) for each in failures)
    assert await desk.ask() == answer(1)


async def test_errors_and_what_is_not_known_are_not_kept(desk: Desk) -> None:
    async def wrong(_touched: Touched | None) -> Executed:
        return Executed({"number": 0}, [{"message": "No.", "extensions": {"code": "BAD_USER_INPUT"}}])

    async def unknown(touched: Touched | None) -> Executed:
        assert touched is not None
        touched.is_known = False
        return Executed({"number": 0})

    await desk.cache.answer(KEY, 60, wrong)
    await desk.cache.answer(KEY, 60, unknown)

    assert await desk.ask() == answer(1)


async def test_while_the_database_is_away_the_last_answer_stands_in_for_a_while(desk: Desk) -> None:
    async def fail(_touched: Touched | None) -> Executed:
        raise GONE

    async def fail_in_part(_touched: Touched | None) -> Executed:
        return Executed({"number": None}, [{"message": "Away.", "extensions": {"code": "SERVICE_UNAVAILABLE"}}])

    await desk.ask()
    desk.cache.follower.as_of -= FRESH_SECONDS
    for make in (fail, fail_in_part):
        stale = await desk.cache.answer(KEY, 60, make)
        assert isinstance(stale, Found)
        assert body(stale) == answer(1)
        assert stale.status.endswith("detail=stale-if-error")

    desk.cache.stale_seconds = -60
    with pytest.raises(Refused):
        await desk.cache.answer(KEY, 60, fail)


async def test_who_knows_that_the_database_is_away_does_not_wait_for_it(desk: Desk) -> None:
    await desk.ask()
    desk.cache.follower.as_of -= FRESH_SECONDS
    desk.cache.follower.is_away = True

    assert await desk.ask() == answer(1)
    assert desk.cache.counters.stale == 1


async def test_processes_share_their_answers_as_long_as_these_hold(desk: Desk, redis_url: str) -> None:
    async with open_cache(redis_url, 5) as client:
        here, there = (Desk(cache_over(desk.database, SharedAnswers(client)), desk.database) for _ in range(2))
        await here.look()
        await there.look()
        first = await here.ask()
        await asyncio.gather(*here.cache._writes)
        shared = await there.ask()
        await here.change()
        await there.look()
        changed = await there.ask()

    assert (first, shared, there.cache.counters.shared_hits) == (answer(1), answer(1), 1)
    assert (changed, there.made) == (answer(1), 1), "made here, since what is shared is out of date"


async def test_a_process_that_comes_later_knows_what_changed_before(desk: Desk, redis_url: str) -> None:
    async with open_cache(redis_url, 5) as client:
        here, there = (Desk(cache_over(desk.database, SharedAnswers(client)), desk.database) for _ in range(2))
        await here.look()
        await here.ask()
        await asyncio.gather(*here.cache._writes)
        await here.change()
        await there.look()
        await there.ask()

    assert there.cache.counters.shared_hits == 0


async def test_what_another_server_counts_means_nothing_here(desk: Desk) -> None:
    await desk.ask()
    desk.cache.follower.server = "another"
    await desk.look()

    assert await desk.ask() == answer(2)
