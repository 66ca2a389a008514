"""What a mutation answers with: what it changed, as it now is, or why it did nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from db.rows import Row
from domain.user_errors import UserError
from execution.batching import BatchResolver
from resolvers import lookups
from resolvers.context import Context

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


def itself(result: Any) -> Any:  # noqa: ANN401 - whatever a command returns
    """For a command that returns the key of what it changed."""
    return result


def changed(fetch: lookups.Fetch[R], key: Callable[[Any], Any] = itself) -> BatchResolver:
    """The row that a command has changed, read as the viewer sees it.

    Args:
        fetch: finds rows by their keys.
        key: tells the key from what the command returned.
    """

    async def resolve(context: Context, parents: Sequence[Payload]) -> Sequence[R | None]:
        keys = [None if parent.result is None else key(parent.result) for parent in parents]
        return await lookups.find(context, fetch, keys)

    return resolve
