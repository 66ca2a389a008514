"""Every question that the schema permits, made from the schema itself: a new field or argument is asked by being there.

`questions` names the fields that take arguments. `ask` puts one of them in every way: each combination of filters and
orders, from both ends, with and without cursors, for five parents at once where it has parents. `ask_everything`
follows the fields that need no argument. What a value may be is said in `VALUES`, and has to be for each new argument.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputType,
    GraphQLObjectType,
    Undefined,
    get_named_type,
    is_abstract_type,
    is_enum_type,
    is_input_object_type,
    is_interface_type,
    is_leaf_type,
    is_non_null_type,
    is_object_type,
    is_required_argument,
)

from auth.viewer import ADMIN, ANONYMOUS, Viewer
from domain.ids import encode_global_id
from schema import graphql_schema
from tests.db.large import key
from tests.plugins.graph import Answer, Graph

SCHEMA = graphql_schema()
PAGING = ("first", "last", "after", "before")
ABSENT = object()

KINDS = {
    "Customer": "customer",
    "Organisation": "organisation",
    "Function": "function",
    "Event": "event",
    "Ticket": "ticket",
    "CapacityPool": "pool",
    "Package": "package",
    "Registration": "registration",
    "Attendee": "registration",
    "Payment": "registration",
    "EligibilityRule": "registration",
    "PriceRule": "registration",
    "Voucher": "registration",
    "Tax": "registration",
    "WaitingListEntry": "registration",
}


def ids(typename: str, numbers: Sequence[int]) -> list[str]:
    """Global ids of numbered rows."""
    return [encode_global_id(typename, key(KINDS[typename], number)) for number in numbers]


FUNCTION = 1
"""The function of 10,000 events, some of them featured, some not."""
PARENTS: dict[str, list[str]] = {
    "Customer": ids("Customer", range(1, 6)),
    "Organisation": ids("Organisation", range(1, 6)),
    "Function": ids("Function", [FUNCTION, 2, 2000, 4, 5]),
    "Event": ids("Event", range(500, 505)),
    "Ticket": ids("Ticket", range(1000, 1005)),
    "CapacityPool": ids("CapacityPool", range(300, 305)),
    "Package": ids("Package", range(100, 105)),
    "Registration": ids("Registration", range(100, 105)),
    "Attendee": ids("Attendee", range(100, 105)),
    "Payment": ids("Payment", range(100, 105)),
    **{name: ids(name, range(100, 105)) for name in ("EligibilityRule", "PriceRule", "Voucher", "Tax")},
    "WaitingListEntry": ids("WaitingListEntry", range(100, 105)),
}
"""What is asked about, by type; the first of them has something to show."""

VALUES: dict[str, list[Any]] = {
    "EventFilter.functionId": ids("Function", [FUNCTION]),
    "EventFilter.functionSlug": [f"function-{FUNCTION}"],
    "EventFilter.organisationId": ids("Organisation", [3]),
    "EventFilter.includeDeleted": [True],  # false says what leaving it out says
    "RegistrationFilter.status": [["CONFIRMED", "HELD"]],
    "RegistrationFilter.functionId": ids("Function", [FUNCTION]),
    "RegistrationFilter.eventId": ids("Event", [500]),
    "RegistrationFilter.search": ["ada@example.org"],
    "DateRange.gte": ["2024-01-01T00:00:00Z"],
    "DateRange.lt": ["2029-12-31T00:00:00Z"],
    "Function.days.since": ["2027-01-01"],
    "Query.node.id": [each[0] for each in PARENTS.values()],
    "Query.nodes.ids": [[each for group in PARENTS.values() for each in group]],
    "Query.function.id": ids("Function", [FUNCTION]),
    "Query.function.slug": [f"function-{FUNCTION}"],
    "Query.event.id": ids("Event", [500]),
    "Query.event.slug": ["event-500"],
    "Query.package.id": ids("Package", [100]),
    "Query.registration.id": ids("Registration", [100]),
    "Query.registration.guestToken": ["none"],
    "Query.waitingListEntry.id": ids("WaitingListEntry", [100]),
    "Query.waitingListEntry.guestToken": ["none"],
    "Query.organisation.id": ids("Organisation", [3]),
    "Query.organisation.slug": ["organisation-3"],
    "Query.search.query": ["word77", '"word78 of" -function'],
}
"""What may stand for an argument (`Type.field.argument`) or an input's field (`Input.field`), enums and flags aside."""


def questions() -> list[tuple[str, str]]:
    """The fields with arguments, each as a type and a field."""
    # What a subscription or a mutation shows, it reads as `node` does, once something has happened; how a move stands,
    # as operators do.
    besides = {SCHEMA.subscription_type, SCHEMA.mutation_type, SCHEMA.type_map["MigrationStatus"]}
    asked = [each for each in _object_types() if each not in besides]
    return [(each.name, name) for each in asked for name, field in each.fields.items() if field.args]


REGISTRATIONS = {f"RegistrationFilter.{name}" for name in ("status", "functionId", "eventId", "search")}
"""They sift a list that is walked in the same order without them."""

RARE: dict[Viewer, tuple[int, frozenset[str]]] = {
    # To these it makes little difference what they ask for.
    ANONYMOUS: (1, frozenset({"EventFilter.isPublished", "EventFilter.includeDeleted", *REGISTRATIONS})),
    # These ask what the others ask in all combinations.
    ADMIN: (2, frozenset({"EventFilter.functionSlug", "EventFilter.eventStart", *REGISTRATIONS})),
}
"""Who asks, those who see what anyone sees and those who see more; and which filters are put among so many at most:
the number of combinations has to end somewhere."""

_rare: ContextVar[tuple[int, frozenset[str]]] = ContextVar("rare")
_viewer: ContextVar[Viewer] = ContextVar("viewer")


async def ask(graph: Graph, typename: str, name: str, viewer: Viewer, *, at_most: int | None = None) -> None:
    """Put one question in every way that there is, or with no more than so many combinations of filters and orders."""
    _viewer.set(viewer)
    _rare.set(RARE[viewer])
    field = SCHEMA.type_map[typename].fields[name]
    own = {each: argument for each, argument in field.args.items() if each not in PAGING}
    cursors = [each for each in ("after", "before") if each in field.args]
    bounds = [chosen for size in (1, 2) for chosen in itertools.combinations(cursors, size)]
    path = _path(typename)

    def document(ends: Sequence[str], bounds: Sequence[Sequence[str]], selection: str, *, count: bool = False) -> str:
        return _document(path, name, field, list(itertools.product(ends, bounds)), selection, count=count)

    every_end = [each for each in ("first", "last") if each in field.args] or [""]
    # A rising list from its end is the falling one from its start (`test_paging.py`), and all orders are asked for.
    one_end = every_end[:1]
    documents = {
        ordered: (
            document(ends, [()], _columns(field), count=not ordered),
            document(ends, bounds, _columns(field)),
        )
        for ordered, ends in ((False, every_end), (True, one_end))
    }
    narrow = document(every_end, [()], _places(field))
    for chosen in itertools.islice(_products(own, f"{typename}.{name}"), at_most):
        first, between = documents["orderBy" in chosen]
        page = _first_page(await _run(graph, first, chosen))
        if bounds and page is not None and page["startCursor"] is not None:
            await _run(graph, between, {**chosen, "after": page["startCursor"], "before": page["endCursor"]})
        if len(chosen) <= 1:
            await _run(graph, narrow, chosen)


async def ask_everything(graph: Graph, viewer: Viewer) -> None:
    """Follow every field that needs no argument, from a hundred of each entity, and one entity further from five."""
    _viewer.set(viewer)
    for entity in (SCHEMA.type_map[name] for name in PARENTS):
        for name, field in entity.fields.items():
            for chosen, depth in ((ids(entity.name, range(1, 101)), 1), (PARENTS[entity.name], 2)):
                body = f"{name} {_selection(field, depth)}"
                await _run(
                    graph,
                    f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {entity.name} {{ {body} }} }} }}",
                    {"ids": chosen},
                )
    for name, field in SCHEMA.query_type.fields.items():
        if not field.args:
            await _run(graph, f"{{ {name} {_selection(field, 1)} }}", {})


async def _run(graph: Graph, document: str, variables: Mapping[str, Any]) -> Answer:
    """Run an operation, in which only what the API itself refuses may fail."""
    viewer = _viewer.get()
    answer = await graph(document, variables, viewer=viewer)
    assert {*answer.codes} <= {"BAD_USER_INPUT", *([] if viewer is ADMIN else ["FORBIDDEN"])}, answer.errors
    return answer


# What is asked


def _products(inputs: Mapping[str, GraphQLArgument | GraphQLInputField], where: str) -> Iterator[dict[str, Any]]:
    """Every combination of what may stand for some arguments or fields."""
    choices = [
        [
            *([] if _is_required(each) else [ABSENT]),
            *_values(each.type, f"{where}.{name}"),
        ]
        for name, each in inputs.items()
    ]
    for values in itertools.product(*choices):
        chosen = {name: value for name, value in zip(inputs, values, strict=True) if value is not ABSENT}
        most, rare = _rare.get()
        if len(chosen) <= most or rare.isdisjoint(f"{where}.{name}" for name in chosen):
            yield chosen


def _is_required(given: GraphQLArgument | GraphQLInputField) -> bool:
    # Leaving out what has a default is giving the default.
    return is_non_null_type(given.type) or given.default_value is not Undefined


def _values(type_: GraphQLInputType, where: str) -> list[Any]:
    named = get_named_type(type_)
    if is_input_object_type(named):
        return [each for each in _products(named.fields, named.name) if each]
    if is_enum_type(named) and where not in VALUES:
        return list(named.values)
    if named.name == "Boolean" and where not in VALUES:
        return [True, False]
    assert where in VALUES, f"say in VALUES what may stand for {where}"
    return VALUES[where]


# How it is asked


def _object_types() -> list[GraphQLObjectType]:
    types = SCHEMA.type_map.values()
    return [each for each in types if isinstance(each, GraphQLObjectType) and not each.name.startswith("__")]


def _path(typename: str, seen: frozenset[str] = frozenset()) -> list[str]:
    """The selections that lead from the query to objects of a type."""
    if typename == "Query":
        return []
    if typename in PARENTS:
        quoted = ", ".join(f'"{each}"' for each in PARENTS[typename])
        return [f"nodes(ids: [{quoted}])", f"... on {typename}"]
    for owner in _object_types():
        for name, field in owner.fields.items():
            if get_named_type(field.type).name == typename and _is_open(field) and owner.name not in seen:
                return [*_path(owner.name, seen | {typename}), name]
    raise AssertionError(f"nothing leads to {typename}")


def _document(
    path: Sequence[str],
    name: str,
    field: GraphQLField,
    pages: Sequence[tuple[str, Sequence[str]]],
    selection: str,
    *,
    count: bool = False,
) -> str:
    """An operation that asks for pages of a field, each from an end of its list and within some cursors."""
    own = [each for each in field.args if each not in PAGING]
    cursors = sorted({each for _, chosen in pages for each in chosen})
    lines = []
    for end, chosen in pages:
        given = [*(f"{each}: ${each}" for each in (*own, *chosen)), *([f"{end}: 1"] if end else [])]
        lines.append(f"{'_'.join(('page', end, *chosen))}: {name}{_list(given)} {selection}")
    if count and _shows(field, "totalCount"):
        # To a count, it is all the same what its list is ordered by.
        lines.append(f"total: {name}{_list(f'{each}: ${each}' for each in own)} {{ totalCount }}")
    body = "\n".join(lines)
    for step in reversed(path):
        body = f"{step} {{ {body} }}"
    declared = [f"${each}: {field.args[each].type}" for each in (*own, *cursors) if f"${each}" in body]
    return f"query{_list(declared)} {{ {body} }}"


def _list(parts: Iterable[str]) -> str:
    text = ", ".join(parts)
    return f"({text})" if text else ""


def _shows(field: GraphQLField, name: str) -> bool:
    named = get_named_type(field.type)
    return is_object_type(named) and name in named.fields


def _places(field: GraphQLField) -> str:
    """Where a page stands: no column but those of its order."""
    return "{ pageInfo { startCursor endCursor } }" if _shows(field, "pageInfo") else _selection(field, 1)


def _columns(field: GraphQLField) -> str:
    """All columns of a page's rows, and where it stands."""
    if not _shows(field, "edges"):
        return _selection(field, 1)
    node = get_named_type(get_named_type(get_named_type(field.type).fields["edges"].type).fields["node"].type)
    columns = {
        row.name: " ".join(
            f"{row.name}_{name}: {name}" for name, each in row.fields.items() if is_leaf_type(get_named_type(each.type))
        )
        for row in (SCHEMA.get_possible_types(node) if is_abstract_type(node) else [node])
    }
    parts = " ".join(f"... on {name} {{ {leaves} }}" for name, leaves in columns.items())
    return f"{{ pageInfo {{ startCursor endCursor }} edges {{ node {{ {parts} }} }} }}"


def _first_page(answer: Answer) -> Mapping[str, Any] | None:
    """Where the first page stands that has a row, whatever path leads to it."""
    waiting = [answer.data]
    while waiting:
        each = waiting.pop(0)
        if isinstance(each, Mapping):
            if "startCursor" in each:
                return each
            waiting = [*each.values(), *waiting]
        elif isinstance(each, list):
            waiting = [*each, *waiting]
    return None


def _is_open(field: GraphQLField) -> bool:
    return not any(map(is_required_argument, field.args.values()))


def _is_entity(named: Any) -> bool:
    """Not a connection, an edge or a price, which are parts of what they belong to."""
    possible = SCHEMA.get_possible_types(named) if is_abstract_type(named) else [named]
    return any(each.name in PARENTS for each in possible)


def _selection(field: GraphQLField, depth: int) -> str:
    """Whatever a field shows without being given arguments, no more than so many entities deep."""
    named = get_named_type(field.type)
    if is_leaf_type(named):
        return ""
    if is_interface_type(named):
        return "{ __typename id }"
    depth -= _is_entity(named)
    if is_abstract_type(named):
        parts = [f"... on {each.name} {{ {_parts(each, depth)} }}" for each in SCHEMA.get_possible_types(named)]
        return f"{{ __typename {' '.join(parts)} }}"
    return f"{{ __typename {_parts(named, depth)} }}"


def _parts(owner: GraphQLObjectType, depth: int) -> str:
    # By names of their own, since in a union fields of one name may have several types. Edges are the nodes once more,
    # with cursors, which are made without asking anything; `ask` looks at them.
    shown = {name: field for name, field in owner.fields.items() if name != "edges" or "nodes" not in owner.fields}
    return " ".join(
        f"{owner.name}_{name}: {name} {_selection(field, depth)}"
        for name, field in shown.items()
        if _is_open(field) and depth >= _is_entity(get_named_type(field.type))
    )
