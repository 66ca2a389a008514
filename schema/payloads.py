"""What mutations answer with: what was changed, or why nothing was."""

from __future__ import annotations

import strawberry

from resolvers import lookups
from resolvers.payloads import changed, guest_tokens_of, registration_changed
from schema.fields import column, edge
from schema.function import Function
from schema.registration import Registration
from schema.user_error import UserError

_CHANGED = "It as it now is; null where nothing was done."
_ERRORS = "Why nothing was done; none where it was."


@strawberry.type(description="A function that was entered or changed.")
class FunctionPayload:
    """`resolvers.payloads.Payload` of a function, shown."""

    function: Function | None = edge(
        changed(lookups.FUNCTIONS), "The function as it now is; null where nothing was done."
    )
    user_errors: list[UserError] = column(_ERRORS)


@strawberry.type(description="A registration that was made or moved on.")
class RegistrationPayload:
    """`resolvers.payloads.Payload` of a registration, shown."""

    registration: Registration | None = edge(
        registration_changed, "The registration as it now is; null where nothing was done."
    )
    guest_token: str | None = edge(
        guest_tokens_of,
        "Lets whoever holds it see and move on the registration: pass it as a bearer token, or to `registration`. "
        "Given to whoever ordered without an account, and to nobody else: keep it.",
    )
    user_errors: list[UserError] = column(_ERRORS)
