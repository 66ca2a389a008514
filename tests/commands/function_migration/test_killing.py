"""A move that is killed at any point, while others write, goes on when it is run again, and ends as it would have."""

import asyncio
import random
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import pytest

from commands.function_migration.looking import validate
from commands.function_migration.undoing import NothingToRollBack
from tests.commands.function_migration.house import House, without
from tests.plugins.program import PATIENCE_SECONDS, environment

FAMILIES, CHILDREN = 60, 9
WHOLE_SECONDS = 0.6
"""About as long as a move of so many families takes in such small batches."""

PROGRAM = """
import asyncio, sys
from commands.function_migration import migrating, undoing
from db.database import DatabaseOptions, open_database
from domain.audit import Actor

migrating.BATCH, migrating.PARENTS, undoing.BATCH, undoing.FUNCTIONS = 20, 3, 20, 3

async def main():
    async with open_database(DatabaseOptions(sys.argv[2], pool_size=2)) as database:
        print("begins", flush=True)
        work = migrating.migrate if sys.argv[1] == "migrate" else undoing.roll_back
        await work(database, actor=Actor("operator"), reason="To try.")

asyncio.run(main())
"""


@dataclass(slots=True)
class Clients:
    """Old and new ones, who add and move events all the time once a move has begun."""

    house: House
    draw: random.Random
    made: list[object] = field(default_factory=list)
    written: int = 0
    longest: float = 0.0

    @asynccontextmanager
    async def writing(self, *, moving: bool) -> AsyncIterator[None]:
        """Add events within the block, and move events that were there before, too."""
        over = asyncio.Event()

        async def write() -> None:
            time = asyncio.get_running_loop().time
            while not over.is_set():
                begun = time()
                await self._write(self.draw.randrange(4 if moving else 2))
                self.longest = max(self.longest, time() - begun)
                await asyncio.sleep(0.002)

        async with asyncio.TaskGroup() as group:
            group.create_task(write())
            yield
            over.set()

    async def _write(self, what: int) -> None:
        plain, family = self.house.plain, f"f{self.draw.randrange(FAMILIES)}"
        parent = await plain.fetchval("SELECT event_id FROM events WHERE slug = $1", family)
        function = await plain.fetchval("SELECT function_id FROM functions WHERE slug = $1", family)
        if await self.house.phases() == [] and what > 1:
            return  # what is moved before a move begins is no matter of it
        child = f"f{self.draw.randrange(FAMILIES)}-{self.draw.randrange(CHILDREN)}"
        if what == 0:
            self.made.append(await self.house.event(parent=parent))
        elif what == 1 and function is not None:
            try:
                self.made.append(await self.house.event(function_id=function))
            except asyncpg.ForeignKeyViolationError:
                return  # the function has just gone
        elif what == 2:
            await plain.execute("UPDATE events SET parent_event_id = $1 WHERE slug = $2", parent, child)
        elif what == 3 and function is not None:
            await plain.execute("UPDATE events SET function_id = $1 WHERE slug = $2", function, child)
        self.written += 1


async def killed(what: str, url: str, folder: Path, pause: float) -> bool:
    """Run a move, or its rollback, and kill it after a while; whether it was still at work."""
    process = subprocess.Popen(  # noqa: ASYNC220 - forking takes no time worth waiting for
        [sys.executable, "-c", PROGRAM, what, url], cwd=folder, env=environment({}), stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        await asyncio.to_thread(process.stdout.readline)
        await asyncio.sleep(pause)
    finally:
        process.send_signal(signal.SIGKILL)
        process.stdout.close()
        ended = await asyncio.to_thread(process.wait, PATIENCE_SECONDS)
    return ended == -signal.SIGKILL


@pytest.mark.parametrize("kills", [5, pytest.param(50, marks=pytest.mark.nightly)])
async def test_a_move_that_is_killed_again_and_again_ends_whole_and_goes_back_whole(
    house: House, database_url: str, tmp_path: Path, kills: int
) -> None:
    draw = random.Random(kills)
    for number in range(FAMILIES):
        await house.family(f"f{number}", *map(str, range(CHILDREN)))
    before = await house.dump()
    clients, hit = Clients(house, draw), 0

    async with clients.writing(moving=True):
        for _ in range(kills):
            hit += await killed("migrate", database_url, tmp_path, draw.uniform(0, 2 * WHOLE_SECONDS / kills))
        await house.migrate()

    assert hit > 0
    assert (await validate(house.database)).findings == []
    events = FAMILIES * (1 + CHILDREN) + len(clients.made)
    counted = "SELECT count(*), count(function_id), count(DISTINCT function_id) FROM events"
    assert tuple(await house.plain.fetchrow(counted)) == (events, events, FAMILIES)
    assert await house.plain.fetchval("SELECT count(*) FROM functions") == FAMILIES
    twice = "SELECT row_id FROM function_migration_changes GROUP BY 1 HAVING count(*) > 1 AND NOT bool_or(by_client)"
    assert await house.plain.fetch(twice) == []

    async with clients.writing(moving=False):
        for _ in range(kills):
            await killed("rollback", database_url, tmp_path, draw.uniform(0, 2 * WHOLE_SECONDS / kills))
        with suppress(NothingToRollBack):  # the last one was at its end before it was killed
            await house.roll_back()

    assert without(await house.dump(), clients.made) == before
    assert clients.longest < PATIENCE_SECONDS / 10
    print(f"{kills} kills, {hit} at work; {clients.written} writes, the longest {clients.longest * 1000:.0f} ms")  # noqa: T201 - a figure of the campaign
