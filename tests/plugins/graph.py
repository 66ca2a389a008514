"""A shop of the test's own: rows put in tersely, operations run on it in process, and the statements that they took.

    async def test_an_event_names_its_function(graph: Graph) -> None:
        function = graph.function(name="Winterfest")
        event = graph.event(function)

        assert await graph.data(EVENT, id=gid("Event", event)) == {"event": {"function": {"name": "Winterfest"}}}

What a test does not say about a row is such that anyone sees it. Rows reach the database when the next operation runs.
"""

import datetime as dt
import itertools
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import orjson
import pytest
from graphql import GraphQLError
from sqlalchemy import Table, insert, text

from auth.viewer import ANONYMOUS, Membership, OrgRole, Viewer
from db.database import Database, DatabaseOptions, open_database
from db.deployment import Within
from db.identity_models import Customer, OrganisationMember
from db.models import Base, CapacityPool, Event, Function, Organisation, Package, PackageItem, Ticket, TicketPool
from db.payment_models import Payment, Refund
from db.pricing_models import EligibilityRule, PriceRule, Tax, TicketTax, Voucher
from db.selling_models import Attendee, Registration, RegistrationLine, RegistrationTax, WaitingListEntry
from domain.flags import USE_FUNCTIONS, Flag
from domain.ids import encode_global_id, uuid7
from execution.engine import Engine, PreparedOperation, run_by_core
from integrations.feature_flags import DEFAULTS, Flags
from persisted_queries.documents import DocumentCache
from resolvers.context import Context, Touched
from schema import graphql_schema
from schema.describe import describe, tell
from server.calling import Caller
from server.flagging import subject_of

NOW = dt.datetime(2027, 5, 1, 12, tzinfo=dt.UTC)
"""The moment at which operations run."""

SECRET = b"a secret of the tests, of 32 byte"
ZONE = "Europe/Brussels"
gid = encode_global_id


@dataclass(frozen=True, slots=True)
class Ran:
    """A statement that ran, and how many rows it gave."""

    name: str
    rows: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What an operation came to."""

    data: Any
    errors: Sequence[GraphQLError]
    statements: Sequence[Ran]
    touched: Touched = field(default_factory=Touched)
    spent: int | None = None

    @property
    def codes(self) -> list[str | None]:
        """The code of each error; None for one that is no refusal."""
        return [getattr(error.original_error, "code", None) for error in self.errors]

    @property
    def messages(self) -> str:
        return " ".join(error.message for error in self.errors)

    @property
    def ran(self) -> Counter[str]:
        """How often each statement ran, by name."""
        return Counter(each.name for each in self.statements)


@dataclass(slots=True)
class Graph:
    """The API over a database of its own: read as a server reads it, under its roles, and filled by the owner.

    `asking` is what else the context of operations has.
    """

    database: Database
    owner: Database
    documents: DocumentCache
    statements: list[Ran]
    secret: bytes = SECRET
    now: dt.datetime = NOW
    flags: Flags = field(default_factory=Flags)
    within: Within | None = None
    asking: Mapping[str, Any] = field(default_factory=dict)
    engine: Engine = field(default_factory=lambda: Engine(graphql_schema(), describe, tell))
    _known: dict[int, PreparedOperation] = field(default_factory=dict)
    _pending: list[tuple[Table, dict[str, object]]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _home: uuid.UUID | None = None

    async def __call__(
        self,
        document: str,
        variables: Mapping[str, object] | None = None,
        *,
        viewer: Viewer = ANONYMOUS,
        by_core: bool = False,
    ) -> Answer:
        """Run the only operation of a document: breadth-first, as the server does, or by graphql-core."""
        await self.flush()
        prepared = self.documents.prepare(document)
        touched = Touched()
        context = Context(
            self.database,
            self.secret,
            self.now,
            viewer,
            touched=touched,
            flags=self.flags.of(subject_of(Caller(None, viewer, "test"))),
            within=self.within,
            **self.asking,
        )
        self.statements.clear()
        operation = prepared.operation(None)
        try:
            if by_core:
                result = await run_by_core(graphql_schema(), prepared.document, operation, variables or {}, context)
            else:
                known = self._known.get(id(operation)) or self.engine.prepare(prepared.document, operation)
                self._known[id(operation)] = known  # it holds on to the operation, so that no other one gets its number
                result = await self.engine.run(known, variables or {}, context)
        finally:
            context.batches.cancel()
        data = orjson.loads(orjson.dumps(result.data))  # as clients have it, with what PostgreSQL wrote
        return Answer(data, result.errors or [], tuple(self.statements), touched, context.spent)

    async def data(self, document: str, *, viewer: Viewer = ANONYMOUS, **variables: object) -> Any:
        """The data of an operation in which nothing fails."""
        answer = await self(document, variables, viewer=viewer)
        assert not answer.errors, answer.errors
        return answer.data

    @property
    def home(self) -> uuid.UUID:
        """The organisation of all rows for which the test names none."""
        self._home = self._home or self.organisation(name="Home", slug="home")
        return self._home

    def organisation(self, **columns: object) -> uuid.UUID:
        number = next(self._numbers)
        defaults = {"name": f"Organisation {number}", "slug": f"o-{number}", "timezone": ZONE}
        return self._row(Organisation, "organisation_id", defaults | columns)

    def function(self, **columns: object) -> uuid.UUID:
        number = next(self._numbers)
        defaults = {
            "name": f"Function {number}",
            "slug": f"f-{number}",
            "timezone": ZONE,
            "start_date": NOW.date(),
            "is_active": True,
        }
        return self._row(Function, "function_id", defaults | self._owned(columns))

    def event(self, function: uuid.UUID | None = None, **columns: object) -> uuid.UUID:
        number = next(self._numbers)
        defaults = {
            "function_id": function,
            "title": f"Event {number}",
            "slug": f"e-{number}",
            "timezone": ZONE,
            "event_start": NOW + dt.timedelta(days=1, minutes=number),
            "is_published": True,
        }
        return self._row(Event, "event_id", defaults | self._owned(columns))

    def ticket(self, event: uuid.UUID, pools: Sequence[uuid.UUID] = (), **columns: object) -> uuid.UUID:
        number = next(self._numbers)
        defaults = {
            "event_id": event,
            "name": f"Ticket {number}",
            "price_amount": 1250,
            "price_currency": "EUR",
            "position": number,
            "is_active": True,
        }
        ticket = self._row(Ticket, "ticket_id", defaults | columns)
        for pool in pools:
            self._insert(TicketPool, {"ticket_id": ticket, "pool_id": pool})
        return ticket

    def pool(self, capacity: int | None = 100, **columns: object) -> uuid.UUID:
        defaults = {"name": f"Pool {next(self._numbers)}", "capacity": capacity}
        return self._row(CapacityPool, "pool_id", defaults | self._owned(columns))

    def package(
        self, function: uuid.UUID, items: Mapping[uuid.UUID, int] | Sequence[uuid.UUID] = (), **columns: object
    ) -> uuid.UUID:
        """A package of so many of each ticket; of one each, when no numbers are given."""
        defaults = {
            "function_id": function,
            "name": f"Package {next(self._numbers)}",
            "price_amount": 4000,
            "price_currency": "EUR",
            "is_active": True,
        }
        package = self._row(Package, "package_id", defaults | columns)
        quantities = items if isinstance(items, Mapping) else dict.fromkeys(items, 1)
        for position, (ticket, quantity) in enumerate(quantities.items()):
            item = {"package_id": package, "ticket_id": ticket, "position": position, "quantity": quantity}
            self._insert(PackageItem, item | {"allocated_amount": 1000})
        return package

    def customer(self, **columns: object) -> uuid.UUID:
        number = next(self._numbers)
        defaults = {"subject": f"subject-{number}", "name": f"Customer {number}", "email": f"c{number}@example.org"}
        return self._row(Customer, "customer_id", defaults | columns)

    def member(self, organisation: uuid.UUID, customer: uuid.UUID, role: OrgRole = OrgRole.MANAGER) -> Membership:
        row = {"organisation_id": organisation, "customer_id": customer, "role": role.value}
        self._insert(OrganisationMember, row)
        return Membership(organisation, role)

    def voucher(self, **columns: object) -> uuid.UUID:
        number = next(self._numbers)
        defaults = {"code": f"CODE-{number}"}
        if "amount" not in columns:
            defaults |= {"kind": "PERCENTAGE", "share_off": 100_000}
        return self._row(Voucher, "voucher_id", defaults | self._owned(columns))

    def price_rule(self, **columns: object) -> uuid.UUID:
        defaults = {"name": f"Rule {next(self._numbers)}", "kind": "MEMBER"}
        return self._row(PriceRule, "rule_id", defaults | self._owned(columns))

    def eligibility_rule(self, **columns: object) -> uuid.UUID:
        defaults = {"kind": "STAFF", "description": "For those who work here."}
        return self._row(EligibilityRule, "rule_id", defaults | self._owned(columns))

    def tax(self, tickets: Sequence[uuid.UUID] = (), **columns: object) -> uuid.UUID:
        defaults = {"name": f"Tax {next(self._numbers)}", "rate": 210_000, "is_included": True}
        tax = self._row(Tax, "tax_id", defaults | self._owned(columns))
        for ticket in tickets:
            self._insert(TicketTax, {"ticket_id": ticket, "tax_id": tax})
        return tax

    def registration(self, **columns: object) -> uuid.UUID:
        """An order on hold that costs 12.50 EUR."""
        defaults = {
            "state": "HELD",
            "email": f"g{next(self._numbers)}@example.org",
            "currency": "EUR",
            "subtotal_amount": 1250,
            "total_amount": 1250,
            "hold_expires_at": NOW + dt.timedelta(minutes=15),
        }
        return self._row(Registration, "registration_id", defaults | self._owned(columns))

    def line(self, registration: uuid.UUID, ticket: uuid.UUID, **columns: object) -> uuid.UUID:
        defaults = {
            "registration_id": registration,
            "ticket_id": ticket,
            "position": 0,
            "quantity": 1,
            "list_amount": 1250,
            "unit_amount": 1250,
            "total_amount": 1250,
        }
        return self._row(RegistrationLine, "line_id", defaults | columns)

    def registration_tax(self, registration: uuid.UUID) -> None:
        row = {"name": "VAT", "rate": 210_000, "is_included": True, "amount": 217, "position": 0}
        self._insert(RegistrationTax, row | {"registration_id": registration})

    def attendee(
        self, registration: uuid.UUID, line: uuid.UUID, ticket: uuid.UUID, event: uuid.UUID, **columns: object
    ) -> uuid.UUID:
        keys = {"registration_id": registration, "line_id": line, "ticket_id": ticket, "event_id": event}
        return self._row(Attendee, "attendee_id", keys | {"person": 0, "amount": 1250} | columns)

    def payment(self, registration: uuid.UUID, **columns: object) -> uuid.UUID:
        defaults = {"registration_id": registration, "provider": "test", "amount": 1250, "currency": "EUR"}
        return self._row(Payment, "payment_id", defaults | columns)

    def refund(self, payment: uuid.UUID, **columns: object) -> uuid.UUID:
        return self._row(Refund, "refund_id", {"payment_id": payment, "amount": 100} | columns)

    def waiting(self, ticket: uuid.UUID, **columns: object) -> uuid.UUID:
        defaults = {"ticket_id": ticket, "email": f"w{next(self._numbers)}@example.org"}
        return self._row(WaitingListEntry, "entry_id", defaults | self._owned(columns))

    async def sql(self, statement: str, **values: object) -> None:
        """Change rows."""
        await self.flush()
        async with self.owner.write() as connection:
            await connection.execute(text(statement), values)

    async def flush(self) -> None:
        """Put the rows that are waiting into the database, in the order in which they were made."""
        if not self._pending:
            return
        async with self.owner.write() as connection:
            for (table, _), rows in itertools.groupby(self._pending, lambda row: (row[0], row[1].keys())):
                await connection.execute(insert(table), [values for _, values in rows])
        self._pending.clear()

    def _owned(self, columns: dict[str, object]) -> dict[str, object]:
        if "organisation_id" in columns:
            return columns
        return columns | {"organisation_id": self.home}

    def _row(self, model: type[Base], key: str, values: dict[str, object]) -> uuid.UUID:
        made = values.setdefault(key, uuid7())
        assert isinstance(made, uuid.UUID)
        self._insert(model, values)
        return made

    def _insert(self, model: type[Base], values: dict[str, object]) -> None:
        self._pending.append((Base.metadata.tables[model.__tablename__], values))


@cache
def documents() -> DocumentCache:
    """What all tests of a process ask, parsed and validated once."""
    return DocumentCache(graphql_schema())


ROLLOUTS: Mapping[str, Flag] = {
    "on": Flag(USE_FUNCTIONS),
    "off": Flag(USE_FUNCTIONS, enabled=False),
    "half": Flag(USE_FUNCTIONS, percentage=50),
}
"""For whom functions go before parent events."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--functions", choices=[*ROLLOUTS], help="for whom functions go before parent events, where a test does not say"
    )


@pytest.fixture
def rollout(request: pytest.FixtureRequest) -> str:
    """For whom functions go before parent events: one of `ROLLOUTS`."""
    return str(request.config.getoption("functions") or "on")


@pytest.fixture
async def graph(database_url: str, rollout: str) -> AsyncIterator[Graph]:
    """The API over an empty database."""
    async with open_graph(database_url, rollout) as graph:
        yield graph


@asynccontextmanager
async def open_graph(database_url: str, rollout: str) -> AsyncIterator[Graph]:
    """The API over a database; for what several tests only read, as a fixture of theirs."""
    statements: list[Ran] = []
    async with (
        open_database(
            DatabaseOptions(database_url, pool_size=5, under_roles=True),
            observe=lambda statement, rows, _seconds: statements.append(Ran(statement.name, rows)),
        ) as database,
        open_database(DatabaseOptions(database_url, pool_size=5)) as owner,
    ):
        flags = Flags({**DEFAULTS, USE_FUNCTIONS: ROLLOUTS[rollout]})
        yield Graph(database, owner, documents(), statements, flags=flags)
