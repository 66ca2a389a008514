"""Whoever pages through a long list meets each of its rows exactly once, whatever else comes and goes meanwhile."""

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from tests.plugins.graph import Graph

EVENTS = 100_000
BATCHES = itertools.count()

# A hundred events start at the same time, and as many have the same title.
MANY = """
  INSERT INTO events (event_id, organisation_id, title, slug, timezone, event_start, is_published)
  SELECT gen_random_uuid(), organisation_id, 'Event ' || n * 7 % 997, :name || '-' || n, 'UTC',
    timestamptz '2027-01-01Z' + n * 7 % 1009 * interval '1 hour', true
  FROM generate_series(CAST(:first AS integer), :last) n, organisations
"""
OTHERS = "DELETE FROM events WHERE slug LIKE :name || '-%'"

FORWARD = """
  query ($cursor: String, $orderBy: EventOrder) {
    page: events(first: 100, after: $cursor, orderBy: $orderBy) {
      nodes { slug } pageInfo { more: hasNextPage cursor: endCursor }
    }
  }
"""
BACKWARD = """
  query ($cursor: String, $orderBy: EventOrder) {
    page: events(last: 100, before: $cursor, orderBy: $orderBy) {
      nodes { slug } pageInfo { more: hasPreviousPage cursor: startCursor }
    }
  }
"""


async def slugs(graph: Graph, document: str, order: str, direction: str) -> Counter[str]:
    """How often each event stands on the pages from one end of the list to the other."""
    seen: Counter[str] = Counter()
    cursor = None
    while True:
        order_by = {"field": order, "direction": direction}
        page = (await graph.data(document, cursor=cursor, orderBy=order_by))["page"]
        seen.update(event["slug"] for event in page["nodes"])
        if not page["pageInfo"]["more"]:
            return seen
        cursor = page["pageInfo"]["cursor"]


@asynccontextmanager
async def others_come_and_go(graph: Graph) -> AsyncIterator[None]:
    """Insert events all over the list, and delete them again, until the block ends."""

    async def churn() -> None:
        for number in BATCHES:
            await graph.sql(MANY, name=f"other-{number}", first=1, last=500)
            await asyncio.sleep(0.2)
            await graph.sql(OTHERS, name=f"other-{number}")

    task = asyncio.create_task(churn())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.fixture
async def crowd(graph: Graph) -> Graph:
    graph.organisation()
    for first in range(1, EVENTS, 5_000):  # a statement may take ten seconds, wherever this runs
        await graph.sql(MANY, name="event", first=first, last=first + 4_999)
    return graph


async def test_a_hundred_thousand_events_are_each_met_once_in_either_direction_while_others_come_and_go(
    crowd: Graph,
) -> None:
    expected = Counter(f"event-{number}" for number in range(1, EVENTS + 1))

    assert await slugs(crowd, FORWARD, "EVENT_START", "ASC") == expected
    for document, order, direction in [(FORWARD, "TITLE", "DESC"), (BACKWARD, "EVENT_START", "ASC")]:
        async with others_come_and_go(crowd):
            seen = await slugs(crowd, document, order, direction)
        met = Counter({slug: count for slug, count in seen.items() if slug.startswith("event-")})
        assert met == expected
        assert len(seen) > EVENTS, "no other event was ever on a page, so that nothing was tested"
        assert set(seen.values()) == {1}
