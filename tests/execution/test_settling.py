"""What ordinary resolvers return is waited for, as deep as the type of their field has lists, and no deeper."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from execution.settling import kept, settle


async def soon(value: Any) -> Any:
    await asyncio.sleep(0)
    return value


async def failing(error: Exception) -> Any:
    await asyncio.sleep(0)
    raise error


async def stream(*values: Any, broken: Exception | None = None) -> AsyncIterator[Any]:
    for value in values:
        yield value
    if broken is not None:
        raise broken


def listing(*values: Any, broken: Exception | None = None) -> Iterator[Any]:
    yield from values
    if broken is not None:
        raise broken


async def test_values_that_are_there_stay_as_they_are() -> None:
    there = [1, "text", None, ["a"], {"a": 1}, ValueError("kept")]

    settled = await settle(there, 1)

    assert all(one is other for one, other in zip(settled, there, strict=True))


async def test_failures_stay_in_their_places_while_the_others_are_waited_for() -> None:
    fault = ValueError("it")

    assert await settle([soon(1), failing(fault), 3], 0) == [1, fault, 3]


async def test_all_values_are_waited_for_at_the_same_time() -> None:
    together = asyncio.Barrier(3)

    async def meet() -> int:
        await together.wait()
        return 1

    assert await asyncio.wait_for(settle([meet(), [meet()], stream(meet())], 1), 10) == [1, [1], [1]]


async def test_items_are_waited_for_as_deep_as_there_are_lists() -> None:
    assert await settle([[[soon(1)], soon([soon(2)])], stream([soon(3)], stream(4))], 2) == [[[1], [2]], [[3], [4]]]
    assert await settle([[[0, soon(1)]], [(2, soon(3))]], 2) == [[[0, 1]], [[2, 3]]]


async def test_what_lies_deeper_than_the_lists_is_not_touched() -> None:
    inner = [object()]

    (settled,) = await settle([soon([inner])], 1)

    assert settled[0] is inner


async def test_a_stream_is_not_gone_through_where_there_is_no_list() -> None:
    values = stream(1)

    assert await settle([values], 0) == [values]


@pytest.mark.parametrize("make", [stream, listing])
async def test_a_list_that_breaks_off_gives_what_came_before_and_breaks_off_again(make: Any) -> None:
    fault = OSError("gone")

    (settled,) = await settle([make(soon(1), 2, broken=fault)], 1)

    given = []
    with pytest.raises(OSError, match="gone") as raised:
        given.extend(item for item in settled)
    assert raised.value is fault
    given.clear()
    iterator = iter(settled)
    assert [next(iterator), next(iterator)] == [1, 2]


async def test_a_cancellation_from_within_is_no_failure_of_a_field() -> None:
    async def cancelled() -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await settle([cancelled(), 1], 0)


def test_kept_iterators_can_be_gone_through_again() -> None:
    (value,) = kept([listing(1, 2)], 1)

    assert [list(value), list(value)] == [[1, 2], [1, 2]]


def test_kept_iterators_break_off_each_time() -> None:
    (value,) = kept([listing(1, broken=OSError("gone"))], 1)

    for _ in range(2):
        iterator = iter(value)
        assert next(iterator) == 1
        with pytest.raises(OSError, match="gone"):
            next(iterator)


def test_iterators_within_lists_are_kept_as_deep_as_there_are_lists() -> None:
    (value,) = kept([[listing(1), [2]]], 2)

    assert [[list(item) for item in value] for _ in range(2)] == [[[1], [2]]] * 2


def test_what_is_no_iterator_is_kept_as_it_is() -> None:
    values = ["text", None, [1], (2,), {"a": 1}]

    assert all(one is other for one, other in zip(kept(values, 1), values, strict=True))
    assert kept(values, 0) is values
