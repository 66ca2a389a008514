"""The whole machine against a simple model in memory: whatever is done in whatever order, both say the same."""

import asyncio
import datetime as dt
import uuid
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from db.database import DatabaseOptions, open_database
from domain.sales import Terms
from domain.user_errors import Rejected
from tests.commands.selling.shop import Shop
from tests.plugins.graph import NOW, Graph, documents
from tests.plugins.servers import database_from, in_thread

CAPACITIES = (6, 9)
ITEMS = ((0,), (0, 1), (1,))
"""Which pools each ticket draws on."""

HOLD, OFFER = Terms().hold, Terms().offer

steps = st.one_of(
    st.tuples(st.sampled_from(["order", "join"]), st.integers(0, len(ITEMS) - 1), st.integers(1, 4)),
    st.tuples(st.sampled_from(["complete", "cancel", "accept", "leave"]), st.integers(0, 9), st.just(0)),
    st.tuples(st.just("wait"), st.sampled_from([1, 7, 15, 12 * 60]), st.just(0)),
    st.tuples(st.sampled_from(["sweep", "offer"]), st.just(0), st.just(0)),
)


@dataclass(slots=True)
class Order:
    item: int
    quantity: int
    until: dt.datetime
    state: str = "HELD"


@dataclass(slots=True)
class Entry:
    item: int
    quantity: int
    state: str = "WAITING"
    order: Order | None = None


@dataclass(slots=True)
class Model:
    """What a shop is, said as simply as can be."""

    now: dt.datetime = NOW
    orders: list[Order] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    awaited: set[int] = field(default_factory=set)

    def taken(self, pool: int, state: str) -> int:
        return sum(each.quantity for each in self.orders if each.state == state and pool in ITEMS[each.item])

    def free(self, pool: int) -> int:
        return CAPACITIES[pool] - self.taken(pool, "HELD") - self.taken(pool, "CONFIRMED")

    def order(self, item: int, quantity: int) -> bool:
        if any(pool in self.awaited or self.free(pool) < quantity for pool in ITEMS[item]):
            return False
        self.orders.append(Order(item, quantity, self.now + HOLD))
        return True

    def move(self, order: Order, target: str) -> bool:
        in_time = order.state == "HELD" and self.now < order.until
        done = in_time if target == "CONFIRMED" else order.state in {"HELD", "CONFIRMED"}
        if done:
            order.state = target
            self._settle(order, "TAKEN" if target == "CONFIRMED" else "LEFT")
        return done

    def sweep(self) -> int:
        over = [each for each in self.orders if each.state == "HELD" and each.until <= self.now]
        for order in over:
            order.state = "EXPIRED"
            self._settle(order, "LAPSED")
        return len(over)

    def _settle(self, order: Order, state: str) -> None:
        for entry in self.entries:
            if entry.order is order and entry.state == "OFFERED":
                entry.state = state

    def join(self, item: int, quantity: int) -> bool:
        short = {pool for pool in ITEMS[item] if pool in self.awaited or not self.free(pool)}
        if short:
            self.awaited |= short
            self.entries.append(Entry(item, quantity))
        return bool(short)

    def accept(self, entry: Entry) -> bool:
        if entry.state == "OFFERED" and entry.order is not None and self.now < entry.order.until:
            entry.state = "TAKEN"
            entry.order.until = max(entry.order.until, self.now + HOLD)
        return entry.state == "TAKEN"

    def leave(self, entry: Entry) -> bool:
        if entry.state == "WAITING":
            entry.state = "LEFT"
        if entry.state == "OFFERED" and entry.order is not None:
            self.move(entry.order, "CANCELLED")
        return entry.state != "TAKEN"

    def offer(self) -> list[int]:
        """Who is offered places: in order; who is too early keeps what is too little from those behind."""
        open_ = {pool for pool in self.awaited if self.free(pool)}
        short: set[int] = set()
        offered = []
        for number, entry in enumerate(self.entries):
            pools = set(ITEMS[entry.item])
            if entry.state == "WAITING" and pools & open_:
                lacking = {pool for pool in pools if pool in short or self.free(pool) < entry.quantity}
                short |= lacking
                if not lacking:
                    entry.state, entry.order = "OFFERED", Order(entry.item, entry.quantity, self.now + OFFER)
                    self.orders.append(entry.order)
                    offered.append(number)
        self.awaited = (self.awaited - open_) | short
        return offered


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
            await connection.execute(text("UPDATE waiting_list_entries SET state = 'LEFT' WHERE state = 'WAITING'"))
            await connection.execute(text("UPDATE capacity_pools SET awaited = 0"))
        yield Shop(Graph(database, owner, documents(), []))


async def play(url: str, played: list[tuple[str, int, int]]) -> None:
    async with a_shop(url) as shop:
        home = shop.graph.organisation(slug=f"o-{uuid.uuid4()}")
        pools = [shop.graph.pool(capacity, organisation_id=home) for capacity in CAPACITIES]
        function = shop.graph.function(organisation_id=home, slug=f"f-{uuid.uuid4()}")
        event = shop.graph.event(function, organisation_id=home, slug=f"e-{uuid.uuid4()}")
        tickets = [shop.ticket(*(pools[pool] for pool in its), event=event) for its in ITEMS]
        played_out = Played(shop, tickets)
        model, keys = played_out.model, played_out.keys
        for step in played:
            await played_out.compare(*step)
            for number, pool in enumerate(pools):
                expected = model.taken(number, "HELD"), model.taken(number, "CONFIRMED")
                assert await shop.counters(pool) == expected
        assert [await shop.state(key) for key in keys] == [each.state for each in model.orders]
        line = await shop.line()
        assert [line[email] for email in played_out.emails] == [each.state for each in model.entries]


@dataclass(slots=True)
class Played:
    """A shop beside its model: the keys of orders and of those who wait, in the model's order."""

    shop: Shop
    tickets: list[uuid.UUID]
    model: Model = field(default_factory=Model)
    keys: list[uuid.UUID] = field(default_factory=list)
    waiting: list[uuid.UUID] = field(default_factory=list)
    emails: list[str] = field(default_factory=list)

    async def compare(self, name: str, which: int, quantity: int) -> None:
        """Do a step in both; they say the same of whether it can be."""
        shop, model = self.shop, self.model
        match name:
            case "wait":
                model.now = shop.now = shop.now + dt.timedelta(minutes=which)
            case "sweep":
                assert await shop.sweep() == model.sweep()
            case "offer":
                offered = model.offer()
                assert await shop.offer() == len(offered)
                self.keys += [self.waiting[number] for number in offered]
            case "order":
                key = await done(shop.order(self.tickets[which], quantity=quantity))
                assert (key is not None) == model.order(which, quantity)
                self.keys += [] if key is None else [key]
            case "join":
                email = f"{uuid.uuid4()}@example.org"
                key = await done(shop.wait(self.tickets[which], email, quantity=quantity))
                assert (key is not None) == model.join(which, quantity)
                self.waiting += [] if key is None else [key]
                self.emails += [] if key is None else [email]
            case "complete" | "cancel" if which < len(self.keys):
                key = await done((shop.complete if name == "complete" else shop.cancel)(self.keys[which]))
                target = "CONFIRMED" if name == "complete" else "CANCELLED"
                assert (key is not None) == model.move(model.orders[which], target)
            case "accept" | "leave" if which < len(self.waiting):
                key = await done((shop.accept if name == "accept" else shop.leave)(self.waiting[which]))
                moved = model.accept if name == "accept" else model.leave
                assert (key is not None) == moved(model.entries[which])


async def done(command: Awaitable[uuid.UUID]) -> uuid.UUID | None:
    """What a command returns; None where it is refused."""
    try:
        return await command
    except Rejected:
        return None


@given(st.lists(steps, max_size=30))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_shop_does_what_the_model_does(model_url: str, played: list[tuple[str, int, int]]) -> None:
    in_thread(lambda: asyncio.run(play(model_url, played)))
