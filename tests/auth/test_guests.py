"""Guest tokens: one registration each, and nothing that any other token is."""

import time
import uuid

import jwt
import pytest

from auth.guests import GUEST_LIFETIME, guest_key, guest_subject, is_guest_token, issue_guest_token, verify_guest_token
from auth.issuing import issue_token
from auth.secrets import purpose_key
from auth.tokens import TokenRefused, TokenRules, TokenVerifier
from auth.viewer import Role

SECRET = b"the server's secret in these tests, 32 bytes"
REGISTRATION = uuid.UUID("01890000-0000-7000-8000-000000000001")


def issued(*, lifetime: float = 600, now: float | None = None, secret: bytes = SECRET) -> str:
    moment = time.time() if now is None else now
    return issue_guest_token(secret, REGISTRATION, now=moment, expires_at=moment + lifetime)


def test_a_guest_sees_one_registration_until_a_moment() -> None:
    now = time.time()

    said, viewer = verify_guest_token(guest_key(SECRET), issued(now=now))

    assert viewer.role is Role.GUEST
    assert viewer.registration_id == REGISTRATION
    assert viewer.customer_id is None
    assert said.subject == viewer.subject == guest_subject(REGISTRATION)
    assert 599 <= said.expires_at - int(now) <= 600
    assert said.token_id


def test_no_guest_token_lasts_longer_than_revocations_are_kept() -> None:
    said, _ = verify_guest_token(guest_key(SECRET), issued(lifetime=10**9))

    assert said.expires_at - said.issued_at == GUEST_LIFETIME


@pytest.mark.parametrize(
    "token",
    [
        issued(secret=b"the secret of another server, also 32 bytes"),
        issued(now=time.time() - 1000),
        # Signed with the guests' own key, but not for that purpose:
        issue_token(
            guest_key(SECRET),
            TokenRules(issuer="boxoffice", audience="boxoffice", max_lifetime=600, kind="guest+jwt"),
            guest_subject(REGISTRATION),
            now=time.time(),
            lifetime=600,
        ),
        issue_token(
            guest_key(SECRET),
            TokenRules(issuer="boxoffice", audience="boxoffice:guest", max_lifetime=600),
            guest_subject(REGISTRATION),
            now=time.time(),
            lifetime=600,
        ),
        issue_token(
            guest_key(SECRET),
            TokenRules(issuer="boxoffice", audience="boxoffice:guest", max_lifetime=600, kind="guest+jwt"),
            "registration:all",
            now=time.time(),
            lifetime=600,
        ),
    ],
    ids=["of-another-server", "expired", "other-audience", "other-kind", "no-registration"],
)
def test_anything_else_is_refused(token: str) -> None:
    with pytest.raises(TokenRefused):
        verify_guest_token(guest_key(SECRET), token)


async def test_neither_kind_of_token_passes_for_the_other() -> None:
    rules = TokenRules(issuer="boxoffice", audience="boxoffice:guest", max_lifetime=10**9)
    guest = issued()
    access = issue_token(SECRET, rules, guest_subject(REGISTRATION), now=time.time(), lifetime=600)

    assert is_guest_token(guest)
    assert not is_guest_token(access)
    # Not even where the keys and the rules were the same:
    with pytest.raises(TokenRefused):
        await TokenVerifier(rules=rules, secret=guest_key(SECRET)).verify(guest)
    with pytest.raises(TokenRefused):
        verify_guest_token(SECRET, access)


def test_each_purpose_has_a_key_of_its_own() -> None:
    keys = {purpose_key(SECRET, purpose) for purpose in ("guest token", "access token", "")}

    assert len(keys) == 3
    assert all(len(key) == 32 and key != SECRET for key in keys)
    assert jwt.get_unverified_header(issued())["alg"] == "HS256"
