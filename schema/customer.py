"""Customers and members of organisations, as clients see them."""

from __future__ import annotations

import strawberry

from resolvers.customers import role_of, user_of
from schema.enums import OrganisationRole
from schema.fields import column, derived
from schema.node import Node, global_id


@strawberry.type(description="Whoever has an account. Seen by themselves, and by administrators.")
class Customer(Node):
    """A row of `customers`, or somebody who has none yet."""

    id: strawberry.ID = global_id("Customer", "customer_id")
    name: str | None = column("What they are called; null until they say.")
    email: str | None = column("Where mail reaches them; null until they say.")
    locale: str | None = column("The language that they are written to in (BCP 47), such as `en-GB`.")


@strawberry.type(description="Somebody who works for an organisation.")
class Member:
    """A row of `organisation_members`."""

    user: Customer = derived(user_of, "Who it is.")
    role: OrganisationRole = derived(  # type: ignore[valid-type] # an enum by another name
        role_of, "As what; whoever has several roles is there once for each.", reads=["role"]
    )
