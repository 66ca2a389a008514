"""What is the same in both directions: scalars, enums, and null."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from graphql import GraphQLEnumType, GraphQLScalarType

JsonSchema: TypeAlias = dict[str, Any]

Scalars: TypeAlias = Mapping[str, Mapping[str, Any]]
"""Schemas of custom scalars by their names; one that is not there may be anything."""

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

ANYTHING: Final[Mapping[str, Any]] = {}

_SPECIFIED: Final[Scalars] = {
    "Int": {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1},
    "Float": {"type": "number"},
    "String": {"type": "string"},
    "Boolean": {"type": "boolean"},
    "ID": {"type": "string"},
}
"""GraphQL specification, section 3.5."""


def leaf(type_: GraphQLScalarType | GraphQLEnumType, scalars: Scalars) -> JsonSchema:
    """The schema of a scalar or an enum."""
    if isinstance(type_, GraphQLEnumType):
        return {"type": "string", "enum": list(type_.values)}
    known = _SPECIFIED.get(type_.name, scalars.get(type_.name, ANYTHING))
    return dict(known)


def or_null(schema: JsonSchema) -> JsonSchema:
    """The same, or null."""
    if schema == ANYTHING:
        return schema
    if "$ref" in schema or "type" not in schema:
        inner = {key: value for key, value in schema.items() if key not in {"description", "default"}}
        outer = {key: value for key, value in schema.items() if key in {"description", "default"}}
        return {**outer, "anyOf": [inner, {"type": "null"}]}
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    wider = {**schema, "type": [*types, "null"]}
    if "enum" in schema:
        wider["enum"] = [*schema["enum"], None]
    return wider
