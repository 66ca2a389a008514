"""One outcome to one HTTP response: its status, its header fields, its bytes."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, StrEnum

import orjson
from starlette.responses import Response

from server.http.caching import NO_STORE, Answer, Content, Freshness, RawHeaders, respond
from server.http.negotiate import MediaType
from server.http.refusals import Refused

ErrorEntry = Mapping[str, object]
"""A member of `errors` as the GraphQL specification formats it: `message`, `locations`, `path`, `extensions`."""


class StatusProfile(StrEnum):
    """Which text decides the statuses that the specification's versions disagree on.

    `audited` is what the audits of the npm package `graphql-http` ask: 400 for every request error, 200 for data with
    errors, and 200 under `application/json` for both. `draft` is the newest draft: 422 for what is well-formed JSON but
    not a valid request or document, 294 for data with errors; a request error under `application/json` has the same
    status and names the specification's own media type.
    """

    AUDITED = "audited"
    DRAFT = "draft"


class RequestErrorCause(Enum):
    """Why a document was not executed. The value is the status under `StatusProfile.DRAFT`."""

    SYNTAX = (400, "the text is not a GraphQL document")
    VALIDATION = (422, "the document does not fit the schema")
    OPERATION = (422, "the operation to execute cannot be determined")
    VARIABLES = (422, "the variables cannot be coerced")
    SOURCE = (422, "there is nothing to subscribe to")

    @property
    def draft_status(self) -> int:
        """The status that the newest draft gives."""
        return self.value[0]


@dataclass(frozen=True, slots=True)
class Executed:
    """An operation was executed.

    Attributes:
        data: What orjson writes: a mapping, an `orjson.Fragment`, or None if an error reached the root.
        errors: Field errors, formatted.
        extensions: Becomes the member `extensions`, if not empty.
        headers: Header fields of the response, such as `Deprecation`.
        freshness: For how long the answer to a GET may be kept, if there are no errors; None for not at all.
    """

    data: object
    errors: Sequence[ErrorEntry] = ()
    extensions: Mapping[str, object] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    freshness: Freshness | None = None


@dataclass(frozen=True, slots=True)
class RequestError:
    """A document was refused before execution: the answer has no `data`.

    Attributes:
        errors: Request errors, formatted; at least one.
        cause: Decides the status.
        extensions: Becomes the member `extensions`, if not empty.
        headers: Header fields of the response.
    """

    errors: Sequence[ErrorEntry]
    cause: RequestErrorCause
    extensions: Mapping[str, object] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kept:
    """An operation need not be executed: its answer is at hand, as it was given before.

    Attributes:
        content: The whole answer.
        freshness: For how long it may be used again.
        headers: Header fields of the response.
        again: Gives the answer anew to a request that is the same, or None, if that has to be asked for in full; None
            where every request has to be.
        errors: None.
        extensions: None.
    """

    content: Content
    freshness: Freshness
    headers: Mapping[str, str] = field(default_factory=dict)
    again: Callable[[], Kept | None] | None = None
    errors: tuple[()] = ()
    extensions: Mapping[str, object] = field(default_factory=dict)


Outcome = Executed | RequestError | Kept


@dataclass(frozen=True, slots=True)
class Stream:
    """A subscription is under way.

    Attributes:
        results: One for each event. They end with a `Refused` where they cannot go on, and must be closed by whoever
            stops reading them.
        headers: Header fields of the response.
        expires_at: When the caller's credential ends, and the stream with it, in seconds of Unix time; None for never.
    """

    results: AsyncGenerator[Outcome]
    headers: Mapping[str, str] = field(default_factory=dict)
    expires_at: float | None = None


def members(outcome: Outcome) -> dict[str, object]:
    """What came of a well-formed request, as GraphQL's own response (GraphQL specification, section 7.1)."""
    if isinstance(outcome, Kept):
        kept: dict[str, object] = orjson.loads(outcome.content.body)
        return kept
    body: dict[str, object] = {}
    if outcome.errors:
        body["errors"] = outcome.errors  # first, where a person looks for it
    if isinstance(outcome, Executed):
        body["data"] = outcome.data
    if outcome.extensions:
        body["extensions"] = outcome.extensions
    return body


def refusal_entry(refused: Refused) -> ErrorEntry:
    """The one error of a refusal."""
    return {"message": refused.message, "extensions": {"code": refused.code, **refused.details}}


def answer(outcome: Outcome, media_type: MediaType, profile: StatusProfile) -> Response:
    """Write what came of a well-formed request."""
    if isinstance(outcome, Kept):
        return _respond(outcome.content.body, 200, media_type, outcome.headers)
    if isinstance(outcome, Executed):
        status = _executed_status(outcome, media_type, profile)
    else:
        status = _request_error_status(outcome.cause, media_type, profile)
        if profile is StatusProfile.DRAFT:
            media_type = MediaType.GRAPHQL_RESPONSE
    return write(members(outcome), status, media_type, outcome.headers)


def answer_get(
    outcome: Outcome, media_type: MediaType, profile: StatusProfile, request_headers: RawHeaders
) -> Response | Answer:
    """Write what came of a GET: what may be kept says so, and is sent only to a client that does not have it."""
    if isinstance(outcome, Kept):
        return answer_kept(outcome, media_type.content_type, request_headers)
    if isinstance(outcome, Executed) and outcome.freshness is not None and not outcome.errors:
        content, content_type = content_of(outcome), media_type.content_type
        return respond(content, content_type, outcome.freshness, request_headers, headers=outcome.headers)
    return answer(outcome, media_type, profile)


def answer_kept(kept: Kept, content_type: str, request_headers: RawHeaders) -> Answer:
    """Write an answer that is at hand."""
    return respond(kept.content, content_type, kept.freshness, request_headers, headers=kept.headers)


def content_of(executed: Executed) -> Content:
    """The bytes of an answer."""
    return Content(encode(members(executed)))


def refusal(refused: Refused, media_type: MediaType, profile: StatusProfile) -> Response:
    """Write a refusal: one error, its code, and the status whatever the media type."""
    status = refused.draft_status if profile is StatusProfile.DRAFT else refused.status
    return write({"errors": [refusal_entry(refused)]}, status, media_type, refused.headers)


def _executed_status(executed: Executed, media_type: MediaType, profile: StatusProfile) -> int:
    partial = profile is StatusProfile.DRAFT and executed.errors and media_type is MediaType.GRAPHQL_RESPONSE
    return 294 if partial else 200


def _request_error_status(cause: RequestErrorCause, media_type: MediaType, profile: StatusProfile) -> int:
    if profile is StatusProfile.DRAFT:
        return cause.draft_status
    return 400 if media_type is MediaType.GRAPHQL_RESPONSE else 200


def write(body: object, status: int, media_type: MediaType, headers: Mapping[str, str]) -> Response:
    """Write JSON that nobody may keep, unless `headers` say otherwise."""
    return _respond(encode(body), status, media_type, headers)


def _respond(body: bytes, status: int, media_type: MediaType, headers: Mapping[str, str]) -> Response:
    fields = {"Content-Type": media_type.content_type, "Vary": "Accept", "Cache-Control": NO_STORE}
    return Response(body, status, headers=fields | dict(headers))


def encode(value: object) -> bytes:
    """Write JSON.

    orjson stops at 254 levels and at integers beyond 64 bits, and a client can ask for either. The standard library
    goes further, and is a hundred times slower than the few answers that need it deserve to notice.

    Raises:
        TypeError: If the value holds what has no JSON form.
    """
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:
        return json.dumps(value, allow_nan=False, separators=(",", ":")).encode()
