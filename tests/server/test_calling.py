"""Who calls, told from credentials: over the whole application on real servers."""

import socket
import time
import uuid
from collections.abc import AsyncIterator

import httpx
import pytest
import structlog
from pydantic import SecretStr
from sqlalchemy import text
from starlette.datastructures import Headers

from auth.guests import guest_key, issue_guest_token
from auth.issuing import issue_token
from auth.keys import key_sha256, new_key
from auth.tokens import TokenRefused
from auth.viewer import ANONYMOUS, Role
from commands.clients import create_client
from commands.members import add_member
from commands.registering import Author
from db.database import open_database
from domain.audit import Actor
from domain.members import OrgRole
from domain.registry import POLICIES
from persisted_queries.registry import RegisteredClient, Registry
from server.app import open_app
from server.calling import VERIFIED_SECONDS, Callers, Tokens
from server.http.refusals import Refused
from server.identity_commands import revoke
from server.neighbours import database_options
from server.settings import Settings, load_settings
from server.token_settings import claim_mapping, token_rules, token_secret, token_verifier
from tests.auth.issuer import AUDIENCE, ISSUER, jwk, open_issuer, signed

SECRET = "k" * 32
INVALID_TOKEN = 'Bearer error="invalid_token"'
INVALID_REQUEST = 'Bearer error="invalid_request"'


@pytest.fixture
def given_settings(database_url: str, redis_url: str) -> Settings:
    return load_settings(database_url=database_url, redis_url=redis_url, secret_key=SECRET)


@pytest.fixture(scope="module")
def keys() -> dict[str, str]:
    """API keys: of an app whose users have tokens, and of a partner."""
    return {"app": new_key(), "partner": new_key()}


@pytest.fixture(scope="module")
def unconnected() -> Settings:
    """Settings for what asks no server."""
    return load_settings(secret_key=SECRET)


@pytest.fixture
def callers(unconnected: Settings, keys: dict[str, str]) -> Callers:
    clients = {
        name: RegisteredClient(uuid.uuid4(), name, POLICIES["open"], is_partner=name == "partner") for name in keys
    }
    registry = Registry(1, clients, {key_sha256(key): clients[name] for name, key in keys.items()})
    tokens = Tokens(token_verifier(unconnected), claim_mapping(unconnected), guest_key(SECRET.encode()))
    return Callers(registry=lambda: registry, tokens=tokens)


@pytest.fixture
async def client(given_settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        open_app(given_settings) as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
    ):
        yield client


def token(settings: Settings, subject: str = "ada", **claims: object) -> str:
    return issue_token(
        token_secret(settings), token_rules(settings), subject, now=time.time(), lifetime=60, claims=claims
    )


async def test_nobody_is_anonymous(callers: Callers) -> None:
    caller = await callers.of_headers(Headers({"accept": "*/*"}), "request-1")

    assert (caller.viewer, caller.client, caller.expires_at) == (ANONYMOUS, None, None)
    assert caller.request_id == "request-1"


@pytest.mark.parametrize(("role", "expected"), [("authenticated", Role.CUSTOMER), ("admin", Role.ADMIN)])
async def test_a_token_names_its_holder_and_its_end(
    callers: Callers, unconnected: Settings, role: str, expected: Role
) -> None:
    text = token(unconnected, role=role)

    caller = await callers.of_headers(Headers({"authorization": f"Bearer {text}"}))

    assert (caller.viewer.role, caller.viewer.subject, caller.client) == (expected, "ada", None)
    assert caller.expires_at is not None
    assert 50 < caller.expires_at - time.time() <= 60


async def test_a_guest_token_names_its_registration(callers: Callers) -> None:
    registration = uuid.uuid4()
    now = time.time()
    text = issue_guest_token(SECRET.encode(), registration, now=now, expires_at=now + 60)

    caller = await callers.of_credentials(f"Bearer {text}", None)

    assert (caller.viewer.role, caller.viewer.registration_id) == (Role.GUEST, registration)


async def test_a_key_names_the_client_in_either_header(callers: Callers, keys: dict[str, str]) -> None:
    found = [
        await callers.of_credentials(f"Bearer {keys['app']}", None),
        await callers.of_credentials(f"bearer   {keys['app']} ", None),
        await callers.of_credentials(None, keys["app"]),
    ]

    assert [each.client.name for each in found if each.client] == ["app"] * 3
    assert {each.viewer for each in found} == {ANONYMOUS}


async def test_a_key_and_a_token_name_the_app_and_its_user(
    callers: Callers, unconnected: Settings, keys: dict[str, str]
) -> None:
    caller = await callers.of_credentials(f"Bearer {token(unconnected)}", keys["app"])

    assert caller.client is not None
    assert (caller.client.name, caller.viewer.subject) == ("app", "ada")


async def test_a_partner_acts_in_its_own_name(callers: Callers, keys: dict[str, str]) -> None:
    caller = await callers.of_credentials(f"Bearer {keys['partner']}", None)

    assert caller.client is not None
    assert (caller.viewer.role, caller.viewer.client_id) == (Role.PARTNER, caller.client.client_id)


@pytest.mark.parametrize(
    ("authorization", "api_key", "status", "challenge", "words"),
    [
        ("Bearer {app}", "{app}", 400, INVALID_REQUEST, "Send the API key once"),
        ("Bearer {app}", "{partner}", 400, INVALID_REQUEST, "Send the API key once"),
        ("Bearer {token}", "{partner}", 400, INVALID_REQUEST, "acts in its own name"),
        ("Bearer {token}", "{token}", 400, INVALID_REQUEST, "X-API-Key holds no API key"),
        (None, "{token}", 400, INVALID_REQUEST, "X-API-Key holds no API key"),
        (None, "", 400, INVALID_REQUEST, "X-API-Key holds no API key"),
        ("Bearer", None, 400, INVALID_REQUEST, "nothing after it"),
        ("Bearer  ", None, 400, INVALID_REQUEST, "nothing after it"),
        ("", None, 401, "Bearer", "must be `Bearer`"),
        ("Basic dXNlcjpwYXNz", None, 401, "Bearer", "must be `Bearer`"),
        ("{token}", None, 401, "Bearer", "must be `Bearer`"),
        ("Bearer {app}x", None, 401, "Bearer", "API key is not valid"),
        ("Bearer {token}", "{app}x", 401, "Bearer", "API key is not valid"),
        ("Bearer {token}x", None, 401, INVALID_TOKEN, "access token is not valid"),
        ("Bearer {token}x", "{app}", 401, INVALID_TOKEN, "access token is not valid"),
        ("Bearer {token} {token}", None, 401, INVALID_TOKEN, "access token is not valid"),
        ("Bearer nonsense", None, 401, INVALID_TOKEN, "access token is not valid"),
    ],
)
async def test_credentials_that_contradict_each_other_or_are_none_are_refused(
    callers: Callers,
    unconnected: Settings,
    keys: dict[str, str],
    authorization: str | None,
    api_key: str | None,
    status: int,
    challenge: str,
    words: str,
) -> None:
    values = {**keys, "token": token(unconnected)}

    with pytest.raises(Refused) as refused:
        await callers.of_credentials(
            *(None if each is None else each.format(**values) for each in (authorization, api_key))
        )

    assert refused.value.status == status
    assert refused.value.headers["WWW-Authenticate"] == challenge
    assert words in refused.value.message
    assert not any(value in refused.value.message for value in values.values())


@pytest.mark.parametrize("name", [b"authorization", b"x-api-key"])
async def test_a_credential_that_comes_twice_is_refused(callers: Callers, keys: dict[str, str], name: bytes) -> None:
    value = f"Bearer {keys['app']}".encode() if name == b"authorization" else keys["app"].encode()

    with pytest.raises(Refused) as refused:
        await callers.of_headers(Headers(raw=[(name, value), (name, value)]))

    assert refused.value.status == 400


async def test_over_http_a_token_that_is_not_valid_is_401_whatever_is_wrong_with_it(
    client: httpx.AsyncClient, given_settings: Settings
) -> None:
    secret, rules = token_secret(given_settings), token_rules(given_settings)
    expired = issue_token(secret, rules, "ada", now=time.time() - 3600, lifetime=60)
    forged = issue_token(b"f" * 32, rules, "ada", now=time.time(), lifetime=60)
    with structlog.testing.capture_logs() as logs:
        answers = [
            await client.post("/graphql", json={"query": "{ __typename }"}, headers={"authorization": f"Bearer {each}"})
            for each in (expired, forged, "nonsense", "a" * 20_000)
        ]

    assert {(answer.status_code, answer.headers["www-authenticate"]) for answer in answers} == {(401, INVALID_TOKEN)}
    assert len({answer.text for answer in answers}) == 1
    assert answers[0].json()["errors"][0]["extensions"] == {"code": "INVALID_TOKEN"}
    reasons = [line["reason"] for line in logs if line["event"] == "token refused"]
    assert reasons == [
        "ExpiredSignatureError",
        "InvalidSignatureError",
        "it is malformed (DecodeError)",
        "it is longer than 8192 bytes",
    ]
    assert all(line["request_id"] for line in logs if line["event"] == "token refused")


@pytest.fixture
def dead_url() -> str:
    """A port that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"redis://127.0.0.1:{taken.getsockname()[1]}/0"


async def test_without_redis_customers_read_on_and_privileges_are_refused(
    given_settings: Settings, dead_url: str
) -> None:
    settings = given_settings.model_copy(update={"redis_url": SecretStr(dead_url), "default_policy": "open"})
    staff, key = await staff_and_partner(settings)
    async with (
        open_app(settings) as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
    ):
        answers = {
            who: await client.post("/graphql", json={"query": "{ viewer { name } }"}, headers=headers)
            for who, headers in {
                "anonymous": {},
                "partner": {"x-api-key": key},
                "customer": {"authorization": f"Bearer {token(given_settings)}"},
                "staff": {"authorization": f"Bearer {token(given_settings, staff)}"},
                "admin": {"authorization": f"Bearer {token(given_settings, role='admin')}"},
            }.items()
        }

    assert {who: answer.status_code for who, answer in answers.items()} == {
        "anonymous": 200,
        "partner": 200,
        "customer": 200,
        "staff": 503,
        "admin": 503,
    }
    assert answers["customer"].json() == {"data": {"viewer": {"name": None}}}
    for who in ("staff", "admin"):
        assert answers[who].headers["retry-after"] == "2"
        assert answers[who].json()["errors"][0]["extensions"]["code"] == "SERVICE_UNAVAILABLE"


async def staff_and_partner(settings: Settings) -> tuple[str, str]:
    """The subject of somebody who works for an organisation, and the key of a partner."""
    async with open_database(database_options(settings)) as database:
        async with database.write() as connection:
            await connection.execute(
                text(
                    "INSERT INTO organisations (organisation_id, name, slug, timezone) VALUES (:key, 'x', 'x', 'UTC')"
                ),
                {"key": uuid.uuid4()},
            )
        await add_member(database, "x", "sam", OrgRole.DOOR, actor=Actor("tests"), reason="new")
        key = await create_client(database, "partner", POLICIES["open"], Author("tests"), is_partner=True)
    return "sam", key


async def test_over_http_a_revoked_token_is_401_at_once(client: httpx.AsyncClient, given_settings: Settings) -> None:
    mine, yours = token(given_settings), token(given_settings)
    headers = [{"authorization": f"Bearer {each}"} for each in (mine, yours)]
    before = [await client.post("/graphql", json={"query": "{ __typename }"}, headers=each) for each in headers]

    await revoke(
        given_settings, token=mine, token_id=None, subject=None, before=None, by="tests", reason="left on a bus"
    )
    after = [await client.post("/graphql", json={"query": "{ __typename }"}, headers=each) for each in headers]

    assert [answer.status_code for answer in before] == [200, 200]
    assert [answer.status_code for answer in after] == [401, 200]


async def test_over_http_tokens_of_an_issuer_and_of_this_installation_are_believed_side_by_side(
    given_settings: Settings,
) -> None:
    async with open_issuer() as issuer:
        issuer.keys = [jwk("ES256", "one")]
        settings = given_settings.model_copy(
            update={
                "token_jwks_url": issuer.url,
                "token_issuer": ISSUER,
                "token_audience": AUDIENCE,
                "token_secret": SecretStr("t" * 32),
                "redis_timeout_seconds": 5.0,
            }
        )
        async with (
            open_app(settings) as app,
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
        ):
            answers = [
                await client.post("/graphql", json={"query": "{ __typename }"}, headers={"authorization": each})
                for each in (
                    f"Bearer {signed('ES256', 'one')}",
                    f"Bearer {token(settings)}",
                    f"Bearer {signed('RS256', 'one')}",
                    f"Bearer {token(given_settings)}",
                )
            ]
            issuer.is_away = True
            unknown = await client.post(
                "/graphql",
                json={"query": "{ __typename }"},
                headers={"authorization": f"Bearer {signed('RS256', 'two')}"},
            )

    assert [answer.status_code for answer in answers] == [200, 200, 401, 401]
    assert unknown.status_code == 401  # asked for half a minute ago, at most


async def test_while_no_key_of_the_issuer_could_be_had_tokens_are_503(given_settings: Settings) -> None:
    async with open_issuer() as issuer:
        issuer.is_away = True
        settings = given_settings.model_copy(
            update={"token_jwks_url": issuer.url, "token_issuer": ISSUER, "token_audience": AUDIENCE}
        )
        async with (
            open_app(settings) as app,
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
        ):
            answer = await client.post(
                "/graphql",
                json={"query": "{ __typename }"},
                headers={"authorization": f"Bearer {signed('ES256', 'one')}"},
            )

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")


async def test_what_was_verified_is_remembered_for_a_minute_and_never_beyond_its_end(unconnected: Settings) -> None:
    began = now = time.time()
    # Another secret from the second question on: what is verified again is refused.
    first, other = (
        token_verifier(unconnected.model_copy(update={"token_secret": SecretStr(each * 32)})) for each in "ab"
    )
    rules = token_rules(unconnected)
    long, short = (issue_token(b"a" * 32, rules, "ada", now=began - 600, lifetime=lifetime) for lifetime in (6000, 570))
    tokens = Tokens(first, claim_mapping(unconnected), b"", clock=lambda: now)
    for text_ in (long, short):
        said, viewer = await tokens.read(text_)
        assert (viewer.subject, said.claims) == ("ada", {})
    object.__setattr__(tokens, "access", other)

    now = began + VERIFIED_SECONDS - 1
    assert (await tokens.read(long))[1].subject == "ada"
    with pytest.raises(TokenRefused):
        await tokens.read(short)  # it expired half a minute before, and half a minute of leeway is over
    now = began + VERIFIED_SECONDS + 1
    with pytest.raises(TokenRefused):
        await tokens.read(long)


async def test_over_http_a_token_opens_what_its_holder_may_see(
    client: httpx.AsyncClient, given_settings: Settings
) -> None:
    text = '{ node(id: "Q2FwYWNpdHlQb29sOjAxODkwMDAwMDAwMDcwMDA4MDAwMDAwMDAwMDAwMDAx") { id } }'
    answers = [
        await client.post("/graphql", json={"query": text}, headers={"authorization": f"Bearer {each}"})
        for each in (token(given_settings), token(given_settings, role="admin"))
    ]

    assert [answer.json() for answer in answers] == [{"data": {"node": None}}] * 2
