"""Customers, members of organisations, revocations and the audit log."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

APPEND_ONLY = """
    CREATE TRIGGER tr_audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """


def upgrade() -> None:
    op.create_table(
        "customers",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("locale", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "email ~ '^[^[:space:]@]+@[^[:space:]@]+$' AND char_length(email) <= 320",
            name=op.f("ck_customers_email_well_formed"),
        ),
        sa.CheckConstraint(
            "locale ~ '^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$' AND char_length(locale) <= 35",
            name=op.f("ck_customers_locale_well_formed"),
        ),
        sa.CheckConstraint(
            "name ~ '[^[:space:]]' AND char_length(name) <= 500", name=op.f("ck_customers_name_well_formed")
        ),
        sa.CheckConstraint(
            "subject ~ '[^[:space:]]' AND char_length(subject) <= 255", name=op.f("ck_customers_subject_well_formed")
        ),
        sa.CheckConstraint("version >= 1", name=op.f("ck_customers_version_positive")),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_customers")),
        sa.UniqueConstraint("subject", name=op.f("uq_customers_subject")),
    )
    op.create_table(
        "revocations",
        sa.Column("revision", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("token_id", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("issued_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "subject ~ '[^[:space:]]' AND char_length(subject) <= 255", name=op.f("ck_revocations_subject_well_formed")
        ),
        sa.CheckConstraint(
            "token_id ~ '[^[:space:]]' AND char_length(token_id) <= 255",
            name=op.f("ck_revocations_token_id_well_formed"),
        ),
        sa.CheckConstraint(
            "(subject IS NULL) = (issued_before IS NULL)", name=op.f("ck_revocations_subject_needs_moment")
        ),
        sa.CheckConstraint("(token_id IS NULL) <> (subject IS NULL)", name=op.f("ck_revocations_one_kind")),
        sa.PrimaryKeyConstraint("revision", name=op.f("pk_revocations")),
    )
    op.create_index("ix_revocations_expires_at", "revocations", ["expires_at"], unique=False)
    op.create_table(
        "audit_log",
        sa.Column("entry_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_role", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint(
            "action ~ '[^[:space:]]' AND char_length(action) <= 100", name=op.f("ck_audit_log_action_well_formed")
        ),
        sa.CheckConstraint(
            "actor ~ '[^[:space:]]' AND char_length(actor) <= 500", name=op.f("ck_audit_log_actor_well_formed")
        ),
        sa.CheckConstraint(
            "actor_role IN ('operator', 'anonymous', 'customer', 'staff', 'guest', 'partner', 'admin')",
            name=op.f("ck_audit_log_actor_role_known"),
        ),
        sa.CheckConstraint("jsonb_typeof(details) = 'object'", name=op.f("ck_audit_log_details_is_object")),
        sa.CheckConstraint(
            "reason ~ '[^[:space:]]' AND char_length(reason) <= 500", name=op.f("ck_audit_log_reason_well_formed")
        ),
        sa.CheckConstraint(
            "request_id ~ '^[A-Za-z0-9._-]+$' AND char_length(request_id) <= 128",
            name=op.f("ck_audit_log_request_id_well_formed"),
        ),
        sa.CheckConstraint(
            "subject ~ '[^[:space:]]' AND char_length(subject) <= 500", name=op.f("ck_audit_log_subject_well_formed")
        ),
        sa.ForeignKeyConstraint(["client_id"], ["clients.client_id"], name=op.f("fk_audit_log_client_id")),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_audit_log")),
    )
    op.create_index("ix_audit_log_subject", "audit_log", ["subject", "entry_id"], unique=False)
    op.create_table(
        "organisation_members",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "role IN ('OWNER', 'MANAGER', 'FINANCE', 'DOOR')", name=op.f("ck_organisation_members_role_known")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.customer_id"], name=op.f("fk_organisation_members_customer_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.organisation_id"], name=op.f("fk_organisation_members_organisation_id")
        ),
        sa.PrimaryKeyConstraint("organisation_id", "customer_id", "role", name=op.f("pk_organisation_members")),
    )
    op.create_index("ix_organisation_members_customer_id", "organisation_members", ["customer_id"], unique=False)
    op.execute(APPEND_ONLY)


def downgrade() -> None:
    op.drop_table("organisation_members")
    op.drop_table("audit_log")
    op.drop_table("revocations")
    op.drop_table("customers")
