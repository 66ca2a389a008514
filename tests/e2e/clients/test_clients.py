"""The clients that web teams use, as npm has them: each publishes what its tool writes, and runs by ids alone."""

import json
import shutil
from hashlib import sha256
from typing import Any

from tests.e2e.clients.conftest import HERE, Shop

NONE = {"functions": {"totalCount": 0, "nodes": []}}


def plain(value: Any) -> Any:
    """A client's data without the `__typename` that it asks for by itself."""
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items() if name != "__typename"}
    return [plain(each) for each in value] if isinstance(value, list) else value


def test_apollo_client_runs_by_the_ids_of_its_manifest(shop: Shop) -> None:
    key = shop.client("apollo", "ids-only")
    shop.tool("generate-persisted-query-manifest")
    shop.publish("apollo", "persisted-query-manifest.json")

    told = shop.run("apollo-manifest.mjs", key)

    assert plain(told["data"]) == NONE
    assert told["sent"] == [["POST", ["extensions", "operationName", "variables"]]]
    assert told["refused"]["extensions"]["code"] == "PERSISTED_QUERY_ID_REQUIRED"


def test_apollo_client_registers_hashes_by_get(shop: Shop) -> None:
    key = shop.client("apollo-automatic", "apq")

    told = shop.run("apollo-automatic.mjs", key)

    assert [plain(each) for each in told["data"]] == [NONE, NONE]
    assert [(method, "query" in members) for method, members in told["sent"]] == [
        ("GET", False),
        ("POST", True),
        ("GET", False),
    ]


def test_urql_runs_by_the_ids_that_codegen_writes(shop: Shop) -> None:
    key = shop.client("urql", "ids-only")
    shop.tool("graphql-codegen", "--config", "codegen.mjs")
    shop.publish("urql", "gql/persisted-documents.json")

    told = shop.run("urql.mjs", key, "gql/persisted-documents.json")
    by_fetch = shop.run("codegen-fetch.mjs", key)

    assert told["errors"] == ""
    assert [plain(each) for each in told["data"]] == [NONE, NONE]
    assert [(method, "query" in members) for method, members in told["sent"]] == [("GET", False)] * 2
    assert plain(by_fetch["data"]) == NONE


def test_urql_registers_hashes_as_it_goes(shop: Shop) -> None:
    key = shop.client("urql-automatic", "apq")

    told = shop.run("urql.mjs", key)

    assert told["errors"] == ""
    assert [plain(each) for each in told["data"]] == [NONE, NONE]
    assert [(method, "query" in members) for method, members in told["sent"]] == [
        ("GET", False),
        ("GET", True),
        ("GET", False),
    ]


def test_relay_runs_by_the_ids_of_its_compiler(shop: Shop) -> None:
    key = shop.client("relay", "ids-only")
    (shop.folder / "relay-documents.json").write_text("{}")  # the compiler wants one to add to
    shop.tool("relay-compiler", "relay.config.json")
    shop.publish("relay", "relay-documents.json")

    told = shop.run("relay.mjs", key)

    assert told["data"] == NONE
    assert (len(told["id"]), told["text"]) == (32, None)
    assert told["sent"] == [["POST", ["doc_id", "variables"]]]


def test_relay_registers_what_it_compiles_while_one_develops(shop: Shop) -> None:
    key = shop.client("relay-live", "apq")
    config = json.loads((HERE / "relay.config.json").read_text())
    url = shop.url.replace("/graphql", "/operations/persist")
    config["persistConfig"] = {"url": url, "headers": {"authorization": f"Bearer {key}"}}
    (shop.folder / "relay-live.config.json").write_text(json.dumps(config))
    shutil.rmtree(shop.folder / "relay" / "__generated__", ignore_errors=True)
    shop.tool("relay-compiler", "relay-live.config.json")

    told = shop.run("relay.mjs", key)

    assert told["data"] == NONE
    assert (len(told["id"]), told["text"]) == (64, None)


def test_graphql_ws_and_graphql_sse_run_by_ids(shop: Shop) -> None:
    key = shop.client("streams", "ids-only")
    shop.publish("streams", "src")
    documents = [(HERE / "src" / name).read_text() for name in ("functions.graphql", "clock.graphql")]
    ids = [f"sha256:{sha256(document.encode()).hexdigest()}" for document in documents]

    over_socket = shop.run("graphql-ws.mjs", key, *ids)
    as_events = shop.run("graphql-sse.mjs", key, *ids)

    for told in (over_socket, as_events):
        assert [plain(each["data"]) for each in told["query"]] == [NONE]
        first, second = (each["data"]["serverTime"] for each in told["ticks"])
        assert first < second
    assert over_socket["refused"][0]["extensions"]["code"] == "PERSISTED_QUERY_ID_REQUIRED"
    assert over_socket["nobody"] == 4403
    assert as_events["refused"] == 400
