"""Writing a new registration with all its parts, in one statement: what is sent to the database once, waits once."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from db.selling import driver_of
from domain.facts import RegistrationHeld, payload_of
from domain.ids import uuid7
from domain.orders import OrderLine, Plan, TicketOffer
from domain.prices import Line
from domain.registrations import RegistrationState

_ADD: Final = """
    WITH new AS (SELECT $1::text::jsonb AS it), registration AS (
        INSERT INTO registrations (registration_id, organisation_id, function_id, customer_id, billed_to_id, voucher_id,
            state, email, locale, currency, subtotal_amount, discount_amount, tax_included_amount, tax_added_amount,
            total_amount, hold_expires_at, created_at, updated_at)
        SELECT registration_id, organisation_id, function_id, customer_id, billed_to_id, voucher_id,
            state, email, locale, currency, subtotal_amount, discount_amount, tax_included_amount, tax_added_amount,
            total_amount, hold_expires_at, created_at, created_at
        FROM new, jsonb_populate_record(NULL::registrations, it->'registration')
    ), line AS (
        INSERT INTO registration_lines (line_id, registration_id, position, ticket_id, package_id, quantity,
            list_amount, unit_amount, discount_amount, tax_included_amount, tax_added_amount, total_amount, breakdown)
        SELECT line_id, registration_id, position, ticket_id, package_id, quantity,
            list_amount, unit_amount, discount_amount, tax_included_amount, tax_added_amount, total_amount, breakdown
        FROM new, jsonb_populate_recordset(NULL::registration_lines, it->'lines')
    ), tax AS (
        INSERT INTO registration_taxes (registration_id, position, name, rate, is_included, amount)
        SELECT registration_id, position, name, rate, is_included, amount
        FROM new, jsonb_populate_recordset(NULL::registration_taxes, it->'taxes')
    ), attendee AS (
        INSERT INTO attendees (attendee_id, registration_id, line_id, person, ticket_id, event_id, pool_ids, name,
            email, answers, amount)
        SELECT attendee_id, registration_id, line_id, person, ticket_id, event_id, pool_ids, name,
            email, answers, amount
        FROM new, jsonb_populate_recordset(NULL::attendees, it->'attendees')
    ), claim AS (
        INSERT INTO pool_claims (registration_id, pool_id, held)
        SELECT registration_id, pool_id, held FROM new, jsonb_populate_recordset(NULL::pool_claims, it->'claims')
    )
    INSERT INTO outbox (registration_id, topic, payload) SELECT registration_id, topic, payload
    FROM new, jsonb_populate_record(NULL::outbox, it->'told')
"""


@dataclass(frozen=True, slots=True)
class Person:
    """What is known of somebody who comes."""

    name: str | None = None
    email: str | None = None
    answers: Mapping[str, Any] | None = None


NOBODY: Final = Person()


@dataclass(frozen=True, slots=True)
class NewOrder:
    """Who orders, and what is known of them.

    `people` are those who come, by the line's number and theirs within the line.
    """

    registration_id: uuid.UUID
    customer_id: uuid.UUID | None
    billed_to_id: uuid.UUID | None
    email: str | None
    locale: str | None
    people: Mapping[tuple[int, int], Person]


async def add(
    connection: AsyncConnection,
    order: NewOrder,
    plan: Plan,
    tickets: Mapping[uuid.UUID, TicketOffer],
    *,
    now: dt.datetime,
    hold_expires_at: dt.datetime,
) -> None:
    """Write a registration that holds its places; `places.take` them at the end of the same transaction.

    Args:
        connection: of selling.
        order: who orders.
        plan: what, at which price.
        tickets: what it was planned with.
        now: when.
        hold_expires_at: until when the places are held.
    """
    key, quote = order.registration_id, plan.quote
    held = RegistrationHeld(registration_id=key, hold_expires_at=hold_expires_at)
    lines = [_line(key, number, *each) for number, each in enumerate(zip(plan.lines, quote.lines, strict=True))]
    record = {
        "registration": {
            "registration_id": key,
            "organisation_id": plan.organisation_id,
            "function_id": plan.function_id,
            "customer_id": order.customer_id,
            "billed_to_id": order.billed_to_id,
            "voucher_id": None if plan.voucher is None else plan.voucher.voucher_id,
            "state": RegistrationState.HELD.value,
            "email": order.email,
            "locale": order.locale,
            "currency": plan.currency,
            "subtotal_amount": quote.subtotal,
            "discount_amount": quote.discount,
            "tax_included_amount": quote.tax_included,
            "tax_added_amount": quote.tax_added,
            "total_amount": quote.total,
            "hold_expires_at": hold_expires_at,
            "created_at": now,
        },
        "lines": lines,
        "taxes": [
            {
                "registration_id": key,
                "position": position,
                "name": each.tax.name,
                "rate": each.tax.rate,
                "is_included": each.tax.is_included,
                "amount": each.amount,
            }
            for position, each in enumerate(quote.taxes)
        ],
        "attendees": _attendees(order, quote.lines, [line["line_id"] for line in lines], tickets),
        "claims": [{"registration_id": key, "pool_id": pool, "held": held} for pool, held in plan.places.items()],
        "told": {"registration_id": key, "topic": held.topic, "payload": payload_of(held)},
    }
    # asyncpg's keys are of a kind of UUID that orjson does not know.
    await (await driver_of(connection)).execute(_ADD, orjson.dumps(record, default=str).decode())


def _line(key: uuid.UUID, position: int, asked: OrderLine, line: Line) -> dict[str, Any]:
    taxes = [{"name": each.tax.name, "rate": each.tax.rate, "amount": each.amount} for each in line.taxes]
    return {
        "line_id": uuid7(),
        "registration_id": key,
        "position": position,
        "ticket_id": asked.ticket_id,
        "package_id": asked.package_id,
        "quantity": line.quantity,
        "list_amount": line.list_amount,
        "unit_amount": line.unit,
        "discount_amount": line.discount,
        "tax_included_amount": line.tax_included,
        "tax_added_amount": line.tax_added,
        "total_amount": line.total,
        "breakdown": {"rule": line.rule, "taxes": taxes},
    }


def _attendees(
    order: NewOrder, lines: Sequence[Line], keys: Sequence[uuid.UUID], tickets: Mapping[uuid.UUID, TicketOffer]
) -> list[dict[str, Any]]:
    rows = []
    for number, (line, key) in enumerate(zip(lines, keys, strict=True)):
        for place in line.places:
            person, ticket = order.people.get((number, place.person), NOBODY), tickets[place.ticket_id]
            rows.append(
                {
                    "attendee_id": uuid7(),
                    "registration_id": order.registration_id,
                    "line_id": key,
                    "person": place.person,
                    "ticket_id": place.ticket_id,
                    "event_id": ticket.event_id,
                    "pool_ids": sorted(ticket.pools),
                    "name": person.name,
                    "email": person.email,
                    "answers": person.answers,
                    "amount": place.amount,
                }
            )
    return rows
