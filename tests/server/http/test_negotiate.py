import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.http.negotiate import (
    MediaType,
    answer_type,
    answer_type_or_json,
    check_content_encoding,
    check_content_type,
    parse_accept,
    prefers_html,
)
from server.http.refusals import Code, Refused

JSON = MediaType.JSON
GRAPHQL = MediaType.GRAPHQL_RESPONSE
CHROMIUM = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
APOLLO_CLIENT = "application/graphql-response+json,application/json;q=0.9"
URQL = (
    "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed"
)


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", JSON),
        (" , ", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/json", JSON),
        ("APPLICATION/JSON", JSON),
        ("application/graphql-response+json", GRAPHQL),
        ("Application/GraphQL-Response+JSON; Charset=UTF-8", GRAPHQL),
        (APOLLO_CLIENT, GRAPHQL),
        (URQL, GRAPHQL),
        (CHROMIUM, JSON),
        ("application/json, application/graphql-response+json", GRAPHQL),
        ("application/json, application/graphql-response+json;q=0.999", JSON),
        ("application/graphql-response+json, */*", GRAPHQL),
        ("application/json, */*", JSON),
        ("application/json;q=0.1, */*;q=0.2", GRAPHQL),
        ("application/json;q=0, */*", GRAPHQL),
        ("application/*;q=0, */*, application/graphql-response+json;q=0.5", GRAPHQL),
        ("application/json;q=0.5, application/json;q=0.7, application/graphql-response+json;q=0.6", JSON),
        ("application/json; q=0.5 , application/graphql-response+json\t;\tq=0.4", JSON),
        ('multipart/mixed;boundary="a,b\\",c";spec=1.0, application/json', JSON),
        ("application/json;indent=2", JSON),
        ("application/json;charset=iso-8859-1, application/graphql-response+json;q=0.1", GRAPHQL),
        ("nonsense, application/graphql-response+json;q=high, application/json", JSON),
    ],
)
def test_the_client_gets_the_type_it_prefers(accept: str, expected: MediaType) -> None:
    assert answer_type(parse_accept([accept])) is expected


def test_several_accept_lines_are_one_list() -> None:
    assert answer_type(parse_accept(["application/json;q=0.5", "application/graphql-response+json"])) is GRAPHQL


@pytest.mark.parametrize(
    "accept",
    [
        "text/html",
        "text/*",
        "application/xml, image/*",
        "application/json;q=0",
        "application/json;q=0.0, application/graphql-response+json;q=0.000",
        "*/*;q=0",
        "application/json;charset=utf-16",
        "*/json",
        "application",
        "application/json;q=1.5",
        "application/json;q=0.0001",
        "application/json;q=\N{ARABIC-INDIC DIGIT ZERO}",
        "application/json garbage",
        '"application/json"',
    ],
)
def test_a_client_that_wants_neither_type_is_told_both(accept: str) -> None:
    with pytest.raises(Refused, match=r"application/graphql-response\+json or application/json") as refused:
        answer_type(parse_accept([accept]))

    assert (refused.value.status, refused.value.code) == (406, Code.NOT_ACCEPTABLE)
    assert answer_type_or_json(parse_accept([accept])) is JSON


@pytest.mark.parametrize(
    ("accept", "page"),
    [
        (CHROMIUM, True),
        ("text/html", True),
        ("text/html;q=0.9, application/json;q=0.8", True),
        ("text/html, application/json", False),
        ("text/html;q=0.8, application/json;q=0.9", False),
        ("text/html;q=0", False),
        ("text/*, */*;q=0.1", True),
        ("*/*", False),
        ("", False),
        (APOLLO_CLIENT, False),
    ],
)
def test_a_page_is_for_those_who_prefer_it(accept: str, *, page: bool) -> None:
    assert prefers_html(parse_accept([accept])) is page


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        'application/json ; charset="utf-8"',
        "application/json; charset=utf8",
        "application/json; profile=x",
        "application/json;",
    ],
)
def test_json_in_utf8_is_read(content_type: str) -> None:
    check_content_type([content_type])


@pytest.mark.parametrize(
    "values",
    [
        [],
        [""],
        ["text/plain;charset=UTF-8"],
        ["application/x-www-form-urlencoded"],
        ["multipart/form-data; boundary=x"],
        ["application/graphql"],
        ["application/graphql-response+json"],
        ["application/*"],
        ["*/*"],
        ["application/json; charset=iso-8859-1"],
        ["application/json; charset=utf-16"],
        ["application/json; charset=utf-8; charset=utf-16"],
        ['application/json; charset=""'],
        ["application/json, text/plain"],
        ["application/json", "application/json"],
        ["application/json x"],
        ["application/json\x00"],
    ],
)
def test_any_other_content_type_is_refused(values: list[str]) -> None:
    with pytest.raises(Refused, match="Send application/json") as refused:
        check_content_type(values)

    assert (refused.value.status, refused.value.code) == (415, Code.UNSUPPORTED_MEDIA_TYPE)
    assert refused.value.headers == {"Accept-Post": "application/json"}


@pytest.mark.parametrize("values", [[], [""], ["identity"], ["Identity"], ["identity, identity"]])
def test_a_body_that_is_not_compressed_is_read(values: list[str]) -> None:
    check_content_encoding(values)


@pytest.mark.parametrize("values", [["gzip"], ["identity, gzip"], ["identity", "br"], ["deflate"], ["x" * 10_000]])
def test_a_compressed_body_is_refused(values: list[str]) -> None:
    with pytest.raises(Refused) as refused:
        check_content_encoding(values)

    assert refused.value.status == 415
    assert refused.value.headers == {"Accept-Encoding": "identity"}
    assert len(refused.value.message) < 300


_header_text = st.text('abz/*+;=q0.19", \\\t', max_size=80) | st.text(max_size=40)


@given(st.lists(_header_text, max_size=3))
def test_any_header_is_understood_or_refused(values: list[str]) -> None:
    accept = parse_accept(values)

    assert answer_type_or_json(accept) in MediaType
    assert prefers_html(accept) in {True, False}
    with suppress(Refused):
        check_content_type(values)
    with suppress(Refused):
        check_content_encoding(values)


@pytest.mark.parametrize(
    "hostile",
    [
        '"' * 32_000,
        '"\\' * 16_000,
        "a/b;" * 8_000,
        "a/b" + ";a=b" * 8_000 + "!!(",
        "a/b" + ' ;a="' * 6_000,
        "a/b;" + " " * 32_000 + "x",
        "," * 32_000,
        "a" * 32_000,
    ],
)
def test_no_header_takes_long(hostile: str) -> None:
    started = time.process_time()
    parse_accept([hostile])
    with suppress(Refused):
        check_content_type([hostile])

    assert time.process_time() - started < 0.5
