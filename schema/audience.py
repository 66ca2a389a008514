"""Which types are public: whoever sees an object of theirs sees every field that does not say otherwise.

The fields of any other type must say who may see them; a schema in which one does not is not built.
"""

from __future__ import annotations

from typing import Final

from graphql import GraphQLObjectType
from strawberry.types.base import StrawberryObjectDefinition

PUBLIC_TYPES: Final = frozenset(
    {
        "Query",
        "RateLimit",
        "ApiVersion",
        "Organisation",
        "Function",
        "Event",
        "EventHierarchy",
        "FunctionDay",
        "Breadcrumb",
        "Ticket",
        "TicketAvailability",
        "Package",
        "PackageItem",
        "Money",
        "Homepage",
        "FeatureFlag",
        # Reached through fields for administrators alone.
        "MigrationStatus",
        "MigrationRun",
        "MigrationValidation",
        "MigrationFaultCount",
        "MigrationFinding",
        "MigrationPlan",
        "PlannedFunction",
        "PageInfo",
        "SearchConnection",
        "SearchEdge",
    }
)
"""Their objects are shown to anyone, as far as the row rule of their table allows."""


def is_public(each: GraphQLObjectType) -> bool:
    """Whether a type's fields are public unless they say otherwise.

    A connection and its edges are: they hold nothing but rows, which have a rule of their own, and are only reached
    through a field that says who may see it. So are the payload of a mutation, and the errors in it.
    """
    definition: StrawberryObjectDefinition = each.extensions["strawberry-definition"]
    of_mutation = each.name.endswith("Payload") or any(its.name == "UserError" for its in each.interfaces)
    return each.name in PUBLIC_TYPES or definition.concrete_of is not None or of_mutation
