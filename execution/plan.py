"""Plans: everything about an operation that does not depend on a request.

A plan is a tree of scopes and fields. A scope is the selection set of one object type with all fragments merged; a
field knows how it is resolved for many objects at once, how its values become an answer, and the scope below it. Plans
are immutable and shared between requests.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    FieldNode,
    GraphQLAbstractType,
    GraphQLError,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
)
from graphql.execution.executor import Executor
from graphql.execution.values import VariableValues, get_argument_values

from execution.containers import COLUMN, Column, Make, maker_of
from execution.leaves import CoerceAll, Complete


@dataclass(frozen=True, slots=True)
class Reads:
    """A field that is read from its parents, without waiting: `many(parents)` gives as many values, in their order."""

    many: Callable[[Sequence[Any]], Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Asks:
    """A field that asks once for all parents: `await resolve(context, parents, **arguments(given))`.

    Attributes:
        resolve: as many answers as parents, in their order; an answer may be an exception.
        arguments: turns the coerced arguments of the field into the resolver's keyword arguments, once a field.
    """

    resolve: Callable[..., Awaitable[Sequence[Any]]]
    arguments: Callable[[dict[str, Any]], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Calls:
    """A field with an ordinary resolver, called for each parent: `resolve(parent, info, **arguments)`."""

    resolve: Callable[..., Any]


Source = Reads | Asks | Calls

Uses = Mapping[str, frozenset[str] | None]
"""What is taken from rows: columns by the name of their type; None for a type of which nothing is known, so all."""
Tally = Callable[[Any, Sequence[Any]], None]
"""Told what a field that asks was answered with: the context, and the answers to all its parents."""

Guard = Callable[[Any], Exception | None]
"""Given the context, why nobody may see the field; None where somebody may. Asked once a field and request."""


Rewrite = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""From a resolver's keyword arguments to those with which it answers with JSON."""

Writes = Callable[["Scope", frozenset[str]], Rewrite | None]
"""Given what is asked of the object that a field shows, and the arguments that stand at the field, how its resolver
answers with the object's JSON instead, each answer a `execution.leaves.Written`; None where it cannot."""


@dataclass(frozen=True, slots=True)
class Description:
    """How a field of the schema is resolved, and who may see it.

    Attributes:
        source: what answers it; None for `__typename`.
        guard: why nobody may see it, if nobody may.
        uses: what it takes from rows.
        is_key: it shows what its parent's row was found by, and nothing else.
        shortcut: answers instead of `source` where only keys are asked of the objects below: the parents hold those.
        tally: is told what `source` was answered with, if it asks.
        writes: whether `source`, if it asks, can answer with JSON.
        coerce_all: coerces the values of its scalar, if it shows one, all at once.
    """

    source: Source | None
    guard: Guard | None = None
    uses: Uses = field(default_factory=dict)
    is_key: bool = False
    shortcut: Reads | None = None
    tally: Tally | None = None
    writes: Writes | None = None
    coerce_all: CoerceAll | None = None


Describe = Callable[[GraphQLObjectType, str, GraphQLField], Description]


ArgumentTemplate = tuple[tuple[str, str | None, Any], ...]
"""Of each argument its name, and either the variable that its value comes from or the value itself."""


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """What a value must become: a leaf, a list, or an object; null or not.

    `sealed` says that whatever is below is read, without waiting, and that no type has to be found out. An object that
    comes as JSON is a leaf, though it has a scope, which says what is in it.
    """

    non_null: bool
    complete: Complete | None = None
    item: Shape | None = None
    abstract: GraphQLAbstractType | None = None
    scopes: Mapping[str, Scope] = field(default_factory=dict)
    object_type: GraphQLObjectType | None = None
    sealed: bool = False

    @property
    def scope(self) -> Scope:
        """The one scope of an object that is not abstract."""
        assert self.object_type is not None, "asked of objects only"
        return self.scopes[self.object_type.name]

    @property
    def lists(self) -> int:
        """How many lists deep it is."""
        return 0 if self.item is None else 1 + self.item.lists


@dataclass(frozen=True, slots=True, eq=False)
class PlannedField:
    """A field of a scope: its key in the answer, how it is resolved, and what its values become.

    `constant` is what a resolver that is asked gets as its keyword arguments, where no variable has a say in it.
    `template` has the coerced arguments by name, and variables in the places of their values; None if that is not all.
    """

    key: str
    name: str
    nodes: tuple[FieldNode, ...]
    parent_type: GraphQLObjectType
    definition: GraphQLField
    source: Source | None
    guard: Guard | None
    shape: Shape
    constant: Mapping[str, Any] | None
    is_key: bool
    template: ArgumentTemplate | None = None
    tally: Tally | None = None

    @property
    def beforehand(self) -> str | Column | None:
        """What a container has for it when it is made."""
        if self.source is None:
            return self.parent_type.name
        return COLUMN if isinstance(self.source, Reads) else None

    @property
    def is_typename(self) -> bool:
        """Whether it is `__typename`, which is known beforehand."""
        return self.source is None

    def arguments(self, variables: VariableValues) -> dict[str, Any]:
        """The coerced arguments under these variables.

        Raises:
            GraphQLError: a variable holds what an argument cannot take.
        """
        if not self.definition.args:
            return {}
        if self.template is not None:
            given: dict[str, Any] = {}
            for name, variable, value in self.template:
                given[name] = value if variable is None else variables.coerced.get(variable)
                if given[name] is None and variable is not None:
                    break  # null, or left out: what that means depends on the argument
            else:
                return given
        return get_argument_values(self.definition, self.nodes[0], variables)


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """The selection set of one object type, fragments merged, in the order of the answer.

    Attributes:
        type: whose selection set it is.
        fields: what to resolve.
        make: makes its containers of columns; what has to be waited for is null in them at first.
        refused: why no object can be answered with it: a condition below is null, where that was let through.
    """

    type: GraphQLObjectType
    fields: tuple[PlannedField, ...]
    make: Make
    refused: GraphQLError | None = None

    @classmethod
    def of(
        cls, type_: GraphQLObjectType, fields: tuple[PlannedField, ...], refused: GraphQLError | None = None
    ) -> Scope:
        """The scope of a type with these fields."""
        return cls(type_, fields, maker_of(tuple((each.key, each.beforehand) for each in fields)), refused)


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A prepared operation; `uses` is what all of its fields together take from rows."""

    schema: GraphQLSchema
    operation: OperationDefinitionNode
    core: Executor[Any]
    root: Scope
    serial: bool
    uses: Uses
