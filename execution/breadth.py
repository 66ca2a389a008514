"""Breadth-first execution: a field is resolved once for all the objects of its level.

An answer is built from the top down. What a scope reads without waiting is made into columns, one value for each
object, and the containers of all objects are made of the columns at once; what has to be waited for is null in them at
first, and is put into its place when it is there. So keys stand in the order of the operation, and nothing is visited a
second time unless something failed (`execution.placing`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Mapping, Sequence
from typing import Any

from graphql import ExecutionResult, GraphQLResolveInfo
from graphql.execution.values import VariableValues
from graphql.pyutils import Path, is_awaitable

from execution.batching import WrongAnswerCount
from execution.completing import Completing, Objects, Untyped
from execution.placing import Placing
from execution.plan import Asks, Calls, Plan, PlannedField, Reads, Scope, Source
from execution.settling import kept, settle

Asker = tuple[PlannedField, Sequence[Any], Objects]
"""A field that asks, for which parents, and the containers that the answers go into."""

Resolve = Callable[..., Awaitable[Sequence[Any]]]


class Level:
    """What is still to be waited for once all that can be read has been read."""

    __slots__ = ("calls", "questions")

    def __init__(self) -> None:
        self.calls: list[Coroutine[Any, Any, None]] = []
        self.questions: dict[Hashable, tuple[Resolve, Mapping[str, Any], list[Asker]]] = {}

    def ask(self, resolve: Resolve, arguments: Mapping[str, Any], asker: Asker) -> None:
        """Put a question, together with whoever asks the same of the same resolver."""
        key: Hashable = (resolve, *arguments.items())
        try:
            hash(key)
        except TypeError:
            key = id(asker)  # what cannot be compared is asked by itself
        self.questions.setdefault(key, (resolve, arguments, []))[2].append(asker)


class BreadthFirst:
    """One execution of a plan."""

    __slots__ = ("_completing", "_context", "_plan", "_root_value", "_variables")

    def __init__(self, plan: Plan, variables: VariableValues, context: object, root_value: object = None) -> None:
        self._plan = plan
        self._variables = variables
        self._context = context
        self._root_value = root_value
        self._completing = Completing(plan.core, self.info, self._resolve, self._defer)

    async def execute(self) -> ExecutionResult:
        """Run the operation.

        Returns:
            What graphql-core would: data, and errors in the order in which a walk in depth meets them.
        """
        plan = self._plan
        completing = self._completing
        placing = Placing(completing.scopes, propagates=plan.core.error_propagation)
        if not plan.serial:
            data = await self._run(plan.root)
            return placing.result(plan.root, data) if completing.failures else ExecutionResult(data, None)
        data = {}
        for each in plan.root.fields:
            data |= await self._run(Scope.of(plan.root.type, (each,)))
            if completing.failures and not placing.field(each, data, None):
                return ExecutionResult(None, placing.errors)
            completing.forget()
        return ExecutionResult(data, placing.errors or None)

    async def _run(self, root: Scope) -> dict[str, Any]:
        """Resolve a scope of root fields, and everything below."""
        level = Level()
        (data,) = self._resolve(root, [self._root_value], level)
        await self._wait(level)
        return data

    async def _wait(self, level: Level) -> None:
        """Wait for what is open; what that brings to be waited for goes on by itself, all of it at the same time."""
        waiting = [self._ask(*question) for question in level.questions.values()] + level.calls
        if len(waiting) == 1:
            await waiting[0]
        elif waiting:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(later) for later in waiting]
            for task in tasks:
                task.result()  # a resolver that was cancelled from within ends the execution; a group passes over it

    def _resolve(self, scope: Scope, sources: Sequence[Any], level: Level, targets: Objects | None = None) -> Objects:
        """Resolve the fields of a scope for all objects: what can be read, at once; the rest is left open."""
        columns: list[Sequence[Any]] = []
        later: list[PlannedField] = []
        for each in scope.fields:
            source = each.source
            if source.__class__ is Reads:
                refused = self._refused(each, source) if each.guard is not None or each.definition.args else None
                values = _read(source, sources) if refused is None else [refused] * len(sources)
                columns.append(self._completing.complete(each, each.shape, values, level))
            elif source is not None:
                later.append(each)
        made = scope.make(columns, len(sources))
        if targets is not None:
            for target, new in zip(targets, made, strict=True):
                target.update(new)
            made = targets
        for each in later:
            self._open(each, sources, made, level)
        return made

    def _open(self, each: PlannedField, sources: Sequence[Any], targets: Objects, level: Level) -> None:
        """Leave a field open that has to be waited for, unless it is refused."""
        source = each.source
        assert source is not None, "the name of a type is known"
        problem = self._refused(each, source) if each.guard is not None else None
        if problem is None and isinstance(source, Calls):
            level.calls.append(self._call(each, source, sources, targets))
        elif problem is None and isinstance(source, Asks):
            arguments = self._arguments(each, source)
            if isinstance(arguments, Exception):
                problem = arguments
            else:
                level.ask(source.resolve, arguments, (each, sources, targets))
        if problem is not None:
            self._put(each, [problem] * len(sources), targets, level)

    def _arguments(self, each: PlannedField, source: Asks) -> Mapping[str, Any] | Exception:
        if each.constant is not None:
            return each.constant
        try:
            return source.arguments(each.arguments(self._variables))
        except Exception as error:  # noqa: BLE001 - the error of its field
            return error

    def _refused(self, each: PlannedField, source: Source) -> Exception | None:
        """Why a field fails for all parents before any is looked at: first for its arguments, then for its guard."""
        refused: Exception | None = None
        if each.guard is not None:
            try:
                refused = each.guard(self._context)
            except Exception as error:  # noqa: BLE001 - the error of its field
                refused = error
        if refused is not None or isinstance(source, Reads):  # the others look at their arguments themselves
            try:
                each.arguments(self._variables)
            except Exception as error:  # noqa: BLE001 - the same
                return error
        return refused

    def _put(self, each: PlannedField, values: Sequence[Any], targets: Objects, level: Level) -> None:
        key = each.key
        for target, value in zip(targets, self._completing.complete(each, each.shape, values, level), strict=True):
            target[key] = value

    async def _ask(self, resolve: Resolve, arguments: Mapping[str, Any], askers: list[Asker]) -> None:
        """Ask once for everybody who asks the same: aliases share their parents, others add theirs."""
        lists = {id(sources): sources for _, sources, _ in askers}
        parents = askers[0][1] if len(lists) == 1 else [parent for sources in lists.values() for parent in sources]
        values: Sequence[Any]
        try:
            values = _counted(resolve, await resolve(self._context, parents, **arguments), len(parents))
        except Exception as error:  # noqa: BLE001 - whatever a resolver raises is the error of its field
            values = [error] * len(parents)
        if len(askers) > len(lists):
            values = kept(values, max(each.shape.lists for each, _, _ in askers))
        shares: dict[int, Sequence[Any]] = {}
        start = 0
        for identity, sources in lists.items():
            shares[identity] = values[start : start + len(sources)]
            start += len(sources)
        level = Level()
        for each, sources, targets in askers:
            if each.tally is not None:
                each.tally(self._context, shares[id(sources)])
            self._put(each, shares[id(sources)], targets, level)
        await self._wait(level)

    async def _call(self, each: PlannedField, source: Calls, sources: Sequence[Any], targets: Objects) -> None:
        info = self.info(each)
        values: list[Any] = []
        try:
            arguments = each.arguments(self._variables)
        except Exception as error:  # noqa: BLE001 - the same
            values = [error] * len(sources)
        else:
            for parent in sources:
                try:
                    values.append(source.resolve(parent, info, **arguments))
                except Exception as error:  # noqa: BLE001 - the same, for one parent
                    values.append(error)
            values = await settle(values, each.shape.lists)
        level = Level()
        self._put(each, values, targets, level)
        await self._wait(level)

    def _defer(self, untyped: Untyped[Level], level: Level) -> None:
        level.calls.append(self._find(untyped))

    async def _find(self, untyped: Untyped[Level]) -> None:
        level = Level()
        await self._completing.find(untyped, level)
        await self._wait(level)

    def info(self, each: PlannedField) -> GraphQLResolveInfo[Any]:
        """What an ordinary resolver is told; its path is the field's own, without the indices of lists above it."""
        plan = self._plan
        return GraphQLResolveInfo(
            each.name,
            list(each.nodes),
            each.definition.type,
            each.parent_type,
            Path(None, each.key, each.parent_type.name),
            plan.schema,
            plan.core.fragment_definitions,
            self._root_value,
            plan.operation,
            self._variables,
            self._context,
            is_awaitable,
            None,
            plan.core.async_helpers,
        )


def _read(source: Reads, sources: Sequence[Any]) -> Sequence[Any]:
    """The values of a field that needs no waiting; where reading all at once fails, each is read by itself."""
    try:
        return _counted(source.many, source.many(sources), len(sources))
    except Exception as error:  # noqa: BLE001 - whatever reading raises is the error of its field
        if len(sources) == 1:
            return [error]
    return [_read(source, [each])[0] for each in sources]


def _counted(asked: object, answers: Sequence[Any], parents: int) -> Sequence[Any]:
    """The answers, if there is one for each parent.

    Raises:
        WrongAnswerCount: there are more, fewer, or none at all.
    """
    if answers.__class__ is not list and not isinstance(answers, Sequence):
        raise WrongAnswerCount(
            f"{asked!r} gave a {type(answers).__name__}, not a list of answers for {parents} parents"
        )
    if len(answers) != parents:
        raise WrongAnswerCount(f"{asked!r} gave {len(answers)} answers for {parents} parents")
    return answers
