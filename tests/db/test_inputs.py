"""Whatever passes the checks of inputs, the tables take, and give back as it was."""

import asyncio
import datetime as dt
from collections.abc import Iterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import available_timezones

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.catalogue.rows import check
from db.base import Base
from db.database import DatabaseOptions, open_database
from domain.catalogue import FUNCTION, TICKET, TICKET_DEFAULTS, function_faults, priced, ticket_faults
from domain.ids import encode_global_id, uuid7
from domain.inputs import read
from domain.user_errors import Rejected
from tests.domain.test_inputs import JSON

ORGANISATION, EVENT = uuid7(), uuid7()
TEXTS = st.text(min_size=1, max_size=60) | st.text(max_size=600)
DAYS = st.none() | st.dates()
MOMENTS = st.none() | st.datetimes(timezones=st.just(dt.UTC))
NUMBERS = st.integers(min_value=-1, max_value=1002)

FUNCTIONS = st.fixed_dictionaries(
    {
        "name": TEXTS,
        "slug": st.from_regex(r"[a-z0-9]+(-[a-z0-9]+){0,4}", fullmatch=True),
        "timezone": st.sampled_from(sorted(available_timezones() - {"localtime", "Factory"})),
        "organisation_id": st.just(encode_global_id("Organisation", ORGANISATION)),
    },
    optional={
        "description": st.none() | TEXTS,
        "start_date": DAYS,
        "end_date": DAYS,
        "location": st.none() | TEXTS,
        "image_url": st.none() | st.builds("https://{}/{}".format, st.sampled_from(["example.org", "a", ""]), TEXTS),
        "is_active": st.booleans(),
        "metadata": st.none() | st.dictionaries(st.text(max_size=5), JSON, max_size=3),
    },
)
TICKETS = st.fixed_dictionaries(
    {
        "event_id": st.just(encode_global_id("Event", EVENT)),
        "name": TEXTS,
        "price": st.decimals(0, 10**9, places=2) | st.integers(0, 10**9).map(Decimal) | st.decimals(),
        "currency": st.sampled_from(["EUR", "JPY", "KWD", "CLF", "XXX"]),
    },
    optional={
        "description": st.none() | TEXTS,
        "min_per_order": NUMBERS,
        "max_per_order": NUMBERS,
        "sale_start": MOMENTS,
        "sale_end": MOMENTS,
        "position": NUMBERS,
        "is_active": st.booleans(),
    },
)


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables, in a transaction that is never committed."""

    runner: asyncio.Runner
    connection: AsyncConnection

    def take(self, table: str, key: str, values: dict[str, Any]) -> dict[str, Any]:
        """Put a row in, and read it back; it is gone afterwards."""
        return self.runner.run(self._take(table, key, values))

    async def _take(self, name: str, key: str, values: dict[str, Any]) -> dict[str, Any]:
        table = Base.metadata.tables[name]
        attempt = await self.connection.begin_nested()
        await self.connection.execute(insert(table).values({**values, key: uuid7()}))
        columns = [table.c[each] for each in values]
        found = (await self.connection.execute(select(*columns).where(table.c[key] != EVENT))).mappings().one()
        await attempt.rollback()
        return dict(found)


@pytest.fixture
def tables(database_url: str) -> Iterator[Tables]:
    """Empty, but for an organisation and an event."""
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        database = runner.run(stack.enter_async_context(open_database(DatabaseOptions(database_url))))
        connection = runner.run(stack.enter_async_context(database.writing.connect()))
        own = {"organisation_id": ORGANISATION, "slug": "own", "timezone": "UTC"}
        its_event = {**own, "event_id": EVENT, "title": "Own", "event_start": dt.datetime(2027, 5, 1, tzinfo=dt.UTC)}
        rows = {"organisations": {**own, "name": "Own"}, "events": its_event}
        for table, values in rows.items():
            runner.run(connection.execute(insert(Base.metadata.tables[table]).values(values)))
        yield Tables(runner, connection)
        runner.run(stack.aclose())


PATIENT = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@PATIENT
@given(given=FUNCTIONS)
def test_a_function_that_is_accepted_is_stored_as_it_is(tables: Tables, given: dict[str, Any]) -> None:
    with suppress(Rejected):
        values = read(FUNCTION, given, is_new=True)
        check(function_faults(values))

        event("accepted")
        assert tables.take("functions", "function_id", values) == values


@PATIENT
@given(given=TICKETS)
def test_a_ticket_that_is_accepted_is_stored_as_it_is(tables: Tables, given: dict[str, Any]) -> None:
    with suppress(Rejected):
        values = {**TICKET_DEFAULTS, **priced(read(TICKET, given, is_new=True))}
        check(ticket_faults(values))

        event("accepted")
        assert tables.take("event_tickets", "ticket_id", values) == values
