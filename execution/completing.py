"""Completing: what resolvers give becomes lists, objects and leaves, the values of a whole level at once.

It follows the GraphQL specification, section 6.4.3, "Value Completion". Of an object, only the container is made, and
put into its place; its fields are left to the level below.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLAbstractType, GraphQLError, GraphQLResolveInfo, Undefined
from graphql.execution.collect_fields import FieldDetails
from graphql.execution.executor import Executor, invalid_return_type_error
from graphql.pyutils import is_awaitable, is_iterable

from execution.failed import Failed, all_plain
from execution.leaves import NULL
from execution.plan import PlannedField, Scope, Shape

Frame = tuple[Scope, list[Any], list[dict[str, Any]]]
"""A scope, the objects it is to be resolved for, and the containers that their fields go into."""


@dataclass(frozen=True, slots=True)
class Untyped:
    """Objects of which it has to be waited for what type they are.

    Attributes:
        each: the field that gave them.
        shape: what they are to become.
        objects: each object with its container, the scope that it is tested for (None if a type is to be named), and
            the answer that is waited for.
    """

    each: PlannedField
    shape: Shape
    objects: list[tuple[Any, dict[str, Any], Scope | None, Awaitable[Any]]]


class Completing:
    """The values of one execution.

    Attributes:
        failures: what is not as it should be, so far.
        scopes: of objects whose type was found out, by the identity of their containers; or why none fits.
    """

    __slots__ = ("_core", "_info", "failures", "scopes")

    def __init__(self, core: Executor[Any], info: Callable[[PlannedField], GraphQLResolveInfo[Any]]) -> None:
        """Take what names types in the way of graphql-core, and what tells a resolver of types about its field."""
        self._core = core
        self._info = info
        self.failures: list[Failed] = []
        self.scopes: dict[int, Scope | Failed] = {}

    def forget(self) -> None:
        """Begin anew, after a part of an answer that is in order."""
        self.failures.clear()
        self.scopes.clear()

    def complete(
        self, each: PlannedField, shape: Shape, values: Sequence[Any], below: list[Frame | Untyped]
    ) -> list[Any]:
        """What values become; the objects among them go below."""
        if shape.complete is not None:
            return shape.complete(values, self.failures)
        if shape.item is not None:
            return self._lists(each, shape, shape.item, values, below)
        if shape.abstract is not None:
            return self._abstract(each, shape, shape.abstract, values, below)
        return self._objects(each, shape, values, below)

    async def find(self, untyped: Untyped) -> list[Frame]:
        """Wait for the types of objects.

        Returns:
            The frames of those that have one.
        """
        each, shape = untyped.each, untyped.shape
        found = await asyncio.gather(
            *(self._find(each, shape, value, scope, answer) for value, _, scope, answer in untyped.objects)
        )
        frames: dict[str, Frame] = {}
        for (value, target, _, _), scope in zip(untyped.objects, found, strict=True):
            self.scopes[id(target)] = scope
            if isinstance(scope, Scope):
                _, sources, targets = frames.setdefault(scope.type.name, (scope, [], []))
                sources.append(value)
                targets.append(target)
        return list(frames.values())

    async def _find(
        self, each: PlannedField, shape: Shape, value: object, scope: Scope | None, answer: Awaitable[Any]
    ) -> Scope | Failed:
        try:
            if scope is None:
                assert shape.abstract is not None, "types are named where there is a choice"
                scope = self._named(each, shape, shape.abstract, await answer, value)
                wrong = self._wrong(each, scope, value)
            else:
                wrong = self._judged(each, scope, value, fits=await answer)
            if wrong is not None and not isinstance(wrong, Failed):
                wrong = self._judged(each, scope, value, fits=await wrong)
        except Exception as error:  # noqa: BLE001 - whatever finding a type raises is its field's error
            return self._fail(error)
        return scope if wrong is None else wrong

    def _fail(self, error: Exception, items: list[Any] | None = None) -> Failed:
        failed = Failed(error, items)
        self.failures.append(failed)
        return failed

    def _null(self, shape: Shape) -> None:
        """Note a null that may not be."""
        if shape.non_null:
            self.failures.append(NULL)

    def _lists(
        self,
        each: PlannedField,
        shape: Shape,
        item: Shape,
        values: Sequence[Any],
        below: list[Frame | Untyped],
    ) -> list[Any]:
        flat: list[Any] = []
        ends: list[int | Failed | None] = []
        for value in values:
            if value.__class__ is list:
                flat += value
                ends.append(len(flat))
            elif value is None or value is Undefined:
                self._null(shape)
                ends.append(None)
            elif isinstance(value, Exception):
                ends.append(self._fail(value))
            elif not is_iterable(value):
                where = f"{each.parent_type}.{each.name}"
                message = f"Expected Iterable, but did not find one for field '{where}'."
                ends.append(self._fail(GraphQLError(message)))
            else:
                start = len(flat)
                try:
                    for one in value:
                        flat.append(one)
                    ends.append(len(flat))
                except Exception as error:  # noqa: BLE001 - an iterator's failure is its field's
                    failed = self._fail(error, self.complete(each, item, flat[start:], below))
                    del flat[start:]
                    ends.append(failed)
        completed = self.complete(each, item, flat, below) if flat else flat
        lists: list[Any] = []
        start = 0
        for end in ends:
            if end.__class__ is int:
                lists.append(completed[start:end])
                start = end
            else:
                lists.append(end)
        return lists

    def _objects(
        self, each: PlannedField, shape: Shape, values: Sequence[Any], below: list[Frame | Untyped]
    ) -> list[Any]:
        scope = shape.scope
        checks = scope.type.is_type_of is not None or scope.refused is not None
        if not checks and all_plain(values):
            made: list[dict[str, Any]] = [{} for _ in values]
            below.append((scope, list(values), made))
            return made
        sources: list[Any] = []
        targets: list[dict[str, Any]] = []
        completed: list[Any] = []
        untyped = Untyped(each, shape, [])
        for value in values:
            if value is None or value is Undefined:
                self._null(shape)
                completed.append(None)
                continue
            if isinstance(value, Exception):
                completed.append(self._fail(value))
                continue
            wrong = self._wrong(each, scope, value) if checks else None
            if isinstance(wrong, Failed):
                completed.append(wrong)
                continue
            target: dict[str, Any] = {}
            completed.append(target)
            if wrong is not None:
                untyped.objects.append((value, target, scope, wrong))
            else:
                sources.append(value)
                targets.append(target)
        if targets:
            below.append((scope, sources, targets))
        if untyped.objects:
            below.append(untyped)
        return completed

    def _abstract(
        self,
        each: PlannedField,
        shape: Shape,
        abstract: GraphQLAbstractType,
        values: Sequence[Any],
        below: list[Frame | Untyped],
    ) -> list[Any]:
        resolve_type = abstract.resolve_type or self._core.type_resolver
        info = self._info(each)
        frames: dict[str, Frame] = {}
        completed: list[Any] = []
        untyped = Untyped(each, shape, [])
        for value in values:
            if value is None or value is Undefined:
                self._null(shape)
                completed.append(None)
                continue
            if isinstance(value, Exception):
                completed.append(self._fail(value))
                continue
            target: dict[str, Any] = {}
            try:
                name = resolve_type(value, info, abstract)
                if name.__class__ is not str and is_awaitable(name):
                    untyped.objects.append((value, target, None, name))
                    completed.append(target)
                    continue
                scope = self._named(each, shape, abstract, name, value)
            except Exception as error:  # noqa: BLE001 - whatever resolving a type raises is its field's error
                completed.append(self._fail(error))
                continue
            wrong = self._wrong(each, scope, value)
            if isinstance(wrong, Failed):
                completed.append(wrong)
                continue
            completed.append(target)
            if wrong is not None:
                untyped.objects.append((value, target, scope, wrong))
                continue
            self.scopes[id(target)] = scope
            _, sources, targets = frames.setdefault(scope.type.name, (scope, [], []))
            sources.append(value)
            targets.append(target)
        below.extend(frames.values())
        if untyped.objects:
            below.append(untyped)
        return completed

    def _named(
        self, each: PlannedField, shape: Shape, abstract: GraphQLAbstractType, name: object, value: object
    ) -> Scope:
        """The scope of the type that a resolver of types named.

        Raises:
            GraphQLError: there is no such type here.
        """
        scope = shape.scopes.get(name) if name.__class__ is str else None
        if scope is not None:
            return scope
        details = [FieldDetails(node, None) for node in each.nodes]
        return shape.scopes[self._core.ensure_valid_runtime_type(name, abstract, details, self._info(each), value).name]

    def _wrong(self, each: PlannedField, scope: Scope, value: object) -> Failed | Awaitable[Any] | None:
        """Why a value cannot be answered with a scope: it is not of its type, by the type's own test, for example."""
        is_type_of = scope.type.is_type_of
        fits: Any = True
        if is_type_of is not None:
            try:
                fits = is_type_of(value, self._info(each))
            except Exception as error:  # noqa: BLE001 - whatever a test raises is its field's error
                return self._fail(error)
            if fits.__class__ is not bool and is_awaitable(fits):
                return fits
        return self._judged(each, scope, value, fits=fits)

    def _judged(self, each: PlannedField, scope: Scope, value: object, *, fits: object) -> Failed | None:
        if fits:
            return None if scope.refused is None else self._fail(scope.refused)
        details = [FieldDetails(node, None) for node in each.nodes]
        try:
            return self._fail(invalid_return_type_error(scope.type, value, details))
        except Exception as error:  # noqa: BLE001 - a value that cannot be shown
            return self._fail(error)
