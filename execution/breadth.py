"""Breadth-first execution: a field is resolved once for all the objects of its level.

An answer is built from the top down: a container for each object is made as soon as its parent's field is resolved, and
put into its place at once; the fields of its scope then fill all containers of the level, one field after the other, so
that keys stand in the order of the operation. Nothing is visited a second time unless something failed
(`execution.placing`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Mapping, Sequence
from typing import Any

from graphql import ExecutionResult, GraphQLResolveInfo
from graphql.execution.values import VariableValues
from graphql.pyutils import Path, is_awaitable

from execution.batching import WrongAnswerCount
from execution.completing import Completing, Frame, Untyped
from execution.placing import Placing
from execution.plan import Asks, Calls, Plan, PlannedField, Reads, Scope, Source
from execution.settling import kept, settle

Asker = tuple[PlannedField, list[Any], list[dict[str, Any]]]
"""A field that asks, for which parents, and the containers that the answers go into."""

Resolve = Callable[..., Awaitable[Sequence[Any]]]


class _Level:
    """What is still to be done once all that needs no waiting is done."""

    __slots__ = ("below", "calls", "questions")

    def __init__(self) -> None:
        self.below: list[Frame | Untyped] = []
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
        self._completing = Completing(plan.core, self.info)

    async def execute(self) -> ExecutionResult:
        """Run the operation.

        Returns:
            What graphql-core would: data, and errors in the order in which a walk in depth meets them.
        """
        plan = self._plan
        data: dict[str, Any] = {}
        completing = self._completing
        placing = Placing(completing.scopes, propagates=plan.core.error_propagation)
        if not plan.serial:
            await self._run([(plan.root, [self._root_value], [data])])
            return placing.result(plan.root, data) if completing.failures else ExecutionResult(data, None)
        for each in plan.root.fields:
            await self._run([(Scope(plan.root.type, (each,)), [self._root_value], [data])])
            if completing.failures and not placing.field(each, data, None):
                return ExecutionResult(None, placing.errors)
            completing.forget()
        return ExecutionResult(data, placing.errors or None)

    async def _run(self, frames: Sequence[Frame | Untyped]) -> None:
        """Resolve frames and everything below them."""
        level = _Level()
        # What needs no waiting is done level by level; what does goes on by itself, all of it at the same time.
        while frames:
            level.below = []
            for frame in frames:
                if isinstance(frame, Untyped):
                    level.calls.append(self._find(frame))
                    continue
                scope, sources, targets = frame
                for each in scope.fields:
                    self._resolve(each, sources, targets, level)
            frames = level.below
        waiting = [self._ask(*question) for question in level.questions.values()] + level.calls
        if len(waiting) == 1:
            await waiting[0]
        elif waiting:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(later) for later in waiting]
            for task in tasks:
                task.result()  # a resolver that was cancelled from within ends the execution; a group passes over it

    def _resolve(self, each: PlannedField, sources: list[Any], targets: list[dict[str, Any]], level: _Level) -> None:
        key, source = each.key, each.source
        if source is None:
            name = each.parent_type.name
            for target in targets:
                target[key] = name
            return
        values: Sequence[Any]
        refused = self._refused(each, source) if each.guard is not None or each.definition.args else None
        if refused is not None:
            values = [refused] * len(sources)
        elif isinstance(source, Reads):
            values = _read(source, sources)
        else:
            for target in targets:
                target[key] = None  # keeps the key's place in the order
            if isinstance(source, Calls):
                level.calls.append(self._call(each, source, sources, targets))
                return
            arguments = self._arguments(each, source)
            if not isinstance(arguments, Exception):
                level.ask(source.resolve, arguments, (each, sources, targets))
                return
            values = [arguments] * len(sources)
        self._put(each, values, targets, level.below)

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

    def _put(
        self, each: PlannedField, values: Sequence[Any], targets: list[dict[str, Any]], below: list[Frame | Untyped]
    ) -> None:
        key = each.key
        for target, value in zip(targets, self._completing.complete(each, each.shape, values, below), strict=True):
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
        below: list[Frame | Untyped] = []
        for each, sources, targets in askers:
            if each.tally is not None:
                each.tally(self._context, shares[id(sources)])
            self._put(each, shares[id(sources)], targets, below)
        if below:
            await self._run(below)

    async def _call(self, each: PlannedField, source: Calls, sources: list[Any], targets: list[dict[str, Any]]) -> None:
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
        below: list[Frame | Untyped] = []
        self._put(each, values, targets, below)
        if below:
            await self._run(below)

    async def _find(self, untyped: Untyped) -> None:
        await self._run(await self._completing.find(untyped))

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


def _read(source: Reads, sources: list[Any]) -> Sequence[Any]:
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
    if not isinstance(answers, Sequence):
        raise WrongAnswerCount(
            f"{asked!r} gave a {type(answers).__name__}, not a list of answers for {parents} parents"
        )
    if len(answers) != parents:
        raise WrongAnswerCount(f"{asked!r} gave {len(answers)} answers for {parents} parents")
    return answers
