"""Who calls: from a request's head to one value, made once a request and handed on from there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from starlette.datastructures import Headers

from auth.keys import PREFIX, key_sha256
from auth.viewer import ANONYMOUS, Viewer
from persisted_queries.registry import RegisteredClient, Registry
from server.http.refusals import Refused


@dataclass(frozen=True, slots=True)
class Caller:
    """The one who calls, on whichever way: HTTP, a socket, a named route.

    Attributes:
        client: the program, known by its API key; None for one without.
        viewer: on whose behalf it calls.
        request_id: names the request in logs and answers; None outside of one.
    """

    client: RegisteredClient | None = None
    viewer: Viewer = ANONYMOUS
    request_id: str | None = None

    @property
    def apq_owner(self) -> str | None:
        """Whose automatic persisted queries the caller shares; None is shared by callers without a key."""
        return None if self.client is None else str(self.client.client_id)


Identify = Callable[[Headers, str | None], Caller]
"""Says who sends header fields with a request of this id, or refuses."""


def identify(headers: Headers, registry: Registry, request_id: str | None = None) -> Caller:
    """Who sends these headers.

    Raises:
        Refused: 401, for an API key that is none.
    """
    scheme, _, key = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip().startswith(PREFIX):
        return Caller(request_id=request_id)
    client = registry.keys.get(key_sha256(key.strip()))
    if client is None:
        message = "This API key is not valid: it was revoked, has expired, or never was one."
        raise Refused(401, "INVALID_API_KEY", message, headers={"WWW-Authenticate": "Bearer"})
    return Caller(client, request_id=request_id)
