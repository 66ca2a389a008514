"""Operations under routes: which may have one, which route a path means, and strings of an address as variables."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar
from urllib.parse import quote, urlencode

from graphql import (
    DocumentNode,
    GraphQLEnumType,
    GraphQLInputType,
    GraphQLNamedType,
    GraphQLScalarType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    get_named_type,
    get_nullable_type,
    is_list_type,
)

from domain.routes import Route, are_ambiguous, precedence
from persisted_queries.json_schema.results import root_fields
from persisted_queries.json_schema.variables import variable_types

T = TypeVar("T")

_INTEGER: Final = re.compile(r"-?[0-9]{1,10}")
_NUMBER: Final = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?")
_BOOLEANS: Final = {"true": True, "false": False}


def faults_of_route(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, route: Route
) -> list[str]:
    """Why an operation of a valid document cannot have a route, each in a sentence.

    It is a query of one root field, whose value becomes the answer. Every parameter of the path is one of its
    variables, the others become parameters of the query string: none of them is an input object, or a list of lists.
    """
    if operation.operation is not OperationType.QUERY:
        return [f"A route is for a query, not for a {operation.operation.value}."]
    faults: list[str] = []
    roots = root_fields(schema, document, operation)
    if len(roots) != 1 or any(name == "__typename" for name, _ in roots.values()):
        faults.append(f"The query of a route has one root field, whose value is the answer; it has {len(roots)}.")
    elif any(conditional for _, conditional in roots.values()):
        faults.append("The root field of a route's query cannot be left out by a variable.")
    types = variable_types(schema, operation)
    for name in route.parameters:
        if name not in types:
            faults.append(f"The path has {{{name}}}, but the query has no variable ${name}.")
        elif is_list_type(get_nullable_type(types[name])):
            faults.append(f"${name} stands in the path, and is a list.")
    for name, type_ in types.items():
        if not _fits_an_address(type_):
            faults.append(f"${name} is of type {type_}: no scalar, enum, or list of these. Declare its parts instead.")
    return faults


def _fits_an_address(type_: GraphQLInputType) -> bool:
    nullable = get_nullable_type(type_)
    inner = get_nullable_type(nullable.of_type) if is_list_type(nullable) else nullable
    return isinstance(inner, GraphQLScalarType | GraphQLEnumType) and inner.name != "JSON"


def conflict_of(route: Route, others: Iterable[Route]) -> Route | None:
    """The first of other routes that cannot stand beside one: of the same shape, or ambiguous with it."""
    return next((each for each in others if each.shape == route.shape or are_ambiguous(route, each)), None)


@dataclass(frozen=True, slots=True)
class ParameterFault:
    """What is wrong with a parameter of an address; `place` is `path` or `query`."""

    name: str
    place: str
    message: str


class ParametersRefused(Exception):
    """An address whose parameters are no variables of its operation, with every fault."""

    def __init__(self, faults: Sequence[ParameterFault]) -> None:
        super().__init__("; ".join(f"{each.name}: {each.message}" for each in faults))
        self.faults = tuple(faults)


def read_parameters(
    types: Mapping[str, GraphQLInputType], path: Mapping[str, str], query: Sequence[tuple[str, str]]
) -> dict[str, object]:
    """The variables that an address means, as a JSON body would hold them; coercion has the last word.

    Args:
        types: of the operation's variables.
        path: the parameters in the path.
        query: those of the query string, in their order; a list is a parameter that stands several times.

    Raises:
        ParametersRefused: one is not known, stands too often, or cannot be read as its type.
    """
    given: dict[str, list[str]] = {}
    for name, text in query:
        given.setdefault(name, []).append(text)
    faults: list[ParameterFault] = []
    variables: dict[str, object] = {}
    allowed = [name for name in types if name not in path]
    for name, texts in given.items():
        if name not in allowed:
            known = ", ".join(allowed) or "none"
            faults.append(ParameterFault(name, "query", f"There is no such parameter; there are: {known}."))
            continue
        type_ = get_nullable_type(types[name])
        try:
            if is_list_type(type_):
                variables[name] = [_value(get_named_type(type_), text) for text in texts]
            elif len(texts) > 1:
                faults.append(ParameterFault(name, "query", "It must not be given more than once."))
            else:
                variables[name] = _value(get_named_type(type_), texts[0])
        except ValueError as error:
            faults.append(ParameterFault(name, "query", str(error)))
    for name, text in path.items():
        try:
            variables[name] = _value(get_named_type(types[name]), text)
        except ValueError as error:
            faults.append(ParameterFault(name, "path", str(error)))
    if faults:
        raise ParametersRefused(faults)
    return variables


def _value(type_: GraphQLNamedType, text: str) -> object:
    if isinstance(type_, GraphQLEnumType) and text not in type_.values:
        raise ValueError(f"Expected one of {', '.join(type_.values)}.")
    read = _READERS.get(type_.name)
    return text if read is None else read(text)


def _integer(text: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise ValueError("Expected an integer, such as 20.")
    return int(text)


def _number(text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise ValueError("Expected a number, such as 1.5.")
    return float(text)


def _boolean(text: str) -> bool:
    if text not in _BOOLEANS:
        raise ValueError("Expected true or false.")
    return _BOOLEANS[text]


_READERS: Final[Mapping[str, Callable[[str], object]]] = {"Int": _integer, "Float": _number, "Boolean": _boolean}
"""Of all other scalars the form in JSON is a string."""


def address_of(route: Route, variables: Mapping[str, object]) -> str:
    """The address that means these variables, as `read_parameters` reads it."""
    path = "/".join(
        quote(_written(variables[each[1:-1]]), safe="") if each.startswith("{") else each for each in route.segments
    )
    others = [
        (name, _written(each))
        for name, value in variables.items()
        if name not in route.parameters and value is not None
        for each in (value if isinstance(value, list) else [value])
    ]
    return f"/{path}" + (f"?{urlencode(others)}" if others else "")


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


class RouteTable(Generic[T]):
    """Finds what stands under the route that a path means: the narrowest that fits."""

    def __init__(self, routes: Mapping[Route, T] | None = None) -> None:
        """Take routes with what stands under them; no two of them are ambiguous or of one shape."""
        self._by_length: dict[int, list[tuple[Route, T]]] = {}
        for route, value in sorted((routes or {}).items(), key=lambda item: precedence(item[0])):
            self._by_length.setdefault(len(route.segments), []).append((route, value))

    def values(self) -> list[T]:
        """All that stands under a route."""
        return [value for routes in self._by_length.values() for _, value in routes]

    def find(self, segments: Sequence[str]) -> tuple[T, dict[str, str]] | None:
        """What stands under the route of a path, and the values of the path's parameters."""
        for route, value in self._by_length.get(len(segments), ()):
            values = route.match(segments)
            if values is not None:
                return value, values
        return None


@dataclass(frozen=True, slots=True)
class Routes(Generic[T]):
    """What stands at which address: for each client, and for callers without one."""

    of_clients: Mapping[uuid.UUID, RouteTable[T]] = field(default_factory=dict)
    public: RouteTable[T] = field(default_factory=RouteTable)

    @classmethod
    def of(cls, routed: Iterable[tuple[uuid.UUID, Route, T]], public: frozenset[uuid.UUID]) -> Routes[T]:
        """Take clients' routes with what stands under them; of several of one shape and client, the last one counts.

        Args:
            routed: the client, the route, and what stands under it.
            public: the clients whose routes anyone may call.
        """
        of_clients: dict[uuid.UUID, dict[tuple[str | None, ...], tuple[Route, T]]] = {}
        for owner, route, value in routed:
            of_clients.setdefault(owner, {})[route.shape] = (route, value)
        everyones = [each for owner, own in of_clients.items() if owner in public for each in own.values()]
        return cls(
            {owner: RouteTable(dict(own.values())) for owner, own in of_clients.items()}, RouteTable(dict(everyones))
        )

    def find(self, client_id: uuid.UUID | None, path: Sequence[str]) -> tuple[T, dict[str, str]] | None:
        """What a caller finds at an address: a client's own routes go before those that anyone may call."""
        own = None if client_id is None else self.of_clients.get(client_id)
        return (own.find(path) if own else None) or self.public.find(path)
