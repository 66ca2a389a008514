"""Put the demonstration into a database that holds no functions yet."""

from __future__ import annotations

import datetime as dt

from commands.demonstration.build import Tables, rows_of
from commands.demonstration.content import Organisation
from commands.demonstration.conventions import ORIZURU
from commands.demonstration.festivals import SALTMARSH
from commands.demonstration.harbours import BLUE_DHOW
from commands.demonstration.lodges import NORTHERN_LANTERN
from commands.seeding.plan import SeedCounts
from db import models
from db.bulk import begin_bulk_load, vacuum_analyze
from db.database import Database

ORGANISATIONS: tuple[Organisation, ...] = (NORTHERN_LANTERN, SALTMARSH, ORIZURU, BLUE_DHOW)

_LOCK = 0x64656D6F
"""The advisory lock under which processes that start together load the demonstration once."""


async def load_demonstration(database: Database, today: dt.date) -> SeedCounts | None:
    """Load the demonstration, in one transaction.

    Args:
        database: migrated.
        today: what its dates are counted from. Its last function is two years later.

    Returns:
        How many rows it has; None if the database holds a function, and nothing was done.
    """
    tables = rows_of(ORGANISATIONS, today)
    async with database.write() as connection:
        load = await begin_bulk_load(connection)
        await load.wait_for_turn(_LOCK)
        if not await load.are_empty([models.Function]):
            return None
        for table, rows in tables.items():
            columns = list(rows[0])
            await load.copy(table, columns, ([row[name] for name in columns] for row in rows))
    for table in tables:
        await vacuum_analyze(database, table)
    return _counts(tables)


def _counts(tables: Tables) -> SeedCounts:
    return SeedCounts(
        organisations=len(tables[models.Organisation]),
        functions=len(tables[models.Function]),
        events=len(tables[models.Event]),
        tickets=len(tables[models.Ticket]),
        pools=len(tables[models.CapacityPool]),
        packages=len(tables[models.Package]),
        package_items=len(tables[models.PackageItem]),
    )
