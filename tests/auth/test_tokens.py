"""Access tokens: only what the issuer signed, for this server, and in force, is believed."""

import base64
import json
import time
from collections.abc import Mapping
from typing import Any

import jwt
import pytest

from auth.issuing import issue_token
from auth.tokens import LEEWAY, MAX_TOKEN_BYTES, Token, TokenRefused, TokenRules, TokenVerifier

SECRET = b"the secret of these tests, 32 bytes and more"
RULES = TokenRules(issuer="https://issuer.example", audience="boxoffice", max_lifetime=86_400)
VERIFIER = TokenVerifier(rules=RULES, secret=SECRET)


def claims(**changes: Any) -> dict[str, Any]:
    """Good ones, but for the changes; None leaves a claim out."""
    now = int(time.time())
    good = {"iss": RULES.issuer, "aud": RULES.audience, "sub": "ada", "iat": now, "exp": now + 600, "jti": "t-1"}
    return {name: value for name, value in (good | changes).items() if value is not None}


def signed(
    payload: Mapping[str, Any], key: Any = SECRET, algorithm: str = "HS256", headers: dict[str, Any] | None = None
) -> str:
    return jwt.encode(dict(payload), key, algorithm, headers=headers)


def part(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def resigned(header: str, payload: str) -> str:
    """A token of any two parts, with a genuine signature."""
    signature = jwt.get_algorithm_by_name("HS256").sign(f"{header}.{payload}".encode(), SECRET)
    return f"{header}.{payload}.{part(signature)}"


HEADER = part({"alg": "HS256", "typ": "JWT"})


async def verify(token: str) -> Token:
    return await VERIFIER.verify(token)


async def test_a_good_token_says_whom_it_names_and_until_when() -> None:
    good = claims(role="authenticated")

    said = await verify(signed(good))

    assert (said.subject, said.token_id, said.expires_at) == ("ada", "t-1", good["exp"])
    assert said.claims["role"] == "authenticated"


@pytest.mark.parametrize("missing", ["exp", "iat", "sub", "iss", "aud"])
async def test_a_token_without_a_required_claim_is_refused(missing: str) -> None:
    with pytest.raises(TokenRefused):
        await verify(signed(claims(**{missing: None})))


async def test_the_audience_may_be_one_of_several() -> None:
    assert (await verify(signed(claims(aud=["other", "boxoffice"])))).subject == "ada"


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://other.example"},
        {"iss": ["https://issuer.example"]},
        {"aud": "other"},
        {"aud": []},
        {"aud": {"boxoffice": 1}},
        {"sub": ""},
        {"sub": "  "},
        {"sub": 7},
        {"sub": "a" * 256},
        {"sub": "ada\x00"},
        {"sub": "\ud800"},
        {"jti": ""},
        {"jti": 7},
        {"jti": "j" * 256},
        {"exp": "soon"},
        {"exp": float("inf")},
        {"exp": float("nan")},
        {"exp": 10**400},
        {"exp": True},
        {"iat": "yesterday"},
        {"iat": float("-inf")},
        {"iat": {}},
        {"nbf": "tomorrow"},
    ],
    ids=lambda changes: json.dumps(changes)[:40],
)
async def test_claims_that_are_wrong_or_no_claims_at_all_are_refused(changes: Mapping[str, Any]) -> None:
    # Written by hand: the library would not sign some of these.
    with pytest.raises(TokenRefused):
        await verify(resigned(HEADER, part(claims(**changes))))


@pytest.mark.parametrize(("late", "accepted"), [(LEEWAY - 10, True), (LEEWAY + 10, False)])
async def test_the_clocks_may_differ_by_the_leeway_and_no_more(late: float, *, accepted: bool) -> None:
    now = int(time.time())
    tokens = [
        signed(claims(iat=now - 600, exp=now - late)),  # expired
        signed(claims(nbf=now + late)),  # not yet valid
        signed(claims(iat=now + late, exp=now + late + 60)),  # not yet issued
    ]

    for token in tokens:
        if accepted:
            assert (await verify(token)).subject == "ada"
        else:
            with pytest.raises(TokenRefused):
                await verify(token)


async def test_a_token_that_outlives_what_revocations_are_kept_for_is_refused() -> None:
    now = int(time.time())

    assert await verify(signed(claims(exp=now + 86_400)))
    with pytest.raises(TokenRefused):
        await verify(signed(claims(exp=now + 86_401)))


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", "", None, 7, ["HS256"]])
@pytest.mark.parametrize("signature", ["", "c2lnbmF0dXJl"])
async def test_a_token_that_nobody_signed_is_refused(algorithm: object, signature: str) -> None:
    with pytest.raises(TokenRefused):
        await verify(f"{part({'alg': algorithm, 'typ': 'JWT'})}.{part(claims())}.{signature}")


@pytest.mark.parametrize("algorithm", ["HS384", "HS512", "RS256", "ES256", "EdDSA", "PS256", "hs256"])
async def test_an_algorithm_that_is_not_set_is_refused(algorithm: str) -> None:
    with pytest.raises(TokenRefused):
        await verify(resigned(part({"alg": algorithm, "typ": "JWT"}), part(claims())))


async def test_a_token_under_another_key_is_refused() -> None:
    with pytest.raises(TokenRefused):
        await verify(signed(claims(), b"another secret, just as long as the real one"))


async def test_no_part_of_a_token_can_be_exchanged() -> None:
    mine = signed(claims()).split(".")
    yours = signed(claims(sub="root", role="admin")).split(".")

    for place in range(3):
        mixed = [*mine]
        mixed[place] = yours[place]
        if mixed != mine:
            with pytest.raises(TokenRefused):
                await verify(".".join(mixed))


@pytest.mark.parametrize("kind", ["guest+jwt", "logout+jwt", "secevent+jwt", "JWE"])
async def test_a_token_of_another_kind_is_refused(kind: str) -> None:
    with pytest.raises(TokenRefused):
        await verify(signed(claims(), headers={"typ": kind}))


@pytest.mark.parametrize("header", [{"crit": ["b64"], "b64": False}, {"crit": ["new"], "new": 1}, {"crit": []}])
async def test_what_a_token_calls_critical_and_nobody_knows_is_refused(header: Mapping[str, Any]) -> None:
    with pytest.raises(TokenRefused):
        await verify(resigned(part({"alg": "HS256", "typ": "JWT", **header}), part(claims())))


DEEP = b'{"a":' * 1000 + b"1" + b"}" * 1000


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "...",
        "a.b.c",
        "a.b.c.d.e",
        "=.=.=",
        "ä.ö.ü",
        "\ud800.\ud800.\ud800",
        "eyJ.eyJ.eyJ",
        f"{part(b'[]')}.{part(b'[]')}.",
        f"{part(b'null')}.{part(b'null')}.x",
        f"{part(b'7')}.{part(b'7')}.x",
        f"{part(DEEP)}.e30.x",
        f"{part(b'{' * 3000)}.e30.x",
        f"{part(b'1' * 5000)}.e30.x",
        resigned(HEADER, part(b"[]")),
        resigned(HEADER, part(b"not json")),
        resigned(HEADER, part(b"\xff\xfe")),
        resigned(HEADER, part(b"[" * 4000)),
        resigned(HEADER, "*" * 100),
        "a" * (MAX_TOKEN_BYTES + 1),
        signed(claims(filler="x" * MAX_TOKEN_BYTES)),
    ],
    ids=range(23),
)
async def test_what_is_no_token_is_refused_and_never_a_crash(token: str) -> None:
    with pytest.raises(TokenRefused):
        await verify(token)


async def test_claims_nested_deeply_do_no_harm() -> None:
    deep: Any = "bottom"
    for _ in range(500):
        deep = {"a": deep}

    assert (await verify(signed(claims(app_metadata=deep)))).subject == "ada"


async def test_a_refusal_holds_nothing_of_the_token() -> None:
    for token in (signed(claims(sub="planted\x00subject")), f"{part({'alg': 'planted'})}.e30.x"):
        with pytest.raises(TokenRefused) as refused:
            await verify(token)

        assert "planted" not in str(refused.value)
        assert refused.value.__cause__ is None


async def test_what_this_server_issues_it_accepts() -> None:
    now = time.time()
    issued = [issue_token(SECRET, RULES, "ada", now=now, lifetime=600, claims={"role": "admin"}) for _ in range(2)]

    said = [await verify(token) for token in issued]

    assert [each.subject for each in said] == ["ada", "ada"]
    assert said[0].claims["role"] == "admin"
    assert said[0].token_id != said[1].token_id
    assert 590 < said[0].expires_at - now <= 600


async def test_what_is_issued_lasts_no_longer_than_is_accepted() -> None:
    said = await verify(issue_token(SECRET, RULES, "ada", now=time.time(), lifetime=10**9))

    assert said.expires_at - said.issued_at == RULES.max_lifetime
