"""A schema with every wrapping of list and non-null over every kind of type, whose fields misbehave.

It is one schema for both executors: every field has a synchronous resolver, which graphql-core calls object by object,
so that the order of its errors is settled; and every field has a source for the breadth-first engine, of a kind that
follows from its name.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any
from zlib import crc32

from graphql import (
    GraphQLAbstractType,
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLScalarType,
    GraphQLSchema,
    assert_valid_schema,
    build_schema,
    default_field_resolver,
    get_named_type,
    is_abstract_type,
    is_object_type,
)

from execution.plan import Calls, Description
from tests.execution.differential.misbehaving import RATES, Shy, Thing, fault
from tests.execution.differential.sources import Behaviour, Context, source_of, wait
from tests.execution.differential.values import Suggestions

WRAPPINGS = ("{}", "{}!", "[{}]", "[{}!]", "[{}]!", "[{}!]!", "[[{}]]", "[[{}!]!]!", "[[{}!]]!", "[[[{}]!]]")
LEAVES = ("String", "Int", "Float", "Boolean", "ID", "Colour", "Even", "Anything")
OBJECTS = ("Plain", "Checked", "Third", "Loose", "Node", "Named", "Either", "Guessed")
ARGUMENTS = (
    "(n: Int)",
    "(on: Boolean! = true, colour: Colour)",
    "(filter: Filter, ids: [ID!])",
    "(of: [[Int]!] = [[1], [null]], one: OneOf)",
    "(n: Int! = 3, even: Even)",
)

SDL = """
  directive @mark(with: [Filter!], at: Int = 1) repeatable on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT

  scalar Even
  scalar Anything
  enum Colour { RED GREEN BLUE PAIR HALF }
  enum Fault { NONE RAISE FEW MANY NOTHING WORD }
  input Filter { n: Int, name: String! = "x", deeper: Filter, colours: [Colour!] = [RED], one: OneOf, even: Even }
  input OneOf @oneOf { n: Int, name: String, list: [Filter!] }

  interface Node { %(node)s }
  interface Named implements Node { %(node)s %(named)s }
  type Plain implements Node & Named { %(all)s }
  type Checked implements Node & Named { %(all)s }
  type Third implements Node { %(all)s }
  type Loose {
    attribute: String! method(n: Int = 2): Int failing: Int missing: String missingTo: ID! plain: Plain loose: [Loose!]
  }
  union Either = Plain | Checked | Third
  union Guessed = Plain | Checked | Third

  type Query { %(all)s %(batches)s }
  type Mutation { %(node)s %(named)s %(batches)s }
  type Subscription { %(named)s }
"""


def _fields() -> list[str]:
    return [
        f"{kind.lower()}{number}{ARGUMENTS[(number + crc32(kind.encode())) % len(ARGUMENTS)] if takes else ''}: "
        f"{wrapping.format(kind)}"
        for kind in (*LEAVES, *OBJECTS)
        for number, wrapping in enumerate(WRAPPINGS)
        for takes in ((crc32(f"{kind}{number}".encode()) % 3) == 0,)
    ]


@cache
def nasty_schema() -> GraphQLSchema:
    """The schema; made once."""
    fields = _fields()
    schema = build_schema(
        SDL
        % {
            "all": " ".join(fields),
            "node": " ".join(fields[::7]),
            "named": " ".join(fields[3::7]),
            "batches": " ".join(
                f"batch{number}(fault: Fault! = NONE): {wrapping}"
                for number, wrapping in enumerate(("Int", "String!", "[Plain!]", "Even"))
            ),
        }
    )
    for kind in schema.type_map.values():
        if kind.name.startswith("__") or kind.name == "Loose":
            continue
        if is_object_type(kind):
            for name, field in kind.fields.items():
                behaviour = Behaviour(name, field, kind)
                field.resolve = behaviour.resolve
                field.extensions["source"] = source_of(behaviour)
                field.extensions["guard"] = behaviour.guard
        elif is_abstract_type(kind) and kind.name != "Guessed":
            kind.resolve_type = _resolve_type
        elif isinstance(kind, GraphQLEnumType) and kind.name == "Colour":
            _give_values(kind)
    _give_coercion(schema)
    for name in ("Checked", "Third"):
        checked = schema.type_map[name]
        assert isinstance(checked, GraphQLObjectType), "declared above"
        checked.is_type_of = _type_test(name)
    assert_valid_schema(schema)
    return schema


def describe(parent: GraphQLObjectType, name: str, field: GraphQLField) -> Description:
    """How the engine resolves a field of the schema; introspection and `Loose` keep graphql-core's resolvers."""
    source = field.extensions.get("source")
    if source is None:
        return Description(Calls(field.resolve or default_field_resolver))
    return Description(source, field.extensions["guard"])


SUGGESTIONS = Suggestions({"Even": (0, 2, 44)})
"""What the schema's own scalars take."""


def _give_values(colour: GraphQLEnumType) -> None:
    for value, inner in zip(colour.values.values(), (1, "green", None, (3, 4), 2.5), strict=True):
        value.value = inner
    # The look-up by value is made once, when it is first asked for.
    colour.__dict__.pop("_value_lookup", None)


def _give_coercion(schema: GraphQLSchema) -> None:
    even, anything = schema.type_map["Even"], schema.type_map["Anything"]
    assert isinstance(even, GraphQLScalarType), "declared above"
    assert isinstance(anything, GraphQLScalarType), "declared above"

    def to_output(value: Any) -> Any:
        if isinstance(value, str | Shy):
            return None
        if isinstance(value, bytes):
            raise StopIteration(value)
        if not isinstance(value, int) or value > 2**31:
            raise GraphQLError(f"{type(value).__name__} is not even a number", extensions={"scalar": "Even"})
        return {"even": value} if value % 2 == 0 else [value]

    def to_input(value: Any) -> Any:
        if not isinstance(value, int) or value % 2:
            raise ValueError(f"{value!r} is odd")
        return value * 10

    def to_json(value: Any) -> Any:
        json = isinstance(value, str | float | dict | list) or (isinstance(value, int) and abs(value) < 2**53)
        return value if json else type(value).__name__

    anything.coerce_output_value = to_json
    even.coerce_output_value = to_output
    even.coerce_input_value = to_input


def _resolve_type(value: Any, info: GraphQLResolveInfo[Context], abstract: GraphQLAbstractType) -> Any:
    if not isinstance(value, Thing):
        raise TypeError(f"a {type(value).__name__} has no type")
    drawn = value.draw("type", abstract.name)
    possible = info.schema.get_possible_types(abstract)
    answer: Any = possible[(drawn >> 10) % len(possible)].name
    if drawn % 1000 < RATES[value.trouble]:
        drawn >>= 10
        wrong = (None, "Nowhere", "Node", "Query", "Even", 13, info.schema.query_type, "Third")
        answer = fault(drawn >> 2, "type") if drawn % 3 == 0 else wrong[(drawn >> 2) % len(wrong)]
    return _answer(answer, info, drawn)


def _type_test(name: str) -> Callable[[Any, GraphQLResolveInfo[Context]], Any]:
    def is_type_of(value: Any, info: GraphQLResolveInfo[Context]) -> Any:
        if isinstance(value, Mapping):
            return "yes"
        if not isinstance(value, Thing):
            return False
        drawn = value.draw("is", name)
        answer: Any = True
        if drawn % 1000 < RATES[value.trouble]:
            answer = fault(drawn >> 10, "is type of") if drawn % 3 == 0 else drawn % 2
        return _answer(answer, info, drawn)

    return is_type_of


def _answer(answer: Any, info: GraphQLResolveInfo[Context], drawn: int) -> Any:
    """An answer about a type: the engine may have to wait for it.

    Not for the types of `Guessed`: graphql-core takes the first that it need not wait for.
    """
    if info.context.waits and drawn % 3 == 0 and get_named_type(info.return_type).name != "Guessed":
        return wait(answer)
    if isinstance(answer, Exception):
        raise answer
    return answer
