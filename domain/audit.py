"""Who does what needs a privilege: what an entry of the audit log says of them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Final

OPERATOR: Final = "operator"
"""The role of whoever has the command line of the installation."""

ACTORS: Final = (OPERATOR, "anonymous", "customer", "staff", "guest", "partner", "admin")
"""What an actor may be: an operator, or what a viewer is."""


@dataclass(frozen=True, slots=True)
class Actor:
    """The one who acts.

    Attributes:
        name: the subject of a viewer's token, or what an operator calls themself.
        role: one of `ACTORS`.
        client_id: the client of the registry that the request came through; None for one without a key.
        request_id: of the request; None on the command line.
    """

    name: str
    role: str = OPERATOR
    client_id: uuid.UUID | None = None
    request_id: str | None = None
