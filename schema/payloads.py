"""What mutations answer with: what was changed, or why nothing was."""

from __future__ import annotations

import strawberry

from resolvers import lookups, staff_terms
from resolvers.flags import changed_flag_of
from resolvers.payloads import (
    changed,
    changed_node,
    entry_changed,
    guest_tokens_of,
    payment_changed,
    registration_changed,
    registration_paid,
)
from schema.eligibility import EligibilityRule
from schema.event import Event
from schema.fields import column, edge
from schema.flag import FeatureFlag
from schema.function import Function
from schema.node import Node
from schema.package import Package
from schema.payment import Payment
from schema.registration import Registration
from schema.staff_terms import PriceRule, Tax, Voucher
from schema.ticket import CapacityPool, Ticket
from schema.user_error import UserError
from schema.waiting import WaitingListEntry

_CHANGED = "It as it now is; null where nothing was done."
_ERRORS = "Why nothing was done; none where it was."


@strawberry.type(description="A function that was entered or changed.")
class FunctionPayload:
    """`resolvers.payloads.Payload` of a function, shown."""

    function: Function | None = edge(changed(lookups.FUNCTIONS), _CHANGED)
    user_errors: list[UserError] = column(_ERRORS)


@strawberry.type(description="An event that was entered or changed.")
class EventPayload:
    """`resolvers.payloads.Payload` of an event, shown."""

    event: Event | None = edge(changed(lookups.EVENTS), _CHANGED)
    user_errors: list[UserError] = column(_ERRORS)


@strawberry.type(description="A ticket that was entered or changed.")
class TicketPayload:
    """`resolvers.payloads.Payload` of a ticket, shown."""

    ticket: Ticket | None = edge(changed(lookups.TICKETS), _CHANGED)
    user_errors: list[UserError] = column(_ERRORS)


@strawberry.type(description="A package that was entered or changed.")
class PackagePayload:
    """`resolvers.payloads.Payload` of a package, shown."""

    package: Package | None = edge(changed(lookups.PACKAGES), _CHANGED)
    user_errors: list[UserError] = column(_ERRORS)


@strawberry.type(description="A pool of places that was entered or changed.")
class PoolPayload:
    """`resolvers.payloads.Payload` of a pool, shown to those who may change pools."""

    pool: CapacityPool | None = edge(changed(lookups.POOLS), _CHANGED)
    user_errors: list[UserError] = column(_ERRORS)


@strawberry.type(description="A price rule that was entered or changed.")
class PriceRulePayload:
    """`resolvers.payloads.Payload` of a price rule, shown."""

    price_rule: PriceRule | None = edge(changed(staff_terms.PRICE_RULES), _CHANGED)
    user_errors: list[UserError] = column(_ERRORS)


@strawberry.type(description="A voucher that was entered or changed.")
class VoucherPayload:
    """`resolvers.payloads.Payload` of a voucher, shown."""

    voucher: Voucher | None = edge(changed(staff_terms.VOUCHERS), _CHANGED)
    user_errors: list[UserError] = column(_ERRORS)


@strawberry.type(description="A tax that was entered or changed.")
class TaxPayload:
    """`resolvers.payloads.Payload` of a tax, shown."""

    tax: Tax | None = edge(changed(staff_terms.TAXES), _CHANGED)
    user_errors: list[UserError] = column(_ERRORS)


@strawberry.type(description="A rule on who may buy that was entered or changed.")
class EligibilityRulePayload:
    """`resolvers.payloads.Payload` of a rule on who may buy, shown."""

    eligibility_rule: EligibilityRule | None = edge(changed(staff_terms.ELIGIBILITY_RULES), _CHANGED)
    user_errors: list[UserError] = column(_ERRORS)


@strawberry.type(description="Something that was deleted, with all that belongs to it.")
class DeletePayload:
    """`resolvers.payloads.Payload` of a global id, shown."""

    result: strawberry.ID | None = column("Its id; null where nothing was done.", name="deletedId")
    user_errors: list[UserError] = column(_ERRORS)


@strawberry.type(description="Something that was brought back, with all that was deleted with it.")
class RestorePayload:
    """`resolvers.payloads.Payload` of a global id, shown as what it names."""

    node: Node | None = edge(changed_node, _CHANGED)
    user_errors: list[UserError] = column(_ERRORS)


@strawberry.type(description="A registration that was made or moved on.")
class RegistrationPayload:
    """`resolvers.payloads.Payload` of a registration, shown."""

    registration: Registration | None = edge(
        registration_changed, "The registration as it now is; null where nothing was done."
    )
    guest_token: str | None = edge(
        guest_tokens_of,
        "Lets whoever holds it see and move on the registration: pass it as a bearer token, or to `registration`. "
        "Given to whoever ordered without an account, and to nobody else: keep it.",
    )
    user_errors: list[UserError] = column(_ERRORS)


@strawberry.type(description="A place on a waiting list that was taken or left.")
class WaitingListPayload:
    """`resolvers.payloads.Payload` of an entry, shown."""

    entry: WaitingListEntry | None = edge(entry_changed, _CHANGED)
    guest_token: str | None = edge(
        guest_tokens_of,
        "Lets whoever holds it see and move on the entry, and the registration that may be offered. Given to whoever "
        "waits without an account, and to nobody else: keep it.",
    )
    user_errors: list[UserError] = column(_ERRORS)


@strawberry.type(description="A payment that was started, or refunded.")
class PaymentPayload:
    """`resolvers.payloads.Payload` of a payment, shown."""

    payment: Payment | None = edge(payment_changed, _CHANGED)
    registration: Registration | None = edge(registration_paid, "What it is for, as it now is.")
    user_errors: list[UserError] = column(_ERRORS)


@strawberry.type(description="A feature flag that was changed.")
class FlagPayload:
    """`resolvers.payloads.Payload` of a flag, shown."""

    feature_flag: FeatureFlag | None = edge(changed_flag_of, _CHANGED)
    user_errors: list[UserError] = column(_ERRORS)
