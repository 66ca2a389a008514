"""Lists of registrations, as clients ask for them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Annotated, Any

import strawberry

from db.statements.registration_lists import RegistrationFilter as Filter
from db.statements.registration_lists import RegistrationOrder as Order
from resolvers.arguments import key_of, text_of
from resolvers.paging import PageArguments
from schema.arguments import After, DateRange, First
from schema.enums import Dir, RegistrationSort, RegistrationStatus


@strawberry.input(description="Which registrations to list; what is left out does not filter.")
class RegistrationFilter:
    """`db.statements.registration_lists.RegistrationFilter`, as clients write it."""

    status: list[RegistrationStatus] | None = strawberry.field(  # type: ignore[valid-type] # an enum by another name
        default=None, description="In one of these states."
    )
    function_id: strawberry.ID | None = strawberry.field(default=None, description="All of it for this function.")
    event_id: strawberry.ID | None = strawberry.field(default=None, description="With a place at this event.")
    updated_at: DateRange | None = strawberry.field(
        default=None,
        description="That last changed in this stretch of time: an organisation's are then ordered by `UPDATED_AT`.",
    )
    search: str | None = strawberry.field(
        default=None,
        description="With this confirmation number, or this in the e-mail address, or in the name or address of "
        "somebody who comes.",
    )


@strawberry.input(description="How to order a list of registrations.")
class RegistrationOrder:
    """An order and its direction."""

    field: RegistrationSort = strawberry.field(description="What to order by.")  # type: ignore[valid-type] # the same
    direction: Dir = strawberry.field(default=Dir.DESC, description="Which way.")


_Which = Annotated[RegistrationFilter | None, strawberry.argument(description="Which registrations.")]


def registrations_of_one(
    first: First = None,
    after: After = None,
    filter: _Which = None,  # noqa: A002 - its name in GraphQL
) -> Mapping[str, Any]:
    """The arguments of a list of somebody's registrations."""
    return {"arguments": PageArguments(first, after), "filters": _filter(filter or RegistrationFilter())}


def registrations_sold(
    first: First = None,
    after: After = None,
    filter: _Which = None,  # noqa: A002 - the same
    order_by: Annotated[
        RegistrationOrder | None,
        strawberry.argument(description="In which order; where it is left out, newest first, or as they changed."),
    ] = None,
) -> Mapping[str, Any]:
    """The arguments of a list of the registrations that an organisation sold."""
    given = registrations_of_one(first, after, filter)
    if order_by is not None:
        return {**given, "order": order_by.field, "descending": order_by.direction is Dir.DESC}
    in_time = given["filters"].updated_from is not None or given["filters"].updated_before is not None
    return {**given, "order": Order.UPDATED_AT if in_time else Order.CREATED_AT, "descending": not in_time}


def _filter(given: RegistrationFilter) -> Filter:
    span = given.updated_at or DateRange()
    search = None if given.search is None else text_of(given.search.strip(), "filter.search")
    states: list[Enum] | None = given.status
    return Filter(
        states=None if states is None else tuple(sorted({state.value for state in states})),
        function_id=None if given.function_id is None else key_of(given.function_id, "Function", "filter.functionId"),
        event_id=None if given.event_id is None else key_of(given.event_id, "Event", "filter.eventId"),
        updated_from=span.gte,
        updated_before=span.lt,
        search=search or None,
    )
