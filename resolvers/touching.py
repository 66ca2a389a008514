"""What the rows of a statement make an answer a part of, as narrow as the triggers tell changes (`db.followed`)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from db.followed import FOLLOWED, subject_of
from db.rows import EligibilityRow, PackageItemRow, PoolRow, Row
from db.statements.paging import Column, Listing, Lookup
from domain.changes import list_tags, row_tags
from resolvers.context import Touching

R = TypeVar("R", bound=Row)


def of_lookup(lookup: Lookup[R], keys: Sequence[Any]) -> Touching[R] | None:
    """Single rows: found or not, where they are asked for by their ids; by other columns, whatever may come."""
    table, guard = _tables(lookup)
    subject = subject_of(table)
    if subject is None:
        return None
    key = lookup.columns[0]

    def touching(rows: Sequence[R]) -> Mapping[str, Iterable[str]]:
        missing = len(rows) < len(keys)
        if lookup.key is key:
            tags = row_tags(subject, keys)
        else:
            tags = row_tags(subject, (row[key.key] for row in rows))
            if missing:
                tags.append(subject)
        if lookup.guard is None or guard is None:
            return {subject: tags}
        guards = row_tags(guard, {row[lookup.guard.key] for row in rows})
        return {subject: tags, guard: [*guards, guard] if missing else guards}

    return touching


@lru_cache(maxsize=64)
def _tables(lookup: Lookup[Any]) -> tuple[str, str | None]:
    return _table(lookup.key), None if lookup.guard is None else _owner(lookup.guard)


def _table(column: Column) -> str:
    table: str = column.expression.table.name
    return table


def _owner(column: Column) -> str | None:
    (key,) = column.expression.foreign_keys
    return subject_of(key.column.table.name)


def of_listing(listing: Listing[R], owners: Sequence[uuid.UUID]) -> Touching[R] | None:
    """All that belongs to some rows, whether it is on the page or may come there."""
    if listing.scope is None:
        return None
    table = _table(listing.scope)
    followed = FOLLOWED.get(table)
    if followed is None or listing.scope.key not in followed.owners:
        return None
    subject = followed.subject or table
    return lambda _rows: {subject: list_tags(subject, owners)}


def of_items(package_ids: Sequence[uuid.UUID]) -> Touching[PackageItemRow]:
    """Packages with what they hold, and the tickets that this is, which only a visible event has."""

    def touching(rows: Sequence[PackageItemRow]) -> Mapping[str, Iterable[str]]:
        events = {row["event_id"] for row in rows}
        hidden = ["events"] if None in events else []  # of a ticket that may not be seen, neither may its event
        return {
            "packages": row_tags("packages", package_ids),
            "event_tickets": row_tags("event_tickets", {row["ticket_id"] for row in rows}),
            "events": [*row_tags("events", events - {None}), *hidden],
        }

    return touching


def of_taxes(ticket_ids: Sequence[uuid.UUID]) -> Touching[Row]:
    """Tickets with the links to their taxes; and taxes, whichever."""
    return lambda _rows: {"event_tickets": row_tags("event_tickets", ticket_ids)}


def of_rules(item_ids: Sequence[uuid.UUID]) -> Touching[EligibilityRow]:
    """The rules on who may buy some tickets or packages, whether there are any or may come."""
    return lambda _rows: {"eligibility_rules": list_tags("eligibility_rules", item_ids)}


def of_pools(ticket_ids: Sequence[uuid.UUID]) -> Touching[PoolRow]:
    """Tickets with the links to their pools, and the pools."""

    def touching(rows: Sequence[PoolRow]) -> Mapping[str, Iterable[str]]:
        return {
            "event_tickets": row_tags("event_tickets", ticket_ids),
            "capacity_pools": row_tags("capacity_pools", {row["pool_id"] for row in rows}),
            "events": (),  # whatever gave the tickets depends on those that they are of
        }

    return touching
