"""What resolvers give becomes lists, objects and leaves; what type an object is of may have to be waited for."""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType, Undefined

from execution.engine import run_by_core
from tests.execution.describing import Described, asks, described, gives, outcome

SDL = """
  interface Named { name: String! }
  type Cat implements Named { name: String! lives: Int }
  type Dog implements Named { name: String! }
  type Rock { name: String! }
  union Pet = Cat | Dog
  type Query { named: Named all: [Named!] pets: [Pet] cat: Cat cats: [Cat] lists: [[Cat!]!] numbers: [Int] n: Int }
"""
CAT = {"kind": "Cat", "name": "Tom", "lives": 9}
DOG = {"kind": "Dog", "name": "Rex"}


def schema_with(*, named: Any = None, cat: Any = None, dog: Any = None, sources: Any = None) -> Described:
    """A schema with a resolver of types, and tests of types."""
    made = described(SDL, sources)
    interface = made.schema.type_map["Named"]
    assert isinstance(interface, GraphQLInterfaceType)
    interface.resolve_type = named
    for name, test in (("Cat", cat), ("Dog", dog)):
        kind = made.schema.type_map[name]
        assert isinstance(kind, GraphQLObjectType)
        kind.is_type_of = test
    return made


def kind_of(value: Mapping[str, Any], *_: Any) -> Any:
    return value["kind"]


async def slowly(value: Any) -> Any:
    await asyncio.sleep(0)
    if isinstance(value, Exception):
        raise value
    return value


# -- lists ------------------------------------------------------------------------------------------------------------


def generated() -> Iterator[int]:
    yield from (1, 2)


@pytest.mark.parametrize("make", [lambda: [1, 2], lambda: (1, 2), generated, {1: "a", 2: "b"}.keys])
async def test_a_list_is_whatever_can_be_gone_through(make: Any) -> None:
    assert await described(SDL).data("{ numbers }", root={"numbers": make()}) == {"numbers": [1, 2]}


@pytest.mark.parametrize("value", ["text", b"bytes", {"a": 1}, 1, object()], ids=type)
async def test_text_and_mappings_are_no_lists(value: Any) -> None:
    assert outcome(await described(SDL).run("{ numbers }", root={"numbers": value})) == (
        {"numbers": None},
        [("Expected Iterable, but did not find one for field 'Query.numbers'.", ["numbers"])],
    )


async def test_lists_of_a_level_are_completed_together_and_told_apart_again() -> None:
    calls: list[Any] = []
    schema = described(SDL, {"Cat.lives": asks(lambda parent: parent["lives"], calls)})
    lists = [[{"lives": 1}], [], [{"lives": 2}, {"lives": 3}], ({"lives": 4},)]

    data = await schema.data("{ lists { lives } }", root={"lists": lists})

    assert data == {"lists": [list(inner) for inner in lists]}
    assert calls == [[{"lives": number} for number in (1, 2, 3, 4)]]


async def test_what_is_undefined_is_null() -> None:
    root = {"numbers": [Undefined, 1], "cat": Undefined, "named": Undefined}

    assert await schema_with(named=kind_of).data("{ numbers cat { name } named { name } }", root=root) == {
        "numbers": [None, 1],
        "cat": None,
        "named": None,
    }


# -- types ------------------------------------------------------------------------------------------------------------


async def test_each_object_has_the_fields_of_its_type_and_its_type_is_asked_for_them_once() -> None:
    calls: list[Any] = []
    schema = schema_with(named=kind_of, sources={"Cat.lives": asks(lambda parent: parent["lives"], calls)})
    text = "{ all { __typename ... on Cat { lives } name } }"

    assert await schema.data(text, root={"all": [CAT, DOG, CAT]}) == {
        "all": [
            {"__typename": "Cat", "lives": 9, "name": "Tom"},
            {"__typename": "Dog", "name": "Rex"},
            {"__typename": "Cat", "lives": 9, "name": "Tom"},
        ]
    }
    assert calls == [[CAT, CAT]]


@pytest.mark.parametrize("name", [None, "Nothing", "Rock", "Named", "Int", 13, ["Cat"]], ids=str)
@pytest.mark.parametrize("waits", [False, True], ids=["at once", "slowly"])
async def test_a_type_that_cannot_be_is_an_error_as_in_graphql_core(name: Any, *, waits: bool) -> None:
    schema = schema_with(named=lambda *_: slowly(name) if waits else name)
    text, root = "{ named { name } n }", {"named": CAT, "n": 1}

    answered = outcome(await schema.run(text, root=root))

    assert answered == outcome(await run_by_core(schema.schema, *schema.parse(text), {}, None, root))
    assert answered[0] == {"named": None, "n": 1}


@pytest.mark.parametrize("waits", [False, True], ids=["at once", "slowly"])
async def test_a_resolver_of_types_and_a_test_of_a_type_may_fail(*, waits: bool) -> None:
    def fails(value: Any, *_: Any) -> Any:
        if waits:
            return slowly(ValueError(value["name"]))
        raise ValueError(value["name"])

    schema = schema_with(named=fails, cat=fails)
    root = {"named": DOG, "cats": [CAT, None]}

    assert outcome(await schema.run("{ named { name } cats { name } }", root=root)) == (
        {"named": None, "cats": [None, None]},
        [("Rex", ["named"]), ("Tom", ["cats", 0])],
    )


@pytest.mark.parametrize("waits", [False, True], ids=["at once", "slowly"])
async def test_an_object_that_is_not_of_its_type_is_an_error(*, waits: bool) -> None:
    def is_cat(value: Any, _info: Any) -> Any:
        fits = value["name"] == "Tom"
        return slowly(fits) if waits else fits

    schema = schema_with(named=lambda *_: "Cat", cat=is_cat)
    root = {"cats": [CAT, DOG], "all": [CAT, DOG]}

    assert outcome(await schema.run("{ cats { name } all { name } }", root=root)) == (
        {"cats": [{"name": "Tom"}, None], "all": None},
        [
            ("Expected value of type 'Cat' but got: {'kind': 'Dog', 'name': 'Rex'}.", ["cats", 1]),
            ("Expected value of type 'Cat' but got: {'kind': 'Dog', 'name': 'Rex'}.", ["all", 1]),
        ],
    )


async def test_types_that_are_waited_for_are_waited_for_together_and_their_fields_asked_once() -> None:
    together, calls = asyncio.Barrier(6), list[Any]()

    async def meet(value: Any) -> Any:
        await together.wait()
        return value

    schema = schema_with(
        named=lambda value, *_: meet(value["kind"]),
        cat=lambda *_: slowly(True),
        sources={"Cat.name": asks(lambda parent: parent["name"], calls)},
    )
    text = "{ named { name } all { name } }"
    root = {"named": DOG, "all": [CAT, DOG, CAT, DOG, CAT]}

    answer = await asyncio.wait_for(schema.data(text, root=root), 10)

    tom, rex = {"name": "Tom"}, {"name": "Rex"}
    assert answer == {"named": rex, "all": [tom, rex, tom, rex, tom]}
    assert calls == [[CAT, CAT, CAT]]


@pytest.mark.parametrize("waits", [False, True], ids=["at once", "slowly"])
async def test_without_a_resolver_of_types_each_possible_type_is_tried(*, waits: bool) -> None:
    def test_of(kind: str) -> Any:
        return lambda value, _info: slowly(value["kind"] == kind) if waits else value["kind"] == kind

    schema = schema_with(cat=test_of("Cat"), dog=test_of("Dog"))
    pets = [CAT, DOG, {"__typename": "Dog", **DOG}, {"kind": "Fish"}]

    data, errors = outcome(await schema.run("{ pets { __typename ... on Named { name } } }", root={"pets": pets}))

    rex = {"__typename": "Dog", "name": "Rex"}
    assert data == {"pets": [{"__typename": "Cat", "name": "Tom"}, rex, rex, None]}
    assert [path for _, path in errors] == [["pets", 3]]


async def test_objects_that_are_not_there_have_no_type_to_be_found_out() -> None:
    schema = schema_with(named=kind_of, sources={"Query.all": gives([None]), "Query.named": gives(KeyError("k"))})

    assert outcome(await schema.run("{ named { name } all { name } }")) == (
        {"named": None, "all": None},
        [("'k'", ["named"]), ("Cannot return null for non-nullable field Query.all.", ["all", 0])],
    )
