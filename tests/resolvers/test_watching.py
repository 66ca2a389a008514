"""Who listens to an event is told of each change of what anyone may know of its tickets, and of nothing else."""

import asyncio
import datetime as dt
import uuid
from collections.abc import AsyncIterator

import pytest

from auth.viewer import ADMIN, Viewer
from domain.errors import InvalidArgument
from resolvers.context import Context
from resolvers.polling import TooManyWatched
from resolvers.watching import Watch, availability_changes, open_watch, registration_changes
from tests.plugins.graph import NOW, Graph, gid

PATIENCE_SECONDS = 20.0
SOLD = "UPDATE capacity_pools SET sold = :sold WHERE pool_id = :pool"


@pytest.fixture
async def watch(graph: Graph) -> AsyncIterator[Watch]:
    def context_of(viewer: Viewer) -> Context:
        return Context(graph.database, graph.secret, dt.datetime.now(dt.UTC), viewer)

    async with open_watch(context_of, 0.05, 0.05) as watch:
        yield watch


async def listening(graph: Graph, watch: Watch, event: uuid.UUID) -> AsyncIterator[uuid.UUID]:
    """Changes of an event, from now on."""
    await graph.flush()
    context = Context(graph.database, graph.secret, NOW, watch=watch)
    return await availability_changes(context, event_id=gid("Event", event))


async def test_a_change_that_is_to_be_seen_is_told_and_another_is_not(graph: Graph, watch: Watch) -> None:
    event = graph.event(graph.function())
    pool, other = graph.pool(1000), graph.pool(1000)
    ticket = graph.ticket(event, [pool])
    graph.ticket(event, [other])
    changes = await listening(graph, watch, event)
    coming = asyncio.ensure_future(anext(changes))

    await graph.sql(SOLD, sold=300, pool=pool)  # as available as before, for all that anyone may know
    await asyncio.sleep(0.3)
    assert not coming.done()
    await graph.sql(SOLD, sold=1000, pool=pool)
    async with asyncio.timeout(PATIENCE_SECONDS):
        assert await coming == ticket
    await changes.aclose()  # type: ignore[attr-defined]  # a generator


async def test_many_listeners_are_one_question_and_none_is_no_question(graph: Graph, watch: Watch) -> None:
    events = [graph.event(graph.function()) for _ in range(2)]
    pools = [graph.pool(10), graph.pool(10)]
    tickets = [graph.ticket(event, [pool]) for event, pool in zip(events, pools, strict=True)]
    changes = [await listening(graph, watch, event) for event in events for _ in range(3)]
    coming = [asyncio.ensure_future(anext(each)) for each in changes]
    await asyncio.sleep(0.2)
    for pool in pools:
        await graph.sql(SOLD, sold=10, pool=pool)
    async with asyncio.timeout(PATIENCE_SECONDS):
        told = await asyncio.gather(*coming)
    asked = [each.name for each in graph.statements]
    for each in changes:
        await each.aclose()  # type: ignore[attr-defined]  # a generator
    await asyncio.sleep(0.2)
    graph.statements.clear()
    await asyncio.sleep(0.2)

    assert told == [tickets[0]] * 3 + [tickets[1]] * 3
    assert asked.count("event.tickets") < 30
    assert not graph.statements


@pytest.mark.parametrize("is_published", [True, False])
async def test_an_event_that_is_not_to_be_seen_cannot_be_listened_to(
    graph: Graph, watch: Watch, *, is_published: bool
) -> None:
    hidden = graph.event(graph.function(), is_published=False)
    event = uuid.uuid4() if is_published else hidden

    with pytest.raises(InvalidArgument, match="no event that is to be seen"):
        await listening(graph, watch, event)


async def test_a_registration_is_told_of_whenever_it_or_a_payment_of_it_has_changed(graph: Graph, watch: Watch) -> None:
    registration, other = graph.registration(), graph.registration()
    payment = graph.payment(registration)
    await graph.flush()
    context = Context(graph.database, graph.secret, NOW, ADMIN, watch=watch)
    changes = await registration_changes(context, global_id=gid("Registration", registration), guest_token=None)
    coming = asyncio.ensure_future(anext(changes))

    await graph.sql("UPDATE registrations SET version = 2 WHERE registration_id = :key", key=other)
    await asyncio.sleep(0.3)
    assert not coming.done()
    async with asyncio.timeout(PATIENCE_SECONDS):
        await graph.sql("UPDATE registrations SET version = 2 WHERE registration_id = :key", key=registration)
        assert await coming == registration
        coming = asyncio.ensure_future(anext(changes))
        await graph.sql("UPDATE payments SET state = 'FAILED' WHERE payment_id = :key", key=payment)
        assert await coming == registration
    await changes.aclose()  # type: ignore[attr-defined]  # a generator
    graph.statements.clear()
    await asyncio.sleep(0.2)
    assert not graph.statements


async def test_so_many_events_are_listened_to_and_no_more(graph: Graph, watch: Watch) -> None:
    watch.events.most = 1
    first, second = (graph.event(graph.function()) for _ in range(2))
    changes = await listening(graph, watch, first)
    coming = asyncio.ensure_future(anext(changes))
    await asyncio.sleep(0)

    with pytest.raises(TooManyWatched):
        await listening(graph, watch, second)
    coming.cancel()
