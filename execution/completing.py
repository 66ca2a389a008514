"""Completing: what resolvers give becomes lists, objects and leaves, the values of a whole level at once.

It follows the GraphQL specification, section 6.4.3, "Value Completion".
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from graphql import GraphQLAbstractType, GraphQLError, GraphQLResolveInfo, Undefined
from graphql.execution.collect_fields import FieldDetails
from graphql.execution.executor import Executor, invalid_return_type_error
from graphql.pyutils import is_awaitable, is_iterable

from execution.failed import Failed, all_plain
from execution.leaves import NULL
from execution.plan import PlannedField, Scope, Shape

Level = TypeVar("Level")
"""Where that is noted which has to be waited for; nothing is done to it here but to hand it on."""

Level_contra = TypeVar("Level_contra", contravariant=True)

Objects = list[dict[str, Any]]


class Resolve(Protocol[Level_contra]):
    """Resolves a scope for objects: what can be read, at once; the rest is noted."""

    def __call__(
        self, scope: Scope, sources: Sequence[Any], level: Level_contra, targets: Objects | None = None
    ) -> Objects:
        """The container of each object: a new one, unless there is one."""


Typed = tuple[Scope | None, Failed | Awaitable[Any] | None]
"""The scope of a value, and why it is not to be answered with it, if so; or the answer that tells is waited for."""


@dataclass(frozen=True, slots=True)
class Untyped(Generic[Level]):
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


class Completing(Generic[Level]):
    """The values of one execution.

    Attributes:
        failures: what is not as it should be, so far.
        scopes: of objects whose type was found out, by the identity of their containers; or why none fits.
    """

    __slots__ = ("_core", "_defer", "_info", "_resolve", "failures", "scopes")

    def __init__(
        self,
        core: Executor[Any],
        info: Callable[[PlannedField], GraphQLResolveInfo[Any]],
        resolve: Resolve[Level],
        defer: Callable[[Untyped[Level], Level], None],
    ) -> None:
        """Take what is done elsewhere.

        Args:
            core: names types in the way of graphql-core.
            info: tells a resolver of types about its field.
            resolve: resolves the fields of objects.
            defer: notes objects of which it has to be waited for what type they are; `find` waits for it.
        """
        self._core = core
        self._info = info
        self._resolve = resolve
        self._defer = defer
        self.failures: list[Failed] = []
        self.scopes: dict[int, Scope | Failed] = {}

    def forget(self) -> None:
        """Begin anew, after a part of an answer that is in order."""
        self.failures.clear()
        self.scopes.clear()

    def complete(self, each: PlannedField, shape: Shape, values: Sequence[Any], level: Level) -> Sequence[Any]:
        """What values become."""
        if shape.complete is not None:
            return shape.complete(values, self.failures)
        if shape.item is not None:
            return self._lists(each, shape, shape.item, values, level)
        if shape.abstract is not None:
            return self._abstract(each, shape, shape.abstract, values, level)
        return self._objects(each, shape, values, level)

    async def find(self, untyped: Untyped[Level], level: Level) -> None:
        """Wait for the types of objects, and resolve those that have one."""
        each, shape = untyped.each, untyped.shape
        found = await asyncio.gather(
            *(self._find(each, shape, value, scope, answer) for value, _, scope, answer in untyped.objects)
        )
        groups: dict[str, tuple[Scope, list[Any], list[dict[str, Any]]]] = {}
        for (value, target, _, _), scope in zip(untyped.objects, found, strict=True):
            self.scopes[id(target)] = scope
            if isinstance(scope, Scope):
                _, sources, targets = groups.setdefault(scope.type.name, (scope, [], []))
                sources.append(value)
                targets.append(target)
        for scope, sources, targets in groups.values():
            self._resolve(scope, sources, level, targets)

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

    def _lists(self, each: PlannedField, shape: Shape, item: Shape, values: Sequence[Any], level: Level) -> list[Any]:
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
                    failed = self._fail(error, list(self.complete(each, item, flat[start:], level)))
                    del flat[start:]
                    ends.append(failed)
        completed = self.complete(each, item, flat, level) if flat else flat
        lists: list[Any] = []
        start = 0
        for end in ends:
            if end.__class__ is int:
                lists.append(completed[start:end])
                start = end
            else:
                lists.append(end)
        return lists

    def _objects(self, each: PlannedField, shape: Shape, values: Sequence[Any], level: Level) -> list[Any]:
        scope = shape.scope
        checks = scope.type.is_type_of is not None or scope.refused is not None
        if not checks and all_plain(values):
            return self._resolve(scope, values, level)
        return self._each(each, shape, values, level, lambda value: (scope, self._wrong(each, scope, value)))

    def _abstract(
        self, each: PlannedField, shape: Shape, abstract: GraphQLAbstractType, values: Sequence[Any], level: Level
    ) -> list[Any]:
        resolve_type = abstract.resolve_type or self._core.type_resolver
        info = self._info(each)

        def typed(value: object) -> Typed:
            name = resolve_type(value, info, abstract)
            if name.__class__ is not str and is_awaitable(name):
                return None, name
            scope = self._named(each, shape, abstract, name, value)
            return scope, self._wrong(each, scope, value)

        return self._each(each, shape, values, level, typed)

    def _each(
        self,
        each: PlannedField,
        shape: Shape,
        values: Sequence[Any],
        level: Level,
        typed: Callable[[Any], Typed],
    ) -> list[Any]:
        """Objects one by one, and then together again with those of the same type."""
        groups: dict[str, tuple[Scope, list[Any], list[int]]] = {}
        untyped: Untyped[Level] = Untyped(each, shape, [])
        completed: list[Any] = []
        for value in values:
            if value is None or value is Undefined:
                self._null(shape)
                completed.append(None)
                continue
            try:
                scope, wrong = (None, self._fail(value)) if isinstance(value, Exception) else typed(value)
            except Exception as error:  # noqa: BLE001 - whatever finding a type raises is its field's error
                scope, wrong = None, self._fail(error)
            if isinstance(wrong, Failed):
                completed.append(wrong)
            elif wrong is not None:
                target: dict[str, Any] = {}
                untyped.objects.append((value, target, scope, wrong))
                completed.append(target)
            else:
                assert scope is not None, "known, unless it is waited for"
                _, sources, places = groups.setdefault(scope.type.name, (scope, [], []))
                sources.append(value)
                places.append(len(completed))
                completed.append(None)
        for scope, sources, places in groups.values():
            for place, target in zip(places, self._resolve(scope, sources, level), strict=True):
                completed[place] = target
                if shape.abstract is not None:
                    self.scopes[id(target)] = scope
        if untyped.objects:
            self._defer(untyped, level)
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
