"""A section for each type and directive, in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from graphql import (
    GraphQLArgument,
    GraphQLDirective,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLType,
    GraphQLUnionType,
    get_named_type,
    is_required_argument,
    is_required_input_field,
    print_ast,
)
from graphql.utilities import get_default_value_ast

from auth.permissions import Permission
from schema.directives import Cost
from schema.document.introduction import TIMES, WHO
from schema.document.markdown import code, link, table
from schema.fields import spec_of

Fielded = GraphQLObjectType | GraphQLInterfaceType
Input = GraphQLArgument | GraphQLInputField


def directive_heading(directive: GraphQLDirective) -> str:
    """What the section of a directive is called, which no type can be."""
    return f"Directive `@{directive.name}`"


def type_section(schema: GraphQLSchema, each: GraphQLNamedType) -> Iterator[str]:
    """All that clients may know of a type, block by block."""
    yield f"### {each.name}"
    if each.description:
        yield each.description
    match each:
        case GraphQLObjectType() | GraphQLInterfaceType():
            yield from _fielded(schema, each)
        case GraphQLUnionType():
            yield f"One of {_types(each.types)}."
        case GraphQLInputObjectType():
            if each.is_one_of:
                yield "Exactly one of its fields must be given."
            yield _inputs("Field", each.fields)
        case GraphQLEnumType():
            rows = ([code(name), _described(it)] for name, it in each.values.items())
            yield table(["Value", "What it means"], rows)
        case GraphQLScalarType():
            if each.specified_by_url:
                yield f"Specified by <{each.specified_by_url}>."


def directive_section(directive: GraphQLDirective) -> Iterator[str]:
    """All that clients may know of a directive, block by block."""
    yield f"### {directive_heading(directive)}"
    if directive.description:
        yield directive.description
    places = ", ".join(code(place.name) for place in directive.locations)
    repeatable = ", as often as needed" if directive.is_repeatable else ""
    yield f"May stand on {places}{repeatable}."
    if directive.args:
        yield _inputs("Argument", directive.args)


def _fielded(schema: GraphQLSchema, each: Fielded) -> Iterator[str]:
    if each.interfaces:
        yield f"Implements {_types(each.interfaces)}."
    if isinstance(each, GraphQLInterfaceType):
        below = schema.get_implementations(each)
        if implementers := _types([*below.interfaces, *below.objects]):
            yield f"Implemented by {implementers}."
    rows = (
        [_name(each, name, it), _type(it.type), _described(it), *_who_and_cost(it)] for name, it in each.fields.items()
    )
    yield table(["Field", "Type", "What it is", "Who", "Cost"], rows)
    for name, field in each.fields.items():
        if field.args:
            yield f"#### {_arguments_heading(each, name)}"
            yield _inputs("Argument", field.args)


def _name(parent: Fielded, name: str, field: GraphQLField) -> str:
    shown = code(f"{name}(…)" if field.args else name)
    return link(shown, _arguments_heading(parent, name)) if field.args else shown


def _arguments_heading(parent: Fielded, name: str) -> str:
    return f"Arguments of `{parent.name}.{name}`"


def _inputs(kind: str, inputs: Mapping[str, Input]) -> str:
    rows = ([code(name), _type(it.type), _default(it), _described(it)] for name, it in inputs.items())
    return table([kind, "Type", "Default", "What it is for"], rows)


def _default(given: Input) -> str:
    """The value that stands for one left out."""
    required = is_required_argument(given) if isinstance(given, GraphQLArgument) else is_required_input_field(given)
    if required:
        return "*required*"
    literal = get_default_value_ast(given)
    return "*none*" if literal is None else code(print_ast(literal))


def _described(what: GraphQLField | Input | GraphQLEnumValue) -> str:
    """The description, with a deprecation before it."""
    said = what.description or ""
    if what.deprecation_reason is None:
        return said
    return f"**Deprecated:** {what.deprecation_reason}\n\n{said}"


def _who_and_cost(field: GraphQLField) -> tuple[str, str]:
    spec = spec_of(field)
    who = "anyone" if spec.permission is Permission.PUBLIC else link(code(spec.permission.value), WHO)
    return who, _cost(spec.cost)


def _cost(cost: Cost | None) -> str:
    if cost is None:
        return "0"
    factors = " or ".join(code(each) for each in cost.multipliers or ())
    return f"{cost.complexity} {TIMES} {factors}" if factors else str(cost.complexity)


def _type(given: GraphQLType) -> str:
    return link(code(str(given)), get_named_type(given).name)


def _types(given: Iterable[GraphQLNamedType]) -> str:
    return ", ".join(link(code(each.name), each.name) for each in sorted(given, key=lambda each: each.name))
