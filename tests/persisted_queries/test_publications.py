import orjson
import pytest

from domain.routes import parse_route
from persisted_queries.manifests import APOLLO_FORMAT, BrokenManifest
from persisted_queries.publications import read_body, read_documents, read_publication

COUNT = "query Count { a }"
OTHER = "query Other { b }"
ROUTE = "GET /api/count"


def broken(manifest: object, routes: object) -> str:
    with pytest.raises(BrokenManifest) as refused:
        read_publication("m.json", orjson.dumps(manifest), orjson.dumps(routes)).candidates(None)
    return str(refused.value)


@pytest.mark.parametrize("called", ["Count", "id-1"])
def test_a_route_names_an_operation_by_name_or_id(called: str) -> None:
    found = read_publication("m.json", orjson.dumps({"id-1": COUNT, "id-2": OTHER}), orjson.dumps({ROUTE: called}))

    candidates = found.candidates(None)

    assert [(each.public_id, each.route) for each in candidates] == [("id-1", parse_route(ROUTE)), ("id-2", None)]


def test_a_folder_and_a_body_carry_routes_too() -> None:
    folder = read_documents({"a.graphql": COUNT.encode()}, orjson.dumps({ROUTE: "Count"}))
    body = read_body(orjson.dumps({"files": {"a.graphql": COUNT}, "routes": {ROUTE: "Count"}}))
    around = read_body(orjson.dumps({"manifest": {"Count": COUNT}, "routes": {ROUTE: "Count"}}))

    assert folder.candidates(None) == body.candidates(None)
    assert [str(each.route) for each in (*body.candidates(None), *around.candidates(None))] == [ROUTE, ROUTE]


def test_operations_may_be_called_what_a_body_calls_its_parts() -> None:
    found = read_body(orjson.dumps({"manifest": COUNT, "files": OTHER, "routes": OTHER.replace("Other", "Third")}))

    assert [each.public_id for each in found.candidates(None)] == ["manifest", "files", "routes"]


@pytest.mark.parametrize(
    ("routes", "fault"),
    [
        ([ROUTE], "expected a JSON object"),
        ({"POST /api/a": "Count"}, "only GET"),
        ({"GET /a": "Count"}, "begins with /api/"),
        ({ROUTE: 1}, "named by a string"),
        ({ROUTE: "Nothing"}, "no operation is called `Nothing`"),
        ({ROUTE: "Count", "GET /api/b": "Count"}, "an operation has one"),
    ],
)
def test_a_wrong_route_is_told_with_its_place(routes: object, fault: str) -> None:
    told = broken({"Count": COUNT}, routes)

    assert fault in told
    assert told.startswith("routes.json")


def test_a_name_that_several_operations_have_names_none() -> None:
    assert "2 operations are called `Count`" in broken({"a": COUNT, "b": COUNT + " "}, {ROUTE: "Count"})


def test_a_route_that_stands_twice_is_told() -> None:
    with pytest.raises(BrokenManifest, match="already"):
        read_publication("m.json", orjson.dumps({"Count": COUNT}), b'{"GET /api/a": "Count", "GET /api/a": "Count"}')


def test_apollos_entries_for_another_client_are_left_out_with_their_routes() -> None:
    entries = [
        {"id": "a", "name": "Count", "type": "query", "body": COUNT, "clientName": "web"},
        {"id": "b", "name": "Other", "type": "query", "body": OTHER, "clientName": "app"},
    ]
    manifest = orjson.dumps({"format": APOLLO_FORMAT, "version": 1, "operations": entries})

    found = read_publication("m.json", manifest, orjson.dumps({ROUTE: "Count"}))

    assert [each.public_id for each in found.candidates("web")] == ["a"]
    with pytest.raises(BrokenManifest, match="no operation"):
        found.candidates("app")
