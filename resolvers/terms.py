"""Reading on which terms something is sold: who may buy it, and the taxes on it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from db.rows import EligibilityRow, PackageRow, TicketRow
from db.statement import Statement
from db.statements import terms
from domain.money import Money
from domain.orders import Buyer, Eligibility
from domain.prices import Tax, taxes_on
from domain.sales import EligibilityKind
from resolvers.context import Context
from resolvers.touching import of_rules, of_taxes

Membership = tuple[uuid.UUID, str]
"""Of which organisation, and of what kind."""


@dataclass(frozen=True, slots=True)
class TaxShown:
    """A tax, and what it comes to; the rate is in millionths."""

    name: str
    rate: int
    is_included: bool
    amount: Money


def rates_of(taxes: Sequence[TaxShown]) -> list[str]:
    """The rate of each tax as a decimal: `0.21`."""
    return [decimal_of(tax.rate) for tax in taxes]


def decimal_of(millionths: int) -> str:
    """Millionths as a decimal: `0.21`."""
    whole, part = divmod(millionths, 1_000_000)
    return f"{whole}.{part:06}".rstrip("0").removesuffix(".")


async def taxes_of_tickets(context: Context, parents: Sequence[TicketRow]) -> list[list[TaxShown]]:
    """The taxes on each ticket, by id, and what they come to on its price."""
    taxes: dict[uuid.UUID, list[Tax]] = {ticket["ticket_id"]: [] for ticket in parents}
    statement = terms.TAXES_OF_TICKETS[context.sight]
    for row in await context.fetch(statement, {"keys": list(taxes)}, of_taxes(list(taxes))):
        taxes[row["ticket_id"]].append(Tax(row["tax_id"], row["name"], row["rate"], row["is_included"]))
    return [_on(ticket, taxes[ticket["ticket_id"]]) for ticket in parents]


def _on(ticket: TicketRow, taxes: list[Tax]) -> list[TaxShown]:
    owed = taxes_on(ticket["price_amount"], sorted(taxes, key=lambda tax: tax.tax_id))
    return [
        TaxShown(tax.name, tax.rate, tax.is_included, Money(amount, ticket["price_currency"]))
        for tax, amount in owed.items()
    ]


async def eligibility_of_tickets(context: Context, parents: Sequence[TicketRow]) -> list[list[EligibilityRow]]:
    """The rules on who may buy each ticket, oldest first."""
    keys = [ticket["ticket_id"] for ticket in parents]
    return await _eligibility(context, terms.ELIGIBILITY_OF_TICKETS[context.sight], "ticket_id", keys)


async def eligibility_of_packages(context: Context, parents: Sequence[PackageRow]) -> list[list[EligibilityRow]]:
    """The rules on who may buy each package, oldest first."""
    keys = [package["package_id"] for package in parents]
    return await _eligibility(context, terms.ELIGIBILITY_OF_PACKAGES[context.sight], "package_id", keys)


async def _eligibility(
    context: Context, statement: Statement[EligibilityRow], column: str, keys: Sequence[uuid.UUID]
) -> list[list[EligibilityRow]]:
    rules: dict[uuid.UUID, list[EligibilityRow]] = {key: [] for key in keys}
    for row in await context.fetch(statement, {"keys": list(rules)}, of_rules(list(rules))):
        rules[row[column]].append(row)
    return [sorted(rules[key], key=lambda rule: rule["rule_id"]) for key in keys]


def codes_of(rules: Sequence[EligibilityRow]) -> list[EligibilityKind]:
    """What each rule is about."""
    return [EligibilityKind(rule["kind"]) for rule in rules]


async def viewer_meets(context: Context, parents: Sequence[EligibilityRow]) -> list[bool | None]:
    """Whether each rule is about whoever asks; None where that hangs on the code that they order with."""
    viewer = context.viewer
    (memberships,) = await context.batches.lookup(_memberships, [viewer.customer_id])
    works_for = frozenset(each.organisation_id for each in viewer.memberships)
    buyer = Buyer(memberships or frozenset(), works_for)
    return [buyer.meets(_rule(rule), rule["organisation_id"]) for rule in parents]


def _rule(row: EligibilityRow) -> Eligibility:
    return Eligibility(EligibilityKind(row["kind"]), row["description"], row["membership"], row["member_of_id"])


async def _memberships(context: Context, customers: list[uuid.UUID]) -> Mapping[uuid.UUID, frozenset[Membership]]:
    """What the viewer, the only one of the customers, is a member of now."""
    rows = await context.fetch(terms.MEMBERSHIPS, {"now": context.now})
    return dict.fromkeys(customers, frozenset((row["organisation_id"], row["kind"]) for row in rows))
