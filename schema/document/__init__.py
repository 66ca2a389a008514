"""The schema as a page for people, generated: `docs/graphql-schema.md`. Nothing here reads or writes files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
)

from schema.build import graphql_schema, sdl
from schema.document.introduction import introduction
from schema.document.markdown import code, fenced, link, page
from schema.document.sections import directive_heading, directive_section, type_section

KINDS: Sequence[tuple[str, type[GraphQLNamedType]]] = (
    ("Object types", GraphQLObjectType),
    ("Interface types", GraphQLInterfaceType),
    ("Union types", GraphQLUnionType),
    ("Input types", GraphQLInputObjectType),
    ("Enum types", GraphQLEnumType),
    ("Scalar types", GraphQLScalarType),
)
"""Headings of two words, since a type has a heading of one."""


def document() -> str:
    """The page on the schema that this server serves."""
    return document_of(graphql_schema(), sdl())


def document_of(schema: GraphQLSchema, text: str) -> str:
    """The page on a schema whose fields are declared with `schema.fields`.

    Args:
        schema: what the sections are made from.
        text: the same in SDL, which stands at the end.

    Returns:
        Markdown, the same for the same schema.
    """
    return page(_blocks(schema, text))


def _blocks(schema: GraphQLSchema, text: str) -> Iterator[str]:
    yield "# The GraphQL schema"
    yield "<!-- Generated from the schema by `make docs`: change the declarations in schema/, not this file. -->"
    groups = dict(_groups(schema))
    directives = sorted(schema.directives, key=lambda each: each.name)
    contents = [f"- **{kind}**: {', '.join(map(_link, types))}" for kind, types in groups.items()]
    links = ", ".join(link(code(f"@{each.name}"), directive_heading(each)) for each in directives)
    yield "\n".join([*contents, f"- **Directives**: {links}"])
    yield from introduction(schema)
    for kind, types in groups.items():
        yield f"## {kind}"
        for each in types:
            yield from type_section(schema, each)
    yield "## The directives"
    for directive in directives:
        yield from directive_section(directive)
    yield "## The schema in SDL"
    yield fenced(text, "graphql")


def _groups(schema: GraphQLSchema) -> Iterator[tuple[str, list[GraphQLNamedType]]]:
    roots = [each for each in (schema.query_type, schema.mutation_type, schema.subscription_type) if each is not None]
    yield "Root types", list(roots)
    others = [each for name, each in sorted(schema.type_map.items()) if not name.startswith("__") and each not in roots]
    for kind, of in KINDS:
        types = [each for each in others if isinstance(each, of)]
        if types:
            yield kind, types


def _link(each: GraphQLNamedType) -> str:
    return link(code(each.name), each.name)
