"""The tables of the move from parent events to functions, and of what workers are asked to do about it."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import ARRAY, BigInteger, ForeignKey, Identity, Index, Text, func, text
from sqlalchemy.orm import Mapped, mapped_column

from db import checks
from db.base import Base
from domain.audit import ACTORS
from domain.function_migration import Phase, RunKind


class FunctionMigration(Base):
    """One move of the parent events to functions, from its first batch until it is complete or rolled back.

    `parent_types` are the types that make an event a parent; `undone_to` is the change down to which all has been
    undone, while it is rolled back.
    """

    __tablename__ = "function_migrations"

    migration_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    phase: Mapped[str]
    parent_types: Mapped[list[str]] = mapped_column(ARRAY(Text))
    started_at: Mapped[dt.datetime] = mapped_column(server_default=func.clock_timestamp())
    migrated_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]
    undone_to: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (checks.one_of("phase", [each.value for each in Phase if each is not Phase.NOT_STARTED]),)


class FunctionMigrationRun(Base):
    """What an administrator has asked workers to do about the move, and what it came to; one at a time.

    `migration_id` is the move that is to be rolled back. `functions` are those that were made, or removed, and `events`
    the links that were set, or put back; `remaining` are the names of functions that stay though their move is undone.
    Whoever does it counts them in the transactions that do it.
    """

    __tablename__ = "function_migration_runs"

    run_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    migration_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("function_migrations.migration_id"), index=True)
    parent_types: Mapped[list[str]] = mapped_column(ARRAY(Text))
    reason: Mapped[str]
    actor: Mapped[str]
    actor_role: Mapped[str]
    client_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("clients.client_id"))
    request_id: Mapped[str | None]
    asked_at: Mapped[dt.datetime] = mapped_column(server_default=func.clock_timestamp())
    started_at: Mapped[dt.datetime | None]
    progressed_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]
    functions: Mapped[int] = mapped_column(server_default=text("0"))
    events: Mapped[int] = mapped_column(server_default=text("0"))
    remaining: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    failure: Mapped[str | None]

    __table_args__ = (
        checks.one_of("kind", [each.value for each in RunKind]),
        checks.heading("reason"),
        checks.heading("actor"),
        checks.one_of("actor_role", ACTORS),
        *checks.not_negative("functions", "events"),
        checks.notes("failure"),
        # Of those that have not ended there is one.
        Index(
            "uq_function_migration_runs_under_way",
            text("(ended_at IS NULL)"),
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
    )


class FunctionMigrationChange(Base):
    """One change that a move made, or that kept the hierarchies in step: what was there before, and since.

    A change without a column is a row that was made: a function by the move, an event by anyone while it went on.
    """

    __tablename__ = "function_migration_changes"

    migration_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("function_migrations.migration_id"), primary_key=True)
    change_id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    changed_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    table_name: Mapped[str]
    row_id: Mapped[uuid.UUID]
    column_name: Mapped[str | None]
    before: Mapped[uuid.UUID | None]
    after: Mapped[uuid.UUID | None]
    by_client: Mapped[bool] = mapped_column(server_default=text("false"))

    __table_args__ = (
        checks.one_of("table_name", ("events", "functions")),
        checks.one_of("column_name", ("function_id", "parent_event_id")),
        # What was made is left where it is, whatever happened to it since.
        Index("ix_function_migration_changes_made", "row_id", postgresql_where=text("column_name IS NULL")),
    )


class FunctionRoot(Base):
    """The event that a function was made of: its place in the old hierarchy."""

    __tablename__ = "function_roots"

    function_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("functions.function_id"), primary_key=True)
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("events.event_id"), unique=True)
    migration_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("function_migrations.migration_id"), index=True)
