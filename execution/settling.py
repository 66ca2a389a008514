"""What ordinary resolvers return may have to be waited for: a value, or the items of a list."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Sequence
from typing import Any

from graphql.pyutils import is_awaitable


async def settle(values: Sequence[Any]) -> list[Any]:
    """Wait for whatever among the values has to be waited for, all at the same time; failures stay in their places."""
    settled = list(values)
    for _ in range(2):  # an awaitable may give a list of awaitables, or an iterator
        places = [place for place, value in enumerate(settled) if _waits(value)]
        if not places:
            break
        results = await asyncio.gather(*(_one(settled[place]) for place in places), return_exceptions=True)
        for place, result in zip(places, results, strict=True):
            if isinstance(result, BaseException) and not isinstance(result, Exception):
                raise result
            settled[place] = result
    return settled


def _waits(value: object) -> bool:
    return (
        is_awaitable(value)
        or isinstance(value, AsyncIterable)
        or (isinstance(value, list | tuple) and any(is_awaitable(item) for item in value))
    )


async def _one(value: Any) -> Any:  # noqa: ANN401 - any value
    if is_awaitable(value):
        return await value
    if isinstance(value, AsyncIterable):
        return [item async for item in value]
    return await settle(value)
