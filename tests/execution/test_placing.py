"""Failures are put into place: nulls go up to where null may be, errors stand in the order of the answer."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from graphql import GraphQLError, parse
from graphql.type.directives import GraphQLDisableErrorPropagationDirective

from execution.engine import run_by_core
from execution.plan import Asks, Source
from tests.execution.describing import described, gives, outcome, reads

SDL = """
  type Query { a: String b: Int m: Int! thing: Thing must: Thing! things: [Thing] all: [Thing!] strict: [Thing!]! }
  type Thing { a: String b: Int m: Int! n: Int! numbers: [Int] counted: [Int!] thing: Thing must: Thing! }
"""


def fails(text: str) -> Source:
    return gives(ValueError(text))


def listing(*values: Any, broken: Exception) -> Iterator[Any]:
    yield from values
    raise broken


async def test_a_field_that_may_be_null_is_null_with_one_error() -> None:
    schema = described(SDL, {"Query.a": fails("a"), "Query.b": gives(2)})

    assert outcome(await schema.run("{ a b }")) == ({"a": None, "b": 2}, [("a", ["a"])])


async def test_what_may_not_be_null_makes_the_nearest_parent_null_that_may_be() -> None:
    schema = described(SDL, {"Query.thing": gives({}), "Thing.must": gives({}), "Thing.m": fails("m")})

    assert outcome(await schema.run("{ thing { must { must { m } } } }")) == (
        {"thing": None},
        [("m", ["thing", "must", "must", "m"])],
    )


async def test_a_null_is_an_error_where_none_may_be() -> None:
    schema = described(SDL, {"Query.thing": gives({}), "Thing.m": gives(None)})

    assert outcome(await schema.run("{ thing { m } }")) == (
        {"thing": None},
        [("Cannot return null for non-nullable field Thing.m.", ["thing", "m"])],
    )


async def test_a_failure_that_nothing_holds_up_takes_the_whole_answer() -> None:
    schema = described(SDL, {"Query.a": fails("a"), "Query.m": fails("m"), "Query.b": fails("b")})

    assert outcome(await schema.run("{ a m b }")) == (None, [("a", ["a"]), ("m", ["m"])])


async def test_the_first_failure_ends_an_object_and_what_was_reported_before_stays() -> None:
    schema = described(
        SDL,
        {
            "Query.thing": gives({}),
            "Thing.a": fails("a"),
            "Thing.m": fails("m"),
            "Thing.n": fails("n"),
            "Thing.b": fails("b"),
        },
    )

    assert outcome(await schema.run("{ thing { a m n b } }")) == (
        {"thing": None},
        [("a", ["thing", "a"]), ("m", ["thing", "m"])],
    )


async def test_an_item_that_may_be_null_leaves_the_others() -> None:
    schema = described(SDL, {"Query.things": gives([{"m": 1}, {"m": ValueError("m")}, None, {"m": 4}])})

    assert outcome(await schema.run("{ things { m } }")) == (
        {"things": [{"m": 1}, None, None, {"m": 4}]},
        [("m", ["things", 1, "m"])],
    )


async def test_an_item_that_may_not_be_null_ends_its_list() -> None:
    items = [{"a": ValueError("0"), "m": 1}, {"a": "x", "m": None}, {"a": ValueError("2"), "m": 1}]
    schema = described(SDL, {"Query.all": gives(items), "Query.strict": gives(items)})

    errors = [("0", ["all", 0, "a"]), ("Cannot return null for non-nullable field Thing.m.", ["all", 1, "m"])]
    assert outcome(await schema.run("{ all { a m } }")) == ({"all": None}, errors)

    data, _ = outcome(await schema.run("{ strict { a m } }"))
    assert data is None


async def test_errors_stand_in_the_order_of_the_answer_whenever_they_happened() -> None:
    async def late(_context: object, parents: Sequence[Any]) -> list[Any]:
        await asyncio.sleep(0.01)
        return [ValueError("late") for _ in parents]

    schema = described(
        SDL,
        {
            "Query.thing": Asks(late, dict),
            "Query.things": gives([{"b": "x", "a": ValueError("0")}, ValueError("item")]),
            "Query.a": fails("at once"),
        },
    )

    _, errors = outcome(await schema.run("{ thing { m } things { b a } a }"))

    assert errors == [
        ("late", ["thing"]),
        ("Int cannot represent non-integer value: 'x'", ["things", 0, "b"]),
        ("0", ["things", 0, "a"]),
        ("item", ["things", 1]),
        ("at once", ["a"]),
    ]


async def test_a_list_that_breaks_off_is_null_after_the_errors_of_what_came_before() -> None:
    broken = reads(lambda _: listing(1, "x", ValueError("two"), broken=OSError("gone")))
    schema = described(SDL, {"Query.thing": gives({}), "Thing.numbers": broken, "Thing.counted": broken})

    assert outcome(await schema.run("{ thing { numbers counted } }")) == (
        {"thing": {"numbers": None, "counted": None}},
        [
            ("Int cannot represent non-integer value: 'x'", ["thing", "numbers", 1]),
            ("two", ["thing", "numbers", 2]),
            ("gone", ["thing", "numbers"]),
            ("Int cannot represent non-integer value: 'x'", ["thing", "counted", 1]),
        ],
    )


async def test_a_list_after_one_that_broke_off_has_its_own_items() -> None:
    lists = [listing(1, 2, broken=OSError("gone")), [3], listing(4, broken=OSError("too"))]
    schema = described(SDL, {"Query.things": gives([{"numbers": each} for each in lists])})

    assert outcome(await schema.run("{ things { numbers } }")) == (
        {"things": [{"numbers": None}, {"numbers": [3]}, {"numbers": None}]},
        [("gone", ["things", 0, "numbers"]), ("too", ["things", 2, "numbers"])],
    )


async def test_an_error_shows_each_place_where_its_field_was_selected() -> None:
    schema = described(SDL, {"Query.a": fails("a")})

    result = await schema.run("{ a ...F a }\nfragment F on Query { a }")

    (error,) = result.errors or ()
    assert [(each.line, each.column) for each in error.locations or ()] == [(1, 3), (2, 23), (1, 10)]


async def test_an_error_that_knows_its_place_keeps_it() -> None:
    elsewhere = parse("{ elsewhere }").definitions
    schema = described(
        SDL,
        {
            "Query.a": gives(GraphQLError("a", path=["else", 3], extensions={"code": "A"})),
            "Query.b": gives(GraphQLError("b", nodes=elsewhere[0])),
        },
    )

    first, second = (await schema.run("{ a b }")).errors or ()

    assert first.formatted == {"message": "a", "path": ["else", 3], "extensions": {"code": "A"}}
    assert second.formatted == {"message": "b", "path": ["b"], "locations": [{"line": 1, "column": 1}]}


async def test_one_error_of_many_objects_is_reported_for_each() -> None:
    fault = ValueError("it")
    schema = described(SDL, {"Query.things": gives([{}, {}]), "Thing.a": gives(fault)})

    result = await schema.run("{ things { a } }")

    assert [error.path for error in result.errors or ()] == [["things", 0, "a"], ["things", 1, "a"]]
    assert all(error.original_error is fault for error in result.errors or ())


async def test_an_error_that_cannot_say_what_it_is_fails_its_parent_as_in_graphql_core() -> None:
    class Speechless(Exception):
        def __str__(self) -> str:
            raise LookupError("lost for words")

    schema = described(SDL, {"Query.thing": gives({}), "Thing.a": gives(Speechless())})

    assert outcome(await schema.run("{ thing { a } }")) == ({"thing": None}, [("lost for words", ["thing"])])


@pytest.mark.parametrize("text", ["{ m a }", "{ thing { must { m } a } }", "{ strict { m } all { a m } }"])
async def test_an_operation_can_ask_that_nulls_stay_where_they_are(text: str) -> None:
    schema = described(SDL)
    schema.schema.directives = (*schema.schema.directives, GraphQLDisableErrorPropagationDirective)
    text = f"query @{GraphQLDisableErrorPropagationDirective.name} {text}"
    items = [{"m": None, "a": "x"}, None, ValueError("item"), {"m": 1, "a": "y"}]
    thing = {"a": "b", "must": {"m": ValueError("m")}}
    root = {"m": None, "a": "a", "thing": thing, "strict": items, "all": items}

    answered = outcome(await schema.run(text, root=root))

    assert answered == outcome(await run_by_core(schema.schema, *schema.parse(text), {}, None, root))
    assert answered[0] is not None
    assert answered[1]
    assert schema.engine.fallbacks == 0
