"""Payments and refunds: seen by whoever sees the registration, some of it by those who handle the seller's money."""

from __future__ import annotations

from typing import Final

from sqlalchemy import ARRAY, Integer, Uuid, bindparam, case, exists, func, literal_column, or_, select, true

from db.payment_models import Payment, Refund
from db.rows import PaymentRow, RefundRow
from db.selling_models import Registration
from db.statement import Statement, compile_statement
from db.statements.paging import Lookup, fenced, key_table
from db.visibility import ORDERS, ORGANISATION_OF, Selected, Sight, verdicts, withheld

_ITS: Final = Registration.registration_id == Payment.registration_id
_ONE: Final = literal_column("1", Integer)
_PAYER: Final = or_(
    Registration.customer_id == bindparam("own", type_=Uuid),
    Registration.registration_id == func.any(bindparam("registrations", type_=ARRAY(Uuid))),
)
"""Whose registration it is: the customer's who made it, or the guest's; not the staff's who see it."""

_COLUMNS: Final[tuple[Selected, ...]] = (
    Payment.payment_id,
    Payment.registration_id,
    Payment.provider,
    Payment.state,
    Payment.amount,
    Payment.currency,
    Payment.received_amount,
    Payment.received_currency,
    Payment.problem,
    Payment.failure_code,
    Payment.processed_at,
    Payment.created_at,
    case((exists(_ONE).where(_ITS, _PAYER).correlate(Payment), Payment.client_secret)).label("client_secret"),
    withheld(Payment.provider_reference, "FINANCE", ORGANISATION_OF[Payment]),
    *verdicts(ORGANISATION_OF[Payment]),
)

BY_ID: Final = Lookup(
    "payments.by_id",
    PaymentRow,
    _COLUMNS,
    Payment.payment_id,
    (exists(_ONE).where(_ITS, ORDERS).correlate(Payment),),
    Sight.PRIVILEGED,
)


def _of_registrations() -> Statement[PaymentRow]:
    key = key_table()
    payment = fenced(select(*_COLUMNS).where(Payment.registration_id == key.c.key), "payment")
    order = fenced(select(_ONE.label("seen")).where(Registration.registration_id == key.c.key, ORDERS), "its")
    query = select(payment).select_from(key.join(order, true()).join(payment, true()))
    return compile_statement("registration.payments", query, PaymentRow, Sight.PRIVILEGED)


def _refunds() -> Statement[RefundRow]:
    key = key_table()
    refund = fenced(
        select(
            Refund.payment_id, Refund.refund_id, Refund.amount, Refund.state, Refund.reason, Refund.created_at
        ).where(Refund.payment_id == key.c.key),
        "refund",
    )
    payment = fenced(
        select(func.coalesce(Payment.received_currency, Payment.currency).label("currency")).where(
            Payment.payment_id == key.c.key
        ),
        "its",
    )
    query = select(refund, payment).select_from(key.join(payment, true()).join(refund, true()))
    return compile_statement("payment.refunds", query, RefundRow, Sight.PRIVILEGED)


OF_REGISTRATIONS: Final = _of_registrations()
"""The payments of each registration, from the first to the last."""

REFUNDS: Final = _refunds()
"""The refunds of each payment, from the first to the last."""
