"""No list is read by scanning a table or by sorting, whatever is asked for.

Every question that the schema permits is asked of 200,000 events. The statements that it took are planned once more,
each for the values it ran with, for values beyond all rows, and for any values at all (a generic plan), and the plans
are looked at. A search sorts what it found; it has to find it by its indexes.
"""

import asyncio
import datetime as dt
import fcntl
import json
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import asyncpg
import pytest
from sqlalchemy import text

from auth.viewer import ADMIN, ANONYMOUS, Viewer
from db.database import READING_SETTINGS, Database, DatabaseOptions, open_database
from db.deployment import Part, Within
from db.models import CapacityPool, Event, Function, Package, Ticket
from db.row_security import PUBLIC_ROLE, VIEWER_ROLE
from db.rows import Row
from db.soft_delete import Model, restore, soft_delete
from db.statement import Statement
from db.statements.events import EventFilter, EventOrder, EventScope, keyset, listing
from db.statements.paging import PageShape, page_statement
from db.statements.search import MATCHES
from db.visibility import Sight
from resolvers.administration import deleted_page, found, likely, whichever
from resolvers.context import Context
from resolvers.paging import PageArguments
from tests.db.asking import ask, ask_everything, questions
from tests.db.large import fill, key
from tests.db.names import declared
from tests.plugins.graph import NOW, SECRET, Graph, documents
from tests.plugins.servers import FOLDER, execute, in_thread, with_database

R = TypeVar("R", bound=Row)

NAME = "boxoffice_large"
LARGE = {"functions", "events", "event_tickets", "capacity_pools", "ticket_pools", "packages", "package_items"}
LARGE |= {"price_rules", "vouchers", "taxes", "ticket_taxes", "eligibility_rules"}
LARGE |= {"customers", "organisation_members", "registrations", "registration_lines", "registration_taxes", "attendees"}
"""Tables that must not be scanned; of organisations there are few."""
OF_OPERATORS = {"usage.over_time"}
"""Statements of operators that administrators ask as well: how a move to functions stands."""

NEVER_ASKED = {
    "event.child_events.count",  # the old hierarchy has lists, not connections
    "viewer.memberships",  # of whoever has an account; these have none
    "search.matches",  # asked by `search_catalogue`, which `search.page` asks
}
"""Statements that could be made, and that no question leads to."""


@pytest.fixture(scope="session")
def large_url(postgres_server: str, template_database: str, pytestconfig: pytest.Config) -> str:
    """The URL of a database to read from, filled once for all workers."""
    folder = pytestconfig.stash[FOLDER]
    url = with_database(postgres_server, NAME)

    async def fill_it() -> None:
        connection = await asyncpg.connect(url, timeout=10, command_timeout=120)
        try:
            await fill(connection)
        finally:
            await connection.close(timeout=10)

    with (folder / "large.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "large.done").exists():
            execute(postgres_server, f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
            execute(postgres_server, f"CREATE DATABASE {NAME} TEMPLATE {template_database}")
            in_thread(lambda: asyncio.run(fill_it()))
            (folder / "large.done").touch()
    return url


ROLES_BY_SIGHT = {
    Sight.PUBLIC: PUBLIC_ROLE,
    Sight.PRIVILEGED: VIEWER_ROLE,
    Sight.PRIVILEGED_OF_FUNCTION: VIEWER_ROLE,
    Sight.PRIVILEGED_OF_ORGANISATION: VIEWER_ROLE,
    Sight.SYSTEM: "boxoffice",  # the owner, for what a function of the owner's does
}

Asked = tuple[Statement[Any], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Recording(Database):
    """A database that remembers each statement that it ran, with the values of the first time."""

    asked: dict[str, Asked] = field(default_factory=dict)

    async def fetch(self, statement: Statement[R], values: Mapping[str, Any]) -> list[R]:
        self.asked.setdefault(statement.text, (statement, values))
        return await Database.fetch(self, statement, values)


@asynccontextmanager
async def recording(url: str) -> AsyncIterator[tuple[Graph, Recording]]:
    async with open_database(DatabaseOptions(url, timeout=60, under_roles=True)) as plain:
        database = Recording(plain.reading, plain.writing, plain.timeout, others=plain.others)
        yield Graph(database, database, documents(), []), database


# What a plan does


def nodes(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


def faults(plan: Mapping[str, Any]) -> set[str]:
    """Scans of large tables, and sorts, but for those of nothing."""
    scans = {f"scans {each['Relation Name']}" for each in nodes(plan) if each["Node Type"] == "Seq Scan"}
    sorts = {
        "sorts"
        for each in nodes(plan)
        if "Sort" in each["Node Type"] and each["Plans"][0].get("One-Time Filter") != "false"
    }
    return (scans & {f"scans {table}" for table in LARGE}) | sorts


SORTING = {"days.of_functions", "usage.over_time"}
"""Statements that sort what they counted, of which there is little: the days of a function, the hours of calls."""


def indexes(plan: Mapping[str, Any]) -> set[str]:
    return {each["Index Name"] for each in nodes(plan) if "Index Name" in each}


@dataclass(frozen=True, slots=True)
class Planner:
    """Plans statements for the values given, and for any values."""

    custom: asyncpg.Connection
    generic: asyncpg.Connection

    async def plans(self, asked: Asked) -> dict[str, Mapping[str, Any]]:
        statement, values = asked
        arguments = statement.arguments({name: values.get(name) for name in statement.parameters})
        question = f"EXPLAIN (FORMAT JSON) {statement.text}"
        as_reader = f"SET ROLE {ROLES_BY_SIGHT[statement.sight]}"
        await self.custom.execute(as_reader)
        found = {
            "these values": await self.custom.fetchval(question, *arguments),
            "values beyond all rows": await self.custom.fetchval(question, *map(beyond, arguments)),
        }
        await self.generic.execute(f"{as_reader}; PREPARE statement AS {statement.text}")
        nulls = f"({', '.join(['NULL'] * len(arguments))})" if arguments else ""
        found["any values"] = await self.generic.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE statement{nulls}")
        await self.generic.execute("DEALLOCATE statement")
        return {mode: json.loads(plan)[0]["Plan"] for mode, plan in found.items()}


def beyond(value: Any) -> Any:
    """A value of the same type after all that the large database holds; limits and lists of keys stay as they are."""
    match value:
        case uuid.UUID():
            return uuid.UUID(int=2**128 - 1)
        case dt.datetime():
            return value.replace(year=2099)
        case dt.date():
            return dt.date(2099, 1, 1)
        case str():
            return "zzzz"
    return value


@pytest.fixture
async def planner(large_url: str) -> AsyncIterator[Planner]:
    """Plans as they are made behind a pooler, and as they are made for the readers."""
    custom, generic = [
        await asyncpg.connect(
            large_url, timeout=10, command_timeout=60, statement_cache_size=0, server_settings={"plan_cache_mode": mode}
        )
        for mode in ("force_custom_plan", "force_generic_plan")
    ]
    try:
        yield Planner(custom, generic)
    finally:
        for connection in (custom, generic):
            await connection.close(timeout=10)


async def wrong(planner: Planner, asked: Mapping[str, Asked]) -> list[str]:
    """What is wrong with the plans of lists and lookups, in words."""
    return [
        f"{statement.name}, for {mode}, {fault}:\n{statement.text}"
        for statement, values in asked.values()
        if statement.name != "search.page" and not reads_all(statement)
        for mode, plan in (await planner.plans((statement, values))).items()
        for fault in sorted(faults(plan) - ({"sorts"} if statement.name in SORTING else set()))
    ]


def reads_all(statement: Statement[Any]) -> bool:
    """To count all that staff may see is to look at all that there is, by an index or not."""
    return statement.sight is Sight.PRIVILEGED and statement.name in {"events.count", "functions.count"}


both_sights = pytest.mark.parametrize("viewer", [ANONYMOUS, ADMIN], ids=["anyone", "admin"])


@both_sights
@pytest.mark.parametrize(("typename", "name"), questions(), ids=lambda word: word)
async def test_no_argument_makes_a_list_scan_or_sort(
    large_url: str, planner: Planner, typename: str, name: str, viewer: Viewer
) -> None:
    async with recording(large_url) as (graph, database):
        await ask(graph, typename, name, viewer)

    assert database.asked
    assert await wrong(planner, database.asked) == []


@both_sights
async def test_no_field_scans_or_sorts(large_url: str, planner: Planner, viewer: Viewer) -> None:
    async with recording(large_url) as (graph, database):
        await ask_everything(graph, viewer)

    assert await wrong(planner, database.asked) == []


async def test_every_statement_was_asked_for(large_url: str) -> None:
    """So that none is left out of the tests above; they ask all that this one asks, and more."""
    async with recording(large_url) as (graph, database):
        await ask_everything(graph, ADMIN)
        for typename, name in questions():
            await ask(graph, typename, name, ADMIN, at_most=8)

    asked = {statement.name for statement, _ in database.asked.values()}
    assert asked - OF_OPERATORS == declared() - NEVER_ASKED
    assert declared() >= NEVER_ASKED


async def test_a_search_finds_by_its_indexes(large_url: str, planner: Planner) -> None:
    searched = replace(MATCHES, parameters=("query",)), {"query": "word77"}

    for mode, plan in (await planner.plans(searched)).items():
        assert faults(plan) == set(), mode
        assert indexes(plan) >= {"ix_functions_search", "ix_events_search", "ix_packages_search"}, mode


@pytest.mark.parametrize("part", [None, *Part])
async def test_what_administrators_look_for_is_walked_as_well(
    large_url: str, planner: Planner, part: Part | None
) -> None:
    within = None if part is None else Within(part, key(part.value, 1))
    async with recording(large_url) as (_, database):
        for arguments in ({"first": 20}, {"last": 20}):
            context = Context(database, SECRET, NOW, ADMIN, within=within)
            for model in (Function, Event, Ticket):
                await whichever(context, model, [key("event", 1)])
                await deleted_page(context, model, PageArguments(**arguments))
                await deleted_page(context, model, PageArguments(**arguments), "word77")
        await found(context, Event, "word77")

    assert len({statement.name for statement, _ in database.asked.values()}) == 11
    assert await wrong(planner, database.asked) == []


async def test_what_their_forms_suggest_is_walked_as_well(large_url: str, planner: Planner) -> None:
    async with recording(large_url) as (_, database):
        for typename in ("Organisation", "Function", "Event"):
            await likely(Context(database, SECRET, NOW, ADMIN), typename)

    assert len(database.asked) == 3
    assert await wrong(planner, database.asked) == []


# What a plan costs, once it runs


EARLY, MIDDLE, LATE = (dt.datetime(year, 1, 1, tzinfo=dt.UTC) for year in (2024, 2027, 2031))
NO_EVENTS = key("organisation", 50)
BLOCKS = 60
"""Blocks of 8 kB that a page of 20 may take: a row and a step of the index for each, and some on the way down."""


@dataclass(frozen=True, slots=True)
class Case:
    """A page of events that a poor plan would pay for dearly."""

    filters: EventFilter
    order: EventOrder = EventOrder.EVENT_START
    descending: bool = False
    backward: bool = False
    after: dt.datetime | None = None
    before: dt.datetime | None = None

    def asked(self) -> Asked:
        shape = PageShape(
            keyset(self.order, descending=self.descending),
            self.backward,
            after=self.after is not None,
            before=self.before is not None,
        )
        statement = page_statement(listing(EventScope.ALL, self.filters), shape)
        bounds = {"after_0": self.after, "before_0": self.before} | dict.fromkeys(
            ("after_1", "before_1"), uuid.UUID(int=0)
        )
        return statement, {**self.filters.values(), **bounds, "limit": 21}


CHEAP = {
    "first page": Case(EventFilter()),
    "first page by title": Case(EventFilter(), EventOrder.TITLE),
    "far in": Case(EventFilter(), after=MIDDLE),
    "far in, within a range": Case(EventFilter(starts_from=EARLY, starts_before=LATE), after=MIDDLE),
    "far in, within a range, backwards": Case(
        EventFilter(starts_from=EARLY, starts_before=LATE), before=MIDDLE, backward=True
    ),
    "far in, within a range, falling": Case(
        EventFilter(starts_from=EARLY, starts_before=LATE), descending=True, after=MIDDLE
    ),
    "far in, within a range, falling, backwards": Case(
        EventFilter(starts_from=EARLY, starts_before=LATE), descending=True, before=MIDDLE, backward=True
    ),
    "an empty range": Case(EventFilter(starts_from=LATE)),
    "featured, by title": Case(EventFilter(is_featured=True), EventOrder.TITLE),
    "not featured": Case(EventFilter(is_featured=False)),
    "an organisation without events": Case(EventFilter(organisation_id=NO_EVENTS)),
    "an organisation without featured events": Case(EventFilter(organisation_id=NO_EVENTS, is_featured=True)),
    "an organisation without others": Case(EventFilter(organisation_id=NO_EVENTS, is_featured=False)),
    "a small organisation, by title": Case(EventFilter(organisation_id=key("organisation", 5)), EventOrder.TITLE),
    "a small organisation's featured, by title": Case(
        EventFilter(organisation_id=key("organisation", 5), is_featured=True), EventOrder.TITLE
    ),
    "a function without events": Case(EventFilter(function_id=key("function", 1999))),
    "two functions at once": Case(EventFilter(function_id=key("function", 1), function_slug="function-2")),
    "a function that is not there": Case(EventFilter(function_slug="none")),
}


@pytest.fixture
async def reader(large_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(large_url, timeout=10, command_timeout=60, server_settings=READING_SETTINGS)
    try:
        yield connection
    finally:
        await connection.close(timeout=10)


async def blocks(reader: asyncpg.Connection, asked: Asked) -> int:
    statement, values = asked
    explained = json.loads(
        await reader.fetchval(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement.text}", *statement.arguments(values))
    )
    plan = explained[0]["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


@pytest.mark.parametrize("case", CHEAP.values(), ids=CHEAP)
async def test_a_page_reads_little_more_than_its_rows(reader: asyncpg.Connection, case: Case) -> None:
    assert await blocks(reader, case.asked()) <= BLOCKS


async def test_a_page_far_in_costs_what_the_first_one_does(reader: asyncpg.Connection) -> None:
    for order in (False, True):
        first = await blocks(reader, Case(EventFilter(), descending=order).asked())
        for moment in (EARLY, MIDDLE, LATE):
            assert await blocks(reader, Case(EventFilter(), descending=order, after=moment).asked()) <= 1.2 * first + 2


async def test_within_a_function_an_organisation_costs_no_more_than_the_function(reader: asyncpg.Connection) -> None:
    """The worst that a filter can do: the function of 10,000 events, of which the organisation has none."""
    case = Case(EventFilter(function_id=key("function", 1), organisation_id=NO_EVENTS))

    assert await blocks(reader, case.asked()) <= 10_000 + BLOCKS


@pytest.mark.parametrize(
    ("model", "kind"),
    [(Function, "function"), (Event, "event"), (Ticket, "ticket"), (CapacityPool, "pool"), (Package, "package")],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_deleting_and_restoring_scan_no_table(large_url: str, model: Model, kind: str) -> None:
    moment = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
    keys = [key(kind, 1004)]
    async with open_database(DatabaseOptions(large_url, timeout=60)) as database, database.write() as connection:
        deleted = await soft_delete(connection, model, keys, at=moment)
        restored = await restore(connection, model, keys, at=moment)
        scanned = await connection.scalars(text("SELECT relname FROM pg_stat_xact_user_tables WHERE seq_scan > 0"))

        assert sum(deleted.values()) > 0
        assert restored == deleted
        assert LARGE & set(scanned) == set()
        await connection.rollback()
