"""A process that delivers, and writes down when each delivery begins and ends: to be killed.

Its arguments: the database's URL, the file to write to, and for how long a delivery takes.
"""

import asyncio
import datetime as dt
import os
import sys

from db.database import DatabaseOptions, open_database
from db.outbox import Entry
from domain.facts import Fact, RegistrationConfirmed
from jobs.relay import Relay


async def main(url: str, path: str, seconds: float) -> None:
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    async def deliver(entry: Entry, _fact: Fact) -> None:
        os.write(file, f"{os.getpid()} {entry.registration_id} {entry.sequence} begins\n".encode())
        await asyncio.sleep(seconds)
        os.write(file, f"{os.getpid()} {entry.registration_id} {entry.sequence} ends\n".encode())

    async with open_database(DatabaseOptions(url, pool_size=3, under_roles=True)) as database:
        relay = Relay(
            database=database,
            consumers={RegistrationConfirmed: (deliver,)},
            limit=dt.timedelta(seconds=0.5),
            grace=dt.timedelta(seconds=0.5),
            poll=0.02,
            at_once=4,
        )
        await relay.run(asyncio.Event())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], float(sys.argv[3])))
