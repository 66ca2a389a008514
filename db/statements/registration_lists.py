"""Lists of registrations: a customer's own, and those that an organisation sold, with orders and filters."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import Enum
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import ARRAY, ColumnElement, Text, and_, bindparam, exists, func, literal_column, or_

from db.rows import RegistrationRow
from db.selling_models import Attendee, Registration
from db.statements.paging import Column, Keyset, Listing
from db.statements.registrations import COLUMNS
from db.visibility import ORDERS, Sight, sifting


class RegistrationScope(Enum):
    """Whose registrations: those that a customer made, or that an organisation sold."""

    CUSTOMER = "customer.registrations"
    ORGANISATION = "organisation.registrations"


_SCOPE_COLUMNS: Final[Mapping[RegistrationScope, Column]] = {
    RegistrationScope.CUSTOMER: Registration.customer_id,
    RegistrationScope.ORGANISATION: Registration.organisation_id,
}


class RegistrationOrder(Enum):
    """What a list of registrations is ordered by; the second has an index for organisations alone."""

    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"


_ORDER_COLUMNS: Final[Mapping[RegistrationOrder, tuple[Column, ...]]] = {
    RegistrationOrder.CREATED_AT: (),  # the key is made in time order
    RegistrationOrder.UPDATED_AT: (Registration.updated_at,),
}


@lru_cache(maxsize=4)
def keyset(order: RegistrationOrder, *, descending: bool = True) -> Keyset:
    """The total order, with the key to break ties."""
    name = f"{order.name} {'DESC' if descending else 'ASC'}"
    return Keyset(name, (*_ORDER_COLUMNS[order], Registration.registration_id), descending)


NEWEST_FIRST: Final = keyset(RegistrationOrder.CREATED_AT)


@dataclass(frozen=True, slots=True)
class RegistrationFilter:
    """Which registrations; what is None does not filter."""

    states: tuple[str, ...] | None = None
    function_id: uuid.UUID | None = None
    event_id: uuid.UUID | None = None
    updated_from: dt.datetime | None = None
    updated_before: dt.datetime | None = None
    search: str | None = None

    def values(self) -> dict[str, Any]:
        """The parameters of the statement: every filter that is set."""
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in given.items() if value is not None}


def listing(
    scope: RegistrationScope, filters: RegistrationFilter, order: RegistrationOrder
) -> Listing[RegistrationRow]:
    """The list of a scope's registrations under a filter; pass `filters.values()` when it runs."""
    return _listing(scope, frozenset(filters.values()), order)


@lru_cache(maxsize=256)
def _listing(scope: RegistrationScope, given: frozenset[str], order: RegistrationOrder) -> Listing[RegistrationRow]:
    ends = _ENDS if order is RegistrationOrder.UPDATED_AT else frozenset()
    sifted = [_CONDITIONS[name] for name in sorted(given - ends)]
    lower, upper = (_CONDITIONS[name] if name in given & ends else None for name in ("updated_from", "updated_before"))
    return Listing(
        scope.value,
        RegistrationRow,
        COLUMNS,
        (sifting(and_(ORDERS, *sifted)),),
        _SCOPE_COLUMNS[scope],
        lower,
        upper,
        Sight.PRIVILEGED,
    )


_ENDS: Final = frozenset({"updated_from", "updated_before"})


def _attends(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    its = Attendee.registration_id == Registration.registration_id
    return exists(literal_column("1")).where(its, *conditions).correlate(Registration)


_SEARCH = bindparam("search", type_=Text)


def _holds(column: Column) -> ColumnElement[bool]:
    """Whether a text has what is searched for in it, in whichever case."""
    return func.strpos(func.lower(column), func.lower(_SEARCH)) > 0


_CONDITIONS: Final[Mapping[str, ColumnElement[bool]]] = {
    "states": Registration.state == func.any(bindparam("states", type_=ARRAY(Text))),
    "function_id": Registration.function_id == bindparam("function_id", type_=Registration.function_id.type),
    "event_id": _attends(Attendee.event_id == bindparam("event_id", type_=Attendee.event_id.type)),
    "updated_from": Registration.updated_at >= bindparam("updated_from", type_=Registration.updated_at.type),
    "updated_before": Registration.updated_at < bindparam("updated_before", type_=Registration.updated_at.type),
    "search": or_(
        Registration.confirmation_number == func.upper(_SEARCH),
        _holds(Registration.email),
        _attends(or_(_holds(Attendee.name), _holds(Attendee.email))),
    ),
}
"""They sift: a list is walked in its own order, past what does not meet them."""
