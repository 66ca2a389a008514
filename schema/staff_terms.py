"""The terms of a seller, as its staff see them: price rules, vouchers and taxes. Nothing of them is for others."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, Union

import strawberry

from auth.permissions import Permission
from domain.sales import PriceRuleKind, VoucherKind
from resolvers.staff_terms import about, amounts_of, decimals_of, kinds_of
from schema.eligibility import PUBLIC, STAFFS, VERSION
from schema.enums import PriceRuleCode, VoucherCode
from schema.fields import column, derived, edge
from schema.function import Function
from schema.money import Money
from schema.node import Node, global_id
from schema.package import Package
from schema.ticket import Ticket

SaleTarget = Annotated[
    Union[Function, Ticket, Package],  # noqa: UP007 - Strawberry reads this form alone
    strawberry.union("SaleTarget", description="What a price rule or a voucher is about."),
]


@strawberry.type(description="Another price than the list price, while it holds; of several the lowest counts.")
class PriceRule(Node):
    """A row of `price_rules`, for staff."""

    id: strawberry.ID = global_id("PriceRule", "rule_id", PUBLIC)
    kind: PriceRuleCode = derived(  # type: ignore[valid-type] # the same
        kinds_of(PriceRuleKind), "When it holds.", reads=["kind"], permission=STAFFS
    )
    name: str = column("Its name.", permission=STAFFS)
    until: dt.datetime | None = column("Until when, for `EARLY_BIRD`.", permission=STAFFS)
    sold_below: int | None = column("For how many that are sold, for `TIER`.", permission=STAFFS)
    membership: str | None = column(
        "For members of which kind, for `MEMBER`; null for those of any.", permission=STAFFS
    )
    amount: Money | None = derived(
        amounts_of, "The price; null where a share is taken off.", reads=["amount", "currency"], permission=STAFFS
    )
    share_off: Decimal | None = derived(
        decimals_of("share_off"),
        'Which part of the list price is taken off: `"0.15"`; null where there is an amount.',
        reads=["share_off"],
        permission=STAFFS,
    )
    applies_to: SaleTarget | None = edge(
        about, "What it is a price of.", reads=["function_id", "ticket_id", "package_id"], permission=STAFFS
    )
    version: int = column(VERSION, permission=STAFFS)


@strawberry.type(description="A code that lowers a price, or lets something be bought.")
class Voucher(Node):
    """A row of `vouchers`, for staff."""

    id: strawberry.ID = global_id("Voucher", "voucher_id", PUBLIC)
    code: str | None = column("What is typed in, in whichever case.", permission=Permission.MANAGER)
    kind: VoucherCode = derived(  # type: ignore[valid-type] # the same
        kinds_of(VoucherKind), "What it does.", reads=["kind"], permission=STAFFS
    )
    share_off: Decimal | None = derived(
        decimals_of("share_off"),
        'The share that `PERCENTAGE` takes off: `"0.15"`.',
        reads=["share_off"],
        permission=STAFFS,
    )
    amount: Money | None = derived(
        amounts_of, "The amount of `AMOUNT` and `FIXED_PRICE`.", reads=["amount", "currency"], permission=STAFFS
    )
    max_uses: int | None = column("In how many orders it may count; null for any number.", permission=STAFFS)
    used: int = column("In how many orders it counts, those on hold among them.", permission=STAFFS)
    valid_from: dt.datetime | None = column("From when on; null for at once.", permission=STAFFS)
    valid_until: dt.datetime | None = column("Until when; null for ever.", permission=STAFFS)
    applies_to: SaleTarget | None = edge(
        about,
        "What it is good for; null for everything that its organisation sells.",
        reads=["function_id", "ticket_id", "package_id"],
        permission=STAFFS,
    )
    version: int = column(f"{VERSION[:-1]}; to be used is no change.", permission=STAFFS)


@strawberry.type(description="A tax, which falls on the tickets that it was put on.")
class Tax(Node):
    """A row of `taxes`, for staff."""

    id: strawberry.ID = global_id("Tax", "tax_id", PUBLIC)
    name: str = column("Its name.", permission=STAFFS)
    rate: Decimal = derived(decimals_of("rate"), 'Its rate: `"0.21"`.', reads=["rate"], permission=STAFFS)
    is_included: bool = column("Whether it is in the prices; else it comes on top.", permission=STAFFS)
    version: int = column(VERSION, permission=STAFFS)
