"""Sessions of the administrators' pages: an access token, exchanged for a short one that a browser keeps.

A session says of which token it was made, so that whatever ends that token ends the session: its expiry, its
revocation, that of its subject. It has an id of its own, which logging out revokes.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from auth.issuing import issue_token
from auth.secrets import purpose_key
from auth.tokens import Token, TokenRefused, TokenRules, verified

SESSION_KIND: Final = "session+jwt"
"""The `typ` of a session's header: no access token passes for a session, nor the other way round."""

MAX_LIFETIME: Final = 12 * 3600.0
"""The longest that a session may last, in seconds."""

_RULES: Final = TokenRules(issuer="boxoffice", audience="boxoffice:admin", max_lifetime=MAX_LIFETIME, kind=SESSION_KIND)
_ORIGIN: Final = "was"


@dataclass(frozen=True, slots=True)
class Session:
    """A session that is in force, but for revocations.

    Attributes:
        own: what it says of itself.
        token: the token that it was made of.
    """

    own: Token
    token: Token

    @property
    def session_id(self) -> str:
        """By which it can be revoked alone."""
        assert self.own.token_id is not None, "every session has one"
        return self.own.token_id


def session_key(secret: bytes) -> bytes:
    """The key that signs sessions, from the server's secret."""
    return purpose_key(secret, "admin session")


def issue_session(key: bytes, token: Token, *, now: float, lifetime: float) -> str:
    """A session of the holder of a token; it ends no later than the token does.

    Args:
        key: `session_key` of the server's secret.
        token: verified, and not revoked.
        now: seconds of Unix time.
        lifetime: the longest that it may last, in seconds.

    Raises:
        TokenRefused: the token is over.
    """
    left = token.expires_at - now
    if left < 1:
        raise TokenRefused("it has expired")
    said = {"iat": token.issued_at, "exp": token.expires_at, "jti": token.token_id}
    return issue_token(key, _RULES, token.subject, now=now, lifetime=min(lifetime, left), claims={_ORIGIN: said})


def read_session(key: bytes, cookie: str, *, now: float) -> Session:
    """What a session says; whether it was revoked, is another question.

    Args:
        key: `session_key` of the server's secret.
        cookie: as it came.
        now: seconds of Unix time. There is no leeway: the clock that the session was signed by is the same.

    Raises:
        TokenRefused: it is none, or no longer.
    """
    own = verified(cookie, key, "HS256", _RULES)
    was = own.claims.get(_ORIGIN)
    if own.token_id is None or not isinstance(was, Mapping):
        raise TokenRefused("it is of another kind")
    if own.expires_at <= now:
        raise TokenRefused("it has expired")
    return Session(own, Token(own.subject, float(was["iat"]), float(was["exp"]), was["jti"]))


def session_proof(key: bytes, session: Session) -> str:
    """What every form of a session's pages holds, and no page of others can know."""
    return hmac.digest(key, b"form " + session.session_id.encode(), hashlib.sha256).hex()
