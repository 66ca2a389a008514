"""What the database refuses by itself, whoever writes to it, and what it still accepts."""

import datetime as dt
import uuid
from collections.abc import Sequence

import asyncpg
import pytest

from db.change_models import RowChange
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
from db.publication import CARRIED
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


NO_HASHES = ("", "0" * 63, "0" * 65, "G" * 64, "A" * 64)

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
    *each([OrganisationMember], "role_known", "role", "", "owner", "STAFF"),
    *each([Revocation], "token_id_well_formed", "token_id", "", " ", "x" * 256),
    (Revocation, "subject_well_formed", {"token_id": None, "subject": " ", "issued_before": NOON}),
    (Revocation, "one_kind", {"token_id": None}),
    (Revocation, "one_kind", {"subject": "ada", "issued_before": NOON}),
    (Revocation, "subject_needs_moment", {"token_id": None, "subject": "ada"}),
    (Revocation, "subject_needs_moment", {"issued_before": NOON}),
    *each([AuditEntry], "action_well_formed", "action", "", " ", "x" * 101),
    *each([AuditEntry], "actor_well_formed", "actor", "", " ", "x" * 501),
    *each([AuditEntry], "actor_role_known", "actor_role", "", "ADMIN", "root"),
    *each([AuditEntry], "request_id_well_formed", "request_id", "", "a b", "a\n", "x" * 129),
    *each([AuditEntry], "subject_well_formed", "subject", "", " ", "x" * 501),
    *each([AuditEntry], "reason_well_formed", "reason", "", " ", "x" * 501),
    *each([AuditEntry], "details_is_object", "details", "null", "[]"),
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


# Python itself cannot say these moments, so they come as text.
@pytest.mark.parametrize(
    ("model", "column"),
    [
        *((Function, column) for column in ("start_date", "end_date")),
        *((Event, column) for column in ("event_start", "event_end")),
        *((Ticket, column) for column in ("sale_start", "sale_end")),
        (Release, "sunset_at"),
    ],
    ids=named,
)
@pytest.mark.parametrize(
    "moment", ["infinity", "-infinity", "9999-12-31", "10000-01-01", "0001-01-01", "0001-01-01 BC"]
)
async def test_no_moment_is_beyond_what_python_can_hold(
    connection: asyncpg.Connection, model: Model, column: str, moment: str
) -> None:
    key = await add(
        connection, model, **{Function: {"start_date": DAY}, Release: {"deprecated_at": NOON}}.get(model, {})
    )
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


def _links() -> list[tuple[str, str, str]]:
    return sorted(
        (table.name, key.parent.name, key.column.table.name)
        for table in Base.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.primary_key
    )


@pytest.mark.parametrize(("table", "column", "target"), _links())
async def test_nothing_points_to_what_is_not_there(
    connection: asyncpg.Connection, table: str, column: str, target: str
) -> None:
    (model,) = [mapper.class_ for mapper in Base.registry.mappers if mapper.class_.__tablename__ == table]

    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await add(connection, model, **{column: "0" * 64 if column == "text_sha256" else uuid7()})


@pytest.mark.parametrize("log", [RegistryEntry, AuditEntry], ids=named)
@pytest.mark.parametrize("change", ["UPDATE {} SET actor = 'nobody'", "DELETE FROM {}", "TRUNCATE {}"])
async def test_what_a_log_says_stays_as_it_is(connection: asyncpg.Connection, log: Model, change: str) -> None:
    await add(connection, log)

    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
        await connection.execute(change.format(log.__tablename__))


async def test_nothing_goes_because_its_owner_goes(connection: asyncpg.Connection) -> None:
    rules = await connection.fetch("SELECT conname, confdeltype, confupdtype FROM pg_constraint WHERE contype = 'f'")

    no_action, cascade = b"a", b"c"
    assert len(rules) == len(_links())
    assert {rule["confdeltype"] for rule in rules} == {no_action}
    # What is carried follows its owner; a key, which is a part of these too, never changes.
    assert {rule["conname"] for rule in rules if rule["confupdtype"] != no_action} == {
        f"fk_{table}_{its.key}_{its.column}" for table, its in CARRIED.items()
    }
    assert {rule["confupdtype"] for rule in rules} == {no_action, cascade}


async def test_a_function_without_a_first_day_sorts_last(connection: asyncpg.Connection) -> None:
    key = await add(connection, Function)

    assert await connection.fetchval("SELECT sort_date FROM functions WHERE function_id = $1", key) == dt.date.max


async def test_a_search_document_holds_the_longest_text_that_is_accepted(connection: asyncpg.Connection) -> None:
    """A `tsvector` may not exceed a megabyte: here of as many different words as fit."""
    words = " ".join(chr(0x4E00 + number % 20_000) + chr(0x4E00 + number // 20_000) for number in range(33_333))
    assert len(words) <= 100_000

    key = await add(connection, Event, description=words)

    assert await connection.fetchval("SELECT length(search) FROM events WHERE event_id = $1", key) == 33_333 + 1
