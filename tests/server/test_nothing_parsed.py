"""Published operations are parsed when a process loads them, and never again, however they are asked for."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import graphql
import httpx
import pytest
from graphql.language import parser

from commands import clients, registry
from commands.registering import Author
from db.database import DatabaseOptions, open_database
from domain.registry import POLICIES
from persisted_queries import documents
from persisted_queries.compiling import Candidate
from persisted_queries.identifiers import sha256_of
from schema.target import target
from server.app import open_app
from server.settings import load_settings

TEXT = (
    "query Count($n: Int) { functions(first: $n) { totalCount nodes { ...Name } } }\nfragment Name on Function { name }"
)
HASH = sha256_of(TEXT)
DATA = {"data": {"functions": {"totalCount": 0, "nodes": []}}}
PERSON = Author("someone")
HASHED = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": HASH}}}
BODIES: list[dict[str, Any]] = [
    {"documentId": HASH},
    {"documentId": f"sha256:{HASH}"},
    {"documentId": f"web~1.0~{HASH}"},
    {"doc_id": HASH},
    {"id": HASH},
    HASHED,
    {"query": TEXT},
    {"query": TEXT} | HASHED,
]
PATHS = [f"/{HASH}", f"/sha256:{HASH}", f"/{HASH}/Count", f"/sha256:{HASH}/Count", f"/web~1.0~{HASH}"]


async def test_nothing_is_parsed_or_validated_at_run_time(
    database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts: Counter[str] = Counter()

    def counted(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            counts[name] += 1
            return function(*arguments, **named)

        return call

    # The parser itself, whoever holds a reference to the function before it.
    monkeypatch.setattr(parser.Parser, "parse_document", counted("parse", parser.Parser.parse_document))
    monkeypatch.setattr(documents, "validate", counted("validate", documents.validate))
    monkeypatch.setattr(graphql.ValidationContext, "__init__", counted("validate", graphql.ValidationContext.__init__))
    async with open_database(DatabaseOptions(database_url)) as database:
        key = await clients.create_client(database, "web", POLICIES["safelist"], PERSON)
        await registry.publish(database, target(), "web", "1.0", [Candidate(HASH, TEXT)], PERSON)
    assert counts["parse"] > 0
    assert counts["validate"] > 0

    given = load_settings(database_url=database_url, redis_url=redis_url, secret_key="k" * 32, rate_limits=False)
    counts.clear()
    async with (
        open_app(given) as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
    ):
        assert counts == {"parse": 1}  # loaded, and not validated
        counts.clear()
        client.headers = httpx.Headers({"X-API-Key": key})
        answers = []
        for variables in ({}, {"n": 3}):
            for body in BODIES:
                asked = body | {"variables": variables}
                answers.append(await client.post("/graphql", json=asked))
                flat = {name: each if isinstance(each, str) else json.dumps(each) for name, each in asked.items()}
                answers.append(await client.get("/graphql", params=flat))
            for path in PATHS:
                answers.append(await client.post(f"/graphql{quote(path)}", json={"variables": variables}))
                answers.append(await client.get(f"/graphql{path}", params={"variables": json.dumps(variables)}))

    assert [(each.status_code, each.json()) for each in answers] == [(200, DATA)] * 52
    assert counts == {}
