"""What the database refuses by itself, whoever writes to it, and what it still accepts."""

import datetime as dt
import uuid
from collections.abc import Sequence

import asyncpg
import pytest

from db.change_models import RowChange
from db.check_in_models import CheckIn
from db.flag_models import FeatureFlag
from db.function_migration_models import FunctionMigration, FunctionMigrationChange, FunctionMigrationRun
from db.identity_models import AuditEntry, Customer, OrganisationMember, Revocation
from db.models import (
    Base,
    CapacityPool,
    Event,
    Function,
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
from db.pricing_models import EligibilityRule, Membership, PriceRule, Tax, Voucher
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
from db.usage_models import OperationUsage
from db.webhook_models import WebhookDelivery
from domain.ids import uuid7
from tests.db.rows import NOON, Columns, Model, add

DAY = dt.date(2027, 5, 1)
SECOND = dt.timedelta(seconds=1)
SOME_FUNCTION = Function
"""Stands for the key of a function that is there."""
SOME_ORGANISATION = Organisation

Rule = tuple[Model, str, Columns]

HEADINGS = ((Organisation, "name"), (Function, "name"), (Event, "title"), (Ticket, "name"), (CapacityPool, "name"))
HEADINGS = (*HEADINGS, (Package, "name"), (ImportSource, "name"))
SLUGS = (Organisation, Function, Event)
ZONES = (Organisation, Function, Event)
DESCRIBED = (Function, Event, Ticket, Package)
PRICED = (Ticket, Package)
PICTURED = (Function, Event)
RECORDED = (Organisation, Function, Event, Ticket, CapacityPool, Package)


def each(models: Sequence[Model], rule: str, column: str, *values: object) -> list[Rule]:
    return [(model, rule, {column: value}) for model in models for value in values]


OF_A_FUNCTION: Columns = {"ticket_id": None, "function_id": SOME_FUNCTION}
OF_AN_AMOUNT: Columns = {"kind": "AMOUNT", "share_off": None, "amount": 500, "currency": "EUR"}
CHECKED_IN: Columns = {"state": "VALID", "checked_in_at": NOON, "check_in_recorded_at": NOON}
NO_HASHES = ("", "0" * 63, "0" * 65, "G" * 64, "A" * 64)

RECEIVED: Columns = {"received_amount": 600, "received_currency": "USD"}

REFUSED: list[Rule] = [
    *(
        (Client, f"{which}_capacity_with_rate", {f"{which}_capacity": capacity, f"{which}_restored": restored})
        for which in ("rate", "viewer")
        for capacity, restored in ((0, 1.0), (1, 0.0), (1, 100_001.0), (1, None), (None, 1.0), (1, float("nan")))
    ),
    *(
        (model, f"{column}_well_formed", {column: text})
        for model, column in HEADINGS
        for text in ("", " ", "\t\n", "x" * 501)
    ),
    *each(SLUGS, "slug_well_formed", "slug", "", "A", "é", "a b", "-a", "a-", "a--b", "a\n", "a/b", "x" * 201),
    *each(ZONES, "timezone_well_formed", "timezone", "", " ", "Europe/", "/Brussels", "+01:00", "a b", "x" * 65),
    *each(DESCRIBED, "description_length", "description", "x" * 100_001),
    *each(PRICED, "price_not_negative", "price_amount", -1),
    *each(PRICED, "currency_well_formed", "price_currency", "", "EU", "EURO", "eur", "E€R", "EUR\n"),
    *each(PICTURED, "image_url_well_formed", "image_url", "", "/poster.png", "example.org", "javascript:alert(1)"),
    *each(PICTURED, "image_url_well_formed", "image_url", "https://a b", "https://", "https://" + "x" * 1993),
    *each(PICTURED, "metadata_is_object", "metadata", None, [], "text", 1, True),
    *each(RECORDED, "version_positive", "version", 0, -1),
    # Functions
    (Function, "end_needs_start", {"end_date": DAY}),
    (Function, "end_not_before_start", {"start_date": DAY, "end_date": DAY - dt.timedelta(days=1)}),
    (Function, "external_id_well_formed", {"external_id": "id:1"}),
    (Function, "external_id_well_formed", {"external_id": " ", "organisation_id": SOME_ORGANISATION}),
    (Function, "external_id_well_formed", {"external_id": "x" * 601, "organisation_id": SOME_ORGANISATION}),
    *each([Function], "private_metadata_is_object", "private_metadata", None, [], "text", 1, True),
    *each([Organisation], "payout_account_id_well_formed", "payout_account_id", "", " ", "x" * 101),
    # Events
    *each([Event], "type_well_formed", "type", "", " ", "x" * 101),
    (Event, "end_not_before_start", {"event_start": NOON, "event_end": NOON - SECOND}),
    (Event, "not_its_own_parent", {"event_id": uuid.UUID(int=7), "parent_event_id": uuid.UUID(int=7)}),
    (Event, "external_id_well_formed", {"external_id": "id:1"}),
    (Event, "external_id_well_formed", {"external_id": "", "function_id": SOME_FUNCTION}),
    (Event, "external_id_well_formed", {"external_id": "x" * 601, "function_id": SOME_FUNCTION}),
    # Tickets
    (Ticket, "order_range", {"min_per_order": 0}),
    (Ticket, "order_range", {"min_per_order": 5, "max_per_order": 4}),
    (Ticket, "order_range", {"max_per_order": 0}),
    (Ticket, "sale_end_not_before_start", {"sale_start": NOON, "sale_end": NOON - SECOND}),
    # Pools
    (CapacityPool, "capacity_not_negative", {"capacity": -1}),
    (CapacityPool, "sold_not_negative", {"sold": -1}),
    (CapacityPool, "held_not_negative", {"held": -1}),
    (CapacityPool, "never_oversold", {"capacity": 10, "sold": 11}),
    (CapacityPool, "never_oversold", {"capacity": 10, "held": 11}),
    (CapacityPool, "never_oversold", {"capacity": 10, "sold": 6, "held": 5}),
    (CapacityPool, "never_oversold", {"capacity": 0, "held": 1}),
    # Packages
    (PackageItem, "quantity_positive", {"quantity": 0}),
    (PackageItem, "quantity_positive", {"quantity": -1}),
    (PackageItem, "allocated_not_negative", {"allocated_amount": -1}),
    # Imports
    *each([ImportSource], "content_sha256_well_formed", "content_sha256", *NO_HASHES),
    # The registry
    *each([Client], "name_well_formed", "name", "", "Web", "a b", "a~b", "-a", "x" * 101),
    *each([Client], "policy_known", "policy", "", "OPEN", "open-log-only"),
    *each([ClientKey], "label_well_formed", "label", "", " ", "x" * 101),
    *each([ClientKey], "key_sha256_well_formed", "key_sha256", *NO_HASHES),
    *each([ClientKey], "purpose_known", "purpose", "", "Publish"),
    (Client, "no_public_partner", {"is_public": True, "is_partner": True}),
    *each([ClientGrant], "name_well_formed", "name", "", " ", "a.b.c", "Ticket.", ".pools", "a-b", "x" * 201),
    *each([ClientGrant], "granted_by_well_formed", "granted_by", "", " ", "x" * 501),
    *each([Operation], "kind_known", "kind", "", "QUERY"),
    *each([Operation], "analysis_is_object", "analysis", "null", "[]"),
    *each([Operation], "statements_is_array", "statements", "{}"),
    *each([Operation], "schema_sha256_well_formed", "schema_sha256", *NO_HASHES),
    *each([Operation], "content_addressed", "text_sha256", *NO_HASHES, "0" * 64),
    *each([Release], "name_well_formed", "name", "", " ", "1~2", "a/b", "x" * 101),
    *each([Release], "state_known", "state", "", "ACTIVE"),
    *each([Release], "content_sha256_well_formed", "content_sha256", *NO_HASHES),
    *each([Release], "published_by_well_formed", "published_by", "", " ", "x" * 501),
    *each([Release], "source_commit_well_formed", "source_commit", "", " ", "x" * 101),
    (Release, "deprecated_at_known", {"state": "deprecated"}),
    (Release, "retired_at_known", {"state": "retired"}),
    (Release, "retired_at_known", {"retired_at": NOON}),
    (Release, "sunset_needs_deprecation", {"sunset_at": NOON}),
    (Release, "not_its_own_successor", {"release_id": uuid.UUID(int=7), "successor_id": uuid.UUID(int=7)}),
    *each([ReleaseOperation], "route_well_formed", "route", "", "GET /api", "GET /a", "POST /api/a", "GET /api/a b"),
    *each([ReleaseOperation], "public_id_well_formed", "public_id", "", "../x", "a b", "a:b:c", "A:b", "x" * 301),
    *each([RegistryEntry], "actor_well_formed", "actor", "", " ", "x" * 501),
    *each([RegistryEntry], "action_well_formed", "action", "", " ", "x" * 101),
    *each([RegistryEntry], "details_is_object", "details", "null", "[]"),
    *each([ServingProcess], "name_well_formed", "name", "", " ", "x" * 501),
    *each([ServingProcess], "lease_positive", "lease", 0.0, -1.0),
    (OperationUsage, "hour_is_whole", {"hour": NOON + SECOND}),
    *((OperationUsage, "counts_not_negative", {name: -1}) for name in ("calls", "errors", "refused", "cost")),
    *each([OperationUsage], "durations_is_object", "durations", "null", "[]"),
    # Webhooks
    *each([RowChange], "subject_well_formed", "subject", "", " ", "x" * 101),
    *each([WebhookDelivery], "source_well_formed", "source", "", " ", "x" * 101),
    *each([WebhookDelivery], "delivery_id_well_formed", "delivery_id", "", "x" * 256),
    *each([WebhookDelivery], "type_well_formed", "type", "", " ", "x" * 101),
    *each([WebhookDelivery], "result_is_object", "result", "null", "[]"),
    # Who asks
    *each([Customer], "subject_well_formed", "subject", "", " ", "x" * 256),
    *each([Customer], "name_well_formed", "name", "", " ", "x" * 501),
    *each([Customer], "email_well_formed", "email", "", "a", "@b", "a@", "a b@c", "a@b@c", "a@" + "x" * 319),
    *each([Customer], "locale_well_formed", "locale", "", "e", "en_GB", "en-", "-en", "en-" + "x" * 9),
    *each([Customer], "version_positive", "version", 0),
    *each([FeatureFlag], "key_well_formed", "key", "", " ", "x" * 101),
    *each([FeatureFlag], "percentage_is_part", "rollout_percentage", -1, 101),
    *each([FeatureFlag], "segments_is_object", "segments", "[]", "null"),
    *each([FunctionMigrationRun], "kind_known", "kind", "", "VALIDATE", "migrate"),
    *each([FunctionMigrationRun], "functions_not_negative", "functions", -1),
    *each([FunctionMigrationRun], "events_not_negative", "events", -1),
    *each([FunctionMigrationRun], "failure_length", "failure", "x" * 10_001),
    *each([FunctionMigration], "phase_known", "phase", "", "NOT_STARTED", "migrated"),
    *each([FunctionMigrationChange], "table_name_known", "table_name", "", "packages"),
    *each([FunctionMigrationChange], "column_name_known", "column_name", "", "title"),
    *each([OrganisationMember], "role_known", "role", "", "owner", "STAFF"),
    *each([Revocation], "token_id_well_formed", "token_id", "", " ", "x" * 256),
    (Revocation, "subject_well_formed", {"token_id": None, "subject": " ", "issued_before": NOON}),
    (Revocation, "one_kind", {"token_id": None}),
    (Revocation, "one_kind", {"subject": "ada", "issued_before": NOON}),
    (Revocation, "subject_needs_moment", {"token_id": None, "subject": "ada"}),
    (Revocation, "subject_needs_moment", {"issued_before": NOON}),
    *each([AuditEntry], "action_well_formed", "action", "", " ", "x" * 101),
    *each([AuditEntry, FunctionMigrationRun], "actor_well_formed", "actor", "", " ", "x" * 501),
    *each([AuditEntry, FunctionMigrationRun], "actor_role_known", "actor_role", "", "ADMIN", "root"),
    *each([AuditEntry], "request_id_well_formed", "request_id", "", "a b", "a\n", "x" * 129),
    *each([AuditEntry], "subject_well_formed", "subject", "", " ", "x" * 501),
    *each([AuditEntry, FunctionMigrationRun], "reason_well_formed", "reason", "", " ", "x" * 501),
    *each([AuditEntry], "details_is_object", "details", "null", "[]"),
    # What decides prices
    *each([CapacityPool], "sold_elsewhere_not_negative", "sold_elsewhere", -1),
    *each([CapacityPool], "held_elsewhere_not_negative", "held_elsewhere", -1),
    *each([CapacityPool], "awaited_not_negative", "awaited", -1),
    (PriceRule, "one_target", {"function_id": SOME_FUNCTION}),
    (PriceRule, "one_target", {"ticket_id": None}),
    *each([PriceRule], "name_well_formed", "name", "", " ", "x" * 101),
    (PriceRule, "membership_well_formed", {"membership": " "}),
    (PriceRule, "early_bird_until", {"kind": "EARLY_BIRD"}),
    (PriceRule, "early_bird_until", {"until": NOON}),
    (PriceRule, "tier_size", {"kind": "TIER"}),
    (PriceRule, "tier_size", {"kind": "TIER", "sold_below": 0}),
    (PriceRule, "tier_size", {"sold_below": 5}),
    (PriceRule, "membership_of_member", {"kind": "EARLY_BIRD", "until": NOON, "membership": "friend"}),
    (PriceRule, "one_price", {"amount": 100}),
    (PriceRule, "one_price", {"share_off": None}),
    (PriceRule, "share_of_a_function", {**OF_A_FUNCTION, "amount": 100, "share_off": None}),
    (PriceRule, "amount_not_negative", {"amount": -1, "share_off": None}),
    (Voucher, "one_target", {"function_id": SOME_FUNCTION, "ticket_id": Ticket}),
    *each([Voucher], "code_well_formed", "code", "", "AB", "abc", "A B C", "-AB", "A" * 65),
    (Voucher, "kind_known", {**OF_AN_AMOUNT, "kind": "GIFT"}),
    (Voucher, "share_of_percentage", {"share_off": None}),
    (Voucher, "amount_with_currency", {"amount": 5, "currency": "EUR"}),
    (Voucher, "amount_with_currency", {**OF_AN_AMOUNT, "currency": None}),
    (Voucher, "amount_not_negative", {**OF_AN_AMOUNT, "amount": -1}),
    (Voucher, "used_not_negative", {"used": -1}),
    (Voucher, "never_overused", {"used": 3, "max_uses": 2}),
    (Voucher, "currency_well_formed", {**OF_AN_AMOUNT, "currency": "eur"}),
    (EligibilityRule, "one_item", {"ticket_id": None}),
    (EligibilityRule, "membership_well_formed", {"kind": "MEMBERSHIP", "membership": " "}),
    (EligibilityRule, "membership_of_membership", {"membership": "friend"}),
    (EligibilityRule, "organisation_named", {"kind": "ORGANISATION"}),
    (EligibilityRule, "organisation_named", {"member_of_id": SOME_ORGANISATION}),
    *each([EligibilityRule], "description_well_formed", "description", "", " ", "x" * 501),
    *each([Membership], "kind_well_formed", "kind", "", " ", "x" * 101),
    *each([Tax], "name_well_formed", "name", "", " ", "x" * 101),
    *each([Tax], "rate_in_range", "rate", -1, 10_000_001),
    *(
        (model, "valid_until_not_before_start", {"valid_from": NOON, "valid_until": NOON - SECOND})
        for model in (Voucher, Membership)
    ),
    *(
        rule
        for model, values in ((PriceRule, ("", "early")), (EligibilityRule, ("", "ANYONE")))
        for rule in each([model], "kind_known", "kind", *values)
    ),
    *(
        rule
        for model in (PriceRule, Voucher)
        for rule in each([model], "share_off_is_part", "share_off", -1, 1_000_001)
    ),
    *each(
        [PriceRule, Voucher, EligibilityRule, Tax, Registration, Attendee, Payment], "version_positive", "version", 0
    ),
    # Orders
    *each([Registration, Attendee, WaitingListEntry, Payment, Refund], "state_known", "state", "", "held", "LOST"),
    *each([Registration], "confirmation_number_well_formed", "confirmation_number", "", "ABC", "abcdef", "A" * 21),
    *each([Registration, Attendee, WaitingListEntry], "email_well_formed", "email", "", "a", "@b", "a b@c"),
    *each([Registration, WaitingListEntry], "locale_well_formed", "locale", "", "en_GB"),
    *each([Registration, Payment], "currency_well_formed", "currency", "", "eur", "EURO"),
    *(
        (Registration, f"{name}_not_negative", {name: -1})
        for name in ("discount_amount", "tax_included_amount", "tax_added_amount")
    ),
    (Registration, "subtotal_amount_not_negative", {"subtotal_amount": -1, "total_amount": -1}),
    (Registration, "total_amount_not_negative", {"discount_amount": 1251, "total_amount": -1}),
    (Registration, "total_is_what_it_adds_up_to", {"total_amount": 1251}),
    *each([Registration], "hold_expires_while_held", "state", "HELD", "AWAITING_PAYMENT", "PROCESSING"),
    *each([Registration], "confirmed_with_number", "state", "CONFIRMED", "PARTIALLY_REFUNDED", "REFUNDED"),
    (Registration, "confirmed_with_number", {"state": "CONFIRMED", "confirmation_number": "ABC123"}),
    *each([Registration, Payment], "metadata_is_object", "metadata", []),
    *each([Registration], "internal_notes_length", "internal_notes", "x" * 10_001),
    *each([RegistrationLine, RegistrationTax], "position_not_below_0", "position", -1),
    (RegistrationLine, "one_item", {"package_id": Package}),
    (RegistrationLine, "quantity_not_below_1", {"quantity": 0, "total_amount": 0}),
    *(
        (RegistrationLine, f"{name}_not_negative", {name: -1})
        for name in ("list_amount", "discount_amount", "tax_included_amount", "tax_added_amount")
    ),
    (RegistrationLine, "unit_amount_not_negative", {"unit_amount": -1, "tax_added_amount": 1, "total_amount": 0}),
    (RegistrationLine, "total_amount_not_negative", {"discount_amount": 1251, "total_amount": -1}),
    (RegistrationLine, "total_is_what_it_adds_up_to", {"quantity": 2}),
    *each([RegistrationLine], "breakdown_is_object", "breakdown", "null", "[]"),
    *each([RegistrationTax], "name_well_formed", "name", "", " ", "x" * 101),
    *each([RegistrationTax], "rate_not_below_0", "rate", -1),
    *each([RegistrationTax, Attendee], "amount_not_negative", "amount", -1),
    *each([Attendee], "person_not_below_0", "person", -1),
    *each([Attendee], "name_well_formed", "name", "", " ", "x" * 501),
    *each([Attendee], "answers_is_object", "answers", "null", "[]"),
    (Attendee, "checked_in_place_well_formed", {**CHECKED_IN, "checked_in_place": " "}),
    (Attendee, "checked_in_once_valid", {**CHECKED_IN, "state": "RESERVED"}),
    (Attendee, "check_in_recorded", {**CHECKED_IN, "check_in_recorded_at": None}),
    (Attendee, "place_of_a_check_in", {"checked_in_place": "North door"}),
    *((PoolClaim, f"{name}_not_negative", {name: -1}) for name in ("held", "sold")),
    (WaitingListEntry, "one_item", {"ticket_id": None}),
    *each([WaitingListEntry], "quantity_not_below_1", "quantity", 0),
    *each([WaitingListEntry], "offered_with_deadline", "state", "OFFERED", "TAKEN", "LAPSED"),
    # Money
    *each([Payment], "provider_well_formed", "provider", "", " ", "x" * 101),
    *each([Payment, Refund], "provider_reference_well_formed", "provider_reference", "", " ", "x" * 256),
    *each([Payment], "client_secret_well_formed", "client_secret", "", " ", "x" * 501),
    *each([Payment, Refund], "failure_code_well_formed", "failure_code", "", " ", "x" * 101),
    *each([Payment, Refund], "amount_not_below_1", "amount", 0),
    *each([Payment], "never_refunded_beyond", "refunded_amount", -1, 1251),
    (Payment, "never_refunded_beyond", {**RECEIVED, "refunded_amount": 601}),
    (Payment, "received_currency_well_formed", {**RECEIVED, "received_currency": "eur"}),
    (Payment, "received_with_currency", {"received_amount": 600}),
    (Payment, "problem_of_what_came", {"problem": "PAID_TWICE"}),
    (Payment, "problem_known", {**RECEIVED, "problem": "BORED"}),
    *each([Refund], "reason_well_formed", "reason", "", " ", "x" * 501),
    # What is done once, and told at least once
    *each([IdempotencyKey], "principal_well_formed", "principal", "", " ", "x" * 256),
    *each([IdempotencyKey], "key_well_formed", "key", "", " ", "x" * 256),
    *each([IdempotencyKey], "operation_well_formed", "operation", "", " ", "x" * 101),
    *each([IdempotencyKey], "request_sha256_well_formed", "request_sha256", *NO_HASHES),
    *each([IdempotencyKey], "outcome_is_object", "outcome", "null", "[]"),
    (IdempotencyKey, "kept_for_a_day", {"created_at": NOON, "expires_at": NOON + dt.timedelta(hours=23)}),
    *each([OutboxEntry], "topic_well_formed", "topic", "", " ", "x" * 101),
    *each([OutboxEntry], "payload_is_object", "payload", "null", "[]"),
    *each([OutboxEntry], "attempts_not_negative", "attempts", -1),
    (OutboxEntry, "delivered_or_dead", {"delivered_at": NOON, "dead_at": NOON}),
    *each([OutboxEntry], "last_error_length", "last_error", "x" * 10_001),
    *each([CheckIn], "place_well_formed", "place", "", " ", "x" * 101),
    *each([PeriodicJob], "name_well_formed", "name", "", " ", "x" * 101),
    *each([PeriodicJob], "figures_is_object", "figures", "null", "[]"),
    *each([PeriodicJob], "failures_not_negative", "failures", -1),
    *each([PeriodicJob], "last_error_length", "last_error", "x" * 10_001),
]

ACCEPTED: list[tuple[Model, Columns]] = [
    *((model, {column: text}) for model, column in HEADINGS for text in ("x", " x ", "\U0001f39f" * 500)),
    *((model, {"slug": slug}) for model in SLUGS for slug in ("a", "0", "a-1-b", "x" * 200)),
    *(
        (model, {"timezone": zone})
        for model in ZONES
        for zone in ("UTC", "Etc/GMT+12", "America/Argentina/ComodRivadavia", "GMT0", "EST5EDT")
    ),
    *((model, {"description": text}) for model in DESCRIBED for text in (None, "", "\U0001f39f" * 100_000)),
    *((model, {"price_amount": amount}) for model in PRICED for amount in (0, 2**63 - 1)),
    *((model, {"price_currency": code}) for model in PRICED for code in ("EUR", "XXX")),
    *(
        (model, {"image_url": url})
        for model in PICTURED
        for url in (None, "http://example.org", "https://example.org/é.png?a=b#c", "https://" + "x" * 1992)
    ),
    *((model, {"metadata": value}) for model in PICTURED for value in ({}, {"a": None})),
    *((model, {"version": version}) for model in RECORDED for version in (1, 2**31 - 1)),
    (Function, {"start_date": DAY}),
    (Function, {"start_date": DAY, "end_date": DAY}),
    (Function, {"start_date": dt.date(1, 1, 2), "end_date": dt.date(9999, 12, 30)}),
    (Function, {"external_id": "\U0001f39f" * 600, "organisation_id": SOME_ORGANISATION}),
    (Event, {"external_id": "\U0001f39f" * 600, "function_id": SOME_FUNCTION}),
    (Event, {"event_end": NOON}),
    (
        Event,
        {"event_start": dt.datetime(1, 1, 2, tzinfo=dt.UTC), "event_end": dt.datetime(9999, 12, 30, tzinfo=dt.UTC)},
    ),
    (Event, {"type": "x" * 100}),
    (Ticket, {"min_per_order": 1, "max_per_order": 1}),
    (Ticket, {"sale_start": NOON, "sale_end": NOON}),
    (Ticket, {"sale_end": NOON}),
    (CapacityPool, {"capacity": 0}),
    (CapacityPool, {"capacity": 10, "sold": 4, "held": 6}),
    (CapacityPool, {"capacity": None, "sold": 2**30, "held": 2**30 - 1}),
    (PackageItem, {"quantity": 1, "allocated_amount": 0}),
    (Client, {"name": "x" * 100, "policy": "ids-only-log-only"}),
    *((ClientGrant, {"name": text}) for text in ("STAFF", "Ticket.pools", "_A1._b2", "x" * 200)),
    (Release, {"name": "1.4.2-rc.1+build_7", "source_commit": "0" * 40}),
    (Release, {"state": "deprecated", "deprecated_at": NOON, "sunset_at": NOON, "successor_id": Release}),
    (Release, {"state": "retired", "retired_at": NOON}),
    (ReleaseOperation, {"route": "GET /api/a-b/{c}/" + "x" * 287}),
    *((ReleaseOperation, {"public_id": text}) for text in ("sha256:" + "0" * 64, "web~1.4.2~Example", "x" * 300)),
    (ImportSource, {"content_sha256": "0123456789abcdef" * 4}),
    *((Customer, {"subject": text}) for text in ("auth0|5f7c", "\U0001f39f" * 255)),
    *((Customer, {"locale": tag}) for tag in ("en", "en-GB", "zh-Hans-CN", "sl-rozaj-biske-1994")),
    (Customer, {"name": "Ada", "email": "ada+tickets@example.org"}),
    (Revocation, {"token_id": None, "subject": "ada", "issued_before": NOON}),
    (AuditEntry, {"client_id": Client, "request_id": "abc.DEF_1-2"}),
    (PriceRule, {"kind": "EARLY_BIRD", "until": NOON, "share_off": None, "amount": 0}),
    (PriceRule, {"kind": "TIER", "sold_below": 1, **OF_A_FUNCTION, "share_off": 1_000_000}),
    *((Voucher, {"code": code}) for code in ("ABC", "0-_", "A" * 64)),
    (Voucher, {**OF_AN_AMOUNT, "max_uses": 2, "used": 2, "package_id": Package}),
    (EligibilityRule, {"kind": "ORGANISATION", "member_of_id": SOME_ORGANISATION}),
    (EligibilityRule, {"kind": "MEMBERSHIP", "membership": "friend", "ticket_id": None, "package_id": Package}),
    (Registration, {"state": "HELD", "hold_expires_at": NOON}),
    (Registration, {"state": "CONFIRMED", "confirmed_at": NOON, "confirmation_number": "0AZ9XY"}),
    (Registration, {"discount_amount": 1250, "tax_added_amount": 7, "total_amount": 7}),
    (RegistrationLine, {"ticket_id": None, "package_id": Package, "quantity": 3, "total_amount": 3750}),
    (Attendee, CHECKED_IN),
    (Attendee, {**CHECKED_IN, "state": "CANCELLED", "checked_in_place": "North door"}),
    (WaitingListEntry, {"state": "OFFERED", "registration_id": Registration, "offer_expires_at": NOON}),
    (Payment, {"state": "REFUNDED", "refunded_amount": 1250}),
    (Payment, {**RECEIVED, "received_amount": 9999, "refunded_amount": 9999, "problem": "AMOUNT_DIFFERS"}),
    (IdempotencyKey, {"created_at": NOON, "expires_at": NOON + dt.timedelta(hours=24)}),
]


def named(value: object) -> str | None:
    if isinstance(value, type):
        return value.__name__
    if isinstance(value, dict):
        return ",".join(f"{name}={str(its)[:20]!a}" for name, its in value.items())
    return None


async def settled(connection: asyncpg.Connection, columns: Columns) -> Columns:
    """The columns, with keys of rows in place of models."""
    return {name: await add(connection, value) if isinstance(value, type) else value for name, value in columns.items()}


@pytest.mark.parametrize(("model", "rule", "columns"), REFUSED, ids=named)
async def test_a_rule_refuses_what_it_should(
    connection: asyncpg.Connection, model: Model, rule: str, columns: Columns
) -> None:
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await add(connection, model, **await settled(connection, columns))

    assert refused.value.constraint_name == f"ck_{model.__tablename__}_{rule}"


@pytest.mark.parametrize(("model", "columns"), ACCEPTED, ids=named)
async def test_a_rule_accepts_what_just_fits(connection: asyncpg.Connection, model: Model, columns: Columns) -> None:
    assert await add(connection, model, **await settled(connection, columns))


NEEDED = {
    Function: {"start_date": DAY},
    Release: {"deprecated_at": NOON},
    PriceRule: {"kind": "EARLY_BIRD", "until": NOON},
}


# Python itself cannot say these moments, so they come as text.
@pytest.mark.parametrize(
    ("model", "column"),
    [
        *((Function, column) for column in ("start_date", "end_date")),
        *((Event, column) for column in ("event_start", "event_end")),
        *((Ticket, column) for column in ("sale_start", "sale_end")),
        (Release, "sunset_at"),
        (PriceRule, "until"),
        *((model, column) for model in (Voucher, Membership) for column in ("valid_from", "valid_until")),
    ],
    ids=named,
)
@pytest.mark.parametrize(
    "moment", ["infinity", "-infinity", "9999-12-31", "10000-01-01", "0001-01-01", "0001-01-01 BC"]
)
async def test_no_moment_is_beyond_what_python_can_hold(
    connection: asyncpg.Connection, model: Model, column: str, moment: str
) -> None:
    key = await add(connection, model, **NEEDED.get(model, {}))
    name = next(iter(Base.metadata.tables[model.__tablename__].primary_key)).name

    with pytest.raises(asyncpg.CheckViolationError):
        await connection.execute(
            f"UPDATE {model.__tablename__} SET {column} = '{moment}' WHERE {name} = $1",  # noqa: S608 - from the list above
            key,
        )


def test_no_rule_is_without_a_test() -> None:
    tested = {f"ck_{model.__tablename__}_{rule}" for model, rule, _ in REFUSED}
    declared = {
        str(constraint.name)
        for table in Base.metadata.tables.values()
        for constraint in table.constraints
        if str(constraint.name).startswith("ck_")
    }

    assert {name for name in declared if not name.endswith("_representable")} == tested


@pytest.mark.parametrize("model", SLUGS, ids=named)
async def test_a_slug_is_unique_among_what_is_not_deleted(connection: asyncpg.Connection, model: Model) -> None:
    await add(connection, model, slug="same", deleted_at=NOON)
    await add(connection, model, slug="same", deleted_at=NOON)
    await add(connection, model, slug="same")

    with pytest.raises(asyncpg.UniqueViolationError) as refused:
        await add(connection, model, slug="same")

    assert refused.value.constraint_name == f"uq_{model.__tablename__}_slug"


async def test_an_external_id_is_unique_within_its_owner_even_once_deleted(connection: asyncpg.Connection) -> None:
    """So that what an import brings back is found and restored, not made a second time."""
    organisation, other = [await add(connection, Organisation) for _ in range(2)]
    function = await add(connection, Function, organisation_id=organisation, external_id="a", deleted_at=NOON)
    await add(connection, Function, organisation_id=other, external_id="a")
    await add(connection, Event, function_id=function, external_id="a", deleted_at=NOON)

    for model, owner in ((Function, {"organisation_id": organisation}), (Event, {"function_id": function})):
        with pytest.raises(asyncpg.UniqueViolationError):
            async with connection.transaction():
                await add(connection, model, external_id="a", **owner)


async def test_a_source_has_one_name_within_its_organisation(connection: asyncpg.Connection) -> None:
    organisation = await add(connection, Organisation)
    await add(connection, ImportSource, organisation_id=organisation, name="schedule.xml")
    await add(connection, ImportSource, name="schedule.xml")

    with pytest.raises(asyncpg.UniqueViolationError):
        await add(connection, ImportSource, organisation_id=organisation, name="schedule.xml")


@pytest.mark.parametrize(
    ("model", "first", "second"),
    [(PackageItem, "package_id", "ticket_id"), (TicketPool, "ticket_id", "pool_id")],
    ids=named,
)
async def test_two_things_are_linked_once(
    connection: asyncpg.Connection, model: Model, first: str, second: str
) -> None:
    await add(connection, model)
    row = await connection.fetchrow(f"SELECT {first}, {second} FROM {model.__tablename__}")  # noqa: S608 - from the list above

    with pytest.raises(asyncpg.UniqueViolationError):
        await add(connection, model, **dict(row))


async def test_a_code_is_one_voucher_s_among_those_of_its_organisation(connection: asyncpg.Connection) -> None:
    organisation = await add(connection, Organisation)
    await add(connection, Voucher, organisation_id=organisation, code="SAME", deleted_at=NOON)
    await add(connection, Voucher, organisation_id=organisation, code="SAME")
    await add(connection, Voucher, code="SAME")

    with pytest.raises(asyncpg.UniqueViolationError):
        await add(connection, Voucher, organisation_id=organisation, code="SAME")


async def test_a_registration_has_one_payment_under_way(connection: asyncpg.Connection) -> None:
    registration = await add(connection, Registration)
    await add(connection, Payment, registration_id=registration, state="FAILED")
    await add(connection, Payment, registration_id=registration)

    with pytest.raises(asyncpg.UniqueViolationError):
        await add(connection, Payment, registration_id=registration, state="AUTHORIZED")


async def test_a_provider_s_reference_is_one_payment_s(connection: asyncpg.Connection) -> None:
    await add(connection, Payment, provider="test", provider_reference="pi_1")
    await add(connection, Payment, provider="other", provider_reference="pi_1")

    with pytest.raises(asyncpg.UniqueViolationError):
        await add(connection, Payment, provider="test", provider_reference="pi_1")


async def test_nobody_waits_twice_for_the_same(connection: asyncpg.Connection) -> None:
    ticket = await add(connection, Ticket)
    await add(connection, WaitingListEntry, ticket_id=ticket, email="ada@example.org", state="LEFT")
    await add(connection, WaitingListEntry, ticket_id=ticket, email="ada@example.org")

    with pytest.raises(asyncpg.UniqueViolationError):
        await add(connection, WaitingListEntry, ticket_id=ticket, email="Ada@example.org")


def _links() -> list[tuple[str, str, str]]:
    return sorted(
        (table.name, key.parent.name, key.column.table.name)
        for table in Base.metadata.sorted_tables
        for key in table.foreign_keys
    )


OTHER_THAN_A_TICKET = [
    (model, "package_id") for model in (PriceRule, EligibilityRule, RegistrationLine, WaitingListEntry)
]
INSTEAD: dict[tuple[Model, str], Columns] = {
    **{each: {"ticket_id": None} for each in (*OTHER_THAN_A_TICKET, (PriceRule, "function_id"))},
    (EligibilityRule, "member_of_id"): {"kind": "ORGANISATION"},
}
"""What a row has to have beside a column that most rows leave empty."""


@pytest.mark.parametrize(("table", "column", "target"), _links())
async def test_nothing_points_to_what_is_not_there(
    connection: asyncpg.Connection, table: str, column: str, target: str
) -> None:
    (model,) = [mapper.class_ for mapper in Base.registry.mappers if mapper.class_.__tablename__ == table]
    key = "0" * 64 if column == "text_sha256" else uuid7()

    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await add(connection, model, **{**INSTEAD.get((model, column), {}), column: key})


@pytest.mark.parametrize("log", [RegistryEntry, AuditEntry], ids=named)
@pytest.mark.parametrize("change", ["UPDATE {} SET actor = 'nobody'", "DELETE FROM {}", "TRUNCATE {}"])
async def test_what_a_log_says_stays_as_it_is(connection: asyncpg.Connection, log: Model, change: str) -> None:
    await add(connection, log)

    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
        await connection.execute(change.format(log.__tablename__))


async def test_nothing_goes_because_its_owner_goes(connection: asyncpg.Connection) -> None:
    rules = await connection.fetch("SELECT conname, confdeltype, confupdtype FROM pg_constraint WHERE contype = 'f'")

    assert len(rules) == len(_links())
    assert {(rule["confdeltype"], rule["confupdtype"]) for rule in rules} == {(b"a", b"a")}  # no action


async def test_a_function_without_a_first_day_sorts_last(connection: asyncpg.Connection) -> None:
    key = await add(connection, Function)

    assert await connection.fetchval("SELECT sort_date FROM functions WHERE function_id = $1", key) == dt.date.max


async def test_a_search_document_holds_the_longest_text_that_is_accepted(connection: asyncpg.Connection) -> None:
    """A `tsvector` may not exceed a megabyte: here of as many different words as fit."""
    words = " ".join(chr(0x4E00 + number % 20_000) + chr(0x4E00 + number // 20_000) for number in range(33_333))
    assert len(words) <= 100_000

    key = await add(connection, Event, description=words)

    assert await connection.fetchval("SELECT length(search) FROM events WHERE event_id = $1", key) == 33_333 + 1
