"""A list is walked from one end to the other without a row twice or left out, whatever its order and its cursors."""

import datetime as dt
import itertools
import uuid
from collections.abc import Mapping
from typing import Any

import asyncpg
import pytest

from db.database import Database
from db.models import Event, Function
from db.rows import Row
from db.statements import functions
from db.statements.events import EventFilter, EventOrder, EventScope, keyset, listing
from db.statements.functions import FunctionScope
from db.statements.paging import Keyset, Listing, PageShape, count_statement, cursor_values, page_statement
from tests.db.rows import NOON, add


async def walk(
    database: Database, of: Listing[Any], by: Keyset, values: Mapping[str, Any], *, backward: bool, size: int = 2
) -> list[uuid.UUID]:
    """The keys of a whole list, page by page."""
    keys: list[uuid.UUID] = []
    place: list[Any] | None = None
    side = "before" if backward else "after"
    for _ in range(100):
        shape = PageShape(by, backward, **{side: place is not None})
        bounds = {} if place is None else cursor_values(side, place)
        page: list[Row] = await database.fetch(page_statement(of, shape), {**values, **bounds, "limit": size})
        keys += [row[by.columns[-1].key] for row in page]
        if len(page) < size:
            return keys
        place = by.values_of(page[-1])
    raise AssertionError("this list has no end")


async def test_functions_without_a_first_day_come_last_and_are_walked_too(
    database: Database, rows: asyncpg.Connection
) -> None:
    days = [dt.date(2027, 5, 1), None, dt.date(9999, 12, 30), None, dt.date(1, 1, 2), None]
    made = {await add(rows, Function, start_date=day, is_active=True): day for day in days}

    forwards = await walk(database, functions.listing(FunctionScope.ALL), functions.BY_START, {}, backward=False)

    assert forwards == sorted(made, key=lambda key: (made[key] or dt.date.max, key))
    assert (
        await walk(database, functions.listing(FunctionScope.ALL), functions.BY_START, {}, backward=True)
        == forwards[::-1]
    )


HOUR = dt.timedelta(hours=1)
RANGES = {
    "all": EventFilter(),
    "from": EventFilter(starts_from=NOON + HOUR),
    "before": EventFilter(starts_before=NOON + 3 * HOUR),
    "between": EventFilter(starts_from=NOON + HOUR, starts_before=NOON + 3 * HOUR),
    "nothing": EventFilter(starts_from=NOON + 3 * HOUR, starts_before=NOON + HOUR),
}


@pytest.mark.parametrize("descending", [False, True], ids=["rising", "falling"])
@pytest.mark.parametrize("backward", [False, True], ids=["forwards", "backwards"])
@pytest.mark.parametrize("filters", RANGES.values(), ids=RANGES)
async def test_a_range_of_times_is_walked_exactly(
    database: Database, rows: asyncpg.Connection, filters: EventFilter, *, backward: bool, descending: bool
) -> None:
    """Though a cursor takes the place of the range's end on its side. Several events start at the same time."""
    made = {
        await add(rows, Event, event_start=NOON + hours * HOUR, is_published=True): NOON + hours * HOUR
        for hours in (0, 0, 1, 1, 1, 2, 3, 3, 4)
    }
    wanted = [
        key
        for key, start in sorted(made.items(), key=lambda pair: (pair[1], pair[0]))
        if (filters.starts_from is None or start >= filters.starts_from)
        and (filters.starts_before is None or start < filters.starts_before)
    ]
    by = keyset(EventOrder.EVENT_START, descending=descending)
    events = listing(EventScope.ALL, filters)

    walked = await walk(database, events, by, filters.values(), backward=backward)

    assert walked == (wanted if descending == backward else wanted[::-1])
    assert (await database.fetch(count_statement(events), filters.values()))[0]["total"] == len(wanted)


async def test_a_page_between_two_cursors_ends_at_both(database: Database, rows: asyncpg.Connection) -> None:
    made = [await add(rows, Event, event_start=NOON + hours * HOUR, is_published=True) for hours in range(6)]
    events = listing(EventScope.ALL, EventFilter(starts_from=NOON, starts_before=NOON + 9 * HOUR))
    values = {"starts_from": NOON, "starts_before": NOON + 9 * HOUR}
    for descending, backward in itertools.product((False, True), repeat=2):
        by = keyset(EventOrder.EVENT_START, descending=descending)
        low, high = [NOON + HOUR, made[1]], [NOON + 4 * HOUR, made[4]]
        after, before = (high, low) if descending else (low, high)
        shape = PageShape(by, backward, after=True, before=True)
        bounds = cursor_values("after", after) | cursor_values("before", before)

        page = await database.fetch(page_statement(events, shape), {**values, **bounds, "limit": 9})

        found = [row["event_id"] for row in page]
        assert found == (made[2:4] if descending == backward else made[3:1:-1])


async def test_an_organisation_only_sifts_what_a_function_holds(database: Database, rows: asyncpg.Connection) -> None:
    """In words of their own, which have to mean the same."""
    function = await add(rows, Function, is_active=True)
    own = await add(rows, Event, function_id=function, is_published=True)
    organisation = await rows.fetchval("SELECT organisation_id FROM events WHERE event_id = $1", own)
    await add(rows, Event, function_id=function, is_published=True)
    await add(rows, Event, organisation_id=organisation, is_published=True)
    by = keyset(EventOrder.TITLE)

    for filters, found in (
        (EventFilter(function_id=function, organisation_id=organisation), [own]),
        (EventFilter(function_id=function, organisation_id=uuid.UUID(int=0)), []),
    ):
        assert await walk(database, listing(EventScope.ALL, filters), by, filters.values(), backward=False) == found


def test_a_rising_list_from_its_end_is_the_falling_one_from_its_start() -> None:
    """The same statement, so that what is said of the plan of one holds for the other."""
    events = listing(EventScope.FUNCTION, EventFilter(starts_from=NOON, starts_before=NOON + HOUR))
    rising, falling = [keyset(EventOrder.EVENT_START, descending=descending) for descending in (False, True)]
    for after, before, backward in itertools.product((False, True), repeat=3):
        one = page_statement(events, PageShape(rising, backward, after=after, before=before))
        other = page_statement(events, PageShape(falling, not backward, after=before, before=after))

        assert sorted(one.text.split()) == sorted(other.text.split())
