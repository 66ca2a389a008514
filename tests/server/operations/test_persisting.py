"""What a compiler registers while one develops is its client's alone, and is asked for by the id that it was told."""

from collections.abc import AsyncIterator

import httpx
import pytest

from commands import clients
from commands.registering import Author
from db.database import DatabaseOptions, open_database
from domain.registry import POLICIES
from server.app import open_app
from server.settings import load_settings

TEXT = "query Count { functions { totalCount } }"
COUNTED = {"data": {"functions": {"totalCount": 0}}}
FORM = {"content-type": "application/x-www-form-urlencoded"}
PERSON = Author("someone")


@pytest.fixture
async def keys(database_url: str) -> dict[str, str]:
    """The keys of clients that are named after their policies, and of one more."""
    async with open_database(DatabaseOptions(database_url)) as database:
        made = {name: POLICIES[name] for name in ("apq", "open", "ids-only")} | {"other": POLICIES["apq"]}
        return {name: await clients.create_client(database, name, policy, PERSON) for name, policy in made.items()}


@pytest.fixture
async def client(keys: dict[str, str], database_url: str, redis_url: str) -> AsyncIterator[httpx.AsyncClient]:
    settings = load_settings(database_url=database_url, redis_url=redis_url, secret_key="k" * 32)
    async with (
        open_app(settings) as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
    ):
        yield client


def by(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


async def test_a_text_is_registered_and_asked_for_by_its_id(client: httpx.AsyncClient, keys: dict[str, str]) -> None:
    told = await client.post("/operations/persist", data={"text": TEXT}, headers=by(keys["apq"]))
    (id_,) = told.json().values()
    spellings = [{"doc_id": id_}, {"documentId": f"sha256:{id_}"}, {"id": id_}]
    answers = [await client.post("/graphql", json=each, headers=by(keys["apq"])) for each in spellings]
    foreign = await client.post("/graphql", json={"doc_id": id_}, headers=by(keys["other"]))
    unknown = await client.post("/graphql", json={"doc_id": "0" * 64}, headers=by(keys["other"]))
    nobody = await client.post("/graphql", json={"doc_id": id_})

    assert told.json() == {"id": id_}
    assert [answer.json() for answer in answers] == [COUNTED] * 3
    assert (foreign.status_code, foreign.content) == (404, unknown.content)
    assert nobody.content == unknown.content


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("text=%7B", 422),
        ("text=%7B+nothing+%7D", 422),
        ("text=", 400),
        ("text=a&text=b", 400),
        ("query=a", 400),
        ("text=%ff", 400),
        ("", 400),
    ],
)
async def test_what_is_no_document_is_not_registered(
    client: httpx.AsyncClient, keys: dict[str, str], body: str, status: int
) -> None:
    refused = await client.post("/operations/persist", content=body, headers=by(keys["apq"]) | FORM)

    assert refused.status_code == status, refused.text
    assert refused.headers["content-type"] == "application/problem+json"


async def test_a_policy_decides_who_may_register(client: httpx.AsyncClient, keys: dict[str, str]) -> None:
    form = {"text": TEXT}
    refused = [
        await client.post("/operations/persist", data=form, headers=by(keys[name])) for name in ("open", "ids-only")
    ]
    nobody = await client.post("/operations/persist", data=form)
    as_json = await client.post("/operations/persist", json=form, headers=by(keys["apq"]))

    assert [answer.status_code for answer in refused] == [403, 403]
    assert (nobody.status_code, as_json.status_code) == (401, 415)


async def test_a_client_that_is_open_sends_texts_and_nothing_is_kept_of_them(
    client: httpx.AsyncClient, keys: dict[str, str]
) -> None:
    told = await client.post("/operations/persist", data={"text": TEXT}, headers=by(keys["apq"]))
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": told.json()["id"]}}
    both = await client.post("/graphql", json={"query": TEXT, "extensions": extensions}, headers=by(keys["open"]))
    hash_alone = await client.post("/graphql", json={"extensions": extensions}, headers=by(keys["open"]))

    assert both.json() == COUNTED
    assert hash_alone.json()["errors"][0]["message"] == "PersistedQueryNotSupported"
