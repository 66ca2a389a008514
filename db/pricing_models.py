"""The tables of who pays what: price rules, vouchers, eligibility, memberships and taxes.

Rates and percentages are whole millionths: 21 % is 210000.
"""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from db import checks
from db.base import Base
from domain.sales import EligibilityKind, PriceRuleKind, VoucherKind


class Dated:
    """When a row was made, changed and (softly) deleted, and how often it was changed."""

    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    deleted_at: Mapped[dt.datetime | None]
    version: Mapped[int] = mapped_column(server_default=text("1"))


class PriceRule(Dated, Base):
    """Another price for a ticket, a package, or all that a function sells: early, while few are sold, for members.

    The price is an amount, or the list price less a share. Of several that hold, the lowest price counts.
    """

    __tablename__ = "price_rules"

    rule_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.organisation_id"))
    function_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("functions.function_id"))
    ticket_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("event_tickets.ticket_id"))
    package_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("packages.package_id"))
    kind: Mapped[str]
    name: Mapped[str]
    until: Mapped[dt.datetime | None]
    sold_below: Mapped[int | None]
    membership: Mapped[str | None]
    amount: Mapped[int | None] = mapped_column(BigInteger)
    share_off: Mapped[int | None]

    __table_args__ = (
        CheckConstraint("num_nonnulls(function_id, ticket_id, package_id) = 1", name="one_target"),
        checks.one_of("kind", (kind.value for kind in PriceRuleKind)),
        checks.label("name"),
        checks.label("membership"),
        *checks.moments("until"),
        CheckConstraint("(kind = 'EARLY_BIRD') = (until IS NOT NULL)", name="early_bird_until"),
        CheckConstraint(
            "(kind = 'TIER') = (sold_below IS NOT NULL) AND (sold_below IS NULL OR sold_below >= 1)", name="tier_size"
        ),
        CheckConstraint("kind = 'MEMBER' OR membership IS NULL", name="membership_of_member"),
        CheckConstraint("num_nonnulls(amount, share_off) = 1", name="one_price"),
        CheckConstraint("function_id IS NULL OR amount IS NULL", name="share_of_a_function"),
        *checks.not_negative("amount"),
        checks.share("share_off"),
        checks.version(),
        *(Index(f"ix_price_rules_{column}", column) for column in ("function_id", "ticket_id", "package_id")),
        Index("ix_price_rules_organisation_id", "organisation_id", "rule_id"),
    )


class Voucher(Dated, Base):
    """A code that lowers a price, as often as it may be used; `used` counts what `voucher_uses` holds."""

    __tablename__ = "vouchers"

    voucher_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.organisation_id"))
    function_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("functions.function_id"))
    ticket_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("event_tickets.ticket_id"))
    package_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("packages.package_id"))
    code: Mapped[str]
    kind: Mapped[str]
    share_off: Mapped[int | None]
    amount: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None]
    max_uses: Mapped[int | None]
    used: Mapped[int] = mapped_column(server_default=text("0"))
    valid_from: Mapped[dt.datetime | None]
    valid_until: Mapped[dt.datetime | None]

    __table_args__ = (
        CheckConstraint("num_nonnulls(function_id, ticket_id, package_id) <= 1", name="one_target"),
        CheckConstraint("code ~ '^[0-9A-Z][0-9A-Z_-]{2,63}$'", name="code_well_formed"),
        checks.one_of("kind", (kind.value for kind in VoucherKind)),
        CheckConstraint("(kind = 'PERCENTAGE') = (share_off IS NOT NULL)", name="share_of_percentage"),
        CheckConstraint(
            "(kind <> 'PERCENTAGE') = (amount IS NOT NULL) AND (amount IS NULL) = (currency IS NULL)",
            name="amount_with_currency",
        ),
        checks.share("share_off"),
        *checks.not_negative("amount", "used"),
        checks.currency(),
        CheckConstraint("used <= max_uses", name="never_overused"),
        *checks.moments("valid_from", "valid_until"),
        CheckConstraint("valid_until >= valid_from", name="valid_until_not_before_start"),
        checks.version(),
        Index("ix_vouchers_organisation_id", "organisation_id", "voucher_id"),
        Index("uq_vouchers_code", "organisation_id", "code", unique=True, postgresql_where=text("deleted_at IS NULL")),
    )


class VoucherUse(Base):
    """An order in which a voucher counts; gone when the order came to nothing, and the voucher may be used again."""

    __tablename__ = "voucher_uses"

    registration_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("registrations.registration_id"), primary_key=True)
    voucher_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("vouchers.voucher_id"))
    used_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())

    __table_args__ = (Index("ix_voucher_uses_voucher_id", "voucher_id"),)


class EligibilityRule(Dated, Base):
    """Who may buy a ticket or a package; where there are several rules, one that holds is enough."""

    __tablename__ = "eligibility_rules"

    rule_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.organisation_id"))
    ticket_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("event_tickets.ticket_id"))
    package_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("packages.package_id"))
    kind: Mapped[str]
    membership: Mapped[str | None]
    member_of_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organisations.organisation_id"))
    description: Mapped[str]

    __table_args__ = (
        checks.one_item(),
        checks.one_of("kind", (kind.value for kind in EligibilityKind)),
        checks.label("membership"),
        CheckConstraint("kind = 'MEMBERSHIP' OR membership IS NULL", name="membership_of_membership"),
        CheckConstraint("(kind = 'ORGANISATION') = (member_of_id IS NOT NULL)", name="organisation_named"),
        checks.heading("description"),
        checks.version(),
        *(Index(f"ix_eligibility_rules_{column}", column) for column in ("ticket_id", "package_id")),
        Index("ix_eligibility_rules_organisation_id", "organisation_id", "rule_id"),
    )


class Membership(Base):
    """A customer who is a member of an organisation, without working for it; `kind` is the organisation's word."""

    __tablename__ = "memberships"

    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.organisation_id"), primary_key=True)
    customer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customers.customer_id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    valid_from: Mapped[dt.datetime | None]
    valid_until: Mapped[dt.datetime | None]

    __table_args__ = (
        checks.label("kind"),
        *checks.moments("valid_from", "valid_until"),
        CheckConstraint("valid_until >= valid_from", name="valid_until_not_before_start"),
        Index("ix_memberships_customer_id", "customer_id"),
    )


class Tax(Dated, Base):
    """A tax by name and rate: in the price already, or added to it."""

    __tablename__ = "taxes"

    tax_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.organisation_id"))
    name: Mapped[str]
    rate: Mapped[int]
    is_included: Mapped[bool]

    __table_args__ = (
        checks.label("name"),
        CheckConstraint("rate BETWEEN 0 AND 10000000", name="rate_in_range"),
        checks.version(),
        Index("ix_taxes_organisation_id", "organisation_id", "tax_id"),
    )


class TicketTax(Base):
    """A tax that falls on a ticket, whether sold by itself or in a package."""

    __tablename__ = "ticket_taxes"

    ticket_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event_tickets.ticket_id"), primary_key=True)
    ticket_is_public: Mapped[bool]
    tax_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("taxes.tax_id"), primary_key=True)

    __table_args__ = (Index("ix_ticket_taxes_tax_id", "tax_id"),)
