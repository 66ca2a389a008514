"""Why something was not done, as data: what whoever asked can change, and ask again.

Each kind is a value with a type of its own in the schema. A command raises `Rejected` with all that it found; nothing
it did stays.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar, Protocol

from domain.registrations import RegistrationState
from domain.sales import AttendeeState


class ErrorCode(Enum):
    """What kind of reason it is, for programs that do not know the type."""

    INVALID = "INVALID"
    REQUIRED = "REQUIRED"
    TAKEN = "TAKEN"
    NOT_FOUND = "NOT_FOUND"
    FORBIDDEN = "FORBIDDEN"
    CONFLICT = "CONFLICT"
    SOLD_OUT = "SOLD_OUT"
    HOLD_EXPIRED = "HOLD_EXPIRED"
    NOT_ELIGIBLE = "NOT_ELIGIBLE"
    NOT_ON_SALE = "NOT_ON_SALE"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    BAD_TRANSITION = "BAD_TRANSITION"
    PAYMENT_FAILED = "PAYMENT_FAILED"


class UserError(Protocol):
    """What all kinds have.

    Attributes:
        typename: its type in the schema.
        field: the way to the argument that is wrong, as clients name it (`("input", "startDate")`); None where it is
            none in particular.
        message: what is wrong, and what would be right.
        code: its kind.
    """

    typename: ClassVar[str]

    @property
    def field(self) -> tuple[str, ...] | None:
        """The way to the argument."""

    @property
    def message(self) -> str:
        """In words."""

    @property
    def code(self) -> ErrorCode:
        """For programs."""


class Rejected(Exception):
    """A command that does nothing, with every reason."""

    def __init__(self, *errors: UserError) -> None:
        super().__init__(*(each.message for each in errors))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class InvalidInput:
    """A value that cannot be right, whatever is in the database; or one that is missing."""

    typename: ClassVar[str] = "InvalidInput"
    field: tuple[str, ...] | None
    message: str
    code: ErrorCode = ErrorCode.INVALID


@dataclass(frozen=True, slots=True)
class Taken:
    """A name that must be unique, and that something else has."""

    typename: ClassVar[str] = "Taken"
    field: tuple[str, ...] | None
    message: str
    suggestion: str | None
    code: ErrorCode = ErrorCode.TAKEN


@dataclass(frozen=True, slots=True)
class NotFound:
    """There is no such thing; or none that may be seen, which is the same."""

    typename: ClassVar[str] = "NotFound"
    field: tuple[str, ...] | None
    message: str
    code: ErrorCode = ErrorCode.NOT_FOUND


@dataclass(frozen=True, slots=True)
class NotPermitted:
    """A thing that may be seen, and not changed."""

    typename: ClassVar[str] = "NotPermitted"
    field: tuple[str, ...] | None
    message: str
    code: ErrorCode = ErrorCode.FORBIDDEN


@dataclass(frozen=True, slots=True)
class VersionConflict:
    """Something that was changed since it was read: to be read again, and decided again."""

    typename: ClassVar[str] = "VersionConflict"
    field: tuple[str, ...] | None
    message: str
    current_version: int
    code: ErrorCode = ErrorCode.CONFLICT


@dataclass(frozen=True, slots=True)
class SoldOut:
    """Fewer places are left than are wanted: of `requested`, `remaining` can be had by this order."""

    typename: ClassVar[str] = "SoldOut"
    field: tuple[str, ...] | None
    message: str
    ticket_id: uuid.UUID
    requested: int
    remaining: int
    code: ErrorCode = ErrorCode.SOLD_OUT


@dataclass(frozen=True, slots=True)
class NotEligible:
    """Something that is not sold to whoever asks; `rules` says to whom it is."""

    typename: ClassVar[str] = "NotEligible"
    field: tuple[str, ...] | None
    message: str
    rules: tuple[str, ...]
    code: ErrorCode = ErrorCode.NOT_ELIGIBLE


@dataclass(frozen=True, slots=True)
class NotOnSale:
    """Something that is not sold now: before it begins, after it ended, or because a part of it is not."""

    typename: ClassVar[str] = "NotOnSale"
    field: tuple[str, ...] | None
    message: str
    sale_start: dt.datetime | None = None
    code: ErrorCode = ErrorCode.NOT_ON_SALE


@dataclass(frozen=True, slots=True)
class LimitExceeded:
    """More, or less, than one order may hold; or a voucher that was used as often as it may be."""

    typename: ClassVar[str] = "LimitExceeded"
    field: tuple[str, ...] | None
    message: str
    code: ErrorCode = ErrorCode.LIMIT_EXCEEDED


@dataclass(frozen=True, slots=True)
class BadTransition:
    """A step that a registration cannot take from the state that it is in."""

    typename: ClassVar[str] = "BadTransition"
    field: tuple[str, ...] | None
    message: str
    source: RegistrationState
    target: RegistrationState
    code: ErrorCode = ErrorCode.BAD_TRANSITION


@dataclass(frozen=True, slots=True)
class HoldExpired:
    """A hold that is over: its places are given back, and have to be ordered anew."""

    typename: ClassVar[str] = "HoldExpired"
    field: tuple[str, ...] | None
    message: str
    code: ErrorCode = ErrorCode.HOLD_EXPIRED


@dataclass(frozen=True, slots=True)
class PaymentFailed:
    """A payment that the provider does not take, or cannot take now."""

    typename: ClassVar[str] = "PaymentFailed"
    field: tuple[str, ...] | None
    message: str
    code: ErrorCode = ErrorCode.PAYMENT_FAILED


@dataclass(frozen=True, slots=True)
class MigrationConflict:
    """A step of the move to functions that cannot be taken from where the move stands."""

    typename: ClassVar[str] = "MigrationConflict"
    field: tuple[str, ...] | None
    message: str
    code: ErrorCode = ErrorCode.CONFLICT


@dataclass(frozen=True, slots=True)
class OwnerIsDeleted:
    """Something that cannot come back before what it belongs to does."""

    typename: ClassVar[str] = "OwnerIsDeleted"
    field: tuple[str, ...] | None
    message: str
    code: ErrorCode = ErrorCode.CONFLICT


@dataclass(frozen=True, slots=True)
class NoAdmission:
    """A code by which nobody comes in here: of another event, or of a place that is not there (`state` says how)."""

    typename: ClassVar[str] = "NoAdmission"
    field: tuple[str, ...] | None
    message: str
    state: AttendeeState | None
    code: ErrorCode = ErrorCode.INVALID
