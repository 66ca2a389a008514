"""Two hundred thousand events, and what belongs to them: enough that a plan which scans or sorts gives itself away.

Rows are numbered, and their keys tell their numbers (`key`). Half of the events are one large organisation's, the rest
those of many; functions have from none to 10,000 events; one event in a hundred is featured.
"""

import re
import uuid

import asyncpg
from sqlalchemy import ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import AddConstraint, CreateIndex, DropConstraint, DropIndex

from db.models import Base

EVENTS = 200_000
FUNCTIONS = 2_000
ORGANISATIONS = 50
TICKETS = 100_000
POOLS = 25_000
PACKAGES = 20_000
CUSTOMERS = 20_000
REGISTRATIONS = 60_000
TERMS = 20_000

KINDS = ("organisation", "function", "event", "ticket", "pool", "package", "customer", "registration")


def key(kind: str, number: int) -> uuid.UUID:
    """The key of a row."""
    return uuid.UUID(f"00000000-0000-700{KINDS.index(kind)}-8000-{number:012x}")


FILL = """
INSERT INTO organisations (organisation_id, name, slug, timezone)
SELECT {organisation:n}, 'Organisation ' || n, 'organisation-' || n, 'Europe/Brussels'
FROM generate_series(1, {ORGANISATIONS}) AS n;

INSERT INTO functions (function_id, organisation_id, name, slug, description, start_date, timezone, is_active,
    deleted_at)
SELECT {function:n}, {organisation:CASE WHEN n % 2 = 0 THEN 1 ELSE 2 + n % ({ORGANISATIONS} - 2) END},
    'Function ' || n, 'function-' || n, repeat('A gathering of people who care. ', 1 + n % 20),
    CASE WHEN n % 50 <> 0 THEN date '2024-01-01' + n * 7919 % 2000 END, 'Europe/Brussels', n % 20 <> 0,
    CASE WHEN n % 40 = 3 THEN timestamptz '2026-01-01' END
FROM generate_series(1, {FUNCTIONS}) AS n;

INSERT INTO events (event_id, function_id, parent_event_id, organisation_id, title, slug, description, event_start,
    timezone, is_published, is_featured, created_at, deleted_at, external_id)
SELECT {event:n}, CASE WHEN n % 10 <> 0 THEN {function:f} END,
    CASE WHEN n % 10 = 0 AND n > 1000 THEN {event:n % 1000 + 1} END,
    {organisation:CASE WHEN f % 2 = 0 THEN 1 ELSE 2 + f % ({ORGANISATIONS} - 2) END},
    md5(n::text), 'event-' || n, 'Word' || n % 10000 || ' of all',
    timestamptz '2024-01-01 08:00Z' + f * 7919 % 2000 * interval '1 day' + n % 100 * interval '15 minutes',
    'Europe/Brussels', n % 20 <> 1, n % 100 = 7, timestamptz '2023-01-01Z' + n * interval '5 minutes',
    CASE WHEN n % 50 = 2 THEN timestamptz '2026-01-01' END, CASE WHEN n % 10 <> 0 THEN 'id:' || n END
FROM (
    -- The first 10,000 are one function's, the last function has none.
    SELECT n, CASE WHEN n <= 10000 THEN 1 ELSE 2 + n % ({FUNCTIONS} - 2) END AS f
    FROM generate_series(1, {EVENTS}) AS n
) AS numbers;

INSERT INTO event_tickets (ticket_id, event_id, name, price_amount, price_currency, position, is_active, deleted_at)
SELECT {ticket:n}, {event:1 + n / 2}, 'Ticket ' || n, 1000 + n % 5000, 'EUR', n % 4, n % 30 <> 1,
    CASE WHEN n % 40 = 3 THEN timestamptz '2026-01-01' END
FROM generate_series(1, {TICKETS}) AS n;

INSERT INTO capacity_pools (pool_id, organisation_id, name, capacity, sold)
SELECT {pool:n}, {organisation:1 + n % ({ORGANISATIONS} - 1)}, 'Pool ' || n, 100 + n % 400, n % 100
FROM generate_series(1, {POOLS}) AS n;

INSERT INTO ticket_pools (ticket_id, pool_id)
SELECT {ticket:n}, {pool:1 + n / 4 % {POOLS}} FROM generate_series(1, {TICKETS}) AS n;

INSERT INTO packages (package_id, function_id, name, price_amount, price_currency, is_active)
SELECT {package:n}, {function:1 + n % {FUNCTIONS}}, 'Package ' || n, 5000, 'EUR', n % 30 <> 1
FROM generate_series(1, {PACKAGES}) AS n;

INSERT INTO package_items (package_id, ticket_id, position, allocated_amount)
SELECT {package:n}, {ticket:1 + (n * 7 + i * 13) % {TICKETS}}, i, 1000
FROM generate_series(1, {PACKAGES}) AS n, generate_series(1, 3) AS i;

INSERT INTO customers (customer_id, subject, name)
SELECT {customer:n}, 'subject-' || n, 'Customer ' || n FROM generate_series(1, {CUSTOMERS}) AS n;

INSERT INTO organisation_members (organisation_id, customer_id, role)
SELECT {organisation:1 + n % {ORGANISATIONS}}, {customer:n}, CASE WHEN n % 3 = 0 THEN 'DOOR' ELSE 'MANAGER' END
FROM generate_series(1, {CUSTOMERS}) AS n;

INSERT INTO registrations (registration_id, organisation_id, function_id, customer_id, state, currency,
    subtotal_amount, total_amount)
SELECT {registration:n}, {organisation:1 + n % {ORGANISATIONS}}, {function:1 + n % {FUNCTIONS}},
    {customer:CASE WHEN n % 10 = 0 THEN 1 ELSE 1 + n % {CUSTOMERS} END}, 'EXPIRED', 'EUR', 1000, 1000
FROM generate_series(1, {REGISTRATIONS}) AS n;

INSERT INTO registration_lines (line_id, registration_id, position, ticket_id, quantity, list_amount, unit_amount,
    total_amount)
SELECT {registration:n}, {registration:n}, 0, {ticket:1 + n % {TICKETS}}, 1, 1000, 1000, 1000
FROM generate_series(1, {REGISTRATIONS}) AS n;

INSERT INTO registration_taxes (registration_id, position, name, rate, is_included, amount)
SELECT {registration:n}, 0, 'VAT', 210000, true, 174 FROM generate_series(1, {REGISTRATIONS}) AS n;

INSERT INTO attendees (attendee_id, registration_id, line_id, person, ticket_id, event_id, amount)
SELECT {registration:n}, {registration:n}, {registration:n}, 0, {ticket:1 + n % {TICKETS}},
    {event:1 + (1 + n % {TICKETS}) / 2}, 1000
FROM generate_series(1, {REGISTRATIONS}) AS n;

INSERT INTO payments (payment_id, registration_id, provider, state, amount, currency)
SELECT {registration:n}, {registration:n}, 'trial', 'FAILED', 1000, 'EUR'
FROM generate_series(1, {REGISTRATIONS}) AS n;

INSERT INTO refunds (refund_id, payment_id, amount)
SELECT {registration:n}, {registration:n}, 1000 FROM generate_series(1, {REGISTRATIONS}) AS n;

INSERT INTO waiting_list_entries (entry_id, organisation_id, function_id, ticket_id, customer_id, email,
    registration_id, state, offer_expires_at)
SELECT {registration:n}, {organisation:1 + n % {ORGANISATIONS}}, {function:1 + n % {FUNCTIONS}},
    {ticket:1 + n % {TICKETS}}, {customer:CASE WHEN n % 10 = 0 THEN 1 ELSE 1 + n % {CUSTOMERS} END},
    'w' || n || '@example.org', {registration:n}, CASE WHEN n % 20 = 0 THEN 'WAITING' ELSE 'LAPSED' END,
    timestamptz '2026-01-01'
FROM generate_series(1, {REGISTRATIONS}) AS n;

INSERT INTO price_rules (rule_id, organisation_id, ticket_id, kind, name, share_off)
SELECT {registration:n}, {organisation:1 + n % {ORGANISATIONS}}, {ticket:n}, 'MEMBER', 'Members', 100000
FROM generate_series(1, {TERMS}) AS n;

INSERT INTO vouchers (voucher_id, organisation_id, code, kind, share_off)
SELECT {registration:n}, {organisation:1 + n % {ORGANISATIONS}}, 'CODE-' || n, 'PERCENTAGE', 100000
FROM generate_series(1, {TERMS}) AS n;

INSERT INTO taxes (tax_id, organisation_id, name, rate, is_included)
SELECT {registration:n}, {organisation:1 + n % {ORGANISATIONS}}, 'VAT', 210000, true
FROM generate_series(1, {TERMS}) AS n;

INSERT INTO ticket_taxes (ticket_id, tax_id)
SELECT {ticket:n}, {registration:n} FROM generate_series(1, {TERMS}) AS n;

INSERT INTO eligibility_rules (rule_id, organisation_id, ticket_id, kind, description)
SELECT {registration:n}, {organisation:1 + n % {ORGANISATIONS}}, {ticket:n}, 'STAFF', 'For those who work here.'
FROM generate_series(1, {TERMS}) AS n
"""


def _spell(statement: str) -> str:
    sizes = {name: value for name, value in globals().items() if name.isupper() and isinstance(value, int)}
    for name, value in sizes.items():
        statement = statement.replace(f"{{{name}}}", str(value))

    def spell(match: re.Match[str]) -> str:
        prefix = str(key(match[1], 0)).removesuffix("0" * 12)
        return f"('{prefix}' || lpad(to_hex({match[2]}), 12, '0'))::uuid"

    return re.sub(r"\{(\w+):([^{}]+)\}", spell, statement)


async def fill(connection: asyncpg.Connection) -> None:
    """Fill a migrated, empty database; indexes and constraints between tables are put back once the rows are there."""
    dialect = postgresql.dialect()
    indexes = [index for table in Base.metadata.sorted_tables for index in table.indexes]
    constraints = [
        constraint
        for table in Base.metadata.sorted_tables
        for constraint in table.constraints
        if isinstance(constraint, ForeignKeyConstraint | UniqueConstraint)
    ]
    drop = [*map(DropConstraint, constraints), *map(DropIndex, indexes)]
    restore = [*map(CreateIndex, indexes), *map(AddConstraint, constraints)]
    for each in constraints:
        # `AddConstraint` takes it out of its table's definition; other tests make tables from that.
        each._create_rule = None
    await connection.execute("SET maintenance_work_mem = '256MB'")
    for statement in (
        *(str(each.compile(dialect=dialect)) for each in drop),
        *map(_spell, FILL.split(";\n\n")),
        *(str(each.compile(dialect=dialect)) for each in restore),
        *(f"VACUUM ANALYZE {table.name}" for table in Base.metadata.sorted_tables),
    ):
        await connection.execute(statement)
