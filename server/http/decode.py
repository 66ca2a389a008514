"""Bytes to values, bounded in size, time and depth.

What orjson reads is what RFC 8259 allows and no more: it refuses bytes that are not UTF-8, byte order marks, lone
surrogates, NaN and infinities, and numbers too large for a double. It would read an integer beyond 64 bits as a float
near to it; here that is refused, so that nothing means another value than the one that was sent.
"""

import asyncio
import json
import re
from collections.abc import Sequence
from urllib.parse import parse_qsl

import orjson
from starlette.datastructures import Headers
from starlette.types import Receive

from server.http.disconnect import ClientDisconnected
from server.http.limits import HttpLimits
from server.http.refusals import (
    bad_request,
    body_timeout,
    body_too_large,
    invalid_json,
    invalid_parameter,
)

_MOST_LENGTH_DIGITS = 18
_LONG_NUMBER = re.compile(rb"\d{19}")


async def read_body(headers: Headers, receive: Receive, limits: HttpLimits) -> bytes:
    """Read a whole request body, and never hold more than `limits.max_body_bytes` and one chunk of it.

    Raises:
        Refused: 413 if it is too large (known from Content-Length, or while reading), 408 if it takes too long.
        ClientDisconnected: If the client leaves halfway.
    """
    if _declared_length(headers) > limits.max_body_bytes:
        raise body_too_large(limits.max_body_bytes)
    body = bytearray()
    try:
        async with asyncio.timeout(limits.body_timeout_seconds):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientDisconnected
                body += message.get("body", b"")
                if len(body) > limits.max_body_bytes:
                    raise body_too_large(limits.max_body_bytes)
                if not message.get("more_body", False):
                    return bytes(body)
    except TimeoutError:
        raise body_timeout(limits.body_timeout_seconds) from None


def decode_json(raw: bytes, where: str, max_depth: int, max_items: int | None = None) -> object:
    """Read one JSON value.

    Args:
        raw: UTF-8.
        where: Names the value in messages, as "The request body".
        max_depth: Lists and maps may nest as deep as this.
        max_items: A list may be as long as this; None for any length.

    Raises:
        Refused: 400, if it is not JSON, too deep, or holds an integer beyond 64 bits or a list that is too long.
    """
    try:
        value: object = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise invalid_json(where, str(error)) from None
    # As many brackets as levels cannot nest deeper, wherever they stand; only more than that calls for a walk.
    if raw.count(b"[") + raw.count(b"{") > max_depth and _is_deeper(value, max_depth):
        raise invalid_json(where, f"it nests deeper than {max_depth} levels")
    if max_items is not None and raw.count(b",") >= max_items and (size := _longest_list(value)) > max_items:
        raise invalid_json(where, f"it holds a list of {size} items; there may be {max_items}")
    if _LONG_NUMBER.search(raw):
        json.loads(raw, parse_int=lambda digits: _check_integer(digits, where))
    return value


def decode_query_string(query_string: bytes) -> Sequence[tuple[str, str]]:
    """Read `application/x-www-form-urlencoded` as the WHATWG URL standard says, but refuse what is not UTF-8.

    Raises:
        Refused: 400.
    """
    try:
        return parse_qsl(query_string.decode("ascii"), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise invalid_parameter("The query string is not percent-encoded UTF-8.") from None


def _declared_length(headers: Headers) -> int:
    """The body's length as Content-Length says; 0 if it does not."""
    values = headers.getlist("content-length")
    if not values:
        return 0
    length = values[0]
    if len(set(values)) > 1 or not (length.isascii() and length.isdigit()):
        raise bad_request("Content-Length must be given once, as a number of bytes.")
    # Python refuses to read numbers of thousands of digits; any of 18 is beyond every limit.
    return int(length[:_MOST_LENGTH_DIGITS])


def _check_integer(digits: str, where: str) -> None:
    if not -(2**63) <= int(digits) < 2**64:
        raise invalid_json(where, "it holds an integer beyond 64 bits")


def _is_deeper(value: object, max_depth: int) -> bool:
    """Walk level by level: a walk that recursed could itself be broken by depth."""
    level = [value]
    for _ in range(max_depth):
        level = [child for parent in level for child in _children(parent)]
        if not level:
            return False
    return any(isinstance(value, (dict, list)) for value in level)


def _longest_list(value: object) -> int:
    longest, level = 0, [value]
    while level:
        longest = max(longest, *(len(each) if isinstance(each, list) else 0 for each in level), 0)
        level = [child for parent in level for child in _children(parent)]
    return longest


def _children(value: object) -> Sequence[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else ()
