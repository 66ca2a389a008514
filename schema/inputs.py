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
