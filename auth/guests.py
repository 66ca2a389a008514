"""Guest tokens: whoever holds one may see one registration, without an account.

They are signed with a key that serves nothing else, name their own audience and their own kind, and are told from
access tokens by that kind before anything is verified: neither passes for the other.
"""

from __future__ import annotations

import uuid
from typing import Final

from auth.issuing import issue_token
from auth.secrets import purpose_key
from auth.tokens import Token, TokenRefused, TokenRules, header_of, verified
from auth.viewer import Role, Viewer

GUEST_KIND: Final = "guest+jwt"
"""The `typ` of a guest token's header."""

GUEST_LIFETIME: Final = 400 * 86_400.0
"""The longest that a guest token may be valid, in seconds: registrations are made up to a year ahead."""

_RULES: Final = TokenRules(issuer="boxoffice", audience="boxoffice:guest", max_lifetime=GUEST_LIFETIME, kind=GUEST_KIND)
_SUBJECT: Final = "registration:"


def issue_guest_token(secret: bytes, registration_id: uuid.UUID, *, now: float, expires_at: float) -> str:
    """A token that lets its holder see one registration.

    Args:
        secret: the server's.
        registration_id: which one.
        now: seconds of Unix time.
        expires_at: the same; at most `GUEST_LIFETIME` ahead.
    """
    subject = guest_subject(registration_id)
    return issue_token(guest_key(secret), _RULES, subject, now=now, lifetime=expires_at - now)


def verify_guest_token(key: bytes, token: str) -> tuple[Token, Viewer]:
    """What a guest token says, and who its holder is.

    Args:
        key: `guest_key` of the server's secret.
        token: as it came.

    Raises:
        TokenRefused: it is none, or no longer.
    """
    said = verified(token, key, "HS256", _RULES)
    try:
        registration_id = uuid.UUID(said.subject.removeprefix(_SUBJECT))
    except ValueError:
        raise TokenRefused("it names no registration") from None
    return said, Viewer(Role.GUEST, said.subject, registration_id=registration_id)


def guest_subject(registration_id: uuid.UUID) -> str:
    """Whom the guest tokens of a registration name: what revokes all of them."""
    return f"{_SUBJECT}{registration_id}"


def guest_key(secret: bytes) -> bytes:
    """The key that signs guest tokens, from the server's secret."""
    return purpose_key(secret, "guest token")


def is_guest_token(token: str) -> bool:
    """Whether a token claims to be a guest's; nothing is verified.

    Raises:
        TokenRefused: it is no token.
    """
    return str(header_of(token).get("typ") or "").lower() == GUEST_KIND
