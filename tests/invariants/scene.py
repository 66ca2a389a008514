"""Where a campaign takes place: all that sells, as processes that may be killed, and the hand that kills them."""

from __future__ import annotations

import asyncio
import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from auth.issuing import issue_token
from auth.viewer import OrgRole
from db.database import Database, DatabaseOptions, open_database
from domain.ids import encode_global_id
from server.settings import load_settings
from server.token_settings import token_rules, token_secret
from tests.invariants.buyers import COMPLETE, CREATE, Crowd
from tests.invariants.fleet import Member, server, settings_of, worker
from tests.invariants.neighbours import Neighbour, neighbours
from tests.invariants.truths import unsettled
from tests.plugins.graph import Graph, documents

SECRET = "k" * 32
SETTLING_SECONDS = 120.0

HOLDS_END = """
    UPDATE registrations SET hold_expires_at = now() WHERE registration_id IN (
        SELECT registration_id FROM registrations
        WHERE state IN ('HELD', 'AWAITING_PAYMENT')
            AND created_at < now() - interval '1 second' AND hold_expires_at > now()
        ORDER BY random() LIMIT 3
    )
"""
"""A quarter of an hour passes for some."""

DAYS_PASS = (
    "UPDATE registrations SET hold_expires_at = now() WHERE state IN ('HELD', 'AWAITING_PAYMENT')",
    "UPDATE trial_events SET due_at = now()",
    "UPDATE payments SET next_check_at = now() WHERE closed_at IS NULL",
    "UPDATE refunds SET next_attempt_at = now() WHERE state = 'PENDING'",
    "UPDATE outbox SET next_attempt_at = now() WHERE delivered_at IS NULL",
    "UPDATE periodic_jobs SET due_at = now(), running_until = NULL",
)
"""Long enough for all that waits: leases of those who were killed, holds, late webhooks, the next question."""


@dataclass(slots=True)
class Scene:
    """Servers, a worker, PostgreSQL and Valkey; what is sold, and who buys.

    Attributes:
        owner: of the tables, who looks at what came of it.
        last: the ticket by which everything that is left can be had for nothing.
        hot: how many places the pool has that everybody wants.
        killed: how often which was killed.
    """

    folder: Path
    owner: Database
    database: Neighbour
    cache: Neighbour
    servers: Sequence[Member]
    worker: Member
    crowd: Crowd
    last: str
    hot: int
    draw: random.Random
    killed: Counter[str] = field(default_factory=Counter)

    @property
    def mail(self) -> Path:
        return self.folder / "mail"

    async def sell(self, buyers: int, at_once: int, kills: Sequence[str]) -> float:
        """Let so many buyers come, and kill one after the other while they buy; how many seconds it took."""
        begun = time.perf_counter()
        passing = asyncio.create_task(self._time_passes())
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._disturb(kills, buyers))
                await self.crowd.come(range(buyers), at_once)
                taken = time.perf_counter() - begun
        finally:
            passing.cancel()
            await asyncio.gather(passing, return_exceptions=True)
        return taken

    async def _disturb(self, kills: Sequence[str], buyers: int) -> None:
        """Kill when so many have been served, so that there are buyers before and after each time."""
        for number, kind in enumerate(kills, 1):
            while self.crowd.served < buyers * number // (len(kills) + 1):  # noqa: ASYNC110 - a counter
                await asyncio.sleep(0.02)
            await self._kill(kind)
            self.killed[kind] += 1

    async def _kill(self, kind: str) -> None:
        pause = self.draw.random() * 0.5
        match kind:
            case "a server" | "the worker":
                member = self.worker if kind == "the worker" else self.draw.choice(self.servers)
                member.kill()
                await asyncio.sleep(pause)
                member.start()
                await (member.works() if member.base is None else member.answers())
            case "PostgreSQL" | "Redis":
                neighbour = self.database if kind == "PostgreSQL" else self.cache
                await asyncio.to_thread(neighbour.kill)
                await asyncio.sleep(pause)
                await neighbour.start()
            case "a backend":
                await asyncio.to_thread(self.database.kill_one)

    async def _time_passes(self) -> None:
        while True:
            await asyncio.sleep(0.3)
            try:
                await self.write(HOLDS_END)
            except (SQLAlchemyError, OSError, TimeoutError):
                continue  # the database was killed

    async def write(self, *statements: str) -> None:
        for statement in statements:
            async with self.owner.write() as connection:
                await connection.execute(text(statement))

    async def settle(self) -> None:
        """Let days pass, until nothing is under way."""
        for member in self.servers:
            await member.answers()
        left: object = None
        deadline = time.monotonic() + SETTLING_SECONDS
        while time.monotonic() < deadline:
            await self.write(*DAYS_PASS)
            await asyncio.sleep(1)
            left = await unsettled(self.owner)
            if not left:
                return
        raise AssertionError(f"it does not come to rest: {left}")

    async def buy_the_rest(self) -> int:
        """Take what is left, one place at a time; how many there were."""
        for number in range(self.hot + 1):
            given = {"lines": [{"itemId": self.last, "quantity": 1}], "email": f"late-{number}@example.org"}
            made = await self._ask(CREATE, {"input": given}, f"late-{number}")
            if made["registration"] is None:
                assert [each["code"] for each in made["userErrors"]] == ["SOLD_OUT"]
                return number
            done = await self._ask(
                COMPLETE, {"id": made["registration"]["id"]}, f"late-{number}-done", made["guestToken"]
            )
            assert not done["userErrors"]
        raise AssertionError("more was sold than there is")

    async def _ask(self, document: str, variables: Mapping[str, object], key: str, token: str | None = None) -> Any:
        return await self.crowd.perform(document, variables, key=key, token=token, draw=self.draw)


@asynccontextmanager
async def scene(servers: int, places: int, seed: int) -> AsyncIterator[Scene]:
    """Start everything, with so many places to be had; all of it ends with the block."""
    folder = await asyncio.to_thread(_folder)
    try:
        async with AsyncExitStack() as stack:
            database, cache = await stack.enter_async_context(neighbours(folder))
            settings = settings_of(database.url, cache.url, SECRET, folder)
            owner = await stack.enter_async_context(open_database(DatabaseOptions(database.url, pool_size=3)))
            graph = Graph(owner, owner, documents(), [])
            items, last = await _shop(graph, places)
            clerk = await _clerk(graph)
            serving = [server(number, settings, folder) for number in range(servers)]
            working = worker(settings, folder)
            for member in (*serving, working):
                stack.callback(member.stop)
                member.start()
            for member in serving:
                await member.answers()
            limits = httpx.Limits(max_connections=200)
            http = await stack.enter_async_context(httpx.AsyncClient(timeout=20, limits=limits, trust_env=False))
            bases = [member.base for member in serving if member.base is not None]
            crowd = Crowd(bases, items, clerk, seed, http)
            try:
                yield Scene(folder, owner, database, cache, serving, working, crowd, last, places, random.Random(seed))
            except BaseException as error:
                for member in (*serving, working):
                    error.add_note(f"{member.log.name}: {member.said()}")
                raise
    finally:
        for path in (folder / "postgres", folder / "valkey", folder):
            await asyncio.to_thread(shutil.rmtree, path.resolve(), ignore_errors=True)


def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="boxoffice-invariants-"))
    folder.chmod(0o711)  # as root, PostgreSQL runs as another user and must get through
    return folder


async def _shop(graph: Graph, places: int) -> tuple[list[str], str]:
    """Tickets over a hot pool and a shared one, packages of them, and the ticket for what is left."""
    function = graph.function()
    hot, shared = graph.pool(places), graph.pool(places + places // 2)
    pools = ([hot], [hot, shared], [shared], [hot])
    tickets = [
        graph.ticket(graph.event(function), each, price_amount=price)
        for each, price in zip(pools, (12_50, 20_00, 7_00, 0), strict=True)
    ]
    packages = [
        graph.package(function, tickets[:2], price_amount=30_00),
        graph.package(function, {tickets[2]: 1, tickets[0]: 2}, price_amount=25_00),
        graph.package(function, {tickets[3]: 1, tickets[2]: 1}, price_amount=0),
    ]
    await graph.flush()
    sold = [encode_global_id("Ticket", key) for key in tickets] + [encode_global_id("Package", key) for key in packages]
    return sold, encode_global_id("Ticket", tickets[3])


async def _clerk(graph: Graph) -> str:
    """A token of somebody who gives the seller's money back."""
    graph.member(graph.home, graph.customer(subject="clerk"), OrgRole.FINANCE)
    await graph.flush()
    settings = load_settings(secret_key=SECRET)
    secret = token_secret(settings)
    assert secret is not None
    return issue_token(secret, token_rules(settings), "clerk", now=time.time(), lifetime=3600)
