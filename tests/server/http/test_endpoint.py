"""The endpoint in process: every condition of `docs/http.md` and its answer."""

import json
from urllib.parse import quote, urlencode

import httpx
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.http.answer import StatusProfile
from server.http.limits import HttpLimits
from tests.plugins.sample_graphql import PAGE, sample_app

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def code_of(response: httpx.Response) -> str:
    (error,) = response.json()["errors"]
    assert error["message"]
    return error["extensions"]["code"]


async def post(client: httpx.AsyncClient, body: object, accept: str = JSON) -> httpx.Response:
    return await client.post("/graphql", json=body, headers={"Accept": accept})


async def get(client: httpx.AsyncClient, accept: str = JSON, **parameters: str) -> httpx.Response:
    return await client.get("/graphql", params=parameters, headers={"Accept": accept})


class TestPost:
    @pytest.mark.parametrize("accept", [JSON, GRAPHQL])
    async def test_a_query_is_answered_in_the_type_asked_for(self, client: httpx.AsyncClient, accept: str) -> None:
        response = await post(client, {"query": "{ hello }"}, accept)

        assert response.status_code == 200
        assert response.headers["content-type"] == f"{accept}; charset=utf-8"
        assert response.json() == {"data": {"hello": "world"}}

    async def test_variables_and_the_operation_name_count(self, client: httpx.AsyncClient) -> None:
        body = {
            "query": "query A($v: Int) { int(value: $v) } query B { hello }",
            "operationName": "A",
            "variables": {"v": 7},
        }

        assert (await post(client, body)).json() == {"data": {"int": 7}}

    async def test_a_mutation_runs(self, client: httpx.AsyncClient) -> None:
        response = await post(client, {"query": "mutation { waits(seconds: 0) }"})

        assert response.json() == {"data": {"waits": True}}

    async def test_parameters_in_the_url_of_a_post_are_not_read(self, client: httpx.AsyncClient) -> None:
        response = await client.post("/graphql?query={id}&operationName=X", json={"query": "{ hello }"})

        assert response.json() == {"data": {"hello": "world"}}

    @pytest.mark.parametrize(
        "body",
        [
            pytest.param({"query": "{"}, id="syntax"),
            pytest.param({"query": ""}, id="empty document"),
            pytest.param({"query": "{ nothing }"}, id="validation"),
            pytest.param({"query": "{ hello }", "operationName": "X"}, id="unknown operation"),
            pytest.param({"query": "query A { hello } query B { hello }"}, id="which operation"),
            pytest.param({"query": "query($v: Int!) { int(value: $v) }"}, id="missing variable"),
            pytest.param({"query": "query($v: Int) { int(value: $v) }", "variables": {"v": "x"}}, id="wrong variable"),
            pytest.param({"query": "{" * 5000}, id="deep document"),
            pytest.param({"query": "{ int(value: " + "9" * 5000 + ") }"}, id="5000 digits in the document"),
            pytest.param({"query": "query($v: Int) { int(value: $v) }", "variables": {"v": 2**63}}, id="64 bits"),
            pytest.param({"query": "query($v: ID) { id(value: $v) }", "variables": {"v": 0.5}}, id="a float as an id"),
        ],
    )
    async def test_a_document_that_cannot_run_has_no_data(
        self, client: httpx.AsyncClient, body: dict[str, object]
    ) -> None:
        plain = await post(client, body, JSON)
        precise = await post(client, body, GRAPHQL)

        assert (plain.status_code, precise.status_code) == (200, 400)
        assert plain.json() == precise.json()
        assert plain.json().keys() == {"errors"}

    @pytest.mark.parametrize("accept", [JSON, GRAPHQL])
    @pytest.mark.parametrize(
        ("field", "data"), [("fails hello", {"fails": None, "hello": "world"}), ("failsAtRoot", None)]
    )
    async def test_a_field_that_fails_leaves_a_200(
        self, client: httpx.AsyncClient, accept: str, field: str, data: object
    ) -> None:
        response = await post(client, {"query": "{ " + field + " }"}, accept)

        assert response.status_code == 200
        assert response.json()["data"] == data
        assert response.json()["errors"][0]["message"] == "This field fails."

    async def test_an_answer_deeper_than_the_fast_encoder_goes_is_an_answer(self, client: httpx.AsyncClient) -> None:
        response = await post(client, {"query": "{ nested(levels: 300) }"})

        assert response.status_code == 200
        assert response.text == '{"data":{"nested":' + "[" * 300 + '"bottom"' + "]" * 300 + "}}"

    async def test_an_integer_too_large_for_the_fast_encoder_is_an_answer(self, client: httpx.AsyncClient) -> None:
        response = await post(client, {"query": "{ json(value: " + "9" * 100 + ") }"})

        assert response.json() == {"data": {"json": int("9" * 100)}}

    @pytest.mark.parametrize("accept", [JSON, GRAPHQL])
    @pytest.mark.parametrize(
        ("content", "status", "code"),
        [
            (b"", 400, "INVALID_JSON"),
            (b'{ "not a JSON', 400, "INVALID_JSON"),
            (b'"\xff"', 400, "INVALID_JSON"),
            (rb'{"query":"\ud800"}', 400, "INVALID_JSON"),
            (b'{"query":"{hello}","variables":{"v":NaN}}', 400, "INVALID_JSON"),
            (b'{"query":"{hello}","variables":{"v":' + b"9" * 5000 + b"}}", 400, "INVALID_JSON"),
            (b'{"query":"{hello}","variables":{"v":' + b"[" * 100 + b"]" * 100 + b"}}", 400, "INVALID_JSON"),
            (b'{"query":"{hello}","variables":{"v":18446744073709551616}}', 400, "INVALID_JSON"),
            (b"[" * 60_000, 400, "INVALID_JSON"),
            (b'"x"', 400, "INVALID_PARAMETER"),
            (b"null", 400, "INVALID_PARAMETER"),
            (b'{"query":7}', 400, "INVALID_PARAMETER"),
            (b'{"query":"{hello}","variables":[7]}', 400, "INVALID_PARAMETER"),
            (b"{}", 400, "MISSING_QUERY"),
            (b'{"query":null}', 400, "MISSING_QUERY"),
            (b'[{"query":"{hello}"}]', 400, "BATCHING_NOT_SUPPORTED"),
            (b" " * 70_000, 413, "BODY_TOO_LARGE"),
        ],
    )
    async def test_a_wrong_body_is_refused(
        self, client: httpx.AsyncClient, content: bytes, status: int, code: str, accept: str
    ) -> None:
        headers = {"Content-Type": "application/json", "Accept": accept}
        response = await client.post("/graphql", content=content, headers=headers)

        assert (response.status_code, code_of(response)) == (status, code)
        assert response.headers["content-type"] == f"{accept}; charset=utf-8"

    @pytest.mark.parametrize(
        ("headers", "status", "code", "owed"),
        [
            ({}, 415, "UNSUPPORTED_MEDIA_TYPE", ("accept-post", "application/json")),
            ({"Content-Type": "text/plain"}, 415, "UNSUPPORTED_MEDIA_TYPE", ("accept-post", "application/json")),
            (
                {"Content-Type": "application/json; charset=latin1"},
                415,
                "UNSUPPORTED_MEDIA_TYPE",
                ("accept-post", "application/json"),
            ),
            (
                {"Content-Type": "application/json", "Content-Encoding": "gzip"},
                415,
                "UNSUPPORTED_MEDIA_TYPE",
                ("accept-encoding", "identity"),
            ),
            ({"Content-Type": "application/json", "Accept": "text/html"}, 406, "NOT_ACCEPTABLE", ("vary", "Accept")),
        ],
    )
    async def test_wrong_header_fields_are_refused(
        self, client: httpx.AsyncClient, headers: dict[str, str], status: int, code: str, owed: tuple[str, str]
    ) -> None:
        response = await client.post("/graphql", content=b'{"query":"{hello}"}', headers=headers)

        assert (response.status_code, code_of(response)) == (status, code)
        assert response.headers[owed[0]] == owed[1]


class TestGet:
    @pytest.mark.parametrize("accept", [JSON, GRAPHQL])
    async def test_a_query_is_answered(self, client: httpx.AsyncClient, accept: str) -> None:
        response = await get(client, accept, query="query A($v: Int) { int(value: $v) }", variables='{"v":3}')

        assert response.status_code == 200
        assert response.headers["content-type"] == f"{accept}; charset=utf-8"
        assert response.json() == {"data": {"int": 3}}

    @pytest.mark.parametrize("accept", [JSON, GRAPHQL, BROWSER])
    async def test_a_mutation_must_be_posted(self, client: httpx.AsyncClient, accept: str) -> None:
        response = await get(client, accept, query="mutation { waits(seconds: 0) }")

        assert (response.status_code, code_of(response)) == (405, "METHOD_NOT_ALLOWED")
        assert response.headers["allow"] == "POST"

    async def test_the_query_beside_a_mutation_may_run(self, client: httpx.AsyncClient) -> None:
        document = "query Q { hello } mutation M { waits(seconds: 0) }"

        assert (await get(client, query=document, operationName="Q")).status_code == 200
        assert (await get(client, query=document, operationName="M")).status_code == 405

    @pytest.mark.parametrize(
        ("query_string", "status", "code"),
        [
            ("", 400, "MISSING_QUERY"),
            ("query=", 400, "MISSING_QUERY"),
            ("query={hello}&query={hello}", 400, "INVALID_PARAMETER"),
            ("query={hello}&variables=[1]", 400, "INVALID_PARAMETER"),
            ("query={hello}&variables={", 400, "INVALID_JSON"),
            ("query=%FF", 400, "INVALID_PARAMETER"),
            (urlencode({"query": "{hello}", "variables": "[" * 1000}), 400, "INVALID_JSON"),
            ("query={hello}&x=" + "x" * 5000, 414, "URL_TOO_LONG"),
        ],
    )
    async def test_wrong_parameters_are_refused(
        self, client: httpx.AsyncClient, query_string: str, status: int, code: str
    ) -> None:
        response = await client.get(f"/graphql?{query_string}", headers={"Accept": GRAPHQL})

        assert (response.status_code, code_of(response)) == (status, code)
        assert response.headers["content-type"] == f"{GRAPHQL}; charset=utf-8"

    async def test_a_browser_sees_the_page(self, client: httpx.AsyncClient) -> None:
        response = await client.get("/graphql", headers={"Accept": BROWSER})

        assert (response.status_code, response.text) == (200, PAGE)
        assert response.headers["content-type"] == "text/html; charset=utf-8"
        assert response.headers["vary"] == "Accept"

    async def test_a_browser_that_sends_a_query_sees_its_answer(self, client: httpx.AsyncClient) -> None:
        assert (await get(client, BROWSER, query="{ hello }")).json() == {"data": {"hello": "world"}}

    async def test_without_a_page_a_browser_is_told_what_is_missing(self, limits: HttpLimits) -> None:
        transport = httpx.ASGITransport(sample_app(limits, page=None))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            browser = await client.get("/graphql", headers={"Accept": BROWSER})
            html_only = await client.get("/graphql", headers={"Accept": "text/html"})

        assert (browser.status_code, code_of(browser)) == (400, "MISSING_QUERY")
        assert (html_only.status_code, code_of(html_only)) == (406, "NOT_ACCEPTABLE")

    @pytest.mark.parametrize("accept", [JSON, BROWSER])
    @pytest.mark.parametrize("query_string", ["?query={hello}", "?query={", ""])
    async def test_head_is_get_without_content(self, client: httpx.AsyncClient, accept: str, query_string: str) -> None:
        got = await client.get(f"/graphql{query_string}", headers={"Accept": accept})
        head = await client.head(f"/graphql{query_string}", headers={"Accept": accept})

        assert head.content == b""
        assert head.status_code == got.status_code
        assert head.headers["content-length"] == str(len(got.content))
        assert head.headers["content-type"] == got.headers["content-type"]


class TestOtherMethods:
    async def test_options_names_the_methods(self, client: httpx.AsyncClient) -> None:
        response = await client.options("/graphql")

        assert (response.status_code, response.content) == (204, b"")
        assert response.headers["allow"] == "GET, HEAD, POST, OPTIONS"

    @pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "QUERY", "X" * 1000])
    async def test_others_are_refused(self, client: httpx.AsyncClient, method: str) -> None:
        response = await client.request(method, "/graphql", json={"query": "{ hello }"})

        assert (response.status_code, code_of(response)) == (405, "METHOD_NOT_ALLOWED")
        assert response.headers["allow"] == "GET, HEAD, POST, OPTIONS"


@pytest.mark.parametrize(
    ("accept", "body", "status", "answered_in"),
    [
        (GRAPHQL, {"query": "{ fails }"}, 294, GRAPHQL),
        (JSON, {"query": "{ fails }"}, 200, JSON),
        (GRAPHQL, {"query": "{"}, 400, GRAPHQL),
        (GRAPHQL, {"query": "{ nothing }"}, 422, GRAPHQL),
        (JSON, {"query": "{ nothing }"}, 422, GRAPHQL),
        (GRAPHQL, {"query": "query($v: Int!) { int(value: $v) }"}, 422, GRAPHQL),
        (GRAPHQL, {"query": 7}, 422, GRAPHQL),
        (GRAPHQL, {}, 422, GRAPHQL),
        (GRAPHQL, [], 422, GRAPHQL),
    ],
)
async def test_the_draft_profile_answers_as_the_newest_draft_says(
    limits: HttpLimits, accept: str, body: object, status: int, answered_in: str
) -> None:
    transport = httpx.ASGITransport(sample_app(limits, profile=StatusProfile.DRAFT))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        response = await post(client, body, accept)

    assert response.status_code == status
    assert response.headers["content-type"] == f"{answered_in}; charset=utf-8"


_header_text = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30)
_accepts = st.sampled_from([JSON, GRAPHQL, BROWSER, "*/*", "text/plain"]) | _header_text
_content_types = st.sampled_from([JSON, "application/json; charset=utf-8"]) | _header_text
_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
_documents = st.sampled_from(
    ["{ hello }", "{ fails }", "query($v: JSON) { json(value: $v) }", "query($v: Int!) { int(value: $v) }", "mutation"]
)
_members = st.fixed_dictionaries(
    {"query": _documents | _json},
    optional={"variables": st.fixed_dictionaries({"v": _json}) | _json, "operationName": _json, "extensions": _json},
)
_bodies = st.binary(max_size=100) | _json.map(orjson.dumps) | _members.map(orjson.dumps)
_query_strings = st.binary(max_size=60).map(lambda raw: quote(raw).encode()) | _members.map(
    lambda members: urlencode(
        {name: value if isinstance(value, str) else json.dumps(value) for name, value in members.items()}
    ).encode()
)


@settings(deadline=None)
@given(
    method=st.sampled_from(["GET", "POST", "POST", "HEAD", "OPTIONS", "PUT"]),
    accept=_accepts,
    content_type=_content_types,
    query_string=_query_strings,
    body=_bodies,
)
async def test_whatever_a_client_sends_is_answered_with_2xx_or_4xx(
    method: str, accept: str, content_type: str, query_string: bytes, body: bytes
) -> None:
    url = httpx.URL("http://test/graphql").copy_with(query=query_string)
    transport = httpx.ASGITransport(sample_app(HttpLimits()))
    async with httpx.AsyncClient(transport=transport) as client:
        headers = {"Accept": accept, "Content-Type": content_type}
        response = await client.request(method, url, content=body, headers=headers)

    assert response.status_code // 100 in {2, 4}
    if response.headers.get("content-type", "").startswith("application/") and method != "HEAD":
        assert response.json().keys() & {"data", "errors"}
