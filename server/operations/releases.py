"""`POST /operations/releases`: a build pipeline publishes what it has built.

The body is a manifest of any form, the rest stands in the query string, so that a pipeline needs nothing but
`curl --data-binary @manifest.json '…/operations/releases?release=1.4.2&commit=…'`. The client is the key's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from auth.keys import PREFIX, key_sha256
from commands.announcing import CacheAway, NotEverywhere, announced
from commands.registering import Author
from commands.registry import Published, ReleaseExists, publish
from db.contention import InUse
from db.database import Database
from db.failures import UNAVAILABLE
from domain.errors import Refusal
from persisted_queries.compiling import OperationsRefused, Target
from persisted_queries.live import LiveRegistry
from persisted_queries.manifests import MAX_MANIFEST_BYTES, BrokenManifest
from persisted_queries.publications import read_body
from persisted_queries.registry import Publisher
from server.admitting import serve_from
from server.http.decode import read_body as read_bytes
from server.http.disconnect import to_completion
from server.http.limits import HttpLimits
from server.http.negotiate import check_content_encoding, check_content_type
from server.http.params import plain_parameters
from server.http.problems import Problem
from server.http.refusals import Refused, invalid_parameter
from server.scanning import Scan, look_at

_RETRY_AFTER: Final = {"Retry-After": "2"}
_PARAMETERS: Final = frozenset({"release", "commit", "pending"})
_FLAGS: Final[Mapping[str, bool]] = {"": False, "false": False, "true": True}


@dataclass(frozen=True, slots=True)
class Releases:
    """Publishes releases for build pipelines.

    Attributes:
        database: where the registry is.
        registry: the newest snapshot, which knows the keys.
        target: what operations are compiled against.
        limits: bounds on a request; a manifest may be larger than other bodies.
    """

    database: Database
    registry: LiveRegistry
    target: Target
    limits: HttpLimits

    async def post(self, request: Request) -> Response:
        """Publish a manifest as a release of the key's client.

        Returns:
            201 for a new release, 200 where the same was published before.

        Raises:
            Refused: 401 and 403 for the key, 400 for the query string, 413 and 415 for the body, 422 with every fault
                of the manifest, 409 where the release has other content, 503 where the database or the cache is away,
                or not every process is known to serve it.
        """
        publisher = self._publisher(request)
        asked = _asked(request)
        check_content_type(request.headers.getlist("content-type"))
        check_content_encoding(request.headers.getlist("content-encoding"))
        limits = replace(self.limits, max_body_bytes=max(MAX_MANIFEST_BYTES, self.limits.max_body_bytes))
        body = await read_bytes(request.headers, request.receive, limits)
        return await to_completion(self._publish(publisher, asked, body))

    def _publisher(self, request: Request) -> Publisher:
        """Whose key it is."""
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        key = key.strip() if scheme.lower() == "bearer" else request.headers.get("x-api-key", "")
        challenge = {"WWW-Authenticate": "Bearer"}
        if not key.startswith(PREFIX):
            message = "Publishing needs a publishing key: `boxoffice clients rotate CLIENT LABEL --publish` makes one."
            raise Refused(401, "INVALID_API_KEY", message, headers=challenge)
        known = serve_from(self.registry)
        digest = key_sha256(key)
        if digest in known.keys:
            message = "This key is for calling: `boxoffice clients rotate CLIENT LABEL --publish` makes one to publish."
            raise Refused(403, "NOT_A_PUBLISHING_KEY", message)
        if digest not in known.publishers:
            message = "This API key is not valid: it was revoked, has expired, or never was one."
            raise Refused(401, "INVALID_API_KEY", message, headers=challenge)
        return known.publishers[digest]

    async def _publish(self, publisher: Publisher, asked: _Asked, body: bytes) -> Response:
        client = publisher.client.name
        author = Author(f"{client}, key {publisher.label}", asked.commit)
        try:
            candidates = read_body(body).candidates(client)
            async with announced(self.database, self.registry.cache):
                done = await publish(
                    self.database, self.target, client, asked.release, candidates, author, activate=not asked.pending
                )
                await self.registry.ask_database()
            scans = await look_at(self.database, done.operations)
        except BrokenManifest as broken:
            faults = [{"detail": each.what, "where": each.where} for each in broken.faults]
            raise Problem(422, "BROKEN_MANIFEST", "The manifest cannot be published.", faults) from broken
        except OperationsRefused as refused:
            raise _operations_refused(refused) from refused
        except ReleaseExists as exists:
            raise Refused(409, exists.code, str(exists)) from exists
        except (CacheAway, NotEverywhere) as away:
            # To publish the same again does nothing, and waits again.
            raise Refused(503, away.code, str(away), headers=_RETRY_AFTER) from away
        except InUse as busy:
            raise _unavailable() from busy
        except Refusal as invalid:
            raise Refused(400, invalid.code, str(invalid)) from invalid
        except UNAVAILABLE as away:
            raise _unavailable() from away
        return JSONResponse(
            _told(client, asked, done, scans), 201 if done.is_new else 200, {"Cache-Control": "no-store"}
        )


def _unavailable() -> Refused:
    message = "The registry cannot be changed right now; try again."
    return Refused(503, "SERVICE_UNAVAILABLE", message, headers=_RETRY_AFTER)


@dataclass(frozen=True, slots=True)
class _Asked:
    release: str
    commit: str | None
    pending: bool


def _asked(request: Request) -> _Asked:
    given = plain_parameters(request.scope["query_string"], _PARAMETERS)
    if not given.get("release"):
        raise invalid_parameter('Name the release in the address: "?release=1.4.2".')
    if given.get("pending", "") not in _FLAGS:
        raise invalid_parameter('"pending" is true or false.')
    return _Asked(given["release"], given.get("commit") or None, _FLAGS[given.get("pending", "")])


def _told(client: str, asked: _Asked, done: Published, scans: Sequence[Scan]) -> dict[str, object]:
    return {
        "client": client,
        "release": asked.release,
        "state": done.state.value,
        "contentSha256": done.content_sha256,
        "operations": [
            {"id": each.public_id, "name": each.name, "route": str(each.route) if each.route else None}
            for each in done.operations
        ],
        "warnings": list(map(str, scans)),
    }


def _operations_refused(refused: OperationsRefused) -> Problem:
    faults = [
        {
            "detail": each.message,
            "operation": each.operation,
            "where": each.file,
            "line": each.line,
            "column": each.column,
        }
        for each in refused.faults
    ]
    return Problem(422, refused.code, "Operations cannot be published.", faults)
