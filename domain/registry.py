"""What governs persisted operations: the states of a release, and what a client may send.

A release is published, becomes active, is deprecated with a date, and is retired. What a client may send is its policy,
from anything at all down to nothing but ids.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final


class ReleaseState(Enum):
    """Where a release stands in its life."""

    PENDING = "pending"
    ACTIVE = "active"
    DEPRECATED = "deprecated"
    RETIRED = "retired"


TRANSITIONS: Final[Mapping[ReleaseState, frozenset[ReleaseState]]] = {
    ReleaseState.PENDING: frozenset({ReleaseState.ACTIVE, ReleaseState.RETIRED}),
    ReleaseState.ACTIVE: frozenset({ReleaseState.DEPRECATED, ReleaseState.RETIRED}),
    # A deprecation can be taken back, or be given another date.
    ReleaseState.DEPRECATED: frozenset({ReleaseState.ACTIVE, ReleaseState.DEPRECATED, ReleaseState.RETIRED}),
    ReleaseState.RETIRED: frozenset(),
}
"""From which state a release may go to which; one that is retired stays so."""

SERVED: Final = frozenset({ReleaseState.ACTIVE, ReleaseState.DEPRECATED})
"""The states in which the operations of a release are answered."""


def may_become(now: ReleaseState, then: ReleaseState) -> bool:
    """Whether a release may go from one state to another."""
    return then in TRANSITIONS[now]


IN_USE: Final = dt.timedelta(days=30)
"""What was called within so long is in use."""


def objections(
    state: ReleaseState, published: dt.datetime, sunset: dt.datetime | None, calls: int, now: dt.datetime
) -> list[str]:
    """Why retiring a release may break someone, each in a few words; nothing, where it may be retired without force.

    Args:
        state: of the release.
        published: when it was.
        sunset: when its deprecation said that it would end (RFC 8594).
        calls: that retiring it would have broken, within `IN_USE`.
        now: the present moment.
    """
    if state not in SERVED:
        return []
    found = []
    if calls:
        found.append(f"it was called {calls} time{'s' if calls > 1 else ''} within {IN_USE.days} days")
    if sunset is not None and now < sunset:
        found.append("its sunset has not come")
    if sunset is None and not calls and now < published + IN_USE:
        found.append(f"no sunset was announced for it, and it is younger than {IN_USE.days} days")
    return found


class KeyPurpose(Enum):
    """What a key of a client is for: a program that calls has no need to publish, nor a pipeline to call."""

    CALL = "call"
    PUBLISH = "publish"


class Admission(Enum):
    """What a client may send, from the widest to the narrowest."""

    OPEN = "open"
    APQ = "apq"
    SAFELIST = "safelist"
    IDS_ONLY = "ids-only"


ADMISSIONS: Final[Mapping[Admission, str]] = {
    Admission.OPEN: "any document, and ids; nothing is registered",
    Admission.APQ: "any document, registered by its hash when first sent, and ids",
    Admission.SAFELIST: "the documents of its releases, as text or by id",
    Admission.IDS_ONLY: "ids of its releases alone",
}
"""What each of them means."""

_LOG_ONLY = "-log-only"


@dataclass(frozen=True, slots=True)
class Policy:
    """What a client may send; with `log_only`, what it would refuse is admitted and recorded instead."""

    admission: Admission
    log_only: bool = False

    @property
    def name(self) -> str:
        """Its name on the command line and in the database."""
        return self.admission.value + (_LOG_ONLY if self.log_only else "")


POLICIES: Final[Mapping[str, Policy]] = {
    policy.name: policy
    for policy in (
        *(Policy(admission) for admission in Admission),
        # What refuses nothing has nothing to record.
        *(Policy(admission, log_only=True) for admission in Admission if admission is not Admission.OPEN),
    )
}
"""Every policy by its name."""
