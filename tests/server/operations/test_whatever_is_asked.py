"""Whatever is asked of these addresses, the answer is one that is documented, and never a fault of the server."""

from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.server.operations.faces import Faces

STATUSES = {200, 304, 400, 401, 403, 404, 405, 409, 413, 414, 415, 422}
TEXTS = {
    "FunctionPage": "query FunctionPage($slug: String!) { function(slug: $slug) { name } }",
    "Events": """query Events($first: Int, $after: String, $from: DateTime, $dir: Dir = ASC) {
        events(first: $first, after: $after, filter: {eventStart: {gte: $from}},
               orderBy: {field: EVENT_START, direction: $dir}) { nodes { title } } }""",
}

ODD = st.sampled_from(
    ["", "\0", "\n", "a\nb", "%", "..a", "é", "\U0001f3ab", "-1", "1e9", "9" * 30, "2027-05-01T18:00:00Z", "{slug}"]
)
# A client resolves `.` and `..` before it asks.
TEXT = (ODD | st.text(st.characters(codec="utf-8"), max_size=8)).filter(lambda text: text not in {".", ".."})
PATHS = st.one_of(
    st.builds("/api/{}".format, TEXT.map(quote)),
    st.builds("/api/functions/{}".format, TEXT.map(lambda text: quote(text, safe=""))),
    st.builds("/api/events".format),
    st.builds("/operations/{}".format, TEXT.map(lambda text: quote(text, safe=""))),
    st.builds("/operations/{}/usage".format, TEXT.map(lambda text: quote(text, safe=""))),
    st.just("/operations"),
    st.just("/operations/releases"),
)
NAMES = st.sampled_from(["first", "after", "from", "ids", "dir", "q", "release", "commit", "pending", "nothing"])
QUERIES = st.lists(st.tuples(NAMES, TEXT), max_size=3)
METHODS = st.sampled_from(["GET", "GET", "HEAD", "POST", "PUT"])
BODIES = st.one_of(
    st.binary(max_size=20),
    st.sampled_from([b"{}", b"[]", b"[[]]", b'{"manifest": {}}', b'{"routes": {"a": 1}}']),
    st.sampled_from([b'{"files": {"a.graphql": "{"}}', b'{"A": "query A { homepage { generatedAt } }"}']),
)


@pytest.mark.parametrize("examples", [150, pytest.param(20_000, marks=pytest.mark.nightly)])
async def test_no_request_is_answered_by_a_fault(faces: Faces, examples: int) -> None:
    web = await faces.client("web")
    await faces.publish("web", "1.0", TEXTS, {"GET /api/functions/{slug}": "FunctionPage"})
    await faces.public("rest")
    await faces.publish("rest", "1.0", TEXTS, {"GET /api/events": "Events"})
    pipeline = await faces.publisher("web")
    asked: list[tuple[httpx.Request, httpx.Response]] = []

    @settings(max_examples=examples, suppress_health_check=[HealthCheck.nested_given], database=None)
    @given(METHODS, PATHS, QUERIES, BODIES, st.sampled_from([web, faces.anyone(), pipeline]))
    def draw(method: str, path: str, query: list[tuple[str, str]], body: bytes, who: httpx.AsyncClient) -> None:
        drawn.append((method, path, query, body, who))

    drawn: list[tuple[str, str, list[tuple[str, str]], bytes, httpx.AsyncClient]] = []
    draw()
    for method, path, query, body, who in drawn:
        content = body if method == "POST" else None
        headers = {"content-type": "application/json"} if method == "POST" else {}
        request = who.build_request(method, path, params=query, content=content, headers=headers)
        asked.append((request, await who.send(request)))

    wrong = [(request, each.status_code, each.text) for request, each in asked if each.status_code not in STATUSES]
    assert wrong == []
    assert {200, 400, 404, 405} <= {answer.status_code for _, answer in asked}
    plain = [
        (request, answer.headers["content-type"])
        for request, answer in asked
        if answer.status_code >= 400 and answer.content and answer.headers["content-type"] != "application/problem+json"
    ]
    assert plain == []
