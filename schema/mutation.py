"""Where writing begins."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

import strawberry
from strawberry.scalars import JSON

from auth.permissions import Permission
from commands.catalogue.deleting import delete_node, restore_node
from commands.catalogue.eligibility import upsert_eligibility_rule
from commands.catalogue.events import create_event, update_event
from commands.catalogue.functions import create_function, update_function
from commands.catalogue.packages import upsert_package
from commands.catalogue.pools import upsert_pool
from commands.catalogue.price_rules import upsert_price_rule
from commands.catalogue.taxes import upsert_tax
from commands.catalogue.tickets import upsert_ticket
from commands.catalogue.vouchers import upsert_voucher
from commands.checking_in import check_in_attendee
from commands.flags import update_feature_flag
from commands.function_migration.asking import (
    MOST_SHOWN,
    SHOWN,
    complete_function_migration,
    roll_back_function_migration,
    run_function_migration,
)
from commands.paying.refunding import create_refund
from commands.paying.starting import start_payment
from commands.selling.attending import update_attendees
from commands.selling.moving_on import cancel_registration, complete_registration
from commands.selling.ordering import create_registration
from commands.selling.waiting import accept_offer, join_waiting_list, leave_waiting_list
from schema.check_in import CheckInPayload
from schema.fields import mutation
from schema.inputs import (
    AttendeeInput,
    CreateRegistrationInput,
    EventInput,
    FunctionInput,
    PackageInput,
    PoolInput,
    TicketInput,
    WaitingListInput,
)
from schema.migration import MigrationPayload
from schema.mutating import given
from schema.payloads import (
    DeletePayload,
    EligibilityRulePayload,
    EventPayload,
    FlagPayload,
    FunctionPayload,
    PackagePayload,
    PaymentPayload,
    PoolPayload,
    PriceRulePayload,
    RegistrationPayload,
    RestorePayload,
    TaxPayload,
    TicketPayload,
    VoucherPayload,
    WaitingListPayload,
)
from schema.term_inputs import EligibilityRuleInput, PriceRuleInput, TaxInput, VoucherInput

# ruff: noqa: A002 - arguments have their names in GraphQL

ENTERED = strawberry.argument(description="What to enter.")
CHANGED = strawberry.argument(description="What to change.")
EITHER = strawberry.argument(description="What to enter, or to change.")
Id = Annotated[strawberry.ID, strawberry.argument(description="Its id.")]
Version = Annotated[int, strawberry.argument(description="The version that you have read; any other is a conflict.")]
IdOrNew = Annotated[strawberry.ID | None, strawberry.argument(description="Of what to change; left out for a new one.")]
VersionIfOld = Annotated[
    int | None, strawberry.argument(description="The version that you have read, with `id`; any other is a conflict.")
]


def _new_function(input: Annotated[FunctionInput, ENTERED]) -> Mapping[str, Any]:
    return {"given": given(input)}


def _changed_function(id: Id, version: Version, input: Annotated[FunctionInput, CHANGED]) -> Mapping[str, Any]:
    return {"global_id": id, "version": version, "given": given(input)}


def _new_event(input: Annotated[EventInput, ENTERED]) -> Mapping[str, Any]:
    return {"given": given(input)}


def _changed_event(id: Id, version: Version, input: Annotated[EventInput, CHANGED]) -> Mapping[str, Any]:
    return {"global_id": id, "version": version, "given": given(input)}


def _ticket(
    *, id: IdOrNew = None, version: VersionIfOld = None, input: Annotated[TicketInput, EITHER]
) -> Mapping[str, Any]:
    return {"global_id": id, "version": version, "given": given(input)}


def _package(
    *, id: IdOrNew = None, version: VersionIfOld = None, input: Annotated[PackageInput, EITHER]
) -> Mapping[str, Any]:
    return {"global_id": id, "version": version, "given": given(input)}


def _pool(input: Annotated[PoolInput, EITHER], id: IdOrNew = None, version: VersionIfOld = None) -> Mapping[str, Any]:
    return {"global_id": id, "version": version, "given": given(input)}


def _price_rule(
    input: Annotated[PriceRuleInput, EITHER], id: IdOrNew = None, version: VersionIfOld = None
) -> Mapping[str, Any]:
    return {"global_id": id, "version": version, "given": given(input)}


def _voucher(
    input: Annotated[VoucherInput, EITHER], id: IdOrNew = None, version: VersionIfOld = None
) -> Mapping[str, Any]:
    return {"global_id": id, "version": version, "given": given(input)}


def _tax(input: Annotated[TaxInput, EITHER], id: IdOrNew = None, version: VersionIfOld = None) -> Mapping[str, Any]:
    return {"global_id": id, "version": version, "given": given(input)}


def _eligibility_rule(
    input: Annotated[EligibilityRuleInput, EITHER], id: IdOrNew = None, version: VersionIfOld = None
) -> Mapping[str, Any]:
    return {"global_id": id, "version": version, "given": given(input)}


def _deleted(id: Id, version: Version) -> Mapping[str, Any]:
    return {"global_id": id, "version": version}


def _restored(id: Id) -> Mapping[str, Any]:
    return {"global_id": id}


def _new_registration(
    input: Annotated[CreateRegistrationInput, strawberry.argument(description="What to order, and for whom.")],
) -> Mapping[str, Any]:
    return {"given": given(input)}


def _registration(
    id: Id,
) -> Mapping[str, Any]:
    return {"global_id": id}


def _cancelled(
    id: Id,
    reason: Annotated[str | None, strawberry.argument(description="Why: whoever ordered is told so.")] = None,
) -> Mapping[str, Any]:
    return {"global_id": id, "reason": reason}


def _new_entry(
    input: Annotated[WaitingListInput, strawberry.argument(description="What to wait for, and who does.")],
) -> Mapping[str, Any]:
    return {"given": given(input)}


def _attendees(
    id: Id,
    version: Version,
    attendees: Annotated[list[AttendeeInput], strawberry.argument(description="Who comes, line by line.")],
) -> Mapping[str, Any]:
    return {"global_id": id, "version": version, "attendees": [given(each) for each in attendees]}


def _checked_in(
    code: Annotated[str, strawberry.argument(description="The code, as it was read or typed.")],
    event_id: Annotated[strawberry.ID, strawberry.argument(description="The event at whose door it was shown.")],
    at: Annotated[
        dt.datetime | None,
        strawberry.argument(description="When it was shown, where this is told later; left out for now."),
    ] = None,
    place: Annotated[
        str | None, strawberry.argument(description="Which door, in a word or two: it is told to the next.")
    ] = None,
) -> Mapping[str, Any]:
    return {"code": code, "event_id": event_id, "at": at, "place": place}


def _started_payment(
    registration_id: Annotated[strawberry.ID, strawberry.argument(description="What is to be paid.")],
    provider: Annotated[str, strawberry.argument(description="By whom: `stripe`, or `trial` where that is offered.")],
) -> Mapping[str, Any]:
    return {"registration_id": registration_id, "provider": provider}


def _new_refund(
    payment_id: Annotated[strawberry.ID, strawberry.argument(description="Of which payment.")],
    amount: Annotated[
        Decimal | None,
        strawberry.argument(description="How much; left out, what was paid for the attendees, or all that is left."),
    ] = None,
    attendee_ids: Annotated[
        list[strawberry.ID] | None, strawberry.argument(description="Who loses their place for it.")
    ] = None,
    reason: Annotated[str | None, strawberry.argument(description="Why, for the record.")] = None,
) -> Mapping[str, Any]:
    return {"payment_id": payment_id, "amount": amount, "attendee_ids": attendee_ids, "reason": reason}


def _changed_flag(
    key: Annotated[str, strawberry.argument(description="Its name.")],
    enabled: Annotated[bool | None, strawberry.argument(description="Whether it is on for anyone.")] = None,
    rollout_percentage: Annotated[
        int | None, strawberry.argument(description="For how many of all viewers; from 0 to 100.")
    ] = None,
    segments: Annotated[
        JSON | None,
        strawberry.argument(
            description="For whom it is on whatever the share: lists by `organisations`, `roles`, `clients`, "
            "`customers`; in place of those there were."
        ),
    ] = None,
    reason: Annotated[str | None, strawberry.argument(description="Why, for the audit log.")] = None,
) -> Mapping[str, Any]:
    changes = {"enabled": enabled, "percentage": rollout_percentage, "segments": segments}
    return {"key": key, "given": changes, "reason": reason}


DryRun = Annotated[bool, strawberry.argument(description="Whether to tell what would happen, and change nothing.")]
Reason = Annotated[str | None, strawberry.argument(description="Why, for the audit log.")]


def _migrated(
    dry_run: DryRun = True,  # noqa: FBT002 - as its name in GraphQL
    parent_types: Annotated[
        list[str] | None,
        strawberry.argument(description="Types that make an event a parent; left out, those of the last time."),
    ] = None,
    shown: Annotated[
        int | None,
        strawberry.argument(
            description=f"Functions that a dry run names, from 0 to {MOST_SHOWN:,}; {SHOWN} unless said."
        ),
    ] = None,
    reason: Reason = None,
) -> Mapping[str, Any]:
    return {"dry_run": dry_run, "parent_types": parent_types, "shown": shown, "reason": reason}


def _rolled_back(
    dry_run: DryRun = False,  # noqa: FBT002 - the same
    reason: Reason = None,
) -> Mapping[str, Any]:
    return {"dry_run": dry_run, "reason": reason}


def _completed(
    force: Annotated[bool, strawberry.argument(description="Whether to do so although there are faults.")] = False,  # noqa: FBT002 - the same
    reason: Reason = None,
) -> Mapping[str, Any]:
    return {"force": force, "reason": reason}


@strawberry.type(
    description="Where writing begins. Fields are executed one after the other, each in a transaction of its own."
)
class Mutation:
    """The root of every mutation."""

    create_function: FunctionPayload | None = mutation(
        create_function,
        "Enters a function.",
        arguments=_new_function,
        permission=Permission.MANAGER,
    )
    update_function: FunctionPayload | None = mutation(
        update_function,
        "Changes a function.",
        arguments=_changed_function,
        permission=Permission.MANAGER,
    )
    create_event: EventPayload | None = mutation(
        create_event,
        "Enters an event, of a function or by itself.",
        arguments=_new_event,
        permission=Permission.MANAGER,
    )
    update_event: EventPayload | None = mutation(
        update_event,
        "Changes an event; it may go to another function of its organisation.",
        arguments=_changed_event,
        permission=Permission.MANAGER,
    )
    upsert_ticket: TicketPayload | None = mutation(
        upsert_ticket,
        "Enters a ticket of an event, or changes one.",
        arguments=_ticket,
        permission=Permission.MANAGER,
    )
    upsert_package: PackagePayload | None = mutation(
        upsert_package,
        "Enters a package of a function, or changes one.",
        arguments=_package,
        permission=Permission.MANAGER,
    )
    upsert_pool: PoolPayload | None = mutation(
        upsert_pool,
        "Enters a pool of places, or changes one: it never has fewer than are sold and held.",
        arguments=_pool,
        permission=Permission.MANAGER,
    )
    upsert_price_rule: PriceRulePayload | None = mutation(
        upsert_price_rule,
        "Enters another price of what a function sells, of a ticket or of a package, or changes one.",
        arguments=_price_rule,
        permission=Permission.MANAGER,
    )
    upsert_voucher: VoucherPayload | None = mutation(
        upsert_voucher,
        "Enters a voucher, or changes one: it is never good for fewer orders than it counts in.",
        arguments=_voucher,
        permission=Permission.MANAGER,
    )
    upsert_tax: TaxPayload | None = mutation(
        upsert_tax,
        "Enters a tax, or changes one; `upsertTicket` puts it on tickets.",
        arguments=_tax,
        permission=Permission.MANAGER,
    )
    upsert_eligibility_rule: EligibilityRulePayload | None = mutation(
        upsert_eligibility_rule,
        "Enters a rule on who may buy a ticket or a package, or changes one.",
        arguments=_eligibility_rule,
        permission=Permission.MANAGER,
    )
    delete_node: DeletePayload | None = mutation(
        delete_node,
        "Deletes something that staff have entered: of the catalogue, with all that belongs to it, or of the terms on "
        "which it is sold.",
        arguments=_deleted,
        permission=Permission.MANAGER,
    )
    restore_node: RestorePayload | None = mutation(
        restore_node,
        "Brings back what was deleted, with all that was deleted with it, and nothing else.",
        arguments=_restored,
        permission=Permission.MANAGER,
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
        arguments=_cancelled,
        permission=Permission.PUBLIC,
    )
    join_waiting_list: WaitingListPayload | None = mutation(
        join_waiting_list,
        "Waits for a ticket or a package that cannot be had: what comes free is offered to those who wait, in order.",
        arguments=_new_entry,
        permission=Permission.PUBLIC,
    )
    leave_waiting_list: WaitingListPayload | None = mutation(
        leave_waiting_list,
        "Waits no longer; an offer is declined by it, and goes to the next.",
        arguments=_registration,
        permission=Permission.PUBLIC,
    )
    accept_offer: RegistrationPayload | None = mutation(
        accept_offer,
        "Takes up an offer of the waiting list, by the id of its entry: the registration that holds the places is "
        "paid, or completed, as any other.",
        arguments=_registration,
        permission=Permission.PUBLIC,
    )
    check_in_attendee: CheckInPayload | None = mutation(
        check_in_attendee,
        "Checks somebody in by their code. The earliest counts, whenever it is told, and every other is told which one "
        "that was; the same told twice has no second effect.",
        arguments=_checked_in,
        permission=Permission.DOOR,
    )
    start_payment: PaymentPayload | None = mutation(
        start_payment,
        "Starts to pay a registration, or goes on with a payment of it: its `clientSecret` is for the payer's browser.",
        arguments=_started_payment,
        permission=Permission.PUBLIC,
    )
    create_refund: PaymentPayload | None = mutation(
        create_refund,
        "Gives money back: so much, what was paid for some attendees, or all that is left. Whose money goes back whole "
        "loses the place.",
        arguments=_new_refund,
        permission=Permission.FINANCE,
    )
    update_feature_flag: FlagPayload | None = mutation(
        update_feature_flag,
        "Changes a feature flag, in every process within a second; what is left out stays as it is.",
        arguments=_changed_flag,
        permission=Permission.ADMIN,
    )
    run_function_migration: MigrationPayload | None = mutation(
        run_function_migration,
        "Has workers make functions of all parent events; or tells which, which it does unless told otherwise. Asked "
        "for again, it goes on, and does nothing twice.",
        arguments=_migrated,
        permission=Permission.ADMIN,
        complexity=50,
    )
    roll_back_function_migration: MigrationPayload | None = mutation(
        roll_back_function_migration,
        "Has workers undo the last move: every event that was there before stands where it stood.",
        arguments=_rolled_back,
        permission=Permission.ADMIN,
        complexity=50,
    )
    complete_function_migration: MigrationPayload | None = mutation(
        complete_function_migration,
        "Declares the move complete: what is written to parent events moves nothing among functions any more.",
        arguments=_completed,
        permission=Permission.ADMIN,
        complexity=50,
    )
