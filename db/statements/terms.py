"""On which terms something is sold, as buyers are shown it: who may buy it, and the taxes on it."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import TIMESTAMP, Select, Uuid, bindparam, or_, select, true

from db.pricing_models import EligibilityRule, Membership, Tax, TicketTax
from db.rows import EligibilityRow, Row
from db.statement import Statement, compile_statement
from db.statements.paging import Column, fenced, key_table
from db.visibility import Sight, by_sight, columns_of

RULE_COLUMNS: Final = columns_of(
    EligibilityRule,
    (
        EligibilityRule.rule_id,
        EligibilityRule.organisation_id,
        EligibilityRule.ticket_id,
        EligibilityRule.package_id,
        EligibilityRule.kind,
        EligibilityRule.description,
        EligibilityRule.membership,
        EligibilityRule.member_of_id,
        EligibilityRule.version,
    ),
    {},
)


def _eligibility(name: str, owner: Column, sight: Sight) -> Statement[EligibilityRow]:
    key = key_table()
    rule = fenced(select(*RULE_COLUMNS[sight]).where(owner == key.c.key, EligibilityRule.deleted_at.is_(None)), "rule")
    return compile_statement(name, select(rule).select_from(key.join(rule, true())), EligibilityRow, sight)


def _taxes_of_tickets(sight: Sight) -> Statement[Row]:
    key = key_table()
    link = fenced(select(TicketTax.tax_id).where(TicketTax.ticket_id == key.c.key), "link")
    tax = fenced(
        select(Tax.tax_id, Tax.name, Tax.rate, Tax.is_included).where(
            Tax.tax_id == link.c.tax_id, Tax.deleted_at.is_(None)
        ),
        "tax",
    )
    query: Select[Any] = select(key.c.key.label("ticket_id"), tax)
    query = query.select_from(key.join(link, true()).join(tax, true()))
    return compile_statement("ticket.taxes", query, Row, sight)


def _memberships() -> Statement[Row]:
    now = bindparam("now", type_=TIMESTAMP(timezone=True))
    query = select(Membership.organisation_id, Membership.kind).where(
        Membership.customer_id == bindparam("own", type_=Uuid),
        or_(Membership.valid_from.is_(None), Membership.valid_from <= now),
        or_(Membership.valid_until.is_(None), now < Membership.valid_until),
    )
    return compile_statement("viewer.memberships", query, Row, Sight.PRIVILEGED)


ELIGIBILITY_OF_TICKETS: Final = by_sight(
    lambda sight: _eligibility("ticket.eligibility", EligibilityRule.ticket_id, sight)
)
"""The rules on who may buy each ticket that was seen."""

ELIGIBILITY_OF_PACKAGES: Final = by_sight(
    lambda sight: _eligibility("package.eligibility", EligibilityRule.package_id, sight)
)
"""The same of packages."""

TAXES_OF_TICKETS: Final = by_sight(_taxes_of_tickets)
"""The taxes on each ticket that was seen."""

MEMBERSHIPS: Final = _memberships()
"""What the viewer is a member of, at the moment `now`."""
