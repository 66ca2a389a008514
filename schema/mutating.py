"""How a command becomes a field of `Mutation`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import strawberry

from commands.writing import Writer
from domain.user_errors import Rejected
from execution.batching import BatchResolver
from resolvers.context import Context
from resolvers.payloads import Payload

Command = Callable[..., Awaitable[Any]]
"""`await command(writer, **arguments)`; raises `Rejected` for what whoever asks can mend."""

Look = Callable[..., Awaitable[Any]]
"""`await look(database, **arguments)`: reads, and writes nothing."""


def changing(command: Command) -> BatchResolver:
    """A resolver that does what a command says, on behalf of whoever asks."""

    async def resolve(context: Context, parents: Sequence[None], **arguments: Any) -> list[Payload]:  # noqa: ANN401 - a batch resolver
        assert len(parents) == 1, "a field of the root is executed by itself"
        try:
            payload = Payload(await command(writer_of(context), **arguments))
        except Rejected as rejected:
            payload = Payload(None, rejected.errors)
        context.batches.forget()
        return [payload]

    return resolve


def looking(look: Look) -> BatchResolver:
    """A resolver that tells how something stands, whatever it hangs below: `await look(database, **arguments)`.

    Where the deployment shows a part of the installation, it tells nothing: what is looked at is no part of anything.
    """

    async def resolve(context: Context, parents: Sequence[Any], **arguments: Any) -> list[Any]:  # noqa: ANN401 - the same
        if context.touched is not None:
            context.touched.is_known = False
        found = None if context.within is not None else await look(context.database, **arguments)
        return [found] * len(parents)

    return resolve


def writer_of(context: Context) -> Writer:
    """On whose behalf an operation writes, and where."""
    return Writer(
        context.database,
        context.viewer,
        context.actor,
        context.now,
        context.terms,
        context.once,
        flags=context.flags.flags,
        within=context.within,
        payments=context.payments,
        keys=context.keys,
    )


def given(value: object) -> Mapping[str, Any]:
    """The fields of an input that were given, by their names in Python, and of inputs within it; null is a value."""
    named = ((each.name, getattr(value, each.name)) for each in fields(value))  # type: ignore[arg-type] # Strawberry's inputs are dataclasses
    return {name: _plain(each) for name, each in named if each is not strawberry.UNSET}


def _plain(value: object) -> object:
    """A value in which inputs have become what `given` makes of them."""
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return given(value) if is_dataclass(value) else value
