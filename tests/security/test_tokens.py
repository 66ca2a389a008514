"""Tokens that are forged, mixed or malformed: refused alike, whatever is wrong with them."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from tests.security.site import TOKEN_SECRET, Site

HELLO = "{ __typename }"
OTHER_SECRET = "another secret of the tests, of as many characters"


def claims(**changed: Any) -> dict[str, Any]:
    """What a good token says, changed; None leaves a claim out."""
    now = int(time.time())
    good = {"sub": "someone", "iss": "boxoffice", "aud": "boxoffice", "iat": now, "exp": now + 600, "role": "admin"}
    return {name: value for name, value in {**good, **changed}.items() if value is not None}


def token(secret: str = TOKEN_SECRET, headers: Mapping[str, Any] | None = None, **changed: Any) -> str:
    return jwt.encode(claims(**changed), secret, "HS256", dict(headers or {}))


def unsigned(header: Mapping[str, Any], payload: object, signature: bytes = b"") -> str:
    return ".".join(_part(each) for each in (json.dumps(header).encode(), json.dumps(payload).encode(), signature))


def _part(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def forged() -> dict[str, str]:
    """Tokens that must prove nothing."""
    now = int(time.time())
    private = generate_private_key(SECP256R1())
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    good = token()
    head, body, signature = good.split(".")
    confused = _part(json.dumps({"alg": "HS256"}).encode()) + "." + body
    return {
        "no signature": unsigned({"alg": "none"}, claims()),
        "no signature, in capitals": unsigned({"alg": "NONE"}, claims()),
        "no signature, a mixed case": unsigned({"alg": "nOnE"}, claims()),
        "no signature, a good head": f"{head}.{body}.",
        "no algorithm": unsigned({}, claims(), b"x"),
        "an algorithm that is a list": unsigned({"alg": ["HS256"]}, claims(), b"x"),
        "an unknown algorithm": unsigned({"alg": "HS1"}, claims(), b"x"),
        "a longer algorithm of the secret": jwt.encode(claims(), TOKEN_SECRET + "x" * 64, "HS512"),
        "a key of its own": jwt.encode(claims(), pem, "ES256"),
        "a key of its own, named in the head": jwt.encode(
            claims(), pem, "ES256", {"jku": "http://127.0.0.1:1/keys", "jwk": {"kty": "oct", "k": "AAAA"}}
        ),
        "a public key as a secret": f"{confused}.{_part(hmac.digest(public, confused.encode(), hashlib.sha256))}",
        "another secret": token(OTHER_SECRET),
        "an empty secret": f"{head}.{body}.{_part(hmac.digest(b'', f'{head}.{body}'.encode(), hashlib.sha256))}",
        "a body of another token": f"{head}.{token(sub='other').split('.')[1]}.{signature}",
        "a changed signature": good[:-4] + ("AAAA" if good[-4:] != "AAAA" else "BBBB"),
        "expired": token(iat=now - 900, exp=now - 300),
        "not yet": token(nbf=now + 600),
        "issued in the future": token(iat=now + 600, exp=now + 900),
        "valid for ever": token(exp=now + 10**9),
        "an end that is none": token(exp=float("inf")),
        "an end of words": unsigned({"alg": "HS256"}, claims(exp="soon"), b"x"),
        "of another issuer": token(iss="https://elsewhere.example"),
        "for another audience": token(aud="other"),
        "for several others": token(aud=["a", "b"]),
        **{f"without {name}": token(**{name: None}) for name in ("exp", "iat", "sub", "iss", "aud")},
        "an empty subject": token(sub=""),
        "a subject with a NUL": token(sub="a\0b"),
        "a subject that is too long": token(sub="x" * 1000),
        "of another kind": token(headers={"typ": "guest+jwt"}),
        "critical": token(headers={"crit": ["exp2"]}),
        "a path as the key's id": unsigned({"alg": "ES256", "kid": "../../etc/passwd"}, claims(), b"x"),
        "SQL as the key's id": unsigned({"alg": "ES256", "kid": "' UNION SELECT 'x"}, claims(), b"x"),
        "a body that is a list": unsigned({"alg": "HS256"}, [], b"x"),
        "a body that nests deep": f"{head}.{_part(b'[' * 5000)}.{signature}",
        "a head that is a list": f"{_part(b'[]')}.{body}.{signature}",
        "a head that nests deep": f"{_part(b'[' * 5000)}.{body}.{signature}",
        "too long": token(pad="x" * 9000),
        "five parts": f"{good}.x.y",
        "one part": "x",
        "not base64": "é.ü.ö",
        "dots": "...",
        "half": good[: len(good) // 2],
    }


FORGED = forged()


def test_a_good_token_is_taken(site: Site) -> None:
    assert site.ask(HELLO, Authorization=f"Bearer {token()}").status_code == 200


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_token_is_refused(site: Site, name: str) -> None:
    answer = site.http.post(
        "/graphql", json={"query": HELLO}, headers={b"Authorization": b"Bearer " + FORGED[name].encode()}
    )

    assert answer.status_code == 401, answer.text
    assert answer.json()["errors"][0]["extensions"]["code"] == "INVALID_TOKEN"
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_all_of_them_are_told_the_same(site: Site) -> None:
    """Whoever tries tokens out does not learn how near they are."""
    answers = {
        site.ask(HELLO, Authorization=f"Bearer {FORGED[name]}").content
        for name in ("no signature", "another secret", "expired", "of another issuer", "without exp", "half")
    }

    assert len(answers) == 1


class TestMixed:
    def test_two_tokens(self, site: Site) -> None:
        pair = [("Authorization", f"Bearer {token()}"), ("Authorization", f"Bearer {token(sub='other')}")]
        answer = site.http.post("/graphql", json={"query": HELLO}, headers=pair)

        assert answer.status_code == 400

    def test_two_keys(self, site: Site) -> None:
        keys = site.contents.keys
        pair = [("X-API-Key", keys["red"]), ("X-API-Key", keys["blue"])]
        twice = site.http.post("/graphql", json={"query": HELLO}, headers=pair)
        both = site.ask(HELLO, Authorization=f"Bearer {keys['red']}", **{"X-API-Key": keys["blue"]})

        assert (twice.status_code, both.status_code) == (400, 400)

    def test_a_token_in_the_keys_place_and_a_key_in_the_tokens(self, site: Site) -> None:
        misplaced = site.ask(HELLO, **{"X-API-Key": token()})

        assert misplaced.status_code == 400
        assert token()[:20] not in misplaced.text

    def test_a_good_key_does_not_mend_a_forged_token(self, site: Site) -> None:
        key = site.contents.keys["red"]
        answer = site.call("only-red", Authorization=f"Bearer {FORGED['another secret']}", **{"X-API-Key": key})

        assert answer.status_code == 401

    def test_a_good_token_does_not_mend_a_forged_key(self, site: Site) -> None:
        key = f"boxoffice_{uuid4().hex}"
        answer = site.ask(HELLO, Authorization=f"Bearer {token()}", **{"X-API-Key": key})

        assert answer.status_code == 401
        assert key not in answer.text

    @pytest.mark.parametrize("value", ["", "Bearer", "Basic YTpi", "Digest x", "bearer\ttoken", "a b c"])
    def test_a_scheme_that_is_not_ours_is_never_a_failure(self, site: Site, value: str) -> None:
        assert site.ask(HELLO, Authorization=value).status_code in {200, 400, 401}

    def test_a_client_named_by_a_header_is_not_that_client(self, site: Site) -> None:
        names = {"Client": "red", "X-Client-Id": "red", "GraphQL-Client-Name": "red", "X-Forwarded-User": "admin"}

        assert site.call("only-red", **names).status_code == 404


def test_an_answer_at_hand_is_not_given_for_a_token_that_is_over(site: Site) -> None:
    """One that makes its holder nobody in particular, for whom answers are kept; it is good for the leeway alone."""
    now = time.time()
    over_at = now + 1.5
    nobody = token(role="anon", iat=int(now - 600), exp=over_at - 60)

    def ask() -> int:
        query = {"query": "{ functions(first: 1) { totalCount } }"}
        return site.http.get("/graphql", params=query, headers={"Authorization": f"Bearer {nobody}"}).status_code

    assert [ask() for _ in range(4)] == [200] * 4
    time.sleep(max(over_at + 1 - time.time(), 0))
    assert ask() == 401
