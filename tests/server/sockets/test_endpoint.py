"""Who is let in, and who is refused by an answer to the handshake."""

import asyncio
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from tests.plugins.live import Live, live


async def refused(server: Live, **options: Any) -> tuple[int, str]:
    with pytest.raises(InvalidStatus) as refusal:
        async with server.talk(**options):
            pass
    response = refusal.value.response
    assert "x-request-id" in response.headers
    return response.status_code, response.body.decode()


async def test_programs_the_servers_own_pages_and_those_of_the_setting_are_let_in(
    database_url: str, redis_url: str
) -> None:
    shop = "https://tickets.example.org"
    async with live(database_url, redis_url, cors_origins=[shop]) as server:
        for origin in (None, f"http://{server.host}", f"https://{server.host}", shop):
            async with server.talk(origin=origin) as talk:
                await talk.start()

                assert talk.socket.subprotocol == "graphql-transport-ws"


async def test_all_pages_are_where_the_setting_says_so(database_url: str, redis_url: str) -> None:
    async with live(database_url, redis_url, cors_origins=["*"]) as server:
        for origin in ("https://tickets.example.org", "null"):
            async with server.talk(origin=origin) as talk:
                await talk.start()


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "http://{host}.evil.example", "http://evil.example/{host}", "http://[", ""],
)
async def test_pages_of_other_origins_are_refused(server: Live, origin: str) -> None:
    status, body = await refused(server, origin=origin.format(host=server.host))

    assert status == 403
    assert "ORIGIN_NOT_ALLOWED" in body


@pytest.mark.parametrize("offered", [None, ["graphql-ws"]])
async def test_another_protocol_is_refused(server: Live, offered: list[str] | None) -> None:
    """`graphql-ws` is the name of the older protocol, of `subscriptions-transport-ws`."""
    status, body = await refused(server, subprotocols=offered)

    assert status == 400
    assert "graphql-transport-ws" in body


async def test_a_process_has_so_many_places(database_url: str, redis_url: str) -> None:
    async with live(database_url, redis_url, max_streams=1) as server:
        async with server.talk() as talk:
            await talk.start()
            status, body = await refused(server)
        await asyncio.sleep(0.1)
        async with server.talk() as talk:
            await talk.start()

    assert status == 503
    assert "TOO_MANY_CONNECTIONS" in body


async def test_no_socket_is_let_in_while_the_process_stops(server: Live) -> None:
    server.draining.close()

    status, _ = await refused(server)

    assert status == 503


@pytest.mark.parametrize("bearer", ["header", "payload"])
async def test_a_credential_may_stand_in_the_head_or_in_the_first_message(server: Live, bearer: str) -> None:
    credential = {"Authorization": "Bearer boxoffice_nobodys"}
    options = {"additional_headers": credential} if bearer == "header" else {}
    init = {"payload": credential} if bearer == "payload" else {}
    async with server.talk(**options) as talk:
        await talk.say(type="connection_init", **init)

        assert await talk.code() == 4403
