"""Feature flags: for whom which is on, decided by values alone.

A flag that is not enabled is off for everyone. One that is enabled is on for those in one of its segments, and for a
share of all others. Who is in that share hangs on the flag and on who they are: it is the same at every request and in
every process, it is another share for another flag, and raising the share takes the flag from nobody.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

USE_FUNCTIONS: Final = "USE_FUNCTIONS_ARCHITECTURE"

KNOWN: Final[Mapping[str, str]] = {
    USE_FUNCTIONS: "Whether an event's hierarchy is that of functions; else that of parent events.",
    "SHOW_FUNCTION_NAVIGATION": "For front ends: whether they show a way from function to function.",
    "ENABLE_FUNCTION_FILTERING": "For front ends: whether lists of events may be filtered by function.",
    "ENABLE_FUNCTION_MONITORING": "For front ends: whether they report how functions are used.",
}
"""Every flag, and what it decides."""

EVERYONE: Final = 100
"""Per cent."""

SEGMENTS: Final = ("organisations", "roles", "clients", "customers")
"""The kinds of segments."""

_BUCKETS: Final = 2**64


class Reason(Enum):
    """Why a flag is on or off; the values are OpenFeature's (specification, section 1.4.7)."""

    DISABLED = "DISABLED"
    TARGETING_MATCH = "TARGETING_MATCH"
    SPLIT = "SPLIT"
    STATIC = "STATIC"


@dataclass(frozen=True, slots=True)
class Subject:
    """Who asks, as far as flags are concerned.

    Attributes:
        key: what tells them apart from all others, at every request; None where nothing does.
        organisations: keys of the organisations that they work for, as text.
        roles: what they are: `customer`, `staff`, `partner`, `admin`, …, and their roles in organisations.
        client: the name of the client that they use; None without a key.
        customer: the key of their row, as text; None for anyone without an account.
    """

    key: str | None = None
    organisations: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    client: str | None = None
    customer: str | None = None

    def values(self, segment: str) -> Collection[str]:
        """What they are, in the words of a kind of segments."""
        own = {
            "organisations": self.organisations,
            "roles": self.roles,
            "clients": {self.client},
            "customers": {self.customer},
        }[segment]
        return {each for each in own if each is not None}


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag as it stands.

    Attributes:
        key: one of `KNOWN`.
        enabled: whether it is on for anyone.
        percentage: the share of those in no segment for whom it is on, from 0 to 100.
        segments: those for whom it is on whatever the share: lists of names and ids, by `SEGMENTS`.
        updated_at: when somebody changed it; None where nobody has.
    """

    key: str
    enabled: bool = True
    percentage: int = EVERYONE
    segments: Mapping[str, Collection[str]] = field(default_factory=dict)
    updated_at: dt.datetime | None = None

    def evaluate(self, subject: Subject) -> tuple[bool, Reason]:
        """Whether it is on for somebody, and why."""
        if not self.enabled:
            return False, Reason.DISABLED
        if any(set(subject.values(kind)).intersection(members) for kind, members in self.segments.items()):
            return True, Reason.TARGETING_MATCH
        if self.percentage in {0, EVERYONE}:
            return self.percentage == EVERYONE, Reason.STATIC
        return in_share(self.key, subject.key, self.percentage), Reason.SPLIT


def in_share(flag: str, subject: str | None, percentage: float) -> bool:
    """Whether a subject is in a share of all; one whom nothing tells apart from others is in the whole alone."""
    if subject is None:
        return percentage >= EVERYONE
    digest = hashlib.sha256(f"{flag}\0{subject}".encode(errors="surrogatepass")).digest()
    return int.from_bytes(digest[:8]) * EVERYONE < percentage * _BUCKETS


def segments_faults(segments: Any) -> list[str]:  # noqa: ANN401 - whatever somebody wrote as JSON
    """What is wrong with segments; nothing, when they can be kept."""
    if not isinstance(segments, Mapping):
        return [f"an object is wanted, with lists by {', '.join(SEGMENTS)}"]
    kinds = ", ".join(SEGMENTS)
    faults = [f"`{kind}` is no kind of segments; there are {kinds}" for kind in sorted(segments.keys() - set(SEGMENTS))]
    return faults + [
        f"`{kind}` wants a list of names or ids"
        for kind in SEGMENTS
        if kind in segments
        and not (isinstance(segments[kind], list) and all(isinstance(each, str) for each in segments[kind]))
    ]
