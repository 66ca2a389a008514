from collections.abc import Iterable
from contextlib import suppress

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers
from starlette.types import Message, Receive

from server.http.decode import decode_json, decode_query_string, read_body
from server.http.disconnect import ClientDisconnected
from server.http.limits import HttpLimits
from server.http.refusals import Code, Refused

LIMITS = HttpLimits(max_body_bytes=10, body_timeout_seconds=0.05)


def channel(*messages: Message) -> Receive:
    """An ASGI channel with these messages, and silence after them."""
    rest = iter(messages)

    async def receive() -> Message:
        for message in rest:
            return message
        raise TimeoutError  # what a wait for more would end in

    return receive


def chunks(*bodies: bytes) -> Iterable[Message]:
    return [{"type": "http.request", "body": body, "more_body": True} for body in bodies]


END: Message = {"type": "http.request", "body": b"", "more_body": False}


async def test_a_body_is_the_sum_of_its_chunks() -> None:
    assert await read_body(Headers(), channel(*chunks(b"ab", b"", b"cd"), END), LIMITS) == b"abcd"


async def test_a_body_may_be_as_large_as_the_limit() -> None:
    body = b"0123456789"

    assert await read_body(Headers({"content-length": "10"}), channel(*chunks(body), END), LIMITS) == body


@pytest.mark.parametrize("length", ["11", "999999999999999999999999999999", "9" * 5000])
async def test_a_body_that_says_it_is_too_large_is_not_read(length: str) -> None:
    with pytest.raises(Refused, match="at most 10 bytes") as refused:
        await read_body(Headers({"content-length": length}), channel(), LIMITS)

    assert (refused.value.status, refused.value.code) == (413, Code.BODY_TOO_LARGE)


@pytest.mark.parametrize("headers", [{}, {"content-length": "3"}])
async def test_a_body_that_turns_out_too_large_is_read_no_further(headers: dict[str, str]) -> None:
    endless = channel(*chunks(*[b"1234"] * 3))

    with pytest.raises(Refused) as refused:
        await read_body(Headers(headers), endless, LIMITS)

    assert refused.value.status == 413


@pytest.mark.parametrize("length", ["", "+5", "-5", "5.0", "0x5", "\N{ARABIC-INDIC DIGIT FIVE}", "five", "5, 5"])
async def test_a_length_that_is_no_number_is_refused(length: str) -> None:
    headers = Headers(raw=[(b"content-length", length.encode())])

    with pytest.raises(Refused) as refused:
        await read_body(headers, channel(END), LIMITS)

    assert (refused.value.status, refused.value.code) == (400, Code.BAD_REQUEST)


async def test_two_lengths_that_differ_are_refused() -> None:
    with pytest.raises(Refused) as refused:
        await read_body(Headers(raw=[(b"content-length", b"1"), (b"content-length", b"2")]), channel(END), LIMITS)

    assert refused.value.status == 400


async def test_a_body_that_comes_too_slowly_is_refused_and_the_connection_given_up() -> None:
    with pytest.raises(Refused, match=r"within 0\.05 seconds") as refused:
        await read_body(Headers(), channel(*chunks(b"ab")), LIMITS)

    assert (refused.value.status, refused.value.code) == (408, Code.REQUEST_TIMEOUT)
    assert refused.value.headers == {"Connection": "close"}


async def test_a_client_that_leaves_halfway_is_not_answered() -> None:
    with pytest.raises(ClientDisconnected):
        await read_body(Headers(), channel(*chunks(b"ab"), {"type": "http.disconnect"}), LIMITS)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"  ", id="white space"),
        pytest.param(b'{"a":1', id="cut off"),
        pytest.param(b"{}{}", id="two values"),
        pytest.param(b"{'a':1}", id="single quotes"),
        pytest.param(b'{"a":1,}', id="trailing comma"),
        pytest.param(b"// hi\n{}", id="comment"),
        pytest.param(b"\x00", id="NUL"),
        pytest.param(b'"\x01"', id="control character"),
        pytest.param(b'"\xff"', id="not UTF-8"),
        pytest.param(b'"\xc0\xaf"', id="overlong UTF-8"),
        pytest.param(b'"\xed\xa0\x80"', id="surrogate in UTF-8"),
        pytest.param("{}".encode("utf-16"), id="UTF-16"),
        pytest.param("é".encode("latin-1"), id="Latin-1"),
        pytest.param(b"\xef\xbb\xbf{}", id="byte order mark"),
        pytest.param(rb'"\ud800"', id="lone high surrogate"),
        pytest.param(rb'"\udc00"', id="lone low surrogate"),
        pytest.param(rb'{"\ud800":1}', id="lone surrogate in a name"),
        pytest.param(b"NaN", id="NaN"),
        pytest.param(b"Infinity", id="Infinity"),
        pytest.param(b"-Infinity", id="-Infinity"),
        pytest.param(b"1e400", id="beyond a double"),
        pytest.param(b"9" * 5000, id="5000 digits"),
        pytest.param(b"18446744073709551616", id="64 bits and one"),
        pytest.param(b"-9223372036854775809", id="below 64 bits"),
        pytest.param(b'{"a":[0.1,' + b"9" * 300 + b"]}", id="300 digits"),
        pytest.param(b"01", id="leading zero"),
        pytest.param(b"[" * 100_000, id="100,000 opening brackets"),
        pytest.param(b"[" * 5_000 + b"]" * 5_000, id="5,000 levels"),
        pytest.param(b'{"a":' * 5_000 + b"1" + b"}" * 5_000, id="5,000 levels of objects"),
    ],
)
def test_what_is_not_json_is_refused(raw: bytes) -> None:
    with pytest.raises(Refused, match=r"^The request body is not acceptable JSON: ") as refused:
        decode_json(raw, "The request body", 64)

    assert (refused.value.status, refused.value.code) == (400, Code.INVALID_JSON)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"18446744073709551615", 2**64 - 1),
        (b"-9223372036854775808", -(2**63)),
        (b"18446744073709551616.0", float(2**64)),
        (b"1e30", 1e30),
        (b'["99999999999999999999", 0.99999999999999999999]', ["9" * 20, 1.0]),
        (b"0." + b"3" * 5000, 1 / 3),
        (b"1e-400", 0.0),
        (rb'"\ud83d\ude00"', "😀"),
        (b'{"a":1,"a":2}', {"a": 2}),
    ],
)
def test_what_is_unusual_json_has_a_meaning(raw: bytes, value: object) -> None:
    assert decode_json(raw, "It", 64) == value
    assert type(decode_json(raw, "It", 64)) is type(value)


@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_nesting_has_a_limit(opening: bytes, closing: bytes) -> None:
    def nested(levels: int) -> bytes:
        return opening * levels + b"1" + closing * levels

    decode_json(nested(8), "It", 8)

    with pytest.raises(Refused, match="nests deeper than 8 levels"):
        decode_json(nested(9), "It", 8)


def test_the_innermost_empty_list_counts_as_a_level() -> None:
    decode_json(b"[[[]]]", "It", 3)

    with pytest.raises(Refused):
        decode_json(b"[[[]],[]]", "It", 2)


def test_brackets_side_by_side_or_in_a_string_are_not_depth() -> None:
    document = {"query": "{" * 50, "variables": {"list": [[1], [2], [3], {}, {}]}}

    assert decode_json(orjson.dumps(document), "It", 4) == document


def test_a_query_string_is_read_as_a_form() -> None:
    assert decode_query_string(b"a=1+2&b=%C3%A9%2B&&c&d=&e=%zz") == [
        ("a", "1 2"),
        ("b", "é+"),
        ("c", ""),
        ("d", ""),
        ("e", "%zz"),
    ]


@pytest.mark.parametrize("query_string", [b"a=%FF", b"%ED%A0%80=1", b"a=\xc3\xa9", b"a=%C3"])
def test_a_query_string_that_is_not_utf8_is_refused(query_string: bytes) -> None:
    with pytest.raises(Refused) as refused:
        decode_query_string(query_string)

    assert (refused.value.status, refused.value.code) == (400, Code.INVALID_PARAMETER)


@given(st.binary(max_size=200))
def test_any_bytes_are_json_or_refused(raw: bytes) -> None:
    with suppress(Refused):
        decode_json(raw, "It", 4)


@given(st.text('[]{}":,0123456789.eE+-\\utrfalsn du', max_size=60))
def test_anything_like_json_is_json_or_refused(text: str) -> None:
    with suppress(Refused):
        decode_json(text.encode(), "It", 4)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_query_string_or_refused(query_string: bytes) -> None:
    with suppress(Refused):
        assert all(isinstance(name, str) for name, _ in decode_query_string(query_string))


def _depth(value: object) -> int:
    match value:
        case dict():
            return 1 + max(map(_depth, value.values()), default=0)
        case list():
            return 1 + max(map(_depth, value), default=0)
        case _:
            return 0


_leaves = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
)
_values = st.recursive(
    _leaves | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=20,
)


@given(_values)
def test_json_within_the_depth_is_read_as_it_was_written(value: object) -> None:
    depth = max(_depth(value), 1)

    assert decode_json(orjson.dumps(value), "It", depth) == value


@given(_values.filter(lambda value: _depth(value) > 1))
def test_json_beyond_the_depth_is_refused(value: object) -> None:
    with pytest.raises(Refused, match="nests deeper"):
        decode_json(orjson.dumps(value), "It", _depth(value) - 1)
