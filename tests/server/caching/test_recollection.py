"""An answer that is at hand is given to those alone for whom it could be made now, over the whole application."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from functools import partial

import httpx
import jwt
import pytest

from auth.guests import guest_subject, issue_guest_token
from auth.issuing import issue_token
from commands import clients, registry, retiring
from commands.registering import Author
from db.database import Database, DatabaseOptions, open_database
from domain.registry import POLICIES
from persisted_queries.compiling import Candidate
from schema.target import target
from server.app import open_app
from server.identity_commands import revoke
from server.settings import Settings, load_settings
from server.token_settings import token_rules, token_secret

SECRET = "k" * 32
NAMES = "query Names { functions { nodes { name } } }"
OTHER = "query Other { functions { totalCount } }"
PERSON = Author("someone")
PATIENCE_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Shop:
    """A server, a client of it that has published an operation, and who else has a credential."""

    settings: Settings
    database: Database
    http: httpx.AsyncClient
    key: str

    def token(self, subject: str = "ada") -> str:
        """A token that makes its holder nobody in particular, for whom answers are kept."""
        secret, rules = token_secret(self.settings), token_rules(self.settings)
        return issue_token(secret, rules, subject, now=time.time(), lifetime=600, claims={"role": "anon"})

    async def ask(self, **headers: str) -> httpx.Response:
        """The published operation, by its id."""
        return await self.http.get(
            "/graphql/Names", headers={name.replace("_", "-"): headers[name] for name in headers}
        )

    async def ask_text(self, text: str = NAMES, **headers: str) -> httpx.Response:
        """A text."""
        named = {name.replace("_", "-"): headers[name] for name in headers}
        return await self.http.get("/graphql", params={"query": text}, headers=named)

    async def revoke(
        self, *, token: str | None = None, token_id: str | None = None, subject: str | None = None
    ) -> None:
        """What `boxoffice token revoke` does."""
        await revoke(
            self.settings, token=token, token_id=token_id, subject=subject, before=None, by="tests", reason="a test"
        )


Ask = Callable[[], Awaitable[httpx.Response]]


@pytest.fixture
async def shop(database_url: str, redis_url: str) -> AsyncIterator[Shop]:
    settings = load_settings(database_url=database_url, redis_url=redis_url, secret_key=SECRET)
    async with open_database(DatabaseOptions(database_url)) as database:
        key = await clients.create_client(database, "web", POLICIES["open"], PERSON)
        await registry.publish(database, target(), "web", "1.0", [Candidate("Names", NAMES)], PERSON)
        async with (
            open_app(settings) as app,
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as http,
        ):
            yield Shop(settings, database, http, key)


async def statuses(ask: Ask, times: int = 3) -> list[int]:
    return [(await ask()).status_code for _ in range(times)]


async def until(ask: Ask, holds: Callable[[httpx.Response], bool]) -> httpx.Response:
    """The first answer of which something holds: the registry is read again by and by."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not holds(answer := await ask()):  # noqa: ASYNC110 - the other side has no event to wait for
            await asyncio.sleep(0.05)
    return answer


@pytest.mark.parametrize("with_key", [False, True], ids=["alone", "beside a key"])
async def test_a_token_that_was_revoked_gets_nothing_from_then_on(shop: Shop, *, with_key: bool) -> None:
    tokens = {way: shop.token(way) for way in ("itself", "its id", "its subject", "not at all")}
    key = {"x_api_key": shop.key} if with_key else {}

    async def ask() -> dict[str, list[int]]:
        return {
            way: await statuses(partial(shop.ask_text, authorization=f"Bearer {token}", **key))
            for way, token in tokens.items()
        }

    assert await ask() == dict.fromkeys(tokens, [200] * 3)
    await shop.revoke(token=tokens["itself"])
    await shop.revoke(token_id=jwt.decode(tokens["its id"], options={"verify_signature": False})["jti"])
    await shop.revoke(subject="its subject")

    assert await ask() == {**dict.fromkeys(tokens, [401] * 3), "not at all": [200] * 3}


async def test_nor_does_the_token_of_a_registration(shop: Shop) -> None:
    registration, now = uuid.uuid4(), time.time()
    token = issue_guest_token(SECRET.encode(), registration, now=now, expires_at=now + 600)

    ask = partial(shop.ask_text, authorization=f"Bearer {token}")
    assert await statuses(ask) == [200] * 3
    await shop.revoke(subject=guest_subject(registration))
    assert await statuses(ask) == [401] * 3


async def test_a_key_that_was_replaced_gets_nothing_and_the_new_one_does(shop: Shop) -> None:
    def asking(key: str) -> list[Ask]:
        return [partial(shop.ask, x_api_key=key), partial(shop.ask, authorization=f"Bearer {key}")]

    old = asking(shop.key)
    assert [await statuses(ask) for ask in old] == [[200] * 3] * 2
    new = asking(await clients.add_key(shop.database, "web", "second", PERSON))
    await until(new[0], lambda answer: answer.status_code == 200)
    await clients.revoke_key(shop.database, "web", clients.FIRST_KEY, PERSON)
    await until(old[0], lambda answer: answer.status_code != 200)

    assert [await statuses(ask) for ask in old] == [[401] * 3] * 2
    assert [await statuses(ask) for ask in new] == [[200] * 3] * 2


async def test_a_policy_that_has_changed_is_heeded(shop: Shop) -> None:
    other = partial(shop.ask_text, OTHER, x_api_key=shop.key)
    assert await statuses(other) == [200] * 3
    public = await shop.ask_text()
    await clients.set_policy(shop.database, "web", POLICIES["ids-only"], PERSON)
    refused = await until(other, lambda answer: answer.status_code != 200)
    by_id, public_again = await shop.ask(x_api_key=shop.key), await shop.ask_text()

    assert refused.json()["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_ID_REQUIRED"
    assert by_id.status_code == 200
    assert public_again.content == public.content
    assert public_again.headers["cache-status"] == "boxoffice; hit"


async def test_a_release_that_is_deprecated_says_so_and_one_that_is_retired_is_gone(shop: Shop) -> None:
    ask = partial(shop.ask, x_api_key=shop.key)
    assert await statuses(ask) == [200] * 3
    await registry.deprecate(shop.database, "web", "1.0", PERSON)
    deprecated = await until(ask, lambda answer: "deprecation" in answer.headers)
    again = await ask()
    await retiring.retire(shop.database, "web", "1.0", PERSON, force=True)
    retired = await until(ask, lambda answer: answer.status_code != 200)

    assert again.headers["deprecation"] == deprecated.headers["deprecation"]
    assert again.headers["cache-status"] == "boxoffice; hit"
    assert retired.status_code == 410
    assert await statuses(ask) == [410] * 3
