"""What clients may say is read; anything else closes the socket, with the code that the protocol has for it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.sockets.messages import CloseCode, Closing, Complete, Init, Ping, Pong, Subscribe, read_message

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
TYPES = ["connection_init", "connection_ack", "ping", "pong", "subscribe", "next", "error", "complete"]
MESSAGES = st.fixed_dictionaries(
    {"type": st.sampled_from(TYPES) | JSON}, optional={"id": st.text(max_size=3) | JSON, "payload": JSON}
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"type":"connection_init"}', Init()),
        ('{"type":"connection_init","payload":null}', Init()),
        ('{"type":"connection_init","payload":{"authorization":"Bearer a"}}', Init({"authorization": "Bearer a"})),
        ('{"type":"ping"}', Ping()),
        ('{"type":"ping","payload":{"a":1}}', Ping({"a": 1})),
        ('{"type":"pong","payload":{}}', Pong()),
        ('{"type":"subscribe","id":"1","payload":{"query":"{ a }"}}', Subscribe("1", {"query": "{ a }"})),
        ('{"type":"complete","id":"1","more":true}', Complete("1")),
    ],
)
def test_a_message_of_the_protocol_is_read(text: str, said: object) -> None:
    assert read_message(text, 64, 1000) == said


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "binary"),
        ("", "JSON"),
        ("{", "JSON"),
        ("[]", "object"),
        ('"ping"', "object"),
        ("{}", '"type"'),
        ('{"type":"start"}', '"type"'),
        ('{"type":["ping"]}', '"type"'),
        ('{"type":"connection_ack"}', '"type"'),
        ('{"type":"next","id":"1","payload":{}}', '"type"'),
        ('{"type":"ping","payload":1}', '"payload"'),
        ('{"type":"connection_init","payload":[]}', '"payload"'),
        ('{"type":"subscribe","payload":{}}', '"id"'),
        ('{"type":"subscribe","id":"","payload":{}}', '"id"'),
        ('{"type":"subscribe","id":1,"payload":{}}', '"id"'),
        ('{"type":"subscribe","id":"1"}', '"payload"'),
        ('{"type":"complete"}', '"id"'),
        ('{"type":"ping","payload":{"a":' + "[" * 65 + "]" * 65 + "}}", "deeper"),
        (
            '{"type":"subscribe","id":"1","payload":{"variables":{"ids":[' + "1," * 1000 + "1]}}}",
            "a list of 1001 items",
        ),
        ('{"type":"ping","payload":{"a":"\ud800"}}', "JSON"),
    ],
)
def test_anything_else_closes_the_socket_and_says_why(text: str | None, reason: str) -> None:
    with pytest.raises(Closing) as closing:
        read_message(text, 64, 1000)

    assert closing.value.code is CloseCode.BAD_REQUEST
    assert reason in closing.value.reason


@given(st.text() | MESSAGES.map(json.dumps) | st.binary().map(lambda raw: raw.decode(errors="surrogateescape")))
def test_whatever_is_said_is_a_message_or_a_reason_that_fits_a_close_frame(text: str) -> None:
    try:
        read_message(text, 64, 1000)
    except Closing as closing:
        code, reason = closing.code, closing.reason
    else:
        return

    assert code is CloseCode.BAD_REQUEST
    assert 0 < len(reason.encode()) <= 123
