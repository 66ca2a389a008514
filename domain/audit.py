"""The audit log: who did what, with a privilege that not everybody has."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from domain.errors import InvalidArgument
from domain.secrets import holds_secret

OPERATOR: Final = "operator"
"""The role of whoever has the command line of the installation."""

ACTORS: Final = (OPERATOR, "anonymous", "customer", "staff", "guest", "partner", "admin")
"""What an actor may be: an operator, or what a viewer is."""

MAX_LENGTH: Final = 500
"""The longest reason, in characters."""


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


ANYONE: Final = Actor("anonymous", "anonymous")
"""Somebody of whom nothing is known."""


@dataclass(frozen=True, slots=True)
class Action:
    """What was done, written in the transaction that does it.

    Attributes:
        name: such as `revoke token`.
        subject: to what or whom.
        reason: why, in the actor's words.
        actor: who did it.
        details: what else there is to know; without secrets and personal data.

    Raises:
        InvalidArgument: the reason is none that can be kept.
    """

    name: str
    subject: str
    reason: str
    actor: Actor
    details: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_reason(self.reason)
        assert not any(holds_secret(str(each)) for each in self.details.values()), "what commands write holds none"


def check_reason(reason: str) -> None:
    """Refuse what no log can keep for good as a reason.

    Raises:
        InvalidArgument: it is blank, too long, or holds what looks like a secret or an address.
    """
    if not reason.strip() or len(reason) > MAX_LENGTH:
        raise InvalidArgument(f"Give a reason of at most {MAX_LENGTH} characters; the log keeps it.")
    if holds_secret(reason):
        raise InvalidArgument(
            "The reason holds what looks like a token, a key, a password or an e-mail address: the log would keep it "
            "for good. Say it without."
        )
