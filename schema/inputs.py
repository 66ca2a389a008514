"""What clients say of the catalogue: what is left out stays as it is, or has its default; null clears it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import strawberry
from strawberry.scalars import JSON

from domain.waiting import MOST_AWAITED
from schema.scalars import URL, CurrencyCode, TimeZone


def optional(description: str) -> Any:  # noqa: ANN401 - stands for a value of the annotated type
    """A field that may be left out, which is not the same as null."""
    return strawberry.field(default=strawberry.UNSET, description=description)


@strawberry.input(description="A function; to enter one, `name`, `timezone` and `organisationId` are needed.")
class FunctionInput:
    """`domain.catalogue.FUNCTION`, as clients write it."""

    name: str | None = optional("Its name.")
    slug: str | None = optional("Its name in addresses; made of its name, where it is left out of a new one.")
    description: str | None = optional("What it is about.")
    start_date: dt.date | None = optional("Its first day, in its own zone.")
    end_date: dt.date | None = optional("Its last day, in its own zone.")
    timezone: TimeZone | None = optional("The zone it takes place in.")
    location: str | None = optional("Where it takes place.")
    image_url: URL | None = optional("A picture of it.")
    is_active: bool | None = optional("Whether it is shown to the public; not, where it is left out of a new one.")
    metadata: JSON | None = optional("Whatever else there is to record, for everyone: an object.")
    private_metadata: JSON | None = optional("The same, for staff alone.")
    organisation_id: strawberry.ID | None = optional("Who holds it; where somebody does, that stays so.")


@strawberry.input(
    description="An event; to enter one, `title` and `eventStart` are needed, and `functionId` or `organisationId`."
)
class EventInput:
    """`domain.catalogue.EVENT`, as clients write it."""

    type: str | None = optional(
        "What kind of event it is, in your own words; `event`, where it is left out of a new one."
    )
    title: str | None = optional("Its title.")
    slug: str | None = optional("Its title in addresses; made of its title, where it is left out of a new one.")
    description: str | None = optional("What it is about.")
    event_start: dt.datetime | None = optional("When it starts.")
    event_end: dt.datetime | None = optional("When it ends.")
    timezone: TimeZone | None = optional(
        "The zone it takes place in; its function's, where it is left out of a new one."
    )
    location: str | None = optional("Where it takes place.")
    image_url: URL | None = optional("A picture of it.")
    is_published: bool | None = optional("Whether it is shown to the public; not, where it is left out of a new one.")
    is_featured: bool | None = optional("Whether the first page shows it; not, where it is left out of a new one.")
    metadata: JSON | None = optional("Whatever else there is to record: an object.")
    function_id: strawberry.ID | None = optional("The function it belongs to.")
    organisation_id: strawberry.ID | None = optional(
        "Who holds it: its function's organisation, where it has a function. That stays so."
    )


@strawberry.input(
    description="A ticket; to enter one, `eventId`, `name`, `price` and `currency` are needed. It is sold without "
    "limit unless it draws on a pool."
)
class TicketInput:
    """`domain.catalogue.TICKET`, as clients write it."""

    event_id: strawberry.ID | None = optional("What it admits to; that stays so.")
    name: str | None = optional("Its name.")
    description: str | None = optional("What it includes.")
    price: Decimal | None = optional("What one costs, in major units of the currency.")
    currency: CurrencyCode | None = optional("The currency of the price; to change it, the price is needed too.")
    min_per_order: int | None = optional("The fewest that one order may hold; 1, where it is left out of a new one.")
    max_per_order: int | None = optional("The most that one order may hold; 10, where it is left out of a new one.")
    sale_start: dt.datetime | None = optional("When its sale begins; null for at once.")
    sale_end: dt.datetime | None = optional("When its sale is over; null for never.")
    position: int | None = optional("Its place among the event's tickets, from 0; the last, where it is left out.")
    is_active: bool | None = optional("Whether it is shown to the public; not, where it is left out of a new one.")
    pool_ids: list[strawberry.ID] | None = optional("All the pools of places that it draws on.")
    tax_ids: list[strawberry.ID] | None = optional("All the taxes on it.")


@strawberry.input(description="So many of one ticket in a package.")
class PackageItemInput:
    """`domain.catalogue.PACKAGE_ITEM`, as clients write it."""

    ticket_id: strawberry.ID = strawberry.field(description="The ticket; of an event of the package's function.")
    quantity: int = strawberry.field(description="How many of it one package holds.")


@strawberry.input(
    description="A package; to enter one, `functionId`, `name`, `price`, `currency` and `items` are needed. Its price "
    "is allocated to its items in proportion to what their tickets cost."
)
class PackageInput:
    """`domain.catalogue.PACKAGE`, as clients write it."""

    function_id: strawberry.ID | None = optional("The function it belongs to; that stays so.")
    name: str | None = optional("Its name.")
    description: str | None = optional("What it includes.")
    price: Decimal | None = optional("What one costs, in major units of the currency.")
    currency: CurrencyCode | None = optional("The currency of the price, and of all its tickets.")
    is_active: bool | None = optional("Whether it is shown to the public; not, where it is left out of a new one.")
    items: list[PackageItemInput] | None = optional("All that it holds, in order.")


@strawberry.input(description="A pool of places; to enter one, `name` and `organisationId` are needed.")
class PoolInput:
    """`domain.catalogue.POOL`, as clients write it."""

    name: str | None = optional("Its name.")
    capacity: int | None = optional("How many places there are, sold and held ones among them; null for no limit.")
    organisation_id: strawberry.ID | None = optional("Whose it is; that stays so.")


@strawberry.input(description="So many of a ticket or a package.")
class LineInput:
    """A line of an order, as clients write it."""

    item_id: strawberry.ID = strawberry.field(description="The id of the ticket or the package.")
    quantity: int = strawberry.field(description="How many of it.")


@strawberry.input(description="Somebody who comes.")
class AttendeeInput:
    """`domain.people.ATTENDEE`, as clients write it."""

    line_index: int = strawberry.field(
        description="The line that gives them their place, from 0 on; the people of a line stand in their order."
    )
    name: str | None = optional("Their name.")
    email: str | None = optional("Where mail reaches them.")
    answers: JSON | None = optional("Their answers to the organiser's questions: an object.")


@strawberry.input(description="What to wait for; without an account `email` is needed.")
class WaitingListInput:
    """`domain.waiting.WAITING` with what is waited for, as clients write it."""

    item_id: strawberry.ID = strawberry.field(description="The id of the ticket or the package.")
    quantity: int | None = optional(f"How many of it, at most {MOST_AWAITED}; 1 where it is left out.")
    email: str | None = optional("Where an offer is mailed to; with an account, where it is another address.")
    locale: str | None = optional("The language of that mail (BCP 47), such as `en-GB`.")


@strawberry.input(description="An order; without an account `email` is needed.")
class CreateRegistrationInput:
    """`domain.people.ORDER` with its lines and attendees, as clients write it."""

    lines: list[LineInput] = strawberry.field(description="What is ordered, of one seller and in one currency.")
    attendees: list[AttendeeInput] | None = optional("Who comes, as far as that is known.")
    billed_to_id: strawberry.ID | None = optional("The organisation that is billed, of which you are a member.")
    voucher_code: str | None = optional("The code of a voucher.")
    email: str | None = optional("Where mail about the order goes; with an account, where it is another address.")
    locale: str | None = optional("The language of that mail (BCP 47), such as `en-GB`.")
