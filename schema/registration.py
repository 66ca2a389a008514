"""Registrations and those who come, as clients see them. Nothing of them is public."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Union

import strawberry
from strawberry.scalars import JSON

from auth.permissions import Permission
from resolvers.check_ins import codes_of
from resolvers.payments import payments_of
from resolvers.registrations import (
    attendee_statuses_of,
    attendees_of,
    billed_to,
    customer_of,
    event_of,
    function_of,
    item_of,
    lines_of,
    moneys_of,
    registration_of,
    statuses_of,
    taxes_of,
    ticket_of,
)
from schema.arguments import forward
from schema.connection import Connection
from schema.enums import AttendeeStatus, RegistrationStatus
from schema.fields import column, derived, edge
from schema.money import Money
from schema.node import Node, global_id
from schema.package import Package
from schema.terms import TaxLine
from schema.ticket import Ticket

if TYPE_CHECKING:
    from schema.customer import Customer
    from schema.event import Event
    from schema.function import Function
    from schema.organisation import Organisation
    from schema.payment import Payment

PUBLIC = Permission.PUBLIC
Purchasable = Annotated[
    Union[Ticket, Package],  # noqa: UP007 - Strawberry reads this form alone
    strawberry.union("Purchasable", description="What can be ordered."),
]


@strawberry.type(description="So many of a ticket or a package, at the price they were ordered at.")
class RegistrationLine:
    """A row of `registration_lines`."""

    item: Purchasable | None = edge(
        item_of,
        "What was ordered; null where it is no longer to be seen.",
        reads=["ticket_id", "package_id"],
        permission=PUBLIC,
    )
    quantity: int = column("How many.", permission=PUBLIC)
    list_price: Money = derived(
        moneys_of("list_amount"),
        "The price of one before any rule.",
        reads=["list_amount", "currency"],
        permission=PUBLIC,
    )
    unit_price: Money = derived(
        moneys_of("unit_amount"), "The price of one.", reads=["unit_amount", "currency"], permission=PUBLIC
    )
    discount: Money = derived(
        moneys_of("discount_amount"),
        "What a voucher takes off the line.",
        reads=["discount_amount", "currency"],
        permission=PUBLIC,
    )
    total: Money = derived(
        moneys_of("total_amount"),
        "What all of them come to, taxes and all.",
        reads=["total_amount", "currency"],
        permission=PUBLIC,
    )


@strawberry.type(
    description=(
        "One order: who takes places for what, how far it has come, and what it comes to. Seen by whose it is, by "
        "whoever has its guest token, and by the seller's staff."
    )
)
class Registration(Node):
    """A row of `registrations`."""

    id: strawberry.ID = global_id("Registration", "registration_id", PUBLIC)
    confirmation_number: str | None = column("What it is called by people; null until confirmed.", permission=PUBLIC)
    status: RegistrationStatus = derived(  # type: ignore[valid-type] # an enum by another name
        statuses_of, "How far it has come.", reads=["state"], permission=PUBLIC
    )
    function: Annotated[Function, strawberry.lazy("schema.function")] | None = edge(
        function_of, "The function that all of it is for.", reads=["function_id"], permission=PUBLIC
    )
    customer: Annotated[Customer, strawberry.lazy("schema.customer")] | None = edge(
        customer_of,
        "Whose it is; null for a guest's, and for those who may not see the account.",
        reads=["customer_id"],
        permission=PUBLIC,
    )
    billed_to: Annotated[Organisation, strawberry.lazy("schema.organisation")] | None = edge(
        billed_to, "The organisation that is billed for it.", reads=["billed_to_id"], permission=PUBLIC
    )
    email: str | None = column("Where mail about it goes; null for the account's own address.", permission=PUBLIC)
    lines: list[RegistrationLine] = edge(
        lines_of, "What it is for, in the order it was asked for.", complexity=5, permission=PUBLIC
    )
    attendees: Connection[Annotated[Attendee, strawberry.lazy("schema.registration")]] = edge(
        attendees_of, "Who comes.", arguments=forward, multipliers=["first"], permission=PUBLIC
    )
    subtotal: Money = derived(
        moneys_of("subtotal_amount"),
        "What its lines come to, before a voucher and without the taxes that come on top.",
        reads=["subtotal_amount", "currency"],
        permission=PUBLIC,
    )
    discount: Money = derived(
        moneys_of("discount_amount"),
        "What a voucher takes off.",
        reads=["discount_amount", "currency"],
        permission=PUBLIC,
    )
    taxes: list[TaxLine] = edge(taxes_of, "Its taxes, one by one.", permission=PUBLIC)
    total: Money = derived(
        moneys_of("total_amount"), "What is to be paid for it.", reads=["total_amount", "currency"], permission=PUBLIC
    )
    hold_expires_at: dt.datetime | None = column(
        "Until when its places are held; null where they are not.", permission=PUBLIC
    )
    payments: list[Annotated[Payment, strawberry.lazy("schema.payment")]] = edge(
        payments_of, "The attempts to pay it, from the first to the last.", complexity=5, permission=PUBLIC
    )
    metadata: JSON | None = column("Whatever else there is to record.", permission=PUBLIC)
    internal_notes: str | None = column("What the seller's staff note of it.", permission=Permission.INTERNAL)
    created_at: dt.datetime = column("When it was ordered.", permission=PUBLIC)
    updated_at: dt.datetime = column("When it last changed.", permission=PUBLIC)
    version: int = column("Counts its changes; a change names the version that it was made on.", permission=PUBLIC)


@strawberry.type(description="A person's place at an event. Seen by whoever sees the registration.")
class Attendee(Node):
    """A row of `attendees`."""

    id: strawberry.ID = global_id("Attendee", "attendee_id", PUBLIC)
    registration: Registration | None = edge(
        registration_of, "The order it is a part of.", reads=["registration_id"], permission=PUBLIC
    )
    event: Annotated[Event, strawberry.lazy("schema.event")] | None = edge(
        event_of, "The event; null where it is no longer to be seen.", reads=["event_id"], permission=PUBLIC
    )
    ticket: Ticket | None = edge(
        ticket_of, "The ticket; null where it is no longer to be seen.", reads=["ticket_id"], permission=PUBLIC
    )
    status: AttendeeStatus = derived(  # type: ignore[valid-type] # the same
        attendee_statuses_of, "Whether there is a place.", reads=["state"], permission=PUBLIC
    )
    name: str | None = column("Who comes; null until somebody says.", permission=PUBLIC)
    email: str | None = column("Where mail reaches them.", permission=PUBLIC)
    answers: JSON | None = column("What was answered to the organiser's questions.", permission=PUBLIC)
    check_in_code: str | None = edge(
        codes_of,
        "What is shown at the door, as letters and digits: a QR code of it, or typed in. For whoever ordered and for "
        "those who stand at the door; null for others, and without a place.",
        reads=["attendee_id"],
        permission=PUBLIC,
    )
    checked_in_at: dt.datetime | None = column(
        "When they were let in, the first time; null until they are.", permission=PUBLIC
    )
    checked_in_place: str | None = column("At which door; null where it has no name.", permission=PUBLIC)
    version: int = column("Counts its changes.", permission=PUBLIC)
