"""What a mutation answers with: what it changed, as it now is, or why it did nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from db.rows import Row
from domain.user_errors import UserError
from execution.batching import BatchResolver
from resolvers import lookups
from resolvers.context import Context
from resolvers.nodes import node_by

R = TypeVar("R", bound=Row)


@dataclass(frozen=True, slots=True)
class Payload:
    """What a command came to.

    Attributes:
        result: what it returned; None where it was rejected.
        user_errors: why it was.
    """

    result: Any = None
    user_errors: Sequence[UserError] = ()


def changed(fetch: lookups.Fetch[R]) -> BatchResolver:
    """The row that a command has changed, by the key that it returned, read as the viewer sees it."""

    async def resolve(context: Context, parents: Sequence[Payload]) -> Sequence[R | None]:
        return await lookups.find(context, fetch, [parent.result for parent in parents])

    return resolve


async def changed_node(context: Context, parents: Sequence[Payload]) -> Sequence[Row | None]:
    """Whatever a command has changed, by the global id that it returned."""
    return [
        None if parent.result is None else (await node_by(context, [None], global_id=parent.result))[0]
        for parent in parents
    ]
