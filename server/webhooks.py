"""Signed webhooks in: `POST /webhooks/{source}`, and the scheduler's `POST /webhooks/cron/{job}`.

What a webhook does is one line of `handlers`: who sends it, what has happened, and the function of `commands/` that
follows from it. `docs/webhooks.md` is for those who send.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import orjson
import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from auth.signatures import ID, MalformedSignature, SignatureRefused, Source, verify
from commands.webhooks import Delivery, Effect, InProgress, Received, Result, receive
from db.contention import InUse, Transaction
from db.database import Database
from db.failures import is_unavailable
from domain.errors import Refusal
from jobs.scheduled import JOBS, Job, Upkeep
from server.http.answer import StatusProfile, refusal
from server.http.decode import decode_json, read_body
from server.http.disconnect import ClientDisconnected
from server.http.limits import HttpLimits
from server.http.negotiate import MediaType, check_content_encoding, check_content_type
from server.http.refusals import Code, Refused, bad_request
from server.http.request_id import request_id_of

CRON: Final = "cron"
"""The source that starts jobs."""

Handlers = Mapping[tuple[str, str], Effect]
"""What follows from a webhook, by its source's name and its type."""

_TYPE: Final = re.compile(r"[A-Za-z0-9_.:/-]{1,100}")
_RETRY_AFTER: Final = {"Retry-After": "5"}

_log = structlog.get_logger(__name__)


def handlers(upkeep: Upkeep) -> Handlers:
    """Every webhook that something follows from."""
    return {(CRON, job.name): _starting(job, upkeep) for job in JOBS.values()}


def _starting(job: Job, upkeep: Upkeep) -> Effect:
    async def start(transaction: Transaction, _delivery: Delivery) -> Result:
        return await job.run(transaction, upkeep)

    return start


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhooks:
    """The routes below `/webhooks`.

    Attributes:
        sources: who may send, by the name in the address.
        handlers: what follows.
        database: where that is written.
        limits: bounds on what is read.
        timeout: the longest that an effect may take, in seconds; it is then undone.
        clock: says what time it is, in Unix seconds.
    """

    sources: Mapping[str, Source]
    handlers: Handlers
    database: Database
    limits: HttpLimits
    timeout: float
    clock: Callable[[], float] = field(default=time.time)

    def routes(self) -> list[Route]:
        """The routes."""
        return [
            Route("/webhooks/{source}", self.respond, methods=["POST"]),
            Route(f"/webhooks/{CRON}/{{job}}", self.respond, methods=["POST"]),
        ]

    async def respond(self, request: Request) -> Response:
        """Answer one delivery: 2xx once it need not come again."""
        try:
            return await self._respond(request)
        except Refused as refused:
            return refusal(refused, MediaType.JSON, StatusProfile.AUDITED)
        except ClientDisconnected:
            return refusal(bad_request("The body was cut off."), MediaType.JSON, StatusProfile.AUDITED)

    async def _respond(self, request: Request) -> Response:
        name, job = request.path_params.get("source", CRON), request.path_params.get("job")
        source = self.sources.get(name)
        if source is None or (name == CRON and job is None):
            raise Refused(404, Code.NOT_FOUND, "Nothing listens here.")
        # Whatever the head alone decides is decided before the body is read.
        check_content_type(request.headers.getlist("content-type"))
        check_content_encoding(request.headers.getlist("content-encoding"))
        body = await read_body(request.headers, request.receive, self.limits)
        delivery = self._read(name, source, request, body)
        if job not in {None, delivery.type}:
            # The signature holds for the body, so that one made for a job cannot start another.
            raise _invalid("type", "must name the job that the address names")
        effect = self.handlers.get((name, delivery.type))
        if effect is None and job is not None:
            raise Refused(404, Code.NOT_FOUND, f"There is no job {delivery.type!r}; there are {', '.join(JOBS)}.")
        if effect is None:
            return _answer(delivery, "ignored")
        received = await self._receive(delivery, effect, request_id_of(request.scope))
        return _answer(delivery, "done" if received.is_new else "duplicate", received.result)

    def _read(self, name: str, source: Source, request: Request, body: bytes) -> Delivery:
        """Whose delivery this is, and of what.

        Raises:
            Refused: 401, if the source has not signed it just now; 400, if it is not well-formed.
        """
        try:
            delivery_id = verify(source, request.headers.getlist, body, self.clock())
        except MalformedSignature as error:
            raise Refused(400, "WEBHOOK_SIGNATURE_MALFORMED", str(error)) from None
        except SignatureRefused as error:
            raise Refused(401, "WEBHOOK_SIGNATURE_INVALID", str(error)) from None
        payload = decode_json(body, "The webhook's body", self.limits.max_json_depth)
        if not isinstance(payload, dict):
            raise Refused(400, Code.INVALID_PARAMETER, "The webhook's body must be a JSON object.")
        type_ = payload.get("type")
        if not isinstance(type_, str) or not _TYPE.fullmatch(type_):
            raise _invalid("type", "is a word of at most 100 letters, digits and `_.:/-`")
        if delivery_id is None:
            delivery_id = payload.get("id")
            if not isinstance(delivery_id, str) or not ID.fullmatch(delivery_id):
                raise _invalid("id", "names the event, by at most 255 letters, digits and `_.:~=+/@-`")
        return Delivery(name, delivery_id, type_, payload)

    async def _receive(self, delivery: Delivery, effect: Effect, request_id: str | None) -> Received:
        try:
            async with asyncio.timeout(self.timeout):
                return await receive(self.database, delivery, effect)
        except (InProgress, InUse) as error:
            raise Refused(409, error.code, str(error), headers=_RETRY_AFTER) from None
        except Refusal as error:
            raise Refused(422, error.code, str(error)) from None
        except Exception as error:
            if not is_unavailable(error):
                raise
            _log.warning("database unavailable", reason=repr(error), request_id=request_id)
            message = "The webhook had no effect: the database is not available, or took too long; send it again."
            raise Refused(503, "SERVICE_UNAVAILABLE", message, headers=_RETRY_AFTER) from None


def _invalid(member: str, what: str) -> Refused:
    return Refused(400, Code.INVALID_PARAMETER, f'The member "{member}" of the webhook\'s body {what}.')


def _answer(delivery: Delivery, status: str, result: Result | None = None) -> Response:
    named = {"source": delivery.source, "type": delivery.type, "delivery_id": delivery.delivery_id}
    _log.info("webhook", **named, outcome=status)
    body = {"status": status} if result is None else {"status": status, "result": result}
    return Response(orjson.dumps(body), media_type="application/json", headers={"Cache-Control": "no-store"})
