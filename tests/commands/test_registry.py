"""The registry, as commands change it: clients, keys and releases, on a real database."""

import asyncio
import datetime as dt
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from auth.keys import key_sha256
from commands import clients, registry, retiring
from commands.registering import Author, UnknownClient, UnknownRelease
from db.database import Database, DatabaseOptions, open_database
from db.statements.registry import CLIENTS, KEYS, LOG, OPERATIONS, RELEASES, VERSION
from domain.errors import InvalidArgument
from domain.registry import POLICIES, ReleaseState
from domain.routes import parse_route
from persisted_queries.compiling import Candidate, OperationsRefused
from schema.target import target

PERSON = Author("someone", "0123abc")
COUNT = Candidate("Count", "query Count { functions { totalCount } }")
NAMES = Candidate("Names", "query Names($n: Int) { functions(first: $n) { nodes { name } } }")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with open_database(DatabaseOptions(database_url, pool_size=4)) as opened:
        yield opened


@pytest.fixture
async def web(database: Database) -> Database:
    """A database with the client `web`."""
    await clients.create_client(database, "web", POLICIES["ids-only"], PERSON)
    return database


async def publish(database: Database, release: str, *operations: Candidate, **options: Any) -> registry.Published:
    return await registry.publish(database, target(), "web", release, operations or (COUNT, NAMES), PERSON, **options)


async def log(database: Database) -> list[dict[str, Any]]:
    """All entries, oldest first."""
    return [dict(row) for row in reversed(await database.fetch(LOG, {"client": None, "most": 100}))]


async def state(database: Database, release: str) -> str:
    (found,) = [row["state"] for row in await database.fetch(RELEASES, {}) if row["name"] == release]
    return found


async def test_a_client_is_made_with_a_key_of_which_only_the_hash_is_kept(database: Database) -> None:
    key = await clients.create_client(database, "web", POLICIES["ids-only"], PERSON)

    (row,) = await database.fetch(KEYS, {})
    assert row["key_sha256"] == key_sha256(key)
    assert re.fullmatch(r"boxoffice_[A-Za-z0-9_-]{43}", key)
    (entry,) = await log(database)
    assert (entry["actor"], entry["action"], entry["client"]) == ("someone", "create client", "web")
    assert key not in str(entry)


async def test_a_client_is_made_once(web: Database) -> None:
    with pytest.raises(clients.ClientExists):
        await clients.create_client(web, "web", POLICIES["open"], PERSON)


@pytest.mark.parametrize("name", ["", "Web", "a b", "web~1", "../x", "x" * 101])
async def test_a_client_needs_a_name_that_can_stand_in_ids(database: Database, name: str) -> None:
    with pytest.raises((InvalidArgument, Exception), match=r"lower-case|refuses"):
        await clients.create_client(database, name, POLICIES["open"], PERSON)
    assert await log(database) == []


async def test_several_keys_are_valid_until_they_are_revoked(web: Database) -> None:
    second = await clients.add_key(web, "web", "second", PERSON)
    assert len(await web.fetch(KEYS, {})) == 2

    await clients.revoke_key(web, "web", "first", PERSON)

    assert [row["key_sha256"] for row in await web.fetch(KEYS, {})] == [key_sha256(second)]
    with pytest.raises(clients.UnknownKey, match="'second'"):
        await clients.revoke_key(web, "web", "first", PERSON)
    with pytest.raises(clients.LabelTaken):
        await clients.add_key(web, "web", "first", PERSON)


async def test_a_policy_is_set_and_noted_once(web: Database) -> None:
    assert await clients.set_policy(web, "web", POLICIES["open"], PERSON) == POLICIES["ids-only"]
    assert await clients.set_policy(web, "web", POLICIES["open"], PERSON) == POLICIES["open"]

    (row,) = await web.fetch(CLIENTS, {})
    assert row["policy"] == "open"
    assert [entry["action"] for entry in await log(web)] == ["create client", "set policy"]


async def test_what_is_not_there_is_named(web: Database) -> None:
    with pytest.raises(UnknownClient, match="'nobody'"):
        await clients.set_policy(web, "nobody", POLICIES["open"], PERSON)
    with pytest.raises(UnknownRelease, match=r"'9\.9'"):
        await registry.activate(web, "web", "9.9", PERSON)


async def test_publishing_makes_an_active_release_and_one_entry(web: Database) -> None:
    published = await publish(web, "1.0")

    assert (published.is_new, published.state) == (True, ReleaseState.ACTIVE)
    (release,) = await web.fetch(RELEASES, {})
    assert (release["client"], release["name"], release["operations"]) == ("web", "1.0", 2)
    assert (release["published_by"], release["source_commit"]) == ("someone", "0123abc")
    entry = (await log(web))[-1]
    assert (entry["action"], entry["release"], entry["source_commit"]) == ("publish", "1.0", "0123abc")
    assert entry["details"]["content_sha256"] == published.content_sha256
    assert {row["name"] for row in await web.fetch(OPERATIONS, {})} == {"Count", "Names"}


async def test_publishing_the_same_again_does_nothing(web: Database) -> None:
    first = await publish(web, "1.0", COUNT, NAMES)
    entries = await log(web)

    again = await publish(web, "1.0", NAMES, COUNT)

    assert (again.is_new, again.release_id) == (False, first.release_id)
    assert await log(web) == entries


async def test_a_release_never_changes(web: Database) -> None:
    await publish(web, "1.0", COUNT)

    with pytest.raises(registry.ReleaseExists, match=r"web 1\.0"):
        await publish(web, "1.0", NAMES)
    assert [row["name"] for row in await web.fetch(OPERATIONS, {})] == ["Count"]


async def test_a_manifest_with_one_bad_operation_is_refused_whole(web: Database) -> None:
    bad = Candidate("Bad", "query Bad {\n  functions { nope alsoNope }\n}", file="bad.graphql")

    with pytest.raises(OperationsRefused) as refused:
        await publish(web, "1.0", COUNT, bad)

    faults = refused.value.faults
    assert [(fault.file, fault.line, fault.column, fault.operation) for fault in faults] == [
        ("bad.graphql", 2, 15, "Bad"),
        ("bad.graphql", 2, 20, "Bad"),
    ]
    assert await web.fetch(RELEASES, {}) == []
    assert len(await log(web)) == 1


async def test_an_id_stands_for_one_text_until_its_release_is_retired(web: Database) -> None:
    other = Candidate("Count", "query Count { functions { nodes { id } } }")
    await publish(web, "1.0", COUNT)

    with pytest.raises(OperationsRefused, match=r"another text in release '1\.0'"):
        await publish(web, "1.1", other)

    await retiring.retire(web, "web", "1.0", PERSON, force=True)
    assert (await publish(web, "1.1", other)).is_new


async def test_clients_may_share_texts_and_ids(web: Database) -> None:
    await clients.create_client(web, "partner", POLICIES["safelist"], PERSON)
    await publish(web, "1.0", COUNT)

    await registry.publish(web, target(), "partner", "1.0", [COUNT], PERSON)

    assert len(await web.fetch(OPERATIONS, {})) == 1


async def test_a_pending_release_is_served_once_activated(web: Database) -> None:
    await publish(web, "1.0", activate=False)
    assert await web.fetch(OPERATIONS, {}) == []

    await registry.activate(web, "web", "1.0", PERSON)

    assert len(await web.fetch(OPERATIONS, {})) == 2
    with pytest.raises(registry.InvalidTransition, match="is active"):
        await registry.activate(web, "web", "1.0", PERSON)


async def test_a_deprecation_names_its_sunset_and_successor_and_can_be_taken_back(web: Database) -> None:
    await publish(web, "1.0")
    await publish(web, "1.1")
    sunset = dt.datetime.now(dt.UTC) + dt.timedelta(days=30)

    await registry.deprecate(web, "web", "1.0", PERSON, sunset=sunset, successor="1.1")

    (row,) = [row for row in await web.fetch(RELEASES, {}) if row["name"] == "1.0"]
    assert (row["state"], row["sunset_at"], row["successor"]) == ("deprecated", sunset, "1.1")
    await registry.activate(web, "web", "1.0", PERSON)
    (row,) = [row for row in await web.fetch(RELEASES, {}) if row["name"] == "1.0"]
    assert (row["state"], row["sunset_at"], row["successor"]) == ("active", None, None)


async def test_a_deprecation_that_cannot_be_is_refused(web: Database) -> None:
    await publish(web, "1.0")
    past = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)

    with pytest.raises(InvalidArgument, match="past"):
        await registry.deprecate(web, "web", "1.0", PERSON, sunset=past)
    with pytest.raises(InvalidArgument, match="itself"):
        await registry.deprecate(web, "web", "1.0", PERSON, successor="1.0")
    with pytest.raises(UnknownRelease, match=r"'1\.1'"):
        await registry.deprecate(web, "web", "1.0", PERSON, successor="1.1")


async def test_of_those_who_publish_the_same_at_once_one_does(web: Database) -> None:
    published = await asyncio.gather(*(publish(web, "1.0") for _ in range(4)))

    assert sorted(each.is_new for each in published) == [False, False, False, True]
    assert len(await log(web)) == 2


async def test_the_version_grows_with_every_change_and_with_nothing_else(web: Database) -> None:
    async def version() -> int:
        (row,) = await web.fetch(VERSION, {})
        return int(row["version"])

    first = await version()
    await publish(web, "1.0")
    second = await version()
    await publish(web, "1.0")

    assert first < second == await version()


@pytest.mark.parametrize("name", ["", "1~2", "a b", "x" * 101])
async def test_a_release_needs_a_name_that_can_stand_in_ids(web: Database, name: str) -> None:
    with pytest.raises(InvalidArgument):
        await publish(web, name)


async def test_a_release_holds_something(web: Database) -> None:
    with pytest.raises(InvalidArgument, match="no operation"):
        await registry.publish(web, target(), "web", "1.0", [], PERSON)


def routed(release: str, *routes: str) -> list[Candidate]:
    """Operations with routes; each is a query of the variables in its path."""
    return [
        Candidate(f"{release}-{number}", text.format(number), route=parse_route(route))
        for number, route in enumerate(routes)
        for text in ("query Q{}($a: Int, $b: String) {{ functions(first: $a, after: $b) {{ totalCount }} }}",)
    ]


@pytest.mark.parametrize(
    ("before", "after", "conflict"),
    [
        (["GET /api/x/{a}"], ["GET /api/{a}/y"], True),
        (["GET /api/x/{a}"], ["GET /api/x/{b}"], False),
        (["GET /api/x/{a}"], ["GET /api/x/y"], False),
        ([], ["GET /api/x/{a}", "GET /api/x/{b}"], True),
        ([], ["GET /api/x/{a}", "GET /api/{b}/y"], True),
    ],
    ids=["ambiguous", "taken over", "narrower", "twice", "ambiguous within"],
)
async def test_routes_that_conflict_are_refused(
    web: Database, before: list[str], after: list[str], *, conflict: bool
) -> None:
    async def publish_routes(release: str, routes: list[str]) -> None:
        await registry.publish(web, target(), "web", release, routed(release, *routes), PERSON)

    if before:
        await publish_routes("1.0", before)

    if conflict:
        with pytest.raises(OperationsRefused, match="conflicts with"):
            await publish_routes("2.0", after)
    else:
        await publish_routes("2.0", after)


async def test_public_clients_share_their_addresses_and_others_do_not(web: Database) -> None:
    for name in ("rest", "shop"):
        await clients.ensure_public_client(web, name, PERSON)
    for client in ("web", "rest"):
        await registry.publish(web, target(), client, "1.0", routed("1.0", "GET /api/x/{a}"), PERSON)

    with pytest.raises(OperationsRefused, match=r"conflicts with GET /api/x/\{a\} of rest 1.0"):
        await registry.publish(web, target(), "shop", "1.0", routed("1.0", "GET /api/x/{b}"), PERSON)
    await retiring.retire(web, "rest", "1.0", PERSON, force=True)
    await registry.publish(web, target(), "shop", "1.0", routed("1.0", "GET /api/x/{b}"), PERSON)


async def test_a_public_client_is_made_once_and_is_no_partner(web: Database) -> None:
    made = [await clients.ensure_public_client(web, "rest", PERSON) for _ in range(2)]

    assert made == [True, False]
    with pytest.raises(clients.ClientExists):
        await clients.ensure_public_client(web, "web", PERSON)
    with pytest.raises(InvalidArgument):
        await clients.create_client(web, "acme", POLICIES["open"], PERSON, is_partner=True, is_public=True)
