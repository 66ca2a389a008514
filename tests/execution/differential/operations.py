"""Operations over any schema, drawn at random and valid by construction.

A response key means the same field with the same arguments and of the same type wherever it stands in an operation, so
that all selections merge; they overlap often: a field is selected again beside itself, in inline fragments, in named
fragments. `validate` is to confirm each operation, since a few of its rules are not kept here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from random import Random
from typing import Any

from graphql import (
    DirectiveLocation,
    GraphQLCompositeType,
    GraphQLDirective,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSkipDirective,
    GraphQLUnionType,
    do_types_overlap,
    get_named_type,
    is_composite_type,
    specified_directives,
)
from graphql.type.introspection import SchemaMetaFieldDef, TypeMetaFieldDef, TypeNameMetaFieldDef

from tests.execution.differential.values import Suggestions, Values


@dataclass(frozen=True, slots=True)
class Bounds:
    """What operations may become.

    Attributes:
        depth: how many levels of objects they have.
        selections: about how many fields, once all fragments are spread.
        kinds: whether they read, change, or listen.
    """

    depth: int = 5
    selections: int = 40
    kinds: Sequence[str] = ("query", "mutation", "subscription")


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation, and the variables of some requests for it."""

    text: str
    name: str | None
    variables: Sequence[dict[str, Any]]


@dataclass(slots=True)
class _Fragment:
    name: str
    on: str
    text: str
    size: int
    height: int


@dataclass(frozen=True, slots=True)
class _Fields:
    """What can be selected from a type: leaves and the rest, and on which types a fragment makes sense in it."""

    leaves: Sequence[tuple[str, GraphQLField]]
    others: Sequence[tuple[str, GraphQLField]]
    overlapping: Sequence[GraphQLCompositeType]


class Catalogue:
    """What the types of a schema have to offer."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.schema = schema
        self.directives = [each for each in schema.directives if each not in specified_directives]
        self.of = lru_cache(None)(self._of)

    def _of(self, name: str) -> _Fields:
        kind = self.schema.type_map[name]
        assert is_composite_type(kind), "a selection set stands in a composite type"
        fields = {} if isinstance(kind, GraphQLUnionType) else kind.fields
        composite = {name for name, each in fields.items() if is_composite_type(get_named_type(each.type))}
        return _Fields(
            [(name, each) for name, each in fields.items() if name not in composite],
            [(name, each) for name, each in fields.items() if name in composite],
            [
                each
                for each in self.schema.type_map.values()
                if is_composite_type(each) and do_types_overlap(self.schema, kind, each)
            ],
        )


@dataclass(slots=True)
class _Writer:
    """Writes one operation."""

    catalogue: Catalogue
    random: Random
    values: Values
    left: int
    keys: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    aliases: dict[tuple[str, str, str], str] = field(default_factory=dict)
    fragments: list[_Fragment] = field(default_factory=list)

    def selections(self, parent: GraphQLCompositeType, depth: int, most: int = 6) -> tuple[str, int]:
        """A selection set, and how many levels it has."""
        random = self.random
        written: list[str] = []
        selected: list[tuple[str, GraphQLField, str]] = []
        height = 0
        if depth <= 0 and not self.catalogue.of(parent.name).leaves:
            most = 1
        for _ in range(random.randint(1, most)):
            if self.left <= 0 and written:
                break
            roll = random.random()
            if roll < 0.78 or depth <= 0:
                again = random.choice(selected) if selected and random.random() < 0.15 else None
                text, below = self.field(parent, depth, again, selected)
            elif roll < 0.9:
                text, below = self.inline(parent, depth)
            else:
                text, below = self.spread(parent, depth)
            written.append(text)
            height = max(height, below)
        between = random.choice((" ", "\n", ", "))
        return "{" + between.join(written) + "}", height

    def field(
        self,
        parent: GraphQLCompositeType,
        depth: int,
        again: tuple[str, GraphQLField, str] | None,
        selected: list[tuple[str, GraphQLField, str]],
    ) -> tuple[str, int]:
        """A field: one that is selected in this set already, perhaps, for the two to be merged."""
        self.left -= 1
        name, declared, arguments = again or self.choose(parent, depth)
        selected.append((name, declared, arguments))
        key = self.key(name, arguments, declared)
        text = (name if key == name else f"{key}: {name}") + arguments + self.conditions(DirectiveLocation.FIELD)
        kind = get_named_type(declared.type)
        if not is_composite_type(kind):
            return text, 1
        below, height = self.selections(kind, depth - 1)
        return text + " " + below, height + 1

    def only(self, root: GraphQLObjectType, depth: int) -> str:
        """The selection set of a subscription."""
        name, declared = self.random.choice(list(root.fields.items()))
        arguments = self.values.arguments(f"{root}.{name}", declared.args)
        kind = get_named_type(declared.type)
        below = self.selections(kind, depth - 1)[0] if is_composite_type(kind) else ""
        return f"{{{name}{arguments} {below}}}"

    def choose(self, parent: GraphQLCompositeType, depth: int) -> tuple[str, GraphQLField, str]:
        random, offered = self.random, self.catalogue.of(parent.name)
        roll = random.random()
        if parent is self.catalogue.schema.query_type and roll < 0.04 and depth > 2:
            if random.random() < 0.3:
                return "__schema", SchemaMetaFieldDef, ""
            name = random.choice(list(self.catalogue.schema.type_map))
            return "__type", TypeMetaFieldDef, f'(name: "{name}")'
        nested = depth > 0 and self.left > 0 and offered.others and (roll < 0.5 or not offered.leaves)
        among = offered.others if nested else offered.leaves
        if not among or roll > 0.96:
            return "__typename", TypeNameMetaFieldDef, ""
        name, declared = random.choice(among)
        return name, declared, self.values.arguments(f"{parent}.{name}", declared.args) if declared.args else ""

    def key(self, name: str, arguments: str, declared: GraphQLField) -> str:
        """The response key: the field's name, or an alias that nothing else goes by."""
        random, meaning = self.random, (name, arguments, str(declared.type))
        if random.random() < 0.75 and self.keys.setdefault(name, meaning) == meaning:
            return name
        alias = self.aliases.get(meaning)
        if alias is None or random.random() < 0.3:
            alias = next(each for each in self.names(name) if self.keys.setdefault(each, meaning) == meaning)
            self.aliases[meaning] = alias
        return alias

    def names(self, name: str) -> Sequence[str]:
        number = len(self.keys)
        return (*self.random.sample(("id", "a", "b", "__c", "D", name), 2), f"a{number}", f"b{number}")

    def inline(self, parent: GraphQLCompositeType, depth: int) -> tuple[str, int]:
        """An inline fragment, with or without a type condition."""
        on = self.condition(parent)
        text = "..." + ("" if on is parent and self.random.random() < 0.7 else f" on {on}")
        below, height = self.selections(on, depth - 1, most=3)
        return text + self.conditions(DirectiveLocation.INLINE_FRAGMENT) + " " + below, height

    def spread(self, parent: GraphQLCompositeType, depth: int) -> tuple[str, int]:
        """A named fragment: one that is there already, if it fits, or a new one."""
        overlapping = {each.name for each in self.catalogue.of(parent.name).overlapping}
        there = [
            each
            for each in self.fragments
            if each.on in overlapping and each.height <= depth and each.size <= self.left
        ]
        if there and self.random.random() < 0.6:
            made = self.random.choice(there)
            self.left -= made.size
        else:
            on, before = self.condition(parent), self.left
            below, height = self.selections(on, depth - 1, most=4)
            name = f"F{len(self.fragments)}"
            made = _Fragment(name, on.name, f"fragment {name} on {on} {below}", before - self.left, height)
            self.fragments.append(made)
        return f"...{made.name}" + self.conditions(DirectiveLocation.FRAGMENT_SPREAD), made.height

    def condition(self, parent: GraphQLCompositeType) -> GraphQLCompositeType:
        return parent if self.random.random() < 0.3 else self.random.choice(self.catalogue.of(parent.name).overlapping)

    def conditions(self, place: DirectiveLocation) -> str:
        """Now and then a directive."""
        roll = self.random.random()
        if roll > 0.1:
            return ""
        if roll > 0.09:
            return "".join(map(self.directive, (each for each in self.catalogue.directives if place in each.locations)))
        name = "skip" if roll < 0.03 else "include"
        text = f" @{name}(if: {self.boolean()})"
        return text + (f" @skip(if: {self.boolean()})" if name == "include" and roll > 0.08 else "")

    def directive(self, directive: GraphQLDirective) -> str:
        return f" @{directive.name}{self.values.arguments(f'@{directive.name}', directive.args, given=0.8)}"

    def boolean(self) -> str:
        """A condition: a variable, or a literal."""
        if self.random.random() < 0.6:
            return self.values.variable(GraphQLSkipDirective.args["if"].type)
        return self.random.choice(("true", "false"))


def generate(
    catalogue: Catalogue, random: Random, suggestions: Suggestions, bounds: Bounds, requests: int = 1
) -> Operation:
    """An operation of a kind that the schema has, mostly a query, and the variables of so many requests."""
    schema = catalogue.schema
    roll = random.random()
    kind, root = "query", schema.query_type
    if roll < 0.04 and "subscription" in bounds.kinds and schema.subscription_type is not None:
        kind, root = "subscription", schema.subscription_type
    elif roll < 0.18 and "mutation" in bounds.kinds and schema.mutation_type is not None:
        kind, root = "mutation", schema.mutation_type
    assert root is not None, "a schema has a root"
    writer = _Writer(catalogue, random, Values(random, suggestions), bounds.selections)
    selections = writer.only(root, bounds.depth) if kind == "subscription" else writer.selections(root, bounds.depth)[0]
    values = writer.values
    declared = f"({', '.join(each.definition for each in values.variables)})" if values.variables else ""
    name = "Drawn" if random.random() < 0.5 else None
    definitions = [
        f"{kind}{f' {name}' if name else ' '}{declared} {selections}",
        *(each.text for each in writer.fragments),
    ]
    if name and random.random() < 0.1:
        definitions.append("query Other { __typename }")
    random.shuffle(definitions)
    return Operation("\n".join(definitions), name, [values.draw() for _ in range(requests)])
