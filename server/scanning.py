"""What published operations ask of the database: kept with them; and told where that is a table from end to end."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from auth.viewer import ADMIN, ANONYMOUS
from db.database import Database
from db.explain import SCAN, ExplainedRead
from db.failures import UNAVAILABLE
from db.registry import keep_statements
from persisted_queries.compiling import CompiledOperation
from persisted_queries.documents import prepare_document
from persisted_queries.json_schema.variables import example_variables
from schema import graphql_schema
from schema.scalars import JSON_SCHEMAS
from server.explain import ExplainedField, Explanation, explain

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


async def look_at(database: Database, operations: Iterable[CompiledOperation]) -> list[Scan]:
    """Keep which statements queries come to, field by field; tell which of them no index serves.

    Queries are executed with example values, for anyone and for administrators, so statements are known as far as there
    are rows that lead to them. What takes too long, or fails, is passed over with a line in the log: it is published
    all the same.
    """
    scans: dict[Scan, None] = {}
    statements: dict[str, list[dict[str, str]]] = {}
    for each in operations:
        if each.kind != "query":
            continue
        try:
            async with asyncio.timeout(SECONDS):
                told = await _executed(database, each)
        except UNAVAILABLE as error:
            _log.warning("operation not looked at", operation=each.name or each.public_id, reason=repr(error))
            continue
        asked = {(where, read.statement.text): read for one in told for where, read in _reads(one.fields)}
        statements[each.text_sha256] = [
            {"field": where, "statement": read.statement.name, "sql": text} for (where, text), read in asked.items()
        ]
        scans |= {
            Scan(each.name or each.public_id, read.statement.name, line.partition(SCAN)[2].split()[0]): None
            for read in asked.values()
            for line in lasting(read.plan)
            if SCAN in line
        }
    await keep_statements(database, statements)
    return list(scans)


async def _executed(database: Database, operation: CompiledOperation) -> list[Explanation]:
    schema = graphql_schema()
    node = prepare_document(schema, operation.text).operation(operation.name)
    variables = example_variables(schema, node, JSON_SCHEMAS, operation.analysis.limits)
    told = [
        await explain(
            database, SECRET, operation.text, operation=operation.name, variables=variables, viewer=viewer, large=True
        )
        for viewer in (ANONYMOUS, ADMIN)
    ]
    return [explanation for _, explanation in told]


def _reads(fields: Iterable[ExplainedField], above: str = "") -> Iterator[tuple[str, ExplainedRead]]:
    """The statements of fields and of all below them, each with the path of its field."""
    for each in fields:
        where = f"{above}.{each.key}" if above else each.key
        for asked in each.asked:
            for read in asked.reads:
                yield where, read
        for below in each.below.values():
            yield from _reads(below, where)


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
