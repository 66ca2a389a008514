"""Whoever asks too often is refused, whatever name they ask under and whichever way they come."""

import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from socket import create_connection
from uuid import uuid4

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tests.security.site import GRAPHQL, Site
from tests.security.test_sockets import greet, hear, say, socket
from tests.security.test_tokens import token

PROTOCOL = "graphql-transport-ws"
HELLO = "{ __typename }"
DEAR = "{ functions(first: 39) { nodes { id } } }"
BUCKET = 40


def exhaust(site: Site, **headers: str) -> int:
    """Ask until there is nothing left; how often that was."""
    for number in range(3 * BUCKET):
        if site.ask(HELLO, **headers).status_code == 429:
            return number
    raise AssertionError("nobody was refused")


def address() -> str:
    return ".".join(str(random.Random(uuid4().int).randrange(1, 255)) for _ in range(4))


def test_a_bucket_is_soon_empty_and_says_when_it_is_not(strict_site: Site) -> None:
    exhaust(strict_site)
    refused = strict_site.ask(DEAR)

    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= BUCKET + 1
    assert refused.json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED"


@pytest.mark.parametrize(
    "name",
    [
        "X-Forwarded-For",
        "X-Real-IP",
        "Forwarded",
        "True-Client-IP",
        "CF-Connecting-IP",
        "X-Client-IP",
        "Via",
        "Client-IP",
    ],
)
def test_an_address_that_is_made_up_is_no_new_one(strict_site: Site, name: str) -> None:
    exhaust(strict_site)
    value = f"for={address()}" if name == "Forwarded" else address()

    assert strict_site.ask(DEAR, **{name: value}).status_code == 429


def test_one_address_does_not_take_every_place(strict_site: Site) -> None:
    with ExitStack() as stack:
        for _ in range(5):
            stack.enter_context(socket(strict_site))
        with pytest.raises(InvalidStatus) as refused:
            stack.enter_context(socket(strict_site))
        server = ("127.0.0.1", strict_site.server.port)
        elsewhere = create_connection(server, timeout=20, source_address=("127.0.0.2", 0))
        greet(stack.enter_context(socket(strict_site, sock=elsewhere)))

    assert refused.value.response.status_code == 429


@pytest.mark.parametrize(
    "headers", [{"User-Agent": "x"}, {"Cookie": "a=b"}, {"X-Request-ID": "12345678"}, {"Origin": "null"}]
)
def test_nor_is_another_program(strict_site: Site, headers: dict[str, str]) -> None:
    exhaust(strict_site)

    assert strict_site.ask(DEAR, **headers).status_code == 429


def test_all_ways_lead_to_the_same_bucket(strict_site: Site) -> None:
    exhaust(strict_site)
    by_get = strict_site.http.get("/graphql", params={"query": DEAR}, headers={"Accept": GRAPHQL})
    with socket(strict_site) as opened:
        greet(opened)
        say(opened, type="subscribe", id="1", payload={"query": DEAR})
        by_socket = hear(opened)

    assert by_get.status_code == 429
    assert by_socket["type"] == "error"
    assert by_socket["payload"][0]["extensions"]["code"] == "RATE_LIMITED"


def test_one_person_has_one_bucket_whichever_token_they_show(strict_site: Site) -> None:
    who = uuid4().hex
    exhaust(strict_site, Authorization=f"Bearer {token(sub=who, role='authenticated', jti='a')}")
    other = token(sub=who, role="authenticated", jti="b")

    assert strict_site.ask(DEAR, Authorization=f"Bearer {other}").status_code == 429
    assert strict_site.ask(DEAR, Authorization=f"Bearer {token(sub=uuid4().hex)}").status_code == 200


def test_of_many_at_once_no_more_are_let_in(strict_site: Site) -> None:
    bearer = f"Bearer {token(sub=uuid4().hex, role='authenticated')}"

    def ask(_: int) -> int:
        return strict_site.ask(HELLO, Authorization=bearer).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(ask, range(2 * BUCKET)))

    # What comes back in the second or two that this takes may be spent too.
    assert BUCKET <= statuses.count(200) <= BUCKET + 15
    assert set(statuses) == {200, 429}


@pytest.mark.parametrize("path", ["/webhooks/shop", "/webhooks/cron/guess", "/operations/releases"])
def test_guesses_at_secrets_are_few(strict_site: Site, path: str) -> None:
    statuses = [
        strict_site.http.post(
            path, json={}, headers={"X-Forwarded-For": address(), "webhook-id": "x", "X-API-Key": f"boxoffice_{each}"}
        ).status_code
        for each in range(40)
    ]

    assert statuses[-1] == 429
    assert statuses.count(429) >= 10
    assert max(statuses) < 500


class TestHosts:
    @pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "127.0.0.1, evil.example", "[::1]"])
    def test_a_request_for_another_host_is_refused(self, strict_site: Site, host: str) -> None:
        answer = strict_site.ask(HELLO, Host=host)

        assert answer.status_code in {400, 421}

    def test_so_is_a_socket(self, strict_site: Site) -> None:
        port = strict_site.server.port
        with (
            create_connection(("127.0.0.1", port), timeout=20) as here,
            pytest.raises(InvalidStatus) as refused,
            connect(f"ws://evil.example:{port}/graphql", subprotocols=[Subprotocol(PROTOCOL)], sock=here),
        ):
            pass

        assert refused.value.response.status_code == 421

    def test_the_health_of_a_process_is_told_for_any(self, strict_site: Site) -> None:
        assert strict_site.http.get("/health/live", headers={"Host": "evil.example"}).status_code in {200, 429}

    def test_what_a_header_names_instead_does_not_count(self, strict_site: Site) -> None:
        answer = strict_site.ask(HELLO, **{"Host": "evil.example", "X-Forwarded-Host": "127.0.0.1"})

        assert answer.status_code == 421
