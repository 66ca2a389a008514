"""What follows from what a provider says of a payment: decided from plain values, whatever order the news comes in.

A payment moves in one direction only. What the provider says once about money that has come is final; everything else
may be said early, late, twice or not at all, so that nothing is concluded from silence, and nothing is undone by an
older word. Money that has come ends in one of two ways: its order is confirmed, or all of it is given back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.money import Money
from domain.registrations import HOLDING
from domain.registrations import RegistrationState as Order
from domain.sales import PaymentState, RefundState


class IntentState(StrEnum):
    """What a provider says of an intent: the payer's attempts to pay one amount."""

    OPEN = "OPEN"
    """It waits for the payer."""
    PROCESSING = "PROCESSING"
    """The payer has done their part; the money is on its way."""
    SUCCEEDED = "SUCCEEDED"
    """The money is there."""
    DECLINED = "DECLINED"
    """The last attempt failed; the payer may try again."""
    CANCELLED = "CANCELLED"
    """It cannot be paid any more."""


class Problem(StrEnum):
    """Why money that came was not kept, as it is recorded with the payment."""

    AMOUNT_DIFFERS = "AMOUNT_DIFFERS"
    CURRENCY_DIFFERS = "CURRENCY_DIFFERS"
    HOLD_EXPIRED = "HOLD_EXPIRED"
    ORDER_CANCELLED = "ORDER_CANCELLED"
    PAID_TWICE = "PAID_TWICE"


@dataclass(frozen=True, slots=True)
class Report:
    """What a provider says of an intent at some moment.

    Attributes:
        state: of the intent.
        received: the money that came, with `SUCCEEDED`.
        reason: the provider's code for why not, with `DECLINED` and `CANCELLED`.
    """

    state: IntentState
    received: Money | None = None
    reason: str | None = None

    def __post_init__(self) -> None:
        if (self.state is IntentState.SUCCEEDED) != (self.received is not None):
            raise ValueError("what was received is said of an intent that succeeded, and of no other")


class Step(StrEnum):
    """What is to become of the order."""

    NONE = "NONE"
    PROCESS = "PROCESS"
    """The money is on its way: wait for it."""
    REOPEN = "REOPEN"
    """It does not come: its places are held on, for another attempt."""
    CONFIRM = "CONFIRM"
    """Its places are held, and are sold now."""
    RETAKE = "RETAKE"
    """Its places were given back: take them again and confirm it, or else give the money back (`hold_expired`)."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows from a report.

    Attributes:
        payment: the payment's next state; None leaves it as it is.
        step: for the order.
        refund: the money to give back.
        problem: why it is.
    """

    payment: PaymentState | None = None
    step: Step = Step.NONE
    refund: Money | None = None
    problem: Problem | None = None


NOTHING: Final = Decision()

PAID: Final = frozenset({PaymentState.SUCCEEDED, PaymentState.REFUNDED, PaymentState.PARTIALLY_REFUNDED})
"""Money has come: no word about the attempts changes anything any more."""

UNDER_WAY: Final = frozenset({PaymentState.PENDING, PaymentState.AUTHORIZED})
"""An order has one of these at most."""

_WAITING: Final = frozenset({Order.AWAITING_PAYMENT, Order.PROCESSING})

_SURPLUS: Final = {Order.CANCELLED: Problem.ORDER_CANCELLED, Order.DRAFT: Problem.ORDER_CANCELLED}
"""Why money is not kept that comes for an order that does not wait for it; any other has been paid."""


def decide(
    order: Order, total: Money, payment: PaymentState, asked: Money, report: Report, *, has_rival: bool = False
) -> Decision:
    """What follows from a provider's report on a payment.

    Args:
        order: the order's state.
        total: what the order costs.
        payment: the payment's state.
        asked: the amount that its intent was made over.
        report: what the provider says.
        has_rival: whether another payment of the order is under way.
    """
    if payment in PAID:
        return NOTHING
    match report.state:
        case IntentState.SUCCEEDED:
            assert report.received is not None, "held by Report"
            return _paid(order, total, asked, report.received)
        case IntentState.PROCESSING if not has_rival:
            step = Step.PROCESS if order in {Order.HELD, Order.AWAITING_PAYMENT} else Step.NONE
            return Decision(PaymentState.AUTHORIZED, step)
        case IntentState.DECLINED | IntentState.CANCELLED if payment in UNDER_WAY:
            return Decision(PaymentState.FAILED, _reopened(order))
        case IntentState.OPEN if payment is PaymentState.AUTHORIZED:
            # The money that was on its way never came, and the provider waits for the payer again.
            return Decision(PaymentState.FAILED, _reopened(order))
        case _:
            return NOTHING


def _paid(order: Order, total: Money, asked: Money, received: Money) -> Decision:
    step, problem = Step.NONE, None
    if received.currency != total.currency:
        step, problem = _reopened(order), Problem.CURRENCY_DIFFERS
    elif received != asked or received != total:
        step, problem = _reopened(order), Problem.AMOUNT_DIFFERS
    elif order in HOLDING:
        return Decision(PaymentState.SUCCEEDED, Step.CONFIRM)
    elif order is Order.EXPIRED:
        return Decision(PaymentState.SUCCEEDED, Step.RETAKE)
    else:
        problem = _SURPLUS.get(order, Problem.PAID_TWICE)
    return Decision(PaymentState.SUCCEEDED, step, refund=received if received.minor else None, problem=problem)


def _reopened(order: Order) -> Step:
    return Step.REOPEN if order in _WAITING else Step.NONE


def hold_expired(received: Money) -> Decision:
    """What follows instead of `Step.RETAKE` where the places are gone."""
    return Decision(PaymentState.SUCCEEDED, refund=received, problem=Problem.HOLD_EXPIRED)


def refunded_state(received: Money, refunded: int) -> PaymentState:
    """The state of a payment of which so much, in minor units, has been given back.

    A refund that fails after all takes the state back with it: this is the one way back there is.
    """
    if refunded <= 0:
        return PaymentState.SUCCEEDED
    return PaymentState.REFUNDED if refunded >= received.minor else PaymentState.PARTIALLY_REFUNDED


def refundable(received: Money, refunds: Iterable[tuple[RefundState, int]]) -> int:
    """How much of a payment may be given back yet, in minor units.

    Args:
        received: what came.
        refunds: those that were asked for: their state and their amount. One that failed gave nothing back.
    """
    return received.minor - sum(minor for state, minor in refunds if state is not RefundState.FAILED)
