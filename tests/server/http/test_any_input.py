"""Whatever is sent, each reader of requests, messages and manifests gives a value, or a refusal that the tables name.

A thousand inputs ordinarily, a million at night. They are requests and manifests as clients send them, with members
that are missing, of another type or another's, and with their bytes cut and spliced.
"""

import json
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from persisted_queries.identifiers import sha256_of
from persisted_queries.manifests import APOLLO_FORMAT, BrokenManifest, read_manifest
from persisted_queries.refusals import Reason
from server.http.limits import HttpLimits
from server.http.params import GraphQLParams, Members, address_of, members_of_body, members_of_query_string, read_params
from server.http.refusals import Code, Refused
from server.sockets.messages import CloseCode, Closing, read_message

DEPTH = 16
LIMITS = HttpLimits(max_json_depth=DEPTH, max_list_items=4)
TEXT = "query Count { functions { totalCount } }"
HASH = sha256_of(TEXT)
STATUSES = {200, 400}
CODES = {*Code, *(reason.value for reason in Reason)}

_leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
_words = st.sampled_from(
    [
        TEXT,
        HASH,
        f"sha256:{HASH}",
        f"sha256:{HASH.upper()}",
        "Count",
        "web~1.0~Count",
        "../Count",
        "x-a:b",
        "",
        "{",
        "1",
    ]
)
_json = st.recursive(
    _leaves | _words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_words, inner, max_size=3),
    max_leaves=6,
)
_persisted = st.fixed_dictionaries({}, optional={"version": st.just(1) | _json, "sha256Hash": _words | _json})
_requests = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(["query", "documentId", "doc_id", "id", "operationName"], _words | _json),
        "variables": st.dictionaries(st.text(max_size=3), _json, max_size=2) | _json,
        "extensions": st.fixed_dictionaries({}, optional={"persistedQuery": _persisted | _json}) | _json,
    },
)
_messages = st.fixed_dictionaries(
    {"type": st.sampled_from(["connection_init", "ping", "pong", "subscribe", "complete", "next"]) | _json},
    optional={"id": _words | _json, "payload": _requests | _json},
)
_operations = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(["id", "name", "type", "body", "clientName"], _words | _json)
)
_manifests = (
    st.fixed_dictionaries(
        {"format": st.just(APOLLO_FORMAT) | _json, "version": st.just(1) | _json},
        optional={"operations": st.lists(_operations, max_size=3) | _json},
    )
    | st.dictionaries(_words, _words | _json, max_size=3)
    | st.lists(st.lists(_words | _json, max_size=3), max_size=3)
)


@st.composite
def _spliced(draw: st.DrawFn, whole: st.SearchStrategy[bytes]) -> bytes:
    """Bytes of which some may have been taken out, and others put in."""
    data = draw(whole)
    if draw(st.integers(0, 3)):
        return data
    start = draw(st.integers(0, len(data)))
    end = draw(st.integers(start, min(len(data), start + 8)))
    return data[:start] + draw(st.binary(max_size=4)) + data[end:]


INPUTS = st.one_of(
    _spliced((_requests | _messages | _manifests).map(lambda value: json.dumps(value).encode())),
    _spliced(_requests.map(lambda value: urlencode({name: json.dumps(each) for name, each in value.items()}).encode())),
    st.binary(max_size=40),
)


def every_reader(data: bytes) -> None:
    """Give the same bytes to each of the readers."""
    _request(lambda: read_params(_one(members_of_body(data, LIMITS, 2))))
    _request(lambda: read_params(members_of_query_string(data, LIMITS)))
    _request(lambda: GraphQLParams(document_id=address_of(data.decode("latin-1")).id))
    try:
        read_message(data.decode(errors="surrogateescape"), DEPTH, LIMITS.max_list_items)
    except Closing as closing:
        assert closing.code is CloseCode.BAD_REQUEST  # noqa: PT017 - that there is none is right as well
        assert len(closing.reason.encode()) <= 123  # noqa: PT017 - the same
    try:
        assert read_manifest("m.json", data).operations
    except BrokenManifest as broken:
        assert broken.faults  # noqa: PT017 - the same


def _one(members: Members | list[Members]) -> Members:
    """The request of a body; of several, the first."""
    return members[0] if isinstance(members, list) else members


def _request(read: object) -> None:
    try:
        params = read()  # type: ignore[operator]
    except Refused as refused:
        assert refused.status in STATUSES  # noqa: PT017 - the same
        assert refused.code in CODES  # noqa: PT017 - the same
    else:
        assert params.document_id is None or params.query is None
        assert params.document_hash is None or len(params.document_hash) == 64


@settings(max_examples=200)
@given(INPUTS)
def test_every_input_is_read_or_refused_as_the_tables_say(data: bytes) -> None:
    every_reader(data)


@pytest.mark.nightly
@pytest.mark.parametrize("number", range(100))
def test_a_million_inputs_are_read_or_refused_as_the_tables_say(number: int) -> None:
    """Ten thousand inputs a turn, each read by five readers."""

    @seed(number)
    @settings(
        max_examples=10_000, database=None, phases=[Phase.generate, Phase.shrink], suppress_health_check=HealthCheck
    )
    @given(INPUTS)
    def campaign(data: bytes) -> None:
        every_reader(data)

    campaign()
