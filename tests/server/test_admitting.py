"""Published operations by id: each client its own, on every path."""

import datetime as dt
from typing import Any

import httpx
import pytest

from commands import clients, grants, registry, retiring
from commands.registering import Author
from db.automatic_queries import SharedTexts
from db.cache import open_cache
from db.database import DatabaseOptions, open_database
from db.usage import OperationKey, usage_by_operation
from domain.registry import POLICIES
from persisted_queries import documents
from persisted_queries.automatic import AutomaticQueries
from persisted_queries.compiling import Candidate, OperationsRefused
from persisted_queries.identifiers import DocumentId, sha256_of
from persisted_queries.loading import load_registry
from persisted_queries.requests import DocumentRequest
from schema.target import target
from server.admitting import Door
from server.app import open_app
from server.calling import Caller
from server.http.refusals import Refused
from server.settings import load_settings

AGAIN = "query Count { functions { totalCount nodes { id } } }"
TEXT = "query Count { functions { totalCount } }"
HASH = sha256_of(TEXT)
DATA = {"data": {"functions": {"totalCount": 0}}}
PERSON = Author("someone")


async def test_each_client_runs_its_own_operations_alone(
    database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_database(DatabaseOptions(database_url)) as database:
        web = await clients.create_client(database, "web", POLICIES["safelist"], PERSON)
        partner = await clients.create_client(database, "partner", POLICIES["ids-only"], PERSON)
        await registry.publish(database, target(), "web", "1.0", [Candidate(HASH, TEXT)], PERSON)
        await registry.publish(database, target(), "web", "0.9", [Candidate("old", "{ __typename }")], PERSON)
        await retiring.retire(database, "web", "0.9", PERSON, force=True)

    given = load_settings(database_url=database_url, redis_url=redis_url, secret_key="k" * 32)
    async with (
        open_app(given) as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
    ):
        # Nothing is validated from here on.
        monkeypatch.setattr(documents, "validate", None)

        async def ask(key: str | None, path: str = "", **body: Any) -> httpx.Response:
            headers = {} if key is None else {"Authorization": f"Bearer {key}"}
            return await client.post(f"/graphql{path}", json=body, headers=headers)

        extension = {"persistedQuery": {"version": 1, "sha256Hash": HASH}}
        for answer in (
            await ask(web, documentId=HASH),
            await ask(web, id=f"sha256:{HASH}"),
            await ask(web, doc_id=f"web~1.0~{HASH}"),
            await ask(web, f"/{HASH}/Count"),
            await ask(web, extensions=extension),
            await ask(web, query=TEXT),
        ):
            assert (answer.status_code, answer.json()) == (200, DATA)

        foreign, unknown, nobody = (
            await ask(partner, documentId=HASH),
            await ask(partner, documentId="nowhere"),
            await ask(None, documentId=HASH),
        )
        assert foreign.status_code == 404
        assert foreign.content == unknown.content == nobody.content
        foreign_headers, unknown_headers = (dict(each.headers) for each in (foreign, unknown))
        assert foreign_headers.pop("x-request-id") != unknown_headers.pop("x-request-id")
        assert foreign_headers == unknown_headers

        retired = await ask(web, documentId="old")
        assert retired.status_code == 410
        assert retired.json()["errors"][0]["extensions"]["code"] == "PERSISTED_DOCUMENT_RETIRED"
        assert (await ask(partner, query=TEXT)).status_code == 400
        assert (await ask(web, query="{ __typename }")).status_code == 403
        wrong = await ask("boxoffice_wrong", documentId=HASH)
        assert (wrong.status_code, wrong.headers["www-authenticate"]) == (401, "Bearer")


async def test_a_deprecated_operation_says_when_it_ends_and_what_succeeds_it(database_url: str, redis_url: str) -> None:
    async with open_database(DatabaseOptions(database_url)) as database:
        key = await clients.create_client(database, "web", POLICIES["ids-only"], PERSON)
        await registry.publish(database, target(), "web", "1.0", [Candidate("count-1", TEXT)], PERSON)
        await registry.publish(database, target(), "web", "2.0", [Candidate("count-2", AGAIN)], PERSON)
        sunset = dt.datetime(2099, 12, 31, 23, 59, 59, tzinfo=dt.UTC)
        await registry.deprecate(database, "web", "1.0", PERSON, sunset=sunset, successor="2.0")

    given = load_settings(database_url=database_url, redis_url=redis_url, secret_key="k" * 32)
    async with (
        open_app(given) as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
    ):
        headers = {"Authorization": f"Bearer {key}"}
        deprecated = await client.get("/graphql/count-1", headers=headers)
        current = await client.get("/graphql/count-2", headers=headers)

    assert deprecated.json() == DATA
    assert deprecated.headers["deprecation"].startswith("@")
    assert deprecated.headers["sunset"] == "Thu, 31 Dec 2099 23:59:59 GMT"
    assert deprecated.headers["link"] == '</graphql/count-2>; rel="successor-version"'
    assert current.status_code == 200
    assert not {"deprecation", "sunset", "link"} & set(current.headers)


async def test_what_a_client_registers_by_hash_is_its_own(database_url: str, redis_url: str) -> None:
    async with open_database(DatabaseOptions(database_url)) as database:
        web = await clients.create_client(database, "web", POLICIES["apq"], PERSON)
        partner = await clients.create_client(database, "partner", POLICIES["apq"], PERSON)
    extension = {"persistedQuery": {"version": 1, "sha256Hash": HASH}}

    given = load_settings(database_url=database_url, redis_url=redis_url, secret_key="k" * 32)
    async with (
        open_app(given) as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
    ):

        async def ask(key: str | None, **body: Any) -> Any:
            headers = {} if key is None else {"Authorization": f"Bearer {key}"}
            return (await client.post("/graphql", json={"extensions": extension} | body, headers=headers)).json()

        registered = await ask(web, query=TEXT)
        own, foreign, nobody = await ask(web), await ask(partner), await ask(None)

    assert registered == own == DATA
    assert foreign["errors"][0]["message"] == nobody["errors"][0]["message"] == "PersistedQueryNotFound"


async def test_what_a_partner_is_no_longer_granted_is_refused_with_what_it_lacks(
    database_url: str, redis_url: str
) -> None:
    async with open_database(DatabaseOptions(database_url)) as database:
        key = await clients.create_client(database, "acme", POLICIES["ids-only"], PERSON, is_partner=True)
        await grants.grant(database, target(), "acme", ["Ticket.pools"], PERSON)
        pools = Candidate("pools", 'query Pools { node(id: "x") { ... on Ticket { pools { id } } } }')
        await registry.publish(database, target(), "acme", "1.0", [pools], PERSON)
        await grants.revoke_grants(database, "acme", ["Ticket.pools"], PERSON, force=True)

    given = load_settings(database_url=database_url, redis_url=redis_url, secret_key="k" * 32)
    async with (
        open_app(given) as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
    ):
        refused = await client.get("/graphql/pools", headers={"Authorization": f"Bearer {key}"})

    (error,) = refused.json()["errors"]
    assert (refused.status_code, error["extensions"]["code"]) == (403, "PERSISTED_DOCUMENT_NOT_GRANTED")
    assert error["extensions"]["fields"] == ["Ticket.pools"]
    assert refused.headers["cache-control"] == "private, no-cache, must-revalidate"


async def test_calls_are_counted_for_whom_and_what_they_call(database_url: str, redis_url: str) -> None:
    async with open_database(DatabaseOptions(database_url)) as database:
        key = await clients.create_client(database, "web", POLICIES["ids-only"], PERSON)
        failing = Candidate("fails", 'query Fails { functions(after: "forged") { totalCount } }')
        await registry.publish(database, target(), "web", "1.0", [Candidate("count", TEXT), failing], PERSON)

        given = load_settings(database_url=database_url, redis_url=redis_url, secret_key="k" * 32)
        async with (
            open_app(given) as app,
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
        ):
            headers = {"Authorization": f"Bearer {key}"}
            for path in ("count", f"sha256:{HASH}", "web~1.0~count", "fails", "unknown"):
                await client.get(f"/graphql/{path}", headers=headers)
            await client.post("/graphql", json={"query": TEXT})

        found = await usage_by_operation(database, dt.datetime.now(dt.UTC) - dt.timedelta(hours=1))

    counted = {
        (key.client, key.release, key.public_id): (each.calls, each.errors, each.refused, each.calls_by_release)
        for key, each in found.items()
    }
    assert counted == {
        ("web", "1.0", "count"): (3, 0, 0, 1),
        ("web", "1.0", "fails"): (1, 1, 0, 0),
        ("web", "", ""): (0, 0, 1, 0),
        ("", "", ""): (1, 0, 0, 0),
    }
    assert found[OperationKey("web", "1.0", "count")].cost > 0


async def test_every_id_that_may_be_published_may_be_asked_for(database_url: str, redis_url: str) -> None:
    ids = ["Count", "x-acme:Count", "x-Acme.Build-2:0123~a", HASH[:32], f"sha256:{HASH}"]
    async with open_database(DatabaseOptions(database_url)) as database:
        key = await clients.create_client(database, "web", POLICIES["ids-only"], PERSON)
        await registry.publish(database, target(), "web", "1.0", [Candidate(each, TEXT) for each in ids], PERSON)
        for wrong in ("acme:Count", "../Count", ".Count", "x" * 257, f"sha256:{HASH[:-1]}0"):
            with pytest.raises(OperationsRefused):
                await registry.publish(database, target(), "web", "2.0", [Candidate(wrong, TEXT)], PERSON)

    given = load_settings(database_url=database_url, redis_url=redis_url, secret_key="k" * 32)
    async with (
        open_app(given) as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
    ):
        client.headers["authorization"] = f"Bearer {key}"
        for each in [*ids, "web~1.0~Count", f"web~1.0~{HASH}"]:
            answers = [await client.post("/graphql", json={"id": each}), await client.get(f"/graphql/{each}")]
            assert [answer.json() for answer in answers] == [DATA] * 2


async def test_a_call_adds_the_cost_of_what_ran_whatever_its_variables_look_like(
    database_url: str, redis_url: str
) -> None:
    text = "query Names($n: Int = 7) { functions(first: $n) { nodes { name } } }"
    async with open_database(DatabaseOptions(database_url)) as database:
        key = await clients.create_client(database, "web", POLICIES["ids-only"], PERSON)
        done = await registry.publish(database, target(), "web", "1.0", [Candidate("names", text)], PERSON)
        cost = done.operations[0].analysis.cost

        given = load_settings(database_url=database_url, redis_url=redis_url, secret_key="k" * 32)
        async with (
            open_app(given) as app,
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
        ):
            for n in (5.0, 10**9, "x", [1]):  # the first one is an integer to GraphQL; the others are refused
                body = {"documentId": "names", "variables": {"n": n}}
                await client.post("/graphql", json=body, headers={"Authorization": f"Bearer {key}"})

        found = await usage_by_operation(database, dt.datetime.now(dt.UTC) - dt.timedelta(hours=1))

    usage = found[OperationKey("web", "1.0", "names")]
    assert (usage.calls, usage.errors) == (4, 3)
    assert usage.cost == cost.of({"n": 5}) < cost.of({})


async def test_calls_that_ask_for_deprecated_fields_are_told_and_counted(database_url: str, redis_url: str) -> None:
    """Whether they are executed, answered from what is at hand, or not even parsed."""
    old = "query Old { events(first: 1) { nodes { parentEventId } } }"
    async with open_database(DatabaseOptions(database_url)) as database:
        key = await clients.create_client(database, "web", POLICIES["ids-only"], PERSON)
        await registry.publish(
            database, target(), "web", "1.0", [Candidate("old", old), Candidate("new", TEXT)], PERSON
        )

        given = load_settings(database_url=database_url, redis_url=redis_url, secret_key="k" * 32)
        async with (
            open_app(given) as app,
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
        ):
            headers = {"Authorization": f"Bearer {key}"}
            published = [await client.get("/graphql/old", headers=headers) for _ in range(3)]
            texts = [await client.get("/graphql", params={"query": old}) for _ in range(3)]
            new = await client.get("/graphql/new", headers=headers)

        found = await usage_by_operation(database, dt.datetime.now(dt.UTC) - dt.timedelta(hours=1))

    assert {each.headers["deprecation"] for each in (*published, *texts)} == {"@1795219200"}
    assert {each.headers["sunset"] for each in (*published, *texts)} == {"Sun, 21 Nov 2027 00:00:00 GMT"}
    assert {each.headers["link"] for each in (*published, *texts)} == {
        '</guides/parent-events>; rel="deprecation"; type="text/plain"'
    }
    assert "deprecation" not in new.headers
    assert {(key.client, key.public_id): (each.calls, each.deprecated) for key, each in found.items()} == {
        ("web", "old"): (3, 3),
        ("web", "new"): (1, 0),
        ("", ""): (3, 3),
    }


async def test_a_release_that_ends_says_so_itself_and_links_to_the_guides_too(
    database_url: str, redis_url: str
) -> None:
    old = "query Old { events(first: 1) { nodes { parentEventId } } }"
    async with open_database(DatabaseOptions(database_url)) as database:
        key = await clients.create_client(database, "web", POLICIES["ids-only"], PERSON)
        await registry.publish(database, target(), "web", "1.0", [Candidate("old-1", old)], PERSON)
        await registry.publish(database, target(), "web", "2.0", [Candidate("old-2", old)], PERSON)
        sunset = dt.datetime(2099, 12, 31, tzinfo=dt.UTC)
        await registry.deprecate(database, "web", "1.0", PERSON, sunset=sunset, successor="2.0")
    given = load_settings(database_url=database_url, redis_url=redis_url, secret_key="k" * 32)
    async with (
        open_app(given) as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
    ):
        answer = await client.get("/graphql/old-1", headers={"Authorization": f"Bearer {key}"})

    assert answer.headers["sunset"] == "Thu, 31 Dec 2099 00:00:00 GMT"
    assert '</guides/parent-events>; rel="deprecation"' in answer.headers["link"]
    assert answer.headers["link"].endswith(', </graphql/old-2>; rel="successor-version"')


async def test_variables_beyond_a_contract_are_refused_before_anything_runs(database_url: str, redis_url: str) -> None:
    text = "query Names($n: Int, $ids: [ID!]!) { functions(first: $n) { nodes { name } } nodes(ids: $ids) { id } }"
    async with open_database(DatabaseOptions(database_url)) as database:
        key = await clients.create_client(database, "web", POLICIES["ids-only"], PERSON)
        await registry.publish(database, target(), "web", "1.0", [Candidate("names", text)], PERSON)

    given = load_settings(database_url=database_url, redis_url=redis_url, secret_key="k" * 32)
    async with (
        open_app(given) as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
    ):
        headers = {"Authorization": f"Bearer {key}", "Accept": "application/graphql-response+json"}

        async def ask(**variables: object) -> httpx.Response:
            body = {"documentId": "names", "variables": variables}
            return await client.post("/graphql", json=body, headers=headers)

        fits = await ask(n=100, ids="one is a list of one")
        # A client may write an integer as a double.
        broken = await ask(n=101.0, ids=["x"] * 1000)

    assert fits.status_code == 200
    assert broken.status_code == 400
    assert [error["extensions"] for error in broken.json()["errors"]] == [
        {"code": "VARIABLE_TOO_LARGE", "variable": "n", "value": 101, "limit": 100},
        {"code": "VARIABLE_TOO_LARGE", "variable": "ids", "value": 1000, "limit": 100},
    ]
    assert broken.json()["errors"][0]["message"] == "`$n` comes to 101; it may be 100 at most."
    assert "data" not in broken.json()


# -- what was admitted, looked at again -------------------------------------------------------------------------------


async def test_a_document_that_was_admitted_may_be_so_no_longer(database_url: str, redis_url: str) -> None:
    """Its policy, its release and its id may change while a subscription to it is open."""
    hash_ = sha256_of(AGAIN)
    async with open_database(DatabaseOptions(database_url)) as database, open_cache(redis_url, 5) as cache:
        await clients.create_client(database, "web", POLICIES["apq"], PERSON)
        await registry.publish(database, target(), "web", "1.0", [Candidate("count", TEXT)], PERSON)
        snapshot = await load_registry(database, target())
        automatic = AutomaticQueries(SharedTexts(cache), "schema", 60)
        door = Door(automatic, POLICIES["open"], lambda: snapshot)

        def caller() -> Caller:
            return Caller(snapshot.clients["web"])

        await door.register(AGAIN, hash_, caller())
        by_id, by_hash, by_text = (
            DocumentRequest(id=DocumentId("count")),
            DocumentRequest(id=DocumentId(hash_)),
            DocumentRequest(text=AGAIN),
        )
        admitted = {each: await door.admit(each, caller()) for each in (by_id, by_hash, by_text)}

        def refusals() -> list[str | None]:
            return [refusal(each) for each in admitted]

        def refusal(request: DocumentRequest) -> str | None:
            try:
                door.admit_still(admitted[request], request, caller())
            except Refused as refused:
                return refused.code
            return None

        assert refusals() == [None, None, None]
        await clients.set_policy(database, "web", POLICIES["ids-only"], PERSON)
        snapshot = await load_registry(database, target())
        assert refusals() == [None, "PERSISTED_DOCUMENT_NOT_FOUND", "PERSISTED_QUERY_ID_REQUIRED"]
        await retiring.retire(database, "web", "1.0", PERSON, force=True)
        snapshot = await load_registry(database, target())
        assert refusal(by_id) == "PERSISTED_DOCUMENT_RETIRED"
        await registry.publish(database, target(), "web", "2.0", [Candidate("count", AGAIN)], PERSON)
        snapshot = await load_registry(database, target())
        assert refusal(by_id) == "PERSISTED_DOCUMENT_NOT_FOUND", "the id has come to mean another text"
