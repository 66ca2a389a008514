"""Why a mutation did nothing, as clients see it: a type for each kind of `domain.user_errors`."""

from __future__ import annotations

import datetime as dt
from typing import Final

import strawberry

from resolvers.payloads import ticket_ids_of
from schema.enums import AttendeeStatus, ErrorCode, RegistrationStatus
from schema.fields import column, derived


@strawberry.interface(
    description="Why a mutation did nothing. Those who ask can mend it; what they cannot mend is among `errors`."
)
class UserError:
    """`domain.user_errors.UserError`, shown."""

    field: list[str] | None = column(
        "The way to the argument that is wrong, name by name; null where it is none in particular."
    )
    message: str = column("What is wrong, and what would be right.")
    code: ErrorCode = column("What kind of reason it is.")  # type: ignore[valid-type] # an enum by another name


@strawberry.type(description="A value that cannot be right, or one that is missing.")
class InvalidInput(UserError):
    """`domain.user_errors.InvalidInput`, shown."""


@strawberry.type(description="A name that must be unique, and that something else has.")
class Taken(UserError):
    """`domain.user_errors.Taken`, shown."""

    suggestion: str | None = column("One like it, which is free.")


@strawberry.type(description="There is no such thing; or none to be seen.")
class NotFound(UserError):
    """`domain.user_errors.NotFound`, shown."""


@strawberry.type(description="Something that is to be seen, and not yours to change.")
class NotPermitted(UserError):
    """`domain.user_errors.NotPermitted`, shown."""


@strawberry.type(description="Something was changed since it was read: read it again, and decide again.")
class VersionConflict(UserError):
    """`domain.user_errors.VersionConflict`, shown."""

    current_version: int = column("The version that it has now.")


@strawberry.type(description="Something that cannot come back before what it belongs to does: restore that first.")
class OwnerIsDeleted(UserError):
    """`domain.user_errors.OwnerIsDeleted`, shown."""


@strawberry.type(description="Fewer places are left than are wanted; nothing was taken.")
class SoldOut(UserError):
    """`domain.user_errors.SoldOut`, shown."""

    ticket_id: strawberry.ID = derived(ticket_ids_of, "The ticket whose places they are.")
    requested: int = column("How many are wanted.")
    remaining: int = column("How many of them can be had.")


@strawberry.type(description="Something that is not sold to whoever asks.")
class NotEligible(UserError):
    """`domain.user_errors.NotEligible`, shown."""

    rules: list[str] = column("To whom it is sold: one of these is enough.")


@strawberry.type(description="Something that is not sold now.")
class NotOnSale(UserError):
    """`domain.user_errors.NotOnSale`, shown."""

    sale_start: dt.datetime | None = column("When it will be; null where that is not known, or is over.")


@strawberry.type(description="More, or less, than one order may hold, or a voucher that was used too often.")
class LimitExceeded(UserError):
    """`domain.user_errors.LimitExceeded`, shown."""


@strawberry.type(description="A step that a registration cannot take from the state that it is in.")
class BadTransition(UserError):
    """`domain.user_errors.BadTransition`, shown."""

    source: RegistrationStatus = column("The state that it is in.", name="from")  # type: ignore[valid-type] # an enum by another name
    target: RegistrationStatus = column("The state that it cannot come to.", name="to")  # type: ignore[valid-type] # the same


@strawberry.type(description="A hold that is over: its places were given back, and have to be ordered anew.")
class HoldExpired(UserError):
    """`domain.user_errors.HoldExpired`, shown."""


@strawberry.type(description="A payment that the provider does not take.")
class PaymentFailed(UserError):
    """`domain.user_errors.PaymentFailed`, shown."""


@strawberry.type(description="A code by which nobody comes in here: of another event, or without a place.")
class NoAdmission(UserError):
    """`domain.user_errors.NoAdmission`, shown."""

    state: AttendeeStatus | None = column(  # type: ignore[valid-type] # the same
        "What has become of the place; null where it is one at another event.", name="status"
    )


@strawberry.type(description="A step of the move to functions that cannot be taken from where the move stands.")
class MigrationConflict(UserError):
    """`domain.user_errors.MigrationConflict`, shown."""


USER_ERRORS: Final = (
    InvalidInput,
    Taken,
    NotFound,
    NotPermitted,
    VersionConflict,
    OwnerIsDeleted,
    SoldOut,
    NotEligible,
    NotOnSale,
    LimitExceeded,
    BadTransition,
    HoldExpired,
    PaymentFailed,
    NoAdmission,
    MigrationConflict,
)
"""Every kind there is; the schema has them although no field names them."""
