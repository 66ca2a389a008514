from typing import Any

from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator, validate

from tests.server.operations.faces import Faces

TEXTS = {
    "Search": """query Search($query: String!, $first: Int = 5) {
        search(query: $query, first: $first) { edges { node { __typename ... on Event { title } } } } }""",
    "Events": """query Events($filter: EventFilter, $orderBy: EventOrder) {
        events(filter: $filter, orderBy: $orderBy) { nodes { title } } }""",
    "Nodes": "query Nodes($ids: [ID!]!) { nodes(ids: $ids) { id } }",
    "sha1-0123": "query Nodes($ids: [ID!]!) { nodes(ids: $ids) { id } }",
    "Sorted": """query Sorted($dir: Dir!, $from: DateTime) {
        events(filter: {eventStart: {gte: $from}}, orderBy: {field: EVENT_START, direction: $dir}) { nodes { id } }
    }""",
}
ROUTES = {"GET /api/search/{query}": "Search", "GET /api/nodes": "sha1-0123", "GET /api/sorted": "Sorted"}


async def document_of(faces: Faces) -> dict[str, Any]:
    web = await faces.client("web")
    await faces.publish("web", "1.0", TEXTS, ROUTES)
    document = (await web.get("/operations/openapi.json")).json()
    validate(document, cls=OpenAPIV31SpecValidator)
    return document


async def test_the_document_of_a_client_is_valid_and_has_all_its_operations(faces: Faces) -> None:
    document = await document_of(faces)

    assert document["openapi"].startswith("3.1")
    assert set(document["paths"]) == {
        *(f"/graphql/{id_}" for id_ in TEXTS),
        *(route.removeprefix("GET ") for route in ROUTES),
    }
    assert {"EventFilter", "DateRange", "EventOrder"} <= set(document["components"]["schemas"])
    ids = [method["operationId"] for path in document["paths"].values() for method in path.values()]
    assert len(ids) == len(set(ids)) == 8


async def test_parameters_of_routes_are_those_of_the_address(faces: Faces) -> None:
    paths = (await document_of(faces))["paths"]

    query, first = paths["/api/search/{query}"]["get"]["parameters"]
    (ids,) = paths["/api/nodes"]["get"]["parameters"]
    direction, _ = paths["/api/sorted"]["get"]["parameters"]

    assert (query["in"], query["required"]) == ("path", True)
    assert (first["in"], first["required"], first["schema"]["default"]) == ("query", False, 5)
    assert first["schema"]["type"] == "integer"
    assert (ids["style"], ids["explode"], ids["schema"]["maxItems"]) == ("form", True, 100)
    assert direction["schema"]["enum"] == ["ASC", "DESC"]


async def test_what_is_deprecated_is_marked(faces: Faces) -> None:
    web = await faces.client("web")
    await faces.publish("web", "1.0", TEXTS)
    await faces.deprecate("web", "1.0")

    document = (await web.get("/operations/openapi.json")).json()

    assert all(path["post"]["deprecated"] for path in document["paths"].values())


async def test_without_a_key_it_describes_public_routes(faces: Faces) -> None:
    await faces.public("rest")
    await faces.publish("rest", "1.0", TEXTS, ROUTES)

    answer = await faces.anyone().get("/operations/openapi.json")
    again = await faces.anyone().get("/operations/openapi.json", headers={"if-none-match": answer.headers["etag"]})

    validate(answer.json(), cls=OpenAPIV31SpecValidator)
    assert set(answer.json()["paths"]) == {"/api/search/{query}", "/api/nodes", "/api/sorted"}
    assert again.status_code == 304


async def test_answers_at_routes_are_what_the_document_says(faces: Faces) -> None:
    function = faces.graph.function(slug="camp", name="Camp")
    faces.graph.event(function, title="One of camp")
    await faces.graph.flush()
    await faces.public("rest")
    await faces.publish("rest", "1.0", TEXTS, ROUTES)
    anyone = faces.anyone()
    paths = (await anyone.get("/operations/openapi.json")).json()["paths"]
    asked = {
        "/api/search/{query}": "/api/search/camp",
        "/api/nodes": "/api/nodes?ids=none",
        "/api/sorted": "/api/sorted?dir=DESC",
    }

    for path, address in asked.items():
        answer = await anyone.get(address)
        schema = paths[path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        assert answer.status_code == 200
        Draft202012Validator(schema).validate(answer.json())
