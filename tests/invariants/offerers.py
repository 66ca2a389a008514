"""Offers places again and again, as a worker does, until it is ended: `python -m tests.invariants.offerers URL`."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress

from db.database import DatabaseOptions, open_database
from domain.sales import Terms
from jobs.sales import offer_places


async def main(url: str) -> None:
    async with open_database(DatabaseOptions(url, pool_size=2, under_roles=True)) as database:
        while True:
            with suppress(Exception):  # its connections are cut, and it goes on
                await offer_places(database, Terms())
            await asyncio.sleep(0.01)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
