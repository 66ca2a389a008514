"""From what a token says to who asks: declared by the operator, since every issuer says it in its own words."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from auth.tokens import Token
from auth.viewer import ANONYMOUS, Role, Viewer

ClaimPath = tuple[str, ...]
"""The names that lead to a claim: `("app_metadata", "role")`."""

_VERSION_8: Final = 0x8 << 76
_VARIANT: Final = 0b10 << 62
_MASK: Final = ~(0xF << 76 | 0b11 << 62)


@dataclass(frozen=True, slots=True)
class ClaimMapping:
    """Which claims decide the role.

    Attributes:
        roles: the claims that hold it: a text, or a list of texts. Whatever they say together counts.
        admin: what makes an administrator.
        anonymous: what makes a token worth no more than none.
    """

    roles: tuple[ClaimPath, ...]
    admin: frozenset[str]
    anonymous: frozenset[str]


def viewer_of(token: Token, mapping: ClaimMapping) -> Viewer:
    """Who a verified token stands for. Whoever is neither an administrator nor nobody is a customer."""
    said = {value for path in mapping.roles for value in _texts(_at(token.claims, path))}
    if said & mapping.anonymous and not said & mapping.admin:
        return ANONYMOUS
    role = Role.ADMIN if said & mapping.admin else Role.CUSTOMER
    return Viewer(role, token.subject, customer_id_of(token.subject))


def customer_id_of(subject: str) -> uuid.UUID:
    """The key that a subject's row has, or will have once there is one.

    Told from the subject alone, so that a customer is the same before the first row as after it, and reading never has
    to write. A UUID of version 8 (RFC 9562, section 5.8) from the subject's SHA-256.
    """
    digest = hashlib.sha256(b"customer:" + subject.encode()).digest()
    return uuid.UUID(int=int.from_bytes(digest[:16]) & _MASK | _VERSION_8 | _VARIANT)


def claims_for(role: str | None, mapping: ClaimMapping) -> dict[str, Any]:
    """Claims in which the mapping finds a role, where it looks first; none for None."""
    if role is None:
        return {}
    claim: Any = role
    for name in reversed(mapping.roles[0]):
        claim = {name: claim}
    assert isinstance(claim, dict), "a path has at least one name"
    return claim


def _at(claims: Mapping[str, Any], path: ClaimPath) -> object:
    found: object = claims
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        yield from (each for each in value if isinstance(each, str))
