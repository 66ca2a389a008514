"""Requests that were answered with what was at hand: those that are the same, byte for byte, need not be read again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from starlette.types import Scope

from server.http.answer import Kept, answer_kept
from server.http.caching import Answer
from server.http.negotiate import MediaType

Again: TypeAlias = Callable[[], Kept | None]
"""Gives an answer anew; None where it has to be asked for in full."""

Seen: TypeAlias = tuple[bytes, ...]

_MOST: Final = 2_000
"""How many requests are remembered, if they have no more bytes than follow."""

_BYTES: Final = 4_000

_SAY: Final = frozenset({b"accept", b"authorization", b"x-api-key"})
"""The header fields that have a say in an answer (`server.http.caching.VARY`)."""


def seen(scope: Scope) -> Seen:
    """All of a GET that has a say in its answer."""
    said: list[bytes] = [scope["path"].encode(), scope["query_string"]]
    for name, value in scope["headers"]:
        if name in _SAY:
            said.append(name)
            said.append(value)
    return tuple(said)


@dataclass(slots=True)
class Recalled:
    """How to answer requests again; those asked last stay."""

    _known: OrderedDict[Seen, tuple[Again, MediaType]] = field(default_factory=OrderedDict)

    def answer(self, scope: Scope) -> Answer | None:
        """The answer to a GET that is the same as one before.

        Raises:
            Refused: what giving it anew raises.
        """
        request = seen(scope)
        known = self._known.get(request)
        if known is None:
            return None
        again, media_type = known
        kept = again()
        if kept is None:
            del self._known[request]
            return None
        self._known.move_to_end(request)
        return answer_kept(kept, media_type, scope["headers"])

    def remember(self, scope: Scope, again: Again, media_type: MediaType) -> None:
        """Remember how a GET is answered again, as this media type."""
        request = seen(scope)
        if sum(map(len, request)) > _BYTES:
            return
        self._known[request] = again, media_type
        if len(self._known) > _MOST:
            self._known.popitem(last=False)
