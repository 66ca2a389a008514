"""What a deployment shows of a database: all of it, one function, or one organisation.

The conditions stand beside those of visibility (`db.visibility`), in statements of their own: those of a deployment
that shows everything do not know of them.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, TypeVarTuple

from sqlalchemy import (
    ColumnElement,
    Integer,
    ScalarSelect,
    Select,
    Uuid,
    and_,
    bindparam,
    exists,
    literal_column,
    or_,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute

from db.models import CapacityPool, Event, Function, Organisation, Package, Ticket
from db.pricing_models import EligibilityRule, PriceRule, Tax, Voucher

Columns = TypeVarTuple("Columns")


class Part(Enum):
    """Of what kind the one thing is."""

    FUNCTION = "function"
    ORGANISATION = "organisation"


@dataclass(frozen=True, slots=True)
class Within:
    """The one thing that a deployment shows, with what belongs to it."""

    part: Part
    key: uuid.UUID

    def shows(self, function_id: uuid.UUID | None, organisation_id: uuid.UUID) -> bool:
        """Whether something is shown that is of this function, and of this organisation."""
        return self.key == (function_id if self.part is Part.FUNCTION else organisation_id)

    def __str__(self) -> str:
        """Such as `function:0198…`."""
        return f"{self.part.value}:{self.key}"


_KEY = bindparam("within", type_=Uuid)
_ONE = literal_column("1", Integer)  # `SELECT *` would ask for columns that not every role may read


def _organiser() -> ScalarSelect[Any]:
    """Who holds the function."""
    return select(Function.organisation_id).where(Function.function_id == _KEY).scalar_subquery()


def _event_of_ticket(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    # A value is looked up for each ticket; for EXISTS, PostgreSQL may read all events first.
    return select(condition).where(Event.event_id == Ticket.event_id).correlate(Ticket).scalar_subquery()


def _sold(ticket_id: InstrumentedAttribute[Any], package_id: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    """That a ticket or a package is the function's."""
    ticket = exists(_ONE).where(
        Ticket.ticket_id == ticket_id, Event.event_id == Ticket.event_id, Event.function_id == _KEY
    )
    package = exists(_ONE).where(Package.package_id == package_id, Package.function_id == _KEY)
    return or_(ticket.correlate(ticket_id.class_), package.correlate(package_id.class_))


INSIDE: Final[Mapping[Part, Mapping[type[Any], ColumnElement[bool]]]] = {
    Part.FUNCTION: {
        Organisation: Organisation.organisation_id == _organiser(),
        Function: Function.function_id == _KEY,
        Event: Event.function_id == _KEY,
        Ticket: _event_of_ticket(Event.function_id == _KEY),
        Package: Package.function_id == _KEY,
        CapacityPool: CapacityPool.organisation_id == _organiser(),
        PriceRule: or_(PriceRule.function_id == _KEY, _sold(PriceRule.ticket_id, PriceRule.package_id)),
        Voucher: or_(
            Voucher.function_id == _KEY,
            _sold(Voucher.ticket_id, Voucher.package_id),
            and_(
                Voucher.organisation_id == _organiser(),
                Voucher.function_id.is_(None),
                Voucher.ticket_id.is_(None),
                Voucher.package_id.is_(None),
            ),
        ),
        EligibilityRule: _sold(EligibilityRule.ticket_id, EligibilityRule.package_id),
        Tax: Tax.organisation_id == _organiser(),
    },
    Part.ORGANISATION: {
        Organisation: Organisation.organisation_id == _KEY,
        Function: Function.organisation_id == _KEY,
        Event: Event.organisation_id == _KEY,
        Ticket: _event_of_ticket(Event.organisation_id == _KEY),
        Package: exists(_ONE)
        .where(Function.function_id == Package.function_id, Function.organisation_id == _KEY)
        .correlate(Package),
        CapacityPool: CapacityPool.organisation_id == _KEY,
        PriceRule: PriceRule.organisation_id == _KEY,
        Voucher: Voucher.organisation_id == _KEY,
        EligibilityRule: EligibilityRule.organisation_id == _KEY,
        Tax: Tax.organisation_id == _KEY,
    },
}
"""Which rows of each table a deployment shows; the parameter `within` is the key of the one thing.

An organisation's pools, taxes, and vouchers that are good for everything stand beside its functions, not below them: of
one function, its organiser's are shown.
"""


def shown(query: Select[*Columns], model: type[Any], within: Within | None) -> Select[*Columns]:
    """A query of a table, of what a deployment shows of it.

    Args:
        query: reads the table.
        model: one of `INSIDE`.
        within: what the deployment shows; None for everything.
    """
    return query if within is None else query.where(INSIDE[within.part][model]).params(within=within.key)
