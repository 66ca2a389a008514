"""Reading registrations, their lines, taxes and attendees."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from auth.guests import guest_key, verify_guest_token
from auth.tokens import TokenRefused
from db.rows import (
    AttendeeRow,
    CustomerRow,
    EligibilityRow,
    EventRow,
    FunctionRow,
    LineRow,
    OrganisationRow,
    PackageRow,
    RegistrationRow,
    Row,
    TicketRow,
)
from db.statement import Statement
from db.statements import registrations
from db.statements.paging import Lookup, lookup_statement
from db.statements.registration_lists import (
    NEWEST_FIRST,
    RegistrationFilter,
    RegistrationOrder,
    RegistrationScope,
    keyset,
    listing,
)
from domain.errors import InvalidArgument
from domain.money import Money
from domain.registrations import RegistrationState
from domain.sales import AttendeeState
from resolvers import lookups
from resolvers.arguments import key_of
from resolvers.context import Context
from resolvers.customers import fetch_customers
from resolvers.paging import Page, PageArguments, pages_of
from resolvers.terms import TaxShown


def by_key(lookup: Lookup[Any]) -> lookups.Fetch[Any]:
    """Finds rows by their keys, in one statement."""
    column = lookup.key.key

    async def fetch(context: Context, keys: list[Any]) -> Mapping[Any, Any]:
        statement = lookup_statement(lookup, context.uses.get(lookup.row.typename))
        return {row[column]: row for row in await context.fetch(statement, {"keys": keys})}

    return fetch


REGISTRATIONS: lookups.Fetch[RegistrationRow] = by_key(registrations.BY_ID)
ATTENDEES: lookups.Fetch[AttendeeRow] = by_key(registrations.ATTENDEES_BY_ID)


async def registration_by(
    context: Context, parents: Sequence[None], *, global_id: str, guest_token: str | None
) -> Sequence[RegistrationRow | None]:
    """A registration by its id, seen by whose it is, or by whoever has its guest token.

    Raises:
        InvalidArgument: it is no id of a registration.
    """
    key = key_of(global_id, "Registration", "id")
    if guest_token is not None:
        admit_guest(context, guest_token, key)
    return await lookups.find(context, REGISTRATIONS, [key]) * len(parents)


def admit_guest(context: Context, token: str, key: uuid.UUID) -> None:
    """Let an operation see a registration whose guest token it was sent; one that is not valid changes nothing."""
    try:
        said, guest = verify_guest_token(guest_key(context.cursor_secret), token)
    except TokenRefused:
        return
    if guest.registration_id == key and said.expires_at > context.now.timestamp() and not context.revokes(said):
        context.admit(key)


async def registrations_of_customers(
    context: Context, parents: Sequence[CustomerRow], *, arguments: PageArguments, filters: RegistrationFilter
) -> Sequence[Page[RegistrationRow]]:
    """Each customer's orders under a filter, newest first."""
    keys = [customer["customer_id"] for customer in parents]
    orders = listing(RegistrationScope.CUSTOMER, filters, RegistrationOrder.CREATED_AT)
    return await pages_of(context, orders, NEWEST_FIRST, arguments, keys, filters.values())


async def registrations_of_organisations(
    context: Context,
    parents: Sequence[OrganisationRow],
    *,
    arguments: PageArguments,
    filters: RegistrationFilter,
    order: RegistrationOrder,
    descending: bool,
) -> Sequence[Page[RegistrationRow]]:
    """Each seller's orders under a filter, in an order.

    Raises:
        InvalidArgument: a stretch of time is asked for in another order than that of changes.
    """
    if (filters.updated_from or filters.updated_before) and order is not RegistrationOrder.UPDATED_AT:
        raise InvalidArgument(
            "`filter.updatedAt` goes with `orderBy: {field: UPDATED_AT}` only; "
            f"leave out the filter, or the order by {order.name}."
        )
    keys = [organisation["organisation_id"] for organisation in parents]
    orders = listing(RegistrationScope.ORGANISATION, filters, order)
    return await pages_of(context, orders, keyset(order, descending=descending), arguments, keys, filters.values())


async def attendees_of(
    context: Context, parents: Sequence[RegistrationRow], *, arguments: PageArguments
) -> Sequence[Page[AttendeeRow]]:
    """Who comes, in the order of the registration's lines."""
    keys = [registration["registration_id"] for registration in parents]
    return await pages_of(context, registrations.ATTENDEES_OF_REGISTRATION, registrations.BY_ATTENDEE, arguments, keys)


async def attendees_of_events(
    context: Context, parents: Sequence[EventRow], *, arguments: PageArguments, states: tuple[str, ...]
) -> Sequence[Page[AttendeeRow]]:
    """Who comes to each event, of those in some states, in the order in which they were ordered."""
    keys = [event["event_id"] for event in parents]
    attending, by = registrations.ATTENDEES_OF_EVENT, registrations.BY_ATTENDEE
    return await pages_of(context, attending, by, arguments, keys, {"states": states})


async def _parts(context: Context, statement: Statement[Any], parents: Sequence[RegistrationRow]) -> list[list[Any]]:
    parts: dict[uuid.UUID, list[Row]] = {parent["registration_id"]: [] for parent in parents}
    for row in await context.fetch(statement, {"keys": list(parts)}):
        parts[row["registration_id"]].append(row)
    return [sorted(parts[parent["registration_id"]], key=lambda row: row["position"]) for parent in parents]


async def lines_of(context: Context, parents: Sequence[RegistrationRow]) -> list[list[LineRow]]:
    """What each registration is for, in the order it was asked for."""
    return await _parts(context, registrations.LINES, parents)


async def taxes_of(context: Context, parents: Sequence[RegistrationRow]) -> list[list[TaxShown]]:
    """The taxes of each registration."""
    return [
        [
            TaxShown(tax["name"], tax["rate"], tax["is_included"], Money(tax["tax_amount"], tax["currency"]))
            for tax in taxes
        ]
        for taxes in await _parts(context, registrations.TAXES, parents)
    ]


async def item_of(context: Context, parents: Sequence[LineRow | EligibilityRow]) -> list[TicketRow | PackageRow | None]:
    """What each line is for, or each rule about; None where it is no longer to be seen."""
    tickets = await lookups.find(context, lookups.TICKETS, [line["ticket_id"] for line in parents])
    packages = await lookups.find(context, lookups.PACKAGES, [line["package_id"] for line in parents])
    return [ticket if ticket is not None else package for ticket, package in zip(tickets, packages, strict=True)]


async def function_of(context: Context, parents: Sequence[RegistrationRow]) -> Sequence[FunctionRow | None]:
    """The function that each registration is for."""
    return await lookups.find(context, lookups.FUNCTIONS, [row["function_id"] for row in parents])


async def billed_to(context: Context, parents: Sequence[RegistrationRow]) -> Sequence[OrganisationRow | None]:
    """The organisation that is billed."""
    return await lookups.find(context, lookups.ORGANISATIONS, [row["billed_to_id"] for row in parents])


async def customer_of(context: Context, parents: Sequence[RegistrationRow]) -> Sequence[CustomerRow | None]:
    """Whose each registration is, as far as they may be seen."""
    return await lookups.find(context, fetch_customers, [row["customer_id"] for row in parents])


async def registration_of(context: Context, parents: Sequence[AttendeeRow]) -> Sequence[RegistrationRow | None]:
    """The registration that each attendee came by."""
    return await lookups.find(context, REGISTRATIONS, [row["registration_id"] for row in parents])


async def event_of(context: Context, parents: Sequence[AttendeeRow]) -> Sequence[EventRow | None]:
    """The event that each attendee comes to."""
    return await lookups.find(context, lookups.EVENTS, [row["event_id"] for row in parents])


async def ticket_of(context: Context, parents: Sequence[AttendeeRow]) -> Sequence[TicketRow | None]:
    """The ticket that each attendee has."""
    return await lookups.find(context, lookups.TICKETS, [row["ticket_id"] for row in parents])


def statuses_of(rows: Sequence[RegistrationRow]) -> list[RegistrationState]:
    """How far each registration has come."""
    return [RegistrationState(row["state"]) for row in rows]


def attendee_statuses_of(rows: Sequence[AttendeeRow]) -> list[AttendeeState]:
    """Whether each attendee has a place."""
    return [AttendeeState(row["state"]) for row in rows]


def moneys_of(column: str) -> Any:  # noqa: ANN401 - a batch function, for `derived`
    """The amount in a column of rows, in their currency."""

    def moneys(rows: Sequence[Row]) -> list[Money]:
        return [Money(row[column], row["currency"]) for row in rows]

    return moneys
