"""Requests that browsers can be made to send, that come in batches, or that are larger than they look."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.plugins.measuring import least
from tests.security.site import GRAPHQL, Site
from tests.security.test_documents import MOST_CPU

ROOT = Path(__file__).parents[2]

EVIL = "https://evil.example"
HELLO = "{ __typename }"
SIMPLE_TYPES = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x")
"""What a page may send to another origin without asking first (Fetch, section 2.2.2)."""


class TestCrossSite:
    @pytest.mark.parametrize("media_type", [*SIMPLE_TYPES, "text/plain; application/json", "", None])
    def test_what_needs_no_preflight_is_not_read(self, site: Site, media_type: str | None) -> None:
        headers = {"Origin": EVIL} if media_type is None else {"Origin": EVIL, "Content-Type": media_type}
        answer = site.http.post("/graphql", content=json.dumps({"query": HELLO}), headers=headers)

        assert answer.status_code == 415
        assert "access-control-allow-origin" not in answer.headers

    @pytest.mark.parametrize("media_type", SIMPLE_TYPES)
    def test_nor_in_the_form_of_a_form(self, site: Site, media_type: str) -> None:
        bodies = (f"query={HELLO}", f'{{"query":"{HELLO}","x":"="}}', f'--x\r\n\r\n{{"query":"{HELLO}"}}\r\n--x--')
        for body in bodies:
            headers = {"Origin": EVIL, "Content-Type": media_type}

            assert site.http.post("/graphql", content=body, headers=headers).status_code == 415

    @pytest.mark.parametrize("path", ["/graphql", "/health/live", "/webhooks/shop"])
    @pytest.mark.parametrize(
        "origin", [EVIL, "null", "http://localhost.evil.example", "https://127.0.0.1.evil.example"]
    )
    def test_a_preflight_allows_a_foreign_page_nothing(self, site: Site, path: str, origin: str) -> None:
        asked = {
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type,authorization",
        }
        answer = site.http.options(path, headers={"Origin": origin, **asked})

        assert "access-control-allow-origin" not in answer.headers
        assert "access-control-allow-credentials" not in answer.headers

    def test_an_answer_is_not_for_a_foreign_page_to_read(self, site: Site) -> None:
        answer = site.ask(HELLO, Origin=EVIL)

        assert "access-control-allow-origin" not in answer.headers

    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_a_safe_method_changes_nothing(self, site: Site, method: str) -> None:
        answer = site.http.request(
            method, "/graphql", params={"query": "mutation { __typename }"}, headers={"Accept": GRAPHQL}
        )

        assert answer.status_code in {400, 405}

    @pytest.mark.parametrize("name", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
    def test_a_header_does_not_make_it_another_method(self, site: Site, name: str) -> None:
        answer = site.http.get("/graphql", params={"query": HELLO}, headers={name: "DELETE", "Accept": GRAPHQL})

        assert answer.status_code == 200

    def test_the_page_is_not_framed_and_runs_no_foreign_code(self, site: Site) -> None:
        page = site.http.get("/graphql", headers={"Accept": "text/html"})
        policy = page.headers["content-security-policy"]

        assert "frame-ancestors 'none'" in policy
        assert "default-src 'none'" in policy
        assert page.headers["x-content-type-options"] == "nosniff"
        assert "unsafe-eval" not in policy

    def test_no_answer_says_what_it_is_made_with(self, site: Site) -> None:
        for path in ("/graphql", "/health/live", "/nowhere"):
            answer = site.http.get(path)

            assert "server" not in answer.headers
            assert "x-powered-by" not in answer.headers


class TestBatches:
    @pytest.mark.quiet
    @pytest.mark.parametrize("size", [0, 1, 10, 1000])
    def test_a_list_of_requests_is_refused_whole(self, site: Site, size: int) -> None:
        def measure(_: int) -> float:
            before = site.cpu()
            answer = site.http.post("/graphql", json=[{"query": HELLO}] * size)
            taken = site.cpu() - before
            assert (answer.status_code, code(answer)) == (400, "BATCHING_NOT_SUPPORTED")
            return taken

        assert least(measure, MOST_CPU) < MOST_CPU

    def test_guesses_by_alias_are_few(self, site: Site) -> None:
        """What batching is for to an attacker: many guesses at the price of one request."""
        guesses = "".join(f'a{n}:function(slug:"guess-{n}"){{id}}' for n in range(150))

        assert site.ask(f"{{{guesses}}}").status_code == 400

    def test_guesses_by_list_are_few(self, site: Site) -> None:
        answer = site.ask("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ["x"] * 1000})

        assert answer.json()["errors"]
        assert not answer.json().get("data")


class TestBodies:
    QUERY = "query($v: Int, $ids: [ID!] = []) { functions(first: $v) { totalCount } nodes(ids: $ids) { id } }"

    @pytest.mark.quiet
    @pytest.mark.parametrize(
        "variables",
        [
            pytest.param('{"v":' + "[" * 60_000 + "]" * 60_000 + "}", id="a deep list"),
            pytest.param('{"v":' + '{"a":' * 30_000 + "1" + "}" * 30_001, id="a deep object"),
            pytest.param('{"v":' + "[" * 60 + "1" + "]" * 60 + "}", id="a list as deep as is read"),
            pytest.param('{"ids":[' + '"x",' * 50_000 + '"x"]}', id="a long list"),
            pytest.param('{"ids":[' + "[]," * 60_000 + "[]]}", id="a long list of lists"),
            pytest.param('{"ids":[' + "{}," * 60_000 + "{}]}", id="a long list of objects"),
            pytest.param('{"v":' + "9" * 200_000 + "}", id="a long number"),
            pytest.param('{"v":1e' + "9" * 200_000 + "}", id="a large number"),
            pytest.param('{"v":"' + "x" * 200_000 + '"}', id="a long text"),
            pytest.param('{"v":"' + "\\u0000" * 30_000 + '"}', id="escapes"),
            pytest.param("{" + ",".join(f'"a{n}":1' for n in range(18_000)) + "}", id="many variables"),
            pytest.param("{" + '"v":1,' * 30_000 + '"v":1}', id="one variable many times"),
            pytest.param('{"__proto__":{"v":1},"v":{"constructor":1}}', id="names of other languages"),
        ],
    )
    def test_variables_that_are_large_are_refused_at_no_great_cost(self, site: Site, variables: str) -> None:
        body = json.dumps({"query": self.QUERY})[:-1] + ',"variables":' + variables + "}"
        assert len(body) < 262_144

        def measure(_: int) -> float:
            before = site.cpu()
            answer = site.http.post(
                "/graphql", content=body, headers={"Content-Type": "application/json", "Accept": GRAPHQL}
            )
            taken = site.cpu() - before
            assert answer.status_code in {200, 400}
            assert "INTERNAL_SERVER_ERROR" not in answer.text
            return taken

        assert least(measure, MOST_CPU) < MOST_CPU

    def test_a_body_that_is_too_large_is_refused_before_it_is_read(self, site: Site) -> None:
        with site.server.connect() as connection:
            connection.send(b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n")
            connection.send(b"Content-Length: 1000000000\r\n\r\n")

            assert connection.response().status == 413

    @pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "zstd", "identity, gzip"])
    def test_what_grows_when_it_is_unpacked_is_not_unpacked(self, site: Site, encoding: str) -> None:
        headers = {"Content-Type": "application/json", "Content-Encoding": encoding}

        assert site.http.post("/graphql", content=b"\x1f\x8b" * 100, headers=headers).status_code == 415


class TestWhatIsTold:
    @pytest.mark.parametrize("path", ["/", "/graphql/", "/health/live/", "/operations/", "/webhooks/shop/"])
    def test_no_answer_leads_to_a_host_that_the_request_has_named(self, site: Site, path: str) -> None:
        answer = site.http.get(path, headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})

        assert "evil.example" not in answer.text
        assert "evil.example" not in str(answer.headers)

    @pytest.mark.parametrize(
        ("path", "body"),
        [
            ("/graphql", {"query": '{ functions(after: "\' OR 1=1 --") { totalCount } }'}),
            ("/graphql", {"query": '{ function(slug: "a\\u0000b") { id } }'}),
            ("/graphql", {"query": '{ search(query: "\' ; DROP TABLE events --") { totalCount } }'}),
            ("/graphql", {"query": "query($v: ID!) { node(id: $v) { id } }", "variables": {"v": "{{7*7}}"}}),
            (
                "/graphql",
                {"query": "{__typename}", "extensions": {"persistedQuery": {"version": 1, "sha256Hash": "'"}}},
            ),
            ("/graphql", {"documentId": "../../etc/passwd"}),
            ("/graphql/..%2f..%2fetc%2fpasswd", {}),
            ("/graphiql/assets/..%2f..%2f..%2fpyproject.toml", {}),
            ("/health/../graphql", {"query": "{"}),
        ],
    )
    def test_errors_name_nothing_of_the_inside(self, site: Site, path: str, body: dict[str, Any]) -> None:
        answer = site.http.post(path, json=body)

        assert answer.status_code < 500
        for word in ("Traceback", "asyncpg", "sqlalchemy", "SELECT ", str(ROOT), "site-packages", "[build-system]"):
            assert word not in answer.text


def code(answer: httpx.Response) -> str:
    return answer.json()["errors"][0]["extensions"]["code"]
