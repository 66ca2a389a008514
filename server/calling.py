"""Who calls: from credentials to one value, made once a request and handed on from there."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

import structlog

from auth.claims import ClaimMapping, viewer_of
from auth.guests import is_guest_token, verify_guest_token
from auth.keys import PREFIX, key_sha256
from auth.people import People
from auth.revocation import Revocations
from auth.tokens import LEEWAY, KeysUnavailable, Token, TokenRefused, TokenVerifier
from auth.viewer import ANONYMOUS, Role, Viewer
from db.failures import NOT_MIGRATED, UNAVAILABLE
from domain.audit import ANYONE, Actor
from persisted_queries.registry import RegisteredClient, Registry
from server.http.refusals import Refused

VERIFIED_SECONDS: Final = 60.0
"""How long a token that was verified is not verified again."""

_MOST_VERIFIED: Final = 4096
"""Tokens that are remembered at a time."""

_NOTHING: Final = (0.0, Token("", 0.0, 0.0), ANONYMOUS)

_RETRY_AFTER: Final = {"Retry-After": "2"}

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Caller:
    """The one who calls, on whichever way: HTTP, a socket, a named route.

    Attributes:
        client: the program, known by its API key; None for one without.
        viewer: on whose behalf it calls.
        request_id: names the request in logs and answers; None outside of one.
        token: what was verified of the token; None for callers without one.
        is_certain: whether it is known that the token was not revoked. Where it is not, nothing may be written.
        address: where from, on the network; None where that is not known.
        idempotency_key: what the caller names the request by, so that a repeat of it is known; None where it does not.
    """

    client: RegisteredClient | None = None
    viewer: Viewer = ANONYMOUS
    request_id: str | None = None
    token: Token | None = None
    is_certain: bool = True
    address: str | None = None
    idempotency_key: str | None = None

    @property
    def expires_at(self) -> float | None:
        """When the token ends, in seconds of Unix time: what is still open then, ends with it. None without a token."""
        return None if self.token is None else self.token.expires_at

    @property
    def apq_owner(self) -> str | None:
        """Whose automatic persisted queries the caller shares; None is shared by callers without a key."""
        return None if self.client is None else str(self.client.client_id)


def actor_of(caller: Caller) -> Actor:
    """The caller, as the audit log names them."""
    client, viewer = caller.client, caller.viewer
    if client is None and viewer == ANONYMOUS:
        return ANYONE if caller.request_id is None else Actor(ANYONE.name, ANYONE.role, None, caller.request_id)
    role = "staff" if viewer.is_staff else viewer.role.value
    name = viewer.subject or (client.name if client is not None else role)
    return Actor(name, role, None if client is None else client.client_id, caller.request_id)


class HeaderFields(Protocol):
    """The header fields of a request; names are in lower case."""

    def getlist(self, key: str, /) -> list[str]:
        """The values of all the fields of a name."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What access tokens and guest tokens are verified with, and what they then mean.

    To verify a signature takes longer than much that is asked for: what was verified is remembered for a minute. So
    long, at most, is a key believed that its issuer has withdrawn; expiry and revocation count at once.
    """

    access: TokenVerifier
    mapping: ClaimMapping
    guest_key: bytes
    clock: Callable[[], float] = time.time
    _verified: dict[str, tuple[float, Token, Viewer]] = field(default_factory=dict, repr=False)

    async def read(self, token: str) -> tuple[Token, Viewer]:
        """What a token says, but for the claims that the viewer was told from, and who its holder is.

        Raises:
            TokenRefused: it is not valid.
            KeysUnavailable: whether it is cannot be known.
        """
        now = self.clock()
        until, said, viewer = self._verified.get(token, _NOTHING)
        if now < until:
            return said, viewer
        if is_guest_token(token):
            said, viewer = verify_guest_token(self.guest_key, token)
        else:
            said = await self.access.verify(token)
            viewer = viewer_of(said, self.mapping)
        said = dataclasses.replace(said, claims={})
        if len(self._verified) >= _MOST_VERIFIED:
            self._verified.clear()
        self._verified[token] = min(now + VERIFIED_SECONDS, said.expires_at + LEEWAY), said, viewer
        return said, viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class Callers:
    """Knows callers by their credentials.

    Attributes:
        registry: the newest snapshot, for API keys.
        tokens: None where no token is accepted.
        people: what the database knows of the subjects of tokens; None where it is not asked.
        revocations: which tokens were revoked; None where none can be.
    """

    registry: Callable[[], Registry] = field(default=Registry)
    tokens: Tokens | None = None
    people: People | None = None
    revocations: Revocations | None = None

    def revokes(self, token: Token) -> bool:
        """Whether a token that was handed over with an operation is known to be void; within half a second."""
        return self.revocations is not None and self.revocations.known.revokes(token)

    async def of_headers(
        self, headers: HeaderFields, request_id: str | None = None, address: str | None = None
    ) -> Caller:
        """Who sends a request with these header fields.

        Raises:
            Refused: what `of_credentials` raises; 400 for a field that comes twice.
        """
        authorization, api_key = headers.getlist("authorization"), headers.getlist("x-api-key")
        if not authorization and not api_key:
            return Caller(request_id=request_id, address=address)
        if len(authorization) > 1 or len(api_key) > 1:
            raise _malformed("Send Authorization and X-API-Key once each at most.")
        return await self.of_credentials(
            authorization[0] if authorization else None, api_key[0] if api_key else None, request_id, address
        )

    async def of_credentials(
        self,
        authorization: str | None,
        api_key: str | None,
        request_id: str | None = None,
        address: str | None = None,
    ) -> Caller:
        """Who holds these credentials.

        Args:
            authorization: `Bearer` and an API key, an access token or a guest token.
            api_key: the API key, beside a token.
            request_id: names the request.
            address: where they come from.

        Raises:
            Refused: 400, where the credentials contradict each other; 401, where one is not valid; 503, where that
                cannot be known.
        """
        bearer = None if authorization is None else _bearer(authorization)
        if bearer is not None and bearer.startswith(PREFIX):
            if api_key is not None:
                raise _malformed(
                    "Send the API key once: in X-API-Key with a token in Authorization, or alone in either."
                )
            bearer, api_key = None, bearer
        client = None if api_key is None else self._client(api_key.strip())
        if bearer is None:
            viewer = ANONYMOUS if client is None or not client.is_partner else _partner(client)
            return Caller(client, viewer, request_id, address=address)
        if client is not None and client.is_partner:
            raise _malformed("This API key is a partner's, which acts in its own name: send no token beside it.")
        token, viewer, is_certain = await self._read(bearer, request_id)
        if viewer.customer_id is not None and self.people is not None:
            viewer = await self._complete(viewer, request_id)
        if not is_certain and (viewer.role is Role.ADMIN or viewer.is_staff):
            raise uncertain()
        return Caller(client, viewer, request_id, token, is_certain, address)

    def _client(self, key: str) -> RegisteredClient:
        if not key.startswith(PREFIX):
            raise _malformed(f"X-API-Key holds no API key: those begin with `{PREFIX}`. Tokens go into Authorization.")
        client = self.registry().keys.get(key_sha256(key))
        if client is None:
            message = "This API key is not valid: it was revoked, has expired, or never was one."
            raise Refused(401, "INVALID_API_KEY", message, headers={"WWW-Authenticate": "Bearer"})
        return client

    async def _read(self, token: str, request_id: str | None) -> tuple[Token, Viewer, bool]:
        if self.tokens is None:
            raise invalid_token()
        try:
            said, viewer = await self.tokens.read(token)
            is_certain = self.revocations is None or await self.revocations.check(said)
        except TokenRefused as refused:
            # The reason is the operator's business: to whoever tries tokens out, each would be a hint.
            _log.info("token refused", reason=str(refused), request_id=request_id)
            raise invalid_token() from None
        except KeysUnavailable as unavailable:
            _log.warning("token not verified", reason=str(unavailable), request_id=request_id)
            raise uncertain() from None
        return said, viewer, is_certain

    async def _complete(self, viewer: Viewer, request_id: str | None) -> Viewer:
        assert self.people is not None, "asked before"
        try:
            return await self.people.complete(viewer)
        except (*UNAVAILABLE, *NOT_MIGRATED) as error:
            _log.warning("database unavailable", reason=repr(error), request_id=request_id)
            message = "The database is not available; try again."
            raise Refused(503, "SERVICE_UNAVAILABLE", message, headers=_RETRY_AFTER) from None


def invalid_token() -> Refused:
    """The token proves nothing (RFC 6750, section 3.1): the same answer for every reason."""
    message = "The access token is not valid: it is malformed, expired, revoked, or not meant for this server."
    return Refused(401, "INVALID_TOKEN", message, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})


def uncertain() -> Refused:
    """Whether the token is valid cannot be known, and what it is for must not be done without."""
    message = "Whether the access token is valid cannot be known right now; try again."
    return Refused(503, "SERVICE_UNAVAILABLE", message, headers=_RETRY_AFTER)


def _malformed(message: str) -> Refused:
    headers = {"WWW-Authenticate": 'Bearer error="invalid_request"'}
    return Refused(400, "INVALID_CREDENTIALS", message, headers=headers)


def _bearer(authorization: str) -> str:
    scheme, _, credential = authorization.strip().partition(" ")
    if scheme.lower() != "bearer":
        message = "Authorization must be `Bearer` and an access token or an API key."
        raise Refused(401, "INVALID_CREDENTIALS", message, headers={"WWW-Authenticate": "Bearer"})
    if not credential.strip():
        raise _malformed("Authorization says Bearer, and nothing after it.")
    return credential.strip()


def _partner(client: RegisteredClient) -> Viewer:
    return Viewer(Role.PARTNER, client_id=client.client_id, grants=client.grants)
