"""What must be true of what was sold, whatever was killed: each as a question that finds nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import text

from db.database import Database
from domain.ids import decode_global_id
from integrations.mail.post import file_name
from jobs.sales import reconcile_places
from tests.invariants.buyers import Told

QUESTIONS = {
    "pools of which more is taken than there is": """
        SELECT pool_id FROM capacity_pools WHERE held + sold > capacity OR held < 0 OR sold < 0
    """,
    "pools whose counters are not their attendees": """
        SELECT pool_id FROM capacity_pools LEFT JOIN (
            SELECT pool_id, count(*) AS places FROM attendees JOIN ticket_pools USING (ticket_id)
            WHERE attendees.state = 'VALID' GROUP BY pool_id
        ) AS counted USING (pool_id)
        WHERE held <> 0 OR sold <> coalesce(places, 0)
    """,
    "registrations that hold or were sold what their state does not say": """
        SELECT registration_id FROM registrations JOIN pool_claims USING (registration_id)
        WHERE held > 0 OR sold > 0 AND state NOT IN ('CONFIRMED', 'PARTIALLY_REFUNDED')
    """,
    "confirmed registrations whose places are not those of their attendees": """
        SELECT registration_id FROM registrations WHERE state = 'CONFIRMED' AND (
            SELECT count(*) FROM attendees JOIN ticket_pools USING (ticket_id)
            WHERE attendees.registration_id = registrations.registration_id AND attendees.state = 'VALID'
        ) <> (SELECT coalesce(sum(sold), 0) FROM pool_claims WHERE registration_id = registrations.registration_id)
    """,
    "buyers with two orders": "SELECT email FROM registrations GROUP BY email HAVING count(*) > 1",
    "orders without the key that they were made under": """
        SELECT registration_id FROM registrations WHERE registration_id::text NOT IN (
            SELECT outcome->>'key' FROM idempotency_keys WHERE operation = 'createRegistration'
                AND outcome->>'key' IS NOT NULL
        )
    """,
    "money without a registration, and registrations without their money": """
        WITH back AS (
            SELECT intent_reference, sum(amount) AS amount FROM trial_refunds GROUP BY intent_reference
        ), kept AS (
            SELECT registration_id, sum(received.received_amount - coalesce(back.amount, 0)) AS money
            FROM trial_intents AS received JOIN payments USING (payment_id)
                LEFT JOIN back ON intent_reference = reference
            WHERE received.received_amount IS NOT NULL GROUP BY registration_id
        )
        SELECT registration_id, state, money FROM registrations LEFT JOIN kept USING (registration_id)
        WHERE coalesce(money, 0) <> CASE state WHEN 'CONFIRMED' THEN total_amount ELSE 0 END
    """,
    "money that came for nothing that is known": """
        SELECT reference FROM trial_intents LEFT JOIN payments USING (payment_id)
        WHERE payments.payment_id IS NULL OR payments.provider_reference <> reference
            OR payments.received_amount IS DISTINCT FROM trial_intents.received_amount
    """,
    "refunds that were made twice, or not at all, or of another amount": """
        SELECT refund_id FROM refunds FULL JOIN trial_refunds USING (refund_id)
        GROUP BY refund_id HAVING count(*) > 1 OR count(refunds.payment_id) = 0 OR count(trial_refunds.key) = 0
            OR bool_or(refunds.amount <> trial_refunds.amount OR refunds.state <> 'SUCCEEDED')
    """,
    "refunds that the seller asked for once, and that were made twice": """
        SELECT reason FROM refunds WHERE reason LIKE 'refund-%' GROUP BY reason HAVING count(*) > 1
    """,
    "facts that are told twice": """
        SELECT registration_id FROM outbox WHERE topic LIKE 'registration.%'
        GROUP BY registration_id, topic HAVING count(*) > 1
    """,
    "facts of what did not happen": """
        SELECT sequence FROM outbox JOIN registrations USING (registration_id)
        WHERE topic = 'registration.confirmed' AND confirmed_at IS NULL
            OR topic = 'registration.refunded' AND state <> 'REFUNDED'
            OR topic = 'registration.cancelled' AND state <> 'CANCELLED'
    """,
    "states that nothing tells of": """
        SELECT registration_id, state FROM registrations WHERE NOT EXISTS (
            SELECT FROM outbox WHERE outbox.registration_id = registrations.registration_id
                AND topic = 'registration.' || lower(state)
        )
    """,
    "facts that were given up": "SELECT sequence FROM outbox WHERE dead_at IS NOT NULL",
}

UNSETTLED = {
    "registrations": "SELECT count(*) FROM registrations WHERE state IN ('HELD', 'AWAITING_PAYMENT', 'PROCESSING')",
    "payments": "SELECT count(*) FROM payments WHERE closed_at IS NULL",
    "refunds": "SELECT count(*) FROM refunds WHERE state = 'PENDING'",
    "webhooks": "SELECT count(*) FROM trial_events",
    "facts": "SELECT count(*) FROM outbox WHERE delivered_at IS NULL AND dead_at IS NULL",
}
"""What is under way yet."""


async def ask(owner: Database, query: str) -> list[tuple[Any, ...]]:
    async with owner.write() as connection:
        return [tuple(row) for row in await connection.execute(text(query))]


async def unsettled(owner: Database) -> dict[str, int]:
    """How much is under way yet, of what; nothing of what has none."""
    counted = {name: (await ask(owner, query))[0][0] for name, query in UNSETTLED.items()}
    return {name: number for name, number in counted.items() if number}


async def wrong(owner: Database) -> dict[str, list[Any]]:
    """What is not true, with some of the rows that say so."""
    found = {name: (await ask(owner, query))[:5] for name, query in QUESTIONS.items()}
    if drifted := (await reconcile_places(owner))["drifted"]:
        found["pools that have drifted"] = [drifted]
    return {name: rows for name, rows in found.items() if rows}


async def unheeded(owner: Database, told: Mapping[int, Told]) -> list[str]:
    """What buyers were told, and is not so."""
    rows = await ask(owner, "SELECT registration_id, email, state, total_amount FROM registrations")
    states = {key: (email, state, total) for key, email, state, total in rows}
    emails = {email for email, _, _ in states.values()}
    refunds = {row[0] for row in await ask(owner, "SELECT reason FROM refunds WHERE state = 'SUCCEEDED'")}
    found = []
    for number, each in told.items():
        address = f"buyer-{number}@example.org"
        if each.refused and address in emails:
            found.append(f"{address} was refused, and has an order")
        if each.registration is None:
            continue
        kind, key = decode_global_id(each.registration)
        email, state, total = states.get(key, (None, None, 0))
        if kind != "Registration" or email != address:
            found.append(f"{address} was told of an order that there is not")
        allowed = {"CONFIRMED", "REFUNDED"} if total else {"CONFIRMED", "CANCELLED"}
        if "CONFIRMED" in each.statuses and state not in allowed:
            found.append(f"{address} was told CONFIRMED, and it is {state}")
        if each.refunded and (state != "REFUNDED" or f"refund-{number}" not in refunds):
            found.append(f"{address} was promised their money, and has it not")
    return found


async def unconfirmed(owner: Database, mail: Path) -> int:
    """How many buyers have places, and no mail that says so."""
    query = """
        SELECT registration_id, sequence FROM outbox JOIN registrations USING (registration_id)
        WHERE topic = 'registration.confirmed' AND state = 'CONFIRMED'
    """
    rows = await ask(owner, query)
    names = [file_name(f"<{registration.hex}.{sequence}@localhost>") for registration, sequence in rows]
    there = await asyncio.to_thread(lambda: {path.name for path in mail.glob("*.eml")})
    return len(set(names) - there)
