"""Whom a request is believed: which host it is for, where it comes from, and what browsers are told in return.

A proxy says for whom it asks, in `X-Forwarded-For` or in `Forwarded` (RFC 7239); so can anyone. Only the proxies that
are named are believed, and of the addresses that they hand on the last one that is none of theirs: everything left of
it was written by whoever asked. Of the two fields only the one is read that those proxies are known to write.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final, TypeAlias

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.http.answer import StatusProfile, refusal
from server.http.negotiate import MediaType
from server.http.refusals import Code, Refused

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

_SECURITY: Final[tuple[tuple[bytes, bytes], ...]] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
"""What browsers are told of every answer, unless the answer says it in its own words."""

_HEALTH: Final = "/health/"
"""Where whoever watches over processes asks by their addresses, not by the name of the service."""

_PAIR = re.compile(r'(?:^|;)[ \t]*([A-Za-z]+)=("(?:[^"\\]|\\.)*+"|[^";,\s]++)')
_MEMBER = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*+"?+)++')


class ProxyHeader(StrEnum):
    """The header field in which trusted proxies say for whom they ask."""

    X_FORWARDED_FOR = "x-forwarded-for"
    FORWARDED = "forwarded"


@dataclass(frozen=True, slots=True)
class Trust:
    """ASGI middleware: refuses foreign hosts, finds the client's address and scheme, adds the security headers.

    Attributes:
        app: What comes next.
        hosts: Names that requests may be for, in lower case; `*.example.org` for all below. Empty for any.
        proxies: Networks of proxies that are believed.
        proxy_header: Where they say for whom they ask.
        hsts_seconds: How long browsers are to come by TLS only (RFC 6797); 0 for nothing of the kind.
    """

    app: ASGIApp
    hosts: frozenset[str] = frozenset()
    proxies: tuple[Network, ...] = ()
    proxy_header: ProxyHeader = ProxyHeader.X_FORWARDED_FOR
    hsts_seconds: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look at the head, pass on."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        if self.proxies:
            self._look_behind_proxies(scope)
        if scope["type"] == "websocket":
            await self._pass_on(scope, receive, send)
            return
        added = _SECURITY
        if self.hsts_seconds and scope["scheme"] == "https":
            added += ((b"strict-transport-security", b"max-age=%d" % self.hsts_seconds),)

        async def send_secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                said = {name.lower() for name, _ in headers}
                headers += [each for each in added if each[0] not in said]
                message = {**message, "headers": headers}
            await send(message)

        await self._pass_on(scope, receive, send_secured)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.hosts and not scope["path"].startswith(_HEALTH) and not self._is_host(scope):
            answer = refusal(_misdirected(), MediaType.JSON, StatusProfile.AUDITED)
            await answer(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _is_host(self, scope: Scope) -> bool:
        given = Headers(scope=scope).getlist("host")
        name = _without_port(given[0]).lower().rstrip(".") if len(given) == 1 else ""
        return name in self.hosts or any(f"*{name[dot:]}" in self.hosts for dot in _dots(name))

    def _look_behind_proxies(self, scope: Scope) -> None:
        peer = scope.get("client")
        if peer is None or not is_within(peer[0], self.proxies):
            return
        headers = Headers(scope=scope)
        if self.proxy_header is ProxyHeader.FORWARDED:
            hops = _forwarded(headers.getlist("forwarded"))
        else:
            hops = [{"for": each.strip()} for line in headers.getlist("x-forwarded-for") for each in line.split(",")]
            protocols = headers.getlist("x-forwarded-proto")
            if protocols and hops:
                hops[-1]["proto"] = protocols[-1].rpartition(",")[2].strip()
        address = peer[0]
        for hop in reversed(hops):
            found = _address(hop.get("for", ""))
            if found is None:
                break  # a name that hides the address, or nonsense: the hop before it is as far as is known
            address = found
            if not is_within(found, self.proxies):
                break
        scope["client"] = (address, 0)
        protocol = hops[-1].get("proto", "").lower() if hops else ""
        if protocol in {"http", "https"} and scope["type"] == "http":
            scope["scheme"] = protocol


@lru_cache(maxsize=4096)
def is_within(address: str, networks: tuple[Network, ...]) -> bool:
    """Whether an address is in one of some networks."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return any((mapped or parsed) in network for network in networks)


def networks_of(texts: Sequence[str]) -> tuple[Network, ...]:
    """Read networks, such as `10.0.0.0/8`, or single addresses.

    Raises:
        ValueError: one is none.
    """
    return tuple(ipaddress.ip_network(each) for each in texts)


def _forwarded(lines: Sequence[str]) -> list[dict[str, str]]:
    """The hops of `Forwarded`, the nearest one last (RFC 7239, section 4)."""
    hops = []
    for member in _MEMBER.findall(",".join(lines)):
        pairs: Mapping[str, str] = {name.lower(): value.strip('"') for name, value in _PAIR.findall(member.strip())}
        hops.append(dict(pairs))
    return hops


def _address(node: str) -> str | None:
    """The address of a node, without its port; None where it has none."""
    text = node.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None


def _without_port(host: str) -> str:
    return host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]


def _dots(name: str) -> list[int]:
    return [place for place, letter in enumerate(name) if letter == "."]


def _misdirected() -> Refused:
    return Refused(421, Code.MISDIRECTED_REQUEST, "This server does not answer for the host that the request is for.")
