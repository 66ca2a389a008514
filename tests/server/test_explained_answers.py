"""Requests that ask how their answer is come by."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from auth.issuing import issue_token
from server.app import open_app
from server.settings import Settings, load_settings
from server.token_settings import token_rules, token_secret

ASKED = "query Page($n: Int) { functions(first: $n) { nodes { name events(first: 1) { totalCount } } } }"
EXPLAIN = {"explain": True}


@pytest.fixture
def settings(database_url: str, redis_url: str) -> Settings:
    return load_settings(database_url=database_url, redis_url=redis_url, secret_key="k" * 32)


@asynccontextmanager
async def serving(settings: Settings, **others: Any) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        open_app(load_settings(**{**settings.model_dump(exclude_unset=True), **others})) as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://testserver") as client,
    ):
        yield client


def admin(settings: Settings) -> dict[str, str]:
    secret, rules = token_secret(settings), token_rules(settings)
    token = issue_token(secret, rules, "root", now=time.time(), lifetime=600, claims={"role": "admin"})
    return {"Authorization": f"Bearer {token}"}


async def ask(client: httpx.AsyncClient, text: str = ASKED, **headers: str) -> httpx.Response:
    return await client.post("/graphql", json={"query": text, "extensions": EXPLAIN}, headers=headers)


async def test_an_administrator_is_told_of_fields_statements_and_plans(settings: Settings) -> None:
    async with serving(settings) as client:
        answer = await ask(client, **admin(settings))

    told = answer.json()["extensions"]["explain"]
    assert answer.json()["data"] == {"functions": {"nodes": []}}
    assert (told["operation"], told["statements"], told["scans"]) == ("query Page", 1, False)
    (functions,) = told["fields"]
    assert (functions["how"], functions["complexity"]) == ("asks", 1)
    (asked,) = functions["asked"]
    assert (asked["resolver"], asked["parents"]) == ("functions_page", 1)
    (statement,) = asked["statements"]
    assert statement["rows"] == 0
    assert "on functions" in "".join(statement["plan"])
    (nodes,) = functions["on"]["FunctionConnection"]
    assert [each["key"] for each in nodes["on"]["Function"]] == ["name", "events"]


async def test_others_are_refused_and_anyone_is_not_where_the_settings_say_so(settings: Settings) -> None:
    async with serving(settings) as client:
        refused = await ask(client)
    async with serving(settings, explain_to="anyone") as client:
        told = await ask(client)
    async with serving(settings, explain_to="nobody") as client:
        forbidden = await ask(client, **admin(settings))

    assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (403, "FORBIDDEN")
    assert forbidden.status_code == 403
    assert told.json()["extensions"]["explain"]["operation"] == "query Page"


async def test_only_queries_are_explained(settings: Settings) -> None:
    async with serving(settings) as client:
        answer = await ask(client, 'mutation { deleteNode(id: "x", version: 1) { deletedId } }', **admin(settings))

    assert answer.status_code == 400
    assert "queries only" in answer.json()["errors"][0]["message"]


async def test_an_explained_answer_is_kept_by_nobody(settings: Settings) -> None:
    parameters = {"query": "{ functions { totalCount } }", "extensions": '{"explain": true}'}
    async with serving(settings, explain_to="anyone") as client:
        first, second = [await client.get("/graphql", params=parameters) for _ in range(2)]

    assert "no-store" in first.headers["cache-control"]
    assert {"milliseconds"} <= second.json()["extensions"]["explain"].keys()


async def test_one_connection_explains_again_and_again(settings: Settings) -> None:
    async with serving(settings, explain_to="anyone", database_pool_size=1, database_timeout_seconds=5) as client:
        for _ in range(3):
            answer = await ask(client)
            assert "errors" not in answer.json()
