"""What is sold, with all that decides who may buy it at which price, read within a transaction of selling.

Only what anyone may see is sold. Each statement gives all of its kind at once, links and rules in JSON.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from typing import Any, Final

from sqlalchemy import and_, bindparam, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.deployment import INSIDE, Within
from db.pricing_models import Voucher as VoucherRow
from db.selling import driver_of
from domain.availability import Sale
from domain.orders import Buyer, Eligibility, Offers, PackageOffer, TicketOffer, VoucherOffer
from domain.prices import PriceRule, Tax, Voucher
from domain.sales import EligibilityKind, PriceRuleKind, VoucherKind

_RULES: Final = """
    (SELECT jsonb_agg(jsonb_build_object('kind', kind, 'name', rule.name, 'until', until, 'sold_below', sold_below,
        'membership', membership, 'amount', amount, 'share_off', share_off) ORDER BY rule_id)
     FROM price_rules AS rule WHERE rule.deleted_at IS NULL AND ({}))
"""
_ELIGIBILITY: Final = """
    (SELECT jsonb_agg(jsonb_build_object('kind', kind, 'description', description, 'membership', membership,
        'member_of', member_of_id) ORDER BY rule_id)
     FROM eligibility_rules AS rule WHERE rule.deleted_at IS NULL AND {})
"""
_HAS_TIERS: Final = "EXISTS (SELECT FROM price_rules AS rule WHERE kind = 'TIER' AND deleted_at IS NULL AND ({}))"
# Whoever sells sets the prices: an event may stand in another organisation's function.
_OF_TICKET: Final = (
    "rule.organisation_id = event.organisation_id "
    "AND (rule.ticket_id = ticket.ticket_id OR rule.function_id = event.function_id)"
)
_OF_PACKAGE: Final = (
    "rule.organisation_id = function.organisation_id "
    "AND (rule.package_id = package.package_id OR rule.function_id = package.function_id)"
)

_TICKETS: Final = f"""
    SELECT ticket.ticket_id, event_id, organisation_id, function_id, ticket.name, price_amount, price_currency,
        min_per_order, max_per_order, sale_start, sale_end,
        (SELECT jsonb_object_agg(pool_id, CASE WHEN capacity IS NULL THEN NULL WHEN awaited = 0
             THEN greatest(capacity - held - pool.sold, 0) ELSE 0 END)
         FROM ticket_pools JOIN capacity_pools AS pool USING (pool_id)
         WHERE ticket_pools.ticket_id = ticket.ticket_id AND pool.deleted_at IS NULL) AS pools,
        (SELECT jsonb_agg(jsonb_build_object('tax_id', tax_id, 'name', tax.name, 'rate', rate,
             'is_included', is_included) ORDER BY tax_id)
         FROM ticket_taxes JOIN taxes AS tax USING (tax_id)
         WHERE ticket_taxes.ticket_id = ticket.ticket_id AND tax.deleted_at IS NULL) AS taxes,
        {_RULES.format(_OF_TICKET)} AS rules,
        {_ELIGIBILITY.format("rule.ticket_id = ticket.ticket_id")} AS eligibility,
        CASE WHEN {_HAS_TIERS.format(_OF_TICKET)} THEN
            (SELECT count(*) FROM attendees WHERE attendees.ticket_id = ticket.ticket_id AND state <> 'CANCELLED')
        ELSE 0 END AS sold
    FROM event_tickets AS ticket JOIN events AS event USING (event_id)
    WHERE ticket.ticket_id = ANY ($1::uuid[]) AND ticket.is_active AND ticket.deleted_at IS NULL
        AND event.is_published AND event.deleted_at IS NULL
"""  # noqa: S608 - conditions declared above

_PACKAGES: Final = f"""
    SELECT package.package_id, function.organisation_id, function_id, package.name, price_amount, price_currency,
        (SELECT jsonb_agg(jsonb_build_array(ticket_id, quantity, allocated_amount) ORDER BY position, ticket_id)
         FROM package_items WHERE package_items.package_id = package.package_id) AS items,
        {_RULES.format(_OF_PACKAGE)} AS rules,
        {_ELIGIBILITY.format("rule.package_id = package.package_id")} AS eligibility,
        CASE WHEN {_HAS_TIERS.format(_OF_PACKAGE)} THEN
            (SELECT coalesce(sum(quantity), 0) FROM registration_lines JOIN registrations USING (registration_id)
             WHERE registration_lines.package_id = package.package_id
                 AND state NOT IN ('DRAFT', 'EXPIRED', 'CANCELLED', 'REFUNDED'))
        ELSE 0 END AS sold
    FROM packages AS package JOIN functions AS function USING (function_id)
    WHERE package.package_id = ANY ($1::uuid[]) AND package.is_active AND package.deleted_at IS NULL
        AND function.is_active AND function.deleted_at IS NULL AND function.organisation_id IS NOT NULL
"""  # noqa: S608 - the same

_VOUCHER: Final = select(
    VoucherRow.voucher_id,
    VoucherRow.kind,
    VoucherRow.share_off,
    VoucherRow.amount,
    VoucherRow.currency,
    VoucherRow.valid_from,
    VoucherRow.valid_until,
    VoucherRow.function_id,
    VoucherRow.ticket_id,
    VoucherRow.package_id,
).where(
    VoucherRow.organisation_id == bindparam("organisation"),
    VoucherRow.code == bindparam("code"),
    VoucherRow.deleted_at.is_(None),
)
_FOR_EVERYTHING: Final = and_(
    VoucherRow.function_id.is_(None), VoucherRow.ticket_id.is_(None), VoucherRow.package_id.is_(None)
)
_MEMBERSHIPS: Final = text("""
    SELECT organisation_id, kind FROM memberships WHERE customer_id = :customer
        AND (valid_from IS NULL OR valid_from <= :now) AND (valid_until IS NULL OR :now < valid_until)
""")


async def offers(
    connection: AsyncConnection, tickets: Collection[uuid.UUID], packages: Collection[uuid.UUID]
) -> Offers:
    """What is sold of these, with the tickets of the packages, and how much room there is for it at this moment."""
    driver = await driver_of(connection)
    packed = [_package(row) for row in await driver.fetch(_PACKAGES, list(packages))] if packages else []
    keys = {*tickets, *(key for offer in packed for key, _, _ in offer.items)}
    sold = [_ticket(row) for row in await driver.fetch(_TICKETS, list(keys))] if keys else []
    return Offers({each.ticket_id: each for each in sold}, {each.package_id: each for each in packed})


def _ticket(row: Mapping[str, Any]) -> TicketOffer:
    pools = {uuid.UUID(pool): left for pool, left in (row["pools"] or {}).items()}
    return TicketOffer(
        row["ticket_id"],
        row["event_id"],
        row["organisation_id"],
        row["function_id"],
        row["name"],
        row["price_amount"],
        row["price_currency"],
        row["min_per_order"],
        row["max_per_order"],
        Sale(row["sale_start"], row["sale_end"]),
        tuple(pools),
        tuple(
            Tax(uuid.UUID(each["tax_id"]), each["name"], each["rate"], each["is_included"])
            for each in row["taxes"] or ()
        ),
        _rules(row),
        _eligibility(row),
        row["sold"],
        {pool: left for pool, left in pools.items() if left is not None},
    )


def _package(row: Mapping[str, Any]) -> PackageOffer:
    return PackageOffer(
        row["package_id"],
        row["organisation_id"],
        row["function_id"],
        row["name"],
        row["price_amount"],
        row["price_currency"],
        tuple((uuid.UUID(ticket), quantity, weight) for ticket, quantity, weight in row["items"] or ()),
        _rules(row),
        _eligibility(row),
        row["sold"],
    )


def _rules(row: Mapping[str, Any]) -> tuple[PriceRule, ...]:
    return tuple(
        PriceRule(
            **{
                **each,
                "kind": PriceRuleKind(each["kind"]),
                "until": None if each["until"] is None else dt.datetime.fromisoformat(each["until"]),
            }
        )
        for each in row["rules"] or ()
    )


def _eligibility(row: Mapping[str, Any]) -> tuple[Eligibility, ...]:
    return tuple(
        Eligibility(
            EligibilityKind(each["kind"]),
            each["description"],
            each["membership"],
            None if each["member_of"] is None else uuid.UUID(each["member_of"]),
        )
        for each in row["eligibility"] or ()
    )


async def voucher(
    connection: AsyncConnection, organisation: uuid.UUID, code: str, within: Within | None
) -> VoucherOffer | None:
    """A seller's voucher by its code, whether it is valid now or not.

    Args:
        connection: of selling.
        organisation: the seller.
        code: as it is stored.
        within: what the deployment shows: a voucher for something else is none. One for all that the seller sells is
            good for what they sell here.
    """
    query, values = _VOUCHER, {"organisation": organisation, "code": code}
    if within is not None:
        query = query.where(or_(_FOR_EVERYTHING, INSIDE[within.part][VoucherRow])).params(within=within.key)
    row = (await connection.execute(query, values)).mappings().one_or_none()
    if row is None:
        return None
    return VoucherOffer(
        row["voucher_id"],
        Voucher(VoucherKind(row["kind"]), row["share_off"] or 0, row["amount"] or 0),
        row["currency"],
        Sale(row["valid_from"], row["valid_until"]),
        row["function_id"],
        row["ticket_id"],
        row["package_id"],
    )


async def buyer(
    connection: AsyncConnection, customer: uuid.UUID | None, works_for: frozenset[uuid.UUID], now: dt.datetime
) -> Buyer:
    """What a customer is a member of now; whoever has no account is no member of anything."""
    if customer is None:
        return Buyer(works_for=works_for)
    rows = await connection.execute(_MEMBERSHIPS, {"customer": customer, "now": now})
    return Buyer(frozenset((organisation, kind) for organisation, kind in rows.all()), works_for)
