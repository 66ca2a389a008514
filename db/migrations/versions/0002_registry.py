"""The registry: clients, keys, operations, releases and the log."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

APPEND_ONLY = (
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


def upgrade() -> None:
    op.create_table(
        "clients",
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "name ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND char_length(name) <= 100", name=op.f("ck_clients_name_well_formed")
        ),
        sa.CheckConstraint(
            "policy IN ('open', 'apq', 'safelist', 'ids-only', 'apq-log-only', 'safelist-log-only', 'ids-only-log-only')",
            name=op.f("ck_clients_policy_known"),
        ),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_clients")),
        sa.UniqueConstraint("name", name=op.f("uq_clients_name")),
    )
    op.create_table(
        "operations",
        sa.Column("text_sha256", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("analysis", postgresql.JSONB(), nullable=False),
        sa.Column("schema_sha256", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("jsonb_typeof(analysis) = 'object'", name=op.f("ck_operations_analysis_is_object")),
        sa.CheckConstraint("kind IN ('query', 'mutation', 'subscription')", name=op.f("ck_operations_kind_known")),
        sa.CheckConstraint("schema_sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_operations_schema_sha256_well_formed")),
        sa.CheckConstraint(
            "text_sha256 = encode(sha256(convert_to(text, 'UTF8')), 'hex')",
            name=op.f("ck_operations_content_addressed"),
        ),
        sa.PrimaryKeyConstraint("text_sha256", name=op.f("pk_operations")),
    )
    op.create_table(
        "client_keys",
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("key_sha256", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("key_sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_client_keys_key_sha256_well_formed")),
        sa.CheckConstraint(
            "label ~ '[^[:space:]]' AND char_length(label) <= 100", name=op.f("ck_client_keys_label_well_formed")
        ),
        sa.ForeignKeyConstraint(["client_id"], ["clients.client_id"], name=op.f("fk_client_keys_client_id")),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_client_keys")),
        sa.UniqueConstraint("client_id", "label", name=op.f("uq_client_keys_client_id_label")),
        sa.UniqueConstraint("key_sha256", name=op.f("uq_client_keys_key_sha256")),
    )
    op.create_table(
        "releases",
        sa.Column("release_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("sunset_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deprecated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("successor_id", sa.Uuid(), nullable=True),
        sa.Column("pinned", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        sa.Column("published_by", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("source_commit", sa.Text(), nullable=True),
        sa.CheckConstraint("(state = 'retired') = (retired_at IS NOT NULL)", name=op.f("ck_releases_retired_at_known")),
        sa.CheckConstraint("content_sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_releases_content_sha256_well_formed")),
        sa.CheckConstraint(
            "name ~ '^[A-Za-z0-9._+-]+$' AND char_length(name) <= 100", name=op.f("ck_releases_name_well_formed")
        ),
        sa.CheckConstraint(
            "published_by ~ '[^[:space:]]' AND char_length(published_by) <= 500",
            name=op.f("ck_releases_published_by_well_formed"),
        ),
        sa.CheckConstraint(
            "source_commit ~ '[^[:space:]]' AND char_length(source_commit) <= 100",
            name=op.f("ck_releases_source_commit_well_formed"),
        ),
        sa.CheckConstraint(
            "state <> 'deprecated' OR deprecated_at IS NOT NULL", name=op.f("ck_releases_deprecated_at_known")
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'active', 'deprecated', 'retired')", name=op.f("ck_releases_state_known")
        ),
        sa.CheckConstraint(
            "sunset_at >= '0001-01-02 00:00:00+00'::timestamptz AND sunset_at < '9999-12-31 00:00:00+00'::timestamptz",
            name=op.f("ck_releases_sunset_at_representable"),
        ),
        sa.CheckConstraint("successor_id <> release_id", name=op.f("ck_releases_not_its_own_successor")),
        sa.CheckConstraint(
            "sunset_at IS NULL OR deprecated_at IS NOT NULL", name=op.f("ck_releases_sunset_needs_deprecation")
        ),
        sa.ForeignKeyConstraint(["client_id"], ["clients.client_id"], name=op.f("fk_releases_client_id")),
        sa.ForeignKeyConstraint(["successor_id"], ["releases.release_id"], name=op.f("fk_releases_successor_id")),
        sa.PrimaryKeyConstraint("release_id", name=op.f("pk_releases")),
        sa.UniqueConstraint("client_id", "name", name=op.f("uq_releases_client_id_name")),
    )
    op.create_index(
        "ix_releases_successor_id",
        "releases",
        ["successor_id"],
        unique=False,
        postgresql_where=sa.text("successor_id IS NOT NULL"),
    )
    op.create_table(
        "registry_log",
        sa.Column("entry_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=True),
        sa.Column("release_id", sa.Uuid(), nullable=True),
        sa.Column("source_commit", sa.Text(), nullable=True),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint(
            "action ~ '[^[:space:]]' AND char_length(action) <= 100", name=op.f("ck_registry_log_action_well_formed")
        ),
        sa.CheckConstraint(
            "actor ~ '[^[:space:]]' AND char_length(actor) <= 500", name=op.f("ck_registry_log_actor_well_formed")
        ),
        sa.CheckConstraint("jsonb_typeof(details) = 'object'", name=op.f("ck_registry_log_details_is_object")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.client_id"], name=op.f("fk_registry_log_client_id")),
        sa.ForeignKeyConstraint(["release_id"], ["releases.release_id"], name=op.f("fk_registry_log_release_id")),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_registry_log")),
    )
    op.create_index("ix_registry_log_client_id", "registry_log", ["client_id", "entry_id"], unique=False)
    op.create_index("ix_registry_log_release_id", "registry_log", ["release_id", "entry_id"], unique=False)
    op.create_table(
        "release_operations",
        sa.Column("release_id", sa.Uuid(), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("text_sha256", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "public_id ~ '^([a-z0-9-]+:)?[A-Za-z0-9._~-]+$' AND length(public_id) <= 300",
            name=op.f("ck_release_operations_public_id_well_formed"),
        ),
        sa.ForeignKeyConstraint(["release_id"], ["releases.release_id"], name=op.f("fk_release_operations_release_id")),
        sa.ForeignKeyConstraint(
            ["text_sha256"], ["operations.text_sha256"], name=op.f("fk_release_operations_text_sha256")
        ),
        sa.PrimaryKeyConstraint("release_id", "public_id", name=op.f("pk_release_operations")),
    )
    op.create_index("ix_release_operations_text_sha256", "release_operations", ["text_sha256"], unique=False)
    for statement in APPEND_ONLY:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("release_operations")
    op.drop_table("registry_log")
    op.drop_table("releases")
    op.drop_table("client_keys")
    op.drop_table("operations")
    op.drop_table("clients")
    op.execute("DROP FUNCTION refuse_change()")
