"""The states of a registration, and the only steps from one to another."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Final

from domain.errors import Refusal


class RegistrationState(enum.Enum):
    """How far a registration has come."""

    DRAFT = "DRAFT"
    HELD = "HELD"
    AWAITING_PAYMENT = "AWAITING_PAYMENT"
    PROCESSING = "PROCESSING"
    CONFIRMED = "CONFIRMED"
    EXPIRED = "EXPIRED"
    CANCELLED = "CANCELLED"
    PARTIALLY_REFUNDED = "PARTIALLY_REFUNDED"
    REFUNDED = "REFUNDED"


_S = RegistrationState

TRANSITIONS: Final[Mapping[tuple[RegistrationState, RegistrationState], str]] = {
    (_S.DRAFT, _S.HELD): "its places are taken",
    (_S.DRAFT, _S.CANCELLED): "it is given up",
    (_S.HELD, _S.AWAITING_PAYMENT): "a payment is started",
    (_S.HELD, _S.CONFIRMED): "it costs nothing, and is completed",
    (_S.HELD, _S.EXPIRED): "its hold is over",
    (_S.HELD, _S.CANCELLED): "it is cancelled",
    (_S.AWAITING_PAYMENT, _S.PROCESSING): "the provider has begun to move the money",
    (_S.AWAITING_PAYMENT, _S.CONFIRMED): "it is paid",
    (_S.AWAITING_PAYMENT, _S.HELD): "the payment has failed; another may be started",
    (_S.AWAITING_PAYMENT, _S.EXPIRED): "its hold is over",
    (_S.AWAITING_PAYMENT, _S.CANCELLED): "it is cancelled",
    (_S.PROCESSING, _S.CONFIRMED): "it is paid",
    (_S.PROCESSING, _S.HELD): "the payment has failed; another may be started",
    (_S.PROCESSING, _S.EXPIRED): "the payment has failed, and its hold is over",
    (_S.EXPIRED, _S.CONFIRMED): "it is paid after all, and its places could be taken again",
    (_S.CONFIRMED, _S.CANCELLED): "it cost nothing, and is cancelled",
    (_S.CONFIRMED, _S.PARTIALLY_REFUNDED): "a part is refunded",
    (_S.CONFIRMED, _S.REFUNDED): "all of it is refunded",
    (_S.PARTIALLY_REFUNDED, _S.PARTIALLY_REFUNDED): "another part is refunded",
    (_S.PARTIALLY_REFUNDED, _S.REFUNDED): "the rest is refunded",
}
"""Every step that there is, and when it is taken; any other is an `InvalidTransition`."""

HOLDING: Final = frozenset({_S.HELD, _S.AWAITING_PAYMENT, _S.PROCESSING})
"""While in one of these, its places are held."""

SOLD: Final = frozenset({_S.CONFIRMED, _S.PARTIALLY_REFUNDED})
"""While in one of these, its places are sold."""

SWEPT: Final = frozenset({_S.HELD, _S.AWAITING_PAYMENT})
"""What expires when its hold is over; while money is moving, the provider's answer is waited for."""


class InvalidTransition(Refusal):
    """There is no such step from the state that it is in."""

    code = "BAD_TRANSITION"

    def __init__(self, source: RegistrationState, target: RegistrationState) -> None:
        """From `source`, in which it is, to `target`."""
        super().__init__(f"A registration that is {source.value} cannot become {target.value}.")
        self.source, self.target = source, target


def step(source: RegistrationState, target: RegistrationState) -> RegistrationState:
    """The state after a step: `target`.

    Raises:
        InvalidTransition: the table has no such step.
    """
    if (source, target) not in TRANSITIONS:
        raise InvalidTransition(source, target)
    return target


def ends(state: RegistrationState) -> bool:
    """Whether no step leads on."""
    return not any(source is state for source, _ in TRANSITIONS)
