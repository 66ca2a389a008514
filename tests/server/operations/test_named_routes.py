import pytest

from tests.server.operations.faces import Faces, code_of

PAGE = "query FunctionPage($slug: String!) { function(slug: $slug) { name slug } }"
ALL = """query All($first: Int = 2, $featured: Boolean, $dir: Dir = ASC, $from: DateTime) {
    events(first: $first, filter: {isFeatured: $featured, eventStart: {gte: $from}},
           orderBy: {field: EVENT_START, direction: $dir}) { nodes { title } } }"""
NODES = "query Nodes($ids: [ID!]!) { nodes(ids: $ids) { __typename } }"
TEXTS = {"FunctionPage": PAGE, "All": ALL, "Nodes": NODES}
ROUTES = {"GET /api/functions/{slug}": "FunctionPage", "GET /api/events": "All", "GET /api/nodes": "Nodes"}


@pytest.fixture
async def open_routes(faces: Faces) -> Faces:
    """Routes that anyone may call, over a function and three events."""
    function = faces.graph.function(slug="camp", name="Camp")
    for title, featured in (("One", True), ("Two", False), ("Three", True)):
        faces.graph.ticket(faces.graph.event(function, title=title, is_featured=featured))
    await faces.graph.flush()
    await faces.public("rest")
    await faces.publish("rest", "1.0", TEXTS, ROUTES)
    return faces


async def test_a_route_answers_with_the_value_of_its_root_field(open_routes: Faces) -> None:
    answer = await open_routes.anyone().get("/api/functions/camp")

    assert (answer.status_code, answer.json()) == (200, {"name": "Camp", "slug": "camp"})
    assert answer.headers["content-type"] == "application/json"


async def test_an_answer_may_be_kept_and_is_confirmed(open_routes: Faces) -> None:
    web = await open_routes.client("web")
    first = await open_routes.anyone().get("/api/functions/camp")

    same = await open_routes.anyone().get("/api/functions/camp", headers={"if-none-match": first.headers["etag"]})
    with_key = await web.get("/api/functions/camp")

    assert (same.status_code, same.content) == (304, b"")
    assert first.headers["cache-control"].startswith("public")
    assert with_key.headers["cache-control"].startswith("private")
    assert {"Accept", "Authorization", "X-API-Key"} == set(first.headers["vary"].split(", "))


async def test_parameters_become_variables_of_their_types(open_routes: Faces) -> None:
    anyone = open_routes.anyone()
    asked = {
        "": ["One", "Two"],
        "first=3": ["One", "Two", "Three"],
        "first=3&featured=true": ["One", "Three"],
        "first=1&dir=DESC": ["Three"],
        "from=2027-05-02T12:06:30%2B00:00": ["Three"],
    }

    answers = {query: (await anyone.get(f"/api/events?{query}")).json() for query in asked}

    assert {query: [each["title"] for each in answer["nodes"]] for query, answer in answers.items()} == asked


async def test_a_list_is_a_parameter_that_stands_several_times(open_routes: Faces) -> None:
    answer = await open_routes.anyone().get("/api/nodes?ids=a&ids=b")

    assert answer.json() == [None, None]


async def test_a_wrong_parameter_is_named(open_routes: Faces) -> None:
    wrong = {
        "/api/events?frist=1": "frist",
        "/api/events?first=x": "first",
        "/api/events?first=1&first=2": "first",
        "/api/events?first=": "first",
        "/api/events?featured=yes": "featured",
        "/api/events?dir=UP": "dir",
        "/api/functions/camp?slug=other": "slug",
        "/api/nodes": "ids",
    }
    for address, parameter in wrong.items():
        answer = await open_routes.anyone().get(address)

        assert (answer.status_code, code_of(answer)) == (400, "INVALID_PARAMETER")
        (fault,) = answer.json()["errors"]
        assert (fault["parameter"], fault["in"]) == (parameter, "query")
        assert fault["detail"]


async def test_values_that_the_schema_refuses_are_bad_requests_too(open_routes: Faces) -> None:
    anyone = open_routes.anyone()

    uncoercible = await anyone.get("/api/events?from=yesterday")
    out_of_range = await anyone.get("/api/events?first=101")

    assert (uncoercible.status_code, code_of(uncoercible)) == (400, "BAD_USER_INPUT")
    assert (out_of_range.status_code, code_of(out_of_range)) == (400, "VARIABLE_TOO_LARGE")
    assert "$from" in uncoercible.json()["errors"][0]["detail"]
    assert "101" in out_of_range.json()["errors"][0]["detail"]


async def test_what_is_not_there_is_not_found(open_routes: Faces) -> None:
    paths = ("/api/functions/nobody", "/api/nothing", "/api/functions/camp/", "/api/functions/a%2Fb", "/api/")

    answers = [await open_routes.anyone().get(path) for path in paths]

    assert [(each.status_code, code_of(each)) for each in answers] == [(404, "NOT_FOUND")] * len(paths)


async def test_head_has_the_head_and_other_methods_are_refused(open_routes: Faces) -> None:
    anyone = open_routes.anyone()

    head, get = await anyone.head("/api/functions/camp"), await anyone.get("/api/functions/camp")
    posted = await anyone.post("/api/functions/camp")

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(get.content))
    assert (posted.status_code, posted.headers["allow"]) == (405, "GET, HEAD, OPTIONS")


async def test_a_private_clients_routes_are_its_own(open_routes: Faces) -> None:
    web, acme = await open_routes.client("web"), await open_routes.client("acme")
    mine = "query Mine($slug: String!) { function(slug: $slug) { title: name } }"
    await open_routes.publish("web", "1.0", {"Mine": mine}, {"GET /api/mine/{slug}": "Mine"})
    await open_routes.publish("acme", "1.0", {"Mine": mine}, {"GET /api/functions/{slug}": "Mine"})

    own = [(await client.get("/api/mine/camp")).status_code for client in (web, acme, open_routes.anyone())]
    shadowed = [(await client.get("/api/functions/camp")).json() for client in (acme, web)]

    assert own == [200, 404, 404]
    assert shadowed == [{"title": "Camp"}, {"name": "Camp", "slug": "camp"}]


async def test_public_is_the_route_and_not_the_id(open_routes: Faces) -> None:
    answer = await open_routes.anyone().post(
        "/graphql", json={"documentId": "FunctionPage", "variables": {"slug": "camp"}}
    )

    assert answer.json()["errors"][0]["extensions"]["code"] == "PERSISTED_DOCUMENT_NOT_FOUND"


async def test_the_newest_release_has_the_address_and_an_older_one_takes_over_when_it_ends(open_routes: Faces) -> None:
    anyone = open_routes.anyone()
    newer = {"Page2": PAGE.replace("name slug", "slug")}
    await open_routes.publish("rest", "2.0", newer, {"GET /api/functions/{slug}": "Page2"})

    after = await anyone.get("/api/functions/camp")
    await open_routes.retire("rest", "2.0")
    back = await anyone.get("/api/functions/camp")
    await open_routes.deprecate("rest", "1.0")
    deprecated = await anyone.get("/api/functions/camp")
    await open_routes.retire("rest", "1.0")
    gone = await anyone.get("/api/functions/camp")

    assert (after.json(), back.json()) == ({"slug": "camp"}, {"name": "Camp", "slug": "camp"})
    assert deprecated.headers["deprecation"].startswith("@")
    assert (gone.status_code, code_of(gone)) == (410, "PERSISTED_DOCUMENT_RETIRED")


async def test_a_route_that_ends_links_to_the_address_of_its_successor(open_routes: Faces) -> None:
    newer = {"Page2": PAGE.replace("name slug", "slug")}
    await open_routes.publish("rest", "2.0", newer, {"GET /api/v2/functions/{slug}": "Page2"})
    await open_routes.deprecate("rest", "1.0", successor="2.0")

    answer = await open_routes.anyone().get("/api/functions/camp")
    without = await open_routes.anyone().get("/api/events")
    successor = await open_routes.anyone().get("/api/v2/functions/camp")

    assert answer.headers["link"] == '</api/v2/functions/camp>; rel="successor-version"'
    assert (successor.status_code, successor.json()) == (200, {"slug": "camp"})
    assert without.headers["deprecation"] == answer.headers["deprecation"]
    assert "link" not in without.headers


async def test_a_forbidden_field_forbids_the_whole(open_routes: Faces) -> None:
    text = "query Pools { events(first: 1) { nodes { tickets { nodes { pools { capacity } } } } } }"
    await open_routes.publish("rest", "3.0", {"Pools": text}, {"GET /api/pools": "Pools"})

    answer = await open_routes.anyone().get("/api/pools")

    assert (answer.status_code, code_of(answer)) == (403, "FORBIDDEN")
    assert answer.json()["errors"][0]["path"][-1] == "pools"
