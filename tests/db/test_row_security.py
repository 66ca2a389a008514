"""The database alone hides what is private, whatever a statement says, and no connection remembers who asked."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from db.base import Base
from db.database import Database, DatabaseOptions, open_database
from db.migrate import upgrade
from db.roles import RolesMissing, provision
from db.row_security import (
    LINKED,
    MOVING,
    OPERATORS,
    PROTECTED,
    PUBLIC_ROLE,
    ROLES,
    SELLING,
    SYSTEM,
    SYSTEM_ROLE,
    VIEWER_ROLE,
)
from db.rows import Row
from db.statement import compile_statement
from db.visibility import Reach, Sight
from domain.ids import uuid7
from tests.plugins.graph import NOW, Graph

PATIENCE = 10.0


def test_every_table_is_protected_or_says_why_it_is_not() -> None:
    """A new table has a line in PROTECTED, SYSTEM, SELLING, MOVING or OPERATORS."""
    listed = [*PROTECTED, *SYSTEM, *SELLING, *MOVING, *OPERATORS]

    assert sorted(listed) == sorted(Base.metadata.tables)
    assert all(reason for its in (SYSTEM, SELLING, MOVING, OPERATORS) for reason in its.values())


async def test_the_serving_roles_own_nothing_and_cannot_get_past_row_level_security(graph: Graph) -> None:
    async with graph.owner.read() as reader:
        roles = await reader.connection.fetch(
            "SELECT rolsuper OR rolbypassrls OR rolcanlogin OR rolcreaterole AS strong, "
            "EXISTS (SELECT FROM pg_class WHERE relowner = pg_roles.oid) AS owns "
            "FROM pg_roles WHERE rolname = ANY ($1)",
            list(ROLES),
        )
        open_tables = await reader.connection.fetch(
            "SELECT relname FROM pg_class WHERE relname = ANY ($1) AND NOT relrowsecurity", list(PROTECTED)
        )

    assert [tuple(role) for role in roles] == [(False, False)] * len(ROLES)
    assert open_tables == []


async def test_what_anyone_may_see_is_decided_by_a_row_alone(graph: Graph) -> None:
    """Policies for anyone look nothing up, so reading under them costs what reading without them does."""
    async with graph.owner.read() as reader:
        policies = await reader.connection.fetch(
            "SELECT tablename, qual FROM pg_policies WHERE $1 = ANY (roles)", PUBLIC_ROLE
        )

    assert {each["tablename"] for each in policies} == {
        table for table, rule in PROTECTED.items() if rule.public is not None
    }
    # Of a ticket or of a package; asked for by whoever is about to buy it.
    assert [each["tablename"] for each in policies if "SELECT" in each["qual"]] == ["eligibility_rules"]


# -- rows -------------------------------------------------------------------------------------------------------------

Rows = Mapping[str, Mapping[str, uuid.UUID]]
KEYS = {
    "organisations": "organisation_id",
    "functions": "function_id",
    "events": "event_id",
    "event_tickets": "ticket_id",
    "packages": "package_id",
    "package_items": "package_id",
    "capacity_pools": "pool_id",
    "ticket_pools": "pool_id",
    "customers": "customer_id",
    "organisation_members": "customer_id",
    "price_rules": "rule_id",
    "vouchers": "voucher_id",
    "eligibility_rules": "rule_id",
    "memberships": "customer_id",
    "taxes": "tax_id",
    "ticket_taxes": "tax_id",
    "registrations": "registration_id",
    "registration_lines": "line_id",
    "registration_taxes": "registration_id",
    "attendees": "attendee_id",
    "payments": "payment_id",
    "refunds": "refund_id",
    "waiting_list_entries": "entry_id",
}
ORDERS = {
    "registrations",
    "registration_lines",
    "registration_taxes",
    "attendees",
    "payments",
    "refunds",
    "waiting_list_entries",
}
PRIVATE = {"capacity_pools", "ticket_pools", "customers", "organisation_members", "price_rules", "vouchers"}
PRIVATE |= {"memberships"} | ORDERS
"""Tables of which nothing is public."""


def family(graph: Graph, organisation: uuid.UUID, suffix: str, *, public: bool) -> dict[str, uuid.UUID]:
    """One row of each table, of one organisation: all public as far as rows of the table can be, or all hidden."""
    function = graph.function(organisation_id=organisation, is_active=public)
    event = graph.event(function, organisation_id=organisation, is_published=public)
    pool = graph.pool(organisation_id=organisation)
    # Public itself, so that it is the event alone which hides it; a package likewise.
    ticket = graph.ticket(event, [pool])
    package = graph.package(function, [ticket])
    tax = graph.tax([ticket], organisation_id=organisation)
    return {
        f"eligibility_rules {suffix}": graph.eligibility_rule(organisation_id=organisation, ticket_id=ticket),
        f"ticket_taxes {suffix}": tax,
        f"taxes {suffix}": tax,
        f"functions {suffix}": function,
        f"events {suffix}": event,
        f"event_tickets {suffix}": ticket,
        f"packages {suffix}": package,
        f"package_items {suffix}": package,
        f"capacity_pools {suffix}": pool,
        f"ticket_pools {suffix}": pool,
    }


def order(graph: Graph, organisation: uuid.UUID, suffix: str, **columns: object) -> dict[str, uuid.UUID]:
    """A row of each table that orders are kept in; with a customer's, their place on the waiting list."""
    event = graph.event(organisation_id=organisation, is_published=False)
    ticket = graph.ticket(event, is_active=False)
    registration = graph.registration(organisation_id=organisation, **columns)
    line = graph.line(registration, ticket)
    graph.registration_tax(registration)
    payment = graph.payment(registration)
    return {
        f"events {suffix} ordered": event,
        f"event_tickets {suffix} ordered": ticket,
        f"registrations {suffix}": registration,
        f"registration_lines {suffix}": line,
        f"registration_taxes {suffix}": registration,
        f"attendees {suffix}": graph.attendee(registration, line, ticket, event),
        f"payments {suffix}": payment,
        f"refunds {suffix}": graph.refund(payment),
        f"waiting_list_entries {suffix}": graph.waiting(
            ticket, organisation_id=organisation, customer_id=columns.get("customer_id")
        ),
    }


@pytest.fixture
async def rows(graph: Graph) -> dict[str, uuid.UUID]:
    """The keys of rows, by table and what they are: of my organisation or another, public or hidden."""
    mine, other, gone = graph.organisation(), graph.organisation(), graph.organisation(deleted_at=NOW)
    keys = {"organisations mine public": mine, "organisations other public": other, "organisations gone": gone}
    for name, organisation in (("mine", mine), ("other", other)):
        for public in (True, False):
            keys |= family(graph, organisation, f"{name} {'public' if public else 'hidden'}", public=public)
        customer = uuid7()
        keys |= {f"customers {name}": customer, f"organisation_members {name}": customer}
        await graph.sql(
            "INSERT INTO customers (customer_id, subject) VALUES (:key, :subject)", key=customer, subject=name
        )
        await graph.sql(
            "INSERT INTO organisation_members (organisation_id, customer_id, role) VALUES (:of, :key, 'OWNER')",
            of=organisation,
            key=customer,
        )
        keys |= order(graph, organisation, name)
        keys[f"price_rules {name}"] = graph.price_rule(
            organisation_id=organisation, function_id=keys[f"functions {name} public"], share_off=0
        )
        keys[f"vouchers {name}"] = graph.voucher(organisation_id=organisation)
    stranger = keys["customers stranger"] = keys["memberships stranger"] = uuid7()
    await graph.sql("INSERT INTO customers (customer_id, subject) VALUES (:key, 'stranger')", key=stranger)
    await graph.sql(
        "INSERT INTO memberships (organisation_id, customer_id, kind) VALUES (:of, :key, 'friend')",
        of=other,
        key=stranger,
    )
    keys |= order(graph, other, "stranger", customer_id=stranger)
    keys |= order(graph, other, "billed to us", billed_to_id=mine)
    return keys


def seen_by(rows: Mapping[str, uuid.UUID], viewer: str) -> dict[str, set[uuid.UUID]]:
    """What somebody may see of each table, in words."""

    def sees(name: str) -> bool:
        table, _, what = name.partition(" ")
        if table == "taxes":
            return True
        is_public = "public" in what and table not in PRIVATE
        to_others = table in ORDERS - {"waiting_list_entries"}
        more = {
            "admin": what != "gone" or table == "organisations",
            "staff": "mine" in what or (what == "billed to us" and to_others),
            "customer": what == "stranger" and table in ORDERS | {"customers", "memberships"},
            "guest": what == "other" and to_others,
            "partner": table in {"capacity_pools", "ticket_pools"},
        }
        return is_public or more.get(viewer, False)

    found: dict[str, set[uuid.UUID]] = {table: set() for table in KEYS}
    for name, key in rows.items():
        if sees(name):
            found[name.partition(" ")[0]].add(key)
    return found


@asynccontextmanager
async def asking(graph: Graph, role: str, setting: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection of the owner's, as one of the roles, that asks whatever it likes."""
    await graph.flush()
    async with graph.owner.reading.lend() as connection, connection.transaction():
        await connection.execute(f"SET LOCAL ROLE {role}")
        await connection.execute("SELECT set_config('boxoffice.viewer', $1, true)", setting)
        yield connection


def selecting(what: str, table: str) -> str:
    return f"SELECT {what} FROM {table}"  # noqa: S608 - names from the declarations


def reaches(rows: Mapping[str, uuid.UUID]) -> Iterator[tuple[str, str, str]]:
    mine = rows["organisations mine public"]
    yield "anyone", PUBLIC_ROLE, ""
    # Whoever takes the role of anyone may say what they like of themselves.
    yield "anyone", PUBLIC_ROLE, Reach({"STAFF": (mine,)}, sees_all=True, every_field=True).setting
    yield "anyone", VIEWER_ROLE, ""
    yield "anyone", VIEWER_ROLE, Reach().setting
    yield "customer", VIEWER_ROLE, Reach(customer_id=rows["customers stranger"]).setting
    yield "guest", VIEWER_ROLE, Reach(registrations=(rows["registrations other"],)).setting
    yield "staff", VIEWER_ROLE, Reach({"STAFF": (mine,)}).setting
    yield "partner", VIEWER_ROLE, Reach(every_field=True).setting
    yield "admin", VIEWER_ROLE, Reach(sees_all=True, every_field=True).setting


async def test_without_any_check_of_the_application_the_database_hides_every_private_row(
    graph: Graph, rows: dict[str, uuid.UUID]
) -> None:
    """The statements have no condition at all."""
    assert KEYS.keys() == PROTECTED.keys()
    for viewer, role, setting in reaches(rows):
        expected = seen_by(rows, viewer)
        for table, key in KEYS.items():
            if role == PUBLIC_ROLE and PROTECTED[table].public is None:
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    async with asking(graph, role, setting) as connection:
                        await connection.fetch(selecting(key, table))
                continue
            async with asking(graph, role, setting) as connection:
                found = {row[0] for row in await connection.fetch(selecting(key, table))}
            assert found == expected[table], (viewer, table)


@pytest.mark.parametrize(
    ("table", "column"), [(table, column) for table, rule in PROTECTED.items() for column in rule.private]
)
async def test_private_columns_are_not_for_the_role_of_anyone(graph: Graph, table: str, column: str) -> None:
    for what in (column, "*"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with asking(graph, PUBLIC_ROLE, "") as connection:
                await connection.fetch(selecting(what, table))


async def test_counters_show_nothing_of_pools_that_hidden_tickets_draw_on(
    graph: Graph, rows: dict[str, uuid.UUID]
) -> None:
    public = {rows["event_tickets mine public"], rows["event_tickets other public"]}
    mine = Reach({"STAFF": (rows["organisations mine public"],)}).setting
    for role, setting, expected in (
        (PUBLIC_ROLE, "", public),
        (VIEWER_ROLE, mine, public | {rows["event_tickets mine hidden"]}),
    ):
        async with asking(graph, role, setting) as connection:
            found = await connection.fetch("SELECT * FROM pool_counters")
        assert {row["ticket_id"] for row in found} == expected
        assert set(found[0].keys()) == {"ticket_id", "pool_id", "capacity", "sold", "held", "is_awaited"}


async def test_how_many_wait_ahead_shows_nothing_else_and_nothing_to_anyone(
    graph: Graph, rows: dict[str, uuid.UUID]
) -> None:
    key = rows["waiting_list_entries mine"]
    async with asking(graph, VIEWER_ROLE, "") as connection:
        (found,) = await connection.fetch("SELECT * FROM waiting_list_ahead WHERE entry_id = $1", key)
    assert dict(found) == {"entry_id": key, "ahead": 0}
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with asking(graph, PUBLIC_ROLE, "") as connection:
            await connection.fetch("SELECT * FROM waiting_list_ahead")


async def test_a_guest_sees_the_place_on_the_waiting_list_that_the_token_names(
    graph: Graph, rows: dict[str, uuid.UUID]
) -> None:
    key = rows["waiting_list_entries stranger"]
    async with asking(graph, VIEWER_ROLE, Reach(registrations=(key,)).setting) as connection:
        found = await connection.fetch("SELECT entry_id FROM waiting_list_entries")
    assert [row["entry_id"] for row in found] == [key]


async def test_a_search_finds_what_is_public_whatever_the_role_says_of_itself(
    graph: Graph, rows: dict[str, uuid.UUID]
) -> None:
    setting = Reach(sees_all=True).setting
    async with asking(graph, PUBLIC_ROLE, setting) as connection:
        found = await connection.fetch("SELECT * FROM search_catalogue('event or function or package')")

    public = {key for name, key in rows.items() if "public" in name}
    assert found
    assert {row["key"] for row in found} <= public


async def test_the_server_itself_sees_no_catalogue(graph: Graph) -> None:
    for table in ("functions", "events", "event_tickets", "packages", "capacity_pools"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with asking(graph, SYSTEM_ROLE, "") as connection:
                await connection.fetch(f"SELECT FROM {table}")


@pytest.mark.parametrize("table", [*SYSTEM, *SELLING, *OPERATORS])
async def test_viewers_are_let_to_no_other_table(graph: Graph, table: str) -> None:
    for role in (PUBLIC_ROLE, VIEWER_ROLE):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with asking(graph, role, Reach(sees_all=True).setting) as connection:
                await connection.fetch(f"SELECT FROM {table}")


# -- writing ----------------------------------------------------------------------------------------------------------

RENAME = text("UPDATE functions SET name = 'Changed' WHERE function_id = :key")
ADD = text(
    "INSERT INTO events (event_id, organisation_id, title, slug, event_start, timezone) "
    "VALUES (gen_random_uuid(), :organisation, 'New', 'new', now(), 'UTC')"
)


async def test_staff_write_rows_of_their_own_organisation_alone(graph: Graph, rows: dict[str, uuid.UUID]) -> None:
    mine, other = rows["organisations mine public"], rows["organisations other public"]
    reach = Reach({"STAFF": (mine,)})
    async with graph.database.write(reach) as connection:
        own = await connection.execute(RENAME, {"key": rows["functions mine hidden"]})
        foreign = await connection.execute(RENAME, {"key": rows["functions other public"]})
        await connection.execute(ADD, {"organisation": mine})

    assert (own.rowcount, foreign.rowcount) == (1, 0)
    with pytest.raises(DBAPIError, match="row-level security"):
        async with graph.database.write(reach) as connection:
            await connection.execute(ADD, {"organisation": other})
    with pytest.raises(DBAPIError, match="permission denied"):
        async with graph.database.write() as connection:
            await connection.execute(ADD, {"organisation": mine})


@pytest.mark.parametrize("table", sorted(ORDERS))
async def test_no_viewer_writes_orders_not_even_an_administrator(graph: Graph, table: str) -> None:
    for statement in (f"INSERT INTO {table} DEFAULT VALUES", f"DELETE FROM {table}"):  # noqa: S608 - from the declarations
        with pytest.raises(DBAPIError, match="permission denied"):
            async with graph.database.write(Reach(sees_all=True, every_field=True)) as connection:
                await connection.execute(text(statement))


async def test_selling_changes_the_counters_of_a_pool_and_nothing_else_of_the_catalogue(graph: Graph) -> None:
    pool = graph.pool()
    graph.ticket(graph.event(), [pool])
    await graph.flush()
    async with graph.database.write(sells=True) as connection:
        taken = await connection.execute(text("UPDATE capacity_pools SET held = held + 2"))
    assert taken.rowcount == 1

    for statement in (
        "UPDATE capacity_pools SET capacity = 1000",
        "UPDATE event_tickets SET price_amount = 0",
        "UPDATE vouchers SET max_uses = 1000",
        "DELETE FROM registrations",
        "SELECT FROM clients",
    ):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with graph.database.write(sells=True) as connection:
                await connection.execute(text(statement))


LINKS = {
    "price_rules": "INSERT INTO price_rules (rule_id, organisation_id, {column}, kind, name, until, share_off) "
    "VALUES (gen_random_uuid(), :mine, :linked, 'EARLY_BIRD', 'Early', now(), 1000)",
    "vouchers": "INSERT INTO vouchers (voucher_id, organisation_id, {column}, code, kind, share_off) "
    "VALUES (gen_random_uuid(), :mine, :linked, 'WELCOME', 'PERCENTAGE', 1000)",
    "eligibility_rules": "INSERT INTO eligibility_rules (rule_id, organisation_id, {column}, kind, description) "
    "VALUES (gen_random_uuid(), :mine, :linked, 'MEMBERSHIP', 'Members')",
    "package_items": "UPDATE package_items SET ticket_id = :linked",
    "ticket_pools": "UPDATE ticket_pools SET ticket_id = :linked WHERE pool_id = :pool",
    "ticket_taxes": "UPDATE ticket_taxes SET tax_id = :linked",
}
"""A write of each table with links, as staff of one organisation."""


@pytest.mark.parametrize(("table", "column"), [(name, each) for name, rule in PROTECTED.items() for each in rule.links])
async def test_what_staff_write_points_to_rows_of_their_own_alone(
    graph: Graph, rows: dict[str, uuid.UUID], table: str, column: str
) -> None:
    await graph.flush()
    mine = rows["organisations mine public"]
    values = {"mine": mine, "pool": rows["capacity_pools mine public"]}
    write = text(LINKS[table].format(column=column))

    # Of what is their own, the other row: what is linked already may be linked once.
    async with graph.database.write(Reach({"STAFF": (mine,)})) as connection:
        its = f"{LINKED[column]} mine {'hidden' if table == 'ticket_pools' else 'public'}"
        given = {name: value for name, value in {**values, "linked": rows[its]}.items() if f":{name}" in str(write)}
        assert (await connection.execute(write, given)).rowcount > 0

    with pytest.raises(DBAPIError, match="row-level security"):
        async with graph.database.write(Reach({"STAFF": (mine,)})) as connection:
            await connection.execute(write, {**given, "linked": rows[f"{LINKED[column]} other public"]})


# -- who asked is forgotten -------------------------------------------------------------------------------------------

WHO = "coalesce(current_setting('boxoffice.viewer', true), '')"
TOLD = compile_statement("test.told", text(f"SELECT {WHO} AS viewer, pg_backend_pid() AS pid"), Row, Sight.PRIVILEGED)
FAILS = compile_statement("test.fails", text(f"SELECT 1 / length({WHO}) / 0 AS one"), Row, Sight.PRIVILEGED)
WAITS = compile_statement("test.waits", text("SELECT pg_sleep(60)"), Row, Sight.PRIVILEGED)
SOMEBODY = Reach(sees_all=True).setting


@pytest.fixture
async def one_connection(database_url: str) -> AsyncIterator[Database]:
    options = DatabaseOptions(database_url, pool_size=1, timeout=0.5, under_roles=True)
    async with open_database(options) as database:
        yield database


async def remembered(database: Database) -> tuple[str, str]:
    """What the one connection for viewers says of whoever asked last, and under which role it is."""
    async with database.others[Sight.PRIVILEGED].lend() as connection:
        row = await connection.fetchrow(f"SELECT {WHO}, current_user::text")
    return row[0], row[1]


async def succeed(database: Database) -> None:
    (row,) = await database.fetch(TOLD, {"viewer": SOMEBODY})
    assert row["viewer"] == SOMEBODY


async def fail(database: Database) -> None:
    with pytest.raises(asyncpg.DivisionByZeroError):
        await database.fetch(FAILS, {"viewer": SOMEBODY})


async def time_out(database: Database) -> None:
    with pytest.raises(TimeoutError):
        await database.fetch(WAITS, {"viewer": SOMEBODY})


async def cancel(database: Database) -> None:
    task = asyncio.create_task(database.fetch(WAITS, {"viewer": SOMEBODY}))
    await asyncio.sleep(0.2)
    task.cancel()
    await asyncio.wait([task], timeout=PATIENCE)
    assert task.cancelled()


@pytest.mark.parametrize("happens", [succeed, fail, time_out, cancel], ids=lambda each: each.__name__)
async def test_a_connection_never_carries_a_viewer_over(one_connection: Database, happens: object) -> None:
    assert callable(happens)
    await happens(one_connection)

    assert await remembered(one_connection) == ("", VIEWER_ROLE)


async def test_a_writing_connection_carries_neither_viewer_nor_role_over(one_connection: Database) -> None:
    who = text(f"SELECT {WHO}, current_user::text")
    async with one_connection.write(Reach(sees_all=True)) as connection:
        assert (await connection.execute(who)).one() == (SOMEBODY, VIEWER_ROLE)
    with pytest.raises(DBAPIError):
        async with one_connection.write(Reach(sees_all=True)) as connection:
            await connection.execute(text("SELECT 1 / 0"))
    async with one_connection.writing.connect() as connection:
        assert (await connection.execute(who)).one() == ("", SYSTEM_ROLE)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3), one_connection.write(Reach(sees_all=True)) as connection:
            await connection.execute(text("SELECT pg_sleep(60)"))

    async with one_connection.writing.connect() as connection:
        assert (await connection.execute(who)).one() == ("", SYSTEM_ROLE)


async def test_behind_a_pooler_each_statement_takes_its_role_for_itself(database_url: str) -> None:
    """Where connections cannot be opened under a role, since a pooler hands them round."""
    role = "SELECT current_user::text AS role"
    statements = {sight: compile_statement("test.role", text(role), Row, sight) for sight in Sight}
    options = DatabaseOptions(database_url, pool_size=1, under_roles=True, prepared_statements=False)
    async with open_database(options) as database:
        found = {
            sight: (await database.fetch(statement, {"viewer": SOMEBODY}))[0]["role"]
            for sight, statement in statements.items()
        }
        async with database.reading.lend() as connection:
            left = await connection.fetchval(role)

    roles = {"public": PUBLIC_ROLE, "privileged": VIEWER_ROLE, "system": SYSTEM_ROLE}
    assert found == {sight: roles[sight.name.partition("_")[0].lower()] for sight in Sight}
    assert left not in ROLES


# -- making roles -----------------------------------------------------------------------------------------------------


async def test_who_may_not_make_roles_is_told_what_an_administrator_has_to_run(graph: Graph) -> None:
    name = f"weak_{uuid.uuid4().hex}"
    async with graph.owner.writing.connect() as connection:
        await connection.execute(text(f"CREATE ROLE {name}"))
        await connection.execute(text(f"GRANT {name} TO CURRENT_USER"))
        await connection.execute(text(f"SET LOCAL ROLE {name}"))

        with pytest.raises(RolesMissing, match=f"GRANT {', '.join(ROLES)} TO {name}"):
            await connection.run_sync(provision)
        await connection.rollback()


async def test_migrating_again_changes_no_policy(database_url: str) -> None:
    async def policies() -> Sequence[asyncpg.Record]:
        connection = await asyncpg.connect(database_url, timeout=PATIENCE)
        try:
            return await connection.fetch("SELECT oid, polname FROM pg_policy ORDER BY oid")
        finally:
            await connection.close(timeout=PATIENCE)

    before = await policies()
    await asyncio.to_thread(upgrade, database_url)

    assert before
    assert await policies() == before
