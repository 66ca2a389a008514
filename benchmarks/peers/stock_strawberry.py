"""Strawberry as one writes it: ORM objects, a dataloader for each edge and request, strawberry.asgi on uvicorn.

The statements are the best that the ORM has for a page of each parent (LATERAL), the pool has as many connections as
Boxoffice's, uvicorn runs on uvloop and httptools, and nothing is logged. Serves the database that DATABASE_URL names on
a free port of the loopback, which is printed first.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import socket
import sys
import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import strawberry
import uvicorn
from aiodataloader import DataLoader
from sqlalchemy import ColumnElement, Select, Uuid, bindparam, column, func, select, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import aliased
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL

from db import models
from db.urls import SQLALCHEMY_DRIVER, asyncpg_dsn
from domain.money import Money as Amount

Sessions = async_sessionmaker[AsyncSession]
Row = TypeVar("Row", models.Event, models.Ticket)

_PARENTS = bindparam("parents", type_=ARRAY(Uuid()))
_FIRST = bindparam("first", type_=models.Event.version.type)


def _first_of_each(
    model: type[Row], parent: ColumnElement[Any], visible: Sequence[ColumnElement[bool]], order: Sequence[Any]
) -> Select[Row]:
    """The first rows of each parent."""
    parents = func.unnest(_PARENTS).table_valued(column("parent", Uuid())).render_derived()
    page = select(model).where(parent == parents.c.parent, *visible).order_by(*order).limit(_FIRST).lateral()
    return select(aliased(model, page)).select_from(parents).join(page, true())


_FUNCTIONS = (
    select(models.Function)
    .where(models.Function.is_active, models.Function.deleted_at.is_(None))
    .order_by(models.Function.sort_date, models.Function.function_id)
)
_EVENTS = _first_of_each(
    models.Event,
    cast("ColumnElement[Any]", models.Event.function_id),
    [cast("ColumnElement[bool]", models.Event.is_published), models.Event.deleted_at.is_(None)],
    [models.Event.event_start, models.Event.event_id],
)
_TICKETS = _first_of_each(
    models.Ticket,
    cast("ColumnElement[Any]", models.Ticket.event_id),
    [cast("ColumnElement[bool]", models.Ticket.is_active), models.Ticket.deleted_at.is_(None)],
    [models.Ticket.position, models.Ticket.ticket_id],
)

Pages = DataLoader[uuid.UUID, list[Any]]


@dataclass(slots=True)
class Loaders:
    """The loaders of one request; a page of another size is loaded by itself."""

    sessions: Sessions
    _events: dict[int, Pages] = field(default_factory=dict)
    _tickets: dict[int, Pages] = field(default_factory=dict)

    def events(self, first: int) -> Pages:
        """The first events of functions."""
        if first not in self._events:
            self._events[first] = self._pages(_EVENTS, lambda row: row.function_id, first)
        return self._events[first]

    def tickets(self, first: int) -> Pages:
        """The first tickets of events."""
        if first not in self._tickets:
            self._tickets[first] = self._pages(_TICKETS, lambda row: row.event_id, first)
        return self._tickets[first]

    def _pages(self, statement: Select[Any], parent_of: Callable[[Any], Any], first: int) -> Pages:
        async def load(parents: list[uuid.UUID]) -> list[list[Any]]:
            async with self.sessions() as session:
                rows = await session.scalars(statement, {"parents": parents, "first": first})
            pages: dict[uuid.UUID, list[Any]] = defaultdict(list)
            for row in rows:
                pages[parent_of(row)].append(row)
            return [pages[parent] for parent in parents]

        return DataLoader(load)


Info = strawberry.Info[Loaders, None]


@strawberry.type
class Money:
    """A price."""

    amount: str
    currency: str


@strawberry.type
class Ticket:
    """What an event sells."""

    id: strawberry.ID
    name: str
    price: Money

    @classmethod
    def of(cls, row: models.Ticket) -> Ticket:
        """The type of a row."""
        price = Amount(row.price_amount, row.price_currency)
        return cls(id=_id(row.ticket_id), name=row.name, price=Money(amount=str(price.amount), currency=price.currency))


@strawberry.type
class TicketConnection:
    """A page."""

    nodes: list[Ticket]


@strawberry.type
class Event:
    """Something that takes place."""

    key: strawberry.Private[uuid.UUID]
    id: strawberry.ID
    title: str
    event_start: dt.datetime

    @classmethod
    def of(cls, row: models.Event) -> Event:
        """The type of a row."""
        return cls(key=row.event_id, id=_id(row.event_id), title=row.title, event_start=row.event_start)

    @strawberry.field
    async def tickets(self, info: Info, first: int) -> TicketConnection:
        """What it sells."""
        rows = await info.context.tickets(first).load(self.key)
        return TicketConnection(nodes=[Ticket.of(row) for row in rows])


@strawberry.type
class EventConnection:
    """A page."""

    nodes: list[Event]


@strawberry.type
class Function:
    """What groups events."""

    key: strawberry.Private[uuid.UUID]
    id: strawberry.ID
    name: str
    slug: str
    description: str | None
    start_date: dt.date | None
    end_date: dt.date | None
    timezone: str
    location: str | None

    @classmethod
    def of(cls, row: models.Function) -> Function:
        """The type of a row."""
        return cls(
            key=row.function_id,
            id=_id(row.function_id),
            name=row.name,
            slug=row.slug,
            description=row.description,
            start_date=row.start_date,
            end_date=row.end_date,
            timezone=row.timezone,
            location=row.location,
        )

    @strawberry.field
    async def events(self, info: Info, first: int) -> EventConnection:
        """What takes place."""
        rows = await info.context.events(first).load(self.key)
        return EventConnection(nodes=[Event.of(row) for row in rows])


@strawberry.type
class FunctionConnection:
    """A page."""

    nodes: list[Function]


@strawberry.type
class Query:
    """What can be asked."""

    @strawberry.field
    async def functions(self, info: Info, first: int) -> FunctionConnection:
        """The first functions by date."""
        async with info.context.sessions() as session:
            rows = await session.scalars(_FUNCTIONS.limit(first))
        return FunctionConnection(nodes=[Function.of(row) for row in rows])

    @strawberry.field
    async def function(self, info: Info, slug: str) -> Function | None:
        """One function."""
        async with info.context.sessions() as session:
            row = await session.scalar(_FUNCTIONS.where(models.Function.slug == slug))
        return None if row is None else Function.of(row)


def _id(key: uuid.UUID) -> strawberry.ID:
    return strawberry.ID(str(key))


class View(GraphQL[Loaders, None]):
    """Gives each request loaders of its own."""

    def __init__(self, schema: strawberry.Schema, sessions: Sessions) -> None:
        super().__init__(schema, graphql_ide=None)
        self._sessions = sessions

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Loaders:  # noqa: ARG002 - Strawberry's signature
        """New loaders."""
        return Loaders(self._sessions)


async def serve(database_url: str, listener: socket.socket) -> None:
    """Serve until a signal."""
    engine = create_async_engine(
        SQLALCHEMY_DRIVER,
        pool_size=10,
        max_overflow=0,
        connect_args={"dsn": asyncpg_dsn(database_url), "server_settings": {"jit": "off"}},
    )
    config = uvicorn.Config(
        cast("Any", View(strawberry.Schema(Query), async_sessionmaker(engine, expire_on_commit=False))),
        http="httptools",
        lifespan="off",
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=5,
    )
    try:
        await uvicorn.Server(config).serve(sockets=[listener])
    finally:
        await engine.dispose()


def main() -> None:
    """Listen on a free port, say which, and serve."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        sys.stdout.write(f"http://127.0.0.1:{listener.getsockname()[1]}/\n")
        sys.stdout.flush()
        with asyncio.Runner(loop_factory=_event_loop) as runner:
            runner.run(serve(os.environ["DATABASE_URL"], listener))


def _event_loop() -> asyncio.AbstractEventLoop:
    import uvloop  # noqa: PLC0415 - uvicorn's own choice where it is installed

    return uvloop.new_event_loop()


if __name__ == "__main__":
    main()
