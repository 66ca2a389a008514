"""What the registry shows and takes over HTTP: to each client its own, and to a key what it is for."""

from typing import Any

import httpx
import pytest

from tests.security.site import Site
from tests.security.test_documents import MOST_CPU
from tests.security.test_ids import without_name

MANIFEST = {"Mine": "query Mine { __typename }"}


def key(site: Site, name: str) -> dict[str, str]:
    return {"X-API-Key": site.contents.keys[name]}


class TestWhatIsShown:
    def test_each_client_its_own(self, site: Site) -> None:
        shown = {
            name: [each["id"] for each in site.http.get("/operations", headers=key(site, name)).json()["operations"]]
            for name in ("red", "blue")
        }

        assert shown == {"red": ["only-red"], "blue": ["only-blue"]}

    def test_strangers_nothing(self, site: Site) -> None:
        assert site.http.get("/operations").json()["operations"] == []

    @pytest.mark.parametrize("path", ["/operations/{}", "/graphql/{}", "/api/{}"])
    @pytest.mark.parametrize("headers", ["blue", None])
    def test_anothers_operation_looks_like_none(self, site: Site, path: str, headers: str | None) -> None:
        sent = {} if headers is None else key(site, headers)
        foreign, unknown = (site.http.get(path.format(each), headers=sent) for each in ("only-red", "only-rad"))

        assert foreign.status_code == unknown.status_code == 404
        assert foreign.content.replace(b"only-red", b"") == unknown.content.replace(b"only-rad", b"")
        assert without_name(foreign) == without_name(unknown)

    def test_the_description_for_machines_is_of_the_caller_alone(self, site: Site) -> None:
        described = {
            name: site.http.get("/operations/openapi.json", headers=key(site, name)) for name in ("red", "blue")
        }

        assert "only-red" in described["red"].text
        assert "only-red" not in described["blue"].text
        assert "only-red" not in site.http.get("/operations/openapi.json").text

    def test_what_is_kept_by_caches_is_not_shared_between_keys(self, site: Site) -> None:
        for path in ("/operations", "/operations/openapi.json", "/operations/only-red"):
            answer = site.http.get(path, headers=key(site, "red"))

            assert "public" not in answer.headers["cache-control"]
            assert {"authorization", "x-api-key"} <= {
                each.strip().lower() for each in answer.headers["vary"].split(",")
            }

    @pytest.mark.parametrize(
        "query",
        [
            "first=0",
            "first=-1",
            "first=1e9",
            "first=99999999999999999999",
            "after=%00",
            "after=only-red",
            "q=%00",
            "x=1",
            "q=" + "a" * 5_000,
            "q=%ff",
            "first=1&first=2",
        ],
    )
    def test_parameters_are_read_or_refused(self, site: Site, query: str) -> None:
        before = site.cpu()
        answer = site.http.get(f"/operations?{query}", headers=key(site, "blue"))

        assert answer.status_code in {200, 400}
        assert "only-red" not in answer.text.replace("after=only-red", "")
        assert site.cpu() - before < MOST_CPU

    @pytest.mark.parametrize(
        "path",
        [
            b"..",
            b"../operations/only-red",
            b"%2e%2e/%2e%2e/etc/passwd",
            b"a/" * 500,
            b"%00",
            b"%ff",
            b"{id}",
            b"*",
            b".",
            b"//",
            b"a%2fb",
            b";x=1",
            b"only-red%20",
        ],
    )
    def test_paths_lead_nowhere(self, site: Site, path: bytes) -> None:
        for start in (b"/api/", b"/operations/", b"/graphql/", b"/webhooks/"):
            with site.server.connect() as connection:
                connection.send(b"GET " + start + path + b" HTTP/1.1\r\nHost: x\r\n\r\n")
                answer = connection.response()

            assert 400 <= answer.status < 500
            assert b"passwd" not in answer.body.replace(b"etc/passwd", b"")


class TestPublishing:
    def publish(self, site: Site, release: str = "2.0", body: Any = MANIFEST, **headers: str) -> httpx.Response:
        return site.http.post(f"/operations/releases?release={release}", json=body, headers=headers)

    def test_strangers_and_forged_keys_do_not(self, site: Site) -> None:
        forged = site.contents.keys["red"][:-4] + "AAAA"
        answers = [self.publish(site), self.publish(site, **{"X-API-Key": forged})]
        answers += [self.publish(site, Authorization=f"Bearer {each}") for each in (forged, "x", ".")]

        assert {answer.status_code for answer in answers} == {401}

    def test_nor_do_keys_that_are_for_calling(self, site: Site) -> None:
        answers = [
            self.publish(site, **key(site, "red")),
            self.publish(site, Authorization=f"Bearer {site.contents.keys['red']}"),
        ]

        assert {answer.status_code for answer in answers} == {403}

    def test_a_key_publishes_for_its_client_and_calls_nothing(self, site: Site) -> None:
        publisher = {"X-API-Key": site.contents.publishing_key}
        done = self.publish(site, "3.0", {"TakenOver": "query TakenOver { functions { totalCount } }"}, **publisher)

        assert done.status_code == 201
        assert site.call("TakenOver", **key(site, "blue")).status_code == 404
        assert site.ask("{ __typename }", **publisher).status_code == 401
        assert site.http.get("/operations", headers=publisher).status_code == 401

    @pytest.mark.parametrize(
        "body",
        [
            [],
            "x",
            {"a": 1},
            {"a": "{"},
            {"a": "{ nothing }"},
            {"../x": "{ __typename }"},
            {"a\u0000": "{ __typename }"},
            {"a": "query A { __typename } query B { __typename }"},
            {"a": "{" * 10_000},
            {"only-red": "{ __typename }", "x": {"deep": [[[[]]]]}},
            {"format": "apollo-persisted-query-manifest", "version": 1, "operations": [{"id": 1}]},
        ],
    )
    def test_a_manifest_that_is_none_is_refused_with_its_faults(self, site: Site, body: Any) -> None:
        answer = self.publish(site, "4.0", body, **{"X-API-Key": site.contents.publishing_key})

        assert 400 <= answer.status_code < 500

    @pytest.mark.parametrize("release", ["", "../1", "a b", "x" * 101, "%00", "1.0&release=2.0", "é"])
    def test_a_release_is_called_by_a_plain_name(self, site: Site, release: str) -> None:
        answer = self.publish(site, release, **{"X-API-Key": site.contents.publishing_key})

        assert answer.status_code in {400, 409}
