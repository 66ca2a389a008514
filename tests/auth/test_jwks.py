"""An issuer's published keys: fetched once for many, again when one is new, and kept while the issuer is away."""

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from auth import jwks
from auth.jwks import FORCED_SECONDS, FRESH_SECONDS, MAX_BYTES, RETRY_SECONDS, STALE_SECONDS, KeySet, open_key_set
from auth.tokens import KeysUnavailable, TokenRefused, TokenRules, TokenVerifier
from tests.auth.issuer import AUDIENCE, ISSUER, RSA_KEY, Issuer, jwk, open_issuer, signed
from tests.plugins.measuring import least_awaited

RULES = TokenRules(issuer=ISSUER, audience=AUDIENCE, max_lifetime=3600)
ALGORITHMS = ("RS256", "ES256", "EdDSA")


class Clock:
    """Time that passes when a test says so."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with open_issuer() as opened:
        opened.keys = [jwk(algorithm, algorithm.lower()) for algorithm in ALGORITHMS]
        yield opened


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def keys(issuer: Issuer, clock: Clock) -> AsyncIterator[KeySet]:
    async with open_key_set(issuer.url, clock) as opened:
        yield opened


def verifier(keys: KeySet, *algorithms: str, secret: bytes | None = None) -> TokenVerifier:
    return TokenVerifier(rules=RULES, keys=keys, algorithms=frozenset(algorithms or ALGORITHMS), secret=secret)


@asynccontextmanager
async def refused(reason: type[Exception] = TokenRefused) -> AsyncIterator[None]:
    with pytest.raises(reason):
        yield


# -- tokens under published keys --------------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_a_token_under_a_published_key_is_believed(keys: KeySet, algorithm: str) -> None:
    assert (await verifier(keys).verify(signed(algorithm, algorithm.lower()))).subject == "ada"


async def test_without_an_id_the_only_key_of_the_algorithm_is_meant(keys: KeySet, issuer: Issuer) -> None:
    assert (await verifier(keys).verify(signed("ES256", None))).subject == "ada"

    issuer.keys.append(jwk("RS256", "another", rsa.generate_private_key(65537, 2048)))
    async with open_key_set(issuer.url) as two, refused():
        await verifier(two).verify(signed("RS256", None))


async def test_an_algorithm_that_is_not_set_is_refused_before_anything_is_fetched(keys: KeySet, issuer: Issuer) -> None:
    for token in (signed("ES256", "es256"), signed("EdDSA", "eddsa")):
        async with refused():
            await verifier(keys, "RS256").verify(token)

    assert issuer.asked == 0


def public_bytes() -> list[bytes]:
    """The public key in every form that somebody may take for a secret."""
    public = RSA_KEY.public_key()
    forms = [
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.PEM, PublicFormat.PKCS1),
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    ]
    return [*forms, forms[0].strip(), base64.b64encode(forms[2]), jwk("RS256")["n"].encode()]


@pytest.mark.parametrize("secret", [None, b"the secret of this installation, 32 bytes"], ids=["keys-alone", "both"])
@pytest.mark.parametrize("public", public_bytes(), ids=range(6))
async def test_a_public_key_is_no_secret(keys: KeySet, public: bytes, secret: bytes | None) -> None:
    """Algorithm confusion: HMAC, keyed with what everybody knows."""
    genuine = signed("RS256", "rs256").split(".")
    header = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT","kid":"rs256"}').rstrip(b"=").decode()
    signature = jwt.get_algorithm_by_name("HS256").sign(f"{header}.{genuine[1]}".encode(), public)
    forged = f"{header}.{genuine[1]}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"

    async with refused():
        await verifier(keys, secret=secret).verify(forged)


async def test_a_key_serves_its_own_algorithm_alone(keys: KeySet) -> None:
    for algorithm, key_id in (("RS256", "es256"), ("ES256", "rs256"), ("EdDSA", "rs256")):
        async with refused():
            await verifier(keys).verify(signed(algorithm, key_id))


async def test_another_key_under_a_published_id_is_refused(keys: KeySet) -> None:
    async with refused():
        await verifier(keys).verify(signed("ES256", "es256", ec.generate_private_key(ec.SECP256R1())))


@pytest.mark.parametrize("name", ["jku", "x5u", "jwk", "x5c"])
async def test_where_a_token_says_its_key_is_found_is_never_read(issuer: Issuer, name: str) -> None:
    forger = ec.generate_private_key(ec.SECP256R1())
    async with open_issuer() as evil:
        evil.keys = [jwk("ES256", "es256", forger)]
        value: Any = {"jwk": jwk("ES256", "es256", forger), "x5c": ["MIIB"]}.get(name, evil.url)
        async with open_key_set(issuer.url) as keys, refused():
            await verifier(keys).verify(signed("ES256", "es256", forger, headers={name: value}))

        assert evil.asked == 0


@pytest.mark.parametrize("key_id", ["../../etc/passwd", "' OR 1=1 --", "\x00", "x" * 256, 7, None, ["rs256"], {}])
async def test_a_key_id_is_a_name_and_nothing_more(keys: KeySet, key_id: Any) -> None:
    header = base64.urlsafe_b64encode(json.dumps({"alg": "RS256", "typ": "JWT", "kid": key_id}).encode()).rstrip(b"=")
    async with refused():
        await verifier(keys).verify(f"{header.decode()}.e30.c2ln")


@pytest.mark.parametrize(
    "key",
    [
        {"kty": "oct", "kid": "k", "alg": "HS256", "k": base64.urlsafe_b64encode(b"s" * 32).decode()},
        jwk("RS256", "k", use="enc"),
        jwk("RS256", "k", key_ops=["encrypt"]),
        jwk("RS256", "k", alg="PS256"),
        jwk("RS256", "k", alg="none"),
        jwk("RS256", "k", d="private"),
        jwk("ES256", "k", crv="secp256k1", alg="ES256K"),
        {"kty": "RSA", "kid": "k"},
        {"kty": "RSA", "kid": "k", "n": 7, "e": "AQAB", "alg": "RS256"},
        {"kid": "k"},
        "k",
        None,
        [],
    ],
    ids=range(13),
)
async def test_what_is_published_and_verifies_no_signature_is_passed_over(
    keys: KeySet, issuer: Issuer, key: Any
) -> None:
    issuer.keys.insert(0, key)
    assert (await verifier(keys).verify(signed("RS256", "rs256"))).subject == "ada"

    async with refused():
        await verifier(keys).verify(signed("RS256", "k"))


async def test_a_weak_key_is_refused_though_it_is_published(issuer: Issuer) -> None:
    weak = rsa.generate_private_key(65537, 1024)  # noqa: S505 - what the test is about
    issuer.keys = [jwk("RS256", "weak", weak)]
    with pytest.warns(match="below the minimum"):
        token = signed("RS256", "weak", weak)
    async with open_key_set(issuer.url) as keys, refused():
        await verifier(keys).verify(token)


# -- fetching ---------------------------------------------------------------------------------------------------------


async def test_nothing_is_fetched_before_a_token_needs_it(keys: KeySet, issuer: Issuer) -> None:
    await asyncio.sleep(0.05)

    assert issuer.asked == 0


async def test_fifty_at_once_ask_once(keys: KeySet, issuer: Issuer) -> None:
    issuer.delay = 0.1
    found = await asyncio.gather(*(keys.find("rs256", "RS256") for _ in range(50)))

    assert issuer.asked == 1
    assert len({id(key) for key in found}) == 1


async def test_fifty_at_once_with_a_key_that_nobody_knows_ask_once(keys: KeySet, issuer: Issuer, clock: Clock) -> None:
    await keys.find("rs256", "RS256")
    clock.now += 1
    issuer.delay = 0.1

    outcomes = await asyncio.gather(*(keys.find(f"k-{n}", "RS256") for n in range(50)), return_exceptions=True)

    assert {type(each) for each in outcomes} == {TokenRefused}
    assert issuer.asked == 2


async def test_a_new_key_comes_in_with_the_first_token_under_it(keys: KeySet, issuer: Issuer, clock: Clock) -> None:
    await keys.find("rs256", "RS256")
    issuer.keys = [jwk("ES256", "next")]
    clock.now += 1

    assert (await verifier(keys).verify(signed("ES256", "next"))).subject == "ada"
    async with refused():
        await verifier(keys).verify(signed("RS256", "rs256"))


async def test_a_key_that_nobody_knows_is_looked_for_every_half_minute_at_most(
    keys: KeySet, issuer: Issuer, clock: Clock
) -> None:
    async def ask() -> int:
        for number in range(5):
            async with refused():
                await keys.find(f"unknown-{number}", "RS256")
        return issuer.asked

    await keys.find("rs256", "RS256")
    clock.now += 1
    assert await ask() == 2
    clock.now += FORCED_SECONDS - 1
    assert await ask() == 2
    clock.now += 2
    assert await ask() == 3
    assert await keys.find("rs256", "RS256")
    assert issuer.asked == 3


@pytest.mark.quiet
async def test_keys_are_renewed_without_anyone_waiting_and_a_withdrawn_one_goes(
    keys: KeySet, issuer: Issuer, clock: Clock
) -> None:
    await keys.find("rs256", "RS256")
    issuer.delay = 0.2

    async def measure(attempt: int) -> float:
        clock.now += FRESH_SECONDS + 1
        started = time.monotonic()
        await asyncio.gather(*(keys.find("rs256", "RS256") for _ in range(50)))
        taken = time.monotonic() - started
        await asyncio.sleep(0.4)
        assert issuer.asked == attempt + 2
        return taken

    assert await least_awaited(measure, issuer.delay) < issuer.delay
    issuer.keys = [jwk("ES256", "es256")]
    await measure(issuer.asked - 1)
    async with refused():
        await keys.find("rs256", "RS256")


async def test_who_leaves_takes_nobodys_answer_away(keys: KeySet, issuer: Issuer) -> None:
    issuer.delay = 0.2
    first = asyncio.create_task(keys.find("rs256", "RS256"))
    second = asyncio.create_task(keys.find("es256", "ES256"))
    await asyncio.sleep(0.05)
    first.cancel()

    assert (await second).key_id == "es256"
    assert issuer.asked == 1


# -- an issuer that is away, slow or strange --------------------------------------------------------------------------


async def test_while_the_issuer_is_away_the_keys_at_hand_hold_on_for_a_day(
    keys: KeySet, issuer: Issuer, clock: Clock
) -> None:
    await keys.find("rs256", "RS256")
    issuer.is_away = True
    for _ in range(3):
        clock.now += FRESH_SECONDS * 2
        assert await keys.find("rs256", "RS256")
        await asyncio.sleep(0.05)
    clock.now += STALE_SECONDS
    async with refused(KeysUnavailable):
        await keys.find("rs256", "RS256")

    issuer.is_away = False
    clock.now += RETRY_SECONDS + 1
    assert await keys.find("rs256", "RS256")


async def test_an_issuer_that_is_away_is_left_alone_for_a_while(keys: KeySet, issuer: Issuer, clock: Clock) -> None:
    issuer.is_away = True
    for _ in range(20):
        async with refused(KeysUnavailable):
            await keys.find("rs256", "RS256")
    assert issuer.asked == 1

    issuer.is_away = False
    clock.now += RETRY_SECONDS + 1
    assert await keys.find("rs256", "RS256")


async def test_a_new_key_of_an_issuer_that_is_away_is_not_called_forged(
    keys: KeySet, issuer: Issuer, clock: Clock
) -> None:
    await keys.find("rs256", "RS256")
    issuer.is_away = True
    clock.now += 1

    async with refused(KeysUnavailable):
        await keys.find("next", "RS256")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("status", "404 Not Found"),
        ("status", "500 Internal Server Error"),
        ("status", "204 No Content"),
        ("body", b""),
        ("body", b"not json"),
        ("body", b"[]"),
        ("body", b'{"keys": {}}'),
        ("body", b'{"keys": []}'),
        ("body", b'{"keys": [' + b"null," * 101 + b"null]}"),
        ("body", b"[" * 100_000),
        ("body", b" " * (MAX_BYTES + 1) + b'{"keys": []}'),
        ("headers", "Content-Encoding: gzip\r\n"),
        ("headers", "Broken header\r\n"),
        ("endless", True),
    ],
    ids=lambda value: str(value)[:20],
)
async def test_an_answer_that_is_no_key_set_is_none(issuer: Issuer, keys: KeySet, name: str, value: Any) -> None:
    setattr(issuer, name, value)

    async with refused(KeysUnavailable):
        await keys.find("rs256", "RS256")


async def test_a_redirect_is_not_followed(issuer: Issuer, keys: KeySet) -> None:
    async with open_issuer() as elsewhere:
        elsewhere.keys = issuer.keys
        issuer.status, issuer.headers = "302 Found", f"Location: {elsewhere.url}\r\n"
        async with refused(KeysUnavailable):
            await keys.find("rs256", "RS256")

        assert elsewhere.asked == 0


async def test_an_issuer_that_is_slow_is_waited_for_no_longer_than_the_limit(
    issuer: Issuer, keys: KeySet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jwks, "FETCH_SECONDS", 0.2)
    issuer.delay = 30
    started = time.monotonic()

    async with refused(KeysUnavailable):
        await keys.find("rs256", "RS256")

    assert time.monotonic() - started < 3


async def test_closing_ends_what_is_under_way(issuer: Issuer) -> None:
    issuer.delay = 30
    started = time.monotonic()
    async with open_key_set(issuer.url) as keys:
        waiting = asyncio.create_task(keys.find("rs256", "RS256"))
        await asyncio.sleep(0.05)
    with pytest.raises(asyncio.CancelledError):
        await waiting

    assert time.monotonic() - started < 3
