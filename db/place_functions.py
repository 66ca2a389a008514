"""What the database itself does to take places: the conditional updates of an order, in one call.

They are a function of the database so that they and the commit can be sent at once (`db.places.take_and_commit`):
whoever waits for a pool then waits for PostgreSQL alone, and never until a busy process has read an answer.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import DDL, MetaData, event

EXHAUSTED: Final = "BX001"
"""The SQLSTATE of a pool that has too little; its detail is the pool's key, and how many are left."""

OVERSOLD: Final = "BX002"
"""The SQLSTATE of a tier of prices that holds for fewer than are sold by now."""

KEEP_TIERS: Final = """
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
"""Holds orders by a tier's price apart, until they end, and counts what is sold with them: each sees all before it."""

TAKE_PLACES: Final = """
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
    """Make the functions when tables are made from the models; their migrations have the same words."""
    for statement in (TAKE_PLACES, KEEP_TIERS):
        ddl = DDL(statement)  # type: ignore[no-untyped-call] # SQLAlchemy types no DDL's constructor
        event.listen(metadata, "after_create", ddl)
