"""What went wrong, as clients may see it; what is not meant for them goes to the log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import structlog
from graphql import GraphQLError

from commands.paying.starting import ProviderAway
from db.contention import InUse
from db.failures import is_unavailable
from domain.errors import Refusal as DomainRefusal
from persisted_queries.analysis import BrokenLimit
from server.http.answer import ErrorEntry, RequestError, RequestErrorCause
from server.http.failures import MASKED
from server.http.refusals import Code, Refused

_RETRY_AFTER: Final = {"Retry-After": "2"}

_PASSING: Final = frozenset({Code.SERVICE_UNAVAILABLE, Code.INTERNAL_SERVER_ERROR, InUse.code, ProviderAway.code})

_log = structlog.get_logger(__name__)


def request_error(errors: Sequence[GraphQLError], code: str, cause: RequestErrorCause) -> RequestError:
    """Why a document was not executed."""
    return RequestError([_entry(error, error.message, code) for error in errors], cause)


class ContractBroken(Exception):
    """Variables beyond what a published operation may be asked with; nothing was executed."""

    def __init__(self, broken: Sequence[BrokenLimit]) -> None:
        super().__init__(*map(str, broken))
        self.broken = tuple(broken)


def contract_error(broken: Sequence[BrokenLimit]) -> RequestError:
    """Which variables are too large, and how large each may be."""
    errors: list[ErrorEntry] = [
        {
            "message": str(each),
            "extensions": {"code": "VARIABLE_TOO_LARGE", **each._asdict()},
        }
        for each in broken
    ]
    return RequestError(errors, RequestErrorCause.VARIABLES)


def field_error(error: GraphQLError, request_id: str | None) -> ErrorEntry:
    """One field's error as its client may see it; what is not meant for clients goes to the log."""
    original = error.original_error
    if isinstance(original, DomainRefusal):
        return _entry(error, str(original), original.code)
    if original is not None and is_unavailable(original):
        _log.warning("database unavailable", path=error.path, reason=repr(original))
        return _entry(error, "This part of the answer is not available right now; try again.", "SERVICE_UNAVAILABLE")
    if original is None or isinstance(original, GraphQLError):
        return _entry(error, error.message, "BAD_USER_INPUT")
    _log.error("field failed", path=error.path, request_id=request_id, exc_info=original)
    entry = _entry(error, MASKED, Code.INTERNAL_SERVER_ERROR)
    return {**entry, "extensions": {"code": Code.INTERNAL_SERVER_ERROR, "requestId": request_id}}


def is_lasting(errors: Sequence[ErrorEntry]) -> bool:
    """Whether the same would be said again: nothing failed that may be mended by then."""
    return not any(_code_of(error) in _PASSING for error in errors)


def _code_of(error: ErrorEntry) -> object:
    extensions = error.get("extensions")
    return extensions.get("code") if isinstance(extensions, dict) else None


def _entry(error: GraphQLError, message: str, code: str) -> dict[str, object]:
    entry: dict[str, object] = {"message": message}
    if error.locations:
        entry["locations"] = [{"line": each.line, "column": each.column} for each in error.locations]
    if error.path is not None:
        entry["path"] = error.path
    return {**entry, "extensions": {**(error.extensions or {}), "code": code}}


def timed_out(seconds: float) -> Refused:
    """The operation took too long."""
    message = f"The operation took longer than {seconds:g} seconds and was cancelled; ask for less at once."
    return Refused(503, "DEADLINE_EXCEEDED", message, headers=_RETRY_AFTER)


def unavailable() -> Refused:
    """Without the database there is no answer."""
    return Refused(503, "SERVICE_UNAVAILABLE", "The database is not available; try again.", headers=_RETRY_AFTER)
