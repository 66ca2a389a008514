"""What staff say of prices, vouchers, taxes and who may buy: what is left out stays as it is, and null clears it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import strawberry

from schema.enums import EligibilityCode, PriceRuleCode, VoucherCode
from schema.inputs import optional
from schema.scalars import CurrencyCode


@strawberry.input(
    description="A price rule; to enter one, `kind`, `name`, one of `functionId`, `ticketId` and `packageId`, and one "
    "of `amount` and `shareOff` are needed."
)
class PriceRuleInput:
    """`domain.terms.PRICE_RULE`, as clients write it."""

    function_id: strawberry.ID | None = optional("For all that this function sells, a share off; that stays so.")
    ticket_id: strawberry.ID | None = optional("For this ticket; that stays so.")
    package_id: strawberry.ID | None = optional("For this package; that stays so.")
    kind: PriceRuleCode | None = optional("When it holds.")  # type: ignore[valid-type] # an enum by another name
    name: str | None = optional("Its name.")
    until: dt.datetime | None = optional("Until when, for `EARLY_BIRD`.")
    sold_below: int | None = optional("For how many that are sold, for `TIER`.")
    membership: str | None = optional("For members of which kind, for `MEMBER`; those of any, where it is left out.")
    amount: Decimal | None = optional("The price, in major units of the currency of what it is a price of.")
    share_off: Decimal | None = optional('Which part of the list price is taken off, such as `"0.15"`.')


@strawberry.input(
    description="A voucher; to enter one, `organisationId`, `code` and `kind` are needed, and `shareOff`, or `amount` "
    "and `currency`. It is good for everything that the organisation sells, unless it names one thing."
)
class VoucherInput:
    """`domain.terms.VOUCHER`, as clients write it."""

    organisation_id: strawberry.ID | None = optional("Whose it is; that stays so.")
    function_id: strawberry.ID | None = optional("For what this function sells; that stays so.")
    ticket_id: strawberry.ID | None = optional("For this ticket; that stays so.")
    package_id: strawberry.ID | None = optional("For this package; that stays so.")
    code: str | None = optional("What is typed in: plain letters in whichever case, digits, hyphens, underscores.")
    kind: VoucherCode | None = optional("What it does.")  # type: ignore[valid-type] # the same
    share_off: Decimal | None = optional('The share that `PERCENTAGE` takes off, such as `"0.15"`.')
    amount: Decimal | None = optional("The amount of `AMOUNT` and `FIXED_PRICE`, in major units of the currency.")
    currency: CurrencyCode | None = optional("The currency of the amount; to change it, the amount is needed too.")
    max_uses: int | None = optional("In how many orders it may count; null for any number.")
    valid_from: dt.datetime | None = optional("From when on; null for at once.")
    valid_until: dt.datetime | None = optional("Until when; null for ever.")


@strawberry.input(
    description="A tax; to enter one, all of it is needed. Which tickets it is on, `TicketInput.taxIds` says."
)
class TaxInput:
    """`domain.terms.TAX`, as clients write it."""

    organisation_id: strawberry.ID | None = optional("Whose it is; that stays so.")
    name: str | None = optional("Its name.")
    rate: Decimal | None = optional('Its rate, such as `"0.21"`.')
    is_included: bool | None = optional("Whether it is in the prices; else it comes on top.")


@strawberry.input(
    description="A rule on who may buy; to enter one, `code`, `description`, and one of `ticketId` and `packageId` are "
    "needed."
)
class EligibilityRuleInput:
    """`domain.terms.ELIGIBILITY_RULE`, as clients write it."""

    ticket_id: strawberry.ID | None = optional("Who may buy this ticket; that stays so.")
    package_id: strawberry.ID | None = optional("Who may buy this package; that stays so.")
    code: EligibilityCode | None = optional("What is asked for.")  # type: ignore[valid-type] # the same
    membership: str | None = optional("The kind of member, for `MEMBERSHIP`; any, where it is left out.")
    member_of_id: strawberry.ID | None = optional("The organisation, for `ORGANISATION`.")
    description: str | None = optional("The same in words, for whoever may not.")
