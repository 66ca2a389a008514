"""What is refused before any GraphQL runs, each with its status, its code and the header fields it owes the client."""

from collections.abc import Mapping
from enum import StrEnum

from persisted_queries.refusals import DocumentRequestRefused, Reason

ENDPOINT_METHODS = "GET, HEAD, POST, OPTIONS"


class Code(StrEnum):
    """The `extensions.code` of a refusal: stable, for programs to act on. The message beside it is for people."""

    BAD_REQUEST = "BAD_REQUEST"
    INVALID_JSON = "INVALID_JSON"
    INVALID_PARAMETER = "INVALID_PARAMETER"
    MISSING_QUERY = "MISSING_QUERY"
    BATCHING_NOT_SUPPORTED = "BATCHING_NOT_SUPPORTED"
    NOT_FOUND = "NOT_FOUND"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    NOT_ACCEPTABLE = "NOT_ACCEPTABLE"
    REQUEST_TIMEOUT = "REQUEST_TIMEOUT"
    BODY_TOO_LARGE = "BODY_TOO_LARGE"
    URL_TOO_LONG = "URL_TOO_LONG"
    UNSUPPORTED_MEDIA_TYPE = "UNSUPPORTED_MEDIA_TYPE"
    BATCH_TOO_LARGE = "BATCH_TOO_LARGE"
    PREFLIGHT_REQUIRED = "PREFLIGHT_REQUIRED"
    MISDIRECTED_REQUEST = "MISDIRECTED_REQUEST"
    SERVER_OVERLOADED = "SERVER_OVERLOADED"
    RATE_LIMITED = "RATE_LIMITED"
    HEAD_TOO_LARGE = "HEAD_TOO_LARGE"
    ORIGIN_NOT_ALLOWED = "ORIGIN_NOT_ALLOWED"
    TOO_MANY_CONNECTIONS = "TOO_MANY_CONNECTIONS"
    INTERNAL_SERVER_ERROR = "INTERNAL_SERVER_ERROR"
    SERVICE_UNAVAILABLE = "SERVICE_UNAVAILABLE"


class Refused(Exception):
    """A request that gets no GraphQL answer, but a status and one error.

    An `execute` function may raise it as well as the readers of this room do.

    Attributes:
        status: HTTP status, the same for every media type.
        draft_status: HTTP status under the newest draft of the specification, where it differs.
        code: Becomes `extensions.code`.
        message: For people: what is wrong, where, and what would be right.
        details: Further members of `extensions`.
        headers: Header fields that the status calls for, such as `Allow`.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        draft_status: int | None = None,
        details: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Name the refusal."""
        super().__init__(message)
        self.status = status
        self.draft_status = draft_status or status
        self.code = code
        self.message = message
        self.details = dict(details or {})
        self.headers = dict(headers or {})


def explanation_refused() -> Refused:
    """The caller may not ask how an answer is come by."""
    return Refused(403, "FORBIDDEN", "`extensions.explain` is not for you to ask for; see the setting `EXPLAIN_TO`.")


def only_queries_are_explained() -> Refused:
    """An explanation of what is done again whenever somebody looks would change something."""
    return Refused(400, Code.INVALID_PARAMETER, "`extensions.explain` explains queries only.")


def bad_request(message: str) -> Refused:
    """The request is not HTTP that this server understands."""
    return Refused(400, Code.BAD_REQUEST, message)


def invalid_json(where: str, why: str) -> Refused:
    """What should be JSON is not, or nests deeper than this server reads."""
    return Refused(400, Code.INVALID_JSON, f"{where} is not acceptable JSON: {why}.")


def invalid_parameter(message: str) -> Refused:
    """The request is not a well-formed GraphQL-over-HTTP request."""
    return Refused(400, Code.INVALID_PARAMETER, message, draft_status=422)


def missing_query() -> Refused:
    """No document to execute was sent."""
    return Refused(
        400,
        Code.MISSING_QUERY,
        'Send the GraphQL document as the string "query", or an id as "documentId".',
        draft_status=422,
    )


def document_refused(reason: Reason, message: str | None = None) -> Refused:
    """No document for this request. The status is the same for both media types: clients act on it or on the code."""
    status, cache_control = _DOCUMENT_ANSWERS[reason]
    refused = DocumentRequestRefused(reason, message)
    headers = {} if cache_control is None else {"Cache-Control": cache_control}
    draft_status = 422 if reason is Reason.MALFORMED else None
    return Refused(status, reason.value, refused.message, draft_status=draft_status, headers=headers)


_REVALIDATE = "private, no-cache, must-revalidate"
_DOCUMENT_ANSWERS: Mapping[Reason, tuple[int, str | None]] = {
    # Clients of automatic persisted queries read these two as GraphQL's answers, and send the text.
    Reason.AUTOMATIC_NOT_FOUND: (200, _REVALIDATE),
    Reason.AUTOMATIC_NOT_ALLOWED: (200, _REVALIDATE),
    Reason.HASH_MISMATCH: (400, None),
    Reason.VERSION_NOT_SUPPORTED: (400, None),
    Reason.DOCUMENT_NOT_FOUND: (404, _REVALIDATE),
    Reason.ID_REQUIRED: (400, _REVALIDATE),
    Reason.NOT_IN_SAFELIST: (403, _REVALIDATE),
    Reason.ID_AND_TEXT: (400, None),
    Reason.INVALID_ID: (400, None),
    Reason.MALFORMED: (400, None),
}


def batching_not_supported() -> Refused:
    """A list of requests was sent in one."""
    message = "The request body must be one JSON object, not a list: send one operation a request."
    return Refused(400, Code.BATCHING_NOT_SUPPORTED, message, draft_status=422)


def batch_too_large(size: int, most: int) -> Refused:
    """More requests in one than there may be, or none."""
    what = f"has {size} requests; there may be {most}" if size else "is a list without a request"
    return Refused(400, Code.BATCH_TOO_LARGE, f"The request body {what}.", draft_status=422)


def method_not_allowed(method: str) -> Refused:
    """The endpoint has no such method (RFC 9110, section 15.5.6 asks for `Allow`)."""
    message = f"This endpoint has no method {method[:32]}: send GraphQL by GET or POST."
    return Refused(405, Code.METHOD_NOT_ALLOWED, message, headers={"Allow": ENDPOINT_METHODS})


def mutation_by_get() -> Refused:
    """A safe method may not change anything. `execute` raises it when it is called with `read_only`."""
    message = "Only queries may be sent by GET: send this operation by POST."
    return Refused(405, Code.METHOD_NOT_ALLOWED, message, headers={"Allow": "POST"})


def subscription_needs_stream() -> Refused:
    """A subscription has many results, and the request allows for one."""
    message = "A subscription is answered as text/event-stream: name it in Accept; or open a WebSocket here."
    return Refused(406, Code.NOT_ACCEPTABLE, message)


def not_acceptable(supported: str) -> Refused:
    """No media type of the `Accept` header is one that this server writes."""
    return Refused(406, Code.NOT_ACCEPTABLE, f"This endpoint answers in {supported}: name one in Accept.")


def body_timeout(seconds: float) -> Refused:
    """The body did not arrive in time. The connection cannot be used again: half a request stands in it."""
    message = f"The request body did not arrive whole within {seconds:g} seconds."
    return Refused(408, Code.REQUEST_TIMEOUT, message, headers={"Connection": "close"})


def body_too_large(max_bytes: int) -> Refused:
    """The body is larger than this server reads."""
    return Refused(413, Code.BODY_TOO_LARGE, f"The request body may have at most {max_bytes} bytes.")


def url_too_long(max_bytes: int) -> Refused:
    """The URL is longer than this server reads."""
    return Refused(414, Code.URL_TOO_LONG, f"The URL may have at most {max_bytes} bytes: send longer requests by POST.")


def unsupported_content_type(given: str | None) -> Refused:
    """The body's media type is missing or not the one that this server reads."""
    what = "has no Content-Type" if given is None else f"has a Content-Type that is not supported: {given[:100]!r}"
    message = f"The request {what}. Send application/json in UTF-8."
    return Refused(415, Code.UNSUPPORTED_MEDIA_TYPE, message, headers={"Accept-Post": "application/json"})


def unsupported_content_encoding(given: str) -> Refused:
    """The body is compressed (RFC 9110, section 15.5.16 asks for `Accept-Encoding`)."""
    message = f"The request has a Content-Encoding that is not supported: {given[:100]!r}. Send the body uncompressed."
    return Refused(415, Code.UNSUPPORTED_MEDIA_TYPE, message, headers={"Accept-Encoding": "identity"})
