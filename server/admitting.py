"""Which document a caller gets: from what is asked for to a text or an operation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from email.utils import format_datetime

import structlog

from domain.registry import Policy, ReleaseState
from domain.versions import Notice
from persisted_queries.admission import admit, registers
from persisted_queries.automatic import AutomaticQueries
from persisted_queries.documents import PreparedDocument
from persisted_queries.live import LiveRegistry, StaleRegistry
from persisted_queries.refusals import Reason
from persisted_queries.registry import Entry, RegisteredClient, RegisteredOperation, Registry
from persisted_queries.requests import DocumentRequest
from persisted_queries.usage import Called, Usage
from server.calling import Caller
from server.http.refusals import Refused, document_refused

_NO_CACHE = {"Cache-Control": "private, no-cache, must-revalidate"}

_log = structlog.get_logger(__name__)


def serve_from(live: LiveRegistry) -> Registry:
    """The registry of this process, if it may be served from.

    Raises:
        Refused: 503, while it is not known whether it is the newest.
    """
    try:
        return live.served()
    except StaleRegistry:
        message = "Whether what this server knows of clients and operations is up to date cannot be told; try again."
        raise Refused(503, "REGISTRY_STALE", message, headers={"Retry-After": "1"}) from None


@dataclass(frozen=True, slots=True)
class Admitted:
    """The document of a request.

    Attributes:
        text: of the document.
        published: the document itself, if a release has it; then nothing is parsed or validated.
        called: by what and whose name it is counted.
        operation: what is known of it, if a release has it.
        headers: what its answer says of the release.
    """

    text: str
    published: PreparedDocument | None
    called: Called
    operation: RegisteredOperation | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def noticed(self, notice: Notice) -> Admitted:
        """The same, where the document asks for fields that are deprecated; of a release that is, its own end counts.

        The links lead to the guides (RFC 9745, section 3), and on from a release to the one that succeeds it.
        """
        guides = [f'<{each}>; rel="deprecation"; type="text/plain"' for each in notice.guides]
        said = {"Deprecation": _moment(notice.since), "Sunset": _date(notice.ends), **self.headers}
        links = ", ".join([*guides, *filter(None, [self.headers.get("Link")])])
        return replace(self, headers={**said, "Link": links})


@dataclass(frozen=True, slots=True)
class Door:
    """Admits requests for documents.

    Attributes:
        automatic: What was registered by hash.
        policy: What callers may send that have no credential.
        registry: The newest snapshot.
        usage: Counts what is refused.
        introspection: Whether callers may ask for the schema that have no credential.
    """

    automatic: AutomaticQueries
    policy: Policy
    registry: Callable[[], Registry] = Registry
    usage: Usage = field(default_factory=Usage)
    introspection: bool = True

    def may_introspect(self, caller: Caller) -> bool:
        """Whether a caller may ask for the schema."""
        return self.introspection if caller.client is None else caller.client.introspection

    async def admit(self, document: DocumentRequest, caller: Caller) -> Admitted:
        """Find the document that is asked for.

        Raises:
            Refused: the policy forbids the document; it is not known, or retired.
        """
        client = caller.client
        entry, called = (None, Called()) if client is None else _find(self.registry(), client, document)
        try:
            return await self._admit(document, caller, entry, called)
        except Refused:
            self.usage.refused(called)
            raise

    async def _admit(self, document: DocumentRequest, caller: Caller, entry: Entry | None, called: Called) -> Admitted:
        client, policy = caller.client, self.policy_of(caller)
        not_served = None if entry is None or document.text is not None else refusal_of(entry)
        if not_served is not None:
            raise not_served
        published = None if entry is None else entry.operation
        if document.id is not None and published is None and registers(policy):
            return Admitted(await self._registered(document, caller, Reason.DOCUMENT_NOT_FOUND), None, called)
        verdict = admit(policy, document, published=published is not None)
        if verdict.refusal is not None:
            raise document_refused(verdict.refusal)
        if verdict.recorded is not None:
            code, who = verdict.recorded.value, None if client is None else client.name
            _log.warning("would be refused", code=code, policy=policy.name, client=who, request_id=caller.request_id)
        if entry is not None and published is not None:
            return Admitted(published.text, published.document, called, published, _headers(entry))
        if document.text is not None:
            return Admitted(document.text, None, called)
        return Admitted(await self._registered(document, caller, Reason.AUTOMATIC_NOT_FOUND), None, called)

    def admit_still(self, admitted: Admitted, document: DocumentRequest, caller: Caller) -> None:
        """Check that a document which was admitted would be admitted now: of those who stay, who may have changed.

        Nothing is asked of anyone for it, and nothing counted.

        Raises:
            Refused: the policy forbids the document by now; its release is retired; its fields are granted no longer.
        """
        entry = None if caller.client is None else _find(self.registry(), caller.client, document)[0]
        not_served = None if entry is None or document.text is not None else refusal_of(entry)
        if not_served is not None:
            raise not_served
        published, policy = None if entry is None else entry.operation, self.policy_of(caller)
        if document.id is not None and published is None and admitted.operation is None and registers(policy):
            return
        verdict = admit(policy, document, published=published is not None)
        if verdict.refusal is not None:
            raise document_refused(verdict.refusal)
        if document.text is None and published is not None and published.text != admitted.text:
            raise document_refused(Reason.DOCUMENT_NOT_FOUND)  # the id has come to mean another one

    async def _registered(self, document: DocumentRequest, caller: Caller, otherwise: Reason) -> str:
        """The text that the caller has registered under a hash, or an id that is one."""
        hash_ = document.registered_as
        text = None if hash_ is None else await self.automatic.find(caller.apq_owner, hash_)
        if text is None:
            raise document_refused(otherwise)
        return text

    async def register(self, text: str, hash_: str, caller: Caller) -> None:
        """Keep a text that is valid for a caller, unless the policy keeps nothing."""
        if registers(self.policy_of(caller)):
            await self.automatic.register(caller.apq_owner, hash_, text)

    def policy_of(self, caller: Caller) -> Policy:
        """What a caller may send."""
        return self.policy if caller.client is None else caller.client.policy


def _find(registry: Registry, client: RegisteredClient, document: DocumentRequest) -> tuple[Entry | None, Called]:
    """What a client asks for, if a release of it has it; and what that is counted as."""
    if document.text is not None:
        entry, by_release = registry.find_text(client.client_id, document.text), False
    else:
        entry, by_release = None, False
        for each in document.ids:
            entry = registry.find(client.client_id, each.value)
            if entry is not None:
                by_release = each.value == entry.pinned_id
                break
    if entry is None:
        return None, Called(client.name)
    return entry, Called(client.name, entry.release.name, entry.public_id, by_release)


def refusal_of(entry: Entry) -> Refused | None:
    """Why an operation that a client has is not served: it is retired, or no longer granted; None where it is."""
    if entry.release.state is ReleaseState.RETIRED:
        return _retired(entry)
    return _not_granted(entry) if entry.ungranted else None


def _headers(entry: Entry) -> dict[str, str]:
    """What RFC 9745 and RFC 8594 say of a release that will end."""
    release = entry.release
    if release.state is not ReleaseState.DEPRECATED:
        return {}
    headers: dict[str, str] = {}
    if release.deprecated_at is not None:
        headers["Deprecation"] = _moment(release.deprecated_at)
    if release.sunset_at is not None:
        headers["Sunset"] = _date(release.sunset_at)
    if entry.successor_id is not None:
        headers["Link"] = f'</graphql/{entry.successor_id}>; rel="successor-version"'
    return headers


def _moment(at: dt.datetime) -> str:
    """A date as RFC 9651 writes it in structured fields (section 3.3.7)."""
    return f"@{int(at.timestamp())}"


def _date(at: dt.datetime) -> str:
    """The same for fields that are older than structured ones (RFC 9110, section 5.6.7)."""
    return format_datetime(at.astimezone(dt.UTC), usegmt=True)


def _retired(entry: Entry) -> Refused:
    ended, successor = entry.release.retired_at, entry.release.successor
    details: dict[str, object] = {}
    if ended is not None:
        details["retiredAt"] = ended.isoformat()
    if successor is not None:
        details["successor"] = successor
    message = "This operation is retired" + (f"; release {successor} succeeds it." if successor else ".")
    return Refused(410, "PERSISTED_DOCUMENT_RETIRED", message, details=details)


def _not_granted(entry: Entry) -> Refused:
    fields = ", ".join(f"`{each}`" for each in entry.ungranted)
    message = f"You are not granted what this operation touches: {fields}."
    details = {"fields": list(entry.ungranted)}
    return Refused(403, "PERSISTED_DOCUMENT_NOT_GRANTED", message, details=details, headers=_NO_CACHE)
