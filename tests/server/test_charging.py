"""What operations are charged, whose buckets pay, and what clients are told of it."""

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from commands.clients import create_client, set_limits
from commands.registering import Author
from db.buckets import SharedBuckets
from db.cache import open_cache
from db.database import DatabaseOptions, open_database
from domain.buckets import Rate
from domain.registry import POLICIES
from schema.target import target
from server.app import open_app
from server.builtin import publish_builtin
from server.calling import Caller
from server.charging import Charging
from server.http.refusals import Refused
from server.ledger import open_ledger
from server.settings import load_settings

PERSON = Author("tests")
LIST = "{ functions(first: 50) { nodes { id events(first: 10) { totalCount } } } }"
COST = 50 * (1 + 10 * (1 + 10))
TOLD = {"cost": True}


@asynccontextmanager
async def api(database_url: str, redis_url: str, **given: Any) -> AsyncIterator[httpx.AsyncClient]:
    limits = {
        "rate_limit_address": "10000/0.001",
        "rate_limit_viewer": "10000/0.001",
        "rate_limit_client": "8000/0.001",
    }
    settings = load_settings(database_url=database_url, redis_url=redis_url, secret_key="k" * 32, **{**limits, **given})
    async with (
        open_app(settings) as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://testserver") as client,
    ):
        yield client


async def ask(client: httpx.AsyncClient, query: str, extensions: object = None, **headers: str) -> httpx.Response:
    return await client.post("/graphql", json={"query": query, "extensions": extensions}, headers=headers)


async def test_the_estimate_is_charged_and_what_was_not_needed_is_given_back(database_url: str, redis_url: str) -> None:
    async with api(database_url, redis_url) as client:
        answer = await ask(client, LIST, TOLD)
        after = await ask(client, "{ __typename }", TOLD)

    assert answer.json()["extensions"]["cost"] == {
        "requestedQueryCost": COST,
        "actualQueryCost": 1,
        "throttleStatus": {"maximumAvailable": 10000, "currentlyAvailable": 9999, "restoreRate": 0.001},
    }
    assert after.json()["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"] == 9998


async def test_the_cost_is_told_only_when_asked_for_and_the_header_fields_always(
    database_url: str, redis_url: str
) -> None:
    async with api(database_url, redis_url, rate_limit_address="100/2") as client:
        answer = await ask(client, "{ homepage { generatedAt } functions(first: 9) { totalCount } }")

    assert "extensions" not in answer.json()
    assert answer.headers["ratelimit-policy"] == '"address";q=100;w=50'
    assert answer.headers["ratelimit"] == '"address";r=88;t=6'
    assert [answer.headers[f"x-ratelimit-{each}"] for each in ("limit", "remaining", "reset")] == ["100", "88", "6"]


async def test_who_has_spent_too_much_is_told_when_to_try_again(database_url: str, redis_url: str) -> None:
    async with api(database_url, redis_url, rate_limit_address="20/0.5") as client:
        assert (await ask(client, "{ homepage { upcoming(first: 1) { totalCount } } }")).status_code == 200
        refused = await ask(client, "{ functions(first: 1) { totalCount } }")

    assert refused.status_code == 429
    (error,) = refused.json()["errors"]
    assert error["extensions"]["code"] == "RATE_LIMITED"
    assert error["extensions"]["bucket"] == "address"
    assert error["extensions"]["retryAfter"] == int(refused.headers["retry-after"])
    assert error["extensions"]["cost"]["requestedQueryCost"] == 11
    assert refused.headers["ratelimit"].startswith('"address";r=')


async def test_what_costs_more_than_the_bucket_holds_is_no_matter_of_waiting(database_url: str, redis_url: str) -> None:
    async with api(database_url, redis_url, rate_limit_address="20/5") as client:
        refused = await ask(client, LIST)

    assert refused.status_code == 400
    assert refused.json()["errors"][0]["extensions"]["code"] == "COST_EXCEEDS_BUCKET"
    assert "retry-after" not in refused.headers


async def test_a_client_pays_from_its_own_bucket_and_its_viewers_from_theirs(database_url: str, redis_url: str) -> None:
    async with open_database(DatabaseOptions(database_url)) as database:
        key = await create_client(database, "web", POLICIES["open"], PERSON)
        other = await create_client(database, "app", POLICIES["open"], PERSON)
        limits = {"rate_capacity": 70, "rate_restored": 1.0, "viewer_capacity": 50, "viewer_restored": 2.0}
        await set_limits(database, "app", PERSON, limits)
    async with api(database_url, redis_url) as client:
        usual = await ask(client, "{ __typename }", authorization=f"Bearer {key}")
        special = await ask(client, "{ __typename }", authorization=f"Bearer {other}")

    assert usual.headers["ratelimit-policy"] == '"client";q=8000;w=8000000, "address";q=10000;w=10000000'
    assert usual.headers["x-ratelimit-remaining"] == "7999"
    assert special.headers["ratelimit-policy"] == '"client";q=70;w=70, "address";q=50;w=25'
    assert special.headers["ratelimit"] == '"client";r=69;t=1, "address";r=49;t=1'


async def test_whoever_calls_a_public_route_pays_from_their_own_address(database_url: str, redis_url: str) -> None:
    async with open_database(DatabaseOptions(database_url)) as database:
        await publish_builtin(database, target())
    async with api(database_url, redis_url, rate_limit_address="100/2") as client:
        answer = await client.get("/api/functions?first=3")
        refused = await client.get("/api/events?first=100")

    assert answer.headers["ratelimit-policy"] == '"address";q=100;w=50'
    assert (refused.status_code, refused.headers["content-type"]) == (400, "application/problem+json")


async def test_a_long_text_that_nobody_knows_is_charged_before_it_is_read(database_url: str, redis_url: str) -> None:
    long, wrong = (f"{{ {name} }}".ljust(1_500) for name in ("__typename", "nothing"))
    async with api(database_url, redis_url, rate_limit_address="310/0.001") as client:
        answers = [await ask(client, text) for text in (long, long, wrong, wrong, wrong)]
        known = await ask(client, long)

    assert [answer.headers.get("x-ratelimit-remaining") for answer in answers] == ["209", "208", None, None, "8"]
    codes = [each["extensions"]["code"] for answer in answers for each in answer.json().get("errors", ())]
    assert codes == ["GRAPHQL_VALIDATION_FAILED", "GRAPHQL_VALIDATION_FAILED", "RATE_LIMITED"]
    assert answers[-1].json()["errors"][0]["message"].startswith("Reading a text of this length costs 100 points")
    assert known.json() == {"data": {"__typename": "Query"}}


async def test_a_query_may_ask_for_its_rate_limit(database_url: str, redis_url: str) -> None:
    fields = "rateLimit { limit cost remaining resetAt nodeCount }"
    async with api(database_url, redis_url, rate_limit_address="1000/10") as client:
        answer = await ask(
            client, f"{{ {fields} functions(first: 4) {{ nodes {{ events(first: 5) {{ totalCount }} }} }} }}"
        )
    async with api(database_url, redis_url, rate_limits=False) as client:
        without = await ask(client, f"{{ {fields} }}")

    told = answer.json()["data"]["rateLimit"]
    reset = dt.datetime.fromisoformat(told.pop("resetAt"))
    assert told == {"limit": 1000, "cost": 225, "remaining": 775, "nodeCount": 4 * (1 + 5)}
    assert dt.timedelta(seconds=15) < reset - dt.datetime.now(dt.UTC) <= dt.timedelta(seconds=23)
    assert without.json() == {"data": {"rateLimit": None}}
    assert "ratelimit" not in without.headers


async def test_without_redis_the_limit_stands(database_url: str) -> None:
    async with api(database_url, "redis://127.0.0.1:1/0", rate_limit_address="3/0.001") as client:
        statuses = [(await ask(client, "{ __typename }")).status_code for _ in range(5)]

    assert statuses == [200, 200, 200, 429, 429]


@pytest.fixture
async def charging(redis_url: str) -> AsyncIterator[Charging]:
    rate = Rate(2, 0.001)
    async with open_cache(redis_url, 5) as redis, open_ledger(SharedBuckets(redis), patience=5) as ledger:
        yield Charging(ledger=ledger, anonymous=rate, viewer=rate, client=rate)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        (None, None, True),
    ],
)
async def test_an_address_of_ipv6_stands_for_its_network(
    charging: Charging, one: str | None, other: str | None, *, same: bool
) -> None:
    await charging.charge(Caller(address=one), 2)

    if not same:
        await charging.charge(Caller(address=other), 2)
        return
    with pytest.raises(Refused) as refused:
        await charging.charge(Caller(address=other), 2)
    assert refused.value.status == 429
