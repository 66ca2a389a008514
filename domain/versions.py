"""Versions of the API: what is deprecated and until when it works, and what was broken on purpose.

All versions are served by one schema, at one address. A client of a version works for as long as what it uses stands in
the schema; whatever is to go is deprecated first, with its last day and a guide, and stays until that day is over.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Deprecation:
    """A way of doing things that is going to end.

    Attributes:
        since: the day on which it was deprecated.
        ends: the day from which it may be gone; until then it works.
        version: the version whose clients use it.
        instead: what to use, in a sentence of Markdown.
        guide: the name of the guide that has the way over, in `server/guides/`.
    """

    since: dt.date
    ends: dt.date
    version: str
    instead: str
    guide: str

    @property
    def reason(self) -> str:
        """What the schema says of it."""
        return f"{self.instead} Works until {self.ends}."


@dataclass(frozen=True, slots=True)
class Break:
    """A change of the schema that clients of the version before have to follow, made on purpose.

    Attributes:
        change: what breaks, in the words of `boxoffice schema check`.
        why: why it had to be.
        guide: the name of the guide that says what clients do, in `server/guides/`.
    """

    change: str
    why: str
    guide: str


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the API.

    Attributes:
        name: a whole number. What is added to it is released as `2.1`, `2.2`, …, in `schema/released/`.
        title: what is new in it.
        breaks: what of the version before does not hold in it.
    """

    name: str
    title: str
    breaks: tuple[Break, ...] = ()


PARENT_EVENTS: Final = Deprecation(
    since=dt.date(2026, 11, 21),
    ends=dt.date(2027, 11, 21),
    version="1",
    instead="Use `function` and its `events`; parent events are the old way of grouping.",
    guide="parent-events",
)
"""Functions have taken the place of parent events."""

DEPRECATIONS: Final[Mapping[str, Deprecation]] = {
    "Event.parentEventId": PARENT_EVENTS,
    "Event.parentEvent": PARENT_EVENTS,
    "Event.childEvents": PARENT_EVENTS,
}
"""Every deprecated field, as `Type.field`: answers to calls that ask for one say so, and the calls are counted."""

VERSIONS: Final[tuple[Version, ...]] = (
    Version("1", "Events are grouped by parent events."),
    Version("2", "Events are grouped by functions."),
)
"""Every version there was, the oldest first. Whoever has to break something adds one, with the breaks."""


def breaks_after(version: int, versions: Iterable[Version] = VERSIONS) -> list[Break]:
    """What was broken on purpose since a version."""
    return [each for later in versions if int(later.name) > version for each in later.breaks]


@dataclass(frozen=True, slots=True)
class ApiVersion:
    """A version, as clients are told of it.

    Attributes:
        name: its name.
        title: what was new in it.
        is_latest: whether it is the one for new clients.
        is_deprecated: whether something of it is going to end.
        sunset_at: from which day the first of it may be gone; None where nothing is going to end.
        migration_guide: where the guide to the latest version is, on this server; None where none is needed.
        breaking_changes: what of it is gone, and what is going to be.
    """

    name: str
    title: str
    is_latest: bool
    is_deprecated: bool
    sunset_at: dt.date | None
    migration_guide: str | None
    breaking_changes: tuple[str, ...]


def api_versions(
    versions: tuple[Version, ...] = VERSIONS, deprecations: Mapping[str, Deprecation] = DEPRECATIONS
) -> list[ApiVersion]:
    """Every version that clients may still be of, the latest first: the latest, and those of which something works."""
    latest = versions[-1].name
    told = []
    for version in versions:
        ending = {field: each for field, each in deprecations.items() if each.version == version.name}
        breaks = breaks_after(int(version.name), versions)
        is_latest = version.name == latest
        guides = [each.guide for each in ending.values()] + [each.guide for each in breaks]
        changes = [f"`{field}` works until {each.ends}. {each.instead}" for field, each in ending.items()]
        told.append(
            ApiVersion(
                name=version.name,
                title=version.title,
                is_latest=is_latest,
                is_deprecated=not is_latest,
                sunset_at=min((each.ends for each in ending.values()), default=None),
                migration_guide=guide_address(guides[0]) if guides else None,
                breaking_changes=(*(each.change for each in breaks), *changes),
            )
        )
    return told[::-1]


def guide_address(guide: str) -> str:
    """Where the server has a guide."""
    return f"/guides/{guide}"


@dataclass(frozen=True, slots=True)
class Notice:
    """What an answer says of the deprecated fields that were asked for.

    Attributes:
        since: since when the first of them is deprecated.
        ends: from when the first of them may be gone.
        guides: where the guides to all of them are.
    """

    since: dt.datetime
    ends: dt.datetime
    guides: tuple[str, ...]


def notice_of(fields: Iterable[str], deprecations: Mapping[str, Deprecation]) -> Notice | None:
    """What is to be said of an operation that asks for these fields; None where none of them is deprecated.

    Args:
        fields: as `Type.field`.
        deprecations: those that are.
    """
    found = [deprecations[each] for each in fields if each in deprecations]
    if not found:
        return None
    return Notice(
        _begin(min(each.since for each in found)),
        _begin(min(each.ends for each in found)),
        tuple(sorted({guide_address(each.guide) for each in found})),
    )


def _begin(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.UTC)
