"""Sessions: made of tokens, and worth no more than these."""

import time
from dataclasses import replace

import jwt
import pytest

from auth.issuing import issue_token
from auth.sessions import MAX_LIFETIME, issue_session, read_session, session_key, session_proof
from auth.tokens import Token, TokenRefused, TokenRules, verified

NOW = float(int(time.time()))
KEY = session_key(b"a secret of the tests, of 32 byte")
TOKEN = Token("root", NOW - 30, NOW + 600, "its-id")


def test_a_session_says_of_which_token_it_was_made() -> None:
    session = read_session(KEY, issue_session(KEY, TOKEN, now=NOW, lifetime=300), now=NOW)

    assert session.token == TOKEN
    assert (session.own.subject, session.own.issued_at, session.own.expires_at) == ("root", NOW, NOW + 300)
    assert session.session_id != "its-id"


@pytest.mark.parametrize(
    ("lifetime", "ends"),
    [(60.0, 60), (6_000.0, 600), (MAX_LIFETIME * 2, 600)],
    ids=["its own", "the token's", "longest"],
)
def test_it_ends_when_it_is_over_and_no_later_than_the_token(lifetime: float, ends: int) -> None:
    cookie = issue_session(KEY, TOKEN, now=NOW, lifetime=lifetime)

    assert read_session(KEY, cookie, now=NOW + ends - 1).own.expires_at == NOW + ends
    with pytest.raises(TokenRefused):
        read_session(KEY, cookie, now=NOW + ends)


def test_none_lasts_longer_than_the_longest() -> None:
    ages = replace(TOKEN, expires_at=NOW + 10 * MAX_LIFETIME)
    cookie = issue_session(KEY, ages, now=NOW, lifetime=5 * MAX_LIFETIME)

    assert read_session(KEY, cookie, now=NOW).own.expires_at == NOW + MAX_LIFETIME


def test_a_token_that_is_over_makes_none() -> None:
    with pytest.raises(TokenRefused):
        issue_session(KEY, replace(TOKEN, expires_at=NOW), now=NOW, lifetime=60)


def test_nothing_else_passes_for_one() -> None:
    rules = TokenRules(issuer="boxoffice", audience="boxoffice:admin", max_lifetime=MAX_LIFETIME)
    good = issue_session(KEY, TOKEN, now=NOW, lifetime=60)
    others = [
        issue_session(session_key(b"x" * 32), TOKEN, now=NOW, lifetime=60),
        issue_token(KEY, rules, "root", now=NOW, lifetime=60),
        issue_token(KEY, replace(rules, kind="session+jwt"), "root", now=NOW, lifetime=60),
        good[:-4],
        jwt.encode(jwt.decode(good, options={"verify_signature": False}), "", "none", {"typ": "session+jwt"}),
        "",
    ]
    for other in others:
        with pytest.raises(TokenRefused):
            read_session(KEY, other, now=NOW)
    access = TokenRules(issuer="boxoffice", audience="boxoffice", max_lifetime=MAX_LIFETIME)
    with pytest.raises(TokenRefused):
        verified(good, KEY, "HS256", access)


def test_a_proof_is_of_one_session() -> None:
    first, second = (read_session(KEY, issue_session(KEY, TOKEN, now=NOW, lifetime=60), now=NOW) for _ in range(2))

    assert session_proof(KEY, first) == session_proof(KEY, first) != session_proof(KEY, second)
    assert session_proof(session_key(b"x" * 32), first) != session_proof(KEY, first)
