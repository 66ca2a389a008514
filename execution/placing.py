"""Failures put into place: nulls passed up to where null may be, errors with their paths, in the order of the answer.

This is the only walk in depth, and it is taken only when something failed. It does what graphql-core does while it
executes (GraphQL specification, section 6.4.4, "Handling Errors"): the first error of an object that may not be null
ends the walk of that object; what was reported before stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import ExecutionResult, GraphQLError, located_error
from graphql.pyutils import Path

from execution.failed import Failed
from execution.plan import PlannedField, Scope, Shape


class Placing:
    """Collects the errors of one execution."""

    __slots__ = ("_propagates", "_scopes", "errors")

    def __init__(self, runtime_scopes: Mapping[int, Scope | Failed], *, propagates: bool = True) -> None:
        """Take what is known of an execution.

        Args:
            runtime_scopes: of objects whose type was found out, by the identity of their containers; or why none fits.
            propagates: whether a null that may not be makes its parent null; an operation can ask that it does not.
        """
        self._scopes = runtime_scopes
        self._propagates = propagates
        self.errors: list[GraphQLError] = []

    def result(self, root: Scope, data: dict[str, Any]) -> ExecutionResult:
        """Put a whole answer in order, in place."""
        for each in root.fields:
            if not self.field(each, data, None):
                return ExecutionResult(None, self.errors)
        return ExecutionResult(data, self.errors or None)

    def field(self, each: PlannedField, data: dict[str, Any], path: Path | None) -> bool:
        """Put a root field in order; False if its failure takes the whole answer."""
        try:
            self._field(each, data, path)
        except GraphQLError as error:
            self.errors.append(error)
            return False
        return True

    def _object(self, scope: Scope, target: dict[str, Any], path: Path | None) -> None:
        for each in scope.fields:
            self._field(each, target, path)

    def _field(self, each: PlannedField, target: dict[str, Any], path: Path | None) -> None:
        own = Path(path, each.key, each.parent_type.name)
        try:
            target[each.key] = self._value(each, each.shape, target[each.key], own)
        except Exception as raw:  # noqa: BLE001 - every failure that was kept comes out here
            self._handle(each, each.shape, raw, own)
            target[each.key] = None

    def _handle(self, each: PlannedField, shape: Shape, raw: Exception, path: Path) -> None:
        error = located_error(raw, list(each.nodes), path.as_list())
        if shape.non_null and self._propagates:
            raise error
        self.errors.append(error)

    def _value(self, each: PlannedField, shape: Shape, value: Any, path: Path) -> Any:  # noqa: ANN401 - any value
        if isinstance(value, Failed):
            if value.items is not None and shape.item is not None:
                self._items(each, shape.item, value.items, path)
            raise value.error
        if value is None:
            if shape.non_null:
                raise TypeError(f"Cannot return null for non-nullable field {each.parent_type}.{each.name}.")
        elif shape.item is not None:
            self._items(each, shape.item, value, path)
        elif shape.complete is None:
            scope = self._scopes.get(id(value)) or shape.scope
            if isinstance(scope, Failed):
                raise scope.error
            self._object(scope, value, path)
        return value

    def _items(self, each: PlannedField, item: Shape, values: list[Any], path: Path) -> None:
        for index, value in enumerate(values):
            own = path.add_key(index, None)
            try:
                values[index] = self._value(each, item, value, own)
            except Exception as raw:  # noqa: BLE001 - the same
                self._handle(each, item, raw, own)
                values[index] = None
