"""What mutations answer with: what was changed, or why nothing was."""

from __future__ import annotations

import strawberry

from resolvers import lookups
from resolvers.payloads import changed
from schema.fields import column, edge
from schema.function import Function
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
