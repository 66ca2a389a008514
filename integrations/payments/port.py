"""The port: what is asked of a payment provider, and what it may say.

Every question may be asked again: an intent and a refund are made once for each key, however often they are asked for.
No method is called within a transaction.

    ProviderError
    ├── ProviderUnavailable   no answer, or none that says what has happened: ask the same again later
    └── ProviderRefused       a definite no: nothing has happened, and asking the same again would not help
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from domain.money import Money
from domain.payments import Report

STRIPE: Final = "stripe"
TRIAL: Final = "trial"
"""The providers there are, as clients name them, and as the sources of their webhooks are called."""


class ProviderError(Exception):
    """A provider did not do what it was asked to; the message is for the log and holds no secret."""


class ProviderUnavailable(ProviderError):
    """Nobody knows whether it has happened: ask the same again."""


class ProviderRefused(ProviderError):
    """It has not happened.

    Attributes:
        code: why, in the provider's own word.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What somebody is to pay.

    Attributes:
        payment_id: ours; the provider makes one intent for it, however often it is asked to.
        amount: how much.
        registration_id: what for.
        function_id: the registration's function, with its name and slug.
        function_name: as people read it.
        function_slug: as it stands in addresses.
    """

    payment_id: uuid.UUID
    amount: Money
    registration_id: uuid.UUID
    function_id: uuid.UUID | None = None
    function_name: str | None = None
    function_slug: str | None = None

    @property
    def metadata(self) -> dict[str, str]:
        """What is written beside the intent, for those who look at it at the provider's."""
        told = {
            "payment_id": self.payment_id,
            "registration_id": self.registration_id,
            "function_id": self.function_id,
            "function_name": self.function_name,
            "function_slug": self.function_slug,
        }
        return {name: str(value) for name, value in told.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Intent:
    """A provider's side of a payment.

    Attributes:
        reference: the provider's name for it.
        report: how it stands.
        client_secret: lets the payer's own browser pay it; for nobody else.
        payment_id: ours, as the provider was told; None where it was made by somebody else.
    """

    reference: str
    report: Report
    client_secret: str | None = None
    payment_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundOrder:
    """Money to give back.

    Attributes:
        refund_id: ours.
        attempt: counts definite refusals. The provider gives back once for a refund and an attempt, however often it
            is asked to.
        reference: the provider's name for the intent.
        amount: how much of it.
        metadata: written beside it.
    """

    refund_id: uuid.UUID
    attempt: int
    reference: str
    amount: Money
    metadata: Mapping[str, str]

    @property
    def key(self) -> str:
        """By which the provider knows that it was asked before."""
        return f"{self.refund_id}-{self.attempt}"


@dataclass(frozen=True, slots=True)
class RefundReport:
    """What a provider says of a refund.

    Attributes:
        reference: the provider's name for it.
        done: True once the money is on its way back, False once it is certain that it is not; None for not known yet.
        refund_id: ours, as the provider was told; None where it was made by somebody else.
        reason: the provider's code for why not.
    """

    reference: str
    done: bool | None
    refund_id: uuid.UUID | None = None
    reason: str | None = None


Event = Intent | RefundReport
"""What a webhook tells of: how an intent, or a refund, stands."""


class PaymentProvider(Protocol):
    """A provider of payments."""

    @property
    def name(self) -> str:
        """As clients name it, and as its webhooks' source is called."""

    @property
    def events(self) -> Sequence[str]:
        """The types of its webhooks that something follows from."""

    async def create_intent(self, charge: Charge) -> Intent:
        """Make an intent, or say how the one stands that was made for this payment.

        Raises:
            ProviderError: see above.
        """

    async def read_intent(self, reference: str) -> Intent:
        """How an intent stands.

        Raises:
            ProviderError: see above.
        """

    async def cancel_intent(self, reference: str) -> Intent:
        """See to it that an intent cannot be paid any more, unless it has been: how it stands then.

        Raises:
            ProviderError: see above.
        """

    async def refund(self, order: RefundOrder) -> RefundReport:
        """Give money back.

        Raises:
            ProviderError: see above.
        """

    async def read_refund(self, reference: str) -> RefundReport:
        """How a refund stands.

        Raises:
            ProviderError: see above.
        """

    def parse_event(self, payload: Mapping[str, Any]) -> Event | None:
        """What a webhook of this provider tells of, whose signature was checked; None where that is nothing of ours.

        Raises:
            ValueError: it is not of the form that the provider documents.
        """


@dataclass(frozen=True, slots=True)
class Payments:
    """Whom to pay by.

    Attributes:
        providers: by name.
        poll: how long after its start a payment is asked after that no webhook has told of.
    """

    providers: Mapping[str, PaymentProvider] = field(default_factory=dict)
    poll: dt.timedelta = dt.timedelta(seconds=30)


NO_PAYMENTS: Final = Payments()
"""Nobody takes payments."""
