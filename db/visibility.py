"""Which rows may be seen, and which of their columns, as conditions that every reading statement carries.

This is the one place that decides it. A row that fails its condition equals a row that does not exist. Statements come
in two kinds (`Sight`): for those who see what anyone sees the conditions are constants, which the planner matches with
partial indexes; for staff, partners and administrators they have parameters (`Reach`). A deployment that shows one
function or organisation alone has statements of both kinds of its own (`db.deployment`).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import (
    ARRAY,
    Boolean,
    ColumnElement,
    Label,
    ScalarSelect,
    Uuid,
    and_,
    bindparam,
    case,
    false,
    func,
    or_,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute

from db.deployment import INSIDE, Part, Within
from db.models import CapacityPool, Event, Function, Organisation, Package, Ticket
from db.payment_models import Payment
from db.pricing_models import EligibilityRule, PriceRule, Tax, Voucher
from db.selling_models import Registration, WaitingListEntry

T = TypeVar("T")
Selected = InstrumentedAttribute[Any] | Label[Any]

ROW_PERMISSIONS: Final = ("STAFF", "INTERNAL", "DOOR", "FINANCE", "MANAGER", "OWNER")
"""The permissions that hold of some rows and not of others, by the organisation that a row belongs to."""


class Sight(Enum):
    """Whom a statement reads for: anyone, a viewer who sees more, or the server itself; and within which part.

    Attributes:
        is_privileged: whether for a viewer who sees more.
        part: what the deployment shows; None where that is everything.
    """

    PUBLIC = "public", False, None
    PUBLIC_OF_FUNCTION = "public of function", False, Part.FUNCTION
    PUBLIC_OF_ORGANISATION = "public of organisation", False, Part.ORGANISATION
    PRIVILEGED = "privileged", True, None
    PRIVILEGED_OF_FUNCTION = "privileged of function", True, Part.FUNCTION
    PRIVILEGED_OF_ORGANISATION = "privileged of organisation", True, Part.ORGANISATION
    SYSTEM = "system", False, None

    def __init__(self, _name: str, is_privileged: bool, part: Part | None) -> None:  # noqa: FBT001 - an enum's value
        self.is_privileged = is_privileged
        self.part = part

    __hash__ = object.__hash__  # an enum's own is a call of Python, and every statement is found by its sight

    @property
    def for_anyone(self) -> Sight:
        """What anyone sees within the same part."""
        return _SIGHTS[False, self.part]


_SIGHTS = {(sight.is_privileged, sight.part): sight for sight in Sight if sight is not Sight.SYSTEM}


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a viewer sees beyond what anyone does.

    Attributes:
        organisations: of whose rows the viewer has each of `ROW_PERMISSIONS`; `STAFF` comprises all the others.
        customer_id: whose own rows the viewer sees, as a customer.
        sees_all: whether rows of every organisation are seen, hidden or not.
        every_field: whether no column is withheld of rows that are seen.
        registrations: those that are seen by whoever made them, or was handed them, without an account.
        within: what the deployment shows, beyond which nobody sees anything; None for everything.
        values: the parameters of statements of the privileged kind, and of those within a part.
    """

    organisations: Mapping[str, Sequence[uuid.UUID]] = field(default_factory=dict)
    customer_id: uuid.UUID | None = None
    sees_all: bool = False
    every_field: bool = False
    registrations: tuple[uuid.UUID, ...] = ()
    within: Within | None = None
    values: Mapping[str, Any] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", self._values())  # once, for all who are told the same

    @property
    def sight(self) -> Sight:
        """Which kind of statement reads the catalogue for the viewer."""
        widens = self.sees_all or self.every_field or any(self.organisations.values())
        if self.within is not None:
            return _SIGHTS[widens, self.within.part]
        return Sight.PRIVILEGED if widens else Sight.PUBLIC

    def _values(self) -> dict[str, Any]:
        own = {_organisations(name): list(self.organisations.get(name, ())) for name in ROW_PERMISSIONS}
        told = {"sees_all": self.sees_all, "every_field": self.every_field, "viewer": self.setting}
        key = None if self.within is None else self.within.key
        parts = {f"within_{part.value}": key if self.within and self.within.part is part else None for part in Part}
        within = {"within": key, **parts}
        return {**own, "own": self.customer_id, "registrations": list(self.registrations), **told, **within}

    @property
    def setting(self) -> str:
        """The same for row-level security (`db.roles.FUNCTIONS`)."""
        organisations = ",".join(map(str, self.organisations.get("STAFF", ())))
        customer = "" if self.customer_id is None else str(self.customer_id)
        return ";".join(
            (
                f"{{{organisations}}}",
                customer,
                "all" if self.sees_all else "",
                "every" if self.every_field else "",
                f"{{{','.join(map(str, self.registrations))}}}",
            )
        )


class BySight(Generic[T]):
    """The same thing for every kind of viewer and deployment: a list, a lookup, a statement. Each is made once."""

    __slots__ = ("_make", "_within", "privileged", "public")

    def __init__(self, make: Callable[[Sight], T]) -> None:
        self._make = make
        self._within: dict[Sight, T] = {}
        self.public = make(Sight.PUBLIC)
        self.privileged = make(Sight.PRIVILEGED)

    def __getitem__(self, sight: Sight) -> T:
        if sight is Sight.PUBLIC:
            return self.public
        if sight is Sight.PRIVILEGED:
            return self.privileged
        found = self._within.get(sight)
        if found is None:  # made when it is first asked for: few deployments show a part alone
            found = self._within[sight] = self._make(sight)
        return found


def by_sight(make: Callable[[Sight], T]) -> BySight[T]:
    """Make a thing for every kind of viewer and deployment."""
    return BySight(make)


@dataclass(frozen=True, slots=True)
class Rows:
    """The row rule of each entity for one kind of viewer."""

    organisations: ColumnElement[bool]
    functions: ColumnElement[bool]
    events: ColumnElement[bool]
    events_and_deleted: ColumnElement[bool]
    tickets: ColumnElement[bool]
    packages: ColumnElement[bool]
    pools: ColumnElement[bool]


def _organisations(permission: str) -> str:
    return f"{permission.lower()}_organisations"


def sifting(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """The same condition in words that no index answers, and that the planner expects half of the rows to meet.

    A list is to be walked in its own order, past the rows that do not meet it. Where the planner expects few rows that
    do, it would rather fetch all of them by some other index, and sort. It takes the columns of a row to be
    independent, so it expects few where there are many: a function's events are mostly of one organisation.
    """
    return func.coalesce(condition, false(), type_=Boolean)


def may(permission: str) -> str:
    """The column that says whether the viewer has a permission of the row."""
    return f"may_{permission.lower()}"


def _one_of(organisation: ColumnElement[Any], permission: str) -> ColumnElement[bool]:
    return organisation == func.any(bindparam(_organisations(permission), type_=ARRAY(Uuid)))


def is_own(organisation: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a row of this organisation is seen whether it is public or not."""
    return or_(bindparam("sees_all", type_=Boolean), _one_of(organisation, "STAFF"))


def holds(permission: str, organisation: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether the viewer has a permission of a row of this organisation."""
    has = or_(bindparam("every_field", type_=Boolean), _one_of(organisation, permission))
    return sifting(has)


def verdicts(organisation: ColumnElement[Any]) -> tuple[Label[bool], ...]:
    """For each permission whether the viewer has it of a row; read by `may`."""
    return tuple(holds(permission, organisation).label(may(permission)) for permission in ROW_PERMISSIONS)


def withheld(column: InstrumentedAttribute[Any], permission: str, organisation: ColumnElement[Any]) -> Label[Any]:
    """A column that leaves the database only in rows of which the viewer has a permission; null in others."""
    return case((holds(permission, organisation), column)).label(column.expression.name)


def columns_of(
    model: type[Any], public: tuple[InstrumentedAttribute[Any], ...], private: Mapping[InstrumentedAttribute[Any], str]
) -> BySight[tuple[Selected, ...]]:
    """The columns that rows of a table are read with.

    Args:
        model: the table.
        public: what may be seen of a row by whoever sees the row; the key first.
        private: what only some may see, and the permission that they have.
    """
    organisation = ORGANISATION_OF[model]
    restricted = (withheld(column, permission, organisation) for column, permission in private.items())
    privileged: tuple[Selected, ...] = (*public, *restricted, *verdicts(organisation))
    return by_sight(lambda sight: privileged if sight.is_privileged else public)


def _event_of_ticket(what: ColumnElement[Any]) -> ScalarSelect[Any]:
    return select(what).where(Event.event_id == Ticket.event_id).correlate(Ticket).scalar_subquery()


def _function_of_package(what: ColumnElement[Any]) -> ScalarSelect[Any]:
    return select(what).where(Function.function_id == Package.function_id).correlate(Package).scalar_subquery()


def _registration_of_payment(what: ColumnElement[Any]) -> ScalarSelect[Any]:
    its = Registration.registration_id == Payment.registration_id
    return select(what).where(its).correlate(Payment).scalar_subquery()


ORGANISATION_OF: Final[Mapping[type[Any], ColumnElement[Any]]] = {
    Organisation: Organisation.organisation_id.expression,
    Function: Function.organisation_id.expression,
    Event: Event.organisation_id.expression,
    Ticket: _event_of_ticket(Event.organisation_id.expression),
    CapacityPool: CapacityPool.organisation_id.expression,
    Package: _function_of_package(Function.organisation_id.expression),
    Registration: Registration.organisation_id.expression,
    PriceRule: PriceRule.organisation_id.expression,
    Voucher: Voucher.organisation_id.expression,
    EligibilityRule: EligibilityRule.organisation_id.expression,
    Tax: Tax.organisation_id.expression,
    Payment: _registration_of_payment(Registration.organisation_id.expression),
}
"""The organisation that a row of each table belongs to."""


def _is_own_and_there(owner: type[Event | Function]) -> ColumnElement[bool]:
    return and_(is_own(ORGANISATION_OF[owner]), owner.deleted_at.is_(None))


_FUNCTIONS = and_(Function.is_active, Function.deleted_at.is_(None))
_EVENTS = and_(Event.is_published, Event.deleted_at.is_(None))
_OWN_EVENT = is_own(ORGANISATION_OF[Event])

_TICKETS = and_(Ticket.event_is_public, Ticket.is_active)
_PACKAGES = and_(Package.function_is_public, Package.is_active)


def _only(part: Part, column: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    only = bindparam(f"within_{part.value}", type_=Uuid)
    return or_(only.is_(None), column == only)


ORDERS: Final = and_(
    or_(
        is_own(ORGANISATION_OF[Registration]),
        Registration.customer_id == bindparam("own", type_=Uuid),
        Registration.registration_id == func.any(bindparam("registrations", type_=ARRAY(Uuid))),
        _one_of(Registration.billed_to_id.expression, "STAFF"),
    ),
    _only(Part.FUNCTION, Registration.function_id),
    _only(Part.ORGANISATION, Registration.organisation_id),
)
"""Which registrations may be seen: their customer's, their guest's, the seller's, and those of whom they are billed to,
as far as the deployment shows what they are for.

None of them is public, so that there is one kind of statement for all viewers."""

WAITERS: Final = and_(
    or_(
        is_own(WaitingListEntry.organisation_id.expression),
        WaitingListEntry.customer_id == bindparam("own", type_=Uuid),
        WaitingListEntry.entry_id == func.any(bindparam("registrations", type_=ARRAY(Uuid))),
    ),
    _only(Part.FUNCTION, WaitingListEntry.function_id),
    _only(Part.ORGANISATION, WaitingListEntry.organisation_id),
)
"""Which entries of waiting lists may be seen: their customer's, their guest's, and the seller's, as registrations."""

_FOR_ANYONE: Final = Rows(
    organisations=Organisation.deleted_at.is_(None),
    functions=_FUNCTIONS,
    events=_EVENTS,
    events_and_deleted=_EVENTS,
    tickets=and_(_TICKETS, Ticket.deleted_at.is_(None)),
    packages=and_(_PACKAGES, Package.deleted_at.is_(None)),
    pools=false(),
)

_FOR_THOSE_WHO_SEE_MORE: Final = Rows(
    organisations=Organisation.deleted_at.is_(None),
    functions=and_(sifting(or_(Function.is_active, is_own(ORGANISATION_OF[Function]))), Function.deleted_at.is_(None)),
    events=and_(sifting(or_(Event.is_published, _OWN_EVENT)), Event.deleted_at.is_(None)),
    events_and_deleted=sifting(or_(_EVENTS, _OWN_EVENT)),
    # Most are public, and say so themselves; only for the others is it looked up whose they are.
    tickets=and_(or_(_TICKETS, _event_of_ticket(_is_own_and_there(Event))), Ticket.deleted_at.is_(None)),
    packages=and_(or_(_PACKAGES, _function_of_package(_is_own_and_there(Function))), Package.deleted_at.is_(None)),
    pools=and_(holds("STAFF", ORGANISATION_OF[CapacityPool]), CapacityPool.deleted_at.is_(None)),
)


def _rows(
    sight: Sight, narrow: Callable[[ColumnElement[bool]], ColumnElement[bool]] = lambda condition: condition
) -> Rows:
    rows = _FOR_THOSE_WHO_SEE_MORE if sight.is_privileged else _FOR_ANYONE
    if sight.part is None:
        return rows
    inside = {model: narrow(condition) for model, condition in INSIDE[sight.part].items()}
    return Rows(
        organisations=and_(rows.organisations, inside[Organisation]),
        functions=and_(rows.functions, inside[Function]),
        events=and_(rows.events, inside[Event]),
        events_and_deleted=and_(rows.events_and_deleted, inside[Event]),
        tickets=and_(rows.tickets, inside[Ticket]),
        packages=and_(rows.packages, inside[Package]),
        pools=and_(rows.pools, inside[CapacityPool]),
    )


ROWS: Final = by_sight(_rows)
"""What may be seen: by anyone; and by those who see that and what is their organisations' own.

What was deleted is seen by nobody, but for events where a list asks for deleted ones."""


def _rows_below(sight: Sight) -> Rows:
    rows = ROWS[sight]
    if sight.part is None:
        return rows
    # A ticket is inside where its event is, which has been seen to be.
    tickets = (_FOR_THOSE_WHO_SEE_MORE if sight.is_privileged else _FOR_ANYONE).tickets
    return replace(_rows(sight, sifting), tickets=tickets)


BELOW: Final = by_sight(_rows_below)
"""The same of rows that belong to one that has been seen: lists of them are walked in the order of their owner, and
what the deployment shows only sifts them."""
