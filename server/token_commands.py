"""What `boxoffice token` does, between its settings and its last line."""

from __future__ import annotations

import datetime as dt
import sys
import time

from auth.claims import claims_for
from auth.issuing import issue_token
from auth.tokens import MAX_NAME_LENGTH, KeysUnavailable, TokenRefused
from server.console import CommandError, say
from server.identity import open_tokens
from server.neighbours import with_secret_key
from server.settings import Settings
from server.token_settings import claim_mapping, token_rules, token_secret


async def issue(settings: Settings, subject: str, role: str | None, minutes: int) -> None:
    """Print a token."""
    if not subject.isprintable() or not 0 < len(subject) <= MAX_NAME_LENGTH:
        raise CommandError(f"a subject has 1 to {MAX_NAME_LENGTH} printable characters")
    complete = await with_secret_key(settings)
    claims = claims_for(role, claim_mapping(complete))
    rules, secret = token_rules(complete), token_secret(complete)
    if secret is None:
        raise CommandError(
            "TOKEN_JWKS_URL is set, and TOKEN_SECRET is not: only the issuer can sign tokens that are accepted here"
        )
    if minutes * 60 > rules.max_lifetime:
        raise CommandError(f"TOKEN_MAX_LIFETIME_SECONDS lets a token be valid for {rules.max_lifetime:g} seconds")
    say(issue_token(secret, rules, subject, now=time.time(), lifetime=minutes * 60.0, claims=claims))


async def show(settings: Settings, text: str) -> None:
    """Verify a token, and tell what it says."""
    given = sys.stdin.readline().strip() if text == "-" else text
    complete = await with_secret_key(settings)
    try:
        async with open_tokens(complete) as tokens:
            said, viewer = await tokens.read(given)
    except (TokenRefused, KeysUnavailable) as refused:
        raise CommandError(f"the token is refused: {refused}") from None
    say(
        f"Subject   {said.subject}",
        f"Role      {viewer.role.value}",
        f"Token id  {said.token_id or 'none: it can be revoked with all of its subject only'}",
        f"Issued    {_moment(said.issued_at)}",
        f"Expires   {_moment(said.expires_at)}",
    )


def _moment(seconds: float) -> str:
    return f"{dt.datetime.fromtimestamp(seconds, dt.UTC):%Y-%m-%d %H:%M:%S} UTC"
