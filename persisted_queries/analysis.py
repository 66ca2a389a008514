"""What is known of an operation before its first request: its depth and breadth, what it touches, needs and costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    ListValueNode,
    NullValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_list_type,
    is_object_type,
    value_from_ast_untyped,
)
from graphql.utilities import get_default_value_ast

from persisted_queries.costs import Cost, CostBuilder, size_of


@dataclass(frozen=True, slots=True)
class FieldFacts:
    """What the declaration of a field says beyond its type.

    Attributes:
        permission: what a viewer must have to see it; None for anyone.
        complexity: what it costs itself.
        multipliers: the arguments that say how many times it, and all below it, is to be paid for. Of several the
            greatest counts: they are ways to say the same (`first`, `last`).
        unstated: how many times, where none of them is stated.
        most: the largest that any of them may be, if there is a bound.
        max_age: for how many seconds an answer with it may be kept; None where it does not limit that.
    """

    permission: str | None = None
    complexity: int = 0
    multipliers: tuple[str, ...] = ()
    unstated: int = 1
    most: int | None = None
    max_age: int | None = None


FactsOf: TypeAlias = Callable[[GraphQLObjectType, str, GraphQLField], FieldFacts]
"""Tells the facts of a field by its type, its name and its definition; never asked for introspection."""


class BrokenLimit(NamedTuple):
    """A variable that is larger than the operation may be asked with; a list counts by its length."""

    variable: str
    value: int
    limit: int

    def __str__(self) -> str:
        return f"`${self.variable}` comes to {self.value}; it may be {self.limit} at most."


@dataclass(frozen=True, slots=True)
class Analysis:
    """What is known of an operation.

    Attributes:
        depth: how many fields stand one in the other, at most.
        breadth: how many fields one object of the answer has, at most.
        fields: every field that it may touch, as `Type.field`.
        permissions: what a viewer must have, and for which fields.
        limits: for each variable that multiplies, the largest it may be: a number by itself, a list by its length.
        cost: what it costs at most, whatever `@skip` and `@include` leave out.
    """

    depth: int
    breadth: int
    fields: tuple[str, ...]
    permissions: Mapping[str, tuple[str, ...]]
    limits: Mapping[str, int]
    cost: Cost

    def broken_limits(self, variables: Mapping[str, Any]) -> list[BrokenLimit]:
        """What variables, coerced, break of the limits; nothing, when all is well."""
        sizes = ((name, size_of(variables.get(name), 0), most) for name, most in self.limits.items())
        return [BrokenLimit(name, size, most) for name, size, most in sizes if size > most]

    def to_json(self) -> dict[str, Any]:
        """As it is stored."""
        return {
            "depth": self.depth,
            "breadth": self.breadth,
            "fields": list(self.fields),
            "permissions": {name: list(fields) for name, fields in self.permissions.items()},
            "limits": dict(self.limits),
            "cost": [list(step) for step in self.cost.steps],
        }


def analysis_of(stored: Mapping[str, Any]) -> Analysis:
    """Read what `Analysis.to_json` made."""
    return Analysis(
        depth=stored["depth"],
        breadth=stored["breadth"],
        fields=tuple(stored["fields"]),
        permissions={name: tuple(fields) for name, fields in stored["permissions"].items()},
        limits=dict(stored["limits"]),
        cost=Cost(tuple(tuple(step) for step in stored["cost"])),
    )


@dataclass(frozen=True, slots=True)
class Excess:
    """A literal that is larger than its field allows."""

    node: ValueNode
    message: str


def analyse(
    schema: GraphQLSchema, facts_of: FactsOf, document: DocumentNode, operation: OperationDefinitionNode
) -> tuple[Analysis, list[Excess]]:
    """Analyse an operation of a valid document.

    Returns:
        What is known of it, and the literals that exceed what their fields allow.
    """
    root = schema.get_root_type(operation.operation)
    assert root is not None, "the document is valid"
    walk = _Walk(schema, facts_of, operation, _fragments(document))
    whole = walk.measure(root, (operation.selection_set,))
    analysis = Analysis(
        depth=whole.depth,
        breadth=whole.breadth,
        fields=tuple(sorted(walk.fields)),
        permissions={name: tuple(sorted(fields)) for name, fields in sorted(walk.permissions.items())},
        limits=dict(sorted(walk.limits.items())),
        cost=walk.costs.build(whole.cost),
    )
    return analysis, list(walk.excesses.values())


@dataclass(frozen=True, slots=True)
class _Measure:
    depth: int
    breadth: int
    cost: int


_Sets: TypeAlias = tuple[SelectionSetNode, ...]


def _fragments(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    return {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}


@dataclass(slots=True)
class _Walk:
    """One operation is walked by the types of its objects; what was measured once is not measured again."""

    schema: GraphQLSchema
    facts_of: FactsOf
    operation: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode]
    fields: set[str] = field(default_factory=set)
    permissions: dict[str, set[str]] = field(default_factory=dict)
    limits: dict[str, int] = field(default_factory=dict)
    excesses: dict[int, Excess] = field(default_factory=dict)
    costs: CostBuilder = field(default_factory=CostBuilder)
    _known: dict[tuple[str, tuple[int, ...]], _Measure] = field(default_factory=dict)

    def measure(self, parent: GraphQLObjectType, sets: _Sets) -> _Measure:
        """Measure what selection sets ask of an object of a type."""
        key = parent.name, tuple(map(id, sets))
        if key not in self._known:
            fields: dict[str, list[FieldNode]] = {}
            seen: set[str] = set()
            for each in sets:
                self._collect(parent, each, fields, seen)
            measures = [self._field(parent, nodes) for nodes in fields.values()]
            self._known[key] = _Measure(
                depth=max((each.depth for each in measures), default=0),
                breadth=max([len(fields), *(each.breadth for each in measures)]),
                cost=self.costs.sum([*(each.cost for each in measures), self.costs.number(_repeated(fields))]),
            )
        return self._known[key]

    def _collect(
        self,
        parent: GraphQLObjectType,
        selections: SelectionSetNode,
        fields: dict[str, list[FieldNode]],
        seen: set[str],
    ) -> None:
        """The fields by response key (GraphQL specification, section 6.3.2, CollectFields)."""
        for node in selections.selections:
            if isinstance(node, FieldNode):
                fields.setdefault(node.alias.value if node.alias else node.name.value, []).append(node)
                continue
            if isinstance(node, FragmentSpreadNode):
                if node.name.value in seen:
                    continue
                seen.add(node.name.value)
                fragment = self.fragments[node.name.value]
                if self._applies(fragment.type_condition.name.value, parent):
                    self._collect(parent, fragment.selection_set, fields, seen)
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                if condition is None or self._applies(condition.name.value, parent):
                    self._collect(parent, node.selection_set, fields, seen)

    def _applies(self, condition: str, parent: GraphQLObjectType) -> bool:
        named = self.schema.get_type(condition)
        return named is parent or (is_abstract_type(named) and self.schema.is_sub_type(named, parent))

    def _field(self, parent: GraphQLObjectType, nodes: Sequence[FieldNode]) -> _Measure:
        name = nodes[0].name.value
        definition = self.schema.get_field(parent, name)
        assert definition is not None, "the document is valid"
        below = self._below(definition, tuple(node.selection_set for node in nodes if node.selection_set))
        if name.startswith("__") or parent.name.startswith("__"):
            return _Measure(below.depth + 1, below.breadth, below.cost)
        coordinate = f"{parent.name}.{name}"
        facts = self.facts_of(parent, name, definition)
        self.fields.add(coordinate)
        if facts.permission is not None:
            self.permissions.setdefault(facts.permission, set()).add(coordinate)
        once = self.costs.sum([self.costs.number(facts.complexity), below.cost])
        cost = self.costs.product(self._times(coordinate, definition, nodes[0], facts), once)
        return _Measure(below.depth + 1, below.breadth, cost)

    def _below(self, definition: GraphQLField, sets: _Sets) -> _Measure:
        kind = get_named_type(definition.type)
        if is_object_type(kind):
            return self.measure(kind, sets)
        if is_abstract_type(kind):
            measures = [self.measure(each, sets) for each in self.schema.get_possible_types(kind)]
            return _Measure(
                depth=max((each.depth for each in measures), default=0),
                breadth=max((each.breadth for each in measures), default=0),
                cost=self.costs.greatest([each.cost for each in measures]),
            )
        return _Measure(0, 0, self.costs.number(0))

    def _times(self, coordinate: str, definition: GraphQLField, node: FieldNode, facts: FieldFacts) -> int:
        """How many times a field is to be paid for."""
        given = {each.name.value: each.value for each in node.arguments or ()}
        stated: list[int] = []
        for name in facts.multipliers:
            argument = definition.args[name]
            if name in given:
                step = self._size(f"{coordinate}({name}:)", argument, given[name], facts)
            else:
                default = _default(argument)
                step = None if default is None else self.costs.number(size_of(default, facts.unstated))
            if step is not None:
                stated.append(step)
        return self.costs.greatest(stated) if stated else self.costs.number(facts.unstated)

    def _size(self, place: str, argument: GraphQLArgument, value: ValueNode, facts: FieldFacts) -> int | None:
        """The size of an argument's value; None where it is null."""
        if isinstance(value, VariableNode):
            return self._variable(argument, value.name.value, facts)
        if isinstance(value, NullValueNode):
            return None
        is_list = is_list_type(get_nullable_type(argument.type))
        if isinstance(value, ListValueNode):
            size = len(value.values)
        else:
            size = 1 if is_list else size_of(value_from_ast_untyped(value), facts.unstated)
        if facts.most is not None and size > facts.most:
            self.excesses[id(value)] = Excess(value, f"`{place}` comes to {size}; it may be {facts.most} at most.")
        return self.costs.number(size)

    def _variable(self, argument: GraphQLArgument, name: str, facts: FieldFacts) -> int:
        if facts.most is not None:
            self.limits[name] = min(facts.most, self.limits.get(name, facts.most))
        left_out = size_of(_default(argument), facts.unstated)
        for each in self.operation.variable_definitions or ():
            if each.variable.name.value == name and each.default_value is not None:
                left_out = size_of(value_from_ast_untyped(each.default_value), facts.unstated)
        return self.costs.variable(name, left_out, facts.unstated)


def _repeated(fields: Mapping[str, Sequence[FieldNode]]) -> int:
    """How many values an object is asked for another time, under other names.

    A value that is read from a row costs nothing, since a type has only so many; under a hundred names, ten thousand
    rows of them would be an answer of sixty megabytes.
    """
    leaves = [nodes[0].name.value for nodes in fields.values() if nodes[0].selection_set is None]
    return len(leaves) - len(set(leaves))


def _default(argument: GraphQLArgument) -> Any:  # noqa: ANN401 - whatever the type has
    node = get_default_value_ast(argument)
    return None if node is None else value_from_ast_untyped(node)
