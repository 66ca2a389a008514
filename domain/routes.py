"""Routes: addresses under which callers of plain HTTP reach an operation, such as `GET /api/functions/{slug}`.

A segment is a literal or one parameter in braces. Where several routes fit a path, a literal goes before a parameter;
two of which neither is the narrower one cannot stand beside each other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

PREFIX: Final = "/api/"
"""What every route begins with, so that none can take an address of the server's own."""

MAX_LENGTH: Final = 300

_SEGMENT: Final = re.compile(r"[A-Za-z0-9._~-]+|\{[_A-Za-z][_0-9A-Za-z]*\}")


class InvalidRoute(ValueError):
    """What is no route; the message says why."""


@dataclass(frozen=True, slots=True)
class Route:
    """An address with parameters. Made by `parse_route`.

    Attributes:
        path: as it is written, `/api/functions/{slug}`.
        segments: what stands between its slashes.
    """

    path: str
    segments: tuple[str, ...]

    def __str__(self) -> str:
        return f"GET {self.path}"

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names in braces, in their order."""
        return tuple(each[1:-1] for each in self.segments if _is_parameter(each))

    @property
    def shape(self) -> tuple[str | None, ...]:
        """What it fits, whatever its parameters are called: literals, and None for anything."""
        return tuple(None if _is_parameter(each) else each for each in self.segments)

    def match(self, segments: Sequence[str]) -> dict[str, str] | None:
        """The values of its parameters in a path that it fits; None where it does not fit."""
        if len(segments) != len(self.segments):
            return None
        values: dict[str, str] = {}
        for own, given in zip(self.segments, segments, strict=True):
            if _is_parameter(own) and given:
                values[own[1:-1]] = given
            elif own != given:
                return None
        return values


def parse_route(text: str) -> Route:
    """Read a route.

    Args:
        text: `GET /api/functions/{slug}`.

    Raises:
        InvalidRoute: it has another method, does not begin with `PREFIX`, or has a segment that none can be.
    """
    method, space, path = text.partition(" ")
    if not space or method != "GET":
        raise InvalidRoute(f"A route is written `GET {PREFIX}functions/{{slug}}`; only GET is routed.")
    if not path.startswith(PREFIX) or len(path) > MAX_LENGTH:
        raise InvalidRoute(f"The path of a route begins with {PREFIX} and has at most {MAX_LENGTH} characters.")
    segments = tuple(path[1:].split("/"))
    for each in segments:
        if not _SEGMENT.fullmatch(each) or each in {".", ".."}:
            raise InvalidRoute(f"{each!r} is no segment: letters, digits and `-._~`, or one `{{parameter}}`.")
    route = Route(path, segments)
    if len(set(route.parameters)) < len(route.parameters):
        raise InvalidRoute("A parameter stands twice in the path.")
    return route


def are_ambiguous(one: Route, other: Route) -> bool:
    """Whether a path may fit both, and neither is the narrower one; two of one shape are not asked about."""
    if len(one.shape) != len(other.shape):
        return False
    pairs = list(zip(one.shape, other.shape, strict=True))
    if any(left is not None and right is not None and left != right for left, right in pairs):
        return False
    narrower = any(left is not None and right is None for left, right in pairs)
    wider = any(left is None and right is not None for left, right in pairs)
    return narrower and wider


def precedence(route: Route) -> tuple[bool, ...]:
    """Sorts the narrower of two routes first."""
    return tuple(each is None for each in route.shape)


def _is_parameter(segment: str) -> bool:
    return segment.startswith("{")
