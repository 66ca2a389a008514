"""Tokens that this server signs itself: for development, and for guests."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import jwt

from auth.tokens import HMAC, TokenRules


def issue_token(
    secret: bytes,
    rules: TokenRules,
    subject: str,
    *,
    now: float,
    lifetime: float,
    claims: Mapping[str, Any] | None = None,
) -> str:
    """Sign a token of HS256 that the rules let through.

    Args:
        secret: signs it.
        rules: what it must say.
        subject: whom it names.
        now: seconds of Unix time.
        lifetime: seconds; more than the rules' longest is cut to it.
        claims: what else it says.
    """
    issued = int(now)
    payload = {
        **(claims or {}),
        "iss": rules.issuer,
        "aud": rules.audience,
        "sub": subject,
        "iat": issued,
        "exp": issued + int(min(lifetime, rules.max_lifetime)),
        "jti": uuid.uuid4().hex,
    }
    headers = {} if rules.kind is None else {"typ": rules.kind}
    return jwt.encode(payload, secret, HMAC, headers=headers)
