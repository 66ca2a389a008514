"""What one level of an operation asks of a resolver is one call."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from execution.batching import Batches, WrongAnswerCount


@dataclass(slots=True)
class Request:
    """A context that remembers the calls made with it."""

    calls: list[Any] = field(default_factory=list)
    batches: Batches["Request"] = field(init=False)

    def __post_init__(self) -> None:
        self.batches = Batches(self)


@pytest.fixture
async def request_() -> AsyncIterator[Request]:
    request = Request()
    yield request
    request.batches.cancel()


async def double(request: Request, parents: Sequence[Any], **arguments: Any) -> list[Any]:
    request.calls.append((list(parents), arguments))
    await asyncio.sleep(0)
    return [None if parent is None else parent * 2 for parent in parents]


# -- fields -----------------------------------------------------------------------------------------------------------


async def test_parents_that_ask_in_the_same_turn_share_a_call_and_get_their_own_answers(request_: Request) -> None:
    answers = await asyncio.gather(*(request_.batches.field(double, parent, {}) for parent in (3, 1, 2)))

    assert answers == [6, 2, 4]
    assert request_.calls == [([3, 1, 2], {})]


async def test_a_parent_that_asks_twice_is_answered_twice_in_one_call(request_: Request) -> None:
    """Two aliases of a field."""
    answers = await asyncio.gather(request_.batches.field(double, 3, {}), request_.batches.field(double, 3, {}))

    assert answers == [6, 6]
    assert request_.calls == [([3, 3], {})]


async def test_only_equal_arguments_share_a_call(request_: Request) -> None:
    await asyncio.gather(
        *(request_.batches.field(double, parent, {"first": first}) for parent in (1, 2) for first in (10, 20))
    )

    assert request_.calls == [([1, 2], {"first": 10}), ([1, 2], {"first": 20})]


async def test_the_parent_of_a_root_field_is_none(request_: Request) -> None:
    assert await request_.batches.field(double, None, {}) is None
    assert request_.calls == [([None], {})]


async def test_parents_need_not_be_hashable(request_: Request) -> None:
    assert await request_.batches.field(double, [1], {}) == [1, 1]


async def test_an_answer_that_is_an_exception_fails_its_own_field_only(request_: Request) -> None:
    async def halve(request: Request, parents: Sequence[int]) -> list[int | ValueError]:
        return [ValueError(f"{parent} is odd") if parent % 2 else parent // 2 for parent in parents]

    answers = await asyncio.gather(
        *(request_.batches.field(halve, parent, {}) for parent in (4, 3, 2)), return_exceptions=True
    )

    assert answers[::2] == [2, 1]
    assert isinstance(answers[1], ValueError)
    assert str(answers[1]) == "3 is odd"


async def test_an_exception_of_the_call_itself_fails_every_field_of_it(request_: Request) -> None:
    fault = RuntimeError("out of order")

    async def fail(request: Request, parents: Sequence[int]) -> list[int]:
        raise fault

    answers = await asyncio.gather(
        *(request_.batches.field(fail, parent, {}) for parent in (1, 2)), return_exceptions=True
    )

    assert answers == [fault, fault]


@pytest.mark.parametrize("answers", [[], [1], [1, 2, 3]], ids=len)
async def test_a_resolver_that_answers_for_more_or_fewer_parents_is_found_out(
    request_: Request, answers: list[int]
) -> None:
    async def miscount(request: Request, parents: Sequence[int]) -> list[int]:
        return answers

    first, second = await asyncio.gather(
        *(request_.batches.field(miscount, parent, {}) for parent in (1, 2)), return_exceptions=True
    )

    assert isinstance(first, WrongAnswerCount)
    assert str(first) == f"miscount gave {len(answers)} answers for 2 parents"
    assert second is first


async def test_a_field_that_is_given_up_leaves_the_others_their_answers(request_: Request) -> None:
    one, other = (asyncio.ensure_future(request_.batches.field(double, parent, {})) for parent in (1, 2))
    await asyncio.sleep(0)
    one.cancel()

    assert await other == 4
    assert one.cancelled()


async def test_requests_share_nothing() -> None:
    one, other = Request(), Request()

    await asyncio.gather(one.batches.field(double, 1, {}), other.batches.field(double, 2, {}))

    assert one.calls == [([1], {})]
    assert other.calls == [([2], {})]


# -- lookups ----------------------------------------------------------------------------------------------------------


async def squares(request: Request, keys: list[int]) -> Mapping[int, int]:
    """Of positive numbers only."""
    request.calls.append(keys)
    await asyncio.sleep(0)
    return {key: key * key for key in keys if key > 0}


async def test_keys_are_answered_in_order_and_none_and_the_missing_by_none(request_: Request) -> None:
    assert await request_.batches.lookup(squares, [3, None, -1, 2, 3]) == [9, None, None, 4, 9]
    assert request_.calls == [[3, -1, 2]]


async def test_each_key_is_fetched_once_a_request_whoever_asks(request_: Request) -> None:
    one, other = await asyncio.gather(
        request_.batches.lookup(squares, [1, 2]), request_.batches.lookup(squares, [2, 3])
    )
    later = await request_.batches.lookup(squares, [3, 4])

    assert (one, other, later) == ([1, 4], [4, 9], [9, 16])
    assert request_.calls == [[1, 2, 3], [4]]


@pytest.mark.parametrize("keys", [[], [None, None]])
async def test_without_keys_nothing_is_fetched(request_: Request, keys: list[None]) -> None:
    assert await request_.batches.lookup(squares, keys) == keys
    assert request_.calls == []


async def test_a_fetch_that_failed_is_made_again_when_asked_again(request_: Request) -> None:
    async def once(request: Request, keys: list[int]) -> Mapping[int, int]:
        request.calls.append(keys)
        if len(request.calls) == 1:
            raise ConnectionError("gone")
        return {key: key for key in keys}

    with pytest.raises(ConnectionError, match="gone"):
        await request_.batches.lookup(once, [1, 2])

    assert await request_.batches.lookup(once, [1, 2]) == [1, 2]


# -- the end ----------------------------------------------------------------------------------------------------------


async def test_what_nobody_waits_for_any_more_is_stopped(request_: Request, caplog: pytest.LogCaptureFixture) -> None:
    ended = asyncio.Event()
    begun = asyncio.Event()

    async def forever(request: Request, keys: list[int]) -> Mapping[int, int]:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return {}

    async def look_up(request: Request, parents: Sequence[int]) -> list[int | None]:
        return await request.batches.lookup(forever, parents)

    waiting = asyncio.ensure_future(request_.batches.field(look_up, 1, {}))
    await asyncio.wait_for(begun.wait(), 10)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert not ended.is_set()
    request_.batches.cancel()

    await asyncio.wait_for(ended.wait(), 10)
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
