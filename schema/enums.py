"""Enums of the rooms below, named and described for clients."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import TypeVar

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition

from db.statements.events import EventOrder
from db.statements.registration_lists import RegistrationOrder
from domain.availability import AvailabilityState as State
from domain.function_migration import RunKind, RunState
from domain.hierarchy_faults import Fault
from domain.members import OrgRole
from domain.payments import Problem
from domain.registrations import RegistrationState
from domain.sales import (
    AttendeeState,
    EligibilityKind,
    PaymentState,
    PriceRuleKind,
    RefundState,
    VoucherKind,
    WaitingState,
)
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

RegistrationSort = _described(
    RegistrationOrder,
    "RegistrationSort",
    "What a list of registrations is ordered by.",
    {
        RegistrationOrder.CREATED_AT: "When they were ordered.",
        RegistrationOrder.UPDATED_AT: "When they last changed.",
    },
)

EligibilityCode = _described(
    EligibilityKind,
    "EligibilityCode",
    "What a rule on who may buy something asks for.",
    {
        EligibilityKind.MEMBERSHIP: "To be a member of the seller.",
        EligibilityKind.VOUCHER: "The code of a voucher that is good for it.",
        EligibilityKind.ORGANISATION: "To be a member of a certain organisation, or to work for it.",
        EligibilityKind.STAFF: "To work for the seller.",
    },
)

PriceRuleCode = _described(
    PriceRuleKind,
    "PriceRuleKind",
    "When another price holds.",
    {
        PriceRuleKind.EARLY_BIRD: "Until a moment.",
        PriceRuleKind.TIER: "While an order fits whole into the first so many that are sold.",
        PriceRuleKind.MEMBER: "For members of the seller.",
    },
)

VoucherCode = _described(
    VoucherKind,
    "VoucherKind",
    "What a voucher does to a price.",
    {
        VoucherKind.PERCENTAGE: "It takes a share off.",
        VoucherKind.AMOUNT: "It takes an amount off the order.",
        VoucherKind.FIXED_PRICE: "No piece costs more than an amount.",
    },
)

AvailabilityState = _described(
    State,
    "AvailabilityState",
    "Whether something can be bought now.",
    {
        State.AVAILABLE: "There are places.",
        State.LOW: "There are few places left.",
        State.HELD: "All places are taken, but some only held, or kept for those who wait: they may come back.",
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

MigrationKind = _described(
    RunKind,
    "MigrationKind",
    "What workers do about the move to functions.",
    {
        RunKind.MIGRATE: "They make functions of parent events.",
        RunKind.ROLL_BACK: "They put back what was there before the move.",
    },
)

MigrationRunState = _described(
    RunState,
    "JobStatus",
    "How far something is that workers do.",
    {
        RunState.QUEUED: "No worker has begun.",
        RunState.RUNNING: "It is under way, or waits for a worker to go on with it.",
        RunState.SUCCEEDED: "It is done.",
        RunState.FAILED: "It was given up.",
    },
)

MigrationFault = _described(
    Fault,
    "MigrationFault",
    "What can be wrong with the two hierarchies of events.",
    {
        Fault.CYCLE: "Events stand under one another in a circle.",
        Fault.DEEPER_LEVEL: "An event stands below the second level.",
        Fault.OTHER_ORGANISATION: "A child of another organisation's event.",
        Fault.ORPHAN: "An event whose parent or function is deleted.",
        Fault.MISMATCH: "An event whose function says something else than its parent.",
        Fault.LEFT_BEHIND: "After the move: an event that has not followed.",
    },
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
        Code.SOLD_OUT: "Fewer places are left than are wanted.",
        Code.HOLD_EXPIRED: "The places were held, and no longer are.",
        Code.NOT_ELIGIBLE: "It is not sold to whoever asks.",
        Code.NOT_ON_SALE: "It is not sold now.",
        Code.LIMIT_EXCEEDED: "It is more, or less, than there may be.",
        Code.BAD_TRANSITION: "It cannot become that from the state that it is in.",
        Code.PAYMENT_FAILED: "The provider does not take the payment.",
    },
)

RegistrationStatus = _described(
    RegistrationState,
    "RegistrationStatus",
    "How far a registration has come.",
    {
        RegistrationState.DRAFT: "It takes no places yet.",
        RegistrationState.HELD: "Its places are held until the hold is over.",
        RegistrationState.AWAITING_PAYMENT: "The same, and a payment was started.",
        RegistrationState.PROCESSING: "Money is moving: its places are held until it is known whether it arrives.",
        RegistrationState.CONFIRMED: "Its places are sold.",
        RegistrationState.EXPIRED: "Its hold was over before it was paid; its places were given back.",
        RegistrationState.CANCELLED: "It was cancelled; its places were given back.",
        RegistrationState.PARTIALLY_REFUNDED: "A part of it was paid back; the rest of its places are sold.",
        RegistrationState.REFUNDED: "All of it was paid back, and its places given back.",
    },
)

WaitingStatus = _described(
    WaitingState,
    "WaitingStatus",
    "How somebody's place on a waiting list stands.",
    {
        WaitingState.WAITING: "They wait.",
        WaitingState.OFFERED: "Places are held for them until the offer expires.",
        WaitingState.TAKEN: "They took the offer up; its registration says what became of it.",
        WaitingState.LAPSED: "The offer expired; its places went to the next.",
        WaitingState.LEFT: "They wait no longer, or declined.",
    },
)

AttendeeStatus = _described(
    AttendeeState,
    "AttendeeStatus",
    "Whether an attendee has a place.",
    {
        AttendeeState.RESERVED: "A place is held.",
        AttendeeState.VALID: "There is a place: let them in.",
        AttendeeState.CANCELLED: "There is none any more.",
    },
)

PaymentStatus = _described(
    PaymentState,
    "PaymentStatus",
    "How far a payment has come.",
    {
        PaymentState.PENDING: "It waits for whoever pays.",
        PaymentState.AUTHORIZED: "Whoever pays has done their part; the money is on its way.",
        PaymentState.SUCCEEDED: "The money came.",
        PaymentState.FAILED: "The last attempt came to nothing; another may be made.",
        PaymentState.PARTIALLY_REFUNDED: "A part of the money went back.",
        PaymentState.REFUNDED: "All of the money went back.",
    },
)

PaymentProblem = _described(
    Problem,
    "PaymentProblem",
    "Why money that came is not kept, and goes back.",
    {
        Problem.AMOUNT_DIFFERS: "Another amount came than the registration costs.",
        Problem.CURRENCY_DIFFERS: "It came in another currency.",
        Problem.HOLD_EXPIRED: "It came after the hold was over, and others have the places.",
        Problem.ORDER_CANCELLED: "The registration was cancelled before it came.",
        Problem.PAID_TWICE: "The registration was paid before.",
    },
)

RefundStatus = _described(
    RefundState,
    "RefundStatus",
    "How far a refund has come.",
    {
        RefundState.PENDING: "The provider is asked for it.",
        RefundState.SUCCEEDED: "The money is on its way back.",
        RefundState.FAILED: "The provider could not give it back: somebody has to look.",
    },
)
