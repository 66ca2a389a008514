"""Where writing begins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import strawberry

from auth.permissions import Permission
from commands.catalogue.functions import create_function, update_function
from schema.fields import mutation
from schema.inputs import FunctionInput
from schema.mutating import given
from schema.payloads import FunctionPayload

Id = Annotated[strawberry.ID, strawberry.argument(description="Its id.")]
Version = Annotated[int, strawberry.argument(description="The version that you have read; any other is a conflict.")]


def _new_function(
    input: Annotated[FunctionInput, strawberry.argument(description="What to enter.")],  # noqa: A002 - its name in GraphQL
) -> Mapping[str, Any]:
    return {"given": given(input)}


def _changed_function(
    id: Id,  # noqa: A002 - the same
    version: Version,
    input: Annotated[FunctionInput, strawberry.argument(description="What to change.")],  # noqa: A002 - the same
) -> Mapping[str, Any]:
    return {"global_id": id, "version": version, "given": given(input)}


@strawberry.type(
    description="Where writing begins. Fields are executed one after the other, each in a transaction of its own."
)
class Mutation:
    """The root of every mutation."""

    create_function: FunctionPayload | None = mutation(
        create_function, "Enters a function.", arguments=_new_function, permission=Permission.MANAGER
    )
    update_function: FunctionPayload | None = mutation(
        update_function, "Changes a function.", arguments=_changed_function, permission=Permission.MANAGER
    )
