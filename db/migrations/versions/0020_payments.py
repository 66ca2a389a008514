"""What came of payments, when providers are asked again, and the trial provider's own tables."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0020"
down_revision: str | None = "0019"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

NOW = sa.text("now()")
PENDING = sa.text("state = 'PENDING'::text")


def upgrade() -> None:
    op.add_column("payments", sa.Column("received_amount", sa.BigInteger(), nullable=True))
    op.add_column("payments", sa.Column("received_currency", sa.Text(), nullable=True))
    op.add_column("payments", sa.Column("problem", sa.Text(), nullable=True))
    op.add_column("payments", sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("payments", sa.Column("times_checked", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column(
        "payments", sa.Column("next_check_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False)
    )
    op.drop_constraint(op.f("ck_payments_never_refunded_beyond"), "payments")
    for name, condition in (
        ("never_refunded_beyond", "refunded_amount BETWEEN 0 AND coalesce(received_amount, amount)"),
        ("received_currency_well_formed", "received_currency ~ '^[A-Z]{3}$'"),
        ("received_with_currency", "(received_amount IS NULL) = (received_currency IS NULL)"),
        ("problem_of_what_came", "problem IS NULL OR received_amount IS NOT NULL"),
        (
            "problem_known",
            "problem IN ('AMOUNT_DIFFERS', 'CURRENCY_DIFFERS', 'HOLD_EXPIRED', 'ORDER_CANCELLED', 'PAID_TWICE')",
        ),
    ):
        op.create_check_constraint(op.f(f"ck_payments_{name}"), "payments", condition)
    op.drop_index("ix_payments_under_way", "payments")
    open_ones = sa.text("closed_at IS NULL")
    op.create_index("ix_payments_next_check_at", "payments", ["next_check_at"], postgresql_where=open_ones)

    op.add_column("refunds", sa.Column("refusals", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("refunds", sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column(
        "refunds", sa.Column("next_attempt_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False)
    )
    op.drop_index("ix_refunds_pending", "refunds")
    op.create_index("ix_refunds_next_attempt_at", "refunds", ["next_attempt_at"], postgresql_where=PENDING)

    op.create_table(
        "trial_intents",
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("client_secret", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'OPEN'"), nullable=False),
        sa.Column("received_amount", sa.BigInteger(), nullable=True),
        sa.Column("received_currency", sa.Text(), nullable=True),
        sa.Column("metadata", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_trial_intents")),
        sa.UniqueConstraint("payment_id", name=op.f("uq_trial_intents_payment_id")),
        sa.UniqueConstraint("client_secret", name=op.f("uq_trial_intents_client_secret")),
    )
    op.create_table(
        "trial_refunds",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("refund_id", sa.Uuid(), nullable=False),
        sa.Column("intent_reference", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_trial_refunds")),
        sa.UniqueConstraint("reference", name=op.f("uq_trial_refunds_reference")),
    )
    op.create_index("ix_trial_refunds_intent_reference", "trial_refunds", ["intent_reference"])
    op.create_table(
        "trial_events",
        sa.Column("number", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_trial_events")),
    )
    op.create_index("ix_trial_events_due_at", "trial_events", ["due_at"])


def downgrade() -> None:
    op.drop_table("trial_events")
    op.drop_table("trial_refunds")
    op.drop_table("trial_intents")
    op.drop_index("ix_refunds_next_attempt_at", "refunds")
    for column in ("next_attempt_at", "attempts", "refusals"):
        op.drop_column("refunds", column)
    op.create_index("ix_refunds_pending", "refunds", ["updated_at", "refund_id"], postgresql_where=PENDING)
    op.drop_index("ix_payments_next_check_at", "payments")
    under_way = sa.text("state = ANY (ARRAY['PENDING'::text, 'AUTHORIZED'::text])")
    op.create_index("ix_payments_under_way", "payments", ["updated_at", "payment_id"], postgresql_where=under_way)
    op.drop_constraint(op.f("ck_payments_never_refunded_beyond"), "payments")
    for column in ("next_check_at", "times_checked", "closed_at", "problem", "received_currency", "received_amount"):
        op.drop_column("payments", column)
    # What came beyond what was asked for, and went back, was never recorded before.
    op.execute("UPDATE payments SET refunded_amount = amount WHERE refunded_amount > amount")
    op.create_check_constraint(
        op.f("ck_payments_never_refunded_beyond"), "payments", "refunded_amount BETWEEN 0 AND amount"
    )
