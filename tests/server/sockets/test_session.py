"""A socket from its first message to its close, as `graphql-transport-ws` has it."""

import asyncio
import datetime as dt
from typing import Any

import asyncpg
import pytest

from commands import clients, registry
from commands.registering import Author
from db.database import DatabaseOptions, open_database
from domain.registry import POLICIES
from persisted_queries.compiling import Candidate
from persisted_queries.identifiers import sha256_of
from schema.target import target
from tests.plugins.live import Live, live, waiting

COUNT = "{ functions { totalCount } }"
COUNTED = {"data": {"functions": {"totalCount": 0}}}
PERSON = Author("someone")
CLOCK = "subscription Clock { serverTime }"


def code_of(message: Any) -> str:
    assert message["type"] == "error"
    code: str = message["payload"][0]["extensions"]["code"]
    return code


async def test_a_query_has_one_result_and_is_complete(server: Live) -> None:
    async with server.talk() as talk:
        await talk.start()

        assert await talk.ask(COUNT) == [
            {"id": "asked", "type": "next", "payload": COUNTED},
            {"id": "asked", "type": "complete"},
        ]


async def test_a_subscription_ticks_until_the_client_completes_it(server: Live) -> None:
    async with server.talk() as talk:
        await talk.start()
        await talk.subscribe("1", CLOCK)
        first, second = await talk.hear(), await talk.hear()
        await talk.say(type="complete", id="1")
        told = await talk.ask(COUNT)

    assert first["id"] == second["id"] == "1"
    assert first["payload"]["data"]["serverTime"] < second["payload"]["data"]["serverTime"]
    assert [message["id"] for message in told] == ["asked", "asked"]


async def test_every_spelling_of_a_document_is_read(server: Live) -> None:
    hash_ = sha256_of(COUNT)
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": hash_}}
    async with server.talk() as talk:
        await talk.start()
        unknown = await talk.ask(extensions=extensions)
        registered = await talk.ask(COUNT, extensions=extensions)
        known = await talk.ask(extensions=extensions)
        ids = [await talk.ask(**{member: "sha256:" + "0" * 64}) for member in ("documentId", "doc_id", "id")]
        mismatch = await talk.ask("{ __typename }", extensions=extensions)
        both = await talk.ask(COUNT, documentId="Page")

    # What clients of automatic persisted queries look for stands among results, as over HTTP.
    assert unknown[0]["payload"]["errors"][0]["message"] == "PersistedQueryNotFound"
    assert registered[0]["payload"] == known[0]["payload"] == COUNTED
    assert [code_of(told[0]) for told in ids] == ["PERSISTED_DOCUMENT_NOT_FOUND"] * 3
    assert code_of(mismatch[0]) == "PERSISTED_QUERY_HASH_MISMATCH"
    assert code_of(both[0]) == "CANNOT_SEND_PQ_ID_AND_BODY"


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"query": "{"}, "GRAPHQL_PARSE_FAILED"),
        ({"query": "{ nothing }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "query A { __typename }", "operationName": "B"}, "OPERATION_RESOLUTION_FAILURE"),
        ({"query": "query ($n: Int!) { functions(first: $n) { totalCount } }"}, "BAD_USER_INPUT"),
        ({"query": "subscription { serverTime(every: 0) }"}, "BAD_USER_INPUT"),
        ({"documentId": "../secrets"}, "INVALID_DOCUMENT_ID"),
    ],
)
async def test_what_is_not_executed_is_an_error_and_the_socket_stays(
    server: Live, payload: dict[str, object], code: str
) -> None:
    async with server.talk() as talk:
        await talk.start()
        (refused,) = await talk.ask(**payload)

        assert code_of(refused) == code
        assert len(await talk.ask(COUNT)) == 2


async def test_a_client_has_its_own_operations_alone_and_is_told_how_long(server: Live, database_url: str) -> None:
    sunset = dt.datetime(2031, 1, 1, tzinfo=dt.UTC)
    async with open_database(DatabaseOptions(database_url)) as database:
        web = await clients.create_client(database, "web", POLICIES["ids-only"], PERSON)
        other = await clients.create_client(database, "other", POLICIES["ids-only"], PERSON)
        published = [Candidate("Clock", CLOCK), Candidate("count", COUNT)]
        await registry.publish(database, target(), "web", "1.0", published, PERSON)
        await registry.deprecate(database, "web", "1.0", PERSON, sunset=sunset)
    await asyncio.sleep(1.5)  # every process looks once a second

    async with server.talk() as talk:
        await talk.start(payload={"authorization": f"Bearer {web}"})
        await talk.subscribe("1", documentId="Clock")
        first, second = await talk.hear(), await talk.hear()
        counted = await talk.ask(id="count")
        text = await talk.ask(COUNT)
    async with server.talk(additional_headers={"Authorization": f"Bearer {other}"}) as talk:
        await talk.start()
        foreign, unknown = await talk.ask(documentId="Clock"), await talk.ask(documentId="nothing")

    told = first["payload"]["extensions"]["headers"]
    assert told.keys() == {"deprecation", "sunset"}
    assert told["sunset"] == "Wed, 01 Jan 2031 00:00:00 GMT"
    assert "extensions" not in second["payload"]
    assert counted[0]["payload"]["data"] == COUNTED["data"]
    assert code_of(text[0]) == "PERSISTED_QUERY_ID_REQUIRED"
    assert foreign == unknown
    assert code_of(foreign[0]) == "PERSISTED_DOCUMENT_NOT_FOUND"


async def test_a_key_that_is_revoked_ends_its_sockets(server: Live, database_url: str) -> None:
    async with open_database(DatabaseOptions(database_url)) as database:
        key = await clients.create_client(database, "web", POLICIES["open"], PERSON)
        await asyncio.sleep(1.5)
        async with server.talk() as talk:
            await talk.start(payload={"authorization": f"Bearer {key}"})
            await talk.subscribe("1", CLOCK)
            await talk.hear()
            await clients.revoke_key(database, "web", "first", PERSON)
            code = await talk.code()

    assert code == 4403


async def test_pings_are_answered_even_before_the_beginning(server: Live) -> None:
    async with server.talk() as talk:
        await talk.say(type="ping", payload={"a": 1})

        assert await talk.hear() == {"type": "pong", "payload": {"a": 1}}


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        ([{"type": "subscribe", "id": "1", "payload": {"query": COUNT}}], 4401),
        ([{"type": "connection_init"}, {"type": "connection_init"}], 4429),
        ([{"type": "connection_init"}, {"type": "nonsense"}], 4400),
        ([{"type": "connection_init"}, {"type": "subscribe", "id": "1", "payload": {}}], 4400),
        ([{"type": "connection_init"}, {"type": "subscribe", "id": "1", "payload": {"query": 1}}], 4400),
        ([{"type": "connection_init"}] + [{"type": "subscribe", "id": "1", "payload": {"query": CLOCK}}] * 2, 4409),
        ([{"type": "connection_init", "payload": {"authorization": "Bearer boxoffice_nobody"}}], 4403),
    ],
)
async def test_what_the_protocol_forbids_closes_the_socket_with_its_code(
    server: Live, messages: list[dict[str, object]], code: int
) -> None:
    async with server.talk() as talk:
        for message in messages:
            await talk.say(**message)

        assert await talk.code() == code


async def test_a_binary_message_closes_the_socket(server: Live) -> None:
    async with server.talk() as talk:
        await talk.start()
        await talk.socket.send(b'{"type":"ping"}')

        assert await talk.code() == 4400


async def test_who_does_not_begin_is_closed(server: Live) -> None:
    async with server.talk() as talk:
        assert await talk.code() == 4408


async def test_an_id_may_be_used_again_once_its_operation_is_over(server: Live) -> None:
    async with server.talk() as talk:
        await talk.start()
        await talk.subscribe("1", CLOCK)
        await talk.hear()
        await talk.say(type="complete", id="1")
        await talk.say(type="complete", id="1")  # and to complete what is over is no fault
        await talk.subscribe("1", COUNT)
        told = await talk.hear()

    assert told["payload"] == COUNTED


async def test_a_socket_has_so_many_operations_and_no_more(database_url: str, redis_url: str) -> None:
    async with live(database_url, redis_url, socket_max_operations=2) as server, server.talk() as talk:
        await talk.start()
        await talk.subscribe("1", CLOCK)
        await talk.subscribe("2", CLOCK)
        await talk.subscribe("3", CLOCK)
        heard = [await talk.hear() for _ in range(3)]
        await talk.say(type="complete", id="1")
        await asyncio.sleep(0.1)
        await talk.subscribe("4", COUNT)
        heard += [await talk.hear()]

    (refused,) = [message for message in heard if message["type"] == "error"]
    assert (refused["id"], code_of(refused)) == ("3", "TOO_MANY_OPERATIONS")
    assert heard[-1]["payload"] == COUNTED


async def test_a_process_that_stops_ends_what_has_one_result_and_says_goodbye(server: Live, database_url: str) -> None:
    keeper = await asyncpg.connect(database_url)
    try:
        async with server.talk() as talk, keeper.transaction():
            await talk.start()
            await talk.subscribe("tick", CLOCK)
            await talk.hear()
            await keeper.execute("LOCK TABLE functions")
            await talk.subscribe("count", COUNT)
            await waiting(database_url, 1)
            server.draining.close()
            server.server.should_exit = True
            await asyncio.sleep(0.3)
            await keeper.execute("ROLLBACK")
            await keeper.execute("BEGIN")
            heard = [await talk.hear(), await talk.hear()]
            code = await talk.code()
    finally:
        await keeper.close()

    assert [message["id"] for message in heard] == ["count", "count"]
    assert heard[0]["payload"] == COUNTED
    assert code == 1001


@pytest.mark.parametrize("how", ["complete", "leave"])
async def test_nobody_waits_for_an_operation_that_nobody_listens_to(server: Live, database_url: str, how: str) -> None:
    keeper = await asyncpg.connect(database_url)
    try:
        async with server.talk() as talk, keeper.transaction():
            await talk.start()
            await keeper.execute("LOCK TABLE functions")
            await talk.subscribe("1", COUNT)
            await waiting(database_url, 1)
            if how == "complete":
                await talk.say(type="complete", id="1")
            else:
                talk.socket.transport.abort()
            await waiting(database_url, 0)
    finally:
        await keeper.close()
