"""Who asks: one immutable value, made once a request."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Role(Enum):
    """What a viewer is to this installation."""

    ANONYMOUS = "anonymous"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Viewer:
    """The one on whose behalf an operation runs."""

    role: Role


ANONYMOUS = Viewer(Role.ANONYMOUS)
"""Anyone without a credential."""

ADMIN = Viewer(Role.ADMIN)
"""The operator, who may see everything that is not deleted; no request carries it yet."""
