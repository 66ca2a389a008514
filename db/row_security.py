"""Row-level security: which rows each of the serving roles may see and write, declared for every table.

The server works under roles that own nothing: PostgreSQL holds the row rules a second time, whatever statements say.
`boxoffice_public` reads what anyone may see, under conditions that are constants. `boxoffice_viewer` reads and writes
for a viewer, whom the setting `boxoffice.viewer` names within the transaction. `boxoffice_system` is the server on its
own behalf: the registry, revocations, who somebody is. `boxoffice_sales` sells: it takes places and gives them back,
and writes orders, whoever they are of; of what it does not sell with, it sees nothing. `boxoffice_moves` moves events
from one hierarchy to the other, whoever they are of, and changes nothing else of them. `boxoffice migrate` makes the
roles, grants and policies (`db.roles`); `docs/authorisation.md` says how to add a table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from db.publication import CARRIED, PUBLIC

PUBLIC_ROLE: Final = "boxoffice_public"
VIEWER_ROLE: Final = "boxoffice_viewer"
SYSTEM_ROLE: Final = "boxoffice_system"
SALES_ROLE: Final = "boxoffice_sales"
MOVES_ROLE: Final = "boxoffice_moves"
ROLES: Final = (PUBLIC_ROLE, VIEWER_ROLE, SYSTEM_ROLE, SALES_ROLE, MOVES_ROLE)

SEES_ALL: Final = "(SELECT viewer_sees_all())"


@dataclass(frozen=True, slots=True)
class Protected:
    """The rows of a table that each role is let through to, as SQL conditions.

    Attributes:
        public: of what anyone may see; None where that is nothing.
        own: of what a viewer may see and write beside that.
        shown: of what a viewer may see though it is neither.
        private: columns that are not for `boxoffice_public`.
        deletable: whether a viewer may delete own rows.
        known: whether the server reads all rows on its own behalf, to know who somebody is.
        writable: whether a viewer may write own rows.
        sales: what selling needs of all rows, as the privileges that are granted for it; none, if nothing.
        moves: what the move to functions needs of all rows, likewise; of what refers to a function, it sees that column
            in any case (`db.roles`).
        links: columns that name rows of other tables (`LINKED`), which have to be the viewer's own, too, to be written:
            nobody prices, restricts, taxes or sells what is another organisation's.
    """

    public: str | None
    own: str
    shown: str | None = None
    private: tuple[str, ...] = ()
    deletable: bool = False
    known: bool = False
    writable: bool = True
    sales: tuple[str, ...] = ()
    moves: tuple[str, ...] = ()
    links: tuple[str, ...] = ()

    @property
    def seen(self) -> str:
        """What a viewer may see."""
        return " OR ".join(f"({each})" for each in (self.public, self.own, self.shown) if each is not None)


def own(organisation: str = "organisation_id") -> str:
    """That the organisation in a column is one of the viewer's."""
    # A subquery is evaluated once a statement, and may be looked for in an index.
    return f"{organisation} = ANY ((SELECT viewer_organisations())::uuid[]) OR {SEES_ALL}"


def of_organisation(
    public: str | None = None,
    *,
    private: tuple[str, ...] = (),
    shown: str | None = None,
    sales: tuple[str, ...] = (),
    moves: tuple[str, ...] = (),
    deletable: bool = False,
    links: tuple[str, ...] = (),
) -> Protected:
    """A table whose rows belong to an organisation by their column `organisation_id`."""
    return Protected(public, own(), shown, private, sales=sales, moves=moves, deletable=deletable, links=links)


def of_parent(
    table: str,
    *,
    owner: str = "",
    deletable: bool = False,
    sales: tuple[str, ...] = (),
    links: tuple[str, ...] = (),
) -> Protected:
    """A table whose rows belong to a row of another table, and carry whether that is public (`db.publication`).

    Args:
        table: its name.
        owner: a join that leads from the parent to the organisation, where that is no column of the parent itself.
        deletable: whether rows may be deleted.
        sales: what selling needs.
        links: columns that name rows of other tables, which have to be the viewer's own as well.
    """
    its = CARRIED[table]
    joined = f"{its.parent} {owner}".strip()
    # Asked as a value, PostgreSQL looks up the parent of each row; of EXISTS it would rather read all parents first.
    owned = f"(SELECT {own()} FROM {joined} WHERE {its.parent}.{its.key} = {table}.{its.key})"  # noqa: S608 - of names declared here
    return Protected(PUBLIC[table], owned, deletable=deletable, sales=sales, links=links)


def of_order(table: str, *, sales: tuple[str, ...] = ("SELECT", "INSERT", "UPDATE")) -> Protected:
    """A part of registrations: seen by whoever sees the registration, written by selling alone."""
    return Protected(None, _part_of(table, "registrations", "registration_id"), writable=False, sales=sales)


def _part_of(table: str, parent: str, key: str) -> str:
    return f"EXISTS (SELECT FROM {parent} WHERE {parent}.{key} = {table}.{key})"


def _of_item(table: str) -> str:
    """Of a ticket or a package that is seen."""
    return f"{_part_of(table, 'event_tickets', 'ticket_id')} OR {_part_of(table, 'packages', 'package_id')}"


_READ: Final = ("SELECT",)
_WRITE: Final = ("SELECT", "INSERT", "UPDATE")
_ITEM: Final = ("ticket_id", "package_id")
_OWN_CUSTOMER: Final = "customer_id = (SELECT viewer_customer())"

PROTECTED: Final[Mapping[str, Protected]] = {
    "organisations": Protected("deleted_at IS NULL", own(), private=("payout_account_id",), known=True, sales=_READ),
    # To update a column is to lock a row.
    "functions": of_organisation(
        PUBLIC["functions"],
        private=("private_metadata",),
        sales=_READ,
        moves=("SELECT", "INSERT", "UPDATE (updated_at)", "DELETE"),
    ),
    "events": of_organisation(PUBLIC["events"], sales=_READ, moves=("SELECT", "UPDATE (function_id, parent_event_id)")),
    "event_tickets": of_parent("event_tickets", sales=_READ),
    "packages": of_parent("packages", sales=_READ),
    "package_items": of_parent(
        "package_items", owner="JOIN functions USING (function_id)", deletable=True, sales=_READ, links=("ticket_id",)
    ),
    # Counters of other organisations' pools are seen as far as `pool_counters` shows them.
    "capacity_pools": of_organisation(
        shown="(SELECT viewer_sees_every_field())", sales=("SELECT", "UPDATE (sold, held, awaited, updated_at)")
    ),
    "ticket_pools": Protected(
        None,
        f"EXISTS (SELECT FROM capacity_pools WHERE capacity_pools.pool_id = ticket_pools.pool_id AND ({own()}))",
        "EXISTS (SELECT FROM capacity_pools WHERE capacity_pools.pool_id = ticket_pools.pool_id)",
        deletable=True,
        links=("ticket_id",),
        sales=_READ,
    ),
    "customers": Protected(
        None,
        _OWN_CUSTOMER,
        f"{SEES_ALL} OR EXISTS "
        "(SELECT FROM organisation_members WHERE organisation_members.customer_id = customers.customer_id)",
        known=True,
        sales=("SELECT", "INSERT"),
    ),
    "organisation_members": Protected(None, own(), deletable=True, known=True, sales=_READ),
    # What decides who may buy, and at which price.
    "price_rules": of_organisation(sales=_READ, links=("function_id", *_ITEM)),
    "vouchers": of_organisation(sales=("SELECT", "UPDATE (used, updated_at)"), links=("function_id", *_ITEM)),
    "eligibility_rules": of_organisation(_of_item("eligibility_rules"), deletable=True, sales=_READ, links=_ITEM),
    "memberships": Protected(None, own(), _OWN_CUSTOMER, deletable=True, sales=_READ),
    "taxes": of_organisation("deleted_at IS NULL", sales=_READ),
    "ticket_taxes": of_parent(
        "ticket_taxes", owner="JOIN events USING (event_id)", deletable=True, sales=_READ, links=("tax_id",)
    ),
    # Orders: of whoever ordered, of the seller's staff, and of the staff of whom it is billed to.
    "registrations": Protected(
        None,
        f"{own()} OR {_OWN_CUSTOMER} OR registration_id = ANY ((SELECT viewer_registrations())::uuid[]) "
        "OR billed_to_id = ANY ((SELECT viewer_organisations())::uuid[])",
        writable=False,
        sales=_WRITE,
    ),
    "registration_lines": of_order("registration_lines"),
    "registration_taxes": of_order("registration_taxes"),
    "attendees": of_order("attendees"),
    "payments": of_order("payments"),
    "refunds": Protected(None, _part_of("refunds", "payments", "payment_id"), writable=False, sales=_WRITE),
    "waiting_list_entries": Protected(
        None,
        f"{own()} OR {_OWN_CUSTOMER} OR entry_id = ANY ((SELECT viewer_registrations())::uuid[])",
        writable=False,
        sales=_WRITE,
    ),
}
"""Tables with rows that not everyone may see."""

LINKED: Final[Mapping[str, str]] = {
    "function_id": "functions",
    "ticket_id": "event_tickets",
    "package_id": "packages",
    "tax_id": "taxes",
}
"""Of which table a column of `Protected.links` names a row; the key there has the same name."""


def written(table: str) -> str:
    """What a row has to be for a viewer to write it so: their own, as far as it goes and points."""
    rule = PROTECTED[table]
    linked = (
        f"({key} IS NULL OR EXISTS (SELECT FROM {LINKED[key]} "
        f"WHERE {LINKED[key]}.{key} = {table}.{key} AND ({PROTECTED[LINKED[key]].own})))"
        for key in rule.links
    )
    return " AND ".join((f"({rule.own})", *linked))


SYSTEM: Final[Mapping[str, str]] = {
    "clients": "the registry, which decides what a client may send before there is a viewer",
    "client_grants": "the registry",
    "client_keys": "the registry; it holds hashes of keys, no keys",
    "operations": "the registry; documents hold no data",
    "releases": "the registry",
    "release_operations": "the registry",
    "registry_log": "the registry; append-only by a trigger",
    "operation_usage": "counts of calls, without whose",
    "row_changes": "which rows changed, without what; triggers write it, whoever changes rows",
    "serving_processes": "the registry; which processes serve it",
    "periodic_jobs": "what is done every so often, and by which process",
    "webhook_deliveries": "what came from outside, before it is anyone's",
    "trial_intents": "another house's: the trial provider of payments keeps its state there",
    "trial_refunds": "the trial provider's",
    "trial_events": "the trial provider's",
    "feature_flags": "what is on for whom, which every process knows by heart",
    "revocations": "which tokens are void: asked before there is a viewer",
    "audit_log": "what was done with privilege; append-only by a trigger",
}
"""Tables that the server reads and writes on its own behalf, and no viewer, each with the reason."""

SELLING: Final[Mapping[str, str]] = {
    "pool_claims": "what the counters of pools are made of; figures without a person",
    "voucher_uses": "which orders a voucher counts in; figures without a person",
    "idempotency_keys": "answers that were given, to whoever asks the same again with the same key",
    "outbox": "what is still to be told",
    "check_ins": "which codes were shown at which doors; decided with the attendee, who has the one that counts",
}
"""Tables that selling reads and writes on the server's behalf, and no viewer, each with the reason."""

MOVING: Final[Mapping[str, str]] = {
    "function_migrations": "how far the move to functions has come",
    "function_migration_changes": "the journal of that move; a trigger of the owner's writes it, too",
    "function_migration_runs": "what administrators have asked workers to do about it",
    "function_roots": "which event a function was made of, for that move",
}
"""Tables that the move to functions reads and writes on the server's behalf, and no viewer, each with the reason."""

ALSO: Final[Mapping[str, Mapping[str, str]]] = {
    # Triggers write on behalf of whoever changes rows.
    "row_changes": {VIEWER_ROLE: "INSERT", SALES_ROLE: "INSERT", MOVES_ROLE: "INSERT"},
    # A step of the move is told in the transaction that takes it.
    "audit_log": {MOVES_ROLE: "INSERT, SELECT (entry_id)"},
}
"""What else a role needs of tables that are another's."""

OPERATORS: Final[Mapping[str, str]] = {
    "import_sources": "schedules are imported by operators, as the owner",
    "imported_functions": "schedules are imported by operators, as the owner",
}
"""Tables that the serving process has nothing to do with, each with the reason."""
