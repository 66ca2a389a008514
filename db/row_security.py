"""Row-level security: which rows each of the serving roles may see and write, declared for every table.

The server works under roles that own nothing: PostgreSQL holds the row rules a second time, whatever statements say.
`boxoffice_public` reads what anyone may see, under conditions that are constants. `boxoffice_viewer` reads and writes
for a viewer, whom the setting `boxoffice.viewer` names within the transaction. `boxoffice_system` is the server on its
own behalf: the registry, revocations, who somebody is. `boxoffice migrate` makes the roles, grants and policies
(`db.roles`); `docs/authorisation.md` says how to add a table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from db.publication import CARRIED

PUBLIC_ROLE: Final = "boxoffice_public"
VIEWER_ROLE: Final = "boxoffice_viewer"
SYSTEM_ROLE: Final = "boxoffice_system"
ROLES: Final = (PUBLIC_ROLE, VIEWER_ROLE, SYSTEM_ROLE)

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
    """

    public: str | None
    own: str
    shown: str | None = None
    private: tuple[str, ...] = ()
    deletable: bool = False
    known: bool = False

    @property
    def seen(self) -> str:
        """What a viewer may see."""
        return " OR ".join(f"({each})" for each in (self.public, self.own, self.shown) if each is not None)


def own(organisation: str = "organisation_id") -> str:
    """That the organisation in a column is one of the viewer's."""
    # A subquery is evaluated once a statement, and may be looked for in an index.
    return f"{organisation} = ANY ((SELECT viewer_organisations())::uuid[]) OR {SEES_ALL}"


def of_organisation(public: str | None = None, *, private: tuple[str, ...] = (), shown: str | None = None) -> Protected:
    """A table whose rows belong to an organisation by their column `organisation_id`."""
    return Protected(public, own(), shown, private)


def of_parent(table: str, public: str | None = None, *, owner: str = "", deletable: bool = False) -> Protected:
    """A table whose rows belong to a row of another table, and carry whether that is public (`db.publication`).

    Args:
        table: its name.
        public: what has to hold beside, for anyone to see a row; None for nothing.
        owner: a join that leads from the parent to the organisation, where that is no column of the parent itself.
        deletable: whether rows may be deleted.
    """
    its = CARRIED[table]
    linked = f"{owner} WHERE" if owner else "WHERE"
    owned = f"EXISTS (SELECT FROM {its.parent} {linked} {its.parent}.{its.key} = {table}.{its.key} AND ({own()}))"
    return Protected(f"{its.column} AND {public}" if public else its.column, owned, deletable=deletable)


PROTECTED: Final[Mapping[str, Protected]] = {
    "organisations": Protected("deleted_at IS NULL", own(), private=("payout_account_id",), known=True),
    "functions": of_organisation("is_active AND deleted_at IS NULL", private=("private_metadata",)),
    "events": of_organisation("is_published AND deleted_at IS NULL"),
    "event_tickets": of_parent("event_tickets", "is_active AND deleted_at IS NULL"),
    "packages": of_parent("packages", "is_active AND deleted_at IS NULL"),
    "package_items": of_parent("package_items", owner="JOIN functions USING (function_id)", deletable=True),
    # Counters of other organisations' pools are seen as far as `pool_counters` shows them.
    "capacity_pools": of_organisation(shown="(SELECT viewer_sees_every_field())"),
    "ticket_pools": Protected(
        None,
        f"EXISTS (SELECT FROM capacity_pools WHERE capacity_pools.pool_id = ticket_pools.pool_id AND ({own()}))",
        "EXISTS (SELECT FROM capacity_pools WHERE capacity_pools.pool_id = ticket_pools.pool_id)",
        deletable=True,
    ),
    "customers": Protected(
        None,
        "customer_id = (SELECT viewer_customer())",
        f"{SEES_ALL} OR EXISTS "
        "(SELECT FROM organisation_members WHERE organisation_members.customer_id = customers.customer_id)",
        known=True,
    ),
    "organisation_members": Protected(None, own(), deletable=True, known=True),
}
"""Tables with rows that not everyone may see."""

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
    "webhook_deliveries": "what came from outside, before it is anyone's",
    "revocations": "which tokens are void: asked before there is a viewer",
    "audit_log": "what was done with privilege; append-only by a trigger",
}
"""Tables that the server reads and writes on its own behalf, and no viewer, each with the reason."""

TOLD_BY_TRIGGERS: Final = frozenset({"row_changes"})
"""Tables into which triggers write on behalf of whoever changes rows."""

OPERATORS: Final[Mapping[str, str]] = {
    "import_sources": "schedules are imported by operators, as the owner",
    "imported_functions": "schedules are imported by operators, as the owner",
}
"""Tables that the serving process has nothing to do with, each with the reason."""
