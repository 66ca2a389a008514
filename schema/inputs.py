"""What clients say of the catalogue: what is left out stays as it is, or has its default; null clears it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import strawberry
from strawberry.scalars import JSON

from schema.scalars import URL, TimeZone


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


@strawberry.input(description="An order; without an account `email` is needed.")
class CreateRegistrationInput:
    """`domain.people.ORDER` with its lines and attendees, as clients write it."""

    lines: list[LineInput] = strawberry.field(description="What is ordered, of one seller and in one currency.")
    attendees: list[AttendeeInput] | None = optional("Who comes, as far as that is known.")
    billed_to_id: strawberry.ID | None = optional("The organisation that is billed, of which you are a member.")
    voucher_code: str | None = optional("The code of a voucher.")
    email: str | None = optional("Where mail about the order goes; with an account, where it is another address.")
    locale: str | None = optional("The language of that mail (BCP 47), such as `en-GB`.")
