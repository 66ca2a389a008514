"""Calls are counted, written in batches, kept while the database is away, and read as a table or over time."""

import asyncio
import datetime as dt

import pytest
import structlog

from db.database import Database, DatabaseOptions, open_database
from db.usage import OperationKey, UsageRow, add_usage, forget_usage, usage_by_operation, usage_over_time
from domain.durations import ACCURACY
from persisted_queries.usage import MOST_COST, Called, Usage, open_usage

NOON = dt.datetime(2027, 5, 1, 12, 30, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
PAGE = Called("web", "1.0", "Page")
PAGE_BY_RELEASE = Called("web", "1.0", "Page", by_release=True)
LIST = Called("web", "1.0", "List")
TEXT = Called()


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now.timestamp()


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def fail(_rows: list[UsageRow]) -> None:
    raise OSError("away")


async def test_calls_are_read_by_client_release_and_operation(database: Database, clock: Clock) -> None:
    usage = Usage(clock)
    for number in range(1, 101):
        usage.answered(PAGE, number / 1000, failed=number == 7, cost=3)
    usage.answered(PAGE_BY_RELEASE, 0.2, failed=False)
    usage.refused(PAGE)
    for _ in range(2):
        usage.deprecated(PAGE)
    usage.answered(TEXT, 0.001, failed=False)
    await usage.flush(lambda rows: add_usage(database, rows))

    found = await usage_by_operation(database, NOON - HOUR)

    assert set(found) == {OperationKey("web", "1.0", "Page"), OperationKey("", "", "")}
    page = found[OperationKey("web", "1.0", "Page")]
    assert (page.calls, page.errors, page.refused, page.cost, page.calls_by_release) == (101, 1, 1, 300, 1)
    assert page.deprecated == 2
    assert page.last_seen == NOON
    assert page.p50 == pytest.approx(0.051, rel=ACCURACY)
    assert page.p95 == pytest.approx(0.096, rel=ACCURACY)


async def test_what_several_processes_count_is_added_up(database: Database, clock: Clock) -> None:
    processes = [Usage(clock) for _ in range(4)]
    for number, each in enumerate(processes):
        for called in (PAGE, LIST) if number % 2 else (LIST, PAGE):
            each.answered(called, 0.01 * (number + 1), failed=False)

    await asyncio.gather(*(each.flush(lambda rows: add_usage(database, rows)) for each in processes))

    for found in (await usage_by_operation(database, NOON)).values():
        assert found.calls == 4
        assert found.p50 == pytest.approx(0.02, rel=ACCURACY)


async def test_a_span_begins_with_its_whole_hour_and_may_be_of_one_operation(database: Database, clock: Clock) -> None:
    usage = Usage(clock)
    for called in (PAGE, LIST):
        for _ in range(3):
            usage.answered(called, 0.01, failed=False)
            clock.now -= 24 * HOUR
        clock.now = NOON
    await usage.flush(lambda rows: add_usage(database, rows))

    two_days = await usage_by_operation(database, NOON - 24 * HOUR, client="web", release="1.0", public_id="Page")
    by_hour = await usage_over_time(database, NOON - 72 * HOUR, client="web", public_id="Page")
    by_day = await usage_over_time(database, NOON - 72 * HOUR, step="day")

    assert {key.public_id: each.calls for key, each in two_days.items()} == {"Page": 2}
    assert [moment.hour for moment in by_hour] == [12, 12, 12]
    assert {moment.isoformat(): each.calls for moment, each in by_day.items()} == {
        "2027-04-29T00:00:00+00:00": 2,
        "2027-04-30T00:00:00+00:00": 2,
        "2027-05-01T00:00:00+00:00": 2,
    }


async def test_what_cannot_be_written_is_kept_and_counted_on(database: Database, clock: Clock) -> None:
    usage = Usage(clock)
    usage.answered(PAGE, 0.01, failed=False)
    with pytest.raises(OSError, match="away"):
        await usage.flush(fail)
    usage.answered(PAGE, 0.01, failed=True)

    await usage.flush(lambda rows: add_usage(database, rows))
    await usage.flush(lambda rows: add_usage(database, rows))

    (found,) = (await usage_by_operation(database, NOON)).values()
    assert (found.calls, found.errors) == (2, 1)


async def test_what_is_kept_is_bounded_and_the_log_says_what_was_let_go(clock: Clock) -> None:
    usage = Usage(clock, capacity=10)
    written: list[UsageRow] = []

    async def keep(rows: list[UsageRow]) -> None:
        written.extend(rows)

    with structlog.testing.capture_logs() as logs:
        for _ in range(15):
            usage.answered(PAGE, 0.01, failed=False)
            with pytest.raises(OSError, match="away"):
                await usage.flush(fail)
            clock.now += HOUR
    await usage.flush(keep)

    assert [row.hour for row in written] == [NOON.replace(minute=0) + n * HOUR for n in range(5, 15)]
    assert sum(line["calls"] for line in logs) == 5


async def test_a_cost_without_bound_does_not_break_the_sum(database: Database, clock: Clock) -> None:
    usage = Usage(clock)
    usage.answered(PAGE, 0.01, failed=False, cost=2**53 - 1)
    await usage.flush(lambda rows: add_usage(database, rows))

    (found,) = (await usage_by_operation(database, NOON)).values()

    assert found.cost == MOST_COST


async def test_what_was_counted_last_is_written_at_the_end(database: Database) -> None:
    async with open_usage(database, dt.timedelta(days=1), seconds=3600) as usage:
        usage.answered(PAGE, 0.01, failed=False)

    found = await usage_by_operation(database, dt.datetime.now(dt.UTC) - HOUR)
    assert found[OperationKey("web", "1.0", "Page")].calls == 1


async def test_counting_goes_on_while_the_database_is_away() -> None:
    options = DatabaseOptions("postgresql://nobody@127.0.0.1:1/nothing", timeout=1)
    with structlog.testing.capture_logs() as logs:
        async with open_database(options) as away, open_usage(away, dt.timedelta(days=1), seconds=0.01) as usage:
            usage.answered(PAGE, 0.01, failed=False)
            await asyncio.sleep(0.2)

    assert [line["kept"] for line in logs] == [True, False]


async def test_what_is_older_than_wanted_is_deleted(database: Database, clock: Clock) -> None:
    usage = Usage(clock)
    usage.answered(PAGE, 0.01, failed=False)
    clock.now += 24 * HOUR
    usage.answered(PAGE, 0.01, failed=False)
    await usage.flush(lambda rows: add_usage(database, rows))

    await forget_usage(database, NOON + HOUR)

    assert len(await usage_over_time(database, NOON - HOUR)) == 1
