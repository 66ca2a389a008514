"""Operations that read a table from end to end, however large it becomes: told to whoever publishes them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from auth.viewer import ADMIN, ANONYMOUS
from db.database import Database
from db.explain import SCAN
from db.failures import UNAVAILABLE
from persisted_queries.compiling import CompiledOperation
from persisted_queries.documents import prepare_document
from persisted_queries.json_schema.variables import example_variables
from schema import graphql_schema
from schema.scalars import JSON_SCHEMAS
from server.explain import explain

SECONDS: Final = 2.0
"""The longest that one operation is looked at."""

SECRET: Final = b"cursors that nobody sees"

_HASHED = re.compile(r"hashed SubPlan (\d+)")

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Scan:
    """A statement of an operation that no index serves."""

    operation: str
    statement: str
    table: str

    def __str__(self) -> str:
        return f"{self.operation}: the statement {self.statement} reads {self.table} from end to end."


async def scans_of(database: Database, operations: Iterable[CompiledOperation]) -> list[Scan]:
    """Which statements of queries no index serves, for anyone or for administrators.

    Queries are executed with example values, so statements are looked at as far as there are rows that lead to them.
    What takes too long, or fails, is passed over with a line in the log: it is published all the same.
    """
    found: dict[Scan, None] = {}
    for each in operations:
        if each.kind != "query":
            continue
        try:
            async with asyncio.timeout(SECONDS):
                found |= dict.fromkeys(await _scans(database, each))
        except UNAVAILABLE as error:
            _log.warning("operation not looked at", operation=each.name or each.public_id, reason=repr(error))
    return list(found)


async def _scans(database: Database, operation: CompiledOperation) -> Sequence[Scan]:
    schema = graphql_schema()
    node = prepare_document(schema, operation.text).operation(operation.name)
    variables = example_variables(schema, node, JSON_SCHEMAS, operation.analysis.limits)
    scans = []
    for viewer in (ANONYMOUS, ADMIN):
        _, told = await explain(
            database, SECRET, operation.text, operation=operation.name, variables=variables, viewer=viewer, large=True
        )
        scans += [
            Scan(operation.name or operation.public_id, read.statement.name, line.partition(SCAN)[2].split()[0])
            for read in told.reads
            for line in lasting(read.plan)
            if SCAN in line
        ]
    return scans


def lasting(plan: Sequence[str]) -> Iterator[str]:
    """The lines of a plan that stay as tables grow.

    A subplan is hashed as long as its table is small, and looked up by index instead once it is large: of that choice
    the planner shows one side alone.
    """
    hashed = {f"SubPlan {number}" for line in plan for number in _HASHED.findall(line)}
    above: int | None = None
    for line in plan:
        depth = len(line) - len(line.lstrip())
        if above is not None and depth > above:
            continue
        above = depth if line.strip() in hashed else None
        yield line
