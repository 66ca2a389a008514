"""How a field is declared: what it shows, who may see it, what it costs, and what answers it.

There are five kinds. A `column` reads the value of its own name. A `derived` field computes from its rows alone, all
of them at once. An `edge` asks a batch resolver, which gets all parents at once. A `stream` is a field of the
subscription root, a `mutation` one of the mutation root. Whatever the kind, the declaration is the only place that says
it; the SDL, the documentation and every executor read it from here (`spec_of`).
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import strawberry
from graphql import GraphQLField, GraphQLFieldResolver, GraphQLResolveInfo
from strawberry.types.field import StrawberryField

from auth.permissions import Permission, permits
from db.rows import Row
from db.statements.written import Value
from db.visibility import ROW_PERMISSIONS, may
from domain.errors import Forbidden
from domain.versions import Deprecation, guide_address
from execution.batching import BatchResolver
from resolvers.context import Context
from schema.directives import CacheControl, Cost, Requires, Sunset
from schema.mutating import Command, changing

Info = strawberry.Info[Context, None]
Arguments = Callable[..., Mapping[str, Any]]
Compute = Callable[[Sequence[Any]], Sequence[Any]]
Events = Callable[..., Awaitable[AsyncIterator[Any]]]
"""Opens the source of a subscription: `await events(context, **arguments)`. It may refuse; it is closed when done."""

WrittenAs = tuple[str, Value, str] | Mapping[str, str]
"""A value of columns between two pieces of text; or, of an object, its attributes and the columns that they are."""

METADATA = "boxoffice"
"""Under this key a Strawberry field carries its `FieldSpec`."""


def no_arguments() -> Mapping[str, Any]:
    """For an edge that takes none."""
    return {}


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """What a field's declaration says beyond its type: a `derived` field has `compute`, an `edge` has `resolve`.

    `is_declared` says whether the permission was written down, or is `PUBLIC` for want of another; outside of
    `PUBLIC_TYPES` it must be. `reads` names the columns that these take from rows beside the key: of their own type, or
    of another (`Function.name`). `is_key` is said of the field that shows the key. `held` is the type and the key's
    column of a to-one edge whose row may be seen wherever its parent may: where nothing but its key is asked, the
    parent has it.
    `written` says how PostgreSQL writes a field that has `compute`: a value of columns between two pieces of text; or,
    where it shows an object, which columns the object's attributes are. `paged` is said of an edge to pages that
    `resolvers.paging` makes: it can have them written.
    `max_age` is for how many seconds an answer with the field may be kept; None where the field does not limit that.
    """

    permission: Permission
    cost: Cost | None
    is_declared: bool = False
    reads: tuple[str, ...] = ()
    is_key: bool = False
    held: tuple[str, str] | None = None
    compute: Compute | None = None
    resolve: BatchResolver | None = None
    arguments: Arguments = no_arguments
    max_age: int | None = None
    written: WrittenAs | None = None
    paged: bool = False


def column(description: str, **options: Any) -> Any:  # noqa: ANN401 - stands for a value of the annotated type
    """A field that reads the column, or attribute, of its own name."""
    return _field(description, None, **options)


def derived(compute: Compute, description: str, **options: Any) -> Any:  # noqa: ANN401 - the same
    """A field that a function of rows computes, without asking anyone: as many values as rows, in their order.

    `reads` names the columns it takes, and `written` says how PostgreSQL writes it (`FieldSpec`).
    """

    def resolver(root: Any) -> Any:  # noqa: ANN401 - whatever row the type has
        return compute([root])[0]

    return _field(description, resolver, compute=compute, **options)


def edge(resolve: BatchResolver, description: str, *, arguments: Arguments = no_arguments, **options: Any) -> Any:  # noqa: ANN401 - stands for a value of the annotated type
    """A field that a batch resolver answers for all parents at once.

    Args:
        resolve: the batch resolver.
        description: shown in the schema.
        arguments: a function whose parameters are the field's arguments, and which turns them into the resolver's
            keyword arguments.
        options: `reads` (the columns it takes from rows beside the key), `held` (the type and key of a row that may be
            seen wherever the parent may), `paged` (a page can be had written), `permission`, `complexity`,
            `multipliers`, `max_age`, `deprecated`, `name`.
    """

    async def resolver(root: Any, info: Info, **given: Any) -> Any:  # noqa: ANN401 - whatever the type has
        return await info.context.batches.field(resolve, root, arguments(**given))

    return _field(description, _signed(resolver, arguments), resolve=resolve, arguments=arguments, **options)


def stream(
    events: Events,
    description: str,
    *,
    resolve: BatchResolver | None = None,
    arguments: Arguments = no_arguments,
    **options: Any,  # noqa: ANN401 - the options of an edge
) -> Any:  # noqa: ANN401 - stands for a value of the annotated type
    """A field of the subscription root: a source of events, and what each of them shows.

    Args:
        events: opens the source.
        description: shown in the schema.
        resolve: a batch resolver whose parents are events, asked for each as it comes; None where an event is itself
            the value.
        arguments: as an edge's; both `events` and `resolve` get what it gives.
        options: as an edge's.
    """

    async def resolver(root: Any, info: Info, **given: Any) -> Any:  # noqa: ANN401, ARG001 - graphql-core's signature
        return await events(info.context, **arguments(**given))

    return _field(
        description,
        _signed(resolver, arguments),
        compute=None if resolve else _themselves,
        resolve=resolve,
        arguments=arguments,
        is_subscription=True,
        **{"complexity": 1, **options},
    )


def mutation(command: Command, description: str, *, arguments: Arguments, **options: Any) -> Any:  # noqa: ANN401 - stands for a value of the annotated type
    """A field of the mutation root: a command, and a payload with what it changed or why it did nothing.

    Its type is nullable: a failure of one mutation does not take away what those before it are answered with.

    Args:
        command: what is done; one transaction.
        description: shown in the schema.
        arguments: as an edge's.
        options: `permission`, which must be said, and `complexity`.
    """
    resolve = changing(command)

    async def resolver(root: Any, info: Info, **given: Any) -> Any:  # noqa: ANN401 - graphql-core's signature
        (payload,) = await resolve(info.context, [root], **arguments(**given))
        return payload

    signed = _signed(resolver, arguments)
    return _field(description, signed, resolve=resolve, arguments=arguments, **{"complexity": 10, **options})


def _themselves(events: Sequence[Any]) -> Sequence[Any]:
    return events


def _signed(resolver: Any, arguments: Arguments) -> Any:  # noqa: ANN401 - a function, for Strawberry to look at
    """Give a resolver the parameters of a function that reads arguments."""
    parameters = list(inspect.signature(arguments).parameters.values())
    resolver.__module__ = arguments.__module__
    resolver.__signature__ = inspect.Signature(
        [
            inspect.Parameter("root", inspect.Parameter.POSITIONAL_OR_KEYWORD),
            inspect.Parameter("info", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Info),
            *parameters,
        ]
    )
    resolver.__annotations__ = {"info": Info, **{each.name: each.annotation for each in parameters}}
    return resolver


def _field(
    description: str,
    resolver: Any,  # noqa: ANN401 - a function, asynchronous or not, or none
    *,
    permission: Permission | None = None,
    reads: Sequence[str] = (),
    is_key: bool = False,
    held: tuple[str, str] | None = None,
    complexity: int | None = None,
    multipliers: Sequence[str] | None = None,
    max_age: int | None = None,
    compute: Compute | None = None,
    resolve: BatchResolver | None = None,
    arguments: Arguments = no_arguments,
    deprecated: Deprecation | None = None,
    name: str | None = None,
    is_subscription: bool = False,
    written: WrittenAs | None = None,
    paged: bool = False,
) -> Any:  # noqa: ANN401 - the same
    if complexity is None:
        complexity = 0 if resolve is None else 1
    cost = (
        Cost(complexity=complexity, multipliers=list(multipliers) if multipliers else strawberry.UNSET)
        if complexity
        else None
    )
    directives: list[object] = [] if cost is None else [cost]
    needed = permission or Permission.PUBLIC
    if needed is not Permission.PUBLIC:
        directives.append(Requires(permission=needed.value))
    if max_age is not None:
        directives.append(CacheControl(max_age=max_age))
    if deprecated is not None:
        directives.append(Sunset(ends=deprecated.ends.isoformat(), guide=guide_address(deprecated.guide)))
    return strawberry.field(
        resolver=resolver,
        name=name,
        description=description,
        deprecation_reason=None if deprecated is None else deprecated.reason,
        directives=directives,
        is_subscription=is_subscription,
        metadata={
            METADATA: FieldSpec(
                needed,
                cost,
                permission is not None,
                tuple(reads),
                is_key,
                held,
                compute,
                resolve,
                arguments,
                max_age,
                written,
                paged,
            )
        },
    )


def spec_of(field: GraphQLField) -> FieldSpec:
    """The declaration behind a field of the built schema."""
    declared: StrawberryField = field.extensions["strawberry-definition"]
    spec: FieldSpec = declared.metadata[METADATA]
    return spec


def guard_of(type_name: str, field_name: str, permission: Permission) -> Callable[[Context], Forbidden | None]:
    """Why a field may not be seen in a context; None where it may."""

    def refuse(context: Context) -> Forbidden | None:
        if permits(context.viewer, permission, f"{type_name}.{field_name}"):
            return None
        return forbidden(type_name, field_name)

    return refuse


def forbidden(type_name: str, field_name: str) -> Forbidden:
    """The one refusal, whether it is the viewer or the row that decides."""
    return Forbidden(f"`{type_name}.{field_name}` is not for you to {'do' if type_name == 'Mutation' else 'see'}.")


def verdict_of(type_name: str, permission: Permission) -> str | None:
    """The column in which rows of a type say whether the viewer has a permission of them; None if they do not."""
    return may(permission.value) if permission.value in ROW_PERMISSIONS and type_name in _WITH_VERDICTS else None


_WITH_VERDICTS = frozenset(each.typename for each in Row.__subclasses__() if each.has_verdicts)


def guarded(
    resolve: GraphQLFieldResolver, refuse: Callable[[Context], Forbidden | None], verdict: str | None
) -> GraphQLFieldResolver:
    """A resolver that answers only in contexts where the field is not refused, and for rows that allow it."""

    def check(source: Any, info: GraphQLResolveInfo[Context], **arguments: Any) -> Any:  # noqa: ANN401 - graphql-core's signature
        refused = refuse(info.context)
        if refused is None and verdict is not None and not source[verdict]:
            refused = forbidden(info.parent_type.name, info.field_name)
        if refused is not None:
            raise refused
        return resolve(source, info, **arguments)

    return check


def read_value(source: object, name: str) -> object:
    """How a column is read: from a row by name, from anything else as an attribute."""
    if isinstance(source, Row):
        return source[name]
    return getattr(source, name)
