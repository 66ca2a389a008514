"""What the database itself does to take places: the conditional updates of an order, in one call.

They are a function of the database so that they and the commit can be sent at once (`db.places.take_and_commit`):
whoever waits for a pool then waits for PostgreSQL alone, and never until a busy process has read an answer.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import DDL, MetaData, event

EXHAUSTED: Final = "BX001"
"""The SQLSTATE of a pool that has too little; its detail is the pool's key, and how many are left."""

STATEMENT: Final = """
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


def take_places_by_function(metadata: MetaData) -> None:
    """Make the function when tables are made from the models; its migration has the same words."""
    ddl = DDL(STATEMENT)  # type: ignore[no-untyped-call] # SQLAlchemy types no DDL's constructor
    event.listen(metadata, "after_create", ddl)
