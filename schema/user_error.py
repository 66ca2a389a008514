"""Why a mutation did nothing, as clients see it: a type for each kind of `domain.user_errors`."""

from __future__ import annotations

from typing import Final

import strawberry

from schema.enums import ErrorCode
from schema.fields import column


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


USER_ERRORS: Final = (InvalidInput, Taken, NotFound, NotPermitted, VersionConflict, OwnerIsDeleted)
"""Every kind there is; the schema has them although no field names them."""
