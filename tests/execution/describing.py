"""Schemas for the tests of the executor: SDL, and a source for each field that has one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    default_field_resolver,
    get_operation_ast,
    parse,
    validate,
)

from execution.engine import Engine, PreparedOperation
from execution.plan import Asks, Calls, Description, Reads, Source


@dataclass(slots=True)
class Described:
    """A schema and the descriptions of its fields; a field without one is read from the mapping that its parent is."""

    schema: GraphQLSchema
    sources: Mapping[str, Source | Description]
    engine: Engine = field(init=False)

    def __post_init__(self) -> None:
        self.engine = Engine(self.schema, self.describe)

    def describe(self, parent: GraphQLObjectType, name: str, definition: GraphQLField) -> Description:
        if parent.name.startswith("__") or name.startswith("__"):
            return Description(Calls(definition.resolve or default_field_resolver))
        source = self.sources.get(f"{parent.name}.{name}") or reads(lambda parent: parent[name])
        return source if isinstance(source, Description) else Description(source)

    def prepare(self, text: str) -> PreparedOperation:
        document, operation = self.parse(text)
        return self.engine.prepare(document, operation)

    def parse(self, text: str) -> tuple[DocumentNode, OperationDefinitionNode]:
        document = parse(text)
        assert not validate(self.schema, document), "the test's operation is valid"
        operation = get_operation_ast(document)
        assert operation is not None, "the test has one operation"
        return document, operation

    async def run(
        self,
        text: str,
        variables: Mapping[str, Any] | None = None,
        context: object = None,
        root: object = None,
    ) -> ExecutionResult:
        return await self.engine.run(self.prepare(text), variables or {}, context, root)

    async def data(self, text: str, variables: Mapping[str, Any] | None = None, **more: Any) -> Any:
        """The data of an operation in which nothing fails."""
        result = await self.run(text, variables, **more)
        assert not result.errors, result.errors
        return result.data


def described(sdl: str, sources: Mapping[str, Source | Description] | None = None) -> Described:
    return Described(build_schema(sdl), sources or {})


def reads(one: Callable[[Any], Any]) -> Reads:
    return Reads(lambda parents: [one(parent) for parent in parents])


def gives(value: Any) -> Reads:
    """The same value for every parent."""
    return Reads(lambda parents: [value for _ in parents])


def asks(one: Callable[..., Any], calls: list[Any] | None = None) -> Asks:
    """Answers for each parent; notes in `calls` which parents were asked about together."""

    async def resolve(_context: object, parents: Sequence[Any], **arguments: Any) -> list[Any]:
        if calls is not None:
            calls.append(list(parents))
        return [one(parent, **arguments) for parent in parents]

    return Asks(resolve, dict)


def outcome(result: ExecutionResult) -> tuple[Any, list[tuple[str, list[str | int] | None]]]:
    """Data, and each error's message and path."""
    return result.data, [(error.message, error.path) for error in result.errors or ()]
