"""A subscription over the whole application: an event that happens is a result that is read."""

import asyncio
import datetime as dt
import time
import uuid
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from auth.claims import customer_id_of
from auth.guests import guest_subject, issue_guest_token
from auth.issuing import issue_token
from commands import clients, registry, retiring
from commands.registering import Author
from domain.registry import POLICIES
from persisted_queries.compiling import Candidate
from schema.target import target
from server.identity_commands import revoke
from server.settings import Settings, load_settings
from server.token_settings import token_rules, token_secret
from tests.commands.selling.shop import Shop
from tests.plugins.graph import Graph, gid
from tests.plugins.live import PATIENCE_SECONDS, Live, live

CHANGES = """
  subscription Changes($event: ID!) {
    ticketAvailabilityChanged(eventId: $event) { id availability { state remaining } event { title } }
  }
"""


async def test_who_listens_to_an_event_sees_its_tickets_sell_out(
    graph: Graph, database_url: str, redis_url: str
) -> None:
    event = graph.event(graph.function(), title="Night of the lights")
    pool = graph.pool(100)
    ticket = graph.ticket(event, [pool])
    await graph.flush()
    async with live(database_url, redis_url) as server, server.talk() as talk:
        await talk.start()
        await talk.subscribe("1", CHANGES, variables={"event": gid("Event", event)})
        await asyncio.sleep(1)  # nothing is told when it is open
        await graph.sql("UPDATE capacity_pools SET sold = 95 WHERE pool_id = :pool", pool=pool)
        low = await talk.hear()
        await graph.sql("UPDATE capacity_pools SET sold = 100 WHERE pool_id = :pool", pool=pool)
        gone = await talk.hear()
        await talk.subscribe("2", CHANGES, variables={"event": gid("Ticket", ticket)})
        refused = await talk.hear()

    shown = [message["payload"]["data"]["ticketAvailabilityChanged"] for message in (low, gone)]
    assert [each["id"] for each in shown] == [gid("Ticket", ticket)] * 2
    assert [each["event"]["title"] for each in shown] == ["Night of the lights"] * 2
    assert shown[0]["availability"] == {"state": "LOW", "remaining": 5}
    assert shown[1]["availability"] == {"state": "SOLD_OUT", "remaining": None}
    assert refused["payload"][0]["extensions"]["code"] == "BAD_USER_INPUT"


# -- what ends a subscription to which nothing happens ----------------------------------------------------------------

PERSON = Author("someone")


@pytest.fixture
def settings(database_url: str, redis_url: str) -> Settings:
    """What tokens are signed by on the server that `live` starts."""
    return load_settings(database_url=database_url, redis_url=redis_url, secret_key="k" * 32)


def token(settings: Settings, subject: str) -> str:
    return issue_token(token_secret(settings), token_rules(settings), subject, now=time.time(), lifetime=600)


async def take_back(settings: Settings, subject: str) -> None:
    await revoke(settings, token=None, token_id=None, subject=subject, before=None, by="tests", reason="a test")


async def test_each_subscription_ends_with_what_it_was_opened_with(
    graph: Graph, settings: Settings, database_url: str, redis_url: str
) -> None:
    event = graph.event(graph.function())
    pool = graph.pool(100)
    graph.ticket(event, [pool])
    await graph.flush()
    variables = {"event": gid("Event", event)}
    keys = {
        name: await clients.create_client(graph.owner, name, POLICIES["open"], PERSON)
        for name in ("retired", "stricter", "keyless")
    }
    await registry.publish(graph.owner, target(), "retired", "1.0", [Candidate("Changes", CHANGES)], PERSON)
    credentials: dict[str, dict[str, str]] = {
        **{name: {"X-API-Key": key} for name, key in keys.items()},
        "revoked": {"Authorization": f"Bearer {token(settings, 'ada')}"},
        "anyone": {},
    }
    async with live(database_url, redis_url) as server, AsyncExitStack() as stack:
        talks = {name: await stack.enter_async_context(server.talk()) for name in credentials}
        for name, talk in talks.items():
            await talk.start(payload=credentials[name])
            named = {"documentId": "Changes"} if name == "retired" else {"query": CHANGES}
            await talk.subscribe("1", variables=variables, **named)
        await asyncio.sleep(1)
        await retiring.retire(graph.owner, "retired", "1.0", PERSON, force=True)
        await clients.set_policy(graph.owner, "stricter", POLICIES["ids-only"], PERSON)
        await clients.revoke_key(graph.owner, "keyless", clients.FIRST_KEY, PERSON)
        await take_back(settings, "ada")

        retired, stricter = await talks["retired"].hear(), await talks["stricter"].hear()
        closed = {await talks[name].code() for name in ("keyless", "revoked")}
        await graph.sql("UPDATE capacity_pools SET sold = 95 WHERE pool_id = :pool", pool=pool)
        shown = await talks["anyone"].hear()

    assert [message["type"] for message in (retired, stricter, shown)] == ["error", "error", "next"]
    assert retired["payload"][0]["extensions"]["code"] == "PERSISTED_DOCUMENT_RETIRED"
    assert stricter["payload"][0]["extensions"]["code"] == "PERSISTED_QUERY_ID_REQUIRED"
    assert closed == {4403}


async def test_so_does_one_by_server_sent_events(
    graph: Graph, settings: Settings, database_url: str, redis_url: str
) -> None:
    event = graph.event(graph.function())
    await graph.flush()
    asked = {"query": CHANGES, "variables": {"event": gid("Event", event)}}
    headers = {"Accept": "text/event-stream", "Authorization": f"Bearer {token(settings, 'ada')}"}
    async with (
        live(database_url, redis_url) as server,
        httpx.AsyncClient(base_url=server.url, timeout=PATIENCE_SECONDS) as http,
        http.stream("POST", "/graphql", json=asked, headers=headers) as answer,
    ):
        await take_back(settings, "ada")
        told = [line async for line in answer.aiter_lines() if line.startswith(("event:", "data:"))]

    assert told[0] == "event: next"
    assert '"code":"INVALID_TOKEN"' in told[1]
    assert len(told) == 2


# -- registrations ----------------------------------------------------------------------------------------------------

UPDATED = """
  subscription Updated($id: ID!, $token: String) {
    registrationUpdated(id: $id, guestToken: $token) { status version attendees { nodes { status } } }
  }
"""


def guest_token(settings: Settings, key: uuid.UUID) -> str:
    now = time.time()
    return issue_guest_token(token_secret_of_guests(settings), key, now=now, expires_at=now + 600)


def token_secret_of_guests(settings: Settings) -> bytes:
    assert settings.secret_key is not None
    return settings.secret_key.get_secret_value().encode()


def shown(message: Any) -> Any:
    assert message["type"] == "next", message
    return message["payload"]["data"]["registrationUpdated"]


async def test_a_registration_is_told_in_another_process_to_those_who_may_see_it(
    graph: Graph, settings: Settings, database_url: str, redis_url: str
) -> None:
    shop = Shop(graph, now=dt.datetime.now(dt.UTC))
    key = await shop.order(shop.ticket(graph.pool(5)))
    await graph.sql("INSERT INTO customers (customer_id, subject) VALUES (:key, 'ada')", key=customer_id_of("ada"))
    await graph.sql("UPDATE registrations SET customer_id = :key", key=customer_id_of("ada"))
    guests = guest_token(settings, key)
    listeners: dict[str, tuple[dict[str, str], str | None]] = {
        "customer": ({"Authorization": f"Bearer {token(settings, 'ada')}"}, None),
        "guest": ({"Authorization": f"Bearer {guests}"}, None),
        "handed": ({}, guests),
        "stranger": ({"Authorization": f"Bearer {token(settings, 'eve')}"}, None),
        "nobody": ({}, None),
    }
    complete = {
        "query": "mutation ($id: ID!) { completeRegistration(id: $id) { registration { status } } }",
        "variables": {"id": gid("Registration", key)},
    }
    async with live(database_url, redis_url) as here, live(database_url, redis_url) as there, AsyncExitStack() as stack:
        talks = {name: await stack.enter_async_context(here.talk()) for name in listeners}
        for name, (credentials, handed) in listeners.items():
            await talks[name].start(payload=credentials)
            await talks[name].subscribe("1", UPDATED, variables={"id": gid("Registration", key), "token": handed})
        refused = [await talks[name].hear() for name in ("stranger", "nobody")]
        await asyncio.sleep(1)  # nothing is told when it is open
        async with httpx.AsyncClient(base_url=there.url, timeout=PATIENCE_SECONDS) as http:
            answer = await http.post("/graphql", json=complete, headers={"Authorization": f"Bearer {guests}"})
        told = [shown(await talks[name].hear()) for name in ("customer", "guest", "handed")]

    assert [each["payload"][0]["extensions"]["code"] for each in refused] == ["BAD_USER_INPUT"] * 2
    assert refused[0]["payload"][0]["message"] == refused[1]["payload"][0]["message"]
    assert answer.json()["data"]["completeRegistration"] == {"registration": {"status": "CONFIRMED"}}
    assert told == [{"status": "CONFIRMED", "version": 2, "attendees": {"nodes": [{"status": "VALID"}]}}] * 3


async def test_a_token_that_is_revoked_shows_no_registration_any_more_however_it_was_handed_over(
    graph: Graph, settings: Settings, database_url: str, redis_url: str
) -> None:
    shop = Shop(graph, now=dt.datetime.now(dt.UTC))
    key = await shop.order(shop.ticket(graph.pool(5)))
    guests = guest_token(settings, key)
    variables = {"id": gid("Registration", key)}
    events = {"Accept": "text/event-stream", "Authorization": f"Bearer {guests}"}
    async with (
        live(database_url, redis_url) as server,
        server.talk() as talk,
        httpx.AsyncClient(base_url=server.url, timeout=PATIENCE_SECONDS) as http,
        http.stream("POST", "/graphql", json={"query": UPDATED, "variables": variables}, headers=events) as answer,
    ):
        await talk.start()
        await talk.subscribe("1", UPDATED, variables={**variables, "token": guests})
        await asyncio.sleep(0.5)
        await graph.sql("UPDATE registrations SET version = version + 1")
        first = shown(await talk.hear())
        await take_back(settings, guest_subject(key))
        lines = [line async for line in answer.aiter_lines() if line.startswith(("event:", "data:"))]
        await graph.sql("UPDATE registrations SET version = version + 1")
        after = await talk.hear()

    assert first["version"] == 2
    assert lines[-2] == "event: next"
    assert '"code":"INVALID_TOKEN"' in lines[-1]
    assert after["payload"]["data"] is None
    assert after["payload"]["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


# -- what it costs ----------------------------------------------------------------------------------------------------


async def ticks(server: Live) -> list[Any]:
    """What is said of a clock that ticks every second, to the end."""
    async with server.talk() as talk:
        await talk.start()
        heard = await talk.ask("subscription { serverTime }")
    return [message["type"] if message["type"] == "next" else message["payload"][0]["extensions"] for message in heard]


async def test_each_event_is_charged_until_the_bucket_is_empty(database_url: str, redis_url: str) -> None:
    async with live(database_url, redis_url, rate_limit_address="3/0.01") as server:
        *shown, last = await ticks(server)

    assert shown == ["next", "next"], "one point went for opening it"
    assert (last["code"], last["bucket"]) == ("RATE_LIMITED", "address")
    assert last["retryAfter"] > 0
