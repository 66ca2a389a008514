"""The short way to an answer that is at hand, for a request that is the same as one before it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from persisted_queries.usage import Called
from server.admitting import Door
from server.caching.responses import Found, ResponseCache
from server.caching.store import Key
from server.http.answer import Kept
from server.http.caching import Freshness


@dataclass(slots=True, kw_only=True)
class Recollection:
    """What was found out about a request: which client calls, which document it gets, what its variables are.

    It holds as long as the registry is the same: a client, its key, its policy and its releases change with that alone.
    Whether the answer still holds is asked each time. Of a request with a token there is none: a token ends by itself,
    or is revoked, and only reading it tells.

    Attributes:
        responses: has the answer.
        key: under which key.
        freshness: for how long it may be used again.
        headers: of the answer.
        door: admitted the caller to the document, and counts the call.
        version: of the registry in which the client has the document; None for a caller without a key, of whom the
            registry knows nothing.
        called: what was called.
        cost: what it would have cost.
        deprecated: whether it asks for a deprecated field.
    """

    responses: ResponseCache
    key: Key
    freshness: Freshness
    headers: Mapping[str, str]
    door: Door
    version: int | None
    called: Called
    cost: int
    deprecated: bool = False
    _found: Found | None = None
    _kept: Kept | None = None

    def again(self) -> Kept | None:
        """The answer, and the call is counted; None where it has to be asked for in full.

        As long as it would say the same, down to its age in seconds, it is the same object.

        Raises:
            Refused: nobody may be served from the registry just now.
        """
        if self.version is not None and self.door.registry().version != self.version:
            return None
        began_at = time.perf_counter()
        found = self.responses.find(self.key)
        if found is None:
            return None
        self.door.usage.answered(self.called, time.perf_counter() - began_at, failed=False, cost=self.cost)
        if self.deprecated:
            self.door.usage.deprecated(self.called)
        if self._kept is None or found != self._found:
            freshness = found.freshness(self.freshness, self.responses.stale_seconds)
            self._found, self._kept = found, Kept(found.entry.content, freshness, self.headers)
        return self._kept
