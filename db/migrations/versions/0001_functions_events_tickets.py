"""Functions, events, tickets, pools, packages and import sources."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "organisations",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "name ~ '[^[:space:]]' AND char_length(name) <= 500", name=op.f("ck_organisations_name_well_formed")
        ),
        sa.CheckConstraint(
            "slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND char_length(slug) <= 200",
            name=op.f("ck_organisations_slug_well_formed"),
        ),
        sa.CheckConstraint(
            "timezone ~ '^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$' AND char_length(timezone) <= 64",
            name=op.f("ck_organisations_timezone_well_formed"),
        ),
        sa.CheckConstraint("version >= 1", name=op.f("ck_organisations_version_positive")),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_organisations")),
    )
    op.create_index(
        "uq_organisations_slug", "organisations", ["slug"], unique=True, postgresql_where=sa.text("deleted_at IS NULL")
    )
    op.create_table(
        "capacity_pools",
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("sold", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("held", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "name ~ '[^[:space:]]' AND char_length(name) <= 500", name=op.f("ck_capacity_pools_name_well_formed")
        ),
        sa.CheckConstraint("capacity >= 0", name=op.f("ck_capacity_pools_capacity_not_negative")),
        sa.CheckConstraint("held >= 0", name=op.f("ck_capacity_pools_held_not_negative")),
        sa.CheckConstraint("sold + held <= capacity", name=op.f("ck_capacity_pools_never_oversold")),
        sa.CheckConstraint("sold >= 0", name=op.f("ck_capacity_pools_sold_not_negative")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_capacity_pools_version_positive")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.organisation_id"], name=op.f("fk_capacity_pools_organisation_id")
        ),
        sa.PrimaryKeyConstraint("pool_id", name=op.f("pk_capacity_pools")),
    )
    op.create_index("ix_capacity_pools_organisation_id", "capacity_pools", ["organisation_id"], unique=False)
    op.create_table(
        "functions",
        sa.Column("function_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("start_date", sa.Date(), nullable=True),
        sa.Column("end_date", sa.Date(), nullable=True),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("location", sa.Text(), nullable=True),
        sa.Column("image_url", sa.Text(), nullable=True),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("metadata", postgresql.JSONB(), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column(
            "sort_date",
            sa.Date(),
            sa.Computed("coalesce(start_date, 'infinity'::date)", persisted=True),
            nullable=False,
        ),
        sa.Column(
            "search",
            postgresql.TSVECTOR(),
            sa.Computed(
                "setweight(to_tsvector('simple'::regconfig, name), 'A') || setweight(to_tsvector('simple'::regconfig, coalesce(description, '')), 'B')",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "end_date > '0001-01-01'::date AND end_date < '9999-12-31'::date",
            name=op.f("ck_functions_end_date_representable"),
        ),
        sa.CheckConstraint(
            "external_id IS NULL OR organisation_id IS NOT NULL AND external_id ~ '[^[:space:]]' AND char_length(external_id) <= 600",
            name=op.f("ck_functions_external_id_well_formed"),
        ),
        sa.CheckConstraint(
            "image_url ~ '^https?://[^[:space:]]+$' AND char_length(image_url) <= 2000",
            name=op.f("ck_functions_image_url_well_formed"),
        ),
        sa.CheckConstraint("jsonb_typeof(metadata) = 'object'", name=op.f("ck_functions_metadata_is_object")),
        sa.CheckConstraint(
            "name ~ '[^[:space:]]' AND char_length(name) <= 500", name=op.f("ck_functions_name_well_formed")
        ),
        sa.CheckConstraint(
            "slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND char_length(slug) <= 200", name=op.f("ck_functions_slug_well_formed")
        ),
        sa.CheckConstraint(
            "start_date > '0001-01-01'::date AND start_date < '9999-12-31'::date",
            name=op.f("ck_functions_start_date_representable"),
        ),
        sa.CheckConstraint(
            "timezone ~ '^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$' AND char_length(timezone) <= 64",
            name=op.f("ck_functions_timezone_well_formed"),
        ),
        sa.CheckConstraint("char_length(description) <= 100000", name=op.f("ck_functions_description_length")),
        sa.CheckConstraint("end_date >= start_date", name=op.f("ck_functions_end_not_before_start")),
        sa.CheckConstraint("end_date IS NULL OR start_date IS NOT NULL", name=op.f("ck_functions_end_needs_start")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_functions_version_positive")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.organisation_id"], name=op.f("fk_functions_organisation_id")
        ),
        sa.PrimaryKeyConstraint("function_id", name=op.f("pk_functions")),
        sa.UniqueConstraint("organisation_id", "external_id", name=op.f("uq_functions_organisation_id_external_id")),
    )
    op.create_index(
        "ix_functions_organisation_page",
        "functions",
        ["organisation_id", "sort_date", "function_id"],
        unique=False,
        postgresql_where=sa.text("is_active AND deleted_at IS NULL"),
    )
    op.create_index(
        "ix_functions_page",
        "functions",
        ["sort_date", "function_id"],
        unique=False,
        postgresql_where=sa.text("is_active AND deleted_at IS NULL"),
    )
    op.create_index(
        "ix_functions_search",
        "functions",
        ["search"],
        unique=False,
        postgresql_using="gin",
        postgresql_where=sa.text("is_active AND deleted_at IS NULL"),
    )
    op.create_index(
        "uq_functions_slug", "functions", ["slug"], unique=True, postgresql_where=sa.text("deleted_at IS NULL")
    )
    op.create_table(
        "import_sources",
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "content_sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_import_sources_content_sha256_well_formed")
        ),
        sa.CheckConstraint(
            "name ~ '[^[:space:]]' AND char_length(name) <= 500", name=op.f("ck_import_sources_name_well_formed")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.organisation_id"], name=op.f("fk_import_sources_organisation_id")
        ),
        sa.PrimaryKeyConstraint("source_id", name=op.f("pk_import_sources")),
        sa.UniqueConstraint("organisation_id", "name", name=op.f("uq_import_sources_organisation_id_name")),
    )
    op.create_table(
        "events",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("function_id", sa.Uuid(), nullable=True),
        sa.Column("parent_event_id", sa.Uuid(), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.Text(), server_default=sa.text("'event'"), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("event_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event_end", sa.DateTime(timezone=True), nullable=True),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("location", sa.Text(), nullable=True),
        sa.Column("image_url", sa.Text(), nullable=True),
        sa.Column("is_published", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_featured", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("metadata", postgresql.JSONB(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column(
            "search",
            postgresql.TSVECTOR(),
            sa.Computed(
                "setweight(to_tsvector('simple'::regconfig, title), 'A') || setweight(to_tsvector('simple'::regconfig, coalesce(description, '')), 'B')",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "event_end >= '0001-01-02 00:00:00+00'::timestamptz AND event_end < '9999-12-31 00:00:00+00'::timestamptz",
            name=op.f("ck_events_event_end_representable"),
        ),
        sa.CheckConstraint(
            "event_start >= '0001-01-02 00:00:00+00'::timestamptz AND event_start < '9999-12-31 00:00:00+00'::timestamptz",
            name=op.f("ck_events_event_start_representable"),
        ),
        sa.CheckConstraint(
            "external_id IS NULL OR function_id IS NOT NULL AND external_id ~ '[^[:space:]]' AND char_length(external_id) <= 600",
            name=op.f("ck_events_external_id_well_formed"),
        ),
        sa.CheckConstraint(
            "image_url ~ '^https?://[^[:space:]]+$' AND char_length(image_url) <= 2000",
            name=op.f("ck_events_image_url_well_formed"),
        ),
        sa.CheckConstraint("jsonb_typeof(metadata) = 'object'", name=op.f("ck_events_metadata_is_object")),
        sa.CheckConstraint(
            "slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND char_length(slug) <= 200", name=op.f("ck_events_slug_well_formed")
        ),
        sa.CheckConstraint(
            "timezone ~ '^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$' AND char_length(timezone) <= 64",
            name=op.f("ck_events_timezone_well_formed"),
        ),
        sa.CheckConstraint(
            "title ~ '[^[:space:]]' AND char_length(title) <= 500", name=op.f("ck_events_title_well_formed")
        ),
        sa.CheckConstraint(
            "type ~ '[^[:space:]]' AND char_length(type) <= 100", name=op.f("ck_events_type_well_formed")
        ),
        sa.CheckConstraint("char_length(description) <= 100000", name=op.f("ck_events_description_length")),
        sa.CheckConstraint("event_end >= event_start", name=op.f("ck_events_end_not_before_start")),
        sa.CheckConstraint("parent_event_id <> event_id", name=op.f("ck_events_not_its_own_parent")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_events_version_positive")),
        sa.ForeignKeyConstraint(["function_id"], ["functions.function_id"], name=op.f("fk_events_function_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.organisation_id"], name=op.f("fk_events_organisation_id")
        ),
        sa.ForeignKeyConstraint(["parent_event_id"], ["events.event_id"], name=op.f("fk_events_parent_event_id")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_events")),
        sa.UniqueConstraint("function_id", "external_id", name=op.f("uq_events_function_id_external_id")),
    )
    op.create_index(
        "ix_events_featured_created_at",
        "events",
        ["created_at", "event_id"],
        unique=False,
        postgresql_where=sa.text("is_featured AND is_published AND deleted_at IS NULL"),
    )
    op.create_index(
        "ix_events_featured_event_start",
        "events",
        ["event_start", "event_id"],
        unique=False,
        postgresql_where=sa.text("is_featured AND is_published AND deleted_at IS NULL"),
    )
    op.create_index(
        "ix_events_featured_title",
        "events",
        ["title", "event_id"],
        unique=False,
        postgresql_where=sa.text("is_featured AND is_published AND deleted_at IS NULL"),
    )
    op.create_index(
        "ix_events_function_featured_created_at",
        "events",
        ["function_id", "created_at", "event_id"],
        unique=False,
        postgresql_where=sa.text("is_featured AND is_published AND deleted_at IS NULL"),
    )
    op.create_index(
        "ix_events_function_featured_event_start",
        "events",
        ["function_id", "event_start", "event_id"],
        unique=False,
        postgresql_where=sa.text("is_featured AND is_published AND deleted_at IS NULL"),
    )
    op.create_index(
        "ix_events_function_featured_title",
        "events",
        ["function_id", "title", "event_id"],
        unique=False,
        postgresql_where=sa.text("is_featured AND is_published AND deleted_at IS NULL"),
    )
    op.create_index(
        "ix_events_function_page_created_at",
        "events",
        ["function_id", "created_at", "event_id"],
        unique=False,
        postgresql_where=sa.text("is_published AND deleted_at IS NULL"),
        postgresql_include=None,
    )
    op.create_index(
        "ix_events_function_page_event_start",
        "events",
        ["function_id", "event_start", "event_id"],
        unique=False,
        postgresql_where=sa.text("is_published AND deleted_at IS NULL"),
        postgresql_include=["is_featured"],
    )
    op.create_index(
        "ix_events_function_page_title",
        "events",
        ["function_id", "title", "event_id"],
        unique=False,
        postgresql_where=sa.text("is_published AND deleted_at IS NULL"),
        postgresql_include=None,
    )
    op.create_index(
        "ix_events_organisation_featured_created_at",
        "events",
        ["organisation_id", "created_at", "event_id"],
        unique=False,
        postgresql_where=sa.text("is_featured AND is_published AND deleted_at IS NULL"),
    )
    op.create_index(
        "ix_events_organisation_featured_event_start",
        "events",
        ["organisation_id", "event_start", "event_id"],
        unique=False,
        postgresql_where=sa.text("is_featured AND is_published AND deleted_at IS NULL"),
    )
    op.create_index(
        "ix_events_organisation_featured_title",
        "events",
        ["organisation_id", "title", "event_id"],
        unique=False,
        postgresql_where=sa.text("is_featured AND is_published AND deleted_at IS NULL"),
    )
    op.create_index(
        "ix_events_organisation_page_created_at",
        "events",
        ["organisation_id", "created_at", "event_id"],
        unique=False,
        postgresql_where=sa.text("is_published AND deleted_at IS NULL"),
        postgresql_include=None,
    )
    op.create_index(
        "ix_events_organisation_page_event_start",
        "events",
        ["organisation_id", "event_start", "event_id"],
        unique=False,
        postgresql_where=sa.text("is_published AND deleted_at IS NULL"),
        postgresql_include=["is_featured"],
    )
    op.create_index(
        "ix_events_organisation_page_title",
        "events",
        ["organisation_id", "title", "event_id"],
        unique=False,
        postgresql_where=sa.text("is_published AND deleted_at IS NULL"),
        postgresql_include=None,
    )
    op.create_index(
        "ix_events_page_created_at",
        "events",
        ["created_at", "event_id"],
        unique=False,
        postgresql_where=sa.text("is_published AND deleted_at IS NULL"),
        postgresql_include=None,
    )
    op.create_index(
        "ix_events_page_event_start",
        "events",
        ["event_start", "event_id"],
        unique=False,
        postgresql_where=sa.text("is_published AND deleted_at IS NULL"),
        postgresql_include=["is_featured"],
    )
    op.create_index(
        "ix_events_page_title",
        "events",
        ["title", "event_id"],
        unique=False,
        postgresql_where=sa.text("is_published AND deleted_at IS NULL"),
        postgresql_include=None,
    )
    op.create_index(
        "ix_events_parent_page",
        "events",
        ["parent_event_id", "event_start", "event_id"],
        unique=False,
        postgresql_where=sa.text("parent_event_id IS NOT NULL"),
    )
    op.create_index(
        "ix_events_search",
        "events",
        ["search"],
        unique=False,
        postgresql_using="gin",
        postgresql_where=sa.text("is_published AND deleted_at IS NULL"),
    )
    op.create_index("uq_events_slug", "events", ["slug"], unique=True, postgresql_where=sa.text("deleted_at IS NULL"))
    op.create_table(
        "imported_functions",
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("function_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["function_id"], ["functions.function_id"], name=op.f("fk_imported_functions_function_id")
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["import_sources.source_id"], name=op.f("fk_imported_functions_source_id")
        ),
        sa.PrimaryKeyConstraint("source_id", "function_id", name=op.f("pk_imported_functions")),
    )
    op.create_index("ix_imported_functions_function_id", "imported_functions", ["function_id"], unique=False)
    op.create_table(
        "packages",
        sa.Column("package_id", sa.Uuid(), nullable=False),
        sa.Column("function_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("price_amount", sa.BigInteger(), nullable=False),
        sa.Column("price_currency", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "search",
            postgresql.TSVECTOR(),
            sa.Computed(
                "setweight(to_tsvector('simple'::regconfig, name), 'A') || setweight(to_tsvector('simple'::regconfig, coalesce(description, '')), 'B')",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "name ~ '[^[:space:]]' AND char_length(name) <= 500", name=op.f("ck_packages_name_well_formed")
        ),
        sa.CheckConstraint("price_currency ~ '^[A-Z]{3}$'", name=op.f("ck_packages_currency_well_formed")),
        sa.CheckConstraint("char_length(description) <= 100000", name=op.f("ck_packages_description_length")),
        sa.CheckConstraint("price_amount >= 0", name=op.f("ck_packages_price_not_negative")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_packages_version_positive")),
        sa.ForeignKeyConstraint(["function_id"], ["functions.function_id"], name=op.f("fk_packages_function_id")),
        sa.PrimaryKeyConstraint("package_id", name=op.f("pk_packages")),
    )
    op.create_index("ix_packages_page", "packages", ["function_id", "package_id"], unique=False)
    op.create_index(
        "ix_packages_search",
        "packages",
        ["search"],
        unique=False,
        postgresql_using="gin",
        postgresql_where=sa.text("is_active AND deleted_at IS NULL"),
    )
    op.create_table(
        "event_tickets",
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("price_amount", sa.BigInteger(), nullable=False),
        sa.Column("price_currency", sa.Text(), nullable=False),
        sa.Column("min_per_order", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("max_per_order", sa.Integer(), server_default=sa.text("10"), nullable=False),
        sa.Column("sale_start", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sale_end", sa.DateTime(timezone=True), nullable=True),
        sa.Column("position", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "name ~ '[^[:space:]]' AND char_length(name) <= 500", name=op.f("ck_event_tickets_name_well_formed")
        ),
        sa.CheckConstraint("price_currency ~ '^[A-Z]{3}$'", name=op.f("ck_event_tickets_currency_well_formed")),
        sa.CheckConstraint(
            "sale_end >= '0001-01-02 00:00:00+00'::timestamptz AND sale_end < '9999-12-31 00:00:00+00'::timestamptz",
            name=op.f("ck_event_tickets_sale_end_representable"),
        ),
        sa.CheckConstraint(
            "sale_start >= '0001-01-02 00:00:00+00'::timestamptz AND sale_start < '9999-12-31 00:00:00+00'::timestamptz",
            name=op.f("ck_event_tickets_sale_start_representable"),
        ),
        sa.CheckConstraint(
            "1 <= min_per_order AND min_per_order <= max_per_order", name=op.f("ck_event_tickets_order_range")
        ),
        sa.CheckConstraint("char_length(description) <= 100000", name=op.f("ck_event_tickets_description_length")),
        sa.CheckConstraint("price_amount >= 0", name=op.f("ck_event_tickets_price_not_negative")),
        sa.CheckConstraint("sale_end >= sale_start", name=op.f("ck_event_tickets_sale_end_not_before_start")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_event_tickets_version_positive")),
        sa.ForeignKeyConstraint(["event_id"], ["events.event_id"], name=op.f("fk_event_tickets_event_id")),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_event_tickets")),
    )
    op.create_index("ix_event_tickets_page", "event_tickets", ["event_id", "position", "ticket_id"], unique=False)
    op.create_table(
        "package_items",
        sa.Column("package_id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("quantity", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("allocated_amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("allocated_amount >= 0", name=op.f("ck_package_items_allocated_not_negative")),
        sa.CheckConstraint("quantity >= 1", name=op.f("ck_package_items_quantity_positive")),
        sa.ForeignKeyConstraint(["package_id"], ["packages.package_id"], name=op.f("fk_package_items_package_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["event_tickets.ticket_id"], name=op.f("fk_package_items_ticket_id")),
        sa.PrimaryKeyConstraint("package_id", "ticket_id", name=op.f("pk_package_items")),
    )
    op.create_table(
        "ticket_pools",
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["pool_id"], ["capacity_pools.pool_id"], name=op.f("fk_ticket_pools_pool_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["event_tickets.ticket_id"], name=op.f("fk_ticket_pools_ticket_id")),
        sa.PrimaryKeyConstraint("ticket_id", "pool_id", name=op.f("pk_ticket_pools")),
    )
    op.create_index("ix_ticket_pools_pool_id", "ticket_pools", ["pool_id", "ticket_id"], unique=False)


def downgrade() -> None:
    op.drop_table("ticket_pools")
    op.drop_table("package_items")
    op.drop_table("event_tickets")
    op.drop_table("packages")
    op.drop_table("imported_functions")
    op.drop_table("events")
    op.drop_table("import_sources")
    op.drop_table("functions")
    op.drop_table("capacity_pools")
    op.drop_table("organisations")
