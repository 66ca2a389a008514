"""The variables of an operation as JSON Schema, and values for them as an example.

The schema is the form that clients should send. Coercion takes a little more: a single value for a list of one, and of
custom scalars whatever their reader makes sense of.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLScalarType,
    GraphQLSchema,
    OperationDefinitionNode,
    VariableDefinitionNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
    is_non_null_type,
    is_required_input_field,
    type_from_ast,
    value_from_ast_untyped,
)
from graphql.utilities import get_default_value_ast

from persisted_queries.json_schema.leaves import DIALECT, JsonSchema, Scalars, leaf, or_null

DEFINITIONS: Final = "#/$defs/"
"""Where the schemas of input objects stand, unless said otherwise."""

_EXAMPLE_SIZE: Final = 10


def variable_types(schema: GraphQLSchema, operation: OperationDefinitionNode) -> dict[str, GraphQLInputType]:
    """The types of an operation's variables, by name, in its order."""
    return {
        each.variable.name.value: cast("GraphQLInputType", type_from_ast(schema, each.type))
        for each in operation.variable_definitions or ()
    }


def is_required(definition: VariableDefinitionNode, type_: GraphQLInputType) -> bool:
    """Whether a variable cannot be left out."""
    return is_non_null_type(type_) and definition.default_value is None


def variables_schema(
    schema: GraphQLSchema, operation: OperationDefinitionNode, scalars: Scalars, limits: Mapping[str, int]
) -> JsonSchema:
    """The schema of the object of all variables, complete in itself.

    Args:
        schema: what the operation was validated against.
        operation: of a valid document.
        scalars: the schemas of custom scalars.
        limits: the largest that variables may be: a number by itself, a list by its length.
    """
    properties = property_schemas(schema, operation, scalars, limits)
    types = variable_types(schema, operation)
    definitions = input_definitions(types.values(), scalars)
    return {
        "$schema": DIALECT,
        "type": "object",
        "properties": properties,
        "required": [
            name
            for name, each in zip(types, operation.variable_definitions or (), strict=True)
            if is_required(each, types[name])
        ],
        # Other names are ignored by GraphQL servers; a typing mistake is found where they are not allowed.
        "additionalProperties": False,
        **({"$defs": definitions} if definitions else {}),
    }


def property_schemas(
    schema: GraphQLSchema,
    operation: OperationDefinitionNode,
    scalars: Scalars,
    limits: Mapping[str, int],
    definitions: str = DEFINITIONS,
) -> dict[str, JsonSchema]:
    """The schema of each variable by its name; `definitions` is where those of input objects stand."""
    types = variable_types(schema, operation)
    properties = {name: _of(type_, scalars, definitions) for name, type_ in types.items()}
    for each in operation.variable_definitions or ():
        if each.default_value is not None:
            name = each.variable.name.value
            properties[name] = {**properties[name], "default": value_from_ast_untyped(each.default_value)}
    for name, most in limits.items():
        is_list = is_list_type(get_nullable_type(types[name]))
        properties[name] = {**properties[name], **({"maxItems": most} if is_list else {"minimum": 0, "maximum": most})}
    return properties


def input_definitions(types: Any, scalars: Scalars, definitions: str = DEFINITIONS) -> dict[str, JsonSchema]:  # noqa: ANN401 - an iterable of input types
    """The schemas of all input objects that types are made of, by name."""
    found: dict[str, JsonSchema] = {}
    waiting = [get_named_type(each) for each in types]
    while waiting:
        type_ = waiting.pop()
        if isinstance(type_, GraphQLInputObjectType) and type_.name not in found:
            found[type_.name] = _input_object(type_, scalars, definitions)
            waiting += [get_named_type(each.type) for each in type_.fields.values()]
    return dict(sorted(found.items()))


def _of(type_: GraphQLInputType, scalars: Scalars, definitions: str) -> JsonSchema:
    if is_non_null_type(type_):
        return _present(type_.of_type, scalars, definitions)
    return or_null(_present(type_, scalars, definitions))


def _present(type_: GraphQLInputType, scalars: Scalars, definitions: str) -> JsonSchema:
    if is_list_type(type_):
        return {"type": "array", "items": _of(type_.of_type, scalars, definitions)}
    if isinstance(type_, GraphQLInputObjectType):
        return {"$ref": definitions + type_.name}
    assert isinstance(type_, GraphQLScalarType | GraphQLEnumType), "nothing else is an input type"
    schema = leaf(type_, scalars)
    return {**schema, "type": ["string", "integer"]} if type_.name == "ID" else schema


def _input_object(type_: GraphQLInputObjectType, scalars: Scalars, definitions: str) -> JsonSchema:
    properties: dict[str, JsonSchema] = {}
    for name, field in type_.fields.items():
        # Of an input object that takes one field, that field is never null (specification, section 3.10.1).
        of = _present if type_.is_one_of else _of
        properties[name] = of(field.type, scalars, definitions)
        if field.description:
            properties[name]["description"] = field.description
        default = get_default_value_ast(field)
        if default is not None:
            properties[name]["default"] = value_from_ast_untyped(default)
    schema: JsonSchema = {"type": "object", "properties": properties, "additionalProperties": False}
    required = [name for name, field in type_.fields.items() if is_required_input_field(field)]
    if required:
        schema["required"] = required
    if type_.is_one_of:
        schema |= {"minProperties": 1, "maxProperties": 1}
    return schema | ({"description": type_.description} if type_.description else {})


def example_variables(
    schema: GraphQLSchema, operation: OperationDefinitionNode, scalars: Scalars, limits: Mapping[str, int]
) -> dict[str, Any]:
    """Values for the variables that cannot be left out, such as pass the schema and coercion."""
    types = variable_types(schema, operation)
    return {
        name: _example(types[name], name, scalars, min(limits.get(name, _EXAMPLE_SIZE), _EXAMPLE_SIZE))
        for each in operation.variable_definitions or ()
        if is_required(each, types[name := each.variable.name.value])
    }


def _example(type_: GraphQLInputType, name: str, scalars: Scalars, size: int) -> Any:  # noqa: ANN401 - any JSON value
    if is_non_null_type(type_):
        return _example(type_.of_type, name, scalars, size)
    if is_list_type(type_):
        return [_example(type_.of_type, name, scalars, size)]
    if isinstance(type_, GraphQLInputObjectType):
        fields = {key: field for key, field in type_.fields.items() if is_required_input_field(field)}
        if type_.is_one_of:
            fields = dict(list(type_.fields.items())[:1])
        return {key: _example(field.type, key, scalars, _EXAMPLE_SIZE) for key, field in fields.items()}
    if isinstance(type_, GraphQLEnumType):
        return next(iter(type_.values))
    assert isinstance(type_, GraphQLScalarType), "nothing else is an input type"
    stated = scalars.get(type_.name, {}).get("examples", [name])
    return {"Int": size, "Float": 1.5, "Boolean": True}.get(type_.name, stated[0])
