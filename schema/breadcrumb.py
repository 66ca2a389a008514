"""The way down to something, as clients see it."""

from __future__ import annotations

from typing import Final

import strawberry

from schema.fields import column
from schema.node import Node

NAMES: Final = ("Organisation.name", "Organisation.slug", "Function.name", "Function.slug", "Event.title", "Event.slug")
"""What steps are called by."""


@strawberry.type(description="A step of the way from the top down to something.")
class Breadcrumb:
    """`resolvers.breadcrumbs.Breadcrumb`, shown."""

    name: str = column("What is there: its name, or its title.")
    slug: str = column("The same in addresses.")
    node: Node = column("What is there.")
