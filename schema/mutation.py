"""Where writing begins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import strawberry

from auth.permissions import Permission
from commands.catalogue.functions import create_function, update_function
from commands.selling.attending import update_attendees
from commands.selling.moving_on import cancel_registration, complete_registration
from commands.selling.ordering import create_registration
from schema.fields import mutation
from schema.inputs import AttendeeInput, CreateRegistrationInput, FunctionInput
from schema.mutating import given
from schema.payloads import FunctionPayload, RegistrationPayload

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


def _new_registration(
    input: Annotated[CreateRegistrationInput, strawberry.argument(description="What to order, and for whom.")],  # noqa: A002 - the same
) -> Mapping[str, Any]:
    return {"given": given(input)}


def _registration(
    id: Id,  # noqa: A002 - the same
) -> Mapping[str, Any]:
    return {"global_id": id}


def _ended_registration(
    id: Id,  # noqa: A002 - the same
    reason: Annotated[str | None, strawberry.argument(description="Why, for the record.")] = None,
) -> Mapping[str, Any]:
    return {"global_id": id, "reason": reason}


def _attendees(
    id: Id,  # noqa: A002 - the same
    version: Version,
    attendees: Annotated[list[AttendeeInput], strawberry.argument(description="Who comes, line by line.")],
) -> Mapping[str, Any]:
    return {"global_id": id, "version": version, "attendees": [given(each) for each in attendees]}


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
    create_registration: RegistrationPayload | None = mutation(
        create_registration,
        "Orders tickets and packages: their places are held for a while.",
        arguments=_new_registration,
        permission=Permission.PUBLIC,
    )
    update_attendees: RegistrationPayload | None = mutation(
        update_attendees,
        "Says who comes: for each line named its people, in their order. What is left out of a person stays as it is.",
        arguments=_attendees,
        permission=Permission.PUBLIC,
    )
    complete_registration: RegistrationPayload | None = mutation(
        complete_registration, "Confirms an order that is free.", arguments=_registration, permission=Permission.PUBLIC
    )
    cancel_registration: RegistrationPayload | None = mutation(
        cancel_registration,
        "Cancels an order that is on hold, or was free; one that was paid for is refunded instead.",
        arguments=_ended_registration,
        permission=Permission.PUBLIC,
    )
