"""What clients see: Strawberry types that read like SDL, with one-line bodies."""

from schema.build import graphql_schema, sdl

__all__ = ["graphql_schema", "sdl"]
