"""How a field is declared: what it shows, who may see it, what it costs, and what answers it.

There are three kinds. A `column` reads the value of its own name. A `derived` field computes from its rows alone, all
of them at once. An `edge` asks a batch resolver, which gets all parents at once. Whatever the kind, the declaration is
the only place that says it; the SDL, the documentation and every executor read it from here (`spec_of`).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import strawberry
from graphql import GraphQLField, GraphQLFieldResolver, GraphQLResolveInfo
from strawberry.schema_directive import Location
from strawberry.types.field import StrawberryField

from auth.permissions import Permission, permits
from db.rows import Row
from domain.errors import Forbidden
from execution.batching import BatchResolver
from resolvers.context import Context

Info = strawberry.Info[Context, None]
Arguments = Callable[..., Mapping[str, Any]]
Compute = Callable[[Sequence[Any]], Sequence[Any]]

METADATA = "boxoffice"
"""Under this key a Strawberry field carries its `FieldSpec`."""


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    description=(
        "What a field adds to the cost of an operation: its complexity, times the values of the arguments named in "
        "`multipliers` for itself and all below it."
    ),
)
class Cost:
    """`@cost` in the SDL."""

    complexity: int = strawberry.directive_field(name="complexity", default=1)
    multipliers: list[str] | None = strawberry.directive_field(name="multipliers", default=strawberry.UNSET)


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION], description="Who may see a field; for anyone else it is null, with an error."
)
class Requires:
    """`@requires` in the SDL; a field without it is public."""

    permission: str = strawberry.directive_field(name="permission")


def no_arguments() -> Mapping[str, Any]:
    """For an edge that takes none."""
    return {}


ARGUMENTS = {
    "cost": {
        "complexity": "What the field itself costs.",
        "multipliers": "The arguments that say how many times it, and all below it, is to be paid for.",
    },
    "requires": {"permission": "What the viewer must have: `STAFF` of the organisation, or administrators."},
}
"""What the arguments of these directives mean; Strawberry has no place for it in their declaration."""


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """What a field's declaration says beyond its type: a `derived` field has `compute`, an `edge` has `resolve`.

    `reads` names the columns that these take from rows beside the key: of their own type, or of another
    (`Function.name`). `is_key` is said of the field that shows the key. `held` is the type and the key's column of a
    to-one edge whose row may be seen wherever its parent may: where nothing but its key is asked, the parent has it.
    """

    permission: Permission
    cost: Cost | None
    reads: tuple[str, ...] = ()
    is_key: bool = False
    held: tuple[str, str] | None = None
    compute: Compute | None = None
    resolve: BatchResolver | None = None
    arguments: Arguments = no_arguments


def column(description: str, **options: Any) -> Any:  # noqa: ANN401 - stands for a value of the annotated type
    """A field that reads the column, or attribute, of its own name."""
    return _field(description, None, **options)


def derived(compute: Compute, description: str, **options: Any) -> Any:  # noqa: ANN401 - the same
    """A field that a function of rows computes, without asking anyone: as many values as rows, in their order.

    `reads` names the columns it takes.
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
            seen wherever the parent may), `permission`, `complexity`, `multipliers`, `deprecation_reason`, `name`.
    """
    parameters = list(inspect.signature(arguments).parameters.values())

    async def resolver(root: Any, info: Info, **given: Any) -> Any:  # noqa: ANN401 - whatever the type has
        return await info.context.batches.field(resolve, root, arguments(**given))

    resolver.__module__ = arguments.__module__
    resolver.__signature__ = inspect.Signature(  # type: ignore[attr-defined] # what `inspect.signature` looks for
        [
            inspect.Parameter("root", inspect.Parameter.POSITIONAL_OR_KEYWORD),
            inspect.Parameter("info", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Info),
            *parameters,
        ]
    )
    resolver.__annotations__ = {"info": Info, **{each.name: each.annotation for each in parameters}}
    return _field(description, resolver, resolve=resolve, arguments=arguments, **options)


def _field(
    description: str,
    resolver: Any,  # noqa: ANN401 - a function, asynchronous or not, or none
    *,
    permission: Permission = Permission.PUBLIC,
    reads: Sequence[str] = (),
    is_key: bool = False,
    held: tuple[str, str] | None = None,
    complexity: int | None = None,
    multipliers: Sequence[str] | None = None,
    compute: Compute | None = None,
    resolve: BatchResolver | None = None,
    arguments: Arguments = no_arguments,
    deprecation_reason: str | None = None,
    name: str | None = None,
) -> Any:  # noqa: ANN401 - the same
    if complexity is None:
        complexity = 0 if resolve is None else 1
    cost = (
        Cost(complexity=complexity, multipliers=list(multipliers) if multipliers else strawberry.UNSET)
        if complexity
        else None
    )
    directives: list[object] = [] if cost is None else [cost]
    if permission is not Permission.PUBLIC:
        directives.append(Requires(permission=permission.value))
    return strawberry.field(
        resolver=resolver,
        name=name,
        description=description,
        deprecation_reason=deprecation_reason,
        directives=directives,
        metadata={METADATA: FieldSpec(permission, cost, tuple(reads), is_key, held, compute, resolve, arguments)},
    )


def spec_of(field: GraphQLField) -> FieldSpec:
    """The declaration behind a field of the built schema."""
    declared: StrawberryField = field.extensions["strawberry-definition"]
    spec: FieldSpec = declared.metadata[METADATA]
    return spec


def guard_of(type_name: str, field_name: str, permission: Permission) -> Callable[[Context], Forbidden | None]:
    """Why a field may not be seen in a context; None where it may."""

    def refuse(context: Context) -> Forbidden | None:
        if permits(context.viewer, permission):
            return None
        return Forbidden(f"`{type_name}.{field_name}` is not for you to see.")

    return refuse


def guarded(resolve: GraphQLFieldResolver, refuse: Callable[[Context], Forbidden | None]) -> GraphQLFieldResolver:
    """A resolver that answers only in contexts where the field is not refused."""

    def check(source: Any, info: GraphQLResolveInfo[Context], **arguments: Any) -> Any:  # noqa: ANN401 - graphql-core's signature
        refused = refuse(info.context)
        if refused is not None:
            raise refused
        return resolve(source, info, **arguments)

    return check


def read_value(source: object, name: str) -> object:
    """How a column is read: from a row by name, from anything else as an attribute."""
    if isinstance(source, Row):
        return source[name]
    return getattr(source, name)
