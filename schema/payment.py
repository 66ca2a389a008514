"""Payments and refunds, as clients see them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import strawberry

from auth.permissions import Permission
from resolvers.payments import (
    problems_of,
    received_of,
    refund_states_of,
    refunds_of,
    registration_of_payment,
    states_of,
)
from resolvers.registrations import moneys_of
from schema.enums import PaymentProblem, PaymentStatus, RefundStatus
from schema.fields import column, derived, edge
from schema.money import Money
from schema.node import Node, global_id

if TYPE_CHECKING:
    from schema.registration import Registration

PUBLIC = Permission.PUBLIC


@strawberry.type(description="Money that goes back to whoever paid.")
class Refund:
    """A row of `refunds`."""

    amount: Money = derived(moneys_of("amount"), "How much.", reads=["amount", "currency"], permission=PUBLIC)
    status: RefundStatus = derived(  # type: ignore[valid-type] # an enum by another name
        refund_states_of, "How far it has come.", reads=["state"], permission=PUBLIC
    )
    reason: str | None = column("Why, for the record.", permission=PUBLIC)
    created_at: dt.datetime = column("When it was asked for.", permission=PUBLIC)


@strawberry.type(
    description="An attempt to pay a registration. Seen by whoever sees the registration, and paid by whose it is."
)
class Payment(Node):
    """A row of `payments`."""

    id: strawberry.ID = global_id("Payment", "payment_id", PUBLIC)
    registration: Annotated[Registration, strawberry.lazy("schema.registration")] | None = edge(
        registration_of_payment, "What it is for.", reads=["registration_id"], permission=PUBLIC
    )
    status: PaymentStatus = derived(states_of, "How far it has come.", reads=["state"], permission=PUBLIC)  # type: ignore[valid-type] # the same
    amount: Money = derived(
        moneys_of("amount"), "How much is to be paid.", reads=["amount", "currency"], permission=PUBLIC
    )
    received: Money | None = derived(
        received_of,
        "How much came; null while nothing has.",
        reads=["received_amount", "received_currency"],
        permission=PUBLIC,
    )
    problem: PaymentProblem | None = derived(  # type: ignore[valid-type] # the same
        problems_of,
        "Why the money that came is given back, all of it; null where it is kept.",
        reads=["problem"],
        permission=PUBLIC,
    )
    client_secret: str | None = column(
        "With it the payer's browser pays at the provider. For the registration's own customer or guest; null for "
        "everybody else, and until the provider has answered.",
        permission=PUBLIC,
    )
    provider: str = column("By whom: `stripe`, or `trial`.", permission=PUBLIC)
    provider_reference: str | None = column("What the provider calls it.", permission=Permission.FINANCE)
    failure_code: str | None = column("Why the last attempt failed, in the provider's word.", permission=PUBLIC)
    refunds: list[Refund] | None = edge(
        refunds_of,
        "What is given back of it, from the first to the last.",
        complexity=5,
        permission=Permission.FINANCE,
    )
    processed_at: dt.datetime | None = column("When the money came.", permission=PUBLIC)
    created_at: dt.datetime = column("When it was started.", permission=PUBLIC)
