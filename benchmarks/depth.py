"""The first page of `events` beside the page after a million rows: over HTTP, and the statement alone."""

from __future__ import annotations

import json
import statistics
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from contest import Contestant, Pace, Standing, ask, measure
from place import Place, Served
from questions import PAGE, graphql

from db.database import Database, DatabaseOptions, open_database
from db.rows import EventRow
from db.statement import Statement
from db.statements.events import EventFilter, EventOrder, EventScope, keyset, listing
from db.statements.paging import PageShape, cursor_values, page_statement
from domain.cursors import CursorKind
from domain.ids import encode_global_id

SIZE = 20
"""Rows of a page, as `questions.PAGE` asks."""

_ORDER = keyset(EventOrder.EVENT_START)
_LIST = listing(EventScope.ALL, EventFilter())


@dataclass(frozen=True, slots=True)
class Alone:
    """The median of a page's statement, in milliseconds, fetched in this process."""

    name: str
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Depth:
    """The first page, the second (which has a cursor, as the deep one), and the deep one, in this order."""

    rows_before: int
    http: list[Standing]
    alone: list[Alone]


class WrongPage(Exception):
    """A page is not where it should be."""


async def depth(where: Place, served: Served, rows_before: int, pace: Pace, tell: Callable[[str], None]) -> Depth:
    """Measure the pages.

    Args:
        where: with more than `rows_before` published events.
        served: a `boxoffice serve`.
        rows_before: how many rows come before the deep page.
        pace: how long to take.
        tell: what is being done.

    Raises:
        WrongPage: the rows on a page are not those that OFFSET would give.
    """
    async with open_database(DatabaseOptions(where.database_url, timeout=120.0)) as database:
        tell(f"counting {rows_before:,} rows by OFFSET, once")
        last_rows, contestants = [], [Contestant("page 1", [served], [graphql(PAGE)])]
        for rows, name in ((SIZE, "page 2"), (rows_before, f"page after {rows_before:,}")):
            before, *expected = await _by_offset(database, rows)
            request = graphql(PAGE, {"after": _cursor(where, before)})
            _check(json.loads(ask(served.port, request)), [row["event_id"] for row in expected], rows)
            last_rows.append(before)
            contestants.append(Contestant(name, [served], [request]))
        sizes = [[len(ask(served.port, request)) for request in each.requests] for each in contestants]
        http = await measure(contestants, sizes, pace, tell)
        tell("the statements alone")
        alone = await _alone(database, last_rows, rounds=pace.rounds * 100)
    return Depth(rows_before, http, [Alone(each.name, value) for each, value in zip(contestants, alone, strict=True)])


def _check(answer: dict[str, Any], expected: list[uuid.UUID], rows_before: int) -> None:
    nodes = answer["data"]["events"]["nodes"]
    if [node["id"] for node in nodes] != [encode_global_id("Event", key) for key in expected]:
        raise WrongPage(f"the page after row {rows_before:,} does not hold the rows that follow it")


async def _by_offset(database: Database, rows_before: int) -> list[Any]:
    """The last row before the deep page, and its rows; OFFSET walks all that come before."""
    async with database.read() as reader:
        return await reader.connection.fetch(
            "SELECT event_start, event_id FROM events WHERE is_published AND deleted_at IS NULL "
            "ORDER BY event_start, event_id OFFSET $1 LIMIT $2",
            rows_before - 1,
            SIZE + 1,
        )


def _cursor(where: Place, row: Any) -> str:  # noqa: ANN401 - a record
    kind = CursorKind.of(where.secret.encode(), _LIST.name, _ORDER.name, {})
    return kind.encode([row["event_start"], row["event_id"]])


async def _alone(database: Database, befores: Sequence[Any], rounds: int) -> list[float]:
    """The first page, and the pages after some rows."""
    following = page_statement(_LIST, PageShape(_ORDER, after=True))
    pages: list[tuple[Statement[EventRow], dict[str, Any]]] = [
        (page_statement(_LIST, PageShape(_ORDER)), {}),
        *((following, cursor_values("after", list(before))) for before in befores),
    ]
    times: list[list[float]] = [[] for _ in pages]
    async with database.read() as reader:
        for _ in range(rounds):
            for (statement, values), taken in zip(pages, times, strict=True):
                started = time.perf_counter()
                rows = await reader.fetch(statement, {**values, "limit": SIZE + 1})
                taken.append(1000 * (time.perf_counter() - started))
                assert len(rows) > SIZE, "there are rows behind the deep page"
    return [statistics.median(each) for each in times]
