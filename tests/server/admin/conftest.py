"""The administrators' pages over the whole application, as a browser's requests meet them."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any, Self

import httpx
import pytest

from auth.issuing import issue_token
from server.app import open_app
from server.settings import Settings, load_settings
from server.token_settings import token_rules, token_secret
from tests.plugins.graph import Graph

ORIGIN = "http://localhost"
OWN = {"sec-fetch-site": "same-origin", "origin": ORIGIN}
PROOF = "csrftoken"


class Form(HTMLParser):
    """What a browser would send of a page's form, as it was loaded."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.alerts: list[str] = []
        self._area: str | None = None
        self._select: str | None = None
        self._depth = 0

    @classmethod
    def of(cls, page: httpx.Response) -> Self:
        form = cls()
        form.feed(page.text)
        return form

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        name = said.get("name") or ""
        if tag == "input" and name and (said.get("type") != "checkbox" or "checked" in said):
            self.values[name] = said.get("value") or ("on" if said.get("type") == "checkbox" else "")
        elif tag == "textarea":
            self._area, self.values[name] = name, ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in said:
            self.values[self._select] = said.get("value") or ""
        if said.get("role") == "alert" or "invalid-feedback" in (said.get("class") or ""):
            self.alerts.append("")
            self._depth = 1
        elif self._depth and tag != "i":
            self._depth += 1

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = None
        if self._depth and tag != "i":
            self._depth -= 1

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self.values[self._area] += data.strip()
        if self._depth:
            self.alerts[-1] += data

    @property
    def told(self) -> str:
        return " ".join(" ".join(self.alerts).split())


@dataclass(frozen=True, slots=True)
class Office:
    """A server with the pages, and an administrator's browser before it."""

    http: httpx.AsyncClient
    graph: Graph
    settings: Settings

    def token(self, subject: str = "root", *, role: str | None = "admin", minutes: float = 30) -> str:
        secret, claims = token_secret(self.settings), {} if role is None else {"role": role}
        assert secret is not None
        rules = token_rules(self.settings)
        return issue_token(secret, rules, subject, now=time.time(), lifetime=minutes * 60, claims=claims)

    async def log_in(self, token: str | None = None, next_page: str | None = None) -> httpx.Response:
        query = {} if next_page is None else {"next": next_page}
        return await self.http.post("/admin/login", params=query, data={"token": token or self.token()}, headers=OWN)

    async def page(self, path: str, **query: Any) -> httpx.Response:
        answer = await self.http.get(f"/admin/{path}", params=query)
        assert answer.status_code == 200, (answer.status_code, answer.headers.get("location"), answer.text[:500])
        return answer

    async def edit(self, key: str, pk: str, **changes: str | None) -> httpx.Response:
        """Load a form, change some of it (None takes a tick away), and send it."""
        values = Form.of(await self.page(f"{key}/edit", pk=pk)).values
        values = {name: value for name, value in {**values, **changes}.items() if value is not None}
        return await self.http.post(f"/admin/{key}/edit", params={"pk": pk}, data=values, headers=OWN)

    async def make(self, key: str, *, of: dict[str, str] | None = None, **values: str | None) -> httpx.Response:
        """Load the form for a new one, fill it in, and send it."""
        typed = {**Form.of(await self.page(f"{key}/create", **(of or {}))).values, **values}
        return await self.send_new(key, {name: value for name, value in typed.items() if value is not None})

    async def send_new(self, key: str, values: dict[str, str]) -> httpx.Response:
        return await self.http.post(f"/admin/{key}/create", data=values, headers=OWN)

    async def act(self, key: str, name: str, pk: str, **form: str) -> httpx.Response:
        """What the script of a page sends for an action."""
        proof = Form.of(await self.page(f"{key}/detail", pk=pk)).values[PROOF]
        query = {"name": name, "pk": pk}
        headers = {**OWN, "x-csrftoken": proof}
        return await self.http.post(f"/admin/_api/{key}/row-action", params=query, data=form, headers=headers)

    async def audit(self) -> list[tuple[str, str, str]]:
        """What the audit log has: what was done, by whom, why."""
        async with self.graph.owner.write() as connection:
            rows = await connection.exec_driver_sql("SELECT action, actor, reason FROM audit_log ORDER BY entry_id")
            return [tuple(row) for row in rows]


@asynccontextmanager
async def opened(graph: Graph, database_url: str, redis_url: str, **given: Any) -> AsyncIterator[Office]:
    """A server with the pages, under some settings."""
    reached = {"database_url": database_url, "redis_url": redis_url, "secret_key": "k" * 32}
    patient = {"redis_timeout_seconds": 10}  # on a busy machine, too, it is known whether a session was revoked
    settings = load_settings(**reached, **patient, admin_page=True, admin_login_limit="8/day", **given)
    async with (
        open_app(settings) as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN) as http,
    ):
        yield Office(http, graph, settings)


@pytest.fixture
async def office(graph: Graph, database_url: str, redis_url: str) -> AsyncIterator[Office]:
    await graph.flush()
    async with opened(graph, database_url, redis_url) as office:
        yield office


@pytest.fixture
async def admin(office: Office) -> Office:
    """The same, once somebody has logged in."""
    assert (await office.log_in()).status_code == 303
    return office
