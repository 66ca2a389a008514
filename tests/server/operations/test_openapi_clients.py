"""A client that knows nothing but the OpenAPI document sends what it allows, and gets what it promises."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from schema.target import target
from server.builtin import publish_builtin
from tests.server.operations.faces import Faces, code_of
from tests.server.operations.test_openapi import ROUTES, TEXTS

Document = Mapping[str, Any]
Call = tuple[str, str, str, dict[str, Any], dict[str, Any] | None]
"""Method, template, path, query, body."""

# A client resolves `.` and `..` before it asks.
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8).filter(lambda text: text.strip("."))

MOMENT = st.datetimes().filter(lambda each: 1970 < each.year < 2200).map(lambda each: f"{each.isoformat()}Z")

FORMATS = {"date-time": MOMENT, "date": st.dates().map(str)}


def values(schema: Mapping[str, Any], document: Document) -> st.SearchStrategy[Any]:
    """What a schema of the document allows."""
    if "$ref" in schema:
        found: Any = document
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        return st.deferred(lambda: values(found, document))
    if "anyOf" in schema:
        return st.one_of([values(each, document) for each in schema["anyOf"]])
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return st.one_of([of_type(each, schema, document) for each in types])


def of_type(name: str, schema: Mapping[str, Any], document: Document) -> st.SearchStrategy[Any]:
    if name == "object":
        return objects(schema, document)
    if name == "array":
        return st.lists(values(schema["items"], document), min_size=schema.get("minItems", 0), max_size=3)
    if name == "integer":
        return st.integers(schema.get("minimum", -(2**31)), schema.get("maximum", 2**31 - 1))
    if "enum" in schema and name != "null":
        return st.sampled_from([each for each in schema["enum"] if each is not None])
    return {"boolean": st.booleans(), "null": st.none(), "string": FORMATS.get(schema.get("format"), TEXT)}[name]


def objects(schema: Mapping[str, Any], document: Document) -> st.SearchStrategy[dict[str, Any]]:
    members = {name: values(each, document) for name, each in schema["properties"].items()}
    required = set(schema.get("required", ()))
    if schema.get("maxProperties") == 1:
        return st.one_of([st.fixed_dictionaries({name: each}) for name, each in members.items()])
    return st.fixed_dictionaries(
        {name: each for name, each in members.items() if name in required},
        optional={name: each for name, each in members.items() if name not in required},
    )


def in_url(value: object) -> Any:
    return json.dumps(value) if isinstance(value, bool) else value


@st.composite
def calls(draw: st.DrawFn, document: Document) -> Call:
    """A call that the document allows, but for cursors, which only the server makes."""
    template, methods = draw(st.sampled_from(sorted(document["paths"].items())))
    ((method, described),) = methods.items()
    path, query = template, {}
    for parameter in described.get("parameters", ()):
        if parameter["name"] in {"after", "before", "last"} or not (parameter["required"] or draw(st.booleans())):
            continue
        value = draw(values(parameter["schema"], document))
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", quote(value, safe=""))
        else:
            query[parameter["name"]] = [in_url(each) for each in value] if isinstance(value, list) else in_url(value)
    body = None
    if "requestBody" in described:
        body = draw(values(described["requestBody"]["content"]["application/json"]["schema"], document))
    return method, template, path, query, body


def promised(document: Document, call: Call, answer: httpx.Response) -> None:
    """Whether an answer is one that the document describes, down to its content."""
    method, template, *_ = call
    responses = document["paths"][template][method]["responses"]
    described = responses.get(str(answer.status_code)) or responses["default"]
    schema = described["content"][answer.headers["content-type"].partition(";")[0]]["schema"]
    Draft202012Validator({**schema, "components": document["components"]}).validate(answer.json())


@pytest.mark.parametrize("examples", [120, pytest.param(5_000, marks=pytest.mark.nightly)])
async def test_what_the_document_allows_is_answered_as_it_says(faces: Faces, examples: int) -> None:
    function = faces.graph.function(slug="camp", name="Camp")
    faces.graph.ticket(faces.graph.event(function, title="One of camp"))
    await faces.graph.flush()
    await publish_builtin(faces.graph.database, target())
    web = await faces.client("web")
    await faces.publish("web", "1.0", TEXTS, ROUTES)
    answers = []
    for client in (web, faces.anyone()):
        document = (await client.get("/operations/openapi.json")).json()
        drawn: list[Call] = []

        @settings(max_examples=examples, suppress_health_check=[HealthCheck.nested_given], database=None)
        @given(calls(document), st.just(drawn))
        def draw(call: Call, into: list[Call]) -> None:
            into.append(call)

        draw()
        for call in drawn:
            method, _, path, query, body = call
            headers = {"accept": "application/graphql-response+json"} if method == "post" else {}
            answer = await client.request(method, path, params=query, json=body, headers=headers)
            promised(document, call, answer)
            answers.append((call, answer))

    assert [(call, each.text) for call, each in answers if each.status_code not in {200, 404}] == []
    assert {answer.status_code for _, answer in answers} == {200, 404}
    # Ids are texts to the document, and only the server knows those of which type there are.
    errors = [error for call, each in answers if call[0] == "post" for error in each.json().get("errors", ())]
    assert {error["extensions"]["code"] for error in errors} <= {"BAD_USER_INPUT"}


async def test_what_the_document_does_not_allow_is_refused_by_name(faces: Faces) -> None:
    await publish_builtin(faces.graph.database, target())
    await faces.refresh()
    anyone = faces.anyone()
    document = (await anyone.get("/operations/openapi.json")).json()

    for template, methods in document["paths"].items():
        path = template.replace("{slug}", "camp")
        answers = {"surprise": await anyone.get(path, params={"surprise": 1})}
        for parameter in methods["get"]["parameters"]:
            if parameter["in"] == "query" and parameter["schema"]["type"] in {"integer", "boolean"}:
                answers[parameter["name"]] = await anyone.get(path, params={parameter["name"]: "x"})

        for name, answer in answers.items():
            promised(document, ("get", template, path, {}, None), answer)
            assert (answer.status_code, code_of(answer)) == (400, "INVALID_PARAMETER")
            assert [each["parameter"] for each in answer.json()["errors"]] == [name]
