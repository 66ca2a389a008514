"""Whoever resolves a field, its failures are its own: resolvers of all kinds, arguments that do not fit, and guards."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from graphql import GraphQLResolveInfo

from execution.batching import WrongAnswerCount
from execution.plan import Asks, Calls, Description, Reads
from tests.execution.describing import asks, described, gives, outcome, reads

SDL = """
  type Query { shops: [Shop!]! a(n: Int! = 1): Int b: Int }
  type Shop { name: String items(first: Int): [Item!]! owner: Item n: Int }
  type Item { name: String }
"""


async def test_an_ordinary_resolver_is_called_for_each_parent_with_what_it_is_told() -> None:
    told: list[Any] = []

    def resolve(parent: str, info: GraphQLResolveInfo[Any], **given: Any) -> list[str]:
        told.append((parent, info.field_name, info.context, info.root_value, info.variable_values.coerced, given))
        return []

    schema = described(SDL, {"Query.shops": gives(["s1", "s2"]), "Shop.items": Calls(resolve)})

    await schema.data(
        "query ($n: Int) { shops { x: items(first: $n) { name } } }", {"n": 2}, context="context", root="root"
    )

    assert told == [(shop, "items", "context", "root", {"n": 2}, {"first": 2}) for shop in ("s1", "s2")]


async def test_where_reading_all_parents_fails_each_is_read_by_itself() -> None:
    schema = described(SDL, {"Query.shops": gives([{"n": 1}, {}, {"n": 3}]), "Shop.n": reads(lambda shop: shop["n"])})

    assert outcome(await schema.run("{ shops { n } }")) == (
        {"shops": [{"n": 1}, {"n": None}, {"n": 3}]},
        [("'n'", ["shops", 1, "n"])],
    )


@pytest.mark.parametrize(
    "answers", [[], [1], [1, 2, 3], None, iter([1, 2])], ids=["none", "fewer", "more", "null", "an iterator"]
)
async def test_answers_that_are_not_one_for_each_parent_fail_their_field(answers: Any) -> None:
    async def resolve(_context: object, _parents: Sequence[Any]) -> Any:
        return answers

    schema = described(
        SDL, {"Query.shops": gives(["s1", "s2"]), "Shop.n": Asks(resolve, dict), "Shop.name": gives("x")}
    )

    result = await schema.run("{ shops { n name } }")

    assert result.data == {"shops": [{"n": None, "name": "x"}] * 2}
    assert [error.path for error in result.errors or ()] == [["shops", 0, "n"], ["shops", 1, "n"]]
    assert all(isinstance(error.original_error, WrongAnswerCount) for error in result.errors or ())


@pytest.mark.parametrize("values", [[], [1, 2, 3], None], ids=repr)
async def test_values_that_are_not_one_for_each_parent_fail_their_field(values: Any) -> None:
    schema = described(SDL, {"Query.shops": gives(["s1", "s2"]), "Shop.n": Reads(lambda _: values)})

    result = await schema.run("{ shops { n } }")

    assert result.data == {"shops": [{"n": None}] * 2}
    assert all(isinstance(error.original_error, WrongAnswerCount) for error in result.errors or ())


async def test_a_resolver_that_fails_fails_its_field_for_all_parents() -> None:
    async def resolve(_context: object, _parents: Sequence[Any]) -> list[Any]:
        raise OSError("out of order")

    schema = described(SDL, {"Query.shops": gives([{"n": 1}, {"n": 2}]), "Shop.owner": Asks(resolve, dict)})

    assert outcome(await schema.run("{ shops { n owner { name } } }")) == (
        {"shops": [{"n": 1, "owner": None}, {"n": 2, "owner": None}]},
        [("out of order", ["shops", 0, "owner"]), ("out of order", ["shops", 1, "owner"])],
    )


@pytest.mark.parametrize("source", [gives(1), asks(lambda *_, **__: 1), Calls(lambda *_, **__: 1)], ids=type)
async def test_a_guard_refuses_a_field_to_all_and_is_asked_once(source: Any) -> None:
    asked: list[Any] = []

    def guard(context: Any) -> Exception | None:
        asked.append(context)
        return PermissionError("no") if context == "stranger" else None

    schema = described(SDL, {"Query.shops": gives(["s1", "s2"]), "Shop.n": Description(source, guard)})
    refused = [("no", ["shops", 0, "n"]), ("no", ["shops", 1, "n"])]

    assert outcome(await schema.run("{ shops { n } }", context="stranger")) == ({"shops": [{"n": None}] * 2}, refused)
    assert outcome(await schema.run("{ shops { n } }", context="friend")) == ({"shops": [{"n": 1}] * 2}, [])
    assert asked == ["stranger", "friend"]


@pytest.mark.parametrize("source", [gives(1), asks(lambda *_, **__: 1), Calls(lambda *_, **__: 1)], ids=type)
@pytest.mark.parametrize(
    "guard", [None, lambda _: None, lambda _: PermissionError("no")], ids=["none", "lets", "refuses"]
)
async def test_arguments_that_do_not_fit_come_before_the_guard(source: Any, guard: Any) -> None:
    schema = described(SDL, {"Query.a": Description(source, guard)})

    _, errors = outcome(await schema.run("query ($n: Int = 1) { a(n: $n) }", {"n": None}))

    ((message, path),) = errors
    assert message.startswith("Argument 'n' has invalid value")
    assert path == ["a"]


async def test_a_guard_that_fails_fails_its_field() -> None:
    def guard(_context: object) -> None:
        raise LookupError("who")

    schema = described(SDL, {"Query.a": asks(lambda *_, **__: 1), "Query.b": Description(gives(1), guard)})

    assert outcome(await schema.run("{ a b }")) == ({"a": 1, "b": None}, [("who", ["b"])])


async def test_arguments_that_cannot_be_turned_into_keywords_fail_their_field() -> None:
    def refuse(given: Mapping[str, Any]) -> Mapping[str, Any]:
        raise ValueError(f"n is {given['n']}")

    schema = described(SDL, {"Query.a": Asks(asks(lambda _: 1).resolve, refuse)})

    assert outcome(await schema.run("query ($n: Int! = 2) { x: a y: a(n: $n) }")) == (
        {"x": None, "y": None},
        [("n is 1", ["x"]), ("n is 2", ["y"])],
    )
