"""Entries of waiting lists: seen by those whose they are, and by the seller's staff."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, column, select, table, true

from db.rows import Row, WaitingListEntryRow
from db.selling_models import WaitingListEntry
from db.statement import Statement, compile_statement
from db.statements.paging import Keyset, Listing, Lookup, fenced, key_table
from db.visibility import WAITERS, Sight, sifting

_COLUMNS = (
    WaitingListEntry.entry_id,
    WaitingListEntry.position,
    WaitingListEntry.ticket_id,
    WaitingListEntry.package_id,
    WaitingListEntry.quantity,
    WaitingListEntry.customer_id,
    WaitingListEntry.email,
    WaitingListEntry.locale,
    WaitingListEntry.state,
    WaitingListEntry.registration_id,
    WaitingListEntry.offer_expires_at,
    WaitingListEntry.created_at,
    WaitingListEntry.updated_at,
)

BY_ID = Lookup(
    "waiting_list.by_id", WaitingListEntryRow, _COLUMNS, WaitingListEntry.entry_id, (WAITERS,), Sight.PRIVILEGED
)

BY_POSITION = Keyset("POSITION", (WaitingListEntry.position,))
"""In the order in which they began to wait."""

_IN_ORDER = sifting(WAITERS)

OF_CUSTOMER = Listing(
    "customer.waiting_list",
    WaitingListEntryRow,
    _COLUMNS,
    (_IN_ORDER,),
    scope=WaitingListEntry.customer_id,
    sight=Sight.PRIVILEGED,
)

OF_ORGANISATION = Listing(
    "organisation.waiting_list",
    WaitingListEntryRow,
    _COLUMNS,
    (_IN_ORDER,),
    scope=WaitingListEntry.organisation_id,
    sight=Sight.PRIVILEGED,
)


def _ahead() -> Statement[Row]:
    key = key_table()
    view = table("waiting_list_ahead", column("entry_id"), column("ahead"))
    its = fenced(select(view).where(view.c.entry_id == key.c.key), "its")
    query: Select[Any] = select(its).select_from(key.join(its, true()))
    return compile_statement("waiting_list.ahead", query, Row, Sight.PRIVILEGED, reads=("waiting_list_entries",))


AHEAD = _ahead()
"""How many wait for the same before each entry that waits; of entries that were seen."""
