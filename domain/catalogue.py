"""What may be said of functions, events and what is sold for them: field by field, and of all fields together.

Fields have the names of columns. Rules take all values of a row as they would be, and give what is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from domain import inputs
from domain.inputs import Field, id_of, ids_of, not_before, some, text, whole
from domain.money import minor_unit_digits
from domain.prices import allocate
from domain.user_errors import ErrorCode, InvalidInput, Rejected

MAX_PER_ORDER: Final = 1_000
MAX_POOLS: Final = 10
MAX_TAXES: Final = 10
MAX_ITEMS: Final = 50

FUNCTION: Final[Mapping[str, Field]] = {
    "name": Field(inputs.heading, needed=True),
    "slug": Field(inputs.slug),
    "description": Field(text(inputs.MAX_DESCRIPTION), cleared=True),
    "start_date": Field(inputs.day, cleared=True),
    "end_date": Field(inputs.day, cleared=True),
    "timezone": Field(inputs.zone, needed=True),
    "location": Field(text(inputs.MAX_HEADING), cleared=True),
    "image_url": Field(inputs.address, cleared=True),
    "is_active": Field(inputs.flag),
    "metadata": Field(inputs.json_object, cleared=True),
    "private_metadata": Field(inputs.json_object, cleared=True),
    "organisation_id": Field(id_of("Organisation"), needed=True),
}


def function_faults(row: Mapping[str, Any]) -> Iterator[InvalidInput]:
    """What is wrong with a function as a whole."""
    if row.get("end_date") is not None and row.get("start_date") is None:
        yield InvalidInput(("input", "startDate"), "`startDate` is missing: there is an `endDate`.")
    yield from not_before(row, "start_date", "end_date")


EVENT: Final[Mapping[str, Field]] = {
    "type": Field(inputs.label),
    "title": Field(inputs.heading, needed=True),
    "slug": Field(inputs.slug),
    "description": Field(text(inputs.MAX_DESCRIPTION), cleared=True),
    "event_start": Field(inputs.moment, needed=True),
    "event_end": Field(inputs.moment, cleared=True),
    "timezone": Field(inputs.zone),
    "location": Field(text(inputs.MAX_HEADING), cleared=True),
    "image_url": Field(inputs.address, cleared=True),
    "is_published": Field(inputs.flag),
    "is_featured": Field(inputs.flag),
    "metadata": Field(inputs.json_object, cleared=True),
    "function_id": Field(id_of("Function"), cleared=True),
    "organisation_id": Field(id_of("Organisation")),
}
"""A zone and an organisation are needed where it has no function to take them from."""


def event_faults(row: Mapping[str, Any]) -> Iterator[InvalidInput]:
    """What is wrong with an event as a whole."""
    yield from not_before(row, "event_start", "event_end")


POOL: Final[Mapping[str, Field]] = {
    "name": Field(inputs.heading, needed=True),
    "capacity": Field(whole(0), cleared=True),
    "organisation_id": Field(id_of("Organisation"), needed=True),
}


def pool_faults(row: Mapping[str, Any]) -> Iterator[InvalidInput]:
    """What is wrong with a pool as a whole: fewer places than are gone."""
    gone = row["sold"] + row["held"]
    if row["capacity"] is not None and row["capacity"] < gone:
        message = f"`capacity` must be at least {gone}: {row['sold']} are sold, and {row['held']} held."
        yield InvalidInput(("input", "capacity"), message)


TICKET: Final[Mapping[str, Field]] = {
    "event_id": Field(id_of("Event"), needed=True),
    "name": Field(inputs.heading, needed=True),
    "description": Field(text(inputs.MAX_DESCRIPTION), cleared=True),
    "price": Field(inputs.amount, needed=True),
    "currency": Field(inputs.currency, needed=True),
    "min_per_order": Field(whole(1, MAX_PER_ORDER)),
    "max_per_order": Field(whole(1, MAX_PER_ORDER)),
    "sale_start": Field(inputs.moment, cleared=True),
    "sale_end": Field(inputs.moment, cleared=True),
    "position": Field(whole(0)),
    "is_active": Field(inputs.flag),
    "pool_ids": Field(ids_of("CapacityPool", MAX_POOLS)),
    "tax_ids": Field(ids_of("Tax", MAX_TAXES)),
}

TICKET_DEFAULTS: Final[Mapping[str, Any]] = {"min_per_order": 1, "max_per_order": 10}
"""What a new ticket has for what is not said; the tables have the same."""


def ticket_faults(row: Mapping[str, Any]) -> Iterator[InvalidInput]:
    """What is wrong with a ticket as a whole."""
    if row["max_per_order"] < row["min_per_order"]:
        message = f"`maxPerOrder` is {row['max_per_order']}, and may not be less than `minPerOrder`."
        yield InvalidInput(("input", "maxPerOrder"), message)
    yield from not_before(row, "sale_start", "sale_end")


PACKAGE: Final[Mapping[str, Field]] = {
    "function_id": Field(id_of("Function"), needed=True),
    "name": Field(inputs.heading, needed=True),
    "description": Field(text(inputs.MAX_DESCRIPTION), cleared=True),
    "price": Field(inputs.amount, needed=True),
    "currency": Field(inputs.currency, needed=True),
    "is_active": Field(inputs.flag),
    "items": Field(some(1, MAX_ITEMS), needed=True),
}

PACKAGE_ITEM: Final[Mapping[str, Field]] = {
    "ticket_id": Field(id_of("Ticket"), needed=True),
    "quantity": Field(whole(1, MAX_PER_ORDER), needed=True),
}


def package_faults(items: Sequence[Mapping[str, Any]]) -> Iterator[InvalidInput]:
    """What is wrong with the items of a package together."""
    seen = set()
    for place, item in enumerate(items):
        if item["ticket_id"] in seen:
            message = "`ticketId` stands in the package already: say how many in `quantity`."
            yield InvalidInput(("input", "items", str(place), "ticketId"), message)
        seen.add(item["ticket_id"])


def allocated(price: int, items: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The items of a package, each with its part of the price, in proportion to what it costs by itself.

    Args:
        price: of the package, in minor units.
        items: `ticket_id`, `quantity`, and the ticket's `price_amount`.
    """
    parts = allocate(price, [item["price_amount"] * item["quantity"] for item in items])
    return [
        {"ticket_id": item["ticket_id"], "quantity": item["quantity"], "allocated_amount": part}
        for item, part in zip(items, parts, strict=True)
    ]


def priced(values: Mapping[str, Any], currency: str | None = None) -> dict[str, Any]:
    """Values with their `price` and `currency` as columns: minor units, and the currency beside them.

    Args:
        values: of a ticket or a package.
        currency: the one that it has so far; None for a new one.

    Raises:
        Rejected: the price has more decimals than its currency; or the currency is to change, and the price stays.
    """
    others = {name: value for name, value in values.items() if name not in {"price", "currency"}}
    now = values.get("currency", currency)
    if "price" not in values:
        if now != currency:
            message = f"`price` is missing: it is in {currency}, and the currency is to be {now}."
            raise Rejected(InvalidInput(("input", "price"), message, ErrorCode.REQUIRED))
        return others
    return {**others, "price_amount": minor_amount(values["price"], now or "", "price"), "price_currency": now}


def minor_amount(amount: Decimal, currency: str, name: str) -> int:
    """An amount in minor units of a currency.

    Raises:
        Rejected: it has more decimals than the currency; `name` is that of the input's field.
    """
    digits = minor_unit_digits(currency)
    minor = amount.scaleb(digits)
    if minor != minor.to_integral_value():
        raise Rejected(InvalidInput(("input", name), f"`{name}` has more than the {digits} decimals of {currency}."))
    return int(minor)
