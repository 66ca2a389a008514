"""`GET /operations/openapi.json`: the caller's operations as an OpenAPI 3.1 document.

Each operation is described where the caller reaches it: by its id under `/graphql/{id}`, and by its named route.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from graphql import GraphQLInputType, get_nullable_type, is_list_type
from starlette.requests import Request

from domain.registry import ReleaseState
from persisted_queries.json_schema.leaves import JsonSchema
from persisted_queries.json_schema.variables import (
    input_definitions,
    is_required,
    property_schemas,
    variable_types,
)
from persisted_queries.registry import Entry, RegisteredOperation, Registry
from server.calling import Callers
from server.http.caching import Answer
from server.http.problems import MEDIA_TYPE as PROBLEM_JSON
from server.operations.asking import who_asks
from server.operations.describing import Describer
from server.operations.listing import Own, own_operations
from server.operations.ready import ready

_SCHEMAS: Final = "#/components/schemas/"

_TEXT: Final[JsonSchema] = {"type": "string"}

_COMPONENTS: Final[Mapping[str, JsonSchema]] = {
    "GraphQLError": {
        "type": "object",
        "description": "An error of a field, or of the request.",
        "properties": {
            "message": _TEXT,
            "path": {"type": "array", "items": {"type": ["string", "integer"]}},
            "extensions": {"type": "object", "properties": {"code": _TEXT}},
        },
        "required": ["message"],
    },
    "Problem": {
        "type": "object",
        "description": "Problem details (RFC 9457).",
        "properties": {
            "type": {"type": "string", "format": "uri-reference"},
            "title": _TEXT,
            "status": {"type": "integer"},
            "detail": _TEXT,
            "code": {"type": "string", "description": "Stable, for programs to act on."},
            "errors": {"type": "array", "items": {"type": "object"}},
        },
        "required": ["type", "title", "status", "detail", "code"],
    },
}

_PROBLEMS: Final = {
    "400": "A parameter is unknown, missing, or cannot be read as its type.",
    "401": "The credential is not valid.",
    "403": "The caller may not see what the operation shows.",
    "404": "There is no such thing, or none that the caller may see.",
    "410": "The operation is retired.",
    "429": "The caller has spent what it may; `Retry-After` says when to try again.",
    "503": "The server cannot answer right now; `Retry-After` says when to try again.",
    "default": "The request was refused.",
}


@dataclass(frozen=True, slots=True)
class OpenApi:
    """Tells callers of their operations in OpenAPI.

    Attributes:
        registry: the newest snapshot.
        callers: knows who asks.
        describer: describes operations.
    """

    registry: Callable[[], Registry]
    callers: Callers
    describer: Describer

    async def get(self, request: Request) -> Answer:
        """The caller's document.

        Raises:
            Refused: a credential is not valid.
        """
        caller = await who_asks(self.callers, request)
        document = openapi_document(own_operations(self.registry(), caller), self.describer)
        return ready(request, document, caller)


def openapi_document(own: Own, describer: Describer) -> dict[str, Any]:
    """The document on a caller's operations."""
    names = _Names()
    paths: dict[str, Any] = {}
    types: list[GraphQLInputType] = []
    for entry, operation in own.entries:
        types += variable_types(describer.schema, describer.describe(operation).node).values()
        if not own.by_route and operation.kind != "subscription":
            path = f"/graphql/{entry.public_id}"
            paths[path] = {"post": _by_id(entry, operation, describer, names)}
        if entry.route is not None:
            paths[entry.route.path] = {"get": _by_route(entry, operation, describer, names)}
    definitions = input_definitions(types, describer.scalars, _SCHEMAS)
    releases = sorted({f"{entry.release.client.name} {entry.release.name}" for entry, _ in own.entries})
    return {
        "openapi": "3.1.1",
        "info": {
            "title": f"Boxoffice: operations of {own.client}" if own.client else "Boxoffice: public routes",
            "version": ", ".join(releases) or "none",
        },
        "servers": [{"url": ".."}],
        "security": [{"key": []}] if own.client else [{}],
        "paths": paths,
        "components": {
            "schemas": {**definitions, **_COMPONENTS},
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "A client's API key."}},
        },
    }


class _Names:
    """Names of operations for programs: each is given once."""

    def __init__(self) -> None:
        self._given: dict[str, int] = {}

    def give(self, wanted: str) -> str:
        count = self._given[wanted] = self._given.get(wanted, 0) + 1
        return wanted if count == 1 else self.give(f"{wanted}_{count}")


def _common(entry: Entry, operation: RegisteredOperation, describer: Describer, operation_id: str) -> dict[str, Any]:
    described, release = describer.describe(operation), entry.release
    common: dict[str, Any] = {"operationId": operation_id, "tags": [f"{release.client.name} {release.name}"]}
    if described.description:
        common["summary"] = described.description
    if release.state is ReleaseState.DEPRECATED:
        common["deprecated"] = True
        common["x-sunset"] = release.sunset_at
    return common


def _by_id(entry: Entry, operation: RegisteredOperation, describer: Describer, names: _Names) -> dict[str, Any]:
    described = describer.describe(operation)
    properties = _properties(operation, describer)
    required = described.variables["required"]
    variables = {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
    answer = {
        "type": "object",
        "properties": {
            "data": {"anyOf": [_embedded(described.result), {"type": "null"}]},
            "errors": {"type": "array", "items": {"$ref": f"{_SCHEMAS}GraphQLError"}},
        },
    }
    body: JsonSchema = {"type": "object", "properties": {"variables": variables}}
    if required:
        body["required"] = ["variables"]
    example = {"variables": described.example}
    return {
        **_common(entry, operation, describer, names.give(operation.name or entry.public_id)),
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": body, "example": example}},
        },
        "responses": {
            "200": {
                "description": "What the operation shows, or why it does not.",
                "content": {"application/graphql-response+json": {"schema": answer}},
            },
            "default": {
                "description": "The request was refused.",
                "content": {
                    "application/graphql-response+json": {
                        "schema": {
                            "type": "object",
                            "properties": {"errors": {"type": "array", "items": {"$ref": f"{_SCHEMAS}GraphQLError"}}},
                            "required": ["errors"],
                        }
                    }
                },
            },
        },
    }


def _by_route(entry: Entry, operation: RegisteredOperation, describer: Describer, names: _Names) -> dict[str, Any]:
    assert entry.route is not None, "asked for routes alone"
    described = describer.describe(operation)
    (shown,) = described.result["properties"].values()
    name = operation.name or entry.public_id
    common = _common(entry, operation, describer, names.give(f"get{name}"))
    if entry.release.client.is_public:
        common["security"] = [{}, {"key": []}]
    return {
        **common,
        "parameters": list(_parameters(entry, operation, describer)),
        "responses": {
            "200": {"description": "It.", "content": {"application/json": {"schema": _not_null(shown)}}},
            **{
                status: {
                    "description": description,
                    "content": {PROBLEM_JSON: {"schema": {"$ref": f"{_SCHEMAS}Problem"}}},
                }
                for status, description in _PROBLEMS.items()
            },
        },
    }


def _parameters(entry: Entry, operation: RegisteredOperation, describer: Describer) -> Iterable[dict[str, Any]]:
    assert entry.route is not None, "asked for routes alone"
    node = describer.describe(operation).node
    types = variable_types(describer.schema, node)
    properties = _properties(operation, describer)
    for definition in node.variable_definitions or ():
        name = definition.variable.name.value
        in_path = name in entry.route.parameters
        schema = {"type": "string"} if properties[name].get("type") == ["string", "integer"] else properties[name]
        parameter: dict[str, Any] = {
            "name": name,
            "in": "path" if in_path else "query",
            "required": in_path or is_required(definition, types[name]),
            "schema": _not_null(schema),
        }
        if is_list_type(get_nullable_type(types[name])):
            parameter |= {"style": "form", "explode": True}
            if parameter["required"]:  # an empty list would be a parameter that is not there
                parameter["schema"] = {**parameter["schema"], "minItems": 1}
        yield parameter


def _properties(operation: RegisteredOperation, describer: Describer) -> dict[str, JsonSchema]:
    node = describer.describe(operation).node
    return property_schemas(describer.schema, node, describer.scalars, operation.analysis.limits, _SCHEMAS)


def _embedded(schema: JsonSchema) -> JsonSchema:
    return {name: value for name, value in schema.items() if name != "$schema"}


def _not_null(schema: JsonSchema) -> JsonSchema:
    """The same without null: an address has no way to say it, and a route answers 404 instead."""
    if "anyOf" in schema and {"type": "null"} in schema["anyOf"]:
        (inner,) = [each for each in schema["anyOf"] if each != {"type": "null"}]
        return {**{name: value for name, value in schema.items() if name != "anyOf"}, **inner}
    if isinstance(schema.get("type"), list) and "null" in schema["type"]:
        types = [each for each in schema["type"] if each != "null"]
        schema = {**schema, "type": types[0] if len(types) == 1 else types}
        if "enum" in schema:
            schema["enum"] = [each for each in schema["enum"] if each is not None]
    return schema
