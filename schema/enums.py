"""Enums of the rooms below, named and described for clients."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import TypeVar

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition

from db.statements.events import EventOrder
from domain.availability import AvailabilityState as State
from domain.members import OrgRole
from domain.user_errors import ErrorCode as Code
from resolvers.hierarchy import HierarchySource as Source

E = TypeVar("E", bound=type[Enum])


def _described(python: E, name: str, description: str, values: Mapping[Enum, str]) -> E:
    """Give an enum its GraphQL name, and it and every value of it a description."""
    strawberry.enum(python, name=name, description=description)
    definition: StrawberryEnumDefinition = python.__strawberry_definition__  # type: ignore[attr-defined] # set above
    for value in definition.values:
        value.description = values[python[value.name]]
    return python


class Dir(Enum):
    """Which way a list runs."""

    ASC = "asc"
    DESC = "desc"


Direction = _described(
    Dir, "Dir", "Which way a list runs.", {Dir.ASC: "From the least to the greatest.", Dir.DESC: "The other way round."}
)

EventSort = _described(
    EventOrder,
    "EventSort",
    "What a list of events is ordered by.",
    {
        EventOrder.EVENT_START: "When they start.",
        EventOrder.TITLE: "Their titles.",
        EventOrder.CREATED_AT: "When they were entered.",
    },
)

AvailabilityState = _described(
    State,
    "AvailabilityState",
    "Whether something can be bought now.",
    {
        State.AVAILABLE: "There are places.",
        State.LOW: "There are few places left.",
        State.HELD: "All places are taken, but some only held: they may come back.",
        State.SOLD_OUT: "All places are sold.",
        State.NOT_ON_SALE: "Its sale has not begun, or is over.",
    },
)

HierarchySource = _described(
    Source,
    "HierarchySource",
    "Which hierarchy an event's surroundings are read from.",
    {Source.FUNCTION: "The event's function.", Source.PARENT_EVENT: "The old hierarchy of parent events."},
)

OrganisationRole = _described(
    OrgRole,
    "OrgRole",
    "What a member of an organisation does there.",
    {
        OrgRole.OWNER: "Answers for it, and says who its members are.",
        OrgRole.MANAGER: "Runs its functions and events.",
        OrgRole.FINANCE: "Sees payments, and refunds them.",
        OrgRole.DOOR: "Lets people in.",
    },
)

ErrorCode = _described(
    Code,
    "ErrorCode",
    "What kind of reason it is that a mutation did nothing.",
    {
        Code.INVALID: "A value that cannot be right.",
        Code.REQUIRED: "A value that is missing.",
        Code.TAKEN: "A name that something else has.",
        Code.NOT_FOUND: "There is no such thing, or none to be seen.",
        Code.FORBIDDEN: "It may be seen, and not be changed.",
        Code.CONFLICT: "It is not as it would have to be: it was changed, or something else was.",
    },
)
