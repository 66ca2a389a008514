"""The tables of orders: registrations with their lines, attendees and taxes, the places that they hold, who waits.

A registration is one order with one seller. Its counters in `capacity_pools` are the sum of what `pool_claims` says;
both are written in one transaction (`db.places`), so that places are given back exactly once.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from db import checks
from db.base import Base
from domain.registrations import HOLDING, SWEPT, RegistrationState
from domain.sales import AttendeeState, WaitingState


def _words(states: frozenset[RegistrationState]) -> str:
    return ", ".join(sorted(f"'{state.value}'::text" for state in states))


class Registration(Base):
    """One order: who takes places for what, how far it has come, and what it comes to.

    `organisation_id` is the seller. Whoever orders is a customer, or a guest known by an e-mail address alone, perhaps
    on behalf of an organisation that is billed. The total is the subtotal, less the discount, with the taxes that are
    not in the prices.
    """

    __tablename__ = "registrations"

    registration_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.organisation_id"))
    function_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("functions.function_id"))
    customer_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("customers.customer_id"))
    billed_to_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organisations.organisation_id"))
    voucher_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("vouchers.voucher_id"))
    confirmation_number: Mapped[str | None]
    state: Mapped[str]
    email: Mapped[str | None]
    locale: Mapped[str | None]
    currency: Mapped[str]
    subtotal_amount: Mapped[int] = mapped_column(BigInteger)
    discount_amount: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    tax_included_amount: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    tax_added_amount: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    total_amount: Mapped[int] = mapped_column(BigInteger)
    hold_expires_at: Mapped[dt.datetime | None]
    confirmed_at: Mapped[dt.datetime | None]
    metadata_: Mapped[dict[str, Any] | None] = mapped_column("metadata")
    internal_notes: Mapped[str | None]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    version: Mapped[int] = mapped_column(server_default=text("1"))

    __table_args__ = (
        checks.one_of("state", (state.value for state in RegistrationState)),
        CheckConstraint("confirmation_number ~ '^[0-9A-Z]{6,20}$'", name="confirmation_number_well_formed"),
        checks.email(),
        checks.locale(),
        checks.currency(),
        *checks.not_negative("subtotal_amount", "discount_amount", "tax_included_amount", "tax_added_amount"),
        *checks.not_negative("total_amount"),
        CheckConstraint(
            "total_amount = subtotal_amount - discount_amount + tax_added_amount", name="total_is_what_it_adds_up_to"
        ),
        CheckConstraint(
            f"state NOT IN ({_words(HOLDING)}) OR hold_expires_at IS NOT NULL", name="hold_expires_while_held"
        ),
        CheckConstraint(
            "state NOT IN ('CONFIRMED', 'PARTIALLY_REFUNDED', 'REFUNDED') "
            "OR confirmation_number IS NOT NULL AND confirmed_at IS NOT NULL",
            name="confirmed_with_number",
        ),
        checks.metadata(),
        checks.notes("internal_notes"),
        checks.version(),
        UniqueConstraint("confirmation_number"),
        Index("ix_registrations_customer_id", "customer_id", "registration_id"),
        Index("ix_registrations_organisation_id", "organisation_id", "registration_id"),
        Index("ix_registrations_organisation_updated", "organisation_id", "updated_at", "registration_id"),
        Index("ix_registrations_function_id", "function_id", "registration_id"),
        Index(
            "ix_registrations_billed_to_id",
            "billed_to_id",
            "registration_id",
            postgresql_where=text("billed_to_id IS NOT NULL"),
        ),
        # What the sweep walks.
        Index(
            "ix_registrations_hold_expires_at",
            "hold_expires_at",
            "registration_id",
            postgresql_where=text(f"state = ANY (ARRAY[{_words(SWEPT)}])"),
        ),
    )


class RegistrationLine(Base):
    """So many of one ticket or one package, at the price they were ordered at.

    `list_amount` is the price of one before any price rule, `unit_amount` the one after them; `breakdown` says how one
    led to the other. The total is that of all pieces, less the discount, with the taxes that are not in the price.
    """

    __tablename__ = "registration_lines"

    line_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    registration_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("registrations.registration_id"))
    position: Mapped[int]
    ticket_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("event_tickets.ticket_id"))
    package_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("packages.package_id"))
    quantity: Mapped[int]
    list_amount: Mapped[int] = mapped_column(BigInteger)
    unit_amount: Mapped[int] = mapped_column(BigInteger)
    discount_amount: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    tax_included_amount: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    tax_added_amount: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    total_amount: Mapped[int] = mapped_column(BigInteger)
    breakdown: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))

    __table_args__ = (
        checks.not_below("position", 0),
        checks.one_item(),
        checks.not_below("quantity", 1),
        *checks.not_negative("list_amount", "unit_amount", "discount_amount", "tax_included_amount"),
        *checks.not_negative("tax_added_amount", "total_amount"),
        CheckConstraint(
            "total_amount = quantity * unit_amount - discount_amount + tax_added_amount",
            name="total_is_what_it_adds_up_to",
        ),
        checks.metadata("breakdown"),
        UniqueConstraint("registration_id", "position"),
        Index("ix_registration_lines_ticket_id", "ticket_id", postgresql_where=text("ticket_id IS NOT NULL")),
        Index("ix_registration_lines_package_id", "package_id", postgresql_where=text("package_id IS NOT NULL")),
    )


class RegistrationTax(Base):
    """What a tax comes to in an order, as it was when it was ordered."""

    __tablename__ = "registration_taxes"

    registration_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("registrations.registration_id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    rate: Mapped[int]
    is_included: Mapped[bool]
    amount: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        checks.not_below("position", 0),
        checks.label("name"),
        checks.not_below("rate", 0),
        *checks.not_negative("amount"),
    )


class Attendee(Base):
    """A person's place at the event of one ticket; a package gives its holder one for each ticket that it holds.

    `person` counts the people of a line. `pool_ids` are the pools that the place was taken from: what its ticket draws
    on may be changed later. `amount` is the part of the line's total that falls to this place: what is refunded for it.
    The moment of checking in is the one at the door, which may be earlier than the one at which this server was told.
    """

    __tablename__ = "attendees"

    attendee_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    registration_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("registrations.registration_id"))
    line_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("registration_lines.line_id"))
    person: Mapped[int]
    ticket_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event_tickets.ticket_id"))
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("events.event_id"))
    state: Mapped[str] = mapped_column(server_default=text("'RESERVED'"))
    name: Mapped[str | None]
    email: Mapped[str | None]
    answers: Mapped[dict[str, Any] | None]
    pool_ids: Mapped[list[uuid.UUID]] = mapped_column(ARRAY(Uuid), server_default=text("'{}'"))
    amount: Mapped[int] = mapped_column(BigInteger)
    checked_in_at: Mapped[dt.datetime | None]
    checked_in_place: Mapped[str | None]
    check_in_recorded_at: Mapped[dt.datetime | None]
    refund_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("refunds.refund_id"))
    version: Mapped[int] = mapped_column(server_default=text("1"))

    __table_args__ = (
        checks.one_of("state", (state.value for state in AttendeeState)),
        checks.not_below("person", 0),
        checks.heading("name"),
        checks.email(),
        checks.metadata("answers"),
        *checks.not_negative("amount"),
        checks.label("checked_in_place"),
        CheckConstraint("checked_in_at IS NULL OR state <> 'RESERVED'", name="checked_in_once_valid"),
        CheckConstraint("(checked_in_at IS NULL) = (check_in_recorded_at IS NULL)", name="check_in_recorded"),
        CheckConstraint("checked_in_place IS NULL OR checked_in_at IS NOT NULL", name="place_of_a_check_in"),
        checks.version(),
        UniqueConstraint("line_id", "person", "ticket_id"),
        Index("ix_attendees_registration_id", "registration_id", "attendee_id"),
        Index("ix_attendees_event_id", "event_id", "attendee_id"),
        # What prices by quantity sold are counted by.
        Index("ix_attendees_ticket_id", "ticket_id", postgresql_where=text("state <> 'CANCELLED'::text")),
        Index("ix_attendees_refund_id", "refund_id", postgresql_where=text("refund_id IS NOT NULL")),
    )


class PoolClaim(Base):
    """How many places of a pool a registration holds, and how many it was sold: what the pool's counters are made of.

    Places are given back by setting these to less, in the transaction that lowers the counters by as much.
    """

    __tablename__ = "pool_claims"

    registration_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("registrations.registration_id"), primary_key=True)
    pool_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("capacity_pools.pool_id"), primary_key=True)
    held: Mapped[int] = mapped_column(server_default=text("0"))
    sold: Mapped[int] = mapped_column(server_default=text("0"))

    __table_args__ = (
        *checks.not_negative("held", "sold"),
        # What reconciling adds up: the claims that count, by pool.
        Index("ix_pool_claims_pool_id", "pool_id", postgresql_where=text("held > 0 OR sold > 0")),
    )


class WaitingListEntry(Base):
    """Somebody who waits for places that are taken; the order is that of `position`.

    An offer is a registration that holds the places until the deadline. It has the key of the entry, so that whoever
    was handed the one, without an account, sees and moves on the other.
    """

    __tablename__ = "waiting_list_entries"

    entry_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, Identity())
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.organisation_id"))
    function_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("functions.function_id"))
    ticket_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("event_tickets.ticket_id"))
    package_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("packages.package_id"))
    quantity: Mapped[int] = mapped_column(server_default=text("1"))
    customer_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("customers.customer_id"))
    email: Mapped[str]
    locale: Mapped[str | None]
    state: Mapped[str] = mapped_column(server_default=text("'WAITING'"))
    registration_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("registrations.registration_id"))
    offer_expires_at: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        checks.one_item(),
        checks.not_below("quantity", 1),
        checks.email(),
        checks.locale(),
        checks.one_of("state", (state.value for state in WaitingState)),
        CheckConstraint(
            "state NOT IN ('OFFERED', 'TAKEN', 'LAPSED') "
            "OR registration_id IS NOT NULL AND offer_expires_at IS NOT NULL",
            name="offered_with_deadline",
        ),
        UniqueConstraint("position"),
        UniqueConstraint("registration_id"),
        Index(
            "ix_waiting_list_entries_ticket_id",
            "ticket_id",
            "position",
            postgresql_where=text("state = 'WAITING'::text"),
        ),
        Index(
            "ix_waiting_list_entries_package_id",
            "package_id",
            "position",
            postgresql_where=text("state = 'WAITING'::text"),
        ),
        Index("ix_waiting_list_entries_customer_id", "customer_id", "position"),
        Index("ix_waiting_list_entries_organisation_id", "organisation_id", "position"),
        # Nobody waits twice for the same; a person is told by the address, whatever its case.
        Index(
            "uq_waiting_list_entries_ticket_email",
            "ticket_id",
            text("lower(email)"),
            unique=True,
            postgresql_where=text("state = ANY (ARRAY['WAITING'::text, 'OFFERED'::text])"),
        ),
        Index(
            "uq_waiting_list_entries_package_email",
            "package_id",
            text("lower(email)"),
            unique=True,
            postgresql_where=text("state = ANY (ARRAY['WAITING'::text, 'OFFERED'::text])"),
        ),
    )
