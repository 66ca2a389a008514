"""Customers and members of organisations, as clients see them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry

from auth.permissions import Permission
from resolvers.customers import roles_of, users_of
from resolvers.registrations import registrations_of_customers
from resolvers.waiting import entries_of_customers
from schema.arguments import forward
from schema.connection import Connection
from schema.enums import OrganisationRole
from schema.fields import column, derived, edge
from schema.node import Node, global_id
from schema.registration_list import registrations_of_one

if TYPE_CHECKING:
    from schema.registration import Registration
    from schema.waiting import WaitingListEntry


@strawberry.type(description="Whoever has an account. Seen by themselves, and by administrators.")
class Customer(Node):
    """A row of `customers`, or somebody who has none yet. Whoever sees the row sees all of it."""

    id: strawberry.ID = global_id("Customer", "customer_id", Permission.PUBLIC)
    name: str | None = column("What they are called; null until they say.", permission=Permission.PUBLIC)
    email: str | None = column("Where mail reaches them; null until they say.", permission=Permission.PUBLIC)
    locale: str | None = column(
        "The language that they are written to in (BCP 47), such as `en-GB`.", permission=Permission.PUBLIC
    )
    registrations: Connection[Annotated[Registration, strawberry.lazy("schema.registration")]] = edge(
        registrations_of_customers,
        "Their orders, newest first: of another's account, those that you may see.",
        arguments=registrations_of_one,
        multipliers=["first"],
        permission=Permission.PUBLIC,
    )
    waiting_list: Connection[Annotated[WaitingListEntry, strawberry.lazy("schema.waiting")]] = edge(
        entries_of_customers,
        "What they wait and have waited for, in order: of another's account, what you may see.",
        arguments=forward,
        multipliers=["first"],
        permission=Permission.PUBLIC,
    )


@strawberry.type(description="Somebody who works for an organisation.")
class Member:
    """A row of `organisation_members`."""

    user: Customer = derived(users_of, "Who it is.", permission=Permission.PUBLIC)
    role: OrganisationRole = derived(  # type: ignore[valid-type] # an enum by another name
        roles_of,
        "As what; whoever has several roles is there once for each.",
        reads=["role"],
        permission=Permission.PUBLIC,
    )
