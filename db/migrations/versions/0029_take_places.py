"""Places are taken by a function, so that the commit can be sent with it: nobody waits for a round trip."""

from collections.abc import Sequence

from alembic import op

revision: str = "0029"
down_revision: str | None = "0028"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TAKE_PLACES = """
    CREATE FUNCTION take_places(pools uuid[], wanted integer[], offered boolean) RETURNS void LANGUAGE plpgsql AS $$
    DECLARE
        its record;
        remaining integer;
    BEGIN
        FOR its IN SELECT pool, places FROM unnest(pools, wanted) AS _ (pool, places) ORDER BY pool LOOP
            UPDATE capacity_pools SET held = held + its.places WHERE pool_id = its.pool AND deleted_at IS NULL
                AND (capacity IS NULL OR held + sold + its.places <= capacity AND (awaited = 0 OR offered));
            IF NOT FOUND THEN
                SELECT CASE awaited WHEN 0 THEN capacity - held - sold ELSE 0 END INTO remaining
                FROM capacity_pools WHERE pool_id = its.pool;
                RAISE EXCEPTION 'a pool has fewer places than are wanted'
                    USING ERRCODE = 'BX001', DETAIL = its.pool || ' ' || greatest(remaining, 0);
            END IF;
        END LOOP;
    END $$
"""


def upgrade() -> None:
    op.execute(TAKE_PLACES)


def downgrade() -> None:
    op.execute("DROP FUNCTION take_places(uuid[], integer[], boolean)")
