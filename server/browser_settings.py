"""Settings that say whom a request is believed and which pages may send one, a part of `server.settings.Settings`."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field

from server.http.trust import ProxyHeader, networks_of


def _setting(default: Any, group: str, description: str, **limits: Any) -> Any:  # noqa: ANN401 - pydantic's Field
    return Field(default, description=description, json_schema_extra={"group": group}, **limits)


def _networks(texts: list[str]) -> list[str]:
    networks_of(texts)
    return texts


class BrowserSettings(BaseModel):
    """What an operator may set of browsers and proxies."""

    trusted_hosts: list[str] = _setting(
        [],
        "Browsers and proxies",
        "Hosts that requests may be for, as a JSON list; `*.example.org` for all below it. Left out, any; the health "
        "routes answer for any.",
        examples=['["api.example.org"]'],
    )
    trusted_proxies: Annotated[list[str], AfterValidator(_networks)] = _setting(
        [],
        "Browsers and proxies",
        "Proxies that are believed when they say for whom they ask: addresses and networks, as a JSON list.",
        examples=['["10.0.0.0/8", "192.0.2.7"]'],
    )
    trusted_proxy_header: ProxyHeader = _setting(
        ProxyHeader.X_FORWARDED_FOR,
        "Browsers and proxies",
        "The field in which those proxies say it; the other one is not read, since anyone can send it through them.",
    )
    hsts_seconds: int = _setting(
        0,
        "Browsers and proxies",
        "For how long browsers are told to come by TLS only; 0 for not at all.",
        ge=0,
        le=63_072_000,
    )
    cors_origins: list[str] = _setting(
        [],
        "Browsers and proxies",
        "Origins of pages from elsewhere that may use this API from a browser, WebSockets included, as a JSON list; "
        '`["*"]` for all.',
        examples=['["https://tickets.example.org"]'],
    )
    cors_credentials: bool = _setting(
        False,
        "Browsers and proxies",
        "Whether they may send what the browser keeps for this server; this API itself keeps nothing there.",
    )


CONTRADICTIONS = (
    (
        lambda given: given.cors_credentials and "*" in given.cors_origins,
        'CORS_CREDENTIALS is on and CORS_ORIGINS has "*": any page could act as whoever visits it; name the origins',
    ),
)
