"""`boxoffice explain`: what executing an operation comes to, as a tree."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field, fields
from typing import Any

from graphql import GraphQLField, GraphQLObjectType, OperationType
from rich.text import Text
from rich.tree import Tree

from auth.viewer import ANONYMOUS, Viewer
from db.database import Database
from db.explain import ExplainedRead, ExplainingDatabase
from execution.engine import Engine
from execution.plan import Asks, Calls, Description, PlannedField, Reads, Scope, Shape
from persisted_queries.documents import prepare_document
from resolvers.context import Context
from schema import graphql_schema
from schema.describe import describe, tell
from schema.fields import spec_of


@dataclass(slots=True)
class Asked:
    """What one question came to."""

    name: str
    parents: int
    seconds: float = 0.0
    reads: list[ExplainedRead] = field(default_factory=list)


_asking: ContextVar[Asked | None] = ContextVar("asking", default=None)


@dataclass(frozen=True, slots=True)
class Explanation:
    """An operation that was executed for its explanation: the tree to print, and whether a table was scanned."""

    tree: Tree
    reads: Sequence[ExplainedRead]
    errors: Sequence[str]

    @property
    def scans(self) -> bool:
        """Whether any statement reads a table from end to end."""
        return any(read.scans for read in self.reads)


async def explain(
    database: Database,
    secret: bytes,
    text: str,
    *,
    operation: str | None = None,
    variables: Mapping[str, Any] | None = None,
    viewer: Viewer = ANONYMOUS,
    analyze: bool = False,
) -> Explanation:
    """Execute an operation, and say how.

    Args:
        database: where to read, under the roles that serve: the plans are those of whoever asks.
        secret: what cursors are signed with.
        text: the document.
        operation: which of its operations; None for the only one.
        variables: its variables.
        viewer: who asks.
        analyze: whether PostgreSQL times each node of its plans.

    Raises:
        DocumentRefused: the text is no document, or has no such operation.
        VariablesRefused: the variables do not fit.
        ValueError: the operation is not a query: it would change something.
    """
    schema = graphql_schema()
    document = prepare_document(schema, text)
    node = document.operation(operation)
    if node.operation is not OperationType.QUERY:
        raise ValueError("only queries are explained: executing anything else would change something")
    asked: dict[tuple[str, str], list[Asked]] = {}
    reads: list[ExplainedRead] = []

    def told(read: ExplainedRead) -> None:
        reads.append(read)
        asking = _asking.get()
        if asking is not None:
            asking.reads.append(read)

    def described(parent_type: GraphQLObjectType, name: str, definition: GraphQLField) -> Description:
        plain = describe(parent_type, name, definition)
        if not isinstance(plain.source, Asks):
            return plain
        return _watched(plain, plain.source, asked.setdefault((parent_type.name, name), []))

    engine = Engine(schema, described, tell)
    prepared = engine.prepare(document.document, node)
    explaining = ExplainingDatabase(
        **{each.name: getattr(database, each.name) for each in fields(Database)}, told=told, analyze=analyze
    )
    context = Context(explaining, secret, dt.datetime.now(dt.UTC), viewer)
    started = time.perf_counter()
    result = await engine.run(prepared, variables or {}, context)
    total = time.perf_counter() - started
    plan = prepared.planner.plan(prepared.variables.coerce(variables or {}))
    title = f"{node.operation.value} {node.name.value if node.name else ''}".strip()
    tree = Tree(Text(f"{title} · {len(reads)} statements · {_ms(total)} with their explanations"))
    _grow(tree, plan.root, asked)
    return Explanation(tree, reads, [error.message for error in result.errors or []])


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

    return Description(
        Asks(resolve, source.arguments), plain.guard, plain.uses, is_key=plain.is_key, shortcut=plain.shortcut
    )


def _grow(tree: Tree, scope: Scope, asked: Mapping[tuple[str, str], Sequence[Asked]]) -> None:
    for each in scope.fields:
        branch = tree.add(_line(each))
        if isinstance(each.source, Asks):
            for asking in asked.get((each.parent_type.name, each.name), ()):
                _tell_asked(branch, asking)
        for typename, below in _below(each.shape).items():
            inner = branch.add(Text(f"on {typename}")) if each.shape.abstract is not None else branch
            _grow(inner, below, asked)


def _below(shape: Shape) -> Mapping[str, Scope]:
    return _below(shape.item) if shape.item is not None else shape.scopes


def _line(each: PlannedField) -> Text:
    alias = "" if each.key == each.name else f"{each.key}: "
    line = Text(f"{alias}{each.name}: {each.definition.type}", style="bold")
    match each.source:
        case Asks():
            spec = spec_of(each.definition)
            cost = f" · complexity {spec.cost.complexity}" if spec.cost else ""
            line.append(f" · asks{cost}", style="not bold")
        case Calls():
            line.append(" · calls a resolver for each object", style="not bold")
        case Reads() if each.guard is None:
            line.append(" · reads", style="not bold dim")
        case _:
            pass
    if each.guard is not None:
        line.append(f" · requires {spec_of(each.definition).permission.value}", style="not bold yellow")
    return line


def _tell_asked(branch: Tree, asking: Asked) -> None:
    branch.add(Text(f"{asking.name}: {asking.parents} parents in {_ms(asking.seconds)}", style="cyan"))
    for read in asking.reads:
        told = branch.add(Text(f"{read.statement.name}: {read.rows} rows in {_ms(read.seconds)}", style="green"))
        if read.scans:
            told.add(Text("reads a table from end to end", style="bold red"))
        for line in read.plan:
            told.add(Text(line, style="dim"))


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"
