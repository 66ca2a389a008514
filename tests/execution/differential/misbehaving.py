"""Values that fields give, well and badly: what a field gives hangs on its parent, its name and its arguments alone.

So whoever asks, object by object or all of a level at once, is given the same.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zlib import crc32

from graphql import GraphQLError, GraphQLList, GraphQLNonNull, GraphQLOutputType, Undefined, parse
from graphql.language import FieldNode, OperationDefinitionNode

RATES = (0, 15, 60, 250)
"""How many of a thousand values are bad, by the trouble that a thing is in."""


@dataclass(frozen=True, slots=True)
class Thing:
    """An object: all that its fields give follows from its seed.

    Attributes:
        seed: a number.
        trouble: how often its fields misbehave, an index of `RATES`.
        level: how far it is from the root; lists become shorter on the way down.
    """

    seed: int
    trouble: int = 0
    level: int = 0

    def draw(self, *of: object) -> int:
        """A number that follows from the seed and from something else."""
        return crc32(f"{self.seed} {of}".encode())

    def child(self, *of: object) -> "Thing":
        return Thing(self.draw("child", *of), self.trouble, self.level + 1)


class Odd(Exception):
    """An error that says more than its text, as some libraries' do."""

    def __init__(self, message: object, **more: Any) -> None:
        super().__init__("not the message")
        self.message = message
        self.__dict__.update(more)


class Speechless(Exception):
    """An error that fails to say what it is."""

    def __str__(self) -> str:
        raise LookupError("lost for words")


class Unlisting:
    """An iterable that cannot be iterated over."""

    def __iter__(self) -> Iterator[Any]:
        raise OSError("no iterator")


class Shy:
    """A value that cannot be put into a message."""

    def __str__(self) -> str:
        return "shy"

    def __inspect__(self) -> str:
        raise NotImplementedError("do not look")


def fault(drawn: int, name: str) -> Exception:
    """One of the ways to fail."""
    errors: tuple[Callable[[], Exception], ...] = (
        lambda: ValueError(f"{name} went wrong"),
        ValueError,
        lambda: KeyError(name),
        lambda: GraphQLError(f"{name} is refused", extensions={"code": "REFUSED", "of": name}),
        lambda: GraphQLError(f"{name} was located elsewhere", path=["else", 1, "where"]),
        lambda: GraphQLError(f"{name} has nodes of its own", ELSEWHERE),
        lambda: Odd(f"{name} is odd", extensions={"odd": True}),
        lambda: Odd(13, extensions="none"),
        lambda: Odd(f"{name} stands elsewhere", nodes=ELSEWHERE),
        Speechless,
    )
    return errors[drawn % len(errors)]()


(_OPERATION,) = parse("\n  { elsewhere }").definitions
assert isinstance(_OPERATION, OperationDefinitionNode)
(ELSEWHERE,) = ([each] for each in _OPERATION.selection_set.selections if isinstance(each, FieldNode))

WRONG: tuple[Callable[[Thing], Any], ...] = (
    lambda _: {"a": 1},
    lambda _: [1, "two"],
    lambda _: "text",
    lambda _: "",
    lambda _: "12",
    lambda _: b"bytes",
    lambda _: 2**31,
    lambda _: -(2**31) - 1,
    lambda _: 10**40,
    lambda _: float("nan"),
    lambda _: float("-inf"),
    lambda _: 1.5,
    lambda _: 2.0,
    lambda _: -0.0,
    lambda _: Decimal("1.25"),
    lambda _: Decimal(3),
    lambda _: True,
    lambda _: Undefined,
    lambda _: {1},
    lambda _: int,
    lambda _: Shy(),
    lambda _: {"__typename": "Plain"},
    lambda _: {"__typename": "Nowhere"},
    lambda thing: thing.child("wrong"),
    lambda thing: (thing.child("first"), None),
)
"""Values that are not of most types."""

LEAVES: Mapping[str, Callable[[int], Any]] = {
    "String": lambda drawn: f"s{drawn % 97}",
    "Int": lambda drawn: drawn % 1000 - 500,
    "Float": lambda drawn: (drawn % 1000) / 8,
    "Boolean": lambda drawn: drawn % 2 == 0,
    "ID": lambda drawn: f"id{drawn % 89}",
    "Colour": lambda drawn: (1, "green", None, (3, 4), 2.5)[drawn % 5],
    "Even": lambda drawn: drawn % 100 * 2,
    "Anything": lambda drawn: ({"x": [drawn % 7]}, [1, None], "text", 7, 1.5, True)[drawn % 6],
}


def value_of(output: GraphQLOutputType, thing: Thing, *of: object) -> Any:
    """What a field of this type gives for a thing; it may be an exception, which is then to be raised or returned."""
    drawn = thing.draw(*of)
    bad = drawn % 1000 < RATES[thing.trouble]
    drawn >>= 10
    if bad:
        return _bad(thing, drawn, str(of[0]), output)
    if isinstance(output, GraphQLNonNull):
        output = output.of_type
    elif drawn % 16 == 0:
        return None
    drawn >>= 4
    if isinstance(output, GraphQLList):
        return _list(output.of_type, thing, drawn, *of)
    leaf = LEAVES.get(output.name)
    return thing.child(*of) if leaf is None else leaf(drawn)


def _bad(thing: Thing, drawn: int, name: str, output: GraphQLOutputType) -> Any:
    roll, drawn = drawn % 8, drawn >> 3
    if roll < 3:
        return fault(drawn, name)
    if roll < 5:
        return None
    if roll == 5 and isinstance(_nullable(output), GraphQLList):
        return Unlisting()
    return WRONG[drawn % len(WRONG)](thing)


def _list(item: GraphQLOutputType, thing: Thing, drawn: int, *of: object) -> Any:
    """A list of some kind; one that is in trouble may break off."""
    length, drawn = drawn % max(1, 5 - thing.level), drawn >> 3
    breaks = thing.trouble > 0 and drawn % 24 == 0
    drawn >>= 5
    items = [value_of(item, thing, *of, index) for index in range(length)]
    if breaks:
        return _breaking(items, fault(drawn, f"list {of[0]}"))
    return (items, items, items, tuple(items), iter(items), (each for each in items))[drawn % 6]


def _breaking(items: list[Any], error: Exception) -> Iterator[Any]:
    yield from items
    raise error


def _nullable(output: GraphQLOutputType) -> Any:
    return output.of_type if isinstance(output, GraphQLNonNull) else output
