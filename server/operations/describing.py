"""Operations as machines read of them: what to send, what comes back, and for how long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from graphql import GraphQLSchema, OperationDefinitionNode

from persisted_queries.documents import PreparedDocument
from persisted_queries.json_schema.leaves import JsonSchema, Scalars
from persisted_queries.json_schema.results import result_schema
from persisted_queries.json_schema.variables import example_variables, variables_schema
from persisted_queries.registry import Entry, RegisteredOperation
from persisted_queries.routing import address_of


@dataclass(frozen=True, slots=True)
class Described:
    """What an operation's text says to machines."""

    node: OperationDefinitionNode
    variables: JsonSchema
    result: JsonSchema
    example: Mapping[str, Any]

    @property
    def description(self) -> str | None:
        """What its author wrote above it."""
        written = self.node.description
        return None if written is None else written.value


@dataclass(frozen=True, slots=True)
class Describer:
    """Describes operations, each text once.

    Attributes:
        schema: what they were validated against.
        scalars: the JSON Schemas of custom scalars.
    """

    schema: GraphQLSchema
    scalars: Scalars
    _known: WeakKeyDictionary[PreparedDocument, Described] = field(default_factory=WeakKeyDictionary)

    def describe(self, operation: RegisteredOperation) -> Described:
        """What the text of an operation says."""
        known = self._known.get(operation.document)
        if known is None:
            known = self._known[operation.document] = self._described(operation)
        return known

    def _described(self, operation: RegisteredOperation) -> Described:
        document, limits = operation.document.document, operation.analysis.limits
        node = operation.document.operation(operation.name)
        return Described(
            node,
            variables_schema(self.schema, node, self.scalars, limits),
            result_schema(self.schema, document, node, self.scalars),
            example_variables(self.schema, node, self.scalars, limits),
        )

    def member(self, entry: Entry, operation: RegisteredOperation, *, by_route: bool) -> dict[str, object]:
        """An operation as a member of a list.

        Args:
            entry: what an id of the caller stands for.
            operation: the entry's.
            by_route: whether the caller reaches it by its route alone.
        """
        described, release, analysis = self.describe(operation), entry.release, operation.analysis
        return {
            "id": entry.public_id,
            "name": operation.name,
            "kind": operation.kind,
            "description": described.description,
            "text": operation.text,
            "sha256": operation.text_sha256,
            "client": release.client.name,
            "release": release.name,
            "state": release.state.value,
            "deprecatedAt": release.deprecated_at,
            "sunset": release.sunset_at,
            "successor": entry.successor_id,
            "needs": sorted(analysis.permissions),
            "depth": analysis.depth,
            "cost": analysis.cost.of(described.example),
            "route": None if entry.route is None else {"method": "GET", "path": entry.route.path},
            "variables": described.variables,
            "result": described.result,
            "example": self._example(entry, operation.kind, described, by_route=by_route),
        }

    def _example(self, entry: Entry, kind: str, described: Described, *, by_route: bool) -> dict[str, object]:
        if by_route and entry.route is not None:
            return {"method": "GET", "path": address_of(entry.route, described.example)}
        accept = "text/event-stream" if kind == "subscription" else "application/graphql-response+json"
        return {
            "method": "POST",
            "path": "/graphql",
            "headers": {"Content-Type": "application/json", "Accept": accept},
            "body": {"documentId": entry.public_id, "variables": described.example},
        }
