import orjson
import pytest

from persisted_queries.manifests import APOLLO_FORMAT
from tests.server.operations.faces import Faces, code_of

COUNT = "query Count { functions { totalCount } }"
PAGE = "query FunctionPage($slug: String!) { function(slug: $slug) { name } }"
APOLLO = {
    "format": APOLLO_FORMAT,
    "version": 1,
    "operations": [{"id": "Count", "name": "Count", "type": "query", "body": COUNT}],
}


def routed(routes: dict[str, str]) -> bytes:
    return orjson.dumps({"manifest": {"Count": COUNT}, "routes": routes})


@pytest.mark.parametrize(
    "body",
    [
        APOLLO,
        {"Count": COUNT},
        [["Count", COUNT]],
        {"manifest": APOLLO},
        {"manifest": {"Count": COUNT}, "routes": {"GET /api/count": "Count"}},
        {"files": {"count.graphql": COUNT, "README": "no document"}, "routes": {"GET /api/count": "Count"}},
    ],
    ids=["apollo", "texts by id", "pairs", "apollo around", "with routes", "folder with routes"],
)
async def test_a_manifest_of_any_form_is_published_once(faces: Faces, body: object) -> None:
    web = await faces.client("web")
    pipeline = await faces.publisher("web")

    created = await pipeline.post("/operations/releases?release=1.0&commit=abc123", json=body)
    again = await pipeline.post("/operations/releases?release=1.0", json=body)

    assert (created.status_code, again.status_code) == (201, 200), created.text
    assert created.json() == again.json()
    assert (created.json()["client"], created.json()["release"], created.json()["state"]) == ("web", "1.0", "active")
    (operation,) = created.json()["operations"]
    answer = await web.post("/graphql", json={"documentId": operation["id"]})
    assert answer.json() == {"data": {"functions": {"totalCount": 0}}}
    if operation["route"]:
        assert (await web.get("/api/count")).json() == {"totalCount": 0}


async def test_what_was_published_does_not_change(faces: Faces) -> None:
    await faces.client("web")
    pipeline = await faces.publisher("web")
    await pipeline.post("/operations/releases?release=1.0", json={"Count": COUNT})

    other = await pipeline.post("/operations/releases?release=1.0", json={"FunctionPage": PAGE})
    routed = await pipeline.post(
        "/operations/releases?release=1.0", json={"manifest": {"Count": COUNT}, "routes": {"GET /api/a": "Count"}}
    )

    assert [(each.status_code, code_of(each)) for each in (other, routed)] == [(409, "RELEASE_EXISTS")] * 2


async def test_every_fault_is_told_with_its_place(faces: Faces) -> None:
    await faces.client("web")
    pipeline = await faces.publisher("web")
    texts = {"A": "query A {\n  nothing\n}", "B": "query B { functions(first: 101) { totalCount } }", "C": COUNT}

    answer = await pipeline.post("/operations/releases?release=1.0", json=texts)

    assert (answer.status_code, code_of(answer)) == (422, "OPERATIONS_REFUSED")
    first, second = answer.json()["errors"]
    assert (first["operation"], first["line"], first["column"]) == ("A", 2, 3)
    assert "nothing" in first["detail"]
    assert (second["operation"], second["line"], second["column"]) == ("B", 1, 28)
    assert (await (await faces.client("other")).get("/operations")).json()["operations"] == []


@pytest.mark.parametrize(
    ("query", "body", "status", "code"),
    [
        ("release=1.0", b"{", 422, "BROKEN_MANIFEST"),
        ("release=1.0", b'{"Count": 1}', 422, "BROKEN_MANIFEST"),
        ("release=1.0", routed({"POST /api/a": "Count"}), 422, "BROKEN_MANIFEST"),
        ("release=1.0", routed({"GET /api/a": "Nothing"}), 422, "BROKEN_MANIFEST"),
        ("", orjson.dumps({"Count": COUNT}), 400, "INVALID_PARAMETER"),
        ("release=1.0&pending=maybe", orjson.dumps({"Count": COUNT}), 400, "INVALID_PARAMETER"),
        ("release=1.0&actor=me", orjson.dumps({"Count": COUNT}), 400, "INVALID_PARAMETER"),
        ("release=a~b", orjson.dumps({"Count": COUNT}), 400, "BAD_USER_INPUT"),
    ],
)
async def test_what_cannot_be_is_refused(faces: Faces, query: str, body: bytes, status: int, code: str) -> None:
    await faces.client("web")
    pipeline = await faces.publisher("web")

    answer = await pipeline.post(
        f"/operations/releases?{query}", content=body, headers={"content-type": "application/json"}
    )

    assert (answer.status_code, code_of(answer)) == (status, code)
    if status == 422:
        assert all(fault["detail"] and fault["where"] for fault in answer.json()["errors"])


async def test_only_a_publishing_key_publishes_and_it_calls_nothing(faces: Faces) -> None:
    web = await faces.client("web")
    pipeline = await faces.publisher("web")
    release = "/operations/releases?release=1.0"

    by_anyone = await faces.anyone().post(release, json={"Count": COUNT})
    by_stranger = await faces.anyone("boxoffice_" + "x" * 43).post(release, json={"Count": COUNT})
    by_caller = await web.post(release, json={"Count": COUNT})
    calling = await pipeline.get("/operations")

    assert (by_anyone.status_code, by_anyone.headers["www-authenticate"]) == (401, "Bearer")
    assert (by_stranger.status_code, code_of(by_stranger)) == (401, "INVALID_API_KEY")
    assert (by_caller.status_code, code_of(by_caller)) == (403, "NOT_A_PUBLISHING_KEY")
    assert (calling.status_code, code_of(calling)) == (401, "INVALID_API_KEY")


async def test_a_pending_release_is_not_served(faces: Faces) -> None:
    web = await faces.client("web")
    pipeline = await faces.publisher("web")

    created = await pipeline.post("/operations/releases?release=1.0&pending=true", json={"Count": COUNT})

    assert (created.status_code, created.json()["state"]) == (201, "pending")
    assert (await web.get("/operations")).json()["operations"] == []


async def test_the_log_says_whose_key_it_was_and_from_which_commit(faces: Faces) -> None:
    await faces.client("web")
    pipeline = await faces.publisher("web")

    await pipeline.post("/operations/releases?release=1.0&commit=abc123", json={"Count": COUNT})

    (entry, *_) = await faces.log()
    assert (entry["action"], entry["actor"], entry["source_commit"]) == ("publish", "web, key ci", "abc123")
