"""Reading the terms of a seller, for its staff."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any, TypeVar

from db.rows import (
    EligibilityRow,
    FunctionRow,
    OrganisationRow,
    PackageRow,
    PriceRuleRow,
    Row,
    TaxRow,
    TicketRow,
    VoucherRow,
)
from db.statements import staff_terms
from db.statements.paging import Keyset, Listing
from db.visibility import BySight
from domain.money import Money
from execution.batching import BatchResolver
from resolvers import lookups
from resolvers.context import Context
from resolvers.paging import Page, PageArguments, pages_of
from resolvers.terms import decimal_of

R = TypeVar("R", bound=Row)

ELIGIBILITY_RULES: lookups.Fetch[EligibilityRow] = lookups.by(staff_terms.ELIGIBILITY_RULES_BY_ID)
PRICE_RULES: lookups.Fetch[PriceRuleRow] = lookups.by(staff_terms.PRICE_RULES_BY_ID)
VOUCHERS: lookups.Fetch[VoucherRow] = lookups.by(staff_terms.VOUCHERS_BY_ID)
TAXES: lookups.Fetch[TaxRow] = lookups.by(staff_terms.TAXES_BY_ID)


def _of_organisations(listings: BySight[Listing[R]], order: Keyset) -> BatchResolver:
    async def resolve(
        context: Context, parents: Sequence[OrganisationRow], *, arguments: PageArguments
    ) -> Sequence[Page[R]]:
        keys = [organisation["organisation_id"] for organisation in parents]
        return await pages_of(context, listings[context.sight], order, arguments, keys)

    return resolve


eligibility_rules_of_organisations = _of_organisations(staff_terms.RULES_OF_ORGANISATION, staff_terms.RULES_BY_CREATION)
price_rules_of_organisations = _of_organisations(
    staff_terms.PRICE_RULES_OF_ORGANISATION, staff_terms.PRICE_RULES_BY_CREATION
)
vouchers_of_organisations = _of_organisations(staff_terms.VOUCHERS_OF_ORGANISATION, staff_terms.VOUCHERS_BY_CREATION)
taxes_of_organisations = _of_organisations(staff_terms.TAXES_OF_ORGANISATION, staff_terms.TAXES_BY_CREATION)


async def about(
    context: Context, parents: Sequence[PriceRuleRow | VoucherRow]
) -> list[FunctionRow | TicketRow | PackageRow | None]:
    """What each rule or voucher is about; None where that is nothing in particular, or is no longer to be seen."""
    found = zip(
        await lookups.find(context, lookups.FUNCTIONS, [parent["function_id"] for parent in parents]),
        await lookups.find(context, lookups.TICKETS, [parent["ticket_id"] for parent in parents]),
        await lookups.find(context, lookups.PACKAGES, [parent["package_id"] for parent in parents]),
        strict=True,
    )
    return [function or ticket or package for function, ticket, package in found]


async def asked_for(context: Context, parents: Sequence[EligibilityRow]) -> Sequence[OrganisationRow | None]:
    """The organisation that each rule asks for."""
    return await lookups.find(context, lookups.ORGANISATIONS, [rule["member_of_id"] for rule in parents])


def kinds_of(kinds: type[Enum]) -> Any:  # noqa: ANN401 - a batch function, for `derived`
    """Of which kind each row is."""

    def read(rows: Sequence[Row]) -> list[Enum]:
        return [kinds(row["kind"]) for row in rows]

    return read


def decimals_of(column: str) -> Any:  # noqa: ANN401 - the same
    """The millionths in a column, as decimals."""

    def read(rows: Sequence[Row]) -> list[str | None]:
        return [None if row[column] is None else decimal_of(row[column]) for row in rows]

    return read


def amounts_of(rows: Sequence[PriceRuleRow | VoucherRow]) -> list[Money | None]:
    """The amount of each rule or voucher that has one."""
    return [None if row["amount"] is None else Money(row["amount"], row["currency"]) for row in rows]
