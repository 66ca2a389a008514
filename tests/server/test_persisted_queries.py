"""Documents by id and by hash, over the whole application on real servers."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from persisted_queries.identifiers import sha256_of
from server.app import open_app
from server.http.limits import HttpLimits
from server.settings import Settings, load_settings
from tests.plugins.sample_graphql import sample_app

TEXT = "query Count { functions { totalCount } }"
HASH = sha256_of(TEXT)
DATA = {"data": {"functions": {"totalCount": 0}}}
NO_CACHE = "private, no-cache, must-revalidate"
ACCEPTS = ["application/json", "application/graphql-response+json"]


@pytest.fixture
def given_settings(database_url: str, redis_url: str) -> Settings:
    return load_settings(database_url=database_url, redis_url=redis_url, secret_key="k" * 32, redis_timeout_seconds=1)


@asynccontextmanager
async def client_of(given: Settings, **changes: object) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        open_app(given.model_copy(update=changes)) as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
    ):
        yield client


def apq(hash_: str = HASH, version: int = 1) -> dict[str, Any]:
    return {"extensions": {"persistedQuery": {"version": version, "sha256Hash": hash_}}}


def in_url(body: dict[str, Any]) -> dict[str, str]:
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in body.items()}


def code_of(answer: httpx.Response) -> str:
    (error,) = answer.json()["errors"]
    return error["extensions"]["code"]


@pytest.mark.parametrize("accept", ACCEPTS)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_hash_is_registered_with_its_text_and_then_enough(
    given_settings: Settings, method: str, accept: str
) -> None:
    async def ask(client: httpx.AsyncClient, body: dict[str, Any]) -> httpx.Response:
        headers = {"accept": accept}
        if method == "GET":
            return await client.get("/graphql", params=in_url(body), headers=headers)
        return await client.post("/graphql", json=body, headers=headers)

    async with client_of(given_settings) as client:
        unknown = await ask(client, apq())
        registered = await ask(client, {"query": TEXT} | apq())
        found = await ask(client, apq())
    async with client_of(given_settings) as other_process:
        found_there = await ask(other_process, apq())

    assert (unknown.status_code, code_of(unknown)) == (200, "PERSISTED_QUERY_NOT_FOUND")
    assert unknown.json()["errors"][0]["message"] == "PersistedQueryNotFound"
    assert unknown.headers["cache-control"] == NO_CACHE
    assert unknown.headers["content-type"].startswith(accept)
    assert [answer.json() for answer in (registered, found, found_there)] == [DATA] * 3


async def test_only_a_document_that_validates_is_registered(given_settings: Settings) -> None:
    text = "{ nothing }"
    async with client_of(given_settings) as client:
        refused = await client.post("/graphql", json={"query": text} | apq(sha256_of(text)))
        unknown = await client.post("/graphql", json=apq(sha256_of(text)))

    assert code_of(refused) == "GRAPHQL_VALIDATION_FAILED"
    assert code_of(unknown) == "PERSISTED_QUERY_NOT_FOUND"


async def test_with_the_cache_dead_hashes_work_within_a_process(given_settings: Settings) -> None:
    dead = type(given_settings.redis_url)("redis://127.0.0.1:1/0")
    async with client_of(given_settings, redis_url=dead) as client:
        unknown = await client.post("/graphql", json=apq())
        registered = await client.post("/graphql", json={"query": TEXT} | apq())
        found = await client.get("/graphql", params=in_url(apq()))

    assert code_of(unknown) == "PERSISTED_QUERY_NOT_FOUND"
    assert (registered.json(), found.json()) == (DATA, DATA)


@pytest.mark.parametrize("accept", ACCEPTS)
@pytest.mark.parametrize(
    ("policy", "body", "status", "code", "cache_control"),
    [
        ("apq", apq(), 200, "PERSISTED_QUERY_NOT_FOUND", NO_CACHE),
        ("apq", {"query": "{ __typename }"} | apq(), 400, "PERSISTED_QUERY_HASH_MISMATCH", "no-store"),
        ("apq", {"query": TEXT} | apq(version=2), 400, "PERSISTED_QUERY_VERSION_NOT_SUPPORTED", "no-store"),
        ("apq", {"documentId": f"sha256:{HASH}"}, 404, "PERSISTED_DOCUMENT_NOT_FOUND", NO_CACHE),
        ("apq", {"doc_id": HASH[:32]}, 404, "PERSISTED_DOCUMENT_NOT_FOUND", NO_CACHE),
        ("apq", {"documentId": "Count", "query": TEXT}, 400, "CANNOT_SEND_PQ_ID_AND_BODY", "no-store"),
        ("apq", {"id": "../../etc/passwd"}, 400, "INVALID_DOCUMENT_ID", "no-store"),
        ("apq", {"id": "md5:abc"}, 400, "INVALID_DOCUMENT_ID", "no-store"),
        ("safelist", {"query": TEXT}, 403, "QUERY_NOT_IN_SAFELIST", NO_CACHE),
        ("safelist", {"query": TEXT} | apq(), 200, "PERSISTED_QUERY_NOT_SUPPORTED", NO_CACHE),
        ("safelist", {"documentId": "Count"}, 404, "PERSISTED_DOCUMENT_NOT_FOUND", NO_CACHE),
        ("ids-only", {"query": TEXT}, 400, "PERSISTED_QUERY_ID_REQUIRED", NO_CACHE),
        ("ids-only", apq(), 200, "PERSISTED_QUERY_NOT_SUPPORTED", NO_CACHE),
    ],
)
async def test_each_refusal_has_its_status_code_and_caching(
    given_settings: Settings,
    accept: str,
    policy: str,
    body: dict[str, Any],
    status: int,
    code: str,
    cache_control: str,
) -> None:
    headers = {"accept": accept}
    async with client_of(given_settings, default_policy=policy) as client:
        answers = [
            await client.post("/graphql", json=body, headers=headers),
            await client.get("/graphql", params=in_url(body), headers=headers),
        ]

    for answer in answers:
        assert (answer.status_code, code_of(answer)) == (status, code)
        assert answer.headers["cache-control"] == cache_control
        assert answer.headers["content-type"].startswith(accept)


@pytest.mark.parametrize("policy", ["safelist-log-only", "ids-only-log-only"])
async def test_a_policy_that_only_logs_admits_and_records(given_settings: Settings, policy: str) -> None:
    async with client_of(given_settings, default_policy=policy) as client:
        with structlog.testing.capture_logs() as logs:
            admitted = await client.post("/graphql", json={"query": TEXT})

    assert admitted.json() == DATA
    (line,) = [line for line in logs if line["event"] == "would be refused"]
    assert line["policy"] == policy
    assert line["code"] in {"QUERY_NOT_IN_SAFELIST", "PERSISTED_QUERY_ID_REQUIRED"}


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        (f"sha256:{HASH}", 404, "PERSISTED_DOCUMENT_NOT_FOUND"),
        (f"sha256:{HASH}/Count", 404, "PERSISTED_DOCUMENT_NOT_FOUND"),
        ("x-acme:1", 404, "PERSISTED_DOCUMENT_NOT_FOUND"),
        (f"sha256:{HASH.upper()}", 400, "INVALID_DOCUMENT_ID"),
        ("%2e%2e%2fetc%2fpasswd", 400, "INVALID_DOCUMENT_ID"),
        ("Count/a/b", 400, "INVALID_DOCUMENT_ID"),
        ("Count/1", 400, "INVALID_DOCUMENT_ID"),
    ],
)
async def test_an_id_may_stand_in_the_address(
    given_settings: Settings, method: str, path: str, status: int, code: str
) -> None:
    async with client_of(given_settings) as client:
        answer = await client.request(method, f"/graphql/{path}", json={} if method == "POST" else None)

    assert (answer.status_code, code_of(answer)) == (status, code)


async def test_an_empty_id_in_a_url_is_none(given_settings: Settings) -> None:
    async with client_of(given_settings) as client:
        answer = await client.get("/graphql", params={"documentId": "", "query": TEXT})

    assert answer.json() == DATA


_WORD = st.sampled_from([TEXT, HASH, f"sha256:{HASH}", "Count", "..", "md5:x", ""]) | st.text(max_size=5)
_ANY = _WORD | st.none() | st.integers(-9, 9) | st.lists(st.none(), max_size=1)
_HASHED = _ANY | st.fixed_dictionaries({}, optional={"version": st.sampled_from([1, 2, "1"]), "sha256Hash": _ANY})
_BODIES = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("query", "documentId", "doc_id", "id", "operationName"), _ANY)
    | {"extensions": st.fixed_dictionaries({}, optional={"persistedQuery": _HASHED})},
)


@given(body=_BODIES, path=st.none() | _WORD)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_whatever_is_asked_for_is_answered_as_the_table_says(body: dict[str, Any], path: str | None) -> None:
    rest = "" if path is None else "/" + quote(path, safe=":~")
    transport = httpx.ASGITransport(sample_app(HttpLimits()))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        posted = await client.post("/graphql" + rest, json=body)
        got = await client.get("/graphql" + rest, params=in_url(body))

    assert posted.status_code in {200, 400, 404}
    assert got.status_code in {200, 400, 404}
