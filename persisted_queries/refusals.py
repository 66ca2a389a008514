"""Why a request for a document is refused, in the words that clients of persisted operations know."""

from __future__ import annotations

from enum import Enum


class Reason(Enum):
    """What is wrong with a request for a document. The value is the `extensions.code` that clients see."""

    AUTOMATIC_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    AUTOMATIC_NOT_ALLOWED = "PERSISTED_QUERY_NOT_SUPPORTED"
    HASH_MISMATCH = "PERSISTED_QUERY_HASH_MISMATCH"
    VERSION_NOT_SUPPORTED = "PERSISTED_QUERY_VERSION_NOT_SUPPORTED"
    DOCUMENT_NOT_FOUND = "PERSISTED_DOCUMENT_NOT_FOUND"
    ID_REQUIRED = "PERSISTED_QUERY_ID_REQUIRED"
    NOT_IN_SAFELIST = "QUERY_NOT_IN_SAFELIST"
    ID_AND_TEXT = "CANNOT_SEND_PQ_ID_AND_BODY"
    INVALID_ID = "INVALID_DOCUMENT_ID"
    MALFORMED = "INVALID_PARAMETER"


_MESSAGES = {
    # Clients of automatic persisted queries match the first two letter by letter.
    Reason.AUTOMATIC_NOT_FOUND: "PersistedQueryNotFound",
    Reason.AUTOMATIC_NOT_ALLOWED: "PersistedQueryNotSupported",
    Reason.HASH_MISMATCH: '"extensions.persistedQuery.sha256Hash" is not the SHA-256 of "query".',
    Reason.VERSION_NOT_SUPPORTED: "Unsupported persisted query version",
    # The id is not repeated: one that does not exist and one of another client get the same bytes.
    Reason.DOCUMENT_NOT_FOUND: "You have no persisted document of this id.",
    Reason.ID_REQUIRED: 'Text is not accepted here: send the id of a published operation as "documentId".',
    Reason.NOT_IN_SAFELIST: "This text is not one of your published operations.",
    Reason.ID_AND_TEXT: "Send either a document's id or its text, not both.",
    Reason.INVALID_ID: "This is not a document id.",
    Reason.MALFORMED: "This is not a well-formed request for a document.",
}


class DocumentRequestRefused(Exception):
    """A request that gets no document."""

    def __init__(self, reason: Reason, message: str | None = None) -> None:
        self.reason = reason
        self.message = message or _MESSAGES[reason]
        super().__init__(self.message)
