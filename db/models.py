"""The tables, declared once; migrations are checked against them.

Names follow existing installations (`function_id`, `event_start`, `parent_event_id`, …). Keys are UUIDv7, made by
the application (`domain.ids`). Money is an integer of minor units beside an ISO 4217 code. Times are `timestamptz`.
Rows are never deleted by the database: `deleted_at` is set, in `db.soft_delete` alone.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    ForeignKey,
    Index,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

import db.change_models
import db.check_in_models
import db.flag_models
import db.function_migration_models
import db.identity_models
import db.outbox_models
import db.payment_models
import db.periodic_models
import db.pricing_models
import db.registry_models
import db.selling_models
import db.trial_models
import db.usage_models
import db.webhook_models  # noqa: F401 - whoever knows the tables knows those of the other modules too
from db import checks
from db.base import Base
from db.function_migration_triggers import keep_in_step
from db.place_functions import take_places_by_function
from db.publication import carry

__all__ = ["Base"]

NOT_DELETED = text("deleted_at IS NULL")
DELETED = text("deleted_at IS NOT NULL")
VISIBLE_FUNCTION = text("is_active AND deleted_at IS NULL")
VISIBLE_EVENT = text("is_published AND deleted_at IS NULL")
FEATURED_EVENT = text("is_featured AND is_published AND deleted_at IS NULL")
VISIBLE_PACKAGE = text("is_active AND deleted_at IS NULL")


class Recorded:
    """When a row was made, changed and (softly) deleted, and how often it was changed."""

    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    deleted_at: Mapped[dt.datetime | None]
    version: Mapped[int] = mapped_column(server_default=text("1"))


def _document(heading: str) -> str:
    """The text that full-text search sees: a heading that weighs more than the description."""
    return (
        f"setweight(to_tsvector('simple'::regconfig, {heading}), 'A') || "
        "setweight(to_tsvector('simple'::regconfig, coalesce(description, '')), 'B')"
    )


def _event_pages() -> list[Index]:
    """For each scope and order an index of the visible events, a small one of the featured, one of all for staff."""
    indexes = []
    for scope in ("function", "organisation", None):
        for order in ("event_start", "title", "created_at"):
            keys = [*(f"{scope}_id" for _ in (scope,) if scope), order, "event_id"]
            prefix = f"ix_events_{scope}_" if scope else "ix_events_"
            # Counts read no table either, whether they ask for featured events, for the others or for all.
            covered = ["is_featured"] if order == "event_start" else None
            indexes += [
                Index(f"{prefix}page_{order}", *keys, postgresql_where=VISIBLE_EVENT, postgresql_include=covered),
                Index(f"{prefix}featured_{order}", *keys, postgresql_where=FEATURED_EVENT),
                Index(f"{prefix}any_{order}", *keys),
            ]
        keys = [*(f"{scope}_id" for _ in (scope,) if scope), "event_start", "event_id"]
        if scope != "function":
            name = f"ix_events_{scope}_drafts" if scope else "ix_events_drafts"
            indexes.append(Index(name, *keys, postgresql_where=text("NOT is_published")))
    return indexes


class Organisation(Recorded, Base):
    """Who holds functions and events, and is paid for them."""

    __tablename__ = "organisations"

    organisation_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    slug: Mapped[str]
    timezone: Mapped[str]
    payout_account_id: Mapped[str | None]

    __table_args__ = (
        checks.heading("name"),
        checks.slug(),
        checks.zone(),
        checks.label("payout_account_id"),
        checks.version(),
        Index("uq_organisations_slug", "slug", unique=True, postgresql_where=NOT_DELETED),
    )


class Function(Recorded, Base):
    """A gathering that groups events: a convention, a festival, an installation."""

    __tablename__ = "functions"

    function_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    slug: Mapped[str]
    description: Mapped[str | None]
    start_date: Mapped[dt.date | None]
    end_date: Mapped[dt.date | None]
    timezone: Mapped[str]
    location: Mapped[str | None]
    image_url: Mapped[str | None]
    is_active: Mapped[bool] = mapped_column(server_default=text("false"))
    metadata_: Mapped[dict[str, Any] | None] = mapped_column("metadata")
    private_metadata: Mapped[dict[str, Any] | None]
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organisations.organisation_id"))
    external_id: Mapped[str | None]
    # An infinity, since asyncpg reads it as `date.max`, and writes `date.max` as an infinity.
    sort_date: Mapped[dt.date] = mapped_column(Computed("coalesce(start_date, 'infinity'::date)", persisted=True))
    search: Mapped[str] = mapped_column(TSVECTOR, Computed(_document("name"), persisted=True), deferred=True)

    __table_args__ = (
        checks.heading("name"),
        checks.slug(),
        checks.description(),
        *checks.days("start_date", "end_date"),
        CheckConstraint("end_date IS NULL OR start_date IS NOT NULL", name="end_needs_start"),
        CheckConstraint("end_date >= start_date", name="end_not_before_start"),
        checks.zone(),
        checks.image_url(),
        checks.metadata(),
        checks.metadata("private_metadata"),
        checks.external_id("organisation_id"),
        checks.version(),
        UniqueConstraint("organisation_id", "external_id"),
        Index("uq_functions_slug", "slug", unique=True, postgresql_where=NOT_DELETED),
        Index("ix_functions_page", "sort_date", "function_id", postgresql_where=VISIBLE_FUNCTION),
        Index(
            "ix_functions_organisation_page",
            "organisation_id",
            "sort_date",
            "function_id",
            postgresql_where=VISIBLE_FUNCTION,
        ),
        # Of all functions: what staff's lists walk.
        Index("ix_functions_any", "sort_date", "function_id"),
        Index("ix_functions_organisation_any", "organisation_id", "sort_date", "function_id"),
        Index("ix_functions_deleted", "deleted_at", "function_id", postgresql_where=DELETED),
        Index("ix_functions_search", "search", postgresql_using="gin", postgresql_where=VISIBLE_FUNCTION),
    )


class Event(Recorded, Base):
    """Something that takes place at a time and sells tickets.

    `function_id` is the new grouping, `parent_event_id` the old two-level one; an event may have either, both or none.
    """

    __tablename__ = "events"

    event_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    function_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("functions.function_id"))
    parent_event_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("events.event_id"))
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.organisation_id"))
    type: Mapped[str] = mapped_column(server_default=text("'event'"))
    title: Mapped[str]
    slug: Mapped[str]
    description: Mapped[str | None]
    event_start: Mapped[dt.datetime]
    event_end: Mapped[dt.datetime | None]
    timezone: Mapped[str]
    location: Mapped[str | None]
    image_url: Mapped[str | None]
    is_published: Mapped[bool] = mapped_column(server_default=text("false"))
    is_featured: Mapped[bool] = mapped_column(server_default=text("false"))
    metadata_: Mapped[dict[str, Any] | None] = mapped_column("metadata")
    external_id: Mapped[str | None]
    search: Mapped[str] = mapped_column(TSVECTOR, Computed(_document("title"), persisted=True), deferred=True)

    __table_args__ = (
        CheckConstraint("parent_event_id <> event_id", name="not_its_own_parent"),
        checks.label("type"),
        checks.heading("title"),
        checks.slug(),
        checks.description(),
        *checks.moments("event_start", "event_end"),
        CheckConstraint("event_end >= event_start", name="end_not_before_start"),
        checks.zone(),
        checks.image_url(),
        checks.metadata(),
        checks.external_id("function_id"),
        checks.version(),
        UniqueConstraint("function_id", "external_id"),
        Index("uq_events_slug", "slug", unique=True, postgresql_where=NOT_DELETED),
        *_event_pages(),
        # Without regard to what is visible: soft deletion looks for children too. Few events have a parent.
        Index(
            "ix_events_parent_page",
            "parent_event_id",
            "event_start",
            "event_id",
            postgresql_where=text("parent_event_id IS NOT NULL"),
        ),
        Index("ix_events_deleted", "deleted_at", "event_id", postgresql_where=DELETED),
        Index("ix_events_search", "search", postgresql_using="gin", postgresql_where=VISIBLE_EVENT),
    )


class Ticket(Recorded, Base):
    """A ticket type of one event: what is sold, at which price, when."""

    __tablename__ = "event_tickets"

    ticket_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("events.event_id"))
    event_is_public: Mapped[bool]
    name: Mapped[str]
    description: Mapped[str | None]
    price_amount: Mapped[int] = mapped_column(BigInteger)
    price_currency: Mapped[str]
    min_per_order: Mapped[int] = mapped_column(server_default=text("1"))
    max_per_order: Mapped[int] = mapped_column(server_default=text("10"))
    sale_start: Mapped[dt.datetime | None]
    sale_end: Mapped[dt.datetime | None]
    position: Mapped[int] = mapped_column(server_default=text("0"))
    is_active: Mapped[bool] = mapped_column(server_default=text("false"))

    __table_args__ = (
        checks.heading("name"),
        checks.description(),
        *checks.price(),
        CheckConstraint("1 <= min_per_order AND min_per_order <= max_per_order", name="order_range"),
        *checks.moments("sale_start", "sale_end"),
        CheckConstraint("sale_end >= sale_start", name="sale_end_not_before_start"),
        checks.version(),
        # Without regard to what is visible: an event has few tickets, and soft deletion looks for all of them.
        Index("ix_event_tickets_page", "event_id", "position", "ticket_id"),
        Index("ix_event_tickets_deleted", "deleted_at", "ticket_id", postgresql_where=DELETED),
    )


class CapacityPool(Recorded, Base):
    """Places that several tickets may draw on; no capacity means without limit.

    `sold` and `held` are the sums of what registrations were sold and hold (`pool_claims`), and of what was sold and is
    held elsewhere: before this server, at a box office, by another system. While `awaited` is above nothing, what comes
    free is for those on the waiting list; it counts who began to wait since nobody did.
    """

    __tablename__ = "capacity_pools"

    pool_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.organisation_id"))
    name: Mapped[str]
    capacity: Mapped[int | None]
    sold: Mapped[int] = mapped_column(server_default=text("0"))
    held: Mapped[int] = mapped_column(server_default=text("0"))
    sold_elsewhere: Mapped[int] = mapped_column(server_default=text("0"))
    held_elsewhere: Mapped[int] = mapped_column(server_default=text("0"))
    awaited: Mapped[int] = mapped_column(server_default=text("0"))

    __table_args__ = (
        checks.heading("name"),
        CheckConstraint("capacity >= 0", name="capacity_not_negative"),
        CheckConstraint("sold >= 0", name="sold_not_negative"),
        CheckConstraint("held >= 0", name="held_not_negative"),
        CheckConstraint("sold + held <= capacity", name="never_oversold"),
        *checks.not_negative("sold_elsewhere", "held_elsewhere", "awaited"),
        checks.version(),
        Index("ix_capacity_pools_organisation_id", "organisation_id"),
        # Where places are to be offered.
        Index("ix_capacity_pools_awaited", "pool_id", postgresql_where=text("awaited > 0")),
    )


class TicketPool(Base):
    """A ticket draws on a pool: selling one takes a place of each of its pools."""

    __tablename__ = "ticket_pools"

    ticket_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event_tickets.ticket_id"), primary_key=True)
    pool_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("capacity_pools.pool_id"), primary_key=True)

    __table_args__ = (Index("ix_ticket_pools_pool_id", "pool_id", "ticket_id"),)


class Package(Recorded, Base):
    """Tickets of several events of a function, sold together at one price."""

    __tablename__ = "packages"

    package_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    function_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("functions.function_id"))
    function_is_public: Mapped[bool]
    name: Mapped[str]
    description: Mapped[str | None]
    price_amount: Mapped[int] = mapped_column(BigInteger)
    price_currency: Mapped[str]
    is_active: Mapped[bool] = mapped_column(server_default=text("false"))
    search: Mapped[str] = mapped_column(TSVECTOR, Computed(_document("name"), persisted=True), deferred=True)

    __table_args__ = (
        checks.heading("name"),
        checks.description(),
        *checks.price(),
        checks.version(),
        # Without regard to what is visible, for the same reason as with tickets.
        Index("ix_packages_page", "function_id", "package_id"),
        Index("ix_packages_search", "search", postgresql_using="gin", postgresql_where=VISIBLE_PACKAGE),
    )


class PackageItem(Base):
    """How many of which ticket a package holds, and which part of its price falls to them."""

    __tablename__ = "package_items"

    package_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("packages.package_id"), primary_key=True)
    package_is_public: Mapped[bool]
    ticket_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event_tickets.ticket_id"), primary_key=True)
    position: Mapped[int] = mapped_column(server_default=text("0"))
    quantity: Mapped[int] = mapped_column(server_default=text("1"))
    allocated_amount: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        CheckConstraint("quantity >= 1", name="quantity_positive"),
        CheckConstraint("allocated_amount >= 0", name="allocated_not_negative"),
    )


class ImportSource(Base):
    """A file or folder that schedules were imported from, by the name the operator knows it by."""

    __tablename__ = "import_sources"

    source_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.organisation_id"))
    name: Mapped[str]
    content_sha256: Mapped[str]
    imported_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        checks.heading("name"),
        CheckConstraint("content_sha256 ~ '^[0-9a-f]{64}$'", name="content_sha256_well_formed"),
        UniqueConstraint("organisation_id", "name"),
    )


class ImportedFunction(Base):
    """Which sources name a function: it vanishes when the last one no longer does."""

    __tablename__ = "imported_functions"

    source_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("import_sources.source_id"), primary_key=True)
    function_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("functions.function_id"), primary_key=True)

    __table_args__ = (Index("ix_imported_functions_function_id", "function_id"),)


carry(Base.metadata)
keep_in_step(Base.metadata)
take_places_by_function(Base.metadata)
