"""A field is resolved once for all the objects of its level; what need not wait for each other does not."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from execution.plan import Asks, Calls, Reads
from tests.execution.describing import asks, described, gives, outcome, reads

SDL = """
  input In { n: Int }
  type Query { shops: [Shop!]! shop: Shop other: Shop a(n: Int! = 1, in: In): Int b: Int m: Int! }
  type Shop { name: String items(first: Int, in: In): [Item!]! more(first: Int): [Item!]! owner: Owner n: Int }
  type Item { name: String owner: Owner }
  type Owner { name: String }
  type Mutation { a: Int b: Int must: Int! shop: Shop }
"""
PATIENCE_SECONDS = 10


# -- once for all -----------------------------------------------------------------------------------------------------


async def test_a_field_is_resolved_once_for_all_objects_of_its_level() -> None:
    read, items, owners = list[Any](), list[Any](), list[Any]()

    def names(parents: Sequence[Any]) -> list[str]:
        read.append(len(parents))
        return [f"name of {parent}" for parent in parents]

    schema = described(
        SDL,
        {
            "Query.shops": gives(["s1", "s2", "s3"]),
            "Shop.items": asks(lambda shop: [f"{shop}i1", f"{shop}i2"], items),
            "Item.owner": asks(lambda item: f"{item}o", owners),
            "Item.name": Reads(names),
        },
    )

    data = await schema.data("{ shops { items { name owner { __typename } } } }")

    assert items == [["s1", "s2", "s3"]]
    assert owners == [["s1i1", "s1i2", "s2i1", "s2i2", "s3i1", "s3i2"]]
    assert read == [6]
    assert [[item["name"] for item in shop["items"]] for shop in data["shops"]] == [
        [f"name of {shop}i{number}" for number in (1, 2)] for shop in ("s1", "s2", "s3")
    ]


async def test_nobody_is_asked_about_no_objects() -> None:
    calls: list[Any] = []
    schema = described(SDL, {"Query.shops": gives([]), "Shop.items": asks(lambda _: [], calls)})

    assert await schema.data("{ shops { items { name } } }") == {"shops": []}
    assert calls == []


async def test_equal_questions_to_one_resolver_are_one_wherever_they_stand() -> None:
    calls: list[Any] = []
    source = asks(lambda shop, first=None: [f"{shop}{first}"], calls)
    schema = described(
        SDL,
        {
            "Query.shops": gives(["s1", "s2"]),
            "Query.shop": gives("s3"),
            "Shop.items": source,
            "Shop.more": source,
            "Item.name": reads(str),
        },
    )

    data = await schema.data(
        "query ($n: Int) { shops { x: items(first: 1) { name } y: items(first: $n) { name } z: items { name } }"
        " shop { more(first: 1) { name } } }",
        {"n": 1},
    )

    assert calls == [["s1", "s2", "s3"], ["s1", "s2"]]
    one, other = [{"name": "s11"}], [{"name": "s1None"}]
    assert data["shops"][0] == {"x": one, "y": one, "z": other}
    assert data["shop"] == {"more": [{"name": "s31"}]}


async def test_questions_that_cannot_be_compared_are_asked_by_themselves() -> None:
    calls: list[Any] = []
    schema = described(SDL, {"Query.shop": gives("s"), "Shop.items": asks(lambda _shop, **_: [], calls)})

    assert await schema.data("{ shop { x: items(in: {n: 1}) { name } y: items(in: {n: 1}) { name } } }") == {
        "shop": {"x": [], "y": []}
    }
    assert calls == [["s"], ["s"]]


async def test_fields_that_share_an_answer_each_see_all_of_it() -> None:
    schema = described(
        SDL, {"Query.shop": gives("s"), "Shop.items": asks(lambda _: iter("ab")), "Item.name": reads(str)}
    )

    both = [{"name": "a"}, {"name": "b"}]
    assert await schema.data("{ shop { x: items { name } y: items { name } } }") == {"shop": {"x": both, "y": both}}


async def test_keys_stand_in_the_order_of_the_operation_whoever_is_slow() -> None:
    schema = described(SDL, {"Query.a": asks(lambda _, n: n), "Query.b": gives(2), "Query.m": Calls(lambda *_: 3)})

    assert list(await schema.data("{ y: a b x: a __typename m }")) == ["y", "b", "x", "__typename", "m"]


# -- waiting ----------------------------------------------------------------------------------------------------------


async def test_what_is_read_is_answered_without_a_turn_of_the_loop() -> None:
    schema = described(SDL, {"Query.shops": gives([{"name": "x"}] * 3)})
    prepared = schema.prepare("{ shops { name __typename } }")

    execution = schema.engine.run(prepared, {}, None)
    with pytest.raises(StopIteration) as ended:
        execution.send(None)

    assert ended.value.value.data == {"shops": [{"name": "x", "__typename": "Shop"}] * 3}


async def test_fields_that_do_not_depend_on_each_other_are_waited_for_together() -> None:
    together = asyncio.Barrier(4)

    async def meet(_context: object, parents: Sequence[Any], **_: Any) -> list[Any]:
        await together.wait()
        return [{} for _ in parents]

    async def call(*_: Any) -> int:
        await together.wait()
        return 1

    async def other(context: object, parents: Sequence[Any]) -> list[Any]:
        return await meet(context, parents)

    schema = described(
        SDL,
        {
            "Query.shop": Asks(meet, dict),
            "Query.other": gives({}),
            "Shop.owner": Asks(other, dict),
            "Query.b": Calls(call),
            "Query.m": Calls(call),
            "Shop.n": gives(1),
        },
    )

    text = "{ shop { n } other { owner { __typename } } b m }"
    data = await asyncio.wait_for(schema.data(text), PATIENCE_SECONDS)

    assert data == {"shop": {"n": 1}, "other": {"owner": {"__typename": "Owner"}}, "b": 1, "m": 1}


async def test_what_was_answered_goes_on_while_others_are_waited_for() -> None:
    below = asyncio.Event()

    async def slow(_context: object, parents: Sequence[Any]) -> list[Any]:
        await below.wait()
        return [{"n": 1} for _ in parents]

    def reached(parents: Sequence[Any]) -> list[Any]:
        below.set()
        return [None for _ in parents]

    schema = described(
        SDL, {"Query.other": Asks(slow, dict), "Query.shop": asks(lambda _: "s"), "Shop.owner": Reads(reached)}
    )

    data = await asyncio.wait_for(schema.data("{ other { n } shop { owner { name } } }"), PATIENCE_SECONDS)

    assert data == {"other": {"n": 1}, "shop": {"owner": None}}


async def test_an_execution_that_is_given_up_gives_up_what_it_waits_for() -> None:
    begun, ended = asyncio.Barrier(3), list[str]()

    async def forever(_context: object, parents: Sequence[Any], **_: Any) -> list[Any]:
        try:
            await begun.wait()
            await asyncio.Event().wait()
        finally:
            ended.append("ended")
        return []

    async def another(context: object, parents: Sequence[Any], **_: Any) -> list[Any]:
        return await forever(context, parents)

    schema = described(SDL, {"Query.a": Asks(forever, dict), "Query.b": Asks(another, dict)})
    running = asyncio.create_task(schema.run("{ a b }"))
    await asyncio.wait_for(begun.wait(), PATIENCE_SECONDS)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert ended == ["ended", "ended"]
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.parametrize("text", ["{ a }", "{ a b }"])
async def test_a_resolver_that_was_cancelled_from_within_ends_the_execution(text: str) -> None:
    async def cancelled(_context: object, parents: Sequence[Any], **_: Any) -> list[Any]:
        raise asyncio.CancelledError

    schema = described(SDL, {"Query.a": Asks(cancelled, dict), "Query.b": asks(lambda _: 1)})

    with pytest.raises(asyncio.CancelledError):
        await schema.run(text)


# -- mutations --------------------------------------------------------------------------------------------------------


async def test_mutations_run_one_after_the_other_each_with_all_below_it() -> None:
    said: list[str] = []

    def saying(name: str) -> Asks:
        async def resolve(_context: object, parents: Sequence[Any]) -> list[Any]:
            said.append(f"{name} begins")
            await asyncio.sleep(0)
            said.append(f"{name} ends")
            return [7 for _ in parents]

        return Asks(resolve, dict)

    schema = described(
        SDL, {"Mutation.a": saying("a"), "Mutation.b": saying("b"), "Mutation.shop": saying("s"), "Shop.n": saying("n")}
    )

    data = await schema.data("mutation { b shop { n } a again: b }")

    assert list(data.items()) == [("b", 7), ("shop", {"n": 7}), ("a", 7), ("again", 7)]
    assert said == [f"{name} {what}" for name in "bsnab" for what in ("begins", "ends")]


async def test_mutations_stop_after_one_that_takes_the_whole_answer_and_after_no_other() -> None:
    said: list[Any] = []
    schema = described(
        SDL,
        {
            "Mutation.a": asks(lambda _: said.append("a") or ValueError("a")),
            "Mutation.must": asks(lambda _: said.append("must")),
            "Mutation.b": asks(lambda _: said.append("b")),
        },
    )

    assert outcome(await schema.run("mutation { a must b }")) == (
        None,
        [("a", ["a"]), ("Cannot return null for non-nullable field Mutation.must.", ["must"])],
    )
    assert said == ["a", "must"]
