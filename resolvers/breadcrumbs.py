"""The way from the top down to a function or an event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from db.rows import EventRow, FunctionRow, OrganisationRow
from resolvers.context import Context
from resolvers.hierarchy import hierarchy_of
from resolvers.organisations import organisation_of

Place = OrganisationRow | FunctionRow | EventRow


@dataclass(frozen=True, slots=True)
class Breadcrumb:
    """A step of the way: what is there, and what it is called."""

    node: Place

    @property
    def name(self) -> str:
        """Its name, or its title."""
        name: str = self.node["title" if isinstance(self.node, EventRow) else "name"]
        return name

    @property
    def slug(self) -> str:
        """What it is called in addresses."""
        slug: str = self.node["slug"]
        return slug


async def breadcrumbs_of_functions(context: Context, parents: Sequence[FunctionRow]) -> Sequence[list[Breadcrumb]]:
    """Who holds each function, and the function."""
    organisers = await organisation_of(context, parents)
    return [_way(*steps) for steps in zip(organisers, parents, strict=True)]


async def breadcrumbs_of_events(context: Context, parents: Sequence[EventRow]) -> Sequence[list[Breadcrumb]]:
    """Who holds each event, what groups it, and the event."""
    organisers = await organisation_of(context, parents)
    groups = [hierarchy.root for hierarchy in await hierarchy_of(context, parents)]
    return [_way(*steps) for steps in zip(organisers, groups, parents, strict=True)]


def _way(*steps: Place | None) -> list[Breadcrumb]:
    """What may not be seen is left out."""
    return [Breadcrumb(step) for step in steps if step is not None]
