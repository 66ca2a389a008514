"""The terms of a seller, as its staff enter them: price rules, vouchers, taxes, and rules on who may buy."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, and_, exists, false, func, literal_column, or_, select

from db.deployment import INSIDE
from db.models import Package, Ticket
from db.pricing_models import EligibilityRule, PriceRule, Tax, Voucher
from db.rows import EligibilityRow, PriceRuleRow, TaxRow, VoucherRow
from db.statements.paging import Keyset, Listing, Lookup
from db.statements.terms import RULE_COLUMNS
from db.visibility import ORGANISATION_OF, ROWS, Sight, by_sight, columns_of, is_own, sifting


def _currency_of(owner: type[Ticket | Package], its: ColumnElement[bool]) -> ColumnElement[Any]:
    return select(owner.price_currency).where(its).correlate(PriceRule).scalar_subquery()


_CURRENCY: Final = func.coalesce(
    _currency_of(Ticket, Ticket.ticket_id == PriceRule.ticket_id),
    _currency_of(Package, Package.package_id == PriceRule.package_id),
).label("currency")

_PLAIN_PRICE_RULES: Final = columns_of(
    PriceRule,
    (
        PriceRule.rule_id,
        PriceRule.organisation_id,
        PriceRule.function_id,
        PriceRule.ticket_id,
        PriceRule.package_id,
        PriceRule.kind,
        PriceRule.name,
        PriceRule.until,
        PriceRule.sold_below,
        PriceRule.membership,
        PriceRule.amount,
        PriceRule.share_off,
        PriceRule.version,
    ),
    {},
)
_PRICE_RULES: Final = by_sight(lambda sight: (*_PLAIN_PRICE_RULES[sight], _CURRENCY))

_VOUCHERS: Final = columns_of(
    Voucher,
    (
        Voucher.voucher_id,
        Voucher.organisation_id,
        Voucher.function_id,
        Voucher.ticket_id,
        Voucher.package_id,
        Voucher.kind,
        Voucher.share_off,
        Voucher.amount,
        Voucher.currency,
        Voucher.max_uses,
        Voucher.used,
        Voucher.valid_from,
        Voucher.valid_until,
        Voucher.version,
    ),
    {Voucher.code: "MANAGER"},
)

_TAXES: Final = columns_of(Tax, (Tax.tax_id, Tax.organisation_id, Tax.name, Tax.rate, Tax.is_included, Tax.version), {})


def _staffs(model: type[PriceRule | Voucher | Tax | EligibilityRule], sight: Sight) -> ColumnElement[bool]:
    """What staff see of their own, and nobody else; it sifts, since lists are walked in the order of their owner."""
    if not sight.is_privileged:
        return false()
    inside = [] if sight.part is None else [INSIDE[sight.part][model]]
    return sifting(and_(is_own(ORGANISATION_OF[model]), model.deleted_at.is_(None), *inside))


def _rule_is_seen(sight: Sight) -> ColumnElement[bool]:
    """With the ticket or the package that it is about."""
    one = literal_column("1", Integer)
    ticket = exists(one).where(Ticket.ticket_id == EligibilityRule.ticket_id, ROWS[sight].tickets)
    package = exists(one).where(Package.package_id == EligibilityRule.package_id, ROWS[sight].packages)
    seen = or_(ticket.correlate(EligibilityRule), package.correlate(EligibilityRule))
    return and_(EligibilityRule.deleted_at.is_(None), sifting(seen))


ELIGIBILITY_RULES_BY_ID: Final = by_sight(
    lambda sight: Lookup(
        "eligibility_rules.by_id",
        EligibilityRow,
        RULE_COLUMNS[sight],
        EligibilityRule.rule_id,
        (_rule_is_seen(sight),),
        sight,
    )
)
PRICE_RULES_BY_ID: Final = by_sight(
    lambda sight: Lookup(
        "price_rules.by_id", PriceRuleRow, _PRICE_RULES[sight], PriceRule.rule_id, (_staffs(PriceRule, sight),), sight
    )
)
VOUCHERS_BY_ID: Final = by_sight(
    lambda sight: Lookup(
        "vouchers.by_id", VoucherRow, _VOUCHERS[sight], Voucher.voucher_id, (_staffs(Voucher, sight),), sight
    )
)
TAXES_BY_ID: Final = by_sight(
    lambda sight: Lookup("taxes.by_id", TaxRow, _TAXES[sight], Tax.tax_id, (_staffs(Tax, sight),), sight)
)

RULES_BY_CREATION: Final = Keyset("CREATION", (EligibilityRule.rule_id,))
PRICE_RULES_BY_CREATION: Final = Keyset("CREATION", (PriceRule.rule_id,))
VOUCHERS_BY_CREATION: Final = Keyset("CREATION", (Voucher.voucher_id,), descending=True)
TAXES_BY_CREATION: Final = Keyset("CREATION", (Tax.tax_id,))

RULES_OF_ORGANISATION: Final = by_sight(
    lambda sight: Listing(
        "organisation.eligibility_rules",
        EligibilityRow,
        RULE_COLUMNS[sight],
        (_staffs(EligibilityRule, sight),),
        scope=EligibilityRule.organisation_id,
        sight=sight,
    )
)
PRICE_RULES_OF_ORGANISATION: Final = by_sight(
    lambda sight: Listing(
        "organisation.price_rules",
        PriceRuleRow,
        _PRICE_RULES[sight],
        (_staffs(PriceRule, sight),),
        scope=PriceRule.organisation_id,
        sight=sight,
    )
)
VOUCHERS_OF_ORGANISATION: Final = by_sight(
    lambda sight: Listing(
        "organisation.vouchers",
        VoucherRow,
        _VOUCHERS[sight],
        (_staffs(Voucher, sight),),
        scope=Voucher.organisation_id,
        sight=sight,
    )
)
TAXES_OF_ORGANISATION: Final = by_sight(
    lambda sight: Listing(
        "organisation.taxes", TaxRow, _TAXES[sight], (_staffs(Tax, sight),), scope=Tax.organisation_id, sight=sight
    )
)
