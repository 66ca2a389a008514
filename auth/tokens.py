"""Access tokens: JSON Web Tokens (RFC 7519), verified as RFC 8725 advises.

Which key a token is verified with follows from its algorithm, and each algorithm has one source of keys: a shared
secret is never handed to an asymmetric algorithm, nor a public key to HMAC. Where a token says its key may be found
(`jku`, `x5u`, `jwk`) is never read.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import jwt

HMAC: Final = "HS256"
"""The algorithm of tokens under a shared secret."""

ASYMMETRIC: Final = ("RS256", "ES256", "EdDSA")
"""The algorithms of tokens under a key that the issuer publishes."""

LEEWAY: Final = 60.0
"""Seconds by which the issuer's clock may differ from this one."""

MAX_TOKEN_BYTES: Final = 8192
"""The longest token that is looked at."""

MAX_NAME_LENGTH: Final = 255
"""The longest subject and token id, in characters: OpenID Connect Core's limit for `sub` (section 2)."""

_REQUIRED: Final = ("exp", "iat", "sub", "iss", "aud")
_LATEST: Final = 253_402_300_800
"""The year 10000: a moment from there on is none."""


class TokenRefused(Exception):
    """A token that proves nothing. The message is for the log alone, and holds nothing of the token."""


class KeysUnavailable(Exception):
    """The issuer's keys cannot be had: whether a token is good is not known."""


class KeySource(Protocol):
    """Keys that the issuer publishes."""

    async def find(self, key_id: str | None, algorithm: str) -> Any:  # noqa: ANN401 - a public key of any kind
        """The key that a token names, for an algorithm.

        Raises:
            TokenRefused: there is none.
            KeysUnavailable: the keys cannot be had.
        """


@dataclass(frozen=True, slots=True)
class Token:
    """What a verified token says.

    Attributes:
        subject: whom it names.
        issued_at: when it was issued, in seconds of Unix time.
        expires_at: when it expires; the leeway comes after.
        token_id: its `jti`, by which it can be revoked alone; None if it has none.
        claims: all it says.
    """

    subject: str
    issued_at: float
    expires_at: float
    token_id: str | None = None
    claims: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRules:
    """What a token must say to be meant for this server.

    Attributes:
        issuer: its `iss`.
        audience: its `aud`, or one of them.
        max_lifetime: the longest that it may be valid, in seconds: as long a revocation is kept.
        kind: the `typ` of its header (RFC 8725, section 3.11), in lower case; None for any but those of other kinds.
    """

    issuer: str
    audience: str
    max_lifetime: float
    kind: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenVerifier:
    """Verifies tokens of one issuer.

    Attributes:
        rules: what they must say.
        secret: verifies HS256; None to accept none.
        keys: verify the algorithms that are named beside them; None to accept none.
        algorithms: those of the published keys.
    """

    rules: TokenRules
    secret: bytes | None = None
    keys: KeySource | None = None
    algorithms: frozenset[str] = frozenset()

    async def verify(self, token: str) -> Token:
        """What a token says, once it is known to be genuine, in force and meant for this server.

        Raises:
            TokenRefused: it is not.
            KeysUnavailable: the issuer's keys cannot be had.
        """
        header = header_of(token)
        algorithm = header.get("alg")
        if algorithm == HMAC and self.secret is not None:
            return verified(token, self.secret, HMAC, self.rules)
        if self.keys is None or algorithm not in self.algorithms:
            raise TokenRefused("its algorithm is not accepted")
        key_id = header.get("kid")
        if key_id is not None and (not isinstance(key_id, str) or len(key_id) > MAX_NAME_LENGTH):
            raise TokenRefused("its key id is none")
        return verified(token, await self.keys.find(key_id, algorithm), algorithm, self.rules)


def header_of(token: str) -> Mapping[str, Any]:
    """The header of a token that nothing has been verified of.

    Raises:
        TokenRefused: it is too long, or no token.
    """
    if len(token) > MAX_TOKEN_BYTES:
        raise TokenRefused(f"it is longer than {MAX_TOKEN_BYTES} bytes")
    try:
        return jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
        raise TokenRefused(f"it is malformed ({type(error).__name__})") from None


def verified(token: str, key: Any, algorithm: str, rules: TokenRules) -> Token:  # noqa: ANN401 - a key of any kind
    """What a token says, if a key signed it and the rules hold.

    Raises:
        TokenRefused: otherwise.
    """
    try:
        complete = jwt.decode_complete(
            token,
            key,
            algorithms=[algorithm],
            issuer=rules.issuer,
            audience=rules.audience,
            leeway=LEEWAY,
            options={"require": list(_REQUIRED), "enforce_minimum_key_length": True},
        )
        claims: dict[str, Any] = complete["payload"]
        issued_at, expires_at = _moment(claims["iat"]), _moment(claims["exp"])
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise TokenRefused(type(error).__name__) from None
    kind = str(complete["header"].get("typ") or "").lower()
    if (kind != rules.kind) if rules.kind is not None else (kind not in {"", "jwt", "at+jwt"}):
        raise TokenRefused("it is of another kind")
    if expires_at - issued_at > rules.max_lifetime:
        raise TokenRefused(f"it is valid for longer than {rules.max_lifetime:g} seconds")
    subject, token_id = claims["sub"], claims.get("jti")
    if not _is_name(subject) or not (token_id is None or _is_name(token_id)):
        raise TokenRefused("its subject or its id is empty, or too long")
    return Token(subject, issued_at, expires_at, token_id, claims)


def _is_name(value: object) -> bool:
    # PostgreSQL's text holds no NUL, and nothing that UTF-8 cannot write.
    return isinstance(value, str) and len(value) <= MAX_NAME_LENGTH and bool(value.strip()) and value.isprintable()


def _moment(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("a moment is a number")
    if not math.isfinite(value) or not 0 <= value < _LATEST:
        raise ValueError("no moment")
    return float(value)
