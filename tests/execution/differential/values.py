"""Values of input types, drawn at random: as literals, as variables with and without defaults, and as JSON."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
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

Suggest = Callable[[str, str], Sequence[Any]]
"""Given where a value goes (`Type.field(argument)`, `Input.field`) and the name of its type: which ones make sense.

None of them, and any will do.
"""

ABSENT = object()
"""A variable that the request does not send."""

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
    """A variable of an operation: how it is declared, and how a value for it is drawn."""

    name: str
    type: GraphQLInputType
    default: str | None
    where: str

    @property
    def definition(self) -> str:
        return f"${self.name}: {self.type}" + ("" if self.default is None else f" = {self.default}")


class Values:
    """Draws the values of one operation, and declares its variables."""

    def __init__(self, random: Random, suggest: Suggest) -> None:
        self._random = random
        self._suggest = suggest
        self._pool: dict[tuple[str, bool, int], list[Variable]] = {}
        self.variables: list[Variable] = []

    def arguments(self, owner: str, declared: Mapping[str, GraphQLArgument], given: float = 0.4) -> str:
        """The arguments of a field or a directive, in parentheses; some of those that may be left out are."""
        chance = self._random.random
        written = [
            f"{name}: {self.write(each.type, f'{owner}({name})', has_default=_has_default(each))}"
            for name, each in declared.items()
            if is_required_argument(each) or chance() < given
        ]
        if chance() < 0.5:
            written.reverse()
        return f"({', '.join(written)})" if written else ""

    def write(self, kind: GraphQLInputType, where: str, *, has_default: bool = False, depth: int = 0) -> str:
        """A literal or a variable."""
        chance = self._random.random
        if chance() < (0.3 if depth == 0 else 0.12):
            return self.variable(kind, where, has_default=has_default)
        if isinstance(kind, GraphQLNonNull):
            inner = kind.of_type
        elif chance() < 0.07 or depth > DEEPEST:
            return "null"
        else:
            inner = kind
        if isinstance(inner, GraphQLList):
            if chance() < 0.1 and not isinstance(_nullable(inner.of_type), GraphQLList):
                # One value stands for a list of one; a variable would have to be a list.
                return render(inner.of_type, self._json(GraphQLNonNull(_nullable(inner.of_type)), where, depth + 1))
            items = (self.write(inner.of_type, where, depth=depth + 1) for _ in range(self._random.randrange(4)))
            return f"[{', '.join(items)}]"
        if isinstance(inner, GraphQLInputObjectType) and not inner.is_one_of:
            fields = (
                f"{name}: {self.write(each.type, f'{inner}.{name}', has_default=_has_default(each), depth=depth + 1)}"
                for name, each in inner.fields.items()
                if is_required_input_field(each) or chance() < 0.4
            )
            return f"{{{', '.join(fields)}}}"
        return render(inner, self._json(GraphQLNonNull(inner), where, depth))

    def variable(self, kind: GraphQLInputType, where: str, *, has_default: bool = False) -> str:
        """A variable that may stand here: one that is there already, or a new one."""
        random = self._random
        suggested = self._suggest(where, str(_named(kind)))
        pool = self._pool.setdefault((str(kind), has_default, id(suggested) if suggested else 0), [])
        if pool and random.random() < 0.4:
            return f"${random.choice(pool).name}"
        declared, default = kind, None
        if isinstance(kind, GraphQLNonNull):
            roll = random.random()
            if roll < 0.25:
                declared, default = kind.of_type, render(kind.of_type, self._json(kind, where))
            elif roll < 0.35 and has_default:
                declared = kind.of_type
            elif roll < 0.5:
                default = render(kind.of_type, self._json(kind, where))
        elif random.random() < 0.3:
            declared = GraphQLNonNull(kind)
        elif random.random() < 0.3:
            default = render(kind, self._json(kind, where))
        made = Variable(f"v{len(self.variables)}", declared, default, where)
        self.variables.append(made)
        pool.append(made)
        return f"${made.name}"

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
        return self._json(variable.type, variable.where)

    def _json(self, kind: GraphQLInputType, where: str, depth: int = 0) -> Any:
        random = self._random
        if isinstance(kind, GraphQLNonNull):
            kind = kind.of_type
        elif random.random() < 0.07 or depth > DEEPEST:
            return None
        if isinstance(kind, GraphQLList):
            single = random.random() < 0.1 and not isinstance(_nullable(kind.of_type), GraphQLList)
            if single:
                return self._json(GraphQLNonNull(_nullable(kind.of_type)), where, depth + 1)
            return [self._json(kind.of_type, where, depth + 1) for _ in range(random.randrange(4))]
        if isinstance(kind, GraphQLInputObjectType):
            return self._input_object(kind, depth)
        return self._leaf(kind, where)

    def _leaf(self, kind: GraphQLScalarType | GraphQLEnumType, where: str) -> Any:
        suggested = self._suggest(where, kind.name)
        if suggested:
            return self._random.choice(suggested)
        if isinstance(kind, GraphQLEnumType):
            return self._random.choice(list(kind.values))
        return SCALARS.get(kind.name, SCALARS["String"])(self._random)

    def _input_object(self, kind: GraphQLInputObjectType, depth: int) -> dict[str, Any]:
        if kind.is_one_of:
            name, one = self._random.choice(list(kind.fields.items()))
            return {name: self._json(GraphQLNonNull(_nullable(one.type)), f"{kind}.{name}", depth + 1)}
        return {
            name: self._json(each.type, f"{kind}.{name}", depth + 1)
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


def _named(kind: GraphQLInputType) -> GraphQLScalarType | GraphQLEnumType | GraphQLInputObjectType:
    while isinstance(kind, GraphQLNonNull | GraphQLList):
        kind = kind.of_type
    return kind


def _has_default(declared: GraphQLArgument | GraphQLInputField) -> bool:
    return declared.default is not None or declared.default_value is not Undefined
