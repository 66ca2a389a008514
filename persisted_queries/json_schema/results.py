"""The answer of an operation as JSON Schema: exactly the fields that it selects, under the keys it gives them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    get_named_type,
    is_abstract_type,
    is_list_type,
    is_non_null_type,
)

from persisted_queries.json_schema.leaves import DIALECT, JsonSchema, Scalars, leaf, or_null

MOST_OBJECTS: Final = 2_000
"""How many objects a schema spells out; fragments in fragments could make it grow without bound."""

_CUT: Final = "Too large to be spelled out."
_TYPENAME: Final = "__typename"


class _Part(NamedTuple):
    """A selection set, and whether a variable may leave out what it selects."""

    selections: SelectionSetNode
    conditional: bool


@dataclass(slots=True)
class _Key:
    """The fields of a selection set that have one response key."""

    nodes: list[FieldNode] = field(default_factory=list)
    conditional: list[bool] = field(default_factory=list)

    def parts(self) -> list[_Part]:
        """What stands below them: where there is one, it is there whenever the key is."""
        alone = len(self.nodes) == 1
        return [
            _Part(node.selection_set, conditional and not alone)
            for node, conditional in zip(self.nodes, self.conditional, strict=True)
            if node.selection_set is not None
        ]


def result_schema(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, scalars: Scalars
) -> JsonSchema:
    """The schema of an answer's `data` where that is not null.

    A union or an interface is `oneOf` its types, told apart by `__typename`, where that is selected, else `anyOf` them.

    Args:
        schema: what the document was validated against.
        document: with the fragments.
        operation: one of it.
        scalars: the schemas of custom scalars.
    """
    root = schema.get_root_type(operation.operation)
    assert root is not None, "the document is valid"
    walk = _Walk(schema, scalars, _fragments(document))
    return {"$schema": DIALECT, **walk.object(root, [_Part(operation.selection_set, conditional=False)])}


def root_fields(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode
) -> dict[str, tuple[str, bool]]:
    """The root fields by response key: what each is called, and whether a variable may leave it out."""
    root = schema.get_root_type(operation.operation)
    assert root is not None, "the document is valid"
    walk = _Walk(schema, {}, _fragments(document))
    keys = walk.keys(root, [_Part(operation.selection_set, conditional=False)])
    return {key: (found.nodes[0].name.value, all(found.conditional)) for key, found in keys.items()}


def _fragments(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    return {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}


@dataclass(slots=True)
class _Walk:
    schema: GraphQLSchema
    scalars: Scalars
    fragments: dict[str, FragmentDefinitionNode]
    objects: int = 0

    def object(self, type_: GraphQLObjectType, parts: Sequence[_Part]) -> JsonSchema:
        """What an object of a type shows of selection sets."""
        self.objects += 1
        if self.objects > MOST_OBJECTS:
            return {"type": "object", "$comment": _CUT}
        properties: dict[str, JsonSchema] = {}
        required: list[str] = []
        for key, found in self.keys(type_, parts).items():
            properties[key] = self._property(type_, found)
            if not all(found.conditional):
                required.append(key)
        return {
            "title": type_.name,
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": False,
        }

    def keys(self, type_: GraphQLObjectType, parts: Iterable[_Part]) -> dict[str, _Key]:
        """The fields by response key (specification, section 6.3.2, CollectFields)."""
        keys: dict[str, _Key] = {}
        # A fragment that was spread for sure is not spread again; one that may be left out may be.
        spread: set[tuple[str, bool]] = set()
        for part in parts:
            self._collect(type_, part, keys, spread)
        return keys

    def _collect(
        self, type_: GraphQLObjectType, part: _Part, keys: dict[str, _Key], spread: set[tuple[str, bool]]
    ) -> None:
        for node in part.selections.selections:
            stated = _stated(node)
            if stated is False:
                continue
            conditional = part.conditional or stated is None
            if isinstance(node, FieldNode):
                key = keys.setdefault(node.alias.value if node.alias else node.name.value, _Key())
                key.nodes.append(node)
                key.conditional.append(conditional)
                continue
            fragment = self._fragment(node, spread, conditional=conditional)
            if fragment is None:
                continue
            condition = fragment.type_condition
            if condition is None or self._applies(condition.name.value, type_):
                self._collect(type_, _Part(fragment.selection_set, conditional), keys, spread)

    def _fragment(
        self, node: SelectionNode, spread: set[tuple[str, bool]], *, conditional: bool
    ) -> FragmentDefinitionNode | InlineFragmentNode | None:
        """What a selection that is no field stands for; None where that has been collected."""
        if isinstance(node, InlineFragmentNode):
            return node
        assert isinstance(node, FragmentSpreadNode), "there is no other kind of selection"
        name = node.name.value
        if not spread.isdisjoint({(name, False), (name, conditional)}):
            return None
        spread.add((name, conditional))
        return self.fragments[name]

    def _applies(self, condition: str, type_: GraphQLObjectType) -> bool:
        named = self.schema.type_map[condition]
        return named is type_ or (is_abstract_type(named) and self.schema.is_sub_type(named, type_))

    def _property(self, parent: GraphQLObjectType, key: _Key) -> JsonSchema:
        name = key.nodes[0].name.value
        if name == _TYPENAME:
            return {"const": parent.name}
        definition = self.schema.get_field(parent, name)
        assert definition is not None, "the document is valid"
        schema = self._of(definition.type, key.parts())
        if definition.description:
            schema = {"description": definition.description, **schema}
        return {**schema, "deprecated": True} if definition.deprecation_reason else schema

    def _of(self, type_: GraphQLOutputType, parts: Sequence[_Part]) -> JsonSchema:
        if is_non_null_type(type_):
            return self._present(type_.of_type, parts)
        return or_null(self._present(type_, parts))

    def _present(self, type_: GraphQLOutputType, parts: Sequence[_Part]) -> JsonSchema:
        if is_list_type(type_):
            return {"type": "array", "items": self._of(type_.of_type, parts)}
        if isinstance(type_, GraphQLScalarType | GraphQLEnumType):
            return leaf(type_, self.scalars)
        if isinstance(type_, GraphQLInterfaceType | GraphQLUnionType):
            return self._abstract(type_, parts)
        assert isinstance(type_, GraphQLObjectType), f"{get_named_type(type_)} is no output type"
        return self.object(type_, parts)

    def _abstract(self, type_: GraphQLInterfaceType | GraphQLUnionType, parts: Sequence[_Part]) -> JsonSchema:
        possible = sorted(self.schema.get_possible_types(type_), key=lambda each: each.name)
        told_apart = all(_tells_type(self.keys(each, parts)) for each in possible)
        return {"oneOf" if told_apart else "anyOf": [self.object(each, parts) for each in possible]}


def _tells_type(keys: dict[str, _Key]) -> bool:
    """Whether the answer always says of which type an object is."""
    return any(found.nodes[0].name.value == _TYPENAME and not all(found.conditional) for found in keys.values())


def _stated(node: SelectionNode) -> bool | None:
    """Whether `@skip` and `@include` keep a selection: True, False, or None where a variable decides."""
    kept: bool | None = True
    for directive in node.directives or ():
        if directive.name.value not in {"skip", "include"}:
            continue
        (argument,) = directive.arguments or ()
        value = getattr(argument.value, "value", None)
        if value is None:
            kept = None
        elif value is (directive.name.value == "skip"):
            return False
    return kept
