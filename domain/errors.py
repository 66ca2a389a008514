"""What can go wrong, as values a client can act on.

Refusal
├── InvalidArgument   an argument that cannot be right, whatever is in the database
├── InvalidCursor     a cursor that is forged, or of another order or filter
└── Forbidden         a field that this viewer may not see
"""

from __future__ import annotations


class Refusal(Exception):
    """An answer of "no" that is meant for the client; its message is shown, its code is stable.

    It becomes an entry in `errors` with `extensions.code`, and is never logged as a crash.
    """

    code = "REFUSED"


class InvalidArgument(Refusal):
    """An argument that cannot be right; the message says which, and what would be."""

    code = "BAD_USER_INPUT"


class InvalidCursor(Refusal):
    """A cursor that this server did not make, or made for another list, order or filter."""

    code = "INVALID_CURSOR"


class Forbidden(Refusal):
    """The field exists, but not for this viewer."""

    code = "FORBIDDEN"
