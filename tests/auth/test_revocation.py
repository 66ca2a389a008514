"""A revocation holds in every process within a second; without Redis, what is known holds on.

Two `Revocations` over one database and one Redis stand for two processes: they share nothing else.
"""

import asyncio
import contextlib
import datetime as dt
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
import structlog
from redis.asyncio import Redis
from sqlalchemy import text

from auth.revocation import Known, Revocations, open_revocations
from auth.tokens import KeysUnavailable, Token, TokenRefused
from commands.revoking import revoke_subject, revoke_token
from db.cache import open_cache
from db.database import Database, DatabaseOptions, open_database
from db.revocations import Mirror, Revoked, sweep
from domain.audit import Actor
from domain.errors import InvalidArgument
from tests.plugins.measuring import least_awaited

LIMIT = 0.25
"""Seconds that one exchange with a Redis may take that does not answer."""
PATIENCE = 5.0
"""The same for one that does, on a busy machine."""
OPERATOR = Actor("tests")
T1 = "t-1"
NEVER = 3600.0
"""Seconds between looks at the database, where a test is about Redis alone."""


def token(token_id: str | None = T1, subject: str = "ada", age: float = 60.0) -> Token:
    now = time.time()
    return Token(subject, now - age, now + 600, token_id)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with open_database(DatabaseOptions(database_url, under_roles=True)) as opened:
        yield opened


@pytest.fixture
async def client(redis_url: str) -> AsyncIterator[Redis]:
    async with open_cache(redis_url, PATIENCE) as opened:
        yield opened


@pytest.fixture
async def mirror(client: Redis) -> Mirror:
    return Mirror(client)


@asynccontextmanager
async def process(
    database: Database, redis_url: str, seconds: float = 0.5, limit: float = PATIENCE
) -> AsyncIterator[Revocations]:
    async with open_cache(redis_url, limit) as client, open_revocations(database, Mirror(client), seconds) as opened:
        yield opened


async def revoke(database: Database, mirror: Mirror, token_id: str = T1, *, seconds: float = 600) -> Revoked:
    expires_at = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds)
    return await revoke_token(database, mirror, token_id, expires_at=expires_at, actor=OPERATOR, reason="lost")


async def revoke_all(database: Database, mirror: Mirror, subject: str = "ada") -> dt.datetime:
    before = dt.datetime.now(dt.UTC)
    await revoke_subject(
        database, mirror, subject, before=before, max_lifetime=3600, actor=OPERATOR, reason="left the house"
    )
    return before


async def rows_of(database: Database, query: str) -> list[tuple[object, ...]]:
    async with database.write() as connection:
        return [tuple(row) for row in await connection.execute(text(query))]


async def is_refused(revocations: Revocations, of: Token) -> bool:
    try:
        await revocations.check(of)
    except TokenRefused:
        return True
    return False


@pytest.fixture
def dead_url() -> str:
    """A port that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"redis://127.0.0.1:{taken.getsockname()[1]}/0"


@pytest.fixture
def hanging_url() -> Iterator[str]:
    """A server that lets clients connect, and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


# -- what is revoked --------------------------------------------------------------------------------------------------


async def test_a_token_that_nobody_revoked_is_known_to_be_good(database: Database, redis_url: str) -> None:
    async with process(database, redis_url) as revocations:
        assert await revocations.check(token()) is True
        assert await revocations.check(token(token_id=None)) is True


@pytest.mark.parametrize("seconds", [NEVER, 0.5], ids=["by-redis", "by-the-database-too"])
async def test_a_token_is_refused_in_every_process_as_soon_as_it_is_revoked(
    database: Database, mirror: Mirror, redis_url: str, seconds: float
) -> None:
    async with process(database, redis_url, seconds) as one, process(database, redis_url, seconds) as two:
        assert not await is_refused(one, token())

        await revoke(database, mirror)

        assert [await is_refused(each, token()) for each in (one, two)] == [True, True]
        assert not await is_refused(two, token("t-2"))


async def test_all_tokens_up_to_a_moment_are_refused_and_those_after_it_are_not(
    database: Database, mirror: Mirror, redis_url: str
) -> None:
    async with process(database, redis_url, NEVER) as revocations:
        before = await revoke_all(database, mirror)

        assert await is_refused(revocations, token("t-1"))
        assert await is_refused(revocations, token(None))
        assert await is_refused(revocations, Token("ada", int(before.timestamp()), time.time() + 60, "t-3"))
        assert not await is_refused(revocations, Token("ada", before.timestamp() + 1, time.time() + 60, "t-4"))
        assert not await is_refused(revocations, token(subject="bob"))


async def test_of_several_moments_the_latest_counts(database: Database, mirror: Mirror, redis_url: str) -> None:
    late = dt.datetime.now(dt.UTC)
    for before in (late, late - dt.timedelta(hours=1)):
        await revoke_subject(
            database, mirror, "ada", before=before, max_lifetime=7200, actor=OPERATOR, reason="to be sure"
        )
    async with process(database, redis_url, NEVER) as revocations:
        assert await is_refused(revocations, token(age=600))


@pytest.mark.quiet
async def test_without_redis_processes_find_out_from_the_database_within_a_second(
    database: Database, dead_url: str
) -> None:
    async with process(database, dead_url) as revocations, open_cache(dead_url, LIMIT) as dead:

        async def measure(attempt: int) -> float:
            revoked = token(f"t-{attempt}")
            assert not await is_refused(revocations, revoked)
            started = time.monotonic()
            await revoke(database, Mirror(dead), f"t-{attempt}")
            async with asyncio.timeout(20):
                while not await is_refused(revocations, revoked):  # noqa: ASYNC110 - the other side has no event
                    await asyncio.sleep(0.02)
            return time.monotonic() - started

        assert await least_awaited(measure, 1) < 1


async def test_no_moment_to_come_and_no_empty_reason_is_taken(database: Database, mirror: Mirror) -> None:
    to_come = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
    with pytest.raises(InvalidArgument, match="is to come"):
        await revoke_subject(database, mirror, "ada", before=to_come, max_lifetime=60, actor=OPERATOR, reason="x")
    for reason in ("", " \n", "x" * 501):
        with pytest.raises(InvalidArgument, match="Give a reason"):
            await revoke_token(database, mirror, "t-1", expires_at=to_come, actor=OPERATOR, reason=reason)


# -- the mirror -------------------------------------------------------------------------------------------------------


async def test_a_request_takes_one_mget_and_nothing_else(database: Database, redis_url: str, client: Redis) -> None:
    own = redis_url.rpartition("/")[2]
    async with process(database, redis_url, NEVER) as revocations:
        await revocations.check(token())
        async with client.monitor() as monitor:
            await client.echo("begin")
            for _ in range(10):
                await revocations.check(token())
            await client.echo("done")
            seen = list[str]()
            while sum(each.startswith("ECHO") for each in seen) < 2:
                said = await monitor.next_command()
                seen += [said["command"]] if str(said["db"]) == own else []

    _, *asked, _ = seen[seen.index("ECHO begin") :]
    assert [each.split()[0] for each in asked] == ["MGET"] * 10
    assert asked[0].split()[1:] == [f"boxoffice:revoked{end}" for end in ("", ":token:t-1", ":subject:ada")]


@pytest.mark.parametrize("loss", ["everything", "the-marker", "an-old-copy"])
async def test_what_redis_lost_is_rebuilt_and_nothing_gets_through_meanwhile(
    database: Database, mirror: Mirror, redis_url: str, client: Redis, loss: str
) -> None:
    await revoke(database, mirror, "t-1")
    await revoke_all(database, mirror, "bob")
    async with process(database, redis_url, NEVER) as revocations:
        await revocations.check(token("t-9"))
        marker = await client.get("boxoffice:revoked")
        match loss:
            case "everything":
                await client.flushdb()
            case "the-marker":
                await client.delete("boxoffice:revoked")
            case _:
                await client.flushdb()
                await client.set("boxoffice:revoked", 0)
        # Another process, that begins after the loss:
        async with process(database, redis_url, NEVER) as other:
            refused = await asyncio.gather(
                *(is_refused(each, its) for each in (revocations, other) for its in (token("t-1"), token("x", "bob")))
            )
            good = await asyncio.gather(*(each.check(token("t-9")) for each in (revocations, other)))

        assert refused == [True] * 4
        assert good == [True, True]
        assert await client.get("boxoffice:revoked") == marker
        assert await client.exists("boxoffice:revoked:token:t-1", "boxoffice:revoked:subject:bob") == 2


async def test_a_mirror_that_missed_a_revocation_is_not_taken_for_whole(
    database: Database, mirror: Mirror, redis_url: str, dead_url: str, client: Redis
) -> None:
    async with process(database, redis_url, NEVER) as revocations, open_cache(dead_url, LIMIT) as dead:
        await revocations.check(token())
        missed = await revoke(database, Mirror(dead), "t-1")
        later = await revoke(database, mirror, "t-2")

        assert (missed.after, later.after) == (0, missed.revision)
        assert await client.get("boxoffice:revoked") == b"0"  # not raised over the gap
        await revocations.follow()
        assert await is_refused(revocations, token("t-1"))
        assert await revocations.check(token("t-3")) is True
        assert await client.get("boxoffice:revoked") == str(later.revision).encode()


async def test_many_at_once_rebuild_once(database: Database, redis_url: str, client: Redis) -> None:
    async with process(database, redis_url, NEVER) as revocations:
        await revocations.check(token())
        await client.flushdb()

        with structlog.testing.capture_logs() as logs:
            await asyncio.gather(*(revocations.check(token(f"t-{number}")) for number in range(50)))

    assert [line["event"] for line in logs] == ["revocations mirrored"]


async def test_keys_in_redis_end_with_what_they_are_about(database: Database, mirror: Mirror, client: Redis) -> None:
    await revoke(database, mirror, "t-1", seconds=600)

    assert 600 <= await client.ttl("boxoffice:revoked:token:t-1") <= 600 + 65


# -- Redis dead, hanging, and back ------------------------------------------------------------------------------------


async def test_with_redis_dead_what_is_known_holds_and_nothing_more_is_certain(
    database: Database, dead_url: str
) -> None:
    async with open_cache(dead_url, LIMIT) as dead:
        await revoke(database, Mirror(dead), "t-1")
    async with process(database, dead_url, NEVER) as revocations:
        assert await revocations.check(token("t-2")) is False
        assert await is_refused(revocations, token("t-1"))


@pytest.mark.quiet
async def test_with_redis_hanging_one_request_waits_shortly_and_the_next_not_at_all(
    database: Database, hanging_url: str
) -> None:
    async with process(database, hanging_url, NEVER, LIMIT) as revocations:

        async def measure(_: int) -> float:
            started = time.monotonic()
            certain = await asyncio.gather(*(revocations.check(token()) for _ in range(20)))
            assert certain == [False] * 20
            return time.monotonic() - started

        assert await measure(0) < 4 * LIMIT + 1
        assert await least_awaited(measure, LIMIT) < LIMIT


async def test_redis_is_found_again_by_itself(database: Database, redis_url: str) -> None:
    async with process(database, redis_url, 0.05) as revocations:
        revocations.is_answering = False
        assert await revocations.check(token()) is False

        async with asyncio.timeout(10):
            while not await revocations.check(token()):  # noqa: ASYNC110 - another task brings it about
                await asyncio.sleep(0.02)


async def test_with_neither_nothing_is_let_in(dead_url: str) -> None:
    nowhere = DatabaseOptions("postgresql://nobody@127.0.0.1:1/nothing", timeout=2)
    async with open_database(nowhere) as database, process(database, dead_url, NEVER) as revocations:
        with pytest.raises(KeysUnavailable):
            await revocations.check(token())


async def test_with_the_database_away_redis_is_enough(mirror: Mirror, database: Database, redis_url: str) -> None:
    async with process(database, redis_url, NEVER) as filled:
        await filled.check(token())
    await revoke(database, mirror, "t-1")
    nowhere = DatabaseOptions("postgresql://nobody@127.0.0.1:1/nothing", timeout=2)
    async with open_database(nowhere) as away, process(away, redis_url, NEVER) as revocations:
        assert await is_refused(revocations, token("t-1"))
        assert await revocations.check(token("t-2")) is True


# -- what is of no use any more ---------------------------------------------------------------------------------------


async def test_what_is_of_no_use_any_more_is_swept_and_forgotten(database: Database, mirror: Mirror) -> None:
    await revoke(database, mirror, "old", seconds=-120)
    await revoke(database, mirror, "new", seconds=600)

    async with database.write() as connection:
        assert await sweep(connection) == 1

    assert await rows_of(database, "SELECT token_id FROM revocations") == [("new",)]


def test_a_process_forgets_what_is_of_no_use() -> None:
    known, now = Known(), dt.datetime.now(dt.UTC)
    for number, seconds in enumerate((-1, 60)):
        until = now + dt.timedelta(seconds=seconds)
        known.add(Revoked(number, f"t-{number}", None, None, until))
        known.add(Revoked(number, None, f"s-{number}", now, until))

    known.prune(now.timestamp())

    assert (list(known.tokens), list(known.subjects)) == (["t-1"], ["s-1"])


async def test_closing_waits_for_nothing(database: Database, hanging_url: str) -> None:
    started = time.monotonic()
    async with process(database, hanging_url, 0.01):
        await asyncio.sleep(0.05)

    assert time.monotonic() - started < 3


async def test_the_audit_log_says_who_revoked_what_and_why(database: Database, mirror: Mirror) -> None:
    await revoke(database, mirror, "t-1")
    await revoke_all(database, mirror, "ada")
    with contextlib.suppress(InvalidArgument):
        await revoke_token(
            database,
            mirror,
            "t-2",
            expires_at=dt.datetime.now(dt.UTC),
            actor=OPERATOR,
            reason="leaked eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2ln",
        )

    rows = await rows_of(database, "SELECT action, subject, actor, actor_role, reason FROM audit_log ORDER BY entry_id")

    assert rows == [
        ("revoke token", "t-1", "tests", "operator", "lost"),
        ("revoke subject", "ada", "tests", "operator", "left the house"),
    ]
