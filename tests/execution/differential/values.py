"""Values of input types, drawn at random: as literals, as variables with and without defaults, and as JSON."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import orjson
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    Undefined,
    is_required_argument,
    is_required_input_field,
)


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What makes sense in a schema; of what is not suggested, anything will do.

    Attributes:
        values: of scalars, by the names of their types.
        arguments: the arguments of a field together, by `Type.field`.
    """

    values: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    arguments: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)


ABSENT = object()
"""A variable that the request does not send, or a value that is still to be drawn."""

JUNK: Sequence[Any] = ("junk", {}, [[None]], -1, 1e30, True, {"unknown": 1})
DEEPEST = 3

SCALARS: Mapping[str, Callable[[Random], Any]] = {
    "Int": lambda random: random.choice((0, 1, 2, 7, -3, 2**31 - 1)),
    "Float": lambda random: random.choice((0, 1, -2.5, 1e10, 0.1)),
    "String": lambda random: random.choice(("", "a", "bcd", 'quo"ted\\', "ünï\n", "0")),
    "Boolean": lambda random: random.random() < 0.5,
    "ID": lambda random: random.choice(("1", "two", 3, "")),
}


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of an operation: how it is declared, and its value if that is settled."""

    name: str
    type: GraphQLInputType
    default: str | None
    value: Any = ABSENT

    @property
    def definition(self) -> str:
        return f"${self.name}: {self.type}" + ("" if self.default is None else f" = {self.default}")


class Values:
    """Draws the values of one operation, and declares its variables."""

    def __init__(self, random: Random, suggestions: Suggestions) -> None:
        self._random = random
        self._suggestions = suggestions
        self._pool: dict[tuple[str, bool], list[Variable]] = {}
        self.variables: list[Variable] = []

    def arguments(self, owner: str, declared: Mapping[str, GraphQLArgument], given: float = 0.4) -> str:
        """The arguments of a field or a directive, in parentheses; some of those that may be left out are."""
        chance = self._random.random
        suggested = self._suggestions.arguments.get(owner)
        if suggested is None:
            written = [
                f"{name}: {self.write(each.type, has_default=_has_default(each))}"
                for name, each in declared.items()
                if is_required_argument(each) or chance() < given
            ]
        else:
            chosen = self._random.choice(suggested)
            written = [f"{name}: {self._settled(declared[name].type, value)}" for name, value in chosen.items()]
        if chance() < 0.5:
            written.reverse()
        return f"({', '.join(written)})" if written else ""

    def write(self, kind: GraphQLInputType, *, has_default: bool = False, depth: int = 0) -> str:
        """A literal or a variable."""
        chance = self._random.random
        if chance() < (0.3 if depth == 0 else 0.12):
            return self.variable(kind, has_default=has_default)
        if not isinstance(kind, GraphQLNonNull) and (chance() < 0.07 or depth > DEEPEST):
            return "null"
        inner = _nullable(kind)
        if isinstance(inner, GraphQLList):
            if chance() < 0.1 and not isinstance(_nullable(inner.of_type), GraphQLList):
                # One value stands for a list of one; a variable would have to be a list.
                return render(inner.of_type, self._json(GraphQLNonNull(_nullable(inner.of_type)), depth + 1))
            items = (self.write(inner.of_type, depth=depth + 1) for _ in range(self._random.randrange(4)))
            return f"[{', '.join(items)}]"
        if isinstance(inner, GraphQLInputObjectType) and not inner.is_one_of:
            fields = (
                f"{name}: {self.write(each.type, has_default=_has_default(each), depth=depth + 1)}"
                for name, each in inner.fields.items()
                if is_required_input_field(each) or chance() < 0.4
            )
            return f"{{{', '.join(fields)}}}"
        return render(inner, self._json(GraphQLNonNull(inner), depth))

    def variable(self, kind: GraphQLInputType, *, has_default: bool = False) -> str:
        """A variable that may stand here: one that is there already, or a new one."""
        random = self._random
        pool = self._pool.setdefault((str(kind), has_default), [])
        if pool and random.random() < 0.4:
            return f"${random.choice(pool).name}"
        declared, default = kind, None
        if isinstance(kind, GraphQLNonNull):
            roll = random.random()
            if roll < 0.25:
                declared, default = kind.of_type, render(kind.of_type, self._json(kind))
            elif roll < 0.35 and has_default:
                declared = kind.of_type
            elif roll < 0.5:
                default = render(kind.of_type, self._json(kind))
        elif random.random() < 0.3:
            declared = GraphQLNonNull(kind)
        elif random.random() < 0.3:
            default = render(kind, self._json(kind))
        made = self._declare(declared, default)
        pool.append(made)
        return f"${made.name}"

    def _settled(self, kind: GraphQLInputType, value: Any) -> str:
        """A value that is settled, as a literal or by a variable."""
        roll = self._random.random()
        if roll < 0.7:
            return render(kind, value)
        if value is not None and roll < 0.8:
            kind = GraphQLNonNull(_nullable(kind))
        return f"${self._declare(kind, render(kind, value) if roll > 0.9 else None, value).name}"

    def _declare(self, kind: GraphQLInputType, default: str | None, value: Any = ABSENT) -> Variable:
        made = Variable(f"v{len(self.variables)}", kind, default, value)
        self.variables.append(made)
        return made

    def draw(self) -> dict[str, Any]:
        """A request's values of the variables: now and then one is absent, null, or does not fit."""
        drawn = ((each.name, self._draw(each)) for each in self.variables)
        return {name: value for name, value in drawn if value is not ABSENT}

    def _draw(self, variable: Variable) -> Any:
        chance = self._random.random
        nullable = not isinstance(variable.type, GraphQLNonNull)
        if (nullable or variable.default is not None) and chance() < 0.2:
            return ABSENT
        if nullable and chance() < 0.1:
            return None
        if chance() < 0.004:
            return self._random.choice(JUNK)
        return self._json(variable.type) if variable.value is ABSENT else variable.value

    def _json(self, kind: GraphQLInputType, depth: int = 0) -> Any:
        random = self._random
        if isinstance(kind, GraphQLNonNull):
            kind = kind.of_type
        elif random.random() < 0.07 or depth > DEEPEST:
            return None
        if isinstance(kind, GraphQLList):
            single = random.random() < 0.1 and not isinstance(_nullable(kind.of_type), GraphQLList)
            if single:
                return self._json(GraphQLNonNull(_nullable(kind.of_type)), depth + 1)
            return [self._json(kind.of_type, depth + 1) for _ in range(random.randrange(4))]
        if isinstance(kind, GraphQLInputObjectType):
            return self._input_object(kind, depth)
        return self._leaf(kind)

    def _leaf(self, kind: GraphQLScalarType | GraphQLEnumType) -> Any:
        suggested = self._suggestions.values.get(kind.name)
        if suggested is not None:
            return self._random.choice(suggested)
        if isinstance(kind, GraphQLEnumType):
            return self._random.choice(list(kind.values))
        return SCALARS.get(kind.name, SCALARS["String"])(self._random)

    def _input_object(self, kind: GraphQLInputObjectType, depth: int) -> dict[str, Any]:
        if kind.is_one_of:
            name, one = self._random.choice(list(kind.fields.items()))
            return {name: self._json(GraphQLNonNull(_nullable(one.type)), depth + 1)}
        return {
            name: self._json(each.type, depth + 1)
            for name, each in kind.fields.items()
            if is_required_input_field(each) or self._random.random() < 0.4
        }


def render(kind: GraphQLInputType, value: Any) -> str:
    """A JSON value as a literal of a type."""
    kind = _nullable(kind)
    if isinstance(value, list):
        item = kind.of_type if isinstance(kind, GraphQLList) else kind
        return f"[{', '.join(render(item, each) for each in value)}]"
    if isinstance(kind, GraphQLList):
        return render(kind.of_type, value)
    if isinstance(value, dict):
        fields = (
            {name: each.type for name, each in kind.fields.items()} if isinstance(kind, GraphQLInputObjectType) else {}
        )
        return f"{{{', '.join(f'{name}: {render(fields.get(name, kind), each)}' for name, each in value.items())}}}"
    return str(value) if isinstance(kind, GraphQLEnumType) and value is not None else orjson.dumps(value).decode()


def _nullable(kind: GraphQLInputType) -> Any:
    return kind.of_type if isinstance(kind, GraphQLNonNull) else kind


def _has_default(declared: GraphQLArgument | GraphQLInputField) -> bool:
    return declared.default is not None or declared.default_value is not Undefined
