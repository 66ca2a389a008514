"""Reading payments and refunds."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from db.rows import PaymentRow, RefundRow, RegistrationRow
from db.statements import payments
from domain.money import Money
from domain.payments import Problem
from domain.sales import PaymentState, RefundState
from resolvers import lookups
from resolvers.context import Context
from resolvers.registrations import REGISTRATIONS, by_key

PAYMENTS: lookups.Fetch[PaymentRow] = by_key(payments.BY_ID)


async def payments_of(context: Context, parents: Sequence[RegistrationRow]) -> list[list[PaymentRow]]:
    """The payments of each registration, from the first to the last."""
    found: dict[uuid.UUID, list[PaymentRow]] = {parent["registration_id"]: [] for parent in parents}
    for row in await context.fetch(payments.OF_REGISTRATIONS, {"keys": list(found)}):
        found[row["registration_id"]].append(row)
    return [sorted(found[parent["registration_id"]], key=lambda row: row["payment_id"].bytes) for parent in parents]


async def refunds_of(context: Context, parents: Sequence[PaymentRow]) -> list[list[RefundRow]]:
    """The refunds of each payment, from the first to the last."""
    found: dict[uuid.UUID, list[RefundRow]] = {parent["payment_id"]: [] for parent in parents}
    for row in await context.fetch(payments.REFUNDS, {"keys": list(found)}):
        found[row["payment_id"]].append(row)
    return [sorted(found[parent["payment_id"]], key=lambda row: row["refund_id"].bytes) for parent in parents]


async def registration_of_payment(context: Context, parents: Sequence[PaymentRow]) -> Sequence[RegistrationRow | None]:
    """What each payment is for."""
    return await lookups.find(context, REGISTRATIONS, [parent["registration_id"] for parent in parents])


def states_of(rows: Sequence[PaymentRow]) -> list[PaymentState]:
    """How far each payment has come."""
    return [PaymentState(row["state"]) for row in rows]


def problems_of(rows: Sequence[PaymentRow]) -> list[Problem | None]:
    """Why the money of each payment was not kept; None where it was, or did not come."""
    return [None if row["problem"] is None else Problem(row["problem"]) for row in rows]


def received_of(rows: Sequence[PaymentRow]) -> list[Money | None]:
    """What came by each payment."""
    return [
        None if row["received_amount"] is None else Money(row["received_amount"], row["received_currency"])
        for row in rows
    ]


def refund_states_of(rows: Sequence[RefundRow]) -> list[RefundState]:
    """How far each refund has come."""
    return [RefundState(row["state"]) for row in rows]
