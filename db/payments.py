"""What paying asks and writes, within one transaction that sells (`Database.write(sells=True)`).

Rows are locked in one order everywhere: the registration, then its payments, then pools.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, func, insert, select, update

from db.base import Base
from db.contention import Transaction
from db.models import Function
from db.payment_models import Payment as PaymentTable
from db.payment_models import Refund as RefundTable
from db.selling_models import Attendee, Registration
from domain.ids import uuid7
from domain.money import Money
from domain.payments import UNDER_WAY, Problem
from domain.registrations import RegistrationState
from domain.sales import AttendeeState, PaymentState, RefundState

_REGISTRATIONS: Final = Base.metadata.tables[Registration.__tablename__]
_ATTENDEES: Final = Base.metadata.tables[Attendee.__tablename__]
_FUNCTIONS: Final = Base.metadata.tables[Function.__tablename__]
_PAYMENTS: Final = Base.metadata.tables[PaymentTable.__tablename__]
_REFUNDS: Final = Base.metadata.tables[RefundTable.__tablename__]


NOW: Final = func.now()
"""The moment at which a transaction began."""


@dataclass(frozen=True, slots=True)
class Payment:
    """An attempt to pay; `received` is the money that came, `closed` whether the provider has said its last word."""

    payment_id: uuid.UUID
    registration_id: uuid.UUID
    provider: str
    reference: str | None
    state: PaymentState
    asked: Money
    received: Money | None
    refunded: int
    problem: Problem | None
    closed: bool


@dataclass(frozen=True, slots=True)
class Refund:
    """Money that goes back; `refusals` counts the provider's definite ones."""

    refund_id: uuid.UUID
    payment_id: uuid.UUID
    reference: str | None
    state: RefundState
    amount: int
    refusals: int


async def function_of(transaction: Transaction, registration_id: uuid.UUID) -> tuple[uuid.UUID, str, str] | None:
    """The key, the name and the slug of a registration's function."""
    its = _REGISTRATIONS.c.function_id == _FUNCTIONS.c.function_id
    query = select(_FUNCTIONS.c.function_id, _FUNCTIONS.c.name, _FUNCTIONS.c.slug).join(_REGISTRATIONS, its)
    query = query.where(_REGISTRATIONS.c.registration_id == registration_id)
    row = (await transaction.execute(query)).first()
    return None if row is None else (row.function_id, row.name, row.slug)


def _payment(row: Row[Any]) -> Payment:
    received = None if row.received_amount is None else Money(row.received_amount, row.received_currency)
    return Payment(
        payment_id=row.payment_id,
        registration_id=row.registration_id,
        provider=row.provider,
        reference=row.provider_reference,
        state=PaymentState(row.state),
        asked=Money(row.amount, row.currency),
        received=received,
        refunded=row.refunded_amount,
        problem=None if row.problem is None else Problem(row.problem),
        closed=row.closed_at is not None,
    )


async def find_payment(
    transaction: Transaction, provider: str, reference: str, payment_id: uuid.UUID | None
) -> Payment | None:
    """The payment that a provider speaks of: by its reference, or by our key while no reference is known."""
    table = _PAYMENTS
    by_reference = select(_PAYMENTS).where(table.c.provider == provider, table.c.provider_reference == reference)
    row = (await transaction.execute(by_reference)).first()
    if row is None and payment_id is not None:
        unknown = table.c.provider_reference.is_(None)
        by_key = select(_PAYMENTS).where(table.c.payment_id == payment_id, table.c.provider == provider, unknown)
        row = (await transaction.execute(by_key)).first()
    return None if row is None else _payment(row)


async def read_payment(transaction: Transaction, payment_id: uuid.UUID) -> Payment | None:
    """A payment by its key."""
    row = (await transaction.execute(select(_PAYMENTS).where(_PAYMENTS.c.payment_id == payment_id))).first()
    return None if row is None else _payment(row)


async def payments_of(transaction: Transaction, registration_id: uuid.UUID) -> list[Payment]:
    """The payments of a registration that is locked, from the newest to the oldest."""
    query = select(_PAYMENTS).where(_PAYMENTS.c.registration_id == registration_id)
    return [_payment(row) for row in await transaction.execute(query.order_by(_PAYMENTS.c.payment_id.desc()))]


async def latest(transaction: Transaction, registration_id: uuid.UUID, provider: str) -> uuid.UUID:
    """The payment of a registration by a provider that was worked on last; there is one."""
    table = _PAYMENTS
    query = select(table.c.payment_id).where(table.c.registration_id == registration_id, table.c.provider == provider)
    under_way = table.c.state.in_([state.value for state in UNDER_WAY])
    newest = query.order_by(under_way.desc(), table.c.payment_id.desc()).limit(1)
    key: uuid.UUID = (await transaction.execute(newest)).scalar_one()
    return key


async def add_payment(
    transaction: Transaction, registration_id: uuid.UUID, provider: str, asked: Money, *, check_after: dt.timedelta
) -> uuid.UUID:
    """Write that a registration is to be paid; the payment's key."""
    key = uuid7()
    values = {
        "payment_id": key,
        "registration_id": registration_id,
        "provider": provider,
        "amount": asked.minor,
        "currency": asked.currency,
        "next_check_at": func.now() + check_after,
    }
    await transaction.execute(insert(_PAYMENTS).values(values))
    return key


async def set_payment(transaction: Transaction, payment_id: uuid.UUID, **columns: object) -> None:
    """Change a payment."""
    changed = update(_PAYMENTS).where(_PAYMENTS.c.payment_id == payment_id)
    await transaction.execute(changed.values(updated_at=func.now(), version=_PAYMENTS.c.version + 1, **columns))


async def order_state(transaction: Transaction, registration_id: uuid.UUID) -> RegistrationState:
    """How far a registration has come; it is not locked."""
    query = select(_REGISTRATIONS.c.state).where(_REGISTRATIONS.c.registration_id == registration_id)
    return RegistrationState((await transaction.execute(query)).scalar_one())


def has_rival(payments: Sequence[Payment], payment: Payment) -> bool:
    """Whether another payment of the same order is under way."""
    return any(each.payment_id != payment.payment_id and each.state in UNDER_WAY for each in payments)


async def take_payments_to_check(
    transaction: Transaction, *, at_most: int, again_after: dt.timedelta, longest: dt.timedelta
) -> list[Payment]:
    """Payments that no last word was said of, and that it is time to ask after.

    Nobody else asks after them for `again_after`, which doubles with each time, up to `longest`.
    """
    table = _PAYMENTS
    due = select(table.c.payment_id).where(table.c.closed_at.is_(None), table.c.next_check_at <= func.now())
    chosen = due.order_by(table.c.next_check_at).limit(at_most).with_for_update(skip_locked=True).scalar_subquery()
    pause = func.least(again_after * func.power(2, func.least(table.c.times_checked, 20)), longest)
    taken = update(table).where(table.c.payment_id.in_(chosen))
    changed = taken.values(next_check_at=func.now() + pause, times_checked=table.c.times_checked + 1).returning(
        *table.c
    )
    return [_payment(row) for row in await transaction.execute(changed)]


@dataclass(frozen=True, slots=True)
class Place:
    """An attendee, as far as money goes: what is refunded for them, and whether they have a place yet."""

    attendee_id: uuid.UUID
    amount: int
    is_valid: bool


async def places_of(transaction: Transaction, registration_id: uuid.UUID) -> list[Place]:
    """The attendees of a registration that is locked."""
    table = _ATTENDEES
    query = select(table.c.attendee_id, table.c.amount, table.c.state).where(table.c.registration_id == registration_id)
    valid = AttendeeState.VALID.value
    return [Place(row.attendee_id, row.amount, row.state == valid) for row in await transaction.execute(query)]


async def end_attendees(transaction: Transaction, attendees: Sequence[uuid.UUID], refund_id: uuid.UUID) -> None:
    """Take the places of attendees away, for which money is given back."""
    table = _ATTENDEES
    values = {"state": AttendeeState.CANCELLED.value, "refund_id": refund_id, "version": table.c.version + 1}
    await transaction.execute(update(table).where(table.c.attendee_id.in_(attendees)).values(values))


def _refund(row: Row[Any]) -> Refund:
    state = RefundState(row.state)
    return Refund(row.refund_id, row.payment_id, row.provider_reference, state, row.amount, row.refusals)


async def refunds_of(transaction: Transaction, payment_id: uuid.UUID) -> list[Refund]:
    """The refunds of a payment."""
    query = select(_REFUNDS).where(_REFUNDS.c.payment_id == payment_id).order_by(_REFUNDS.c.refund_id)
    return [_refund(row) for row in await transaction.execute(query)]


async def read_refund(transaction: Transaction, refund_id: uuid.UUID) -> Refund | None:
    """A refund by its key."""
    row = (await transaction.execute(select(_REFUNDS).where(_REFUNDS.c.refund_id == refund_id))).first()
    return None if row is None else _refund(row)


async def add_refund(transaction: Transaction, payment_id: uuid.UUID, amount: int, reason: str | None) -> uuid.UUID:
    """Write that money is to be given back; its key."""
    key = uuid7()
    values = {"refund_id": key, "payment_id": payment_id, "amount": amount, "reason": reason}
    await transaction.execute(insert(_REFUNDS).values(values))
    return key


async def set_refund(transaction: Transaction, refund_id: uuid.UUID, **columns: object) -> None:
    """Change a refund."""
    changed = update(_REFUNDS).where(_REFUNDS.c.refund_id == refund_id)
    await transaction.execute(changed.values(updated_at=func.now(), **columns))


DueRefund = tuple[uuid.UUID, str]
"""A refund's key, and the name of its payment's provider."""


async def take_refunds_to_make(
    transaction: Transaction, *, at_most: int, again_after: dt.timedelta, longest: dt.timedelta
) -> list[DueRefund]:
    """Refunds that are not made yet, and that it is time to ask for; as with payments."""
    table = _REFUNDS
    due = select(table.c.refund_id).where(
        table.c.state == RefundState.PENDING.value, table.c.next_attempt_at <= func.now()
    )
    chosen = due.order_by(table.c.next_attempt_at).limit(at_most).with_for_update(skip_locked=True).scalar_subquery()
    pause = func.least(again_after * func.power(2, func.least(table.c.attempts, 20)), longest)
    taken = update(table).where(table.c.refund_id.in_(chosen), table.c.payment_id == _PAYMENTS.c.payment_id)
    changed = taken.values(next_attempt_at=func.now() + pause, attempts=table.c.attempts + 1)
    rows = await transaction.execute(changed.returning(table.c.refund_id, _PAYMENTS.c.provider))
    return [(row.refund_id, row.provider) for row in rows]
