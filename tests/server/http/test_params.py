from contextlib import suppress
from urllib.parse import urlencode

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.http.limits import HttpLimits
from server.http.params import GraphQLParams, members_of_body, members_of_query_string, read_params
from server.http.refusals import Code, Refused

LIMITS = HttpLimits(max_json_depth=8, max_list_items=100)


def of_body(value: object) -> GraphQLParams:
    return read_params(members_of_body(orjson.dumps(value), LIMITS))


def of_query_string(query_string: str) -> GraphQLParams:
    return read_params(members_of_query_string(query_string.encode(), LIMITS))


WHOLE = GraphQLParams("query A{a}", "A", {"x": [1, None]}, {"trace": {"id": "é"}})


def test_a_body_carries_all_four_parameters() -> None:
    body = {"query": WHOLE.query, "operationName": "A", "variables": {"x": [1, None]}, "extensions": WHOLE.extensions}

    assert of_body(body) == WHOLE


def test_a_query_string_carries_all_four_parameters() -> None:
    parameters = {
        "query": WHOLE.query,
        "operationName": "A",
        "variables": '{"x":[1,null]}',
        "extensions": '{"trace":{"id":"é"}}',
    }

    assert of_query_string(urlencode(parameters)) == WHOLE


@pytest.mark.parametrize("absent", [{}, {"query": None, "operationName": None, "variables": None, "extensions": None}])
def test_null_in_a_body_is_absent(absent: dict[str, None]) -> None:
    assert of_body(absent) == GraphQLParams(None, None, {}, {})


@pytest.mark.parametrize("absent", ["", "query=&operationName=&variables=&extensions=", "variables=null"])
def test_an_empty_parameter_of_a_url_is_absent(absent: str) -> None:
    assert of_query_string(absent) == GraphQLParams(None, None, {}, {})


def test_null_as_an_operation_name_of_a_url_is_a_name() -> None:
    assert of_query_string("operationName=null").operation_name == "null"


def test_a_document_in_a_url_is_a_string_even_if_it_looks_like_json() -> None:
    assert of_query_string("query={}").query == "{}"


def test_what_is_not_known_is_ignored() -> None:
    assert of_body({"query": "{a}", "quary": 1, "ids": []}) == GraphQLParams("{a}")
    assert of_query_string("query={a}&utm_source=x&utm_source=y") == GraphQLParams("{a}")


@pytest.mark.parametrize("body", ["[]", '[{"query":"{a}"}]'])
def test_a_batch_is_refused(body: str) -> None:
    with pytest.raises(Refused, match="one operation a request") as refused:
        members_of_body(body.encode(), LIMITS)

    assert (refused.value.status, refused.value.code) == (400, Code.BATCHING_NOT_SUPPORTED)


@pytest.mark.parametrize(
    ("body", "type_"),
    [("null", "null"), ("true", "a boolean"), ("1", "a number"), ("1.5", "a number"), ('"{a}"', "a string")],
)
def test_a_body_that_is_no_object_is_refused(body: str, type_: str) -> None:
    with pytest.raises(Refused, match=f"must be a JSON object, not {type_}.$") as refused:
        members_of_body(body.encode(), LIMITS)

    assert (refused.value.status, refused.value.code) == (400, Code.INVALID_PARAMETER)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("query", {}, '"query" must be a string or null, not an object.'),
        ("query", ["{a}"], '"query" must be a string or null, not a list.'),
        ("operationName", 0, '"operationName" must be a string or null, not a number.'),
        ("operationName", False, '"operationName" must be a string or null, not a boolean.'),
        ("variables", "{}", '"variables" must be a JSON object or null, not a string.'),
        ("variables", [], '"variables" must be a JSON object or null, not a list.'),
        ("extensions", 0, '"extensions" must be a JSON object or null, not a number.'),
        ("extensions", False, '"extensions" must be a JSON object or null, not a boolean.'),
    ],
)
def test_a_member_of_the_wrong_type_is_named(name: str, value: object, message: str) -> None:
    with pytest.raises(Refused) as refused:
        of_body({"query": "{a}", name: value})

    assert (refused.value.status, refused.value.code) == (400, Code.INVALID_PARAMETER)
    assert refused.value.message == message


@pytest.mark.parametrize("name", ["query", "operationName", "variables", "extensions"])
@pytest.mark.parametrize("values", [("{}", "{}"), ("", "{}"), ("{}", "")])
def test_a_parameter_given_twice_is_refused(name: str, values: tuple[str, str]) -> None:
    with pytest.raises(Refused, match=f'"{name}" must not be given more than once') as refused:
        of_query_string(urlencode([(name, value) for value in values]))

    assert refused.value.code == Code.INVALID_PARAMETER


@pytest.mark.parametrize("name", ["variables", "extensions"])
@pytest.mark.parametrize("value", ["{", "NaN", r'"\ud800"', "[" * 5000, "9" * 5000])
def test_a_parameter_of_a_url_that_is_not_json_is_named(name: str, value: str) -> None:
    with pytest.raises(Refused, match=f'^The query parameter "{name}" is not acceptable JSON') as refused:
        of_query_string(urlencode({name: value}))

    assert refused.value.code == Code.INVALID_JSON


_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
_name = st.sampled_from(["query", "operationName", "variables", "extensions", "documentId"]) | st.text(max_size=5)


@given(_json | st.dictionaries(_name, _json, max_size=5))
def test_any_json_body_is_read_or_refused(body: object) -> None:
    with suppress(Refused):
        assert isinstance(of_body(body), GraphQLParams)


@given(
    st.lists(st.tuples(_name, st.text(max_size=20) | _json.map(lambda value: orjson.dumps(value).decode())), max_size=6)
)
def test_any_query_string_is_read_or_refused(parameters: list[tuple[str, str]]) -> None:
    with suppress(Refused):
        assert isinstance(of_query_string(urlencode(parameters)), GraphQLParams)


_maps = st.dictionaries(st.text(max_size=5), st.integers(-(2**53), 2**53) | st.text(max_size=5), max_size=3)
_words = st.text(min_size=1, max_size=20)


@given(_words, _words, _maps, _maps)
def test_a_body_and_a_url_mean_the_same(
    query: str, operation_name: str, variables: dict[str, object], extensions: dict[str, object]
) -> None:
    members = {"query": query, "operationName": operation_name, "variables": variables, "extensions": extensions}
    parameters = {
        "query": query,
        "operationName": operation_name,
        "variables": orjson.dumps(variables),
        "extensions": orjson.dumps(extensions),
    }

    assert of_query_string(urlencode(parameters)) == of_body(members)
