"""One behaviour of a field, two ways to ask for it: object by object, and all of a level at once."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import GeneratorType
from typing import Any
from zlib import crc32

from graphql import (
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    get_named_type,
)

from execution.batching import WrongAnswerCount
from execution.plan import Asks, Calls, Reads, Source
from tests.execution.differential.misbehaving import Thing, fault, value_of


@dataclass(slots=True)
class Context:
    """What an executor hands to every resolver.

    Attributes:
        forbids: whether guards refuse.
        waits: whether what type an object is of may have to be waited for.
        asked: the root fields of a mutation that were asked, as they were.
    """

    forbids: bool
    waits: bool
    asked: list[str] = field(default_factory=list)


class Behaviour:
    """What a field gives for a parent under arguments."""

    def __init__(self, name: str, field: GraphQLField, parent: GraphQLObjectType) -> None:
        self.name = name
        self.output = field.type
        self.takes_arguments = bool(field.args)
        self.draw = crc32(name.encode())
        self.is_batch = name.startswith("batch")
        self.is_mutation = parent.name == "Mutation"
        # Some fields have arguments and do not care.
        self.ignores = self.takes_arguments and self.draw % 4 == 0 and not self.is_batch
        self.guard = self._guard if self.draw % 13 == 0 else None

    def __repr__(self) -> str:
        return self.name

    def resolve(self, parent: Any, info: GraphQLResolveInfo[Context], **given: Any) -> Any:
        """The resolver of graphql-core."""
        if self.guard is not None and (refused := self.guard(info.context)) is not None:
            raise refused
        return self.called(info.context, parent, given)

    def called(self, context: Context, parent: Any, given: Mapping[str, Any]) -> Any:
        """The value, or the error; half of the fields raise errors, the others return them."""
        if self.is_mutation:
            context.asked.append(f"{self.name}{given}")
        value = self.value(parent, given)
        if isinstance(value, Exception) and self.draw % 2:
            raise value
        return value

    def value(self, parent: Any, given: Mapping[str, Any]) -> Any:
        """The value, or an exception."""
        if self.is_batch and given["fault"] != "NONE":
            return (
                fault(self.draw, self.name) if given["fault"] == "RAISE" else WrongAnswerCount("gave all for 1 parents")
            )
        if not isinstance(parent, Thing):
            return TypeError(f"{self.name} of a {type(parent).__name__}")
        if get_named_type(self.output).name == "Loose" and parent.draw(self.name) % 3:
            return loose(parent)
        return value_of(self.output, parent, self.name, *(() if self.ignores else given.items()))

    def _guard(self, context: Context) -> Exception | None:
        if not context.forbids:
            return None
        if self.draw % 3 == 0:
            raise PermissionError(f"{self.name} is guarded with force")
        return PermissionError(f"{self.name} is guarded")


def source_of(behaviour: Behaviour) -> Source:
    """The same for the engine."""
    draw = behaviour.draw >> 4
    if behaviour.is_batch:
        return Asks(_Batch(behaviour), dict)
    if (behaviour.ignores or not behaviour.takes_arguments) and not behaviour.is_mutation and draw % 2:
        return Reads(_reading(behaviour))
    draw >>= 1
    if draw % 3 == 0:
        return Asks(_Batch(behaviour), dict)
    if draw % 3 == 1:
        return Calls(lambda parent, info, **given: behaviour.called(info.context, parent, given))
    return Calls(_later(behaviour))


def _reading(behaviour: Behaviour) -> Any:
    """Reads all parents; half of the fields give up at the first error."""

    def one(parent: Any) -> Any:
        value = behaviour.value(parent, {})
        if isinstance(value, Exception) and behaviour.draw % 2:
            raise value
        return value

    return lambda parents: [one(parent) for parent in parents]


class _Batch:
    """A batch resolver: one for all fields of the same name, whichever type they belong to."""

    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self._identity = (behaviour.name, behaviour.is_mutation)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Batch) and self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    async def __call__(self, context: Context, parents: Sequence[Any], **given: Any) -> Any:
        behaviour = self._behaviour
        if behaviour.draw % 3 == 0:
            await asyncio.sleep(0)
        if behaviour.is_mutation:
            context.asked.append(f"{behaviour.name}{given}")
        match given["fault"] if behaviour.is_batch else "NONE":
            case "RAISE":
                raise fault(behaviour.draw, behaviour.name)
            case "NOTHING":
                return None
            case "WORD":
                return "x" * (len(parents) + 1)
            case "FEW":
                return [0] * (len(parents) - 1)
            case "MANY":
                return [0] * (len(parents) + 1)
        return [behaviour.value(parent, given) for parent in parents]


def _later(behaviour: Behaviour) -> Any:
    """An ordinary resolver whose values have to be waited for, in one of many ways."""

    def resolve(parent: Any, info: GraphQLResolveInfo[Context], **given: Any) -> Any:
        value = behaviour.called(info.context, parent, given)
        drawn = parent.draw("later", behaviour.name) if isinstance(parent, Thing) else 0
        return later(behaviour.output, value, drawn)

    return resolve


def later(output: GraphQLOutputType, value: Any, drawn: int) -> Any:
    """The same value, to be waited for; and if it is a list, perhaps its items too."""
    inner = output.of_type if isinstance(output, GraphQLNonNull) else output
    if not isinstance(inner, GraphQLList) or not isinstance(value, list | GeneratorType):
        return value if drawn % 3 == 0 else wait(value)
    kind, drawn = drawn % 6, drawn >> 1
    if kind < 2:
        return _stream(inner.of_type, value, drawn)
    items = _items(inner.of_type, value, drawn)
    # What breaks off stays a generator; to list it would be to break off here.
    listed = list(items) if isinstance(value, list) and kind % 2 else items
    return listed if kind < 4 else wait(listed)


async def wait(value: Any) -> Any:
    """The same value, or the same exception raised, after a while."""
    await asyncio.sleep(0)
    if isinstance(value, Exception):
        raise value
    return value


async def _stream(item: GraphQLOutputType, values: Any, drawn: int) -> AsyncIterator[Any]:
    for each in values:
        yield later(item, each, drawn)


def _items(item: GraphQLOutputType, values: Any, drawn: int) -> Any:
    for each in values:
        yield later(item, each, drawn)


class _Attributes:
    """An object with methods, for the default resolver."""

    def __init__(self, thing: Thing) -> None:
        self._thing = thing
        self.attribute = f"of {thing.seed}" if thing.draw("attribute") % 5 else None
        self.plain = thing.child("plain")

    def method(self, _info: GraphQLResolveInfo[Context], n: int | None = None) -> object:
        return self._thing.draw("method", n) % 100

    def failing(self, _info: GraphQLResolveInfo[Context]) -> object:
        raise fault(self._thing.seed, "method")

    @property
    def loose(self) -> list[Any]:
        if self._thing.draw("property") % 7 == 0:
            raise fault(self._thing.seed, "property")
        return [loose(self._thing.child("loose", index)) for index in range(max(0, 3 - self._thing.level))]


def loose(thing: Thing) -> Any:
    """A mapping, or an object with attributes and methods."""
    made = _Attributes(thing)
    if thing.draw("mapping") % 2:
        return made
    return {
        "attribute": made.attribute,
        "method": made.method,
        "failing": ValueError("returned"),
        "missingTo": thing.draw("id") % 3 or None,
        "plain": lambda _info: made.plain,
        "loose": lambda _info: made.loose,
    }
