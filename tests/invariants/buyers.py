"""A process of buyers, which may be killed at any moment and started again: whoever had no answer asks once more.

Run as `python -m tests.invariants.buyers DATABASE_URL FIRST COUNT TICKET… -- PACKAGE…`. Buyer `n` orders under the key
`buyer-n` with the address `buyer-n@example.org`, and then completes, cancels or forgets, as the number says. Holds are
short, and every process sweeps.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import random
import sys
from collections.abc import Sequence

from auth.viewer import Role, Viewer
from commands.selling.moving_on import cancel_registration, complete_registration
from commands.selling.ordering import create_registration
from commands.writing import Writer
from db.database import Database, DatabaseOptions, open_database
from db.once import Once
from domain.audit import ANYONE
from domain.errors import Refusal
from domain.ids import encode_global_id
from domain.sales import Terms
from domain.user_errors import Rejected
from jobs.sales import expire_holds

TERMS = Terms(hold=dt.timedelta(seconds=1.5))
AT_ONCE = 8


def writer(database: Database, viewer: Viewer, once: Once | None = None) -> Writer:
    return Writer(database, viewer, ANYONE, dt.datetime.now(dt.UTC), TERMS, once)


async def until_answered(number: int, attempt: object) -> object:
    """Do something until it is done or refused, whatever becomes of connections meanwhile."""
    assert callable(attempt)
    while True:
        try:
            return await attempt()
        except Rejected as rejected:
            return rejected
        except (Refusal, OSError, TimeoutError) as error:
            del error
        except Exception as error:  # noqa: BLE001 - a killed backend shows itself in many ways
            del error
        await asyncio.sleep(0.02 + random.random() * 0.05)


async def buy(database: Database, number: int, tickets: Sequence[str], packages: Sequence[str]) -> None:
    choices = random.Random(number)
    item = choices.choice([*tickets, *packages])
    lines = [{"item_id": item, "quantity": choices.randint(1, 2)}]
    key = f"buyer-{number}"

    async def order() -> object:
        digest = hashlib.sha256(key.encode()).hexdigest()
        once = Once("tests", key, "createRegistration", digest, dt.datetime.now(dt.UTC))
        given = {"lines": lines, "email": f"{key}@example.org"}
        return await create_registration(writer(database, Viewer(Role.ANONYMOUS), once), given=given)

    registration = await until_answered(number, order)
    if isinstance(registration, Rejected):
        return
    guest = Viewer(Role.GUEST, registration_id=registration)  # type: ignore[arg-type] # a key
    global_id = encode_global_id("Registration", registration)  # type: ignore[arg-type] # the same
    fate = choices.random()
    if fate < 0.5:
        await until_answered(number, lambda: complete_registration(writer(database, guest), global_id=global_id))
    elif fate < 0.7:
        await until_answered(number, lambda: cancel_registration(writer(database, guest), global_id=global_id))


async def sweep(database: Database) -> None:
    while True:
        await until_answered(0, lambda: expire_holds(database))
        await asyncio.sleep(0.3)


async def main(url: str, first: int, count: int, tickets: Sequence[str], packages: Sequence[str]) -> None:
    async with open_database(DatabaseOptions(url, pool_size=AT_ONCE, timeout=5, under_roles=True)) as database:
        sweeping = asyncio.create_task(sweep(database))
        waiting = iter(range(first, first + count))

        async def buyer() -> None:
            for number in waiting:
                await buy(database, number, tickets, packages)

        await asyncio.gather(*(buyer() for _ in range(AT_ONCE)))
        sweeping.cancel()


if __name__ == "__main__":
    url, first, count, *items = sys.argv[1:]
    split = items.index("--")
    asyncio.run(main(url, int(first), int(count), items[:split], items[split + 1 :]))
