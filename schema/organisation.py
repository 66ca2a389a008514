"""Organisations, as clients see them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry

from auth.permissions import Permission
from resolvers.customers import members_of
from resolvers.functions import functions_of_organisations
from resolvers.registrations import registrations_of_organisations
from resolvers.staff_terms import (
    eligibility_rules_of_organisations,
    price_rules_of_organisations,
    taxes_of_organisations,
    vouchers_of_organisations,
)
from resolvers.waiting import entries_of_organisations
from schema.arguments import forward, limited
from schema.connection import Connection
from schema.customer import Member
from schema.fields import column, edge
from schema.node import Node, global_id
from schema.registration_list import registrations_sold
from schema.scalars import TimeZone

if TYPE_CHECKING:
    from schema.eligibility import EligibilityRule
    from schema.function import Function
    from schema.registration import Registration
    from schema.staff_terms import PriceRule, Tax, Voucher
    from schema.waiting import WaitingListEntry


@strawberry.type(description="Who holds functions and events.")
class Organisation(Node):
    """A row of `organisations`."""

    id: strawberry.ID = global_id("Organisation", "organisation_id")
    name: str = column("Its name.")
    slug: str = column("Its name in addresses, unique among organisations.")
    timezone: TimeZone = column("The zone it works in.")
    payout_account_id: str | None = column(
        "The account at the payment provider that its money goes to.", permission=Permission.FINANCE
    )
    functions: Connection[Annotated[Function, strawberry.lazy("schema.function")]] = edge(
        functions_of_organisations,
        "Its functions, by first day; those without one come last.",
        arguments=forward,
        multipliers=["first"],
        paged=True,
    )
    members: list[Member] | None = edge(
        members_of,
        "Who works for it; seen by them, and by administrators.",
        arguments=limited,
        permission=Permission.INTERNAL,
        multipliers=["first"],
    )
    price_rules: Connection[Annotated[PriceRule, strawberry.lazy("schema.staff_terms")]] | None = edge(
        price_rules_of_organisations,
        "The other prices that it has set, oldest first; for its staff.",
        arguments=forward,
        permission=Permission.INTERNAL,
        multipliers=["first"],
    )
    vouchers: Connection[Annotated[Voucher, strawberry.lazy("schema.staff_terms")]] | None = edge(
        vouchers_of_organisations,
        "Its vouchers, newest first; for its staff.",
        arguments=forward,
        permission=Permission.INTERNAL,
        multipliers=["first"],
    )
    taxes: Connection[Annotated[Tax, strawberry.lazy("schema.staff_terms")]] | None = edge(
        taxes_of_organisations,
        "The taxes that it has entered, oldest first; for its staff.",
        arguments=forward,
        permission=Permission.INTERNAL,
        multipliers=["first"],
    )
    eligibility_rules: Connection[Annotated[EligibilityRule, strawberry.lazy("schema.eligibility")]] | None = edge(
        eligibility_rules_of_organisations,
        "Its rules on who may buy, oldest first; for its staff.",
        arguments=forward,
        permission=Permission.INTERNAL,
        multipliers=["first"],
    )
    registrations: Connection[Annotated[Registration, strawberry.lazy("schema.registration")]] | None = edge(
        registrations_of_organisations,
        "The orders that it sold; for its staff.",
        arguments=registrations_sold,
        permission=Permission.INTERNAL,
        multipliers=["first"],
    )
    waiting_list: Connection[Annotated[WaitingListEntry, strawberry.lazy("schema.waiting")]] | None = edge(
        entries_of_organisations,
        "Who waits and has waited for what it sells, in their order; for its staff.",
        arguments=forward,
        permission=Permission.INTERNAL,
        multipliers=["first"],
    )
