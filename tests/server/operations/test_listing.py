import httpx
from jsonschema import Draft202012Validator

from tests.server.operations.faces import Faces, code_of

COUNT = "query Count { functions { totalCount } }"
NAMES = "query Names($n: Int! = 2, $slugs: [ID!]) { functions(first: $n) { nodes { name } } nodes(ids: $slugs) { id } }"
PAGE = '"One function."\nquery FunctionPage($slug: String!) { function(slug: $slug) { name } }'
ROUTES = {"GET /api/pages/{slug}": "FunctionPage"}
TEXTS = {"Count": COUNT, "FunctionPage": PAGE}


async def test_a_client_sees_its_own_operations_and_all_about_them(faces: Faces) -> None:
    web, partner = await faces.client("web"), await faces.client("acme")
    await faces.publish("web", "1.0", TEXTS, ROUTES)
    await faces.publish("acme", "2027", {"Other": COUNT})

    seen = (await web.get("/operations")).json()
    others = (await partner.get("/operations")).json()

    assert (seen["client"], seen["count"], seen["next"]) == ("web", 2, None)
    count, page = seen["operations"]
    assert [each["id"] for each in others["operations"]] == ["Other"]
    assert (page["id"], page["name"], page["kind"], page["text"]) == ("FunctionPage", "FunctionPage", "query", PAGE)
    assert (page["description"], page["release"], page["state"], page["sunset"]) == (
        "One function.",
        "1.0",
        "active",
        None,
    )
    assert page["route"] == {"method": "GET", "path": "/api/pages/{slug}"}
    assert count["route"] is None
    assert page["variables"]["required"] == ["slug"]
    assert page["result"]["properties"]["function"]["properties"]["name"]["type"] == "string"


async def test_the_example_request_works_and_its_answer_is_as_described(faces: Faces) -> None:
    faces.graph.function(slug="slug", name="Camp")
    await faces.graph.flush()
    web = await faces.client("web")
    await faces.publish("web", "1.0", TEXTS)

    told = (await web.get("/operations/FunctionPage")).json()
    example = told["example"]
    answer = await web.request(example["method"], example["path"], json=example["body"], headers=example["headers"])

    assert answer.json() == {"data": {"function": {"name": "Camp"}}}
    Draft202012Validator(told["result"]).validate(answer.json()["data"])
    Draft202012Validator(told["variables"]).validate(example["body"]["variables"])


async def test_an_unknown_id_and_another_clients_are_answered_alike(faces: Faces) -> None:
    web, _ = await faces.client("web"), await faces.client("acme")
    await faces.publish("acme", "1.0", {"Secret": COUNT})

    answers = [await web.get(f"/operations/{id_}") for id_ in ("Secret", "Nobody", "acme~1.0~Secret")]
    answers.append(await faces.anyone().get("/operations/Secret"))

    assert [code_of(answer) for answer in answers] == ["PERSISTED_DOCUMENT_NOT_FOUND"] * 4
    assert len({(answer.status_code, answer.content, str(sorted(answer.headers.items()))) for answer in answers}) == 1


async def test_a_caller_without_a_key_sees_what_public_routes_show_and_nothing_else(faces: Faces) -> None:
    await faces.client("web")
    await faces.publish("web", "1.0", TEXTS, ROUTES)
    await faces.public("rest")
    await faces.publish("rest", "1.0", {"Open": PAGE, "Hidden": COUNT}, {"GET /api/functions/{slug}": "Open"})

    seen = (await faces.anyone().get("/operations")).json()
    hidden = await faces.anyone().get("/operations/Hidden")

    assert (seen["client"], [each["id"] for each in seen["operations"]]) == (None, ["Open"])
    assert seen["operations"][0]["example"] == {"method": "GET", "path": "/api/functions/slug"}
    assert hidden.status_code == 404


async def test_a_list_is_confirmed_while_nothing_changes(faces: Faces) -> None:
    web = await faces.client("web")
    await faces.publish("web", "1.0", {"Count": COUNT})
    first = await web.get("/operations")

    same = await web.get("/operations", headers={"if-none-match": f'"other", {first.headers["etag"]}'})
    await faces.publish("web", "1.1", {"FunctionPage": PAGE})
    changed = await web.get("/operations", headers={"if-none-match": first.headers["etag"]})

    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", first.headers["etag"])
    assert changed.status_code == 200
    assert first.headers["cache-control"] == "private, no-cache"
    assert "Authorization" in first.headers["vary"]


async def test_a_list_comes_in_pages_and_can_be_searched(faces: Faces) -> None:
    web = await faces.client("web")
    texts = {f"Op{number}": f"query Op{number} {{ functions {{ totalCount }} }}" for number in range(5)}
    await faces.publish("web", "1.0", texts | {"FunctionPage": PAGE})

    ids, address = [], "/operations?first=2&q=op"
    while address:
        page = (await web.get(address)).json()
        assert page["count"] == 5
        ids += [each["id"] for each in page["operations"]]
        address = page["next"]
    found = (await web.get("/operations?q=SLUG")).json()

    assert ids == [*texts]
    assert [each["id"] for each in found["operations"]] == ["FunctionPage"]


async def test_a_wrong_parameter_is_told(faces: Faces) -> None:
    anyone = faces.anyone()

    wrong = ("limit=3", "first=0", "first=501", "first=1e2", "first=00501")

    answers = [await anyone.get(f"/operations?{query}") for query in wrong]
    unknown_place = await anyone.get("/operations?after=nothing")

    assert [code_of(answer) for answer in answers] == ["INVALID_PARAMETER"] * 5
    assert code_of(unknown_place) == "INVALID_CURSOR"


async def test_a_key_that_is_none_is_refused_everywhere(faces: Faces) -> None:
    stranger = faces.anyone("boxoffice_" + "x" * 43)

    paths = ("/operations", "/operations/a", "/operations/openapi.json", "/api/a")
    answers = [await stranger.get(path) for path in paths]

    assert [(answer.status_code, code_of(answer)) for answer in answers] == [(401, "INVALID_API_KEY")] * 4


async def test_what_is_retired_says_so_to_its_own_client(faces: Faces) -> None:
    web = await faces.client("web")
    await faces.publish("web", "1.0", {"Count": COUNT})
    await faces.retire("web", "1.0")

    gone = await web.get("/operations/Count")
    listed = (await web.get("/operations")).json()

    assert (gone.status_code, code_of(gone)) == (410, "PERSISTED_DOCUMENT_RETIRED")
    assert listed["operations"] == []


async def test_methods_are_as_they_should_be(faces: Faces) -> None:
    anyone = faces.anyone()

    head, get = await anyone.head("/operations"), await anyone.get("/operations")
    options: httpx.Response = await anyone.options("/operations")
    wrong = await anyone.delete("/operations")

    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", get.headers["etag"])
    assert (options.status_code, options.headers["allow"]) == (204, "GET, HEAD, OPTIONS")
    assert (wrong.status_code, code_of(wrong)) == (405, "METHOD_NOT_ALLOWED")
    assert wrong.headers["allow"] == "GET, HEAD, OPTIONS"


async def test_the_example_of_a_subscription_asks_for_a_stream(faces: Faces) -> None:
    web = await faces.client("web")
    await faces.publish("web", "1.0", {"Clock": "subscription Clock { serverTime(every: 60) }"})

    told = (await web.get("/operations/Clock")).json()

    assert told["kind"] == "subscription"
    assert told["example"]["headers"]["Accept"] == "text/event-stream"
    assert told["result"]["required"] == ["serverTime"]
