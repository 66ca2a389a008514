"""The tables of who asks: customers, who works for whom, what was revoked, and the log of what was done with privilege.

A customer is whoever a token names. The row is made by the first write that needs one; reading never makes any.
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
from sqlalchemy.orm import Mapped, mapped_column

from db import checks
from db.base import Base
from domain.audit import ACTORS
from domain.members import OrgRole


class Customer(Base):
    """Whoever a token names, once something is known or kept of them."""

    __tablename__ = "customers"

    customer_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    subject: Mapped[str]
    name: Mapped[str | None]
    email: Mapped[str | None]
    locale: Mapped[str | None]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    version: Mapped[int] = mapped_column(server_default=text("1"))

    __table_args__ = (
        checks.subject("subject"),
        checks.heading("name"),
        checks.email(),
        checks.locale(),
        checks.version(),
        UniqueConstraint("subject"),
    )


class OrganisationMember(Base):
    """Who works for an organisation, and as what; the same person may have several roles."""

    __tablename__ = "organisation_members"

    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.organisation_id"), primary_key=True)
    customer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customers.customer_id"), primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        checks.one_of("role", (role.value for role in OrgRole)),
        Index("ix_organisation_members_customer_id", "customer_id"),
    )


class Revocation(Base):
    """A token that is not valid although its signature is, or all tokens that a subject had before a moment.

    Whoever revokes waits for the one before, so that revisions grow in the order of commits: a process that knows the
    greatest one asks for what came after it.
    """

    __tablename__ = "revocations"

    revision: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    token_id: Mapped[str | None]
    subject: Mapped[str | None]
    issued_before: Mapped[dt.datetime | None]
    revoked_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[dt.datetime]

    __table_args__ = (
        checks.subject("token_id"),
        checks.subject("subject"),
        CheckConstraint("(token_id IS NULL) <> (subject IS NULL)", name="one_kind"),
        CheckConstraint("(subject IS NULL) = (issued_before IS NULL)", name="subject_needs_moment"),
        Index("ix_revocations_expires_at", "expires_at"),
    )


class AuditEntry(Base):
    """One privileged action: who did what to whom, when and why. Entries stay as they are.

    What is done to the registry stands in the registry's own log, and not here a second time.
    """

    __tablename__ = "audit_log"

    entry_id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    action: Mapped[str]
    actor: Mapped[str]
    actor_role: Mapped[str]
    client_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("clients.client_id"))
    request_id: Mapped[str | None]
    subject: Mapped[str]
    reason: Mapped[str]
    details: Mapped[dict[str, Any]]

    __table_args__ = (
        checks.label("action"),
        checks.heading("actor"),
        checks.one_of("actor_role", ACTORS),
        CheckConstraint(
            "request_id ~ '^[A-Za-z0-9._-]+$' AND char_length(request_id) <= 128", name="request_id_well_formed"
        ),
        checks.heading("subject"),
        checks.heading("reason"),
        CheckConstraint("jsonb_typeof(details) = 'object'", name="details_is_object"),
        Index("ix_audit_log_subject", "subject", "entry_id"),
    )


APPEND_ONLY: Final = """
    CREATE TRIGGER tr_audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """
"""What keeps the log as it was written, whoever writes to the database; its migration has the same words."""

# After all tables, since the function is that of the registry's log.
_ddl = DDL(APPEND_ONLY)  # type: ignore[no-untyped-call] # SQLAlchemy types no DDL's constructor
event.listen(Base.metadata, "after_create", _ddl)
