"""Reading with PostgreSQL's own account of it: what each statement did, and how."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar, Union

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from db.database import Database
from db.rows import Row
from db.statement import Statement

R = TypeVar("R", bound=Row)

Connection = Union["asyncpg.Connection[Row]", "PoolConnectionProxy[Row]"]

SCAN = "Seq Scan on"
"""How PostgreSQL says that it reads a table from end to end."""

_TYPES = "SELECT parameter_types::text[] FROM pg_prepared_statements WHERE name = 'explained'"


@dataclass(frozen=True, slots=True)
class ExplainedRead:
    """A statement that ran: its rows, how long it took, and PostgreSQL's plan for it, a line a node."""

    statement: Statement[Any]
    rows: int
    seconds: float
    plan: tuple[str, ...]

    @property
    def scans(self) -> bool:
        """Whether a table is read from end to end."""
        return any(SCAN in line for line in self.plan)


@dataclass(frozen=True, slots=True)
class ExplainingDatabase(Database):
    """A database that explains each statement before it runs it, and tells `told` of both.

    The plan is the one that the statement runs with: for any values rather than for these, where sessions are told so
    (`db.database.READING_SETTINGS`), and under the role that reads, with its policies. With `analyze`, PostgreSQL runs
    the statement for its explanation as well, and says how long each node took. With `large`, plans are those that
    large tables would have: whatever an index can be used for, it is.
    """

    told: Callable[[ExplainedRead], None] = field(kw_only=True)
    large: bool = field(default=False, kw_only=True)
    analyze: bool = False

    async def fetch(self, statement: Statement[R], values: Mapping[str, Any]) -> list[R]:
        """Explain one statement and run it."""
        async with self.read(statement.sight) as reader:
            plan = await self._plan(reader.connection, statement, values)
            started = time.perf_counter()
            rows = await reader.fetch(statement, values)
        seconds = time.perf_counter() - started
        self.told(ExplainedRead(statement, statement.count(rows), seconds, plan))
        return rows

    async def _plan(
        self, connection: Connection, statement: Statement[Any], values: Mapping[str, Any]
    ) -> tuple[str, ...]:
        # EXPLAIN by itself would plan for these very values. Of a prepared statement it shows what that would run with.
        try:
            async with connection.transaction():
                if self.large:
                    await connection.execute("SET LOCAL enable_seqscan = off")
                await connection.execute(f"PREPARE explained AS {statement.text}")
                types = await connection.fetchval(_TYPES)
                given = await _literals(connection, types, statement.arguments(values)) if types else ""
                how = "EXPLAIN (ANALYZE, BUFFERS)" if self.analyze else "EXPLAIN"
                lines = await connection.fetch(f"{how} EXECUTE explained{given}")
        finally:
            # Not within the transaction, which may have failed: what is prepared stays all the same.
            with suppress(asyncpg.InvalidSQLStatementNameError):
                await connection.execute("DEALLOCATE explained")
        return tuple(line[0] for line in lines)


async def _literals(connection: Connection, types: Sequence[str], arguments: Sequence[Any]) -> str:
    """Values in PostgreSQL's own words, since EXECUTE takes no parameters."""
    words = ", ".join(f"quote_nullable(${place}::{each}::text)" for place, each in enumerate(types, 1))
    row = await connection.fetchrow(f"SELECT {words}", *arguments)
    assert row is not None, "a list of values is one row"
    return f"({', '.join(row)})"
