"""What resolvers return may have to be waited for, or may be gone once it was looked at."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Iterable, Iterator, Sequence
from typing import Any

from graphql.pyutils import is_async_iterable, is_awaitable, is_iterable


async def settle(values: Sequence[Any], lists: int) -> list[Any]:
    """Wait for whatever among the values has to be waited for, all at the same time; failures stay in their places.

    Args:
        values: what resolvers returned, or the exceptions that they raised.
        lists: how many lists deep the type of the field is; so deep, items are waited for as well.
    """
    settled = list(values)
    places = [place for place, value in enumerate(settled) if _waits(value, lists)]
    if places:
        results = await asyncio.gather(*(_value(settled[place], lists) for place in places), return_exceptions=True)
        for place, result in zip(places, results, strict=True):
            if isinstance(result, BaseException) and not isinstance(result, Exception):
                raise result
            settled[place] = result
    return settled


def _waits(value: object, lists: int) -> bool:
    if is_awaitable(value):
        return True
    if not lists:
        return False
    if isinstance(value, list | tuple):
        return any(_waits(item, lists - 1) for item in value)
    # Whether an iterator has something to be waited for is known once it was gone through.
    return is_async_iterable(value) or is_iterable(value)


async def _value(value: Any, lists: int) -> Any:  # noqa: ANN401 - any value
    if is_awaitable(value):
        value = await value
    if not lists:
        return value
    if is_async_iterable(value):
        items, broke = await _gone_through(value)
    elif is_iterable(value):
        items, broke = _listed(value)
    else:
        return value
    settled = await settle(items, lists - 1)
    return settled if broke is None else Kept(settled, broke)


async def _gone_through(values: AsyncIterable[Any]) -> tuple[list[Any], Exception | None]:
    items: list[Any] = []
    try:
        async for item in values:
            items.append(item)  # noqa: PERF401 - what came before a failure is kept
    except Exception as error:  # noqa: BLE001 - an iterator's failure is its field's
        return items, error
    return items, None


def _listed(values: Iterable[Any]) -> tuple[list[Any], Exception | None]:
    items: list[Any] = []
    try:
        for item in values:
            items.append(item)  # noqa: PERF402 - the same
    except Exception as error:  # noqa: BLE001 - the same
        return items, error
    return items, None


class Kept:
    """What an iterator gave, and how it broke off: to be gone through as often as it is wanted."""

    __slots__ = ("_broke", "_items")

    def __init__(self, items: list[Any], broke: Exception | None) -> None:
        self._items = items
        self._broke = broke

    def __iter__(self) -> Iterator[Any]:
        yield from self._items
        if self._broke is not None:
            raise self._broke


def kept(values: Sequence[Any], lists: int) -> Sequence[Any]:
    """Values that more than one field can take: iterators among them can be gone through again."""
    return [_kept(value, lists) for value in values] if lists else values


def _kept(value: Any, lists: int) -> Any:  # noqa: ANN401 - any value
    if not lists:
        return value
    if isinstance(value, list | tuple):
        return value if lists == 1 else [_kept(item, lists - 1) for item in value]
    if not isinstance(value, Iterator):
        return value
    items, broke = _listed(value)
    return Kept([_kept(item, lists - 1) for item in items], broke)
