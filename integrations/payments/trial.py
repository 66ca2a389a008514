"""The trial provider: pays nothing, and behaves like those that do, at their worst if it is told to.

It keeps its state in tables of its own, answers over this port, and sends webhooks that are signed like anyone's:
once, twice, late, in the wrong order, or never. Whoever knows an intent's client secret acts as its payer.
"""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from db import trial_payments
from db.contention import Transaction, transact
from db.database import Database
from domain.money import Money
from domain.payments import IntentState, Report
from integrations.payments.port import TRIAL, Charge, Event, Intent, ProviderRefused, RefundOrder, RefundReport

EVENTS: Final = (
    "payment.succeeded",
    "payment.processing",
    "payment.declined",
    "payment.cancelled",
    "refund.succeeded",
)
"""The types of its webhooks."""

LATE: Final = dt.timedelta(seconds=60)
"""How late an event is that is told late."""

_PATIENCE: Final = 5.0
_PAYABLE: Final = frozenset({IntentState.OPEN, IntentState.DECLINED, IntentState.PROCESSING})


class Telling(StrEnum):
    """How the trial provider tells of what its payer did."""

    ONCE = "once"
    TWICE = "twice"
    LATE = "late"
    REVERSED = "reversed"
    """What came before is told after it."""
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Trial:
    """The trial provider, over a database."""

    database: Database

    @property
    def name(self) -> str:
        """As clients name it."""
        return TRIAL

    @property
    def events(self) -> Sequence[str]:
        """The types of its webhooks."""
        return EVENTS

    async def create_intent(self, charge: Charge) -> Intent:
        """Make an intent, or say how the one stands that was made for this payment."""
        reference = f"trial_{secrets.token_hex(12)}"
        columns = {
            "reference": reference,
            "payment_id": charge.payment_id,
            "client_secret": f"{reference}_secret_{secrets.token_urlsafe(24)}",
            "amount": charge.amount.minor,
            "currency": charge.amount.currency,
            "metadata": charge.metadata,
        }

        async def work(transaction: Transaction) -> Intent:
            return _intent(await trial_payments.ensure_intent(transaction, columns))

        return await transact(self.database, work, patience=_PATIENCE)

    async def read_intent(self, reference: str) -> Intent:
        """How an intent stands."""
        return _intent(await self._found(reference=reference))

    async def cancel_intent(self, reference: str) -> Intent:
        """Cancel an intent, unless that is too late."""

        async def work(transaction: Transaction) -> Intent:
            row = await _locked(transaction, reference=reference)
            if IntentState(row["state"]) not in {IntentState.OPEN, IntentState.DECLINED}:
                return _intent(row)
            await trial_payments.set_intent(transaction, reference, state=IntentState.CANCELLED)
            return _intent({**row, "state": IntentState.CANCELLED})

        return await transact(self.database, work, patience=_PATIENCE)

    async def refund(self, order: RefundOrder) -> RefundReport:
        """Give money back, and tell of it."""

        async def work(transaction: Transaction) -> RefundReport:
            row = await _locked(transaction, reference=order.reference)
            made = await trial_payments.refund(transaction, key=order.key)
            if made is not None:
                return _refund(made)
            back = await trial_payments.refunded(transaction, order.reference)
            if order.amount.currency != row["received_currency"] or back + order.amount.minor > row["received_amount"]:
                raise ProviderRefused("exceeds_payment", "trial: more than what was received")
            reference = f"trial_refund_{secrets.token_hex(12)}"
            parts = (order.refund_id, order.reference, order.amount.minor)
            await trial_payments.add_refund(transaction, order.key, reference, *parts)
            told = {"reference": reference, "refund_id": str(order.refund_id)}
            await _tell(transaction, "refund.succeeded", told, Telling.ONCE)
            return RefundReport(reference, True, order.refund_id)

        return await transact(self.database, work, patience=_PATIENCE)

    async def read_refund(self, reference: str) -> RefundReport:
        """How a refund stands."""
        async with self.database.write() as transaction:
            row = await trial_payments.refund(transaction, reference=reference)
        if row is None:
            raise ProviderRefused("unknown_refund", "trial: there is no such refund")
        return _refund(row)

    def parse_event(self, payload: Mapping[str, Any]) -> Event | None:
        """Read a webhook of this provider."""
        try:
            type_, told = payload["type"], payload["data"]
            if type_ not in EVENTS:
                return None
            if type_.startswith("refund."):
                return RefundReport(told["reference"], True, uuid.UUID(told["refund_id"]))
            received = told["received"]
            money = None if received is None else Money(received["amount"], received["currency"])
            report = Report(IntentState(type_.removeprefix("payment.").upper()), money, told["reason"])
            return Intent(told["reference"], report, None, uuid.UUID(told["payment_id"]))
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError(f"not an event of the trial provider: {error!r}") from error

    async def look(self, client_secret: str) -> Mapping[str, Any]:
        """What the payer is shown: the columns of the intent.

        Raises:
            ProviderRefused: there is none.
        """
        return await self._found(secret=client_secret)

    async def act(
        self, client_secret: str, state: IntentState, *, telling: Telling = Telling.ONCE, received: Money | None = None
    ) -> Intent:
        """Do as a payer: pay, be declined, or have the money be on its way.

        Args:
            client_secret: tells the intent, and that this is its payer.
            state: what comes of it.
            telling: how webhooks tell of it.
            received: what comes instead of what was asked for, with `SUCCEEDED`.

        Raises:
            ProviderRefused: there is no such intent, or it cannot be paid any more.
        """

        async def work(transaction: Transaction) -> Intent:
            row = await _locked(transaction, secret=client_secret)
            if IntentState(row["state"]) not in _PAYABLE:
                raise ProviderRefused("not_payable", f"trial: this payment is {row['state'].lower()} already")
            money = received or Money(row["amount"], row["currency"])
            came = money if state is IntentState.SUCCEEDED else None
            changed = {
                "state": state,
                "received_amount": came and came.minor,
                "received_currency": came and came.currency,
            }
            await trial_payments.set_intent(transaction, row["reference"], **changed)
            intent = _intent({**row, **changed})
            await _tell_of_intent(transaction, intent, telling)
            return intent

        return await transact(self.database, work, patience=_PATIENCE)

    async def _found(self, *, reference: str | None = None, secret: str | None = None) -> Mapping[str, Any]:
        async with self.database.write() as transaction:
            return _there(await trial_payments.intent(transaction, reference=reference, secret=secret))


async def _locked(
    transaction: Transaction, *, reference: str | None = None, secret: str | None = None
) -> Mapping[str, Any]:
    return _there(await trial_payments.intent(transaction, reference=reference, secret=secret, lock=True))


def _there(row: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if row is None:
        raise ProviderRefused("unknown_intent", "trial: there is no such payment")
    return row


async def _tell_of_intent(transaction: Transaction, intent: Intent, telling: Telling) -> None:
    received = intent.report.received
    told = {
        "reference": intent.reference,
        "payment_id": str(intent.payment_id),
        "received": None if received is None else {"amount": received.minor, "currency": received.currency},
        "reason": intent.report.reason,
    }
    await _tell(transaction, f"payment.{intent.report.state.lower()}", told, telling)
    if telling is Telling.REVERSED:
        before = {**told, "received": None, "reason": None}
        await _tell(transaction, "payment.processing", before, Telling.ONCE, after=dt.timedelta(seconds=2))


async def _tell(
    transaction: Transaction,
    type_: str,
    told: Mapping[str, Any],
    telling: Telling,
    *,
    after: dt.timedelta = dt.timedelta(0),
) -> None:
    times = {Telling.NEVER: 0, Telling.TWICE: 2}.get(telling, 1)
    event_id = f"trial_event_{secrets.token_hex(12)}"
    for _ in range(times):
        pause = LATE if telling is Telling.LATE else after
        await trial_payments.add_event(transaction, event_id, {"type": type_, "data": dict(told)}, after=pause)


def _intent(row: Mapping[str, Any]) -> Intent:
    state, received = IntentState(row["state"]), None
    if row["received_amount"] is not None:
        received = Money(row["received_amount"], row["received_currency"])
    reason = {IntentState.DECLINED: "declined_by_payer", IntentState.CANCELLED: "cancelled"}.get(state)
    return Intent(row["reference"], Report(state, received, reason), row["client_secret"], row["payment_id"])


def _refund(row: Mapping[str, Any]) -> RefundReport:
    return RefundReport(row["reference"], True, row["refund_id"])
