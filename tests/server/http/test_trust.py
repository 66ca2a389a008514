"""Whom a request is believed: its host, its address, its scheme."""

import ipaddress
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from server.http.trust import ProxyHeader, Trust, networks_of

PEER = "10.0.0.1"
PROXIES = networks_of(["10.0.0.0/8", "2001:db8::/32"])


async def show(request: Request) -> Response:
    assert request.client is not None
    return JSONResponse({"address": request.client.host, "scheme": request.url.scheme})


async def frame(_request: Request) -> Response:
    return Response(headers={"X-Frame-Options": "SAMEORIGIN"})


def client(peer: str = PEER, **options: Any) -> httpx.AsyncClient:
    routes = [Route("/", show), Route("/health/live", show), Route("/frame", frame)]
    transport = httpx.ASGITransport(Trust(Starlette(routes=routes), **options), client=(peer, 4711))
    return httpx.AsyncClient(transport=transport, base_url="http://api.example.org")


async def seen(headers: dict[str, str] | list[tuple[str, str]], peer: str = PEER, **options: Any) -> tuple[str, str]:
    async with client(peer, **{"proxies": PROXIES, **options}) as asking:
        told = (await asking.get("/", headers=headers)).json()
    return told["address"], told["scheme"]


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("192.0.2.66, 192.0.2.7", "192.0.2.7"),
        ("192.0.2.66, 192.0.2.7, 10.9.9.9", "192.0.2.7"),
        ("10.1.1.1, 10.2.2.2", "10.1.1.1"),
        ("2001:db9::1, 2001:db8::5", "2001:db9::1"),
        ("192.0.2.7:8080", "192.0.2.7"),
        ("[2001:db9::1]:8080", "2001:db9::1"),
        ("192.0.2.66, unknown", PEER),
        ("192.0.2.66, nonsense, 10.2.2.2", "10.2.2.2"),
        ("", PEER),
    ],
)
async def test_the_client_is_the_last_address_that_is_no_trusted_proxy_s(forwarded: str, address: str) -> None:
    assert (await seen({"x-forwarded-for": forwarded}))[0] == address


async def test_several_lines_are_one_list() -> None:
    lines = [("x-forwarded-for", "192.0.2.66"), ("x-forwarded-for", "192.0.2.7, 10.2.2.2")]

    assert (await seen(lines))[0] == "192.0.2.7"


async def test_nobody_else_is_believed() -> None:
    told = {"x-forwarded-for": "192.0.2.7", "forwarded": "for=192.0.2.7", "x-forwarded-proto": "https"}

    assert await seen(told, peer="198.51.100.9") == ("198.51.100.9", "http")
    assert await seen(told, proxies=()) == (PEER, "http")


async def test_an_address_of_ipv4_within_ipv6_is_the_same_proxy() -> None:
    assert (await seen({"x-forwarded-for": "192.0.2.7"}, peer="::ffff:10.0.0.1"))[0] == "192.0.2.7"


async def test_only_the_field_is_read_that_the_proxies_write() -> None:
    told = {"x-forwarded-for": "192.0.2.7", "forwarded": 'for="[2001:db9::1]:80";proto=https, for=10.2.2.2;proto=http'}

    assert (await seen(told))[0] == "192.0.2.7"
    assert await seen(told, proxy_header=ProxyHeader.FORWARDED) == ("2001:db9::1", "http")


@pytest.mark.parametrize(("protocol", "scheme"), [("https", "https"), ("http, HTTPS", "https"), ("ftp", "http")])
async def test_the_scheme_is_what_the_nearest_proxy_says(protocol: str, scheme: str) -> None:
    assert (await seen({"x-forwarded-for": "192.0.2.7", "x-forwarded-proto": protocol}))[1] == scheme


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("api.example.org", 200),
        ("API.example.org:8000", 200),
        ("api.example.org.", 200),
        ("eu.shop.example.org", 200),
        ("shop.example.org", 421),
        ("example.org", 421),
        ("api.example.org.evil.test", 421),
        ("[::1]:8000", 200),
        ("[::2]", 421),
        ("", 421),
    ],
)
async def test_only_named_hosts_are_answered_for(host: str, status: int) -> None:
    async with client(hosts=frozenset({"api.example.org", "*.shop.example.org", "[::1]"})) as asking:
        answer = await asking.get("/", headers={"host": host})
        health = await asking.get("/health/live", headers={"host": host})

    assert answer.status_code == status
    assert health.status_code == 200
    if status == 421:
        assert answer.json()["errors"][0]["extensions"]["code"] == "MISDIRECTED_REQUEST"


async def test_browsers_are_told_to_be_careful_unless_the_answer_says_it_in_its_own_words() -> None:
    async with client() as asking:
        plain, own = [await asking.get(path) for path in ("/", "/frame")]

    assert plain.headers["x-content-type-options"] == "nosniff"
    assert plain.headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in plain.headers["content-security-policy"]
    assert "strict-transport-security" not in plain.headers
    assert own.headers.get_list("x-frame-options") == ["SAMEORIGIN"]


async def test_browsers_are_told_of_tls_only_over_tls() -> None:
    async with client(hsts_seconds=60, proxies=PROXIES) as asking:
        plain = await asking.get("/")
        secure = await asking.get("/", headers={"x-forwarded-for": "192.0.2.7", "x-forwarded-proto": "https"})

    assert "strict-transport-security" not in plain.headers
    assert secure.headers["strict-transport-security"] == "max-age=60"


def test_what_is_no_network_is_refused() -> None:
    assert networks_of(["192.0.2.7"]) == (ipaddress.ip_network("192.0.2.7/32"),)
    with pytest.raises(ValueError, match=r"10\.0\.0\.1/8"):
        networks_of(["10.0.0.1/8"])
