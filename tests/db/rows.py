"""Rows that are right, told apart by nothing but what a test says about them."""

import datetime as dt
import hashlib
import itertools
import uuid
from collections.abc import Callable
from typing import Any

import asyncpg
import orjson

from db.change_models import RowChange
from db.check_in_models import CheckIn
from db.flag_models import FeatureFlag
from db.function_migration_models import (
    FunctionMigration,
    FunctionMigrationChange,
    FunctionMigrationRun,
    FunctionRoot,
)
from db.identity_models import AuditEntry, Customer, OrganisationMember, Revocation
from db.models import (
    Base,
    CapacityPool,
    Event,
    Function,
    ImportedFunction,
    ImportSource,
    Organisation,
    Package,
    PackageItem,
    Ticket,
    TicketPool,
)
from db.outbox_models import IdempotencyKey, OutboxEntry
from db.payment_models import Payment, Refund
from db.periodic_models import PeriodicJob
from db.pricing_models import EligibilityRule, Membership, PriceRule, Tax, TicketTax, Voucher, VoucherUse
from db.registry_models import (
    Client,
    ClientGrant,
    ClientKey,
    Operation,
    RegistryEntry,
    Release,
    ReleaseOperation,
    ServingProcess,
)
from db.selling_models import (
    Attendee,
    PoolClaim,
    Registration,
    RegistrationLine,
    RegistrationTax,
    WaitingListEntry,
)
from db.trial_models import TrialEvent, TrialIntent, TrialRefund
from db.usage_models import OperationUsage
from db.webhook_models import WebhookDelivery
from domain.ids import uuid7

Model = type[Base]
Columns = dict[str, Any]

NOON = dt.datetime(2027, 5, 1, 12, tzinfo=dt.UTC)
_numbers = itertools.count(1)


def _slug(word: str) -> str:
    return f"{word}-{next(_numbers)}"


def _operation() -> Columns:
    text = f"query Example{next(_numbers)} {{ functions {{ totalCount }} }}"
    return {
        "text": text,
        "text_sha256": hashlib.sha256(text.encode()).hexdigest(),
        "kind": "query",
        "analysis": "{}",
        "schema_sha256": "0" * 64,
    }


PLAIN: dict[Model, Callable[[], Columns]] = {
    Organisation: lambda: {"name": "House", "slug": _slug("house"), "timezone": "Europe/Brussels"},
    Function: lambda: {"name": "Gathering", "slug": _slug("gathering"), "timezone": "Europe/Brussels"},
    Event: lambda: {"title": "Talk", "slug": _slug("talk"), "event_start": NOON, "timezone": "Europe/Brussels"},
    Ticket: lambda: {"name": "Seat", "price_amount": 1250, "price_currency": "EUR"},
    CapacityPool: lambda: {"name": "Hall"},
    TicketPool: dict,
    Package: lambda: {"name": "Weekend", "price_amount": 4000, "price_currency": "EUR"},
    PackageItem: lambda: {"allocated_amount": 1000},
    ImportSource: lambda: {"name": _slug("source"), "content_sha256": "0" * 64},
    ImportedFunction: dict,
    Client: lambda: {"name": _slug("client"), "policy": "open"},
    ClientKey: lambda: {"label": "first", "key_sha256": f"{next(_numbers):064x}"},
    ClientGrant: lambda: {"name": "STAFF", "granted_by": "someone"},
    Operation: _operation,
    Release: lambda: {"name": "1.0", "state": "active", "content_sha256": "0" * 64, "published_by": "someone"},
    ReleaseOperation: lambda: {"public_id": "Example"},
    RegistryEntry: lambda: {"entry_id": next(_numbers), "actor": "someone", "action": "publish", "details": "{}"},
    RowChange: lambda: {"transaction": next(_numbers), "change_id": next(_numbers), "subject": "events"},
    Customer: lambda: {"subject": f"someone-{next(_numbers)}"},
    OrganisationMember: lambda: {"role": "DOOR"},
    Revocation: lambda: {"revision": next(_numbers), "token_id": f"token-{next(_numbers)}", "expires_at": NOON},
    AuditEntry: lambda: {
        "entry_id": next(_numbers),
        "action": "revoke token",
        "actor": "someone",
        "actor_role": "operator",
        "subject": "token-1",
        "reason": "lost",
        "details": "{}",
    },
    ServingProcess: lambda: {"name": "machine:1", "version": 1, "beat": 1, "lease": 5.0},
    OperationUsage: lambda: {
        "client": "web",
        "release": "1.0",
        "public_id": f"Page{next(_numbers)}",
        "by_release": False,
        "hour": NOON,
        "durations": "{}",
        "last_seen": NOON,
    },
    FeatureFlag: lambda: {"key": _slug("flag"), "enabled": True, "rollout_percentage": 50, "segments": "{}"},
    FunctionMigration: lambda: {"phase": "MIGRATED", "parent_types": ["parent"]},
    FunctionMigrationChange: lambda: {"change_id": next(_numbers), "table_name": "events", "row_id": uuid7()},
    FunctionMigrationRun: lambda: {
        "kind": "MIGRATE",
        "parent_types": [],
        "reason": "why not",
        "actor": "someone",
        "actor_role": "admin",
        "ended_at": NOON,
    },
    FunctionRoot: dict,
    WebhookDelivery: lambda: {"source": "cron", "delivery_id": _slug("delivery"), "type": "ping"},
    PriceRule: lambda: {"kind": "MEMBER", "name": "Friends", "share_off": 100_000},
    Voucher: lambda: {"code": f"CODE{next(_numbers)}", "kind": "PERCENTAGE", "share_off": 100_000},
    VoucherUse: dict,
    EligibilityRule: lambda: {"kind": "STAFF", "description": "For those who work here."},
    Membership: lambda: {"kind": "friend"},
    Tax: lambda: {"name": "VAT", "rate": 210_000, "is_included": True},
    TicketTax: dict,
    Registration: lambda: {"state": "DRAFT", "currency": "EUR", "subtotal_amount": 1250, "total_amount": 1250},
    RegistrationLine: lambda: {
        "position": next(_numbers),
        "quantity": 1,
        "list_amount": 1250,
        "unit_amount": 1250,
        "total_amount": 1250,
    },
    RegistrationTax: lambda: {"position": 0, "name": "VAT", "rate": 210_000, "is_included": True, "amount": 217},
    Attendee: lambda: {"person": 0, "amount": 1250},
    PoolClaim: dict,
    WaitingListEntry: lambda: {"position": next(_numbers), "email": f"w{next(_numbers)}@example.org"},
    Payment: lambda: {"provider": "test", "amount": 1250, "currency": "EUR"},
    Refund: lambda: {"amount": 100},
    TrialIntent: lambda: {
        "reference": _slug("intent"),
        "payment_id": uuid7(),
        "client_secret": _slug("secret"),
        "amount": 1250,
        "currency": "EUR",
    },
    TrialRefund: lambda: {
        "key": _slug("key"),
        "reference": _slug("refund"),
        "refund_id": uuid7(),
        "intent_reference": _slug("intent"),
        "amount": 100,
    },
    TrialEvent: lambda: {"number": next(_numbers), "event_id": _slug("event"), "payload": "{}"},
    IdempotencyKey: lambda: {
        "principal": "someone",
        "key": _slug("key"),
        "operation": "createRegistration",
        "request_sha256": "0" * 64,
        "expires_at": dt.datetime(2999, 1, 1, tzinfo=dt.UTC),
    },
    CheckIn: lambda: {"at": NOON},
    PeriodicJob: lambda: {"name": f"job-{next(_numbers)}"},
    OutboxEntry: lambda: {"sequence": next(_numbers), "topic": "registration.held"},
}
"""The columns that a row cannot do without, its keys aside."""

OWNERS: dict[Model, dict[str, Model]] = {
    Event: {"organisation_id": Organisation},
    Ticket: {"event_id": Event},
    CapacityPool: {"organisation_id": Organisation},
    TicketPool: {"ticket_id": Ticket, "pool_id": CapacityPool},
    Package: {"function_id": Function},
    PackageItem: {"package_id": Package, "ticket_id": Ticket},
    CheckIn: {"attendee_id": Attendee},
    ImportSource: {"organisation_id": Organisation},
    ImportedFunction: {"source_id": ImportSource, "function_id": Function},
    FunctionMigrationChange: {"migration_id": FunctionMigration},
    FunctionRoot: {"function_id": Function, "event_id": Event, "migration_id": FunctionMigration},
    OrganisationMember: {"organisation_id": Organisation, "customer_id": Customer},
    ClientKey: {"client_id": Client},
    ClientGrant: {"client_id": Client},
    Release: {"client_id": Client},
    ReleaseOperation: {"release_id": Release, "text_sha256": Operation},
    PriceRule: {"organisation_id": Organisation, "ticket_id": Ticket},
    Voucher: {"organisation_id": Organisation},
    VoucherUse: {"registration_id": Registration, "voucher_id": Voucher},
    EligibilityRule: {"organisation_id": Organisation, "ticket_id": Ticket},
    Membership: {"organisation_id": Organisation, "customer_id": Customer},
    Tax: {"organisation_id": Organisation},
    TicketTax: {"ticket_id": Ticket, "tax_id": Tax},
    Registration: {"organisation_id": Organisation},
    RegistrationLine: {"registration_id": Registration, "ticket_id": Ticket},
    RegistrationTax: {"registration_id": Registration},
    Attendee: {"registration_id": Registration, "line_id": RegistrationLine, "ticket_id": Ticket, "event_id": Event},
    PoolClaim: {"registration_id": Registration, "pool_id": CapacityPool},
    WaitingListEntry: {"organisation_id": Organisation, "ticket_id": Ticket},
    Payment: {"registration_id": Registration},
    Refund: {"payment_id": Payment},
}
"""What a row points to and has to; made along with it where a test does not say."""


async def add(connection: asyncpg.Connection, model: Model, **columns: object) -> uuid.UUID:
    """Insert a row with what it needs, and return the first part of its key."""
    for column, owner in OWNERS.get(model, {}).items():
        if column not in columns:
            columns[column] = await add(connection, owner)
    table = Base.metadata.tables[model.__tablename__]
    key = next(iter(table.primary_key)).name
    values = {key: uuid7(), **PLAIN[model](), **columns}
    names = ", ".join(f'"{name}"' for name in values)
    marks = ", ".join(f"${number}" for number in range(1, len(values) + 1))
    arguments = [orjson.dumps(value).decode() if name.endswith("metadata") else value for name, value in values.items()]
    made: uuid.UUID = await connection.fetchval(
        f'INSERT INTO {model.__tablename__} ({names}) VALUES ({marks}) RETURNING "{key}"',  # noqa: S608 - names from the models
        *arguments,
    )
    return made
