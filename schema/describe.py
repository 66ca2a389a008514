"""How each field of the schema is resolved for many objects at once: its declaration, as the executor reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from operator import attrgetter, itemgetter
from typing import Any

import strawberry
from graphql import GraphQLField, GraphQLObjectType, default_field_resolver, get_named_type
from strawberry.types.arguments import convert_arguments
from strawberry.types.base import StrawberryOptional
from strawberry.types.field import StrawberryField

from auth.permissions import Permission
from db.rows import KeyRow, Row, WrittenRow
from execution.batching import BatchResolver
from execution.plan import Asks, Calls, Description, Reads, Tally, Uses
from resolvers.context import Context
from resolvers.paging import CURSOR, Page
from schema.build import strawberry_schema
from schema.fields import FieldSpec, forbidden, guard_of, spec_of, verdict_of
from schema.scalars import COERCE_ALL
from schema.writing import rewrite_of


def describe(parent_type: GraphQLObjectType, name: str, definition: GraphQLField) -> Description:
    """The description of a field; introspection's own fields keep graphql-core's resolvers."""
    if name.startswith("__") or parent_type.name.startswith("__"):
        return Description(Calls(definition.resolve or default_field_resolver))
    declared: StrawberryField = definition.extensions["strawberry-definition"]
    spec = spec_of(definition)
    guard = None if spec.permission is Permission.PUBLIC else guard_of(parent_type.name, name, spec.permission)
    uses = _uses(parent_type.name, spec.reads)
    verdict = verdict_of(parent_type.name, spec.permission)
    if verdict is not None:
        return _describe_by_row(parent_type.name, name, declared, spec, verdict)
    if spec.resolve is not None:
        shortcut = None if spec.held is None else Reads(_hold_each(*spec.held))
        asks = Asks(spec.resolve, _arguments(declared, spec))
        writes = rewrite_of if spec.paged else None
        return Description(asks, guard, uses, shortcut=shortcut, tally=_tally(spec), writes=writes)
    if spec.compute is not None:
        return Description(Reads(spec.compute), guard, uses, is_key=spec.is_key)
    read = Reads(_read_each(declared.python_name))
    coerce_all = COERCE_ALL.get(get_named_type(definition.type).name)
    uses = _uses(parent_type.name, (declared.python_name, *spec.reads))
    return Description(read, guard, uses, coerce_all=coerce_all)


def _describe_by_row(typename: str, name: str, declared: StrawberryField, spec: FieldSpec, verdict: str) -> Description:
    """A field that the viewer may see of some rows: each row says whether it is one of them."""
    guard = guard_of(typename, name, spec.permission)
    if spec.resolve is not None:
        asks = Asks(_where_allowed(spec.resolve, typename, name, verdict), _arguments(declared, spec))
        return Description(asks, guard, _uses(typename, (*spec.reads, verdict)))
    if spec.compute is not None:
        read, columns = spec.compute, (*spec.reads, verdict)
    else:
        read, columns = _read_each(declared.python_name), (declared.python_name, verdict)

    def read_some(parents: Sequence[Any]) -> list[Any]:
        allowed = [parent for parent in parents if parent[verdict]]
        values = iter(read(allowed) if allowed else ())
        return [next(values) if parent[verdict] else forbidden(typename, name) for parent in parents]

    return Description(Reads(read_some), guard, _uses(typename, columns))


@cache  # one for each field, since those who ask the same are told apart by it
def _where_allowed(resolve: BatchResolver, typename: str, name: str, verdict: str) -> BatchResolver:
    async def resolve_some(context: Context, parents: Sequence[Any], **arguments: Any) -> Sequence[Any]:  # noqa: ANN401 - a batch resolver
        allowed = [parent for parent in parents if parent[verdict]]
        answers = iter(await resolve(context, allowed, **arguments) if allowed else ())
        return [next(answers) if parent[verdict] else forbidden(typename, name) for parent in parents]

    return resolve_some


def tell(context: Context, uses: Uses) -> None:
    """Hand a context what its operation takes from rows, so that statements select no more; begin to count its cost."""
    context.uses = uses
    context.spent = 0


def _uses(typename: str, reads: Sequence[str]) -> Uses:
    uses: dict[str, frozenset[str]] = {typename: frozenset()}
    for each in reads:
        owner, _, column = each.rpartition(".")
        uses[owner or typename] = uses.get(owner or typename, frozenset()) | {column}
    return {owner: columns for owner, columns in uses.items() if owner in _ROWS}


_ROWS = frozenset(each.typename for each in Row.__subclasses__()) | {CURSOR}
"""What statements select from: types whose objects are rows; the others read attributes, which none selects."""


def _read_each(name: str) -> Callable[[Sequence[Any]], list[Any]]:
    """Reads a column of every row, or an attribute of every object; the parents of a field are all of one kind."""
    item, attribute = itemgetter(name), attrgetter(name)
    return lambda parents: list(map(item if isinstance(parents[0], Row) else attribute, parents))


def _tally(spec: FieldSpec) -> Tally | None:
    """Adds what a field has cost to the context: its complexity for each parent, or for each item of the lists."""
    if spec.cost is None:
        return None
    complexity, is_list = spec.cost.complexity, bool(spec.cost.multipliers)

    def tally(context: Context, answers: Sequence[Any]) -> None:
        if context.spent is not None:
            context.spent += complexity * (_all_items(answers) if is_list else len(answers))

    return tally


def _all_items(answers: Sequence[Any]) -> int:
    kinds = set(map(type, answers))
    if kinds == _PAGES:  # the usual cases, without a call for each
        return sum([len(page.nodes) or 1 for page in answers])
    if kinds == _WRITTEN:
        return sum([page.number or 1 for page in answers])
    return sum(map(_items, answers))


_PAGES, _WRITTEN = {Page}, {WrittenRow}


def _items(answer: Any) -> int:  # noqa: ANN401 - a page, a list, or an exception
    if isinstance(answer, WrittenRow):
        number: int = answer.number
        return max(number, 1)
    if not isinstance(answer, list):
        answer = getattr(answer, "nodes", None) or getattr(answer, "edges", ())
    return max(len(answer), 1)


def _hold_each(typename: str, column: str) -> Callable[[Sequence[Any]], list[Any]]:
    return lambda parents: [KeyRow(typename, column, parent[column]) for parent in parents]


def _arguments(declared: StrawberryField, spec: FieldSpec) -> Callable[[dict[str, Any]], Mapping[str, Any]]:
    if not declared.arguments:
        return lambda _given: spec.arguments()
    schema = strawberry_schema()
    names = {schema.config.name_converter.from_argument(each): each.python_name for each in declared.arguments}
    converted = [each for each in declared.arguments if not _stays(each.type)]

    def convert(given: dict[str, Any]) -> Mapping[str, Any]:
        python = {names[name]: value for name, value in given.items()}
        if converted:
            registry = schema.schema_converter.scalar_registry
            python |= convert_arguments(given, converted, scalar_registry=registry, config=schema.config)
        return spec.arguments(**python)

    return convert


def _stays(type_: object) -> bool:
    """Whether Strawberry leaves values of a type as graphql-core made them."""
    return (type_.of_type if isinstance(type_, StrawberryOptional) else type_) in {str, int, float, bool, strawberry.ID}
