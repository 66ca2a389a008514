"""Mutations over the whole application: by HTTP, by a socket, published; for whom, and seen by whom afterwards."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from auth.issuing import issue_token
from commands import clients, registry
from commands.members import add_member
from commands.registering import Author
from db.database import Database
from domain.audit import Actor
from domain.ids import encode_global_id
from domain.members import OrgRole
from domain.registry import POLICIES
from persisted_queries.compiling import Candidate
from schema.target import target
from server.app import open_app
from server.settings import load_settings
from server.token_settings import token_rules, token_secret
from tests.plugins.graph import Graph
from tests.plugins.live import Live, live

RENAME = """mutation Rename($id: ID!, $version: Int!, $name: String!) {
  updateFunction(id: $id, version: $version, input: { name: $name }) {
    function { name version } userErrors { __typename message }
  }
}"""
NAME = "query Name($slug: String!) { function(slug: $slug) { name } }"
PERSON = Author("someone")


@dataclass(frozen=True, slots=True)
class Shop:
    """A function of an organisation, behind a server, and those who come to it."""

    server: Live
    http: httpx.AsyncClient
    function: str
    keys: dict[str, str]
    tokens: dict[str, str]
    owner: Database

    def variables(self, name: str, version: int = 1) -> dict[str, Any]:
        return {"id": self.function, "version": version, "name": name}

    def headers(self, who: str | None) -> dict[str, str]:
        return {} if who is None else {"authorization": f"Bearer {self.tokens[who]}"}

    async def post(self, who: str | None, query: str, **variables: Any) -> httpx.Response:
        return await self.http.post(
            "/graphql", json={"query": query, "variables": variables}, headers=self.headers(who)
        )

    async def audited(self) -> list[dict[str, Any]]:
        query = "SELECT action, actor, actor_role, request_id, client_id FROM audit_log WHERE action LIKE '%function'"
        async with self.owner.write() as connection:
            return [dict(row) for row in (await connection.execute(text(query))).mappings()]


@asynccontextmanager
async def open_shop(graph: Graph, database_url: str, redis_url: str) -> AsyncIterator[Shop]:
    function = graph.function(name="Old", slug="camp")
    await graph.flush()
    actor = Actor("test")
    await add_member(graph.owner, "home", "ada", OrgRole.MANAGER, actor=actor, reason="a test")
    web = await clients.create_client(graph.owner, "web", POLICIES["ids-only"], PERSON)
    acme = await clients.create_client(graph.owner, "acme", POLICIES["open"], PERSON, is_partner=True)
    await registry.publish(graph.owner, target(), "web", "1", [Candidate("Rename", RENAME)], PERSON)
    settings = load_settings(database_url=database_url, redis_url=redis_url, secret_key="k" * 32)
    secret, rules = token_secret(settings), token_rules(settings)
    tokens = {who: issue_token(secret, rules, who, now=time.time(), lifetime=600, claims={}) for who in ("ada", "bob")}
    async with (
        live(database_url, redis_url) as server,
        httpx.AsyncClient(base_url=server.url, timeout=20) as http,
    ):
        yield Shop(
            server, http, encode_global_id("Function", function), {"web": web, "acme": acme}, tokens, graph.owner
        )


@pytest.fixture
async def shop(graph: Graph, database_url: str, redis_url: str) -> AsyncIterator[Shop]:
    async with open_shop(graph, database_url, redis_url) as shop:
        yield shop


async def test_a_mutation_by_post_says_what_it_changed_and_the_audit_log_who_did(shop: Shop) -> None:
    answer = await shop.post("ada", RENAME, **shop.variables("New"))

    assert answer.json() == {"data": {"updateFunction": {"function": {"name": "New", "version": 2}, "userErrors": []}}}
    assert answer.headers["cache-control"] == "no-store"
    request_id = answer.headers["x-request-id"]
    assert await shop.audited() == [
        {
            "action": "update function",
            "actor": "ada",
            "actor_role": "staff",
            "request_id": request_id,
            "client_id": None,
        }
    ]


async def test_mutations_of_one_operation_follow_each_other_and_each_shows_what_it_made(shop: Shop) -> None:
    """A conflict ends its own mutation alone."""
    both = """mutation ($id: ID!) {
      first: updateFunction(id: $id, version: 1, input: {name: "A"}) { function { ...F } userErrors { __typename } }
      late: updateFunction(id: $id, version: 1, input: {name: "B"}) { function { ...F } userErrors { __typename } }
      last: updateFunction(id: $id, version: 2, input: {slug: "tent"}) { function { ...F } userErrors { __typename } }
    } fragment F on Function { name slug version }"""
    answer = await shop.post("ada", both, id=shop.function)

    assert answer.json()["data"] == {
        "first": {"function": {"name": "A", "slug": "camp", "version": 2}, "userErrors": []},
        "late": {"function": None, "userErrors": [{"__typename": "VersionConflict"}]},
        "last": {"function": {"name": "A", "slug": "tent", "version": 3}, "userErrors": []},
    }


async def test_a_mutation_by_a_socket_is_the_same(shop: Shop) -> None:
    async with shop.server.talk() as talk:
        await talk.start(payload={"authorization": f"Bearer {shop.tokens['ada']}"})
        told = await talk.ask(RENAME, variables=shop.variables("By socket"))

    assert told[0]["payload"]["data"]["updateFunction"]["function"] == {"name": "By socket", "version": 2}
    assert [entry["actor"] for entry in await shop.audited()] == ["ada"]


async def test_a_published_mutation_is_asked_for_by_its_id_and_the_client_is_audited(shop: Shop) -> None:
    headers = {**shop.headers("ada"), "x-api-key": shop.keys["web"]}
    answer = await shop.http.post(
        "/graphql", json={"documentId": "Rename", "variables": shop.variables("Published")}, headers=headers
    )
    text_of_its_own = await shop.http.post(
        "/graphql", json={"query": RENAME + " ", "variables": shop.variables("Other", 2)}, headers=headers
    )

    assert answer.json()["data"]["updateFunction"]["function"] == {"name": "Published", "version": 2}
    assert text_of_its_own.json()["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_ID_REQUIRED"
    (entry,) = await shop.audited()
    assert (entry["actor"], entry["client_id"] is None) == ("ada", False)


async def test_by_get_nothing_is_changed(shop: Shop) -> None:
    parameters = {"query": RENAME, "variables": httpx.Response(200, json=shop.variables("By GET")).text}
    answer = await shop.http.get("/graphql", params=parameters, headers=shop.headers("ada"))
    by_id = await shop.http.get(
        "/graphql/Rename",
        params={"variables": parameters["variables"]},
        headers={**shop.headers("ada"), "x-api-key": shop.keys["web"]},
    )

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert by_id.status_code == 405
    assert await shop.audited() == []


@pytest.mark.parametrize("who", [None, "bob"])
async def test_who_runs_no_organisation_may_not_even_ask(shop: Shop, who: str | None) -> None:
    answer = await shop.post(who, RENAME, **shop.variables("Mine"))

    assert answer.json()["data"] == {"updateFunction": None}
    (error,) = answer.json()["errors"]
    assert (error["extensions"]["code"], error["message"]) == (
        "FORBIDDEN",
        "`Mutation.updateFunction` is not for you to do.",
    )
    assert await shop.audited() == []


async def test_a_partner_is_served_no_mutation_that_needs_a_permission(shop: Shop) -> None:
    answer = await shop.http.post(
        "/graphql",
        json={"query": RENAME, "variables": shop.variables("Mine")},
        headers={"x-api-key": shop.keys["acme"]},
    )

    assert [error["extensions"]["code"] for error in answer.json()["errors"]] == ["FORBIDDEN"]


async def test_what_was_kept_of_the_old_state_is_gone_within_a_second(shop: Shop) -> None:
    parameters = {"query": NAME, "variables": '{"slug": "camp"}'}
    kept = await shop.http.get("/graphql", params=parameters)
    again = await shop.http.get("/graphql", params=parameters)
    await shop.post("ada", RENAME, **shop.variables("New"))
    changed = time.monotonic()
    while (found := (await shop.http.get("/graphql", params=parameters)).json()) == kept.json():
        assert time.monotonic() - changed < 1, "the old name is still answered"
        await asyncio.sleep(0.05)

    assert "hit" in again.headers["cache-status"]
    assert found == {"data": {"function": {"name": "New"}}}


async def test_without_redis_nobody_writes_whose_token_may_have_been_revoked(graph: Graph, database_url: str) -> None:
    await graph.flush()
    settings = load_settings(database_url=database_url, redis_url="redis://127.0.0.1:9", secret_key="k" * 32)
    token = issue_token(token_secret(settings), token_rules(settings), "bob", now=time.time(), lifetime=600, claims={})
    asked = {"query": RENAME, "variables": {"id": "0", "version": 1, "name": "New"}}
    async with (
        open_app(settings) as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
    ):
        nobody = await client.post("/graphql", json=asked)
        client.headers["authorization"] = f"Bearer {token}"
        read = await client.post("/graphql", json={"query": "{ functions { nodes { id } } }"})
        written = await client.post("/graphql", json=asked)

    assert (nobody.status_code, read.status_code, written.status_code) == (200, 200, 503)
    assert nobody.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert written.headers["retry-after"] == "2"
