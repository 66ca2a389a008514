"""Queries by GET, over the whole application: what may be kept says so, and is confirmed instead of sent again."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest

from commands import clients, registry
from commands.registering import Author
from db.database import DatabaseOptions, open_database
from domain.registry import POLICIES
from persisted_queries.compiling import Candidate
from persisted_queries.identifiers import sha256_of
from schema.target import target
from server.app import open_app
from server.settings import load_settings

PUBLIC = "{ functions { nodes { name } } }"
COMING = "{ homepage { featuredEvents { title } } }"
STAFF = '{ node(id: "x") { ... on Ticket { pools { id } } } }'
PERSON = Author("someone")


@dataclass(frozen=True, slots=True)
class Shop:
    client: httpx.AsyncClient
    web: str
    partner: str

    async def get(self, query: str = PUBLIC, key: str | None = None, **headers: str) -> httpx.Response:
        if key is not None:
            headers["authorization"] = f"Bearer {key}"
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.get("/graphql", params={"query": query}, headers=names)


@pytest.fixture
async def shop(database_url: str, redis_url: str) -> AsyncIterator[Shop]:
    async with open_database(DatabaseOptions(database_url)) as database:
        web = await clients.create_client(database, "web", POLICIES["open"], PERSON)
        partner = await clients.create_client(database, "acme", POLICIES["open"], PERSON, is_partner=True)
        await registry.publish(database, target(), "web", "1.0", [Candidate("Names", PUBLIC)], PERSON)
        await registry.deprecate(database, "web", "1.0", PERSON)
    settings = load_settings(database_url=database_url, redis_url=redis_url, secret_key="k" * 32)
    async with (
        open_app(settings) as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
    ):
        yield Shop(client, web, partner)


async def test_an_answer_says_for_how_long_and_for_whom_it_may_be_kept(shop: Shop) -> None:
    public, coming, staff = await shop.get(), await shop.get(COMING), await shop.get(STAFF)
    keyed, partner = await shop.get(key=shop.web), await shop.get(key=shop.partner)

    assert public.headers["cache-control"].startswith("public, max-age=60")
    assert coming.headers["cache-control"].startswith("public, max-age=10")
    assert staff.headers["cache-control"] == "no-store"
    assert keyed.headers["cache-control"] == "private, max-age=60"
    assert partner.headers["cache-control"] == "private, no-cache"
    assert "etag" not in staff.headers
    for answer in (public, coming, keyed, partner):
        assert answer.headers["vary"] == "Accept, Authorization, X-API-Key"


async def test_who_has_it_is_told_so_instead_of_getting_it_again(shop: Shop) -> None:
    first = await shop.get()
    etag = first.headers["etag"]
    again = await shop.get(if_none_match=f'"other", W/{etag}')
    head = await shop.client.head("/graphql", params={"query": PUBLIC})
    other_type = await shop.get(accept="application/graphql-response+json", if_none_match=etag)

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == etag == head.headers["etag"]
    assert again.headers["cache-control"] == first.headers["cache-control"]
    assert "content-type" not in again.headers
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(first.content))
    assert other_type.status_code == 200
    assert other_type.headers["etag"] != etag


async def test_a_published_operation_is_kept_whichever_way_it_is_named(shop: Shop) -> None:
    headers = {"authorization": f"Bearer {shop.web}"}
    by_id = await shop.client.get("/graphql/Names", headers=headers)
    hashed = f'{{"persistedQuery":{{"version":1,"sha256Hash":"{sha256_of(PUBLIC)}"}}}}'
    by_hash = await shop.client.get("/graphql", params={"extensions": hashed}, headers=headers)
    by_text = await shop.get(key=shop.web)
    confirmed = await shop.client.get("/graphql/Names", headers=headers | {"if-none-match": by_id.headers["etag"]})

    assert by_id.headers["etag"] == by_hash.headers["etag"] == by_text.headers["etag"]
    assert confirmed.status_code == 304
    assert by_id.headers["deprecation"] == confirmed.headers["deprecation"]


@pytest.mark.parametrize(
    "query",
    ["{ nothing }", "{", '{ function(id: "wrong") { name } }', "{ functions(first: -1) { nodes { id } } }"],
)
async def test_errors_are_not_kept(shop: Shop, query: str) -> None:
    answer = await shop.get(query, accept="application/graphql-response+json")

    assert answer.json()["errors"]
    assert answer.headers["cache-control"] == "no-store"
    assert "etag" not in answer.headers


async def test_what_is_posted_is_not_kept(shop: Shop) -> None:
    answer = await shop.client.post("/graphql", json={"query": PUBLIC}, headers={"if-none-match": "*"})

    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert "etag" not in answer.headers


async def test_what_is_at_hand_is_given_to_those_alone_who_may_ask_for_it(shop: Shop) -> None:
    def headers(key: str) -> dict[str, str]:
        return {"authorization": f"Bearer {key}"}

    await shop.client.get("/graphql/Names", headers=headers(shop.web))
    again = await shop.client.get("/graphql/Names", headers=headers(shop.web))
    foreign = await shop.client.get("/graphql/Names", headers=headers(shop.partner))
    nobody = await shop.client.get("/graphql/Names")
    by_text = await shop.get()

    assert again.headers["cache-status"] == "boxoffice; hit"
    assert foreign.status_code == nobody.status_code == 404
    assert foreign.content == nobody.content
    assert by_text.headers["cache-status"] == "boxoffice; hit"
    assert "deprecation" in again.headers
    assert "deprecation" not in by_text.headers


async def test_equal_variables_have_one_answer_however_they_are_written(shop: Shop) -> None:
    query = "query ($first: Int = 5, $after: String) { functions(first: $first, after: $after) { nodes { id } } }"

    async def found(variables: str) -> bool:
        answer = await shop.client.get("/graphql", params={"query": query, "variables": variables})
        return "hit" in answer.headers["cache-status"]

    assert not await found('{"first": 5}')
    assert [await found(same) for same in ("{}", '{ "first":5 }', '{"first":5,"unknown":1}')] == [True] * 3
    assert [await found(other) for other in ('{"first":6}', '{"after":null}')] == [False] * 2


async def test_what_is_posted_is_executed_each_time(shop: Shop) -> None:
    await shop.get()
    answer = await shop.client.post("/graphql", json={"query": PUBLIC})

    assert "cache-status" not in answer.headers


async def test_what_others_than_the_public_see_is_not_at_hand(shop: Shop) -> None:
    await shop.get()
    answer = await shop.get(key=shop.partner)

    assert "cache-status" not in answer.headers


async def test_a_key_that_was_revoked_gets_nothing_that_is_at_hand(shop: Shop, database_url: str) -> None:
    headers = {"authorization": f"Bearer {shop.web}"}

    async def ask() -> int:
        return (await shop.client.get("/graphql/Names", headers=headers)).status_code

    assert [await ask() for _ in range(3)] == [200] * 3
    async with open_database(DatabaseOptions(database_url)) as database:
        await clients.revoke_key(database, "web", clients.FIRST_KEY, PERSON)
    async with asyncio.timeout(20):
        while await ask() == 200:  # noqa: ASYNC110 - the registry is read again by and by
            await asyncio.sleep(0.05)

    assert await ask() == 401
