"""Fill the database with made-up rows: any number, the same for the same plan, all of them or none."""

from __future__ import annotations

from collections.abc import Callable

from commands.seeding.plan import SeedCounts, SeedPlan
from commands.seeding.rows import Rows
from commands.seeding.tables import Load, loads
from db.bulk import BulkLoad, SetAside, begin_bulk_load, vacuum_analyze
from db.database import Database
from db.models import Organisation
from domain.errors import Refusal

__all__ = ["AlreadySeeded", "Progress", "SeedCounts", "SeedInProgress", "SeedPlan", "seed"]

CHUNK = 20_000
"""Rows in one COPY: few enough to show progress, many enough that starting one costs nothing."""

WORTHWHILE = 50_000
"""From so many rows on, building indexes afterwards is faster than keeping them right meanwhile."""

_LOCK = 0x73656564
"""The advisory lock that lets one load of made-up rows run at a time."""

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""


class AlreadySeeded(Refusal):
    """The rows of this seed are in the database, or some of them."""

    code = "ALREADY_SEEDED"


class SeedInProgress(Refusal):
    """Somebody else is filling the database."""

    code = "SEED_IN_PROGRESS"


def _quietly(_what: str, _done: int, _total: int) -> None:
    """Nobody watches."""


async def seed(database: Database, plan: SeedPlan, progress: Progress = _quietly) -> SeedCounts:
    """Make the rows of a plan, in one transaction.

    Whatever else the database holds stays. Where it holds none of these tables' rows, indexes are built at the end,
    and nobody else can use the tables meanwhile.

    Args:
        database: migrated.
        plan: how many rows, and of which seed.
        progress: told about every chunk.

    Raises:
        AlreadySeeded: the seed was used on this database before, with this plan or another.
        SeedInProgress: another call is at work on this database.
        TablesInUse: indexes were to be built afterwards, and others hold the tables.
        TimeoutError: one statement took longer than `db.bulk.TIMEOUT`; nothing was changed.
    """
    rows = Rows(plan)
    work = loads(rows)
    async with database.write() as connection:
        load = await begin_bulk_load(connection)
        if not await load.only_one(_LOCK):
            raise SeedInProgress("Another `boxoffice seed` is at work on this database; wait for its end.")
        if await load.holds(Organisation, "slug", rows.slug_of_organisation(0)):
            raise AlreadySeeded(
                f"The database was seeded with seed {plan.random_seed} already; pass another --seed to add more."
            )
        aside = await _set_aside(load, work)
        for each in work:
            await _copy(load, each, progress)
        for number, statement in enumerate(aside.restore):
            progress("indexes", number, len(aside.restore))
            await load.run(statement)
            progress("indexes", number + 1, len(aside.restore))
    for number, each in enumerate(work):
        progress("statistics", number, len(work))
        await vacuum_analyze(database, each.table)
        progress("statistics", number + 1, len(work))
    return plan.counts


async def _set_aside(load: BulkLoad, work: list[Load]) -> SetAside:
    tables = [each.table for each in work]
    if sum(each.count for each in work) < WORTHWHILE:
        return SetAside(())
    if not (await load.owns(tables) and await load.are_empty(tables)):
        return SetAside(())
    return await load.set_aside_indexes(tables)


async def _copy(load: BulkLoad, each: Load, progress: Progress) -> None:
    progress(each.what, 0, each.count)
    for start in range(0, each.count, CHUNK):
        numbers = range(start, min(start + CHUNK, each.count))
        await load.copy(each.table, each.columns, each.make(numbers))
        progress(each.what, numbers.stop, each.count)
