"""Orders by the price of a tier see each other, so that it goes to as many as it is for."""

from collections.abc import Sequence

from alembic import op

revision: str = "0030"
down_revision: str | None = "0029"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

KEEP_TIERS = """
    CREATE FUNCTION keep_tiers(items uuid[], most integer[]) RETURNS void LANGUAGE plpgsql AS $$
    DECLARE
        its record;
        sold bigint;
    BEGIN
        FOR its IN SELECT item, fits FROM unnest(items, most) AS _ (item, fits) ORDER BY item LOOP
            PERFORM pg_advisory_xact_lock(hashtextextended('tier ' || its.item, 0));
            SELECT (SELECT count(*) FROM attendees WHERE ticket_id = its.item AND state <> 'CANCELLED')
                + (SELECT coalesce(sum(quantity), 0) FROM registration_lines JOIN registrations USING (registration_id)
                   WHERE package_id = its.item AND state NOT IN ('DRAFT', 'EXPIRED', 'CANCELLED', 'REFUNDED'))
            INTO sold;
            IF sold > its.fits THEN
                RAISE EXCEPTION 'a price holds for fewer than are sold' USING ERRCODE = 'BX002';
            END IF;
        END LOOP;
    END $$
"""


def upgrade() -> None:
    op.execute(KEEP_TIERS)


def downgrade() -> None:
    op.execute("DROP FUNCTION keep_tiers(uuid[], integer[])")
