"""The whole machine against a simple model in memory: whatever is done in whatever order, both say the same."""

import asyncio
import datetime as dt
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from db.database import DatabaseOptions, open_database
from domain.user_errors import Rejected
from persisted_queries.documents import DocumentCache
from schema import graphql_schema
from tests.commands.selling.shop import Shop
from tests.plugins.graph import NOW, Graph
from tests.plugins.servers import database_from, in_thread

CAPACITIES = (6, 9)
ITEMS = ((0,), (0, 1), (1,))
"""Which pools each ticket draws on."""

HOLD = dt.timedelta(minutes=15)

steps = st.one_of(
    st.tuples(st.just("order"), st.integers(0, len(ITEMS) - 1), st.integers(1, 4)),
    st.tuples(st.sampled_from(["complete", "cancel"]), st.integers(0, 9), st.just(0)),
    st.tuples(st.just("wait"), st.integers(1, 20), st.just(0)),
    st.tuples(st.just("sweep"), st.just(0), st.just(0)),
)


@dataclass(slots=True)
class Model:
    """What a shop is, said as simply as can be."""

    now: dt.datetime = NOW
    orders: list[tuple[int, int, str, dt.datetime]] = field(default_factory=list)

    def taken(self, pool: int, state: str) -> int:
        return sum(quantity for item, quantity, its, _ in self.orders if its == state and pool in ITEMS[item])

    def order(self, item: int, quantity: int) -> bool:
        for pool in ITEMS[item]:
            if self.taken(pool, "HELD") + self.taken(pool, "CONFIRMED") + quantity > CAPACITIES[pool]:
                return False
        self.orders.append((item, quantity, "HELD", self.now + HOLD))
        return True

    def move(self, number: int, target: str) -> bool:
        item, quantity, state, until = self.orders[number]
        in_time = state == "HELD" and self.now < until
        done = in_time if target == "CONFIRMED" else state in {"HELD", "CONFIRMED"}
        if done:
            self.orders[number] = item, quantity, target, until
        return done

    def sweep(self) -> int:
        over = [n for n, (_, _, state, until) in enumerate(self.orders) if state == "HELD" and until <= self.now]
        for number in over:
            item, quantity, _, until = self.orders[number]
            self.orders[number] = item, quantity, "EXPIRED", until
        return len(over)


@pytest.fixture(scope="module")
def model_url(postgres_server: str, template_database: str) -> Iterator[str]:
    """The URL of a database that all examples share; each has pools and tickets of its own."""
    with database_from(postgres_server, template_database) as url:
        yield url


@asynccontextmanager
async def a_shop(url: str) -> AsyncIterator[Shop]:
    async with (
        open_database(DatabaseOptions(url, pool_size=2, under_roles=True)) as database,
        open_database(DatabaseOptions(url, pool_size=1)) as owner,
    ):
        async with owner.write() as connection:
            # Orders of the examples before are not swept in this one.
            await connection.execute(text("UPDATE registrations SET state = 'EXPIRED' WHERE state = 'HELD'"))
        yield Shop(Graph(database, owner, DocumentCache(graphql_schema()), []))


async def play(url: str, played: list[tuple[str, int, int]]) -> None:
    async with a_shop(url) as shop:
        home = shop.graph.organisation(slug=f"o-{uuid.uuid4()}")
        pools = [shop.graph.pool(capacity, organisation_id=home) for capacity in CAPACITIES]
        function = shop.graph.function(organisation_id=home, slug=f"f-{uuid.uuid4()}")
        event = shop.graph.event(function, organisation_id=home, slug=f"e-{uuid.uuid4()}")
        tickets = [shop.ticket(*(pools[pool] for pool in its), event=event) for its in ITEMS]
        model, keys = Model(), list[uuid.UUID]()
        for name, which, quantity in played:
            await compare(shop, model, keys, tickets, (name, which, quantity))
            for number, pool in enumerate(pools):
                expected = model.taken(number, "HELD"), model.taken(number, "CONFIRMED")
                assert await shop.counters(pool) == expected
        assert [await shop.state(key) for key in keys] == [state for _, _, state, _ in model.orders]


async def compare(
    shop: Shop, model: Model, keys: list[uuid.UUID], tickets: list[uuid.UUID], played: tuple[str, int, int]
) -> None:
    name, which, quantity = played
    try:
        if name == "order":
            keys.append(await shop.order(tickets[which], quantity=quantity))
        elif name == "wait":
            model.now = shop.now = shop.now + dt.timedelta(minutes=which)
            return
        elif name == "sweep":
            assert await shop.sweep() == model.sweep()
            return
        elif which < len(keys):
            await (shop.complete(keys[which]) if name == "complete" else shop.cancel(keys[which]))
        else:
            return
        done = True
    except Rejected:
        done = False
    target = {"complete": "CONFIRMED", "cancel": "CANCELLED"}
    assert done == (model.order(which, quantity) if name == "order" else model.move(which, target[name]))


@given(st.lists(steps, max_size=25))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_shop_does_what_the_model_does(model_url: str, played: list[tuple[str, int, int]]) -> None:
    in_thread(lambda: asyncio.run(play(model_url, played)))
