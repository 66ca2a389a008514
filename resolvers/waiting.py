"""Reading entries of waiting lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from db.rows import CustomerRow, OrganisationRow, PackageRow, RegistrationRow, TicketRow, WaitingListEntryRow
from db.statements import waiting
from domain.sales import WaitingState
from resolvers import lookups
from resolvers.arguments import key_of
from resolvers.context import Context
from resolvers.customers import fetch_customers
from resolvers.paging import Page, PageArguments, pages_of
from resolvers.registrations import REGISTRATIONS, admit_guest, by_key

ENTRIES: lookups.Fetch[WaitingListEntryRow] = by_key(waiting.BY_ID)


async def entry_by(
    context: Context, parents: Sequence[None], *, global_id: str, guest_token: str | None
) -> Sequence[WaitingListEntryRow | None]:
    """An entry by its id, seen by whose it is, or by whoever has its guest token.

    Raises:
        InvalidArgument: it is no id of an entry.
    """
    key = key_of(global_id, "WaitingListEntry", "id")
    if guest_token is not None:
        admit_guest(context, guest_token, key)
    return await lookups.find(context, ENTRIES, [key]) * len(parents)


async def entries_of_customers(
    context: Context, parents: Sequence[CustomerRow], *, arguments: PageArguments
) -> Sequence[Page[WaitingListEntryRow]]:
    """What each customer waits and has waited for."""
    keys = [customer["customer_id"] for customer in parents]
    return await pages_of(context, waiting.OF_CUSTOMER, waiting.BY_POSITION, arguments, keys)


async def entries_of_organisations(
    context: Context, parents: Sequence[OrganisationRow], *, arguments: PageArguments
) -> Sequence[Page[WaitingListEntryRow]]:
    """Who waits and has waited for what each organisation sells, in their order."""
    keys = [organisation["organisation_id"] for organisation in parents]
    return await pages_of(context, waiting.OF_ORGANISATION, waiting.BY_POSITION, arguments, keys)


async def item_of(context: Context, parents: Sequence[WaitingListEntryRow]) -> list[TicketRow | PackageRow | None]:
    """What each waits for; None where it is no longer to be seen."""
    tickets = await lookups.find(context, lookups.TICKETS, [entry["ticket_id"] for entry in parents])
    packages = await lookups.find(context, lookups.PACKAGES, [entry["package_id"] for entry in parents])
    return [ticket if ticket is not None else package for ticket, package in zip(tickets, packages, strict=True)]


async def customer_of(context: Context, parents: Sequence[WaitingListEntryRow]) -> Sequence[CustomerRow | None]:
    """Whose each entry is, as far as they may be seen."""
    return await lookups.find(context, fetch_customers, [entry["customer_id"] for entry in parents])


async def offer_of(context: Context, parents: Sequence[WaitingListEntryRow]) -> Sequence[RegistrationRow | None]:
    """The registration that each was offered."""
    return await lookups.find(context, REGISTRATIONS, [entry["registration_id"] for entry in parents])


async def _ahead(context: Context, keys: list[Any]) -> Mapping[Any, Any]:
    return {row["entry_id"]: row["ahead"] for row in await context.fetch(waiting.AHEAD, {"keys": keys})}


async def ahead_of(context: Context, parents: Sequence[WaitingListEntryRow]) -> Sequence[int | None]:
    """How many wait for the same before each; None for those who wait no longer."""
    return await context.batches.lookup(_ahead, [entry["entry_id"] for entry in parents])


def states_of(rows: Sequence[WaitingListEntryRow]) -> list[WaitingState]:
    """How each stands."""
    return [WaitingState(row["state"]) for row in rows]
