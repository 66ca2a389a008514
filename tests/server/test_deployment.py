"""Two deployments over one database and one cache: one shows everything, the other one function of it."""

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import structlog

from auth.guests import issue_guest_token
from commands import clients, registry
from commands.registering import Author
from domain.ids import uuid7
from domain.registry import POLICIES
from persisted_queries.compiling import Candidate
from schema import graphql_schema
from schema.target import target
from server.app import open_app
from server.builtin import builtin, publish_builtin
from server.settings import load_settings
from server.showing import NothingToShow
from tests.plugins.graph import NOW, Graph, gid
from tests.plugins.live import live
from tests.resolvers.test_deployment_changes import ways

NAMES = "{ functions { totalCount nodes { name } } }"
PERSON = Author("someone")
HELD = "query ($id: ID!, $token: String) { registration(id: $id, guestToken: $token) { __typename } }"
UPDATED = "subscription ($id: ID!, $token: String) { registrationUpdated(id: $id, guestToken: $token) { status } }"
WATCH = "subscription ($id: ID!) { ticketAvailabilityChanged(eventId: $id) { id } }"


@dataclass(frozen=True, slots=True)
class Deployments:
    """Those who answer for everything, and for the camp."""

    everything: httpx.AsyncClient
    camp: httpx.AsyncClient


def settings_of(database_url: str, redis_url: str, **given: Any) -> Any:
    return load_settings(database_url=database_url, redis_url=redis_url, secret_key="k" * 32, **given)


@pytest.fixture
async def deployments(graph: Graph, database_url: str, redis_url: str) -> AsyncIterator[Deployments]:
    camp = graph.function(name="Camp", slug="camp")
    graph.event(camp, title="Camp opens", slug="camp-opens")
    other = graph.function(name="Other", slug="other")
    graph.event(other, title="Other opens", slug="other-opens")
    await graph.flush()
    key = await clients.create_client(graph.owner, "web", POLICIES["open"], PERSON)
    await registry.publish(graph.owner, target(), "web", "1", [Candidate("Names", "query Names " + NAMES)], PERSON)
    await publish_builtin(graph.owner, target())
    async with AsyncExitStack() as stack:
        opened = []
        for given in ({}, {"filter_to": "function", "function_id": str(camp)}):
            app = await stack.enter_async_context(open_app(settings_of(database_url, redis_url, **given)))
            client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")
            client.headers["x-api-key"] = key
            opened.append(await stack.enter_async_context(client))
        yield Deployments(*opened)


def names(answer: httpx.Response) -> list[str]:
    functions = answer.json()["data"]["functions"]
    assert functions["totalCount"] == len(functions["nodes"])
    return sorted(node["name"] for node in functions["nodes"])


async def test_each_answers_for_itself_also_from_what_both_keep(deployments: Deployments) -> None:
    """By text, by id, and again when the answer is at hand."""
    for _ in range(2):
        for path, parameters in (("/graphql", {"query": NAMES}), ("/graphql/Names", {})):
            everything = await deployments.everything.get(path, params=parameters)
            camp = await deployments.camp.get(path, params=parameters)

            assert (names(everything), names(camp)) == (["Camp", "Other"], ["Camp"])


async def test_every_named_route_shows_what_is_shown(deployments: Deployments) -> None:
    """What is not shown is answered as what never was."""

    async def shown(client: httpx.AsyncClient, path: str, function: str) -> str:
        slug = f"{function}-opens" if path.startswith("/api/events") else function
        return (await client.get(path.replace("{slug}", slug))).text.replace(slug, "it")

    for path in (route.path for route in builtin().routes):
        assert "Camp" in await shown(deployments.camp, path, "camp"), path
        assert "Other" in await shown(deployments.everything, path, "other"), path
        assert "Other" not in await shown(deployments.camp, path, "other"), path
        if "{slug}" in path:
            assert await shown(deployments.camp, path, "other") == await shown(deployments.camp, path, "never"), path


async def test_what_was_never_there_is_not_served(database_url: str, redis_url: str) -> None:
    """It would be an empty shop, for which somebody mistyped a key."""
    for given in (
        {"filter_to": "function", "function_id": str(uuid7())},
        {"filter_to": "organisation", "organisation_id": str(uuid7())},
    ):
        with pytest.raises(NothingToShow, match=r"this database holds no (function|organisation) of that key"):
            async with open_app(settings_of(database_url, redis_url, **given)):
                pass


async def test_what_was_deleted_is_told_and_served_empty(graph: Graph, database_url: str, redis_url: str) -> None:
    camp = graph.function(name="Camp", deleted_at=NOW)
    await graph.flush()
    given = settings_of(database_url, redis_url, filter_to="function", function_id=str(camp))
    with structlog.testing.capture_logs() as logs:
        async with (
            open_app(given) as app,
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
        ):
            answer = await client.get("/graphql", params={"query": NAMES})

    assert names(answer) == []
    assert [each["log_level"] for each in logs if "was deleted" in each["event"]] == ["error"]


async def test_operators_see_what_is_shown(deployments: Deployments) -> None:
    shown = (await deployments.camp.get("/health/config")).json()["settings"]

    assert shown["filter_to"] == "function"
    assert shown["function_id"]


def test_every_subscription_that_takes_an_id_is_listened_to_below() -> None:
    subscriptions = graphql_schema().subscription_type
    assert subscriptions is not None
    takes = {
        f"{name} {way}"
        for name, field in subscriptions.fields.items()
        for argument, its in field.args.items()
        for way in ways((argument,), its.type)
    }

    assert takes == {"ticketAvailabilityChanged eventId", "registrationUpdated id"}


async def test_what_is_outside_cannot_be_listened_to(graph: Graph, database_url: str, redis_url: str) -> None:
    camp, other = graph.function(), graph.function()
    inside, outside = graph.event(camp), graph.event(other)
    orders = [graph.registration(function_id=function) for function in (camp, other)]
    await graph.flush()
    now = time.time()
    held = [
        {"id": gid("Registration", key), "token": issue_guest_token(b"k" * 32, key, now=now, expires_at=now + 600)}
        for key in orders
    ]
    async with (
        live(database_url, redis_url, filter_to="function", function_id=str(camp)) as server,
        server.talk() as talk,
    ):
        await talk.start()
        refused = await talk.ask(WATCH, variables={"id": gid("Event", outside)})
        ended = await talk.ask(UPDATED, variables=held[1])
        seen = [(await talk.ask(HELD, variables=each))[0]["payload"]["data"]["registration"] for each in held]
        await talk.subscribe("1", WATCH, variables={"id": gid("Event", inside)})
        await talk.say(type="complete", id="1")
        still = await talk.ask(NAMES)

    assert seen == [{"__typename": "Registration"}, None]
    for each in (refused, ended):
        assert each[-1]["payload"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert still[0]["payload"]["data"]["functions"]["totalCount"] == 1
