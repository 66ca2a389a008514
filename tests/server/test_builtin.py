"""The release that the program brings with it, over real HTTP, beside what is published while it serves."""

import json
from functools import partial
from pathlib import Path

from openapi_spec_validator import OpenAPIV31SpecValidator, validate

from persisted_queries.compiling import compile_operations
from schema.target import target
from server.builtin import builtin
from tests.plugins.program import run, serving, wait_until

NAMED = {
    "GET /api/functions": "Functions",
    "GET /api/functions/{slug}": "FunctionPage",
    "GET /api/functions/{slug}/days": "FunctionDays",
    "GET /api/functions/{slug}/events": "FunctionEvents",
    "GET /api/events": "Events",
    "GET /api/events/{slug}": "EventPage",
}


def test_its_documents_fit_the_schema_and_need_nothing() -> None:
    compiled = compile_operations(target(), builtin().candidates("rest"))

    assert {str(each.route): each.name for each in compiled} == NAMED
    assert [each.analysis.permissions for each in compiled if each.analysis.permissions] == []


def test_a_demonstration_has_routes_and_what_is_published_meanwhile_has_its_own(
    tmp_path: Path, database_url: str, redis_url: str
) -> None:
    given = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "SECRET_KEY": "k" * 32}
    boxoffice = partial(run, cwd=tmp_path, **given)
    with serving("--demo", cwd=tmp_path, **given) as server:
        functions = server.get("/api/functions?first=2")
        slug = functions[1]["nodes"][1]["slug"]
        function, events = server.get(f"/api/functions/{slug}"), server.get(f"/api/functions/{slug}/events?first=3")
        days = server.get(f"/api/functions/{slug}/days?first=2&from=2020-01-01")
        event = server.get(f"/api/events/{events[1]['events']['nodes'][0]['slug']}")
        following = server.get(f"/api/functions?first=2&after={functions[1]['pageInfo']['endCursor']}")
        featured = server.get("/api/events?featured=true&first=50")
        missing = server.get("/api/functions/nothing")
        document = server.get("/operations/openapi.json")
        again = boxoffice("operations", "publish-builtin")
        boxoffice("clients", "create", "shop", "--public")
        (tmp_path / "shop.json").write_text(
            json.dumps({"Titles": "query Titles { events(first: 1) { nodes { title } } }"})
        )
        (tmp_path / "routes.json").write_text(json.dumps({"GET /api/titles": "Titles"}))
        published = boxoffice("operations", "publish", "shop", "1.0", "shop.json", "--routes", "routes.json")
        wait_until(lambda: server.get("/api/titles")[0] == 200)
        (tmp_path / "routes.json").write_text(json.dumps({"GET /api/events": "Titles"}))
        conflict = boxoffice("operations", "publish", "shop", "1.1", "shop.json", "--routes", "routes.json")

    assert [status for status, _ in (functions, function, events, event, following, featured)] == [200] * 6
    assert len(functions[1]["nodes"]) == len(following[1]["nodes"]) == 2
    assert function[1]["slug"] == events[1]["slug"] == slug
    assert days[1]["days"] == [{**day, "eventCount": len(day["events"]["nodes"])} for day in days[1]["days"]], (
        "a demonstration has few events a day"
    )
    assert [day["date"] for day in days[1]["days"]] == [day["date"] for day in function[1]["days"]][:2]
    assert {each["isFeatured"] for each in featured[1]["nodes"]} == {True}
    assert (missing[0], missing[1]["code"]) == (404, "NOT_FOUND")
    validate(document[1], cls=OpenAPIV31SpecValidator)
    assert {f"GET {path}" for path in document[1]["paths"]} == set(NAMED)
    assert "nothing was done" in again.stdout
    assert published.returncode == 0, published.stderr
    assert conflict.returncode == 1
    assert "conflicts with GET /api/events of rest 1.1.0" in conflict.stderr
