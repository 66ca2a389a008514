"""What a document may ask for, found out before it is validated: one pass, each fragment looked at once.

The pass knows no types. It can be cheaper than validation by as much as that would be dear, and it bounds what comes
after it: how many fields stand in an operation once its fragments are spread, which validation, planning and execution
take time in proportion to.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    Source,
)

_MOST: Final = 2**53 - 1
"""Where sums stop to grow, which fragments within fragments could double without end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryLimits:
    """The most that a document may have.

    Attributes:
        tokens: lexical tokens, comments among them.
        depth: fields one in the other, the innermost counted.
        breadth: fields in one selection set, fragments spread.
        fields: fields of an operation, fragments spread wherever they stand.
        root_fields: fields of the root of an operation, fragments spread.
        aliases: fields that are given another name.
        directives: directives, wherever they stand.
        introspection: things that introspection would show, as far as can be said beforehand.
        cost: what an operation costs with its variables (`persisted_queries.costs`).
    """

    tokens: int = 3_000
    depth: int = 20
    breadth: int = 200
    fields: int = 2_000
    root_fields: int = 30
    aliases: int = 100
    directives: int = 50
    introspection: int = 200_000
    cost: int = 10_000


PUBLISHED: Final = QueryLimits(
    tokens=5_000,
    depth=1_000,
    breadth=5_000,
    fields=20_000,
    root_fields=5_000,
    aliases=5_000,
    directives=5_000,
    introspection=200_000,
    cost=_MOST,
)
"""For what someone with the right to publish has published: little more than what keeps a process from harm."""


class Excess(NamedTuple):
    """A limit that a document is beyond, by how much, and where."""

    limit: str
    value: int
    maximum: int
    node: Node | None = None

    def error(self, source: Source | None = None, positions: Collection[int] | None = None) -> GraphQLError:
        """As a client is told; where there is no node, `source` and `positions` say where."""
        return GraphQLError(
            f"The document has {_WORDS[self.limit].format(self.value)}; there may be {self.maximum}.",
            self.node,
            source,
            positions,
            extensions={"limit": self.limit, "value": self.value, "maximum": self.maximum},
        )


_WORDS: Final[Mapping[str, str]] = {
    "tokens": "{} tokens or more",
    "depth": "{} fields one in the other",
    "breadth": "{} fields in one selection set, fragments spread",
    "fields": "{} fields in one operation, fragments spread",
    "rootFields": "{} fields at the root of one operation",
    "aliases": "{} aliases",
    "directives": "{} directives",
    "cost": "a cost of {}",
    "introspection": "introspection that would show about {} things",
}


_INTROSPECTION: Final = frozenset({"__schema", "__type"})

_SHOWN: Final[Mapping[str, int]] = {
    "types": 150,
    "fields": 8,
    "inputFields": 5,
    "args": 2,
    "enumValues": 6,
    "possibleTypes": 4,
    "directives": 8,
}
"""How many things each list of introspection has, roughly; where it is not a list, one."""


class Measure(NamedTuple):
    """What is below a selection set, or a selection.

    Attributes:
        depth: fields one in the other.
        breadth: fields that it adds to the set that it stands in.
        fields: fields altogether.
        shown: things that it would show, if it were introspection.
        introspected: things that introspection does show in it.
    """

    depth: int = 0
    breadth: int = 0
    fields: int = 0
    shown: int = 0
    introspected: int = 0


_NOTHING: Final = Measure()


def excess_of(document: DocumentNode, limits: QueryLimits) -> Excess | None:
    """The first limit that a document is beyond; it need not be valid.

    Raises:
        RecursionError: its fragments follow each other in too long a chain.
    """
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    walk = _Walk(limits, fragments)
    for each in document.definitions:
        if isinstance(each, OperationDefinitionNode):
            walk.operation(each)
        elif isinstance(each, FragmentDefinitionNode):
            walk.fragment(each.name.value)
        if walk.excess is not None:
            return walk.excess
    return None


def introspection_in(document: DocumentNode) -> Node | None:
    """Where a document asks for the schema; None where it does not. `__typename` is no such question."""
    pending: list[SelectionSetNode] = [
        each.selection_set
        for each in document.definitions
        if isinstance(each, OperationDefinitionNode | FragmentDefinitionNode)
    ]
    while pending:
        for node in pending.pop().selections:
            if isinstance(node, FieldNode) and node.name.value in _INTROSPECTION:
                return node
            if isinstance(node, FieldNode | InlineFragmentNode) and node.selection_set is not None:
                pending.append(node.selection_set)
    return None


@dataclass(slots=True)
class _Walk:
    """One pass over a document; `excess` is the first limit that it met."""

    limits: QueryLimits
    fragments: Mapping[str, FragmentDefinitionNode]
    excess: Excess | None = None
    aliases: int = 0
    directives: int = 0
    _known: dict[str, Measure] = field(default_factory=dict)

    def operation(self, node: OperationDefinitionNode) -> None:
        """Measure an operation."""
        limits = self.limits
        self._directives(node.directives)
        for variable in node.variable_definitions or ():
            self._directives(variable.directives)
        whole = self._set(node.selection_set)
        self._check("rootFields", whole.breadth, limits.root_fields, node.selection_set)
        self._check("fields", whole.fields, limits.fields, self._largest(node))
        self._check("introspection", whole.introspected, limits.introspection, self._largest(node))
        if whole.depth > limits.depth:
            self._check("depth", whole.depth, limits.depth, self._at_depth(node.selection_set, limits.depth))

    def fragment(self, name: str) -> Measure:
        """Measure a fragment; one that is not there, or stands within itself, is validation's to refuse."""
        found = self.fragments.get(name)
        if found is None:
            return _NOTHING
        if name not in self._known:
            self._known[name] = _NOTHING
            self._directives(found.directives)
            self._known[name] = self._set(found.selection_set)
        return self._known[name]

    def _set(self, selections: SelectionSetNode) -> Measure:
        depth = breadth = fields = shown = introspected = 0
        for node in selections.selections:
            each = self._selection(node)
            depth = max(depth, each.depth)
            breadth += each.breadth
            fields += each.fields
            shown += each.shown
            introspected += each.introspected
        self._check("breadth", breadth, self.limits.breadth, selections)
        return Measure(depth, min(breadth, _MOST), min(fields, _MOST), min(shown, _MOST), min(introspected, _MOST))

    def _selection(self, node: SelectionNode) -> Measure:
        self._directives(node.directives)
        if isinstance(node, FragmentSpreadNode):
            return self.fragment(node.name.value)
        if not isinstance(node, FieldNode):
            assert isinstance(node, InlineFragmentNode), "there are three kinds of selections"
            return self._set(node.selection_set)
        if node.alias is not None:
            self.aliases += 1
            self._check("aliases", self.aliases, self.limits.aliases, node)
        return _field(node.name.value, self._set(node.selection_set) if node.selection_set else _NOTHING)

    def _directives(self, nodes: Sequence[DirectiveNode] | None) -> None:
        for node in nodes or ():
            self.directives += 1
            self._check("directives", self.directives, self.limits.directives, node)

    def _check(self, limit: str, value: int, maximum: int, node: Node | None) -> None:
        if value > maximum and self.excess is None:
            self.excess = Excess(limit, value, maximum, node)

    def _measured(self, node: SelectionNode) -> Measure:
        """The measure of a selection that was walked; its aliases and directives are not counted again."""
        return _Walk(PUBLISHED, self.fragments, _known=self._known)._selection(node)  # noqa: SLF001 - another of its kind

    def _largest(self, operation: OperationDefinitionNode) -> Node:
        return max(operation.selection_set.selections, key=lambda node: self._measured(node).fields)

    def _at_depth(self, selections: SelectionSetNode, levels: int) -> Node:
        """The field at which the deepest way down is one deeper than it may be."""
        while True:
            node = max(selections.selections, key=lambda each: self._measured(each).depth)
            if isinstance(node, FragmentSpreadNode):
                selections = self.fragments[node.name.value].selection_set
                continue
            assert isinstance(node, FieldNode | InlineFragmentNode)
            if isinstance(node, FieldNode):
                if levels == 0:
                    return node
                levels -= 1
            assert node.selection_set is not None, "the way goes on below"
            selections = node.selection_set


def _field(name: str, below: Measure) -> Measure:
    shown = _SHOWN.get(name, 1) * (1 + below.shown)
    return Measure(
        depth=1 + below.depth,
        breadth=1,
        fields=1 + below.fields,
        shown=shown,
        introspected=shown if name in _INTROSPECTION else below.introspected,
    )
