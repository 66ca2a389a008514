"""The tables of the registry: clients with their keys, operations, releases, and the log of what was done.

An operation is what its text is: it is kept once, under the hash of its text, whoever publishes it. What a client may
call is said by `release_operations` alone.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, Final

from sqlalchemy import (
    DDL,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    UniqueConstraint,
    event,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db import checks
from db.base import Base
from domain.registry import POLICIES, KeyPurpose, ReleaseState


class Client(Base):
    """Who calls persisted operations: a web client, a partner, a tool; known by its keys, governed by its policy."""

    __tablename__ = "clients"

    client_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    policy: Mapped[str]
    is_partner: Mapped[bool] = mapped_column(server_default=text("false"))
    is_public: Mapped[bool] = mapped_column(server_default=text("false"))
    introspection: Mapped[bool] = mapped_column(server_default=text("true"))
    rate_capacity: Mapped[int | None]
    rate_restored: Mapped[float | None]
    viewer_capacity: Mapped[int | None]
    viewer_restored: Mapped[float | None]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        checks.client_name(),
        checks.one_of("policy", POLICIES),
        # Whoever calls a public client's routes would act by the partner's grants.
        CheckConstraint("NOT (is_public AND is_partner)", name="no_public_partner"),
        checks.rate("rate_capacity", "rate_restored"),
        checks.rate("viewer_capacity", "viewer_restored"),
        UniqueConstraint("name"),
    )


class ClientGrant(Base):
    """What a partner was granted: a permission by its name, or one field as `Type.field`."""

    __tablename__ = "client_grants"

    client_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("clients.client_id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    granted_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    granted_by: Mapped[str]

    __table_args__ = (checks.grant_name(), checks.heading("granted_by"))


class ClientKey(Base):
    """A credential of a client, of which only the hash is kept; several are valid at a time, for rotation."""

    __tablename__ = "client_keys"

    key_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    client_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("clients.client_id"))
    label: Mapped[str]
    key_sha256: Mapped[str]
    purpose: Mapped[str] = mapped_column(server_default=text("'call'"))
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    revoked_at: Mapped[dt.datetime | None]

    __table_args__ = (
        checks.label("label"),
        checks.sha256("key_sha256"),
        checks.one_of("purpose", (purpose.value for purpose in KeyPurpose)),
        UniqueConstraint("key_sha256"),
        UniqueConstraint("client_id", "label"),
    )


class Operation(Base):
    """A document with one operation, parsed, validated and analysed against the schema that `schema_sha256` names.

    `statements` is what it asks of the database, field by field, as far as rows led there when it was published.
    """

    __tablename__ = "operations"

    text_sha256: Mapped[str] = mapped_column(primary_key=True)
    text: Mapped[str]
    name: Mapped[str | None]
    kind: Mapped[str]
    analysis: Mapped[dict[str, Any]]
    statements: Mapped[list[dict[str, str]] | None] = mapped_column(JSONB(none_as_null=True))
    schema_sha256: Mapped[str]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        checks.sha256("schema_sha256"),
        CheckConstraint("text_sha256 = encode(sha256(convert_to(text, 'UTF8')), 'hex')", name="content_addressed"),
        checks.one_of("kind", ("query", "mutation", "subscription")),
        CheckConstraint("jsonb_typeof(analysis) = 'object'", name="analysis_is_object"),
        CheckConstraint("jsonb_typeof(statements) = 'array'", name="statements_is_array"),
    )


class Release(Base):
    """What a client published at once, such as `1.4.2`: its operations never change, its state does."""

    __tablename__ = "releases"

    release_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    client_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("clients.client_id"))
    name: Mapped[str]
    state: Mapped[str]
    sunset_at: Mapped[dt.datetime | None]
    deprecated_at: Mapped[dt.datetime | None]
    retired_at: Mapped[dt.datetime | None]
    successor_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("releases.release_id"))
    pinned: Mapped[bool] = mapped_column(server_default=text("false"))
    content_sha256: Mapped[str]
    published_by: Mapped[str]
    published_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    source_commit: Mapped[str | None]

    __table_args__ = (
        checks.release_name(),
        checks.one_of("state", (state.value for state in ReleaseState)),
        checks.sha256("content_sha256"),
        checks.heading("published_by"),
        checks.label("source_commit"),
        *checks.moments("sunset_at"),
        CheckConstraint("state <> 'deprecated' OR deprecated_at IS NOT NULL", name="deprecated_at_known"),
        CheckConstraint("(state = 'retired') = (retired_at IS NOT NULL)", name="retired_at_known"),
        CheckConstraint("sunset_at IS NULL OR deprecated_at IS NOT NULL", name="sunset_needs_deprecation"),
        CheckConstraint("successor_id <> release_id", name="not_its_own_successor"),
        UniqueConstraint("client_id", "name"),
        Index("ix_releases_successor_id", "successor_id", postgresql_where=text("successor_id IS NOT NULL")),
    )


class ReleaseOperation(Base):
    """By which id a release calls an operation, and under which route it answers, if it has one."""

    __tablename__ = "release_operations"

    release_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("releases.release_id"), primary_key=True)
    public_id: Mapped[str] = mapped_column(primary_key=True)
    text_sha256: Mapped[str] = mapped_column(ForeignKey("operations.text_sha256"))
    route: Mapped[str | None]

    __table_args__ = (
        checks.public_id(),
        checks.route(),
        UniqueConstraint("release_id", "route"),
        Index("ix_release_operations_text_sha256", "text_sha256"),
    )


class ServingProcess(Base):
    """A process that serves the registry, by its newest sign of life (`domain.leases`).

    A table that survives a crash of the database: a lease that is forgotten while it holds would not be waited for.
    """

    __tablename__ = "serving_processes"

    process_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    version: Mapped[int] = mapped_column(BigInteger)
    beat: Mapped[int] = mapped_column(BigInteger)
    lease: Mapped[float]
    beaten_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())

    __table_args__ = (checks.heading("name"), CheckConstraint("lease > 0", name="lease_positive"))


class RegistryEntry(Base):
    """One change of the registry: who did what, when, from which commit, with which hashes. Entries stay as they are.

    Whoever changes the registry waits for the one before, so that keys grow in the order of commits: the greatest one
    says whether anything has changed.
    """

    __tablename__ = "registry_log"

    entry_id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    actor: Mapped[str]
    action: Mapped[str]
    client_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("clients.client_id"))
    release_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("releases.release_id"))
    source_commit: Mapped[str | None]
    details: Mapped[dict[str, Any]]

    __table_args__ = (
        checks.heading("actor"),
        checks.label("action"),
        CheckConstraint("jsonb_typeof(details) = 'object'", name="details_is_object"),
        Index("ix_registry_log_client_id", "client_id", "entry_id"),
        Index("ix_registry_log_release_id", "release_id", "entry_id"),
    )


APPEND_ONLY: Final = (
    """
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
    END $$
    """,
    """
    CREATE TRIGGER tr_registry_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON registry_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
)
"""What keeps the log as it was written, whoever writes to the database; migration 0002 has the same words."""

for _statement in APPEND_ONLY:
    # SQLAlchemy formats these with `%`.
    _ddl = DDL(_statement.replace("%", "%%"))  # type: ignore[no-untyped-call] # SQLAlchemy types no DDL's constructor
    event.listen(Base.metadata.tables["registry_log"], "after_create", _ddl)
