"""What the settings about tokens mean: their faults, and what they make."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from auth.claims import ClaimMapping
from auth.secrets import purpose_key
from auth.tokens import TokenRules, TokenVerifier

if TYPE_CHECKING:
    from server.settings import Settings

OWN_NAME: Final = "boxoffice"
"""The issuer and the audience of tokens that nobody else issues."""


def items(text: str) -> tuple[str, ...]:
    """The items of a list that is written with commas."""
    return tuple(each.strip() for each in text.split(",") if each.strip())


def check_claims(value: str) -> str:
    """Refuse claims that cannot decide a role.

    Raises:
        ValueError: there is none, a path is broken, or users write it themselves.
    """
    paths = [each.split(".") for each in items(value)]
    if not paths or any(not all(path) for path in paths):
        raise ValueError("expected claims with commas between, each a name or names joined by dots: app_metadata.role")
    if any(path[0] == "user_metadata" for path in paths):
        raise ValueError("user_metadata is written by users themselves: any of them could become an administrator")
    return value


CONTRADICTIONS: tuple[tuple[Callable[[Settings], bool], str], ...] = (
    (
        lambda given: given.token_secret is not None and given.token_secret == given.secret_key,
        (
            "TOKEN_SECRET is the same as SECRET_KEY: whoever may sign tokens could sign everything else; make another "
            "one, or leave it out"
        ),
    ),
    (
        lambda given: bool(set(items(given.token_admin_values)) & set(items(given.token_anonymous_values))),
        "TOKEN_ADMIN_VALUES and TOKEN_ANONYMOUS_VALUES share a value: a token would be an administrator's and nobody's",
    ),
)


def claim_mapping(settings: Settings) -> ClaimMapping:
    """Which claims decide the role, as the settings say."""
    return ClaimMapping(
        roles=tuple(tuple(path.split(".")) for path in items(settings.token_role_claims)),
        admin=frozenset(items(settings.token_admin_values)),
        anonymous=frozenset(items(settings.token_anonymous_values)),
    )


def token_rules(settings: Settings) -> TokenRules:
    """What a token must say, as the settings say."""
    return TokenRules(
        issuer=settings.token_issuer or OWN_NAME,
        audience=settings.token_audience or OWN_NAME,
        max_lifetime=float(settings.token_max_lifetime_seconds),
    )


def token_secret(settings: Settings) -> bytes:
    """What verifies and signs HS256."""
    if settings.token_secret is not None:
        return settings.token_secret.get_secret_value().encode()
    assert settings.secret_key is not None, "filled in before anything asks"
    return purpose_key(settings.secret_key.get_secret_value().encode(), "access token")


def token_verifier(settings: Settings) -> TokenVerifier:
    """What verifies access tokens, as the settings say."""
    return TokenVerifier(rules=token_rules(settings), secret=token_secret(settings))
