"""The words that what is sold, paid and waited for is told apart by."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Terms:
    """On which is sold.

    Attributes:
        hold: for how long places are held for whoever ordered them.
        offer: for how long they are held for whoever waited for them.
    """

    hold: dt.timedelta = dt.timedelta(minutes=15)
    offer: dt.timedelta = dt.timedelta(hours=12)


class AttendeeState(enum.Enum):
    """Whether an attendee has a place: not for sure yet, for sure, or no longer."""

    RESERVED = "RESERVED"
    VALID = "VALID"
    CANCELLED = "CANCELLED"


class PaymentState(enum.Enum):
    """How far a payment has come, as this server knows it."""

    PENDING = "PENDING"
    AUTHORIZED = "AUTHORIZED"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    PARTIALLY_REFUNDED = "PARTIALLY_REFUNDED"
    REFUNDED = "REFUNDED"


class RefundState(enum.Enum):
    """How far a refund has come: asked for, made, or refused by the provider."""

    PENDING = "PENDING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


class VoucherKind(enum.Enum):
    """What a voucher does to the price of what it is good for."""

    PERCENTAGE = "PERCENTAGE"
    AMOUNT = "AMOUNT"
    FIXED_PRICE = "FIXED_PRICE"


class PriceRuleKind(enum.Enum):
    """When another price holds: up to a moment, up to a number sold, for members."""

    EARLY_BIRD = "EARLY_BIRD"
    TIER = "TIER"
    MEMBER = "MEMBER"


class EligibilityKind(enum.Enum):
    """Who may buy: who has a membership, a voucher, belongs to an organisation, or works for the seller."""

    MEMBERSHIP = "MEMBERSHIP"
    VOUCHER = "VOUCHER"
    ORGANISATION = "ORGANISATION"
    STAFF = "STAFF"


class WaitingState(enum.Enum):
    """Whether somebody waits, was offered places, took them, let the offer pass, or left."""

    WAITING = "WAITING"
    OFFERED = "OFFERED"
    TAKEN = "TAKEN"
    LAPSED = "LAPSED"
    LEFT = "LEFT"
