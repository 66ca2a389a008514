"""Reading with PostgreSQL's own account of it: what each statement did, and how."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from db.database import Database
from db.rows import Row
from db.statement import Statement

R = TypeVar("R", bound=Row)

SCAN = "Seq Scan on"
"""How PostgreSQL says that it reads a table from end to end."""


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

    With `analyze`, PostgreSQL runs the statement for its explanation as well, and says how long each node took.
    """

    told: Callable[[ExplainedRead], None] = field(kw_only=True)
    analyze: bool = False

    async def fetch(self, statement: Statement[R], values: Mapping[str, Any]) -> list[R]:
        """Explain one statement and run it."""
        how = "EXPLAIN (ANALYZE, BUFFERS)" if self.analyze else "EXPLAIN"
        async with self.read() as reader:
            lines = await reader.connection.fetch(f"{how} {statement.text}", *statement.arguments(values))
            started = time.perf_counter()
            rows = await reader.fetch(statement, values)
        seconds = time.perf_counter() - started
        self.told(ExplainedRead(statement, len(rows), seconds, tuple(line[0] for line in lines)))
        return rows
