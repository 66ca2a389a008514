"""Admission: what becomes of a request for a document, decided before anything is read or run."""

from __future__ import annotations

from dataclasses import dataclass

from domain.registry import Admission, Policy
from persisted_queries.refusals import Reason
from persisted_queries.requests import DocumentRequest

_ANY_TEXT = frozenset({Admission.OPEN, Admission.APQ})


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a request is admitted.

    Attributes:
        refusal: why it is refused; None if it is admitted.
        recorded: why it would have been refused, if the policy were not `log_only`.
    """

    refusal: Reason | None = None
    recorded: Reason | None = None


def admit(policy: Policy, request: DocumentRequest, *, published: bool) -> Verdict:
    """Decide.

    Args:
        policy: of the client; of callers without a credential, the default one.
        request: names a document.
        published: whether a release of this client has the document, under one of `request.ids` or as this text.
    """
    if request.text is None and published:
        return Verdict()
    if request.id is not None:
        # Whatever the policy, there is nothing to run.
        return Verdict(Reason.DOCUMENT_NOT_FOUND)
    reason = _objection(policy.admission, request, published=published)
    return Verdict(recorded=reason) if policy.log_only else Verdict(reason)


def registers(policy: Policy) -> bool:
    """Whether the documents that a client sends with their hashes are kept for it, to be asked for by hash or id."""
    return policy.admission is Admission.APQ or policy.log_only


def _objection(admission: Admission, request: DocumentRequest, *, published: bool) -> Reason | None:
    if admission is Admission.OPEN and request.text is None:
        return Reason.AUTOMATIC_NOT_ALLOWED  # nothing of it was ever registered
    if admission in _ANY_TEXT or (admission is Admission.SAFELIST and published):
        return None
    if request.hash is not None:
        return Reason.AUTOMATIC_NOT_ALLOWED
    return Reason.NOT_IN_SAFELIST if admission is Admission.SAFELIST else Reason.ID_REQUIRED
