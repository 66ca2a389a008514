"""`GET /operations` and `GET /operations/{id}`: the caller's own operations, and nobody else's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request

from persisted_queries.refusals import Reason
from persisted_queries.registry import Entry, RegisteredOperation, Registry
from server.admitting import refusal_of
from server.calling import Caller, Callers
from server.http.caching import Answer
from server.http.params import plain_parameters
from server.http.refusals import Refused, document_refused, invalid_parameter
from server.operations.asking import who_asks
from server.operations.describing import Describer
from server.operations.ready import ready

DEFAULT_SIZE: Final = 100
MAX_SIZE: Final = 500
"""How many operations a page has, unless said, and at most."""

_PARAMETERS: Final = frozenset({"q", "first", "after"})


@dataclass(frozen=True, slots=True)
class Own:
    """What a caller may call: the operations of its client, or, without a credential, those under public routes."""

    client: str | None
    entries: Sequence[tuple[Entry, RegisteredOperation]]

    @property
    def by_route(self) -> bool:
        """Whether the caller reaches them by their routes alone."""
        return self.client is None


def own_operations(registry: Registry, caller: Caller) -> Own:
    """What a caller may call, by name."""
    client = caller.client
    entries = registry.public_entries() if client is None else registry.entries(client.client_id)
    served = [(entry, entry.operation) for entry in entries if entry.operation is not None]
    served.sort(key=lambda each: (each[1].name or "", each[0].public_id))
    return Own(None if client is None else client.name, served)


@dataclass(frozen=True, slots=True)
class Listing:
    """Tells callers of their operations.

    Attributes:
        registry: the newest snapshot.
        callers: knows who asks.
        describer: describes operations.
    """

    registry: Callable[[], Registry]
    callers: Callers
    describer: Describer

    async def list(self, request: Request) -> Answer:
        """A page of the caller's operations, in the order of their names.

        Raises:
            Refused: a credential is not valid; a parameter of the query string is none.
        """
        caller = await who_asks(self.callers, request)
        asked = _asked(request)
        own = own_operations(self.registry(), caller)
        found = [each for each in own.entries if _matches(each, asked.text)]
        begin = _place(found, asked.after)
        page = found[begin : begin + asked.size]
        more = begin + asked.size < len(found)
        following = _address(request, asked, page[-1][0].public_id) if more else None
        body = {
            "client": own.client,
            "count": len(found),
            "operations": [self.describer.member(*each, by_route=own.by_route) for each in page],
            "next": following,
        }
        headers = {"Link": f'<{following}>; rel="next"'} if following else {}
        return ready(request, body, caller, headers)

    async def one(self, request: Request) -> Answer:
        """One operation of the caller, by any id that it may be called by.

        Raises:
            Refused: a credential is not valid; 404 for an id that is unknown or another client's; 410 and 403 for one
                that is no longer served.
        """
        caller = await who_asks(self.callers, request)
        entry = self._find(caller, request.path_params["id"])
        not_served = None if entry is None else refusal_of(entry)
        if not_served is not None:
            raise not_served
        if entry is None or entry.operation is None:
            raise document_refused(Reason.DOCUMENT_NOT_FOUND)
        body = self.describer.member(entry, entry.operation, by_route=caller.client is None)
        return ready(request, body, caller)

    def _find(self, caller: Caller, public_id: str) -> Entry | None:
        registry = self.registry()
        if caller.client is not None:
            return registry.find(caller.client.client_id, public_id)
        return next((each for each in registry.public_entries() if each.public_id == public_id), None)


@dataclass(frozen=True, slots=True)
class _Asked:
    text: str
    size: int
    after: str | None


def _asked(request: Request) -> _Asked:
    given = plain_parameters(request.scope["query_string"], _PARAMETERS)
    size = given.get("first", str(DEFAULT_SIZE))
    if not (size.isascii() and size.isdigit() and len(size) <= len(str(MAX_SIZE)) and 0 < int(size) <= MAX_SIZE):
        raise invalid_parameter(f'"first" is how many operations a page has: from 1 to {MAX_SIZE}.')
    return _Asked(given.get("q", "").strip().lower(), int(size), given.get("after"))


def _matches(each: tuple[Entry, RegisteredOperation], text: str) -> bool:
    entry, operation = each
    places = (operation.name or "", entry.public_id, str(entry.route or ""), operation.text)
    return not text or any(text in place.lower() for place in places)


def _place(found: Sequence[tuple[Entry, RegisteredOperation]], after: str | None) -> int:
    if after is None:
        return 0
    for place, (entry, _) in enumerate(found):
        if entry.public_id == after:
            return place + 1
    raise Refused(400, "INVALID_CURSOR", 'There is no operation "after" which a page could begin: begin again.')


def _address(request: Request, asked: _Asked, after: str) -> str:
    parameters = {"q": asked.text, "first": str(asked.size), "after": after}
    given = {name: value for name, value in parameters.items() if value}
    return f"{request.url.path}?{urlencode(given)}"
