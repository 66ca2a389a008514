"""Batches: everything that one level of an operation asks of a resolver, gathered into one call.

A batch resolver is `async def name(context, parents, **arguments) -> answers`: as many answers as parents, in their
order; an answer may be an exception, which becomes that one field's error. Executors that walk object by object reach
it through `Batches.field`; a breadth-first executor calls it directly.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from aiodataloader import DataLoader

Context = TypeVar("Context")
T = TypeVar("T")

BatchResolver = Callable[..., Awaitable[Sequence[Any]]]
KeyedFetch = Callable[[Any, list[Any]], Awaitable[Mapping[Any, Any]]]


class WrongAnswerCount(RuntimeError):
    """A batch resolver answered for more or fewer parents than it was given."""


class Batches(Generic[Context]):
    """The loaders of one request: made when first asked for, gone with it."""

    __slots__ = ("_context", "_loaders", "_loading")

    def __init__(self, context: Context) -> None:
        self._context = context
        self._loaders: dict[Hashable, DataLoader[Any, Any]] = {}
        self._loading: set[asyncio.Task[Any]] = set()

    def cancel(self) -> None:
        """Stop what is still being loaded, once the operation is over.

        A batch runs apart from the fields that wait for it. When they are given up, because the operation took too long
        or an error made their parent null, it would go on for nobody.
        """
        for task in self._loading:
            task.cancel()

    def forget(self) -> None:
        """Forget what was loaded: something was written since. Nothing may be under way."""
        self._loaders.clear()

    async def field(self, resolve: BatchResolver, parent: object, arguments: Mapping[str, Any]) -> Any:  # noqa: ANN401 - whatever the resolver answers
        """The answer for one parent; parents that ask in the same turn of the loop share a call.

        Args:
            resolve: the batch resolver.
            parent: handed to it among the others.
            arguments: its keyword arguments, all hashable; only equal ones share a call.
        """
        key = (resolve, tuple(arguments.items()))
        loader = self._loaders.get(key)
        if loader is None:

            async def load(boxed: list[tuple[Any]]) -> list[Any]:
                parents = [parent for (parent,) in boxed]
                answers = list(await self._tracked(resolve(self._context, parents, **arguments)))
                if len(answers) != len(parents):
                    raise WrongAnswerCount(f"{resolve.__name__} gave {len(answers)} answers for {len(parents)} parents")
                return answers

            # Each parent asks once for a field; remembering answers would only tie rows to ids of dead objects.
            loader = self._loaders[key] = DataLoader(load, cache=False)
        # Boxed, since the parent of a root field is None, which the loader would take for a missing key.
        return await loader.load((parent,))

    async def lookup(self, fetch: KeyedFetch, keys: Sequence[Any]) -> list[Any]:
        """The value of each key, or None; each key is fetched once a request, whoever asks for it.

        Args:
            fetch: takes the context and distinct keys; gives a mapping of those it found.
            keys: hashable; None stays None.
        """
        loader = self._loaders.get(fetch)
        if loader is None:

            async def load(wanted: list[Any]) -> list[Any]:
                found = await self._tracked(fetch(self._context, wanted))
                return [found.get(key) for key in wanted]

            loader = self._loaders[fetch] = DataLoader(load)
        present = [key for key in dict.fromkeys(keys) if key is not None]
        if len(present) == 1:
            values = {present[0]: await loader.load(present[0])}  # the usual case, for a third of the price
        else:
            values = dict(zip(present, await loader.load_many(present), strict=True)) if present else {}
        return [values.get(key) for key in keys]

    async def _tracked(self, work: Awaitable[T]) -> T:
        task = asyncio.current_task()
        assert task is not None, "a loader dispatches in a task of its own"
        self._loading.add(task)
        try:
            return await work
        finally:
            self._loading.discard(task)
