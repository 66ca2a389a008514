"""Explanations: what executing an operation comes to, field by field, with PostgreSQL's own plans.

`boxoffice explain` prints one as a tree (`server.explain_tree`), and a request with `"extensions": {"explain": true}`
is answered with one.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field, fields, replace
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLField,
    GraphQLObjectType,
    OperationDefinitionNode,
    OperationType,
)

from auth.viewer import ANONYMOUS, Viewer
from db.database import Database
from db.explain import ExplainedRead, ExplainingDatabase
from execution.engine import Engine
from execution.plan import Asks, Calls, Description, PlannedField, Scope, Shape
from persisted_queries.documents import prepare_document
from persisted_queries.json_schema.variables import example_variables
from resolvers.context import Context
from schema import graphql_schema
from schema.describe import describe, tell
from schema.fields import spec_of
from schema.scalars import JSON_SCHEMAS


@dataclass(slots=True)
class Asked:
    """What one question came to."""

    name: str
    parents: int
    seconds: float = 0.0
    reads: list[ExplainedRead] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ExplainedField:
    """A field of the plan.

    Attributes:
        key: under which it stands in the answer.
        name: in the schema.
        type: in the schema.
        how: `reads`, `asks` (once for all parents), `calls` (for each parent), or `known` beforehand; `written`, where
            it comes with what is above it, as JSON.
        complexity: what it costs, beside what is below it; None if nothing.
        permission: what the viewer needs; None for anyone.
        asked: what it was answered with.
        below: the fields of its objects, by the name of their type.
        is_abstract: whether the type has to be found out.
    """

    key: str
    name: str
    type: str
    how: str
    complexity: int | None
    permission: str | None
    asked: Sequence[Asked]
    below: Mapping[str, Sequence[ExplainedField]]
    is_abstract: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """An operation that was executed for its explanation, in `seconds` with all explaining."""

    title: str
    seconds: float
    fields: Sequence[ExplainedField]
    reads: Sequence[ExplainedRead]

    @property
    def scans(self) -> bool:
        """Whether any statement reads a table from end to end."""
        return any(read.scans for read in self.reads)

    def as_json(self) -> dict[str, Any]:
        """What `extensions.explain` of an answer says; times are in milliseconds."""
        return {
            "operation": self.title,
            "milliseconds": milliseconds(self.seconds),
            "statements": len(self.reads),
            "scans": self.scans,
            "fields": _fields_json(self.fields),
        }


def milliseconds(seconds: float) -> float:
    """With as many digits as mean something."""
    return round(seconds * 1000, 3)


def _fields_json(fields: Sequence[ExplainedField]) -> list[dict[str, Any]]:
    return [
        {
            "key": each.key,
            "name": each.name,
            "type": each.type,
            "how": each.how,
            **({} if each.complexity is None else {"complexity": each.complexity}),
            **({} if each.permission is None else {"requires": each.permission}),
            **({} if not each.asked else {"asked": list(map(_asked_json, each.asked))}),
            **({} if not each.below else {"on": {name: _fields_json(below) for name, below in each.below.items()}}),
        }
        for each in fields
    ]


def _asked_json(asked: Asked) -> dict[str, Any]:
    return {
        "resolver": asked.name,
        "parents": asked.parents,
        "milliseconds": milliseconds(asked.seconds),
        "statements": [
            {
                "name": read.statement.name,
                "rows": read.rows,
                "milliseconds": milliseconds(read.seconds),
                "scans": read.scans,
                "plan": list(read.plan),
            }
            for read in asked.reads
        ],
    }


_asking: ContextVar[Asked | None] = ContextVar("asking", default=None)


class Explaining:
    """One execution that is watched: over what it is executed, and what that came to."""

    def __init__(self, *, analyze: bool = False, large: bool = False) -> None:
        """Watch nothing yet.

        Args:
            analyze: whether PostgreSQL times each node of its plans.
            large: whether plans are those that large tables would have: whatever an index can be used for, it is.
        """
        self._analyze = analyze
        self._large = large
        self._asked: dict[tuple[str, str], list[Asked]] = {}
        self._reads: list[ExplainedRead] = []

    async def execute(
        self, document: DocumentNode, operation: OperationDefinitionNode, given: Mapping[str, Any], context: Context
    ) -> tuple[ExecutionResult, Explanation]:
        """Execute a query in these surroundings, over a database that explains what it is asked.

        Raises:
            VariablesRefused: the variables do not fit.
        """
        engine = Engine(graphql_schema(), self._described, tell)
        prepared = engine.prepare(document, operation)
        coerced = prepared.variables.coerce(given)
        plain = context.database
        context.database = ExplainingDatabase(
            **{each.name: getattr(plain, each.name) for each in fields(Database)},
            told=self._told,
            analyze=self._analyze,
            large=self._large,
        )
        started = time.perf_counter()
        result = await engine.execute(prepared, coerced, given, context)
        seconds = time.perf_counter() - started
        plan = prepared.planner.plan(coerced)
        title = f"{operation.operation.value} {operation.name.value if operation.name else ''}".strip()
        return result, Explanation(title, seconds, self._fields(plan.root), self._reads)

    def _told(self, read: ExplainedRead) -> None:
        self._reads.append(read)
        asking = _asking.get()
        if asking is not None:
            asking.reads.append(read)

    def _described(self, parent_type: GraphQLObjectType, name: str, definition: GraphQLField) -> Description:
        plain = describe(parent_type, name, definition)
        if not isinstance(plain.source, Asks):
            return plain
        return _watched(plain, plain.source, self._asked.setdefault((parent_type.name, name), []))

    def _fields(self, scope: Scope, *, written: bool = False) -> list[ExplainedField]:
        return [self._field(each, written=written) for each in scope.fields]

    def _field(self, each: PlannedField, *, written: bool) -> ExplainedField:
        is_known = each.name.startswith("__") or each.parent_type.name.startswith("__")
        spec = None if is_known else spec_of(each.definition)
        comes_written = written or each.shape.complete is not None
        below = {name: self._fields(scope, written=comes_written) for name, scope in _below(each.shape).items()}
        return ExplainedField(
            each.key,
            each.name,
            str(each.definition.type),
            "known" if each.source is None else "written" if written else _HOW.get(type(each.source), "reads"),
            spec.cost.complexity if spec is not None and spec.cost is not None else None,
            spec.permission.value if spec is not None and each.guard is not None else None,
            self._asked.get((each.parent_type.name, each.name), ()) if isinstance(each.source, Asks) else (),
            below,
            each.shape.abstract is not None or (each.shape.item is not None and each.shape.item.abstract is not None),
        )


_HOW = {Asks: "asks", Calls: "calls"}


def _below(shape: Shape) -> Mapping[str, Scope]:
    return _below(shape.item) if shape.item is not None else shape.scopes


def _watched(plain: Description, source: Asks, log: list[Asked]) -> Description:
    async def resolve(context: Context, parents: Sequence[Any], **arguments: Any) -> Sequence[Any]:  # noqa: ANN401 - the resolver's own
        asking = Asked(getattr(source.resolve, "__name__", repr(source.resolve)), len(parents))
        log.append(asking)
        token = _asking.set(asking)
        started = time.perf_counter()
        try:
            return await source.resolve(context, parents, **arguments)
        finally:
            asking.seconds = time.perf_counter() - started
            _asking.reset(token)

    return replace(plain, source=Asks(resolve, source.arguments))


async def explain(
    database: Database,
    secret: bytes,
    text: str,
    *,
    operation: str | None = None,
    variables: Mapping[str, Any] | None = None,
    viewer: Viewer = ANONYMOUS,
    analyze: bool = False,
    large: bool = False,
) -> tuple[ExecutionResult, Explanation]:
    """Execute an operation of a document that nobody published, and say how.

    Args:
        database: where to read, under the roles that serve: the plans are those of whoever asks.
        secret: what cursors are signed with.
        text: the document.
        operation: which of its operations; None for the only one.
        variables: its variables; None for examples of those that it needs.
        viewer: who asks.
        analyze: whether PostgreSQL times each node of its plans.
        large: whether plans are those that large tables would have.

    Raises:
        DocumentRefused: the text is no document, or has no such operation.
        VariablesRefused: the variables do not fit.
        ValueError: the operation is not a query: it would change something.
    """
    document = prepare_document(graphql_schema(), text)
    node = document.operation(operation)
    if node.operation is not OperationType.QUERY:
        raise ValueError("only queries are explained: executing anything else would change something")
    if variables is None:
        variables = example_variables(graphql_schema(), node, JSON_SCHEMAS, {})
    context = Context(database, secret, dt.datetime.now(dt.UTC), viewer)
    return await Explaining(analyze=analyze, large=large).execute(document.document, node, variables, context)
