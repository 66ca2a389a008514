"""Feature flags, for administrators."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from domain.flags import KNOWN, Flag
from resolvers.context import Context
from resolvers.payloads import Payload


@dataclass(frozen=True, slots=True)
class ShownFlag:
    """A flag as it stands, what it decides, and what it comes to for whoever asks."""

    key: str
    description: str
    enabled: bool
    rollout_percentage: int
    segments: Mapping[str, Collection[str]]
    evaluated_for_viewer: bool
    updated_at: dt.datetime | None


async def flags_of(context: Context, parents: Sequence[None]) -> Sequence[Sequence[ShownFlag]]:
    """Every flag."""
    flags = context.flags.flags
    return [[_shown(flags.flag(key), on=context.flags.is_on(key)) for key in KNOWN]] * len(parents)


async def features_of(context: Context, parents: Sequence[None]) -> Sequence[Sequence[str]]:
    """The flags that are on for whoever asks."""
    return [[key for key in KNOWN if context.flags.is_on(key)]] * len(parents)


async def changed_flag_of(context: Context, parents: Sequence[Payload]) -> Sequence[ShownFlag | None]:
    """The flag that a command has changed, as it now is."""
    return [
        None if parent.result is None else _shown(parent.result, on=parent.result.evaluate(context.flags.subject)[0])
        for parent in parents
    ]


def _shown(flag: Flag, *, on: bool) -> ShownFlag:
    return ShownFlag(flag.key, KNOWN[flag.key], flag.enabled, flag.percentage, dict(flag.segments), on, flag.updated_at)
