"""Which media type an answer has, and which request bodies are read.

RFC 9110, sections 8.3 (Content-Type) and 12.5.1 (Accept); the two types are those of the GraphQL-over-HTTP
specification. Parameters other than `q` and `charset` are ignored. What does not parse in an Accept header matches
nothing and does no harm to the rest of it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from server.http.refusals import Refused, not_acceptable, unsupported_content_encoding, unsupported_content_type

_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_QUOTED = r'"(?:[^"\\]|\\.)*+"'
# Possessive and atomic throughout: no header, however wrong, is scanned twice.
_LIST_MEMBER = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*+"?+)++')
_MEDIA_RANGE = re.compile(
    rf"[ \t]*+({_NAME})/({_NAME})((?:[ \t]*+;[ \t]*+(?:{_NAME}=(?:{_NAME}|{_QUOTED}))?+)*+)[ \t]*+"
)
_PARAMETER = re.compile(rf"({_NAME})=({_NAME}|{_QUOTED})")
_QUALITY = re.compile(r"0(?:\.\d{0,3})?|1(?:\.0{0,3})?", re.ASCII)
_UTF8 = frozenset({"utf-8", "utf8"})


class MediaType(StrEnum):
    """A media type of answers. Under the first, the status says what happened; under the second, mostly 200."""

    GRAPHQL_RESPONSE = "application/graphql-response+json"
    JSON = "application/json"

    @property
    def content_type(self) -> str:
        """The value of the answer's Content-Type."""
        return f"{self}; charset=utf-8"


@dataclass(frozen=True, slots=True)
class MediaRange:
    """One member of an Accept header, or the one value of a Content-Type.

    `specificity` is 2 for a type, 1 for `type/*`, 0 for `*/*`.
    """

    type: str
    subtype: str
    charset: str | None
    quality: float

    @property
    def specificity(self) -> int:
        """How precisely the range names a type; the most precise range that matches decides (section 12.5.1)."""
        return (self.type != "*") + (self.subtype != "*")

    def matches(self, media_type: str) -> bool:
        """Whether an answer of this type, written in UTF-8, is within the range."""
        type_, _, subtype = media_type.partition("/")
        return (
            (self.charset is None or self.charset in _UTF8)
            and self.type in {"*", type_}
            and (self.subtype in {"*", subtype})
        )


Accept = tuple[MediaRange, ...]

# Clients of one kind send the same header with every request.
_remember = lru_cache(maxsize=256)


def parse_accept(values: Iterable[str]) -> Accept:
    """Read an Accept header, all its lines together; one that is absent or empty accepts anything (section 12.5.1)."""
    return _parse_accept(",".join(values))


@_remember
def _parse_accept(joined: str) -> Accept:
    if not joined.strip(" \t,"):
        return (MediaRange("*", "*", None, 1.0),)
    ranges = (_parse_media_range(member) for member in _LIST_MEMBER.findall(joined))
    return tuple(media_range for media_range in ranges if media_range is not None)


@_remember
def answer_type(accept: Accept) -> MediaType:
    """The media type that the client prefers.

    Between equals, a type named in full wins over a wildcard; if both are named, the specification's own type; under a
    wildcard alone, `application/json`, which every client reads.

    Raises:
        Refused: 406, if both are unacceptable.
    """
    best = max(MediaType, key=lambda media_type: _rank(accept, media_type))
    if _rank(accept, best)[0] == 0:
        raise not_acceptable(" or ".join(MediaType))
    return best


def answer_type_or_json(accept: Accept) -> MediaType:
    """The media type for an answer that must be given whatever the client accepts."""
    try:
        return answer_type(accept)
    except Refused:
        # Who reads events, and no JSON, looks at the status of anything else.
        return MediaType.GRAPHQL_RESPONSE if prefers_events(accept) else MediaType.JSON


EVENT_STREAM: Final = "text/event-stream"
"""Server-sent events: any operation may be answered so, and a subscription in no other way."""


@_remember
def accepts_events(accept: Accept) -> bool:
    """Whether the client reads server-sent events."""
    return _weigh(accept, EVENT_STREAM)[0] > 0


@_remember
def prefers_events(accept: Accept) -> bool:
    """Whether the client names server-sent events, and prefers them to either JSON type."""
    events = _weigh(accept, EVENT_STREAM)
    return events[0] > 0 and events[1] == 2 and events > max(_weigh(accept, media_type) for media_type in MediaType)  # noqa: PLR2004 - in full


def prefers_html(accept: Accept) -> bool:
    """Whether a page would please the client more than either JSON type: browsers, when an address is typed in."""
    html = _weigh(accept, "text/html")
    return html[0] > 0 and html > max(_weigh(accept, media_type) for media_type in MediaType)


def check_content_type(values: Sequence[str]) -> None:
    """Let only `application/json` in UTF-8 pass: no browser sends that across origins without asking first.

    Raises:
        Refused: 415.
    """
    if len(values) != 1 or not _is_json(values[0]):
        raise unsupported_content_type(", ".join(values) if values else None)


@_remember
def _is_json(content_type: str) -> bool:
    found = _parse_media_range(content_type)
    return found is not None and found.specificity == 2 and found.matches(MediaType.JSON)  # noqa: PLR2004 - in full


def check_content_encoding(values: Sequence[str]) -> None:
    """Let only bodies pass that are not compressed: what they decompress to has no bound.

    Raises:
        Refused: 415.
    """
    given = ", ".join(values)
    if any(coding.strip().lower() not in {"", "identity"} for coding in given.split(",")):
        raise unsupported_content_encoding(given)


def _rank(accept: Accept, media_type: MediaType) -> tuple[float, int, bool]:
    quality, specificity = _weigh(accept, media_type)
    favourite = MediaType.GRAPHQL_RESPONSE if specificity == 2 else MediaType.JSON  # noqa: PLR2004 - named in full
    return quality, specificity, media_type is favourite


def _weigh(accept: Accept, media_type: str) -> tuple[float, int]:
    """The quality of a media type, and how precisely it was named; (0, 0) if it was not."""
    matching = [media_range for media_range in accept if media_range.matches(media_type)]
    specificity = max((media_range.specificity for media_range in matching), default=0)
    quality = max((found.quality for found in matching if found.specificity == specificity), default=0.0)
    return quality, specificity


def _parse_media_range(text: str) -> MediaRange | None:
    match = _MEDIA_RANGE.fullmatch(text)
    if match is None or (match[1] == "*" and match[2] != "*"):
        return None
    charset: str | None = None
    quality = 1.0
    for name, value in _PARAMETER.findall(match[3]):
        if name.lower() == "charset":
            given = _unquote(value).lower()
            if charset is not None and charset != given:
                return None
            charset = given
        elif name.lower() == "q":
            if _QUALITY.fullmatch(value) is None:
                return None
            quality = float(value)
    return MediaRange(match[1].lower(), match[2].lower(), charset, quality)


def _unquote(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value
