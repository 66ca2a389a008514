"""Requests that were answered with what was at hand: those that are the same, byte for byte, need not be read again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from starlette.types import Scope

from server.http.answer import Kept, answer_kept
from server.http.caching import Answer

Again: TypeAlias = Callable[[], Kept | None]
"""Gives an answer anew; None where it has to be asked for in full."""

Seen: TypeAlias = tuple[bytes, ...]

_MOST: Final = 2_000
"""How many requests are remembered, if they have no more bytes than follow."""

_BYTES: Final = 4_000

_SAY: Final = frozenset({b"accept", b"authorization", b"x-api-key"})
"""The header fields that have a say in an answer (`server.http.caching.VARY`)."""


@dataclass(slots=True)
class _Known:
    """How a request is answered again, and how it was the last time."""

    again: Again
    content_type: str
    kept: Kept | None = None
    answer: Answer | None = None


def _seen(scope: Scope) -> tuple[Seen, bool]:
    """All of a GET that has a say in its answer; and whether it is wanted only if it is another one."""
    # As it was sent: to a named route, an encoded slash is another character than a slash.
    said: list[bytes] = [scope.get("raw_path") or scope["path"].encode(), scope["query_string"]]
    conditional = False
    for name, value in scope["headers"]:
        if name in _SAY:
            said += (name, value)
        elif name == b"if-none-match":
            conditional = True
    return tuple(said), conditional


@dataclass(slots=True)
class Recalled:
    """How to answer requests again; those asked last stay."""

    _known: OrderedDict[Seen, _Known] = field(default_factory=OrderedDict)

    def answer(self, scope: Scope) -> Answer | None:
        """The answer to a GET that is the same as one before.

        Raises:
            Refused: what giving it anew raises.
        """
        request, conditional = _seen(scope)
        known = self._known.get(request)
        if known is None:
            return None
        kept = known.again()
        if kept is None:
            del self._known[request]
            return None
        self._known.move_to_end(request)
        if conditional:
            return answer_kept(kept, known.content_type, scope["headers"])
        if known.answer is None or kept is not known.kept:
            known.kept, known.answer = kept, answer_kept(kept, known.content_type, [])
        return known.answer

    def remember(self, scope: Scope, again: Again, content_type: str) -> None:
        """Remember how a GET is answered again, as this type of content."""
        request, _ = _seen(scope)
        if sum(map(len, request)) > _BYTES:
            return
        self._known[request] = _Known(again, content_type)
        if len(self._known) > _MOST:
            self._known.popitem(last=False)
