"""Reading customers: who asks, and who works for an organisation."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from db.rows import CustomerRow, MemberRow, OrganisationRow
from db.statements.customers import CUSTOMERS_BY_ID, MEMBERS_OF_ORGANISATIONS
from domain.members import OrgRole
from resolvers.context import Context
from resolvers.paging import PageArguments, rows_by_parent


async def fetch_customers(context: Context, keys: list[uuid.UUID]) -> Mapping[uuid.UUID, CustomerRow]:
    """Customers by their keys: those that the viewer may see, who is one before there is a row."""
    return {row["customer_id"]: row for row in await context.fetch(CUSTOMERS_BY_ID, {"keys": keys})}


async def viewer_of(context: Context, parents: Sequence[None]) -> Sequence[CustomerRow | None]:
    """Who asks; None for whoever is no customer."""
    return await context.batches.lookup(fetch_customers, [context.viewer.customer_id]) * len(parents)


async def members_of(
    context: Context, parents: Sequence[OrganisationRow], *, arguments: PageArguments
) -> list[list[MemberRow]]:
    """The members of each organisation.

    Raises:
        Refusal: too many are asked for.
    """
    keys = [organisation["organisation_id"] for organisation in parents]
    found = await rows_by_parent(context, MEMBERS_OF_ORGANISATIONS, {"limit": arguments.size()}, keys)
    return [found[key] for key in keys]


def users_of(members: Sequence[MemberRow]) -> Sequence[MemberRow]:
    """Whom memberships are about: their rows hold what is known of them."""
    return members


def roles_of(members: Sequence[MemberRow]) -> list[OrgRole]:
    """As what they work there."""
    return [OrgRole(member["role"]) for member in members]
