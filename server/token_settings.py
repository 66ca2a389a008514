"""What the settings about tokens mean: their faults, and what they make."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from auth.claims import ClaimMapping
from auth.secrets import purpose_key
from auth.tokens import ASYMMETRIC, KeySource, TokenRules, TokenVerifier

if TYPE_CHECKING:
    from server.settings import Settings

OWN_NAME: Final = "boxoffice"
"""The issuer and the audience of tokens that nobody else issues."""


def items(text: str) -> tuple[str, ...]:
    """The items of a list that is written with commas."""
    return tuple(each.strip() for each in text.split(",") if each.strip())


def check_algorithms(value: str) -> str:
    """Refuse algorithms whose keys nobody can publish.

    Raises:
        ValueError: there is another one, or none.
    """
    unknown = [each for each in items(value) if each not in ASYMMETRIC]
    if unknown or not items(value):
        raise ValueError(f"expected some of {', '.join(ASYMMETRIC)}, with commas between")
    return value


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


def check_jwks_url(value: str) -> str:
    """Refuse an address on which the keys could be exchanged on their way.

    Raises:
        ValueError: it is not https, unless it is on this machine.
    """
    parts = urlsplit(value)
    if parts.username is not None or parts.password is not None:
        raise ValueError("expected a URL without a user or password: what it leads to is public")
    if parts.hostname and (parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname))):
        return value
    raise ValueError("expected https://…; http is for 127.0.0.1 and [::1] alone")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


CONTRADICTIONS: tuple[tuple[Callable[[Settings], bool], str], ...] = (
    (
        lambda given: given.token_jwks_url is not None and given.token_issuer is None,
        "TOKEN_ISSUER is missing: with TOKEN_JWKS_URL set, only one issuer's tokens may be accepted",
    ),
    (
        lambda given: given.token_jwks_url is not None and given.token_audience is None,
        (
            "TOKEN_AUDIENCE is missing: with TOKEN_JWKS_URL set, tokens that the issuer made for other services would "
            "be accepted without it"
        ),
    ),
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


def token_secret(settings: Settings) -> bytes | None:
    """What verifies and signs HS256; None where the issuer's published keys alone count."""
    if settings.token_secret is not None:
        return settings.token_secret.get_secret_value().encode()
    if settings.token_jwks_url is not None:
        return None
    assert settings.secret_key is not None, "filled in before anything asks"
    return purpose_key(settings.secret_key.get_secret_value().encode(), "access token")


def token_verifier(settings: Settings, keys: KeySource | None = None) -> TokenVerifier:
    """What verifies access tokens, as the settings say.

    Args:
        settings: complete.
        keys: those that the issuer publishes; None where it publishes none.
    """
    return TokenVerifier(
        rules=token_rules(settings),
        secret=token_secret(settings),
        keys=keys,
        algorithms=frozenset(items(settings.token_jwks_algorithms)),
    )
