"""Registrations, prices, payments, and what is told of them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    _make_prices()
    _make_orders()
    op.add_column(
        "capacity_pools", sa.Column("sold_elsewhere", sa.Integer(), server_default=sa.text("0"), nullable=False)
    )
    op.add_column(
        "capacity_pools", sa.Column("held_elsewhere", sa.Integer(), server_default=sa.text("0"), nullable=False)
    )
    op.create_check_constraint(
        op.f("ck_capacity_pools_sold_elsewhere_not_negative"), "capacity_pools", "sold_elsewhere >= 0"
    )
    op.create_check_constraint(
        op.f("ck_capacity_pools_held_elsewhere_not_negative"), "capacity_pools", "held_elsewhere >= 0"
    )
    # Whatever was sold before this server sold anything was sold elsewhere.
    op.execute("UPDATE capacity_pools SET sold_elsewhere = sold, held_elsewhere = held")


def _make_prices() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("request_sha256", sa.Text(), nullable=False),
        sa.Column("outcome", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("response", postgresql.BYTEA(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "expires_at >= created_at + interval '24 hours'", name=op.f("ck_idempotency_keys_kept_for_a_day")
        ),
        sa.CheckConstraint("jsonb_typeof(outcome) = 'object'", name=op.f("ck_idempotency_keys_outcome_is_object")),
        sa.CheckConstraint(
            "key ~ '[^[:space:]]' AND char_length(key) <= 255", name=op.f("ck_idempotency_keys_key_well_formed")
        ),
        sa.CheckConstraint(
            "operation ~ '[^[:space:]]' AND char_length(operation) <= 100",
            name=op.f("ck_idempotency_keys_operation_well_formed"),
        ),
        sa.CheckConstraint(
            "principal ~ '[^[:space:]]' AND char_length(principal) <= 255",
            name=op.f("ck_idempotency_keys_principal_well_formed"),
        ),
        sa.CheckConstraint(
            "request_sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_idempotency_keys_request_sha256_well_formed")
        ),
        sa.PrimaryKeyConstraint("principal", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index("ix_idempotency_keys_expires_at", "idempotency_keys", ["expires_at"], unique=False)
    op.create_table(
        "memberships",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind ~ '[^[:space:]]' AND char_length(kind) <= 100", name=op.f("ck_memberships_kind_well_formed")
        ),
        sa.CheckConstraint(
            "valid_from >= '0001-01-02 00:00:00+00'::timestamptz AND valid_from < '9999-12-31 00:00:00+00'::timestamptz",
            name=op.f("ck_memberships_valid_from_representable"),
        ),
        sa.CheckConstraint(
            "valid_until >= '0001-01-02 00:00:00+00'::timestamptz AND valid_until < '9999-12-31 00:00:00+00'::timestamptz",
            name=op.f("ck_memberships_valid_until_representable"),
        ),
        sa.CheckConstraint("valid_until >= valid_from", name=op.f("ck_memberships_valid_until_not_before_start")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name=op.f("fk_memberships_customer_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.organisation_id"], name=op.f("fk_memberships_organisation_id")
        ),
        sa.PrimaryKeyConstraint("organisation_id", "customer_id", "kind", name=op.f("pk_memberships")),
    )
    op.create_index("ix_memberships_customer_id", "memberships", ["customer_id"], unique=False)
    op.create_table(
        "taxes",
        sa.Column("tax_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rate", sa.Integer(), nullable=False),
        sa.Column("is_included", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "name ~ '[^[:space:]]' AND char_length(name) <= 100", name=op.f("ck_taxes_name_well_formed")
        ),
        sa.CheckConstraint("rate BETWEEN 0 AND 10000000", name=op.f("ck_taxes_rate_in_range")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_taxes_version_positive")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.organisation_id"], name=op.f("fk_taxes_organisation_id")
        ),
        sa.PrimaryKeyConstraint("tax_id", name=op.f("pk_taxes")),
    )
    op.create_index("ix_taxes_organisation_id", "taxes", ["organisation_id", "tax_id"], unique=False)
    op.create_table(
        "eligibility_rules",
        sa.Column("rule_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=True),
        sa.Column("package_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("membership", sa.Text(), nullable=True),
        sa.Column("member_of_id", sa.Uuid(), nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'ORGANISATION') = (member_of_id IS NOT NULL)", name=op.f("ck_eligibility_rules_organisation_named")
        ),
        sa.CheckConstraint(
            "description ~ '[^[:space:]]' AND char_length(description) <= 500",
            name=op.f("ck_eligibility_rules_description_well_formed"),
        ),
        sa.CheckConstraint(
            "kind = 'MEMBERSHIP' OR membership IS NULL", name=op.f("ck_eligibility_rules_membership_of_membership")
        ),
        sa.CheckConstraint(
            "kind IN ('MEMBERSHIP', 'VOUCHER', 'ORGANISATION', 'STAFF')", name=op.f("ck_eligibility_rules_kind_known")
        ),
        sa.CheckConstraint(
            "membership ~ '[^[:space:]]' AND char_length(membership) <= 100",
            name=op.f("ck_eligibility_rules_membership_well_formed"),
        ),
        sa.CheckConstraint("num_nonnulls(ticket_id, package_id) = 1", name=op.f("ck_eligibility_rules_one_item")),
        sa.ForeignKeyConstraint(
            ["member_of_id"], ["organisations.organisation_id"], name=op.f("fk_eligibility_rules_member_of_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.organisation_id"], name=op.f("fk_eligibility_rules_organisation_id")
        ),
        sa.ForeignKeyConstraint(["package_id"], ["packages.package_id"], name=op.f("fk_eligibility_rules_package_id")),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["event_tickets.ticket_id"], name=op.f("fk_eligibility_rules_ticket_id")
        ),
        sa.PrimaryKeyConstraint("rule_id", name=op.f("pk_eligibility_rules")),
    )
    op.create_index(
        "ix_eligibility_rules_organisation_id", "eligibility_rules", ["organisation_id", "rule_id"], unique=False
    )
    op.create_index("ix_eligibility_rules_package_id", "eligibility_rules", ["package_id"], unique=False)
    op.create_index("ix_eligibility_rules_ticket_id", "eligibility_rules", ["ticket_id"], unique=False)
    op.create_table(
        "price_rules",
        sa.Column("rule_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("function_id", sa.Uuid(), nullable=True),
        sa.Column("ticket_id", sa.Uuid(), nullable=True),
        sa.Column("package_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sold_below", sa.Integer(), nullable=True),
        sa.Column("membership", sa.Text(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("share_off", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("(kind = 'EARLY_BIRD') = (until IS NOT NULL)", name=op.f("ck_price_rules_early_bird_until")),
        sa.CheckConstraint(
            "(kind = 'TIER') = (sold_below IS NOT NULL) AND (sold_below IS NULL OR sold_below >= 1)",
            name=op.f("ck_price_rules_tier_size"),
        ),
        sa.CheckConstraint("kind = 'MEMBER' OR membership IS NULL", name=op.f("ck_price_rules_membership_of_member")),
        sa.CheckConstraint("kind IN ('EARLY_BIRD', 'TIER', 'MEMBER')", name=op.f("ck_price_rules_kind_known")),
        sa.CheckConstraint(
            "membership ~ '[^[:space:]]' AND char_length(membership) <= 100",
            name=op.f("ck_price_rules_membership_well_formed"),
        ),
        sa.CheckConstraint(
            "name ~ '[^[:space:]]' AND char_length(name) <= 100", name=op.f("ck_price_rules_name_well_formed")
        ),
        sa.CheckConstraint(
            "until >= '0001-01-02 00:00:00+00'::timestamptz AND until < '9999-12-31 00:00:00+00'::timestamptz",
            name=op.f("ck_price_rules_until_representable"),
        ),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_price_rules_amount_not_negative")),
        sa.CheckConstraint("function_id IS NULL OR amount IS NULL", name=op.f("ck_price_rules_share_of_a_function")),
        sa.CheckConstraint("num_nonnulls(amount, share_off) = 1", name=op.f("ck_price_rules_one_price")),
        sa.CheckConstraint(
            "num_nonnulls(function_id, ticket_id, package_id) = 1", name=op.f("ck_price_rules_one_target")
        ),
        sa.CheckConstraint("share_off BETWEEN 0 AND 1000000", name=op.f("ck_price_rules_share_off_is_part")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_price_rules_version_positive")),
        sa.ForeignKeyConstraint(["function_id"], ["functions.function_id"], name=op.f("fk_price_rules_function_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.organisation_id"], name=op.f("fk_price_rules_organisation_id")
        ),
        sa.ForeignKeyConstraint(["package_id"], ["packages.package_id"], name=op.f("fk_price_rules_package_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["event_tickets.ticket_id"], name=op.f("fk_price_rules_ticket_id")),
        sa.PrimaryKeyConstraint("rule_id", name=op.f("pk_price_rules")),
    )
    op.create_index("ix_price_rules_function_id", "price_rules", ["function_id"], unique=False)
    op.create_index("ix_price_rules_organisation_id", "price_rules", ["organisation_id", "rule_id"], unique=False)
    op.create_index("ix_price_rules_package_id", "price_rules", ["package_id"], unique=False)
    op.create_index("ix_price_rules_ticket_id", "price_rules", ["ticket_id"], unique=False)
    op.create_table(
        "ticket_taxes",
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("tax_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["tax_id"], ["taxes.tax_id"], name=op.f("fk_ticket_taxes_tax_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["event_tickets.ticket_id"], name=op.f("fk_ticket_taxes_ticket_id")),
        sa.PrimaryKeyConstraint("ticket_id", "tax_id", name=op.f("pk_ticket_taxes")),
    )
    op.create_index("ix_ticket_taxes_tax_id", "ticket_taxes", ["tax_id"], unique=False)
    op.create_table(
        "vouchers",
        sa.Column("voucher_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("function_id", sa.Uuid(), nullable=True),
        sa.Column("ticket_id", sa.Uuid(), nullable=True),
        sa.Column("package_id", sa.Uuid(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("share_off", sa.Integer(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("max_uses", sa.Integer(), nullable=True),
        sa.Column("used", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "(kind <> 'PERCENTAGE') = (amount IS NOT NULL) AND (amount IS NULL) = (currency IS NULL)",
            name=op.f("ck_vouchers_amount_with_currency"),
        ),
        sa.CheckConstraint(
            "(kind = 'PERCENTAGE') = (share_off IS NOT NULL)", name=op.f("ck_vouchers_share_of_percentage")
        ),
        sa.CheckConstraint("code ~ '^[0-9A-Z][0-9A-Z_-]{2,63}$'", name=op.f("ck_vouchers_code_well_formed")),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_vouchers_currency_well_formed")),
        sa.CheckConstraint("kind IN ('PERCENTAGE', 'AMOUNT', 'FIXED_PRICE')", name=op.f("ck_vouchers_kind_known")),
        sa.CheckConstraint(
            "valid_from >= '0001-01-02 00:00:00+00'::timestamptz AND valid_from < '9999-12-31 00:00:00+00'::timestamptz",
            name=op.f("ck_vouchers_valid_from_representable"),
        ),
        sa.CheckConstraint(
            "valid_until >= '0001-01-02 00:00:00+00'::timestamptz AND valid_until < '9999-12-31 00:00:00+00'::timestamptz",
            name=op.f("ck_vouchers_valid_until_representable"),
        ),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_vouchers_amount_not_negative")),
        sa.CheckConstraint(
            "num_nonnulls(function_id, ticket_id, package_id) <= 1", name=op.f("ck_vouchers_one_target")
        ),
        sa.CheckConstraint("share_off BETWEEN 0 AND 1000000", name=op.f("ck_vouchers_share_off_is_part")),
        sa.CheckConstraint("used <= max_uses", name=op.f("ck_vouchers_never_overused")),
        sa.CheckConstraint("used >= 0", name=op.f("ck_vouchers_used_not_negative")),
        sa.CheckConstraint("valid_until >= valid_from", name=op.f("ck_vouchers_valid_until_not_before_start")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_vouchers_version_positive")),
        sa.ForeignKeyConstraint(["function_id"], ["functions.function_id"], name=op.f("fk_vouchers_function_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.organisation_id"], name=op.f("fk_vouchers_organisation_id")
        ),
        sa.ForeignKeyConstraint(["package_id"], ["packages.package_id"], name=op.f("fk_vouchers_package_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["event_tickets.ticket_id"], name=op.f("fk_vouchers_ticket_id")),
        sa.PrimaryKeyConstraint("voucher_id", name=op.f("pk_vouchers")),
    )
    op.create_index(
        "uq_vouchers_code",
        "vouchers",
        ["organisation_id", "code"],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )


def _make_orders() -> None:
    op.create_table(
        "registrations",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("function_id", sa.Uuid(), nullable=True),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("billed_to_id", sa.Uuid(), nullable=True),
        sa.Column("voucher_id", sa.Uuid(), nullable=True),
        sa.Column("confirmation_number", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("locale", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("subtotal_amount", sa.BigInteger(), nullable=False),
        sa.Column("discount_amount", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("tax_included_amount", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("tax_added_amount", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("total_amount", sa.BigInteger(), nullable=False),
        sa.Column("hold_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("metadata", postgresql.JSONB(), nullable=True),
        sa.Column("internal_notes", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "confirmation_number ~ '^[0-9A-Z]{6,20}$'", name=op.f("ck_registrations_confirmation_number_well_formed")
        ),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_registrations_currency_well_formed")),
        sa.CheckConstraint(
            "email ~ '^[^[:space:]@]+@[^[:space:]@]+$' AND char_length(email) <= 320",
            name=op.f("ck_registrations_email_well_formed"),
        ),
        sa.CheckConstraint("jsonb_typeof(metadata) = 'object'", name=op.f("ck_registrations_metadata_is_object")),
        sa.CheckConstraint(
            "locale ~ '^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$' AND char_length(locale) <= 35",
            name=op.f("ck_registrations_locale_well_formed"),
        ),
        sa.CheckConstraint(
            "state IN ('DRAFT', 'HELD', 'AWAITING_PAYMENT', 'PROCESSING', 'CONFIRMED', 'EXPIRED', 'CANCELLED', 'PARTIALLY_REFUNDED', 'REFUNDED')",
            name=op.f("ck_registrations_state_known"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('AWAITING_PAYMENT'::text, 'HELD'::text, 'PROCESSING'::text) OR hold_expires_at IS NOT NULL",
            name=op.f("ck_registrations_hold_expires_while_held"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('CONFIRMED', 'PARTIALLY_REFUNDED', 'REFUNDED') OR confirmation_number IS NOT NULL AND confirmed_at IS NOT NULL",
            name=op.f("ck_registrations_confirmed_with_number"),
        ),
        sa.CheckConstraint("char_length(internal_notes) <= 10000", name=op.f("ck_registrations_internal_notes_length")),
        sa.CheckConstraint("discount_amount >= 0", name=op.f("ck_registrations_discount_amount_not_negative")),
        sa.CheckConstraint("subtotal_amount >= 0", name=op.f("ck_registrations_subtotal_amount_not_negative")),
        sa.CheckConstraint("tax_added_amount >= 0", name=op.f("ck_registrations_tax_added_amount_not_negative")),
        sa.CheckConstraint("tax_included_amount >= 0", name=op.f("ck_registrations_tax_included_amount_not_negative")),
        sa.CheckConstraint(
            "total_amount = subtotal_amount - discount_amount + tax_added_amount",
            name=op.f("ck_registrations_total_is_what_it_adds_up_to"),
        ),
        sa.CheckConstraint("total_amount >= 0", name=op.f("ck_registrations_total_amount_not_negative")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_registrations_version_positive")),
        sa.ForeignKeyConstraint(
            ["billed_to_id"], ["organisations.organisation_id"], name=op.f("fk_registrations_billed_to_id")
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name=op.f("fk_registrations_customer_id")),
        sa.ForeignKeyConstraint(["function_id"], ["functions.function_id"], name=op.f("fk_registrations_function_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.organisation_id"], name=op.f("fk_registrations_organisation_id")
        ),
        sa.ForeignKeyConstraint(["voucher_id"], ["vouchers.voucher_id"], name=op.f("fk_registrations_voucher_id")),
        sa.PrimaryKeyConstraint("registration_id", name=op.f("pk_registrations")),
        sa.UniqueConstraint("confirmation_number", name=op.f("uq_registrations_confirmation_number")),
    )
    op.create_index(
        "ix_registrations_billed_to_id",
        "registrations",
        ["billed_to_id", "registration_id"],
        unique=False,
        postgresql_where=sa.text("billed_to_id IS NOT NULL"),
    )
    op.create_index("ix_registrations_customer_id", "registrations", ["customer_id", "registration_id"], unique=False)
    op.create_index("ix_registrations_function_id", "registrations", ["function_id", "registration_id"], unique=False)
    op.create_index(
        "ix_registrations_hold_expires_at",
        "registrations",
        ["hold_expires_at", "registration_id"],
        unique=False,
        postgresql_where=sa.text("state = ANY (ARRAY['AWAITING_PAYMENT'::text, 'HELD'::text])"),
    )
    op.create_index(
        "ix_registrations_organisation_id", "registrations", ["organisation_id", "registration_id"], unique=False
    )
    op.create_index(
        "ix_registrations_organisation_updated",
        "registrations",
        ["organisation_id", "updated_at", "registration_id"],
        unique=False,
    )
    op.create_table(
        "outbox",
        sa.Column("sequence", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=True),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dead_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.CheckConstraint("jsonb_typeof(payload) = 'object'", name=op.f("ck_outbox_payload_is_object")),
        sa.CheckConstraint(
            "topic ~ '[^[:space:]]' AND char_length(topic) <= 100", name=op.f("ck_outbox_topic_well_formed")
        ),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_outbox_attempts_not_negative")),
        sa.CheckConstraint("char_length(last_error) <= 10000", name=op.f("ck_outbox_last_error_length")),
        sa.CheckConstraint("num_nonnulls(delivered_at, dead_at) <= 1", name=op.f("ck_outbox_delivered_or_dead")),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.registration_id"], name=op.f("fk_outbox_registration_id")
        ),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_outbox")),
    )
    op.create_index(
        "ix_outbox_delivered_at",
        "outbox",
        ["delivered_at"],
        unique=False,
        postgresql_where=sa.text("delivered_at IS NOT NULL"),
    )
    op.create_index(
        "ix_outbox_pending",
        "outbox",
        ["next_attempt_at", "sequence"],
        unique=False,
        postgresql_where=sa.text("delivered_at IS NULL AND dead_at IS NULL"),
    )
    op.create_index(
        "ix_outbox_registration_id",
        "outbox",
        ["registration_id", "sequence"],
        unique=False,
        postgresql_where=sa.text("delivered_at IS NULL"),
    )
    op.create_table(
        "payments",
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("provider_reference", sa.Text(), nullable=True),
        sa.Column("client_secret", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), server_default=sa.text("'PENDING'"), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("refunded_amount", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("failure_code", sa.Text(), nullable=True),
        sa.Column("metadata", postgresql.JSONB(), nullable=True),
        sa.Column("processed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "client_secret ~ '[^[:space:]]' AND char_length(client_secret) <= 500",
            name=op.f("ck_payments_client_secret_well_formed"),
        ),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_payments_currency_well_formed")),
        sa.CheckConstraint(
            "failure_code ~ '[^[:space:]]' AND char_length(failure_code) <= 100",
            name=op.f("ck_payments_failure_code_well_formed"),
        ),
        sa.CheckConstraint("jsonb_typeof(metadata) = 'object'", name=op.f("ck_payments_metadata_is_object")),
        sa.CheckConstraint(
            "provider ~ '[^[:space:]]' AND char_length(provider) <= 100", name=op.f("ck_payments_provider_well_formed")
        ),
        sa.CheckConstraint(
            "provider_reference ~ '[^[:space:]]' AND char_length(provider_reference) <= 255",
            name=op.f("ck_payments_provider_reference_well_formed"),
        ),
        sa.CheckConstraint(
            "state IN ('PENDING', 'AUTHORIZED', 'SUCCEEDED', 'FAILED', 'PARTIALLY_REFUNDED', 'REFUNDED')",
            name=op.f("ck_payments_state_known"),
        ),
        sa.CheckConstraint("amount >= 1", name=op.f("ck_payments_amount_not_below_1")),
        sa.CheckConstraint("refunded_amount BETWEEN 0 AND amount", name=op.f("ck_payments_never_refunded_beyond")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_payments_version_positive")),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.registration_id"], name=op.f("fk_payments_registration_id")
        ),
        sa.PrimaryKeyConstraint("payment_id", name=op.f("pk_payments")),
        sa.UniqueConstraint("provider", "provider_reference", name=op.f("uq_payments_provider_provider_reference")),
    )
    op.create_index("ix_payments_registration_id", "payments", ["registration_id", "payment_id"], unique=False)
    op.create_index(
        "ix_payments_under_way",
        "payments",
        ["updated_at", "payment_id"],
        unique=False,
        postgresql_where=sa.text("state = ANY (ARRAY['PENDING'::text, 'AUTHORIZED'::text])"),
    )
    op.create_index(
        "uq_payments_under_way",
        "payments",
        ["registration_id"],
        unique=True,
        postgresql_where=sa.text("state = ANY (ARRAY['PENDING'::text, 'AUTHORIZED'::text])"),
    )
    op.create_table(
        "pool_claims",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("held", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("sold", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("held >= 0", name=op.f("ck_pool_claims_held_not_negative")),
        sa.CheckConstraint("sold >= 0", name=op.f("ck_pool_claims_sold_not_negative")),
        sa.ForeignKeyConstraint(["pool_id"], ["capacity_pools.pool_id"], name=op.f("fk_pool_claims_pool_id")),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.registration_id"], name=op.f("fk_pool_claims_registration_id")
        ),
        sa.PrimaryKeyConstraint("registration_id", "pool_id", name=op.f("pk_pool_claims")),
    )
    op.create_index(
        "ix_pool_claims_pool_id",
        "pool_claims",
        ["pool_id"],
        unique=False,
        postgresql_where=sa.text("held > 0 OR sold > 0"),
    )
    op.create_table(
        "registration_lines",
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=True),
        sa.Column("package_id", sa.Uuid(), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("list_amount", sa.BigInteger(), nullable=False),
        sa.Column("unit_amount", sa.BigInteger(), nullable=False),
        sa.Column("discount_amount", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("tax_included_amount", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("tax_added_amount", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("total_amount", sa.BigInteger(), nullable=False),
        sa.Column("breakdown", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.CheckConstraint(
            "jsonb_typeof(breakdown) = 'object'", name=op.f("ck_registration_lines_breakdown_is_object")
        ),
        sa.CheckConstraint("discount_amount >= 0", name=op.f("ck_registration_lines_discount_amount_not_negative")),
        sa.CheckConstraint("list_amount >= 0", name=op.f("ck_registration_lines_list_amount_not_negative")),
        sa.CheckConstraint("num_nonnulls(ticket_id, package_id) = 1", name=op.f("ck_registration_lines_one_item")),
        sa.CheckConstraint("position >= 0", name=op.f("ck_registration_lines_position_not_below_0")),
        sa.CheckConstraint("quantity >= 1", name=op.f("ck_registration_lines_quantity_not_below_1")),
        sa.CheckConstraint("tax_added_amount >= 0", name=op.f("ck_registration_lines_tax_added_amount_not_negative")),
        sa.CheckConstraint(
            "tax_included_amount >= 0", name=op.f("ck_registration_lines_tax_included_amount_not_negative")
        ),
        sa.CheckConstraint(
            "total_amount = quantity * unit_amount - discount_amount + tax_added_amount",
            name=op.f("ck_registration_lines_total_is_what_it_adds_up_to"),
        ),
        sa.CheckConstraint("total_amount >= 0", name=op.f("ck_registration_lines_total_amount_not_negative")),
        sa.CheckConstraint("unit_amount >= 0", name=op.f("ck_registration_lines_unit_amount_not_negative")),
        sa.ForeignKeyConstraint(["package_id"], ["packages.package_id"], name=op.f("fk_registration_lines_package_id")),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.registration_id"], name=op.f("fk_registration_lines_registration_id")
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["event_tickets.ticket_id"], name=op.f("fk_registration_lines_ticket_id")
        ),
        sa.PrimaryKeyConstraint("line_id", name=op.f("pk_registration_lines")),
        sa.UniqueConstraint("registration_id", "position", name=op.f("uq_registration_lines_registration_id_position")),
    )
    op.create_index(
        "ix_registration_lines_package_id",
        "registration_lines",
        ["package_id"],
        unique=False,
        postgresql_where=sa.text("package_id IS NOT NULL"),
    )
    op.create_index(
        "ix_registration_lines_ticket_id",
        "registration_lines",
        ["ticket_id"],
        unique=False,
        postgresql_where=sa.text("ticket_id IS NOT NULL"),
    )
    op.create_table(
        "registration_taxes",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rate", sa.Integer(), nullable=False),
        sa.Column("is_included", sa.Boolean(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "name ~ '[^[:space:]]' AND char_length(name) <= 100", name=op.f("ck_registration_taxes_name_well_formed")
        ),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_registration_taxes_amount_not_negative")),
        sa.CheckConstraint("position >= 0", name=op.f("ck_registration_taxes_position_not_below_0")),
        sa.CheckConstraint("rate >= 0", name=op.f("ck_registration_taxes_rate_not_below_0")),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.registration_id"], name=op.f("fk_registration_taxes_registration_id")
        ),
        sa.PrimaryKeyConstraint("registration_id", "position", name=op.f("pk_registration_taxes")),
    )
    op.create_table(
        "voucher_uses",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("voucher_id", sa.Uuid(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.registration_id"], name=op.f("fk_voucher_uses_registration_id")
        ),
        sa.ForeignKeyConstraint(["voucher_id"], ["vouchers.voucher_id"], name=op.f("fk_voucher_uses_voucher_id")),
        sa.PrimaryKeyConstraint("registration_id", name=op.f("pk_voucher_uses")),
    )
    op.create_index("ix_voucher_uses_voucher_id", "voucher_uses", ["voucher_id"], unique=False)
    op.create_table(
        "waiting_list_entries",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=True),
        sa.Column("package_id", sa.Uuid(), nullable=True),
        sa.Column("quantity", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), server_default=sa.text("'WAITING'"), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=True),
        sa.Column("offer_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "email ~ '^[^[:space:]@]+@[^[:space:]@]+$' AND char_length(email) <= 320",
            name=op.f("ck_waiting_list_entries_email_well_formed"),
        ),
        sa.CheckConstraint(
            "locale ~ '^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$' AND char_length(locale) <= 35",
            name=op.f("ck_waiting_list_entries_locale_well_formed"),
        ),
        sa.CheckConstraint(
            "state IN ('WAITING', 'OFFERED', 'TAKEN', 'LAPSED', 'LEFT')",
            name=op.f("ck_waiting_list_entries_state_known"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('OFFERED', 'TAKEN', 'LAPSED') OR registration_id IS NOT NULL AND offer_expires_at IS NOT NULL",
            name=op.f("ck_waiting_list_entries_offered_with_deadline"),
        ),
        sa.CheckConstraint("num_nonnulls(ticket_id, package_id) = 1", name=op.f("ck_waiting_list_entries_one_item")),
        sa.CheckConstraint("quantity >= 1", name=op.f("ck_waiting_list_entries_quantity_not_below_1")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.customer_id"], name=op.f("fk_waiting_list_entries_customer_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.organisation_id"], name=op.f("fk_waiting_list_entries_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["package_id"], ["packages.package_id"], name=op.f("fk_waiting_list_entries_package_id")
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.registration_id"], name=op.f("fk_waiting_list_entries_registration_id")
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["event_tickets.ticket_id"], name=op.f("fk_waiting_list_entries_ticket_id")
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_waiting_list_entries")),
        sa.UniqueConstraint("position", name=op.f("uq_waiting_list_entries_position")),
        sa.UniqueConstraint("registration_id", name=op.f("uq_waiting_list_entries_registration_id")),
    )
    op.create_index("ix_waiting_list_entries_customer_id", "waiting_list_entries", ["customer_id"], unique=False)
    op.create_index(
        "ix_waiting_list_entries_organisation_id", "waiting_list_entries", ["organisation_id", "position"], unique=False
    )
    op.create_index(
        "ix_waiting_list_entries_package_id",
        "waiting_list_entries",
        ["package_id", "position"],
        unique=False,
        postgresql_where=sa.text("state = 'WAITING'::text"),
    )
    op.create_index(
        "ix_waiting_list_entries_ticket_id",
        "waiting_list_entries",
        ["ticket_id", "position"],
        unique=False,
        postgresql_where=sa.text("state = 'WAITING'::text"),
    )
    op.create_index(
        "uq_waiting_list_entries_package_email",
        "waiting_list_entries",
        ["package_id", sa.literal_column("lower(email)")],
        unique=True,
        postgresql_where=sa.text("state = ANY (ARRAY['WAITING'::text, 'OFFERED'::text])"),
    )
    op.create_index(
        "uq_waiting_list_entries_ticket_email",
        "waiting_list_entries",
        ["ticket_id", sa.literal_column("lower(email)")],
        unique=True,
        postgresql_where=sa.text("state = ANY (ARRAY['WAITING'::text, 'OFFERED'::text])"),
    )
    op.create_table(
        "refunds",
        sa.Column("refund_id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("provider_reference", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), server_default=sa.text("'PENDING'"), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("failure_code", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "failure_code ~ '[^[:space:]]' AND char_length(failure_code) <= 100",
            name=op.f("ck_refunds_failure_code_well_formed"),
        ),
        sa.CheckConstraint(
            "provider_reference ~ '[^[:space:]]' AND char_length(provider_reference) <= 255",
            name=op.f("ck_refunds_provider_reference_well_formed"),
        ),
        sa.CheckConstraint(
            "reason ~ '[^[:space:]]' AND char_length(reason) <= 500", name=op.f("ck_refunds_reason_well_formed")
        ),
        sa.CheckConstraint("state IN ('PENDING', 'SUCCEEDED', 'FAILED')", name=op.f("ck_refunds_state_known")),
        sa.CheckConstraint("amount >= 1", name=op.f("ck_refunds_amount_not_below_1")),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.payment_id"], name=op.f("fk_refunds_payment_id")),
        sa.PrimaryKeyConstraint("refund_id", name=op.f("pk_refunds")),
        sa.UniqueConstraint("payment_id", "provider_reference", name=op.f("uq_refunds_payment_id_provider_reference")),
    )
    op.create_index(
        "ix_refunds_pending",
        "refunds",
        ["updated_at", "refund_id"],
        unique=False,
        postgresql_where=sa.text("state = 'PENDING'::text"),
    )
    op.create_table(
        "attendees",
        sa.Column("attendee_id", sa.Uuid(), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("person", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'RESERVED'"), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("answers", postgresql.JSONB(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("checked_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_in_place", sa.Text(), nullable=True),
        sa.Column("check_in_recorded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refund_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "checked_in_at IS NULL OR state <> 'RESERVED'", name=op.f("ck_attendees_checked_in_once_valid")
        ),
        sa.CheckConstraint(
            "checked_in_place ~ '[^[:space:]]' AND char_length(checked_in_place) <= 100",
            name=op.f("ck_attendees_checked_in_place_well_formed"),
        ),
        sa.CheckConstraint(
            "email ~ '^[^[:space:]@]+@[^[:space:]@]+$' AND char_length(email) <= 320",
            name=op.f("ck_attendees_email_well_formed"),
        ),
        sa.CheckConstraint("jsonb_typeof(answers) = 'object'", name=op.f("ck_attendees_answers_is_object")),
        sa.CheckConstraint(
            "name ~ '[^[:space:]]' AND char_length(name) <= 500", name=op.f("ck_attendees_name_well_formed")
        ),
        sa.CheckConstraint("state IN ('RESERVED', 'VALID', 'CANCELLED')", name=op.f("ck_attendees_state_known")),
        sa.CheckConstraint(
            "(checked_in_at IS NULL) = (check_in_recorded_at IS NULL)", name=op.f("ck_attendees_check_in_recorded")
        ),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_attendees_amount_not_negative")),
        sa.CheckConstraint(
            "checked_in_place IS NULL OR checked_in_at IS NOT NULL", name=op.f("ck_attendees_place_of_a_check_in")
        ),
        sa.CheckConstraint("person >= 0", name=op.f("ck_attendees_person_not_below_0")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_attendees_version_positive")),
        sa.ForeignKeyConstraint(["event_id"], ["events.event_id"], name=op.f("fk_attendees_event_id")),
        sa.ForeignKeyConstraint(["line_id"], ["registration_lines.line_id"], name=op.f("fk_attendees_line_id")),
        sa.ForeignKeyConstraint(["refund_id"], ["refunds.refund_id"], name=op.f("fk_attendees_refund_id")),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.registration_id"], name=op.f("fk_attendees_registration_id")
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["event_tickets.ticket_id"], name=op.f("fk_attendees_ticket_id")),
        sa.PrimaryKeyConstraint("attendee_id", name=op.f("pk_attendees")),
        sa.UniqueConstraint("line_id", "person", "ticket_id", name=op.f("uq_attendees_line_id_person_ticket_id")),
    )
    op.create_index("ix_attendees_event_id", "attendees", ["event_id", "attendee_id"], unique=False)
    op.create_index(
        "ix_attendees_refund_id",
        "attendees",
        ["refund_id"],
        unique=False,
        postgresql_where=sa.text("refund_id IS NOT NULL"),
    )
    op.create_index("ix_attendees_registration_id", "attendees", ["registration_id", "attendee_id"], unique=False)
    op.create_index(
        "ix_attendees_ticket_id",
        "attendees",
        ["ticket_id"],
        unique=False,
        postgresql_where=sa.text("state <> 'CANCELLED'::text"),
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_capacity_pools_sold_elsewhere_not_negative"), "capacity_pools")
    op.drop_constraint(op.f("ck_capacity_pools_held_elsewhere_not_negative"), "capacity_pools")
    op.drop_column("capacity_pools", "held_elsewhere")
    op.drop_column("capacity_pools", "sold_elsewhere")
    op.drop_table("attendees")
    op.drop_table("refunds")
    op.drop_table("waiting_list_entries")
    op.drop_table("voucher_uses")
    op.drop_table("registration_taxes")
    op.drop_table("registration_lines")
    op.drop_table("pool_claims")
    op.drop_table("payments")
    op.drop_table("outbox")
    op.drop_table("registrations")
    op.drop_table("vouchers")
    op.drop_table("ticket_taxes")
    op.drop_table("price_rules")
    op.drop_table("eligibility_rules")
    op.drop_table("taxes")
    op.drop_table("memberships")
    op.drop_table("idempotency_keys")
